"""Residents and the relation between a person and a dwelling (domain: 人, 人房关系)."""

from server.core.catalog.records import RecordType
from server.core.catalog.schema1.declare import R, date, derived, enum, many, reference, sealed, text

SERVICES = {
    "meals": ("助餐", "Meals", "1"), "medical": ("助医", "Medical escort", "2"),
    "bathing": ("助浴", "Bathing", "3"), "mobility": ("助行", "Mobility", "4"),
    "company": ("陪伴", "Company", "5"), "child_care": ("托管", "Child care", "6"),
    "job": ("就业", "Job", "7"), "repair": ("维修", "Repair", "8"),
}
RELATIONS = {
    "self": ("本人", "Self", "01"), "head": ("户主", "Head", "02"), "spouse": ("配偶", "Spouse", "10"),
    "son": ("子", "Son", "20"), "daughter": ("女", "Daughter", "30"),
    "son_in_law": ("女婿", "Son-in-law", "28"), "daughter_in_law": ("儿媳", "Daughter-in-law", "38"),
    "grandchild": ("孙辈", "Grandchild", "40"), "father": ("父", "Father", "51"),
    "mother": ("母", "Mother", "52"), "parent_in_law": ("岳父母或公婆", "Parent-in-law", "50"),
    "grandparent": ("祖辈", "Grandparent", "60"), "sibling": ("兄弟姐妹", "Sibling", "70"),
    "other_relative": ("其他亲属", "Other relative", "97"), "not_related": ("非亲属", "Not related", "99"),
}

RESIDENT = RecordType(
    "resident", 40, "居民", "Resident", natural_key=("id_no",), subjects=("id",), fields={
        "name": text("姓名", "Name", R, 2, max=150, required=True),
        "sex": enum("性别", "Sex", {
            "unknown": ("未知", "Unknown", "0"), "male": ("男", "Male", "1"), "female": ("女", "Female", "2"),
            "not_stated": ("未说明", "Not stated", "9")}, R, 2),
        "birth_date": date("出生日期", "Date of birth", R, 2),
        "id_type": enum("证件类型", "ID type", {
            "resident_id": ("居民身份证", "Resident ID", "1"), "passport": ("护照", "Passport", "2"),
            "hk_mo_tw": ("港澳台证件", "HK/MO/TW permit", "3"),
            "birth_certificate": ("出生证明", "Birth certificate", "4"), "none": ("无", "None", "9")}, R, 3),
        "id_no": sealed("证件号码", "ID number", "id_number"),
        "phone": text("手机号", "Phone", R, 2, max=40, check="phone"),
        "relation_to_head": enum("与户主关系", "Relation to head", RELATIONS, R, 2),
        "registration_type": enum("户籍", "Registered in", {
            "this_community": ("本社区", "This community", "1"), "this_city": ("本市", "This city", "2"),
            "elsewhere": ("外省市", "Elsewhere in China", "3"), "abroad": ("境外", "Abroad", "4"),
            "unknown": ("未知", "Unknown", "9")}, p=2),
        "residence_status": enum("居住状态", "Residence status", {
            "permanent": ("常住", "Permanent", "1"), "temporary": ("暂住", "Temporary", "2"),
            "registered_only": ("空挂", "Registered only", "3"), "away": ("外出", "Away", "4"),
            "moved_out": ("已迁出", "Moved out", "5"), "deceased": ("去世", "Deceased", "6")}, R, 2),
        "needs": many("服务需求", "Services needed", SERVICES),
        "skills": many("志愿特长", "Skills offered", {}),
        "guardian": reference("监护人", "Guardian", "resident", R, 3),
        "emergency_contact": text("紧急联系人", "Emergency contact", R, 3),
        "alias_of": derived("已并入", "Merged into", 2),
    })

RESIDENCE = RecordType(
    "residence", 50, "居住关系", "Residence", parents=("resident", "dwelling"),
    moves_with=("resident",), append_only=True, subjects=("resident",), fields={
        "resident": reference("居民", "Resident", "resident", R, 2, required=True),
        "dwelling": reference("房屋", "Dwelling", "dwelling", R, 2, required=True),
        "household": reference("户", "Household", "household", R, 2, indexed=True),
        "kind": enum("居住方式", "Kind", {
            "own": ("自有", "Own", "1"), "rent": ("租住", "Rent", "2"), "lodge": ("借住", "Lodge", "3")}, p=2),
        "from_on": date("入住日期", "Lives here since", p=2),
        "to_on": date("搬离日期", "Left on", p=2),
    })
