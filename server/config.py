"""Settings, read once from the environment. The only file that reads it.

SETTINGS is also where the READMEs' table comes from (`flask pages`).
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
KEY_FILE = "secret.key"
MIN_SECRET = 32


class WrongSetting(SystemExit):
    """A start that must not go on. `str()` is one sentence that names the setting; exit status 1."""


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


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else ROOT / path


def _database(text: str) -> str:
    kind = text.partition(":")[0]
    if text and kind not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise ValueError("empty or begin with postgresql:// or sqlite:///")
    return text


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
    Setting(
        "DEMO",
        "demo",
        "0",
        "1: this is a demo; without it a server with demo accounts does not start.",
        "1：这是演示；否则，存在演示账号的服务器不会启动。",
        _yes_no,
    ),
)


@dataclass(frozen=True, slots=True)
class Config:
    """Settings as the code uses them. `secret` is never empty; lengths of time as their names say."""

    data_dir: Path
    database_url: str
    secret: str
    origin: str
    proxies: int
    zone: str
    grace_days: int
    journal_days: int
    track_days: int
    filing_number: str
    pool_size: int
    body_seconds: int
    log_level: str
    demo: bool
    dist: Path = ROOT / "pwa" / "dist"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Read every setting; WrongSetting names the first that cannot be used. Makes DATA_DIR and the key file."""
        given = os.environ if env is None else env
        values = {s.field: _value(s, given.get(s.name, s.default).strip() or s.default) for s in SETTINGS}
        data: Path = values["data_dir"]
        try:
            data.mkdir(parents=True, exist_ok=True)
            values["secret"] = values["secret"] or _kept_secret(data / KEY_FILE)
        except OSError as error:
            raise WrongSetting(f"DATA_DIR: {data} cannot be used ({error.strerror}).") from None
        values["database_url"] = values["database_url"] or f"sqlite:///{data / 'grid.db'}"
        return cls(**values)


def _value(setting: Setting, text: str) -> Any:
    try:
        return setting.read(text)
    except ValueError as error:
        raise WrongSetting(f"{setting.name} must be {error}.") from None


def _kept_secret(path: Path) -> str:
    """The secret of this installation, made at the first start; only its owner may read the file."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text().strip()
        if len(kept) < MIN_SECRET:
            raise WrongSetting(f"DATA_DIR: {path} should hold the server's secret and does not.") from None
        return kept
    with os.fdopen(handle, "w") as file:
        made = secrets.token_urlsafe(48)
        file.write(made + "\n")
    return made
