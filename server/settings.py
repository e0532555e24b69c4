"""What can be set: name, default, words for people, and how its text is read.

Where the READMEs' table comes from (`flask pages`). Read by `server/config.py` alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET = 32
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-]+)*/?\Z")


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. `read` turns its text into the value, ValueError says what is wrong with it."""

    name: str
    field: str
    default: str
    words: str
    zh: str
    read: Callable[[str], Any]


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError("one of " + ", ".join(words))
        return text

    return read


def _yes_no(text: str) -> bool:
    if text not in ("", "0", "1"):
        raise ValueError("0 or 1")
    return text == "1"


def _yes_no_or_unsaid(text: str) -> bool | None:
    return None if text == "" else _yes_no(text)


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else ROOT / path


def _database(text: str) -> str:
    kind = text.partition(":")[0]
    if text and kind not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise ValueError("empty or begin with postgresql:// or sqlite:///")
    return text


def _photo_store(text: str) -> str:
    if text.startswith("s3://") and not _BUCKET.match(text):
        raise ValueError("like s3://bucket or s3://bucket/prefix")
    return text if text.startswith("s3://") else str(_folder(text)) if text else ""


def _secret(text: str) -> str:
    if text and len(text) < MIN_SECRET:
        raise ValueError(f"at least {MIN_SECRET} characters, or empty")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("a time zone such as Asia/Shanghai") from None
    return text


def _line(text: str) -> str:
    if len(text) > 100 or not text.isprintable():
        raise ValueError("one line of at most 100 characters")
    return text


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        bare = not parts.path and not parts.query and not parts.fragment and not parts.username
        good = parts.scheme in ("http", "https") and bool(parts.netloc) and bare
    except ValueError:
        good = False
    if text and not good:
        raise ValueError("empty or like https://grid.example.org without a path")
    return text


def _tiles(text: str) -> Path | str | None:
    if "://" not in text:
        path = _folder(text) if text else None
        if path and not path.is_file():
            raise ValueError("empty, a PMTiles file that is there, or like https://tiles.example.org/{z}/{x}/{y}.png")
        return path
    strange = not text.isascii() or set(text) & set(" \t;,'\"<>\\*")
    if strange or not all(f"{{{part}}}" in text for part in "zxy") or not origin_of(text):
        raise ValueError("like https://tiles.example.org/{z}/{x}/{y}.png, or a file")
    return text


def origin_of(url: str) -> str:
    """Scheme and host of an address over https, or over http on this machine; empty where it is neither."""
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
        plain = parts.hostname and not parts.username and "{" not in parts.netloc and (parts.port or 1) > 0
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if plain and (local or parts.scheme == "https") else ""


