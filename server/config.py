"""Settings, read once from the environment. The only file that reads it."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from server.settings import MIN_SECRET, ROOT, SETTINGS, Setting

KEY_FILE = "secret.key"


class WrongSetting(SystemExit):
    """A start that must not go on. `str()` is one sentence that names the setting; exit status 1."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings as the code uses them. `secret` is never empty; lengths of time as their names say."""

    data_dir: Path
    database_url: str
    secret: str
    photo_store: str
    s3_endpoint: str
    s3_region: str
    s3_access_key: str
    s3_secret_key: str
    s3_addressing: str
    s3_checksums: str
    origin: str
    proxies: int
    zone: str
    grace_days: int
    journal_days: int
    pin_required: bool
    lease_hours: int
    track_days: int
    filing_number: str
    pool_size: int
    body_seconds: int
    log_level: str
    tiles: Path | str  # a file, which need not be there, or a template of addresses
    tiles_crs: str
    tiles_credit: str
    demo: bool
    dist: Path = ROOT / "pwa" / "dist"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, *, over: Mapping[str, str] | None = None) -> Self:
        """Read every setting; WrongSetting names the first that cannot be used. Makes DATA_DIR and the key file.
        `over` goes before what the environment says."""
        given = {**(os.environ if env is None else env), **(over or {})}
        values = {s.field: _value(s, given.get(s.name, s.default).strip() or s.default) for s in SETTINGS}
        data: Path = values["data_dir"]
        try:
            data.mkdir(parents=True, exist_ok=True)
            values["secret"] = values["secret"] or _kept_secret(data / KEY_FILE)
        except OSError as error:
            raise WrongSetting(f"DATA_DIR: {data} cannot be used ({error.strerror}).") from None
        if values["pin_required"] is None:
            values["pin_required"] = not values["demo"]
        values["database_url"] = values["database_url"] or f"sqlite:///{data / 'grid.db'}"
        values["tiles"] = values["tiles"] or data / "tiles.pmtiles"
        values["photo_store"] = values["photo_store"] or str(data / "photos")
        if values["photo_store"].startswith("s3://") and not (values["s3_access_key"] and values["s3_secret_key"]):
            raise WrongSetting("S3_ACCESS_KEY and S3_SECRET_KEY are needed where PHOTO_STORE is s3://.")
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
