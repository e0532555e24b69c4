"""Names of people who do not exist, and of estates that might."""

from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
MALE = "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆志远建国文博子轩海峰晓东"
FEMALE = "芳娜敏静丽艳娟霞秀英玲桂兰洁梅琳雪颖慧燕红欣怡佳子涵雨桐思琪晓燕文静"
ESTATES = (
    "泉景花园",
    "历山新苑",
    "明湖雅居",
    "燕翅山庄",
    "佛山小区",
    "文化里",
    "锦绣家园",
    "和平新村",
    "翡翠园",
    "银座公寓",
)


def person_name(random: Random, sex: str, surname: str | None = None) -> str:
    """Two or three characters; children take their father's surname."""
    given = MALE if sex == "male" else FEMALE
    first = surname or random.choice(SURNAMES)
    return first + random.choice(given) + (random.choice(given) if random.random() < 0.6 else "")


def phone(random: Random) -> str:
    """Looks like a mobile number, out of a block of ten thousand that all demo people share."""
    return f"1990000{random.randrange(10_000):04d}"