SETTINGS = (
    Setting(
        "DATA_DIR",
        "data_dir",
        "var",
        "Folder of the SQLite database and of the server's own secret.",
        "存放 SQLite 数据库和服务器密钥的文件夹。",
        _folder,
    ),
    Setting(
        "DATABASE_URL",
        "database_url",
        "",
        "Database, e.g. postgresql://user:password@host/name. Empty: SQLite in DATA_DIR.",
        "数据库，例如 postgresql://user:password@host/name。留空：使用 DATA_DIR 里的 SQLite。",
        _database,
    ),
    Setting(
        "SECRET_KEY",
        "secret",
        "",
        f"At least {MIN_SECRET} characters; every key of the server is derived from "
        "it. Empty: made once and kept in DATA_DIR. Losing it makes stored ID numbers unreadable.",
        "至少 32 个字符，服务器的所有密钥由它派生。留空：自动生成并保存在 DATA_DIR。遗失后，已保存的证件号码无法读取。",
        _secret,
    ),
    Setting("PHOTO_STORE", "photo_store", "",
        "Where photos lie: empty for the folder `photos` in DATA_DIR, another folder's path, or s3://bucket/prefix.",
        "照片存放处：留空为 DATA_DIR 里的 photos 文件夹；或另一个文件夹的路径，或 s3://bucket/prefix。", _photo_store),
    Setting("S3_ENDPOINT", "s3_endpoint", "",
        "Address of the object storage, e.g. https://oss-cn-beijing.aliyuncs.com. Empty: Amazon's own.",
        "对象存储的地址，例如 https://oss-cn-beijing.aliyuncs.com。留空：亚马逊 S3。", _origin),
    Setting("S3_REGION", "s3_region", "us-east-1",
        "Region of the bucket, as the storage calls it.", "存储桶所在地域，按存储服务的叫法。", str),
    Setting("S3_ACCESS_KEY", "s3_access_key", "",
        "Key that may put, get, list and delete objects of the bucket.",
        "可以对存储桶写入、读取、列出和删除对象的密钥 ID。", str),
    Setting("S3_SECRET_KEY", "s3_secret_key", "",
        "The secret that belongs to it.", "与之对应的密钥。", str),
    Setting("S3_ADDRESSING", "s3_addressing", "path",
        "path: endpoint/bucket/key; virtual: bucket.endpoint/key (Aliyun OSS and Amazon want this).",
        "path：endpoint/bucket/key；virtual：bucket.endpoint/key（阿里云 OSS 和亚马逊要求后者）。",
        _one_of("path", "virtual")),
    Setting("S3_CHECKSUMS", "s3_checksums", "when_required",
        "when_supported: also send and check S3's newer checksums, which Aliyun OSS and older servers refuse.",
        "when_supported：同时发送并核对 S3 的新式校验和；阿里云 OSS 和较旧的服务器不接受。",
        _one_of("when_required", "when_supported")),
    Setting(
        "PUBLIC_ORIGIN",
        "origin",
        "",
        "The address people type, e.g. https://grid.example.org. Empty: taken from "
        "each request, which needs a proxy that sets Host rightly.",
        "大家在浏览器里输入的地址，例如 https://grid.example.org。留空：取自每个请求，需要代理正确设置 Host。",
        _origin,
    ),
    Setting(
        "PROXIES",
        "proxies",
        "0",
        "How many reverse proxies stand in front and set X-Forwarded-*.",
        "前面有几层反向代理设置 X-Forwarded-*。",
        _whole(0, 5),
    ),
    Setting(
        "WORK_ZONE",
        "zone",
        "Asia/Shanghai",
        "Time zone of working hours and of `today`.",
        "工作时间和“今天”所在的时区。",
        _zone,
    ),
    Setting(
        "GRACE_DAYS",
        "grace_days",
        "14",
        "Days after the end of a grant in which late work is still taken in.",
        "授权结束后，仍接收迟到工作的天数。",
        _whole(0, 365),
    ),
    Setting(
        "JOURNAL_DAYS",
        "journal_days",
        "35",
        "Least days that devices keep work the server has acknowledged.",
        "手机至少保留已送达内容的天数。",
        _whole(7, 400),
    ),
    Setting(
        "TRACK_DAYS",
        "track_days",
        "30",
        "Days after which `flask tracks expire` forgets where a patrol went.",
        "巡查轨迹保留的天数，`flask tracks expire` 到期删除。",
        _whole(1, 365),
    ),
    Setting(
        "FILING_NUMBER",
        "filing_number",
        "",
        "Filing number of the deployment, shown on the About page of the app.",
        "备案号，显示在应用的“关于”页。",
        _line,
    ),
    Setting(
        "PIN_REQUIRED",
        "pin_required",
        "",
        "1: whoever uses the field app sets a PIN before the first rows come; 0: may set one. Empty: 1, in a demo 0.",
        "1：使用移动端的人须先设 PIN 码才装载数据；0：可自行设置。留空：1，演示时为 0。",
        _yes_no_or_unsaid,
    ),
    Setting(
        "OFFLINE_LEASE_HOURS",
        "lease_hours",
        "72",
        "Hours without a contact after which a phone with a PIN opens only with the server.",
        "手机多少小时没有联系服务器后，输入 PIN 码还须联网才能打开。",
        _whole(1, 24 * 90),
    ),
    Setting(
        "POOL_SIZE",
        "pool_size",
        "16",
        "Most database connections of one server process.",
        "一个服务器进程最多的数据库连接数。",
        _whole(2, 200),
    ),
    Setting(
        "BODY_SECONDS",
        "body_seconds",
        "60",
        "Seconds within which a request's body must have arrived.",
        "请求内容必须在多少秒内到齐。",
        _whole(1, 600),
    ),
    Setting(
        "LOG_LEVEL",
        "log_level",
        "info",
        "What is logged: debug, info, warning or error.",
        "日志级别：debug、info、warning 或 error。",
        _one_of("debug", "info", "warning", "error"),
    ),
    Setting("TILES", "tiles", "",
        "Map tiles: a PMTiles file, which phones may keep, or pictures of another server, only with a network, such as "
        "https://tiles.example.org/{z}/{x}/{y}.png. Empty: tiles.pmtiles in DATA_DIR, where there is one.",
        "地图瓦片：手机可以保存的 PMTiles 文件；或其他服务器的图片，只在联网时可用，例如 https://tiles.example.org/{z}/{x}/{y}.png。"
        "留空：DATA_DIR 里的 tiles.pmtiles（如果有）。", _tiles),
    Setting("TILES_CRS", "tiles_crs", "wgs84",
        "Coordinates of the tiles: wgs84, or gcj02 as public maps of China have them. Records are always WGS-84.",
        "瓦片的坐标系：wgs84，或国内公开地图使用的 gcj02。记录始终是 WGS-84。", _one_of("wgs84", "gcj02")),
    Setting("TILES_CREDIT", "tiles_credit", "", "Whose map it is, with its approval number; shown on the map.",
        "地图的来源和审图号，显示在地图上。", str),
    Setting(
        "DEMO",
        "demo",
        "0",
        "1: this is a demo; without it a server with demo accounts does not start.",
        "1：这是演示；否则，存在演示账号的服务器不会启动。",
        _yes_no,
    ),
)
PHOTO_SETTINGS = tuple(s.name for s in SETTINGS if s.name.startswith(("PHOTO_", "S3_")))
