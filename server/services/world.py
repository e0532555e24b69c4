"""What every use case is given: the database, the catalogue, time, ids and keys."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from server.adapters.photos.decoding import Decoder
from server.adapters.photos.store import Store
from server.core.catalog.records import Catalog


@dataclass(frozen=True, slots=True)
class Ids:
    """Where new ids come from. All are given as lower-case text."""

    uuid: Callable[[], str]  # a UUIDv7
    rev: Callable[[], str]  # 16 hex characters
    token: Callable[[], str]  # an unguessable bearer token


@dataclass(frozen=True, slots=True)
class Keys:
    """32-byte secrets from the configuration, each for one purpose."""

    mac: bytes  # cursors and acknowledgements
    blind: bytes  # blind index of sealed values
    sealed: bytes  # AES-GCM of sealed values
    sealing: bytes  # P-256 private scalar: changes that a locked phone sealed to the server


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings that decide; lengths of time in days where no unit is named."""

    zone: str = "Asia/Shanghai"
    grace_days: int = 14
    journal_days: int = 35
    track_days: int = 30
    pin_required: bool = False
    lease_hours: int = 72

    def lock(self) -> dict[str, int | bool]:
        """What a phone must know of the lock: whether a PIN is asked for, and how long it opens without a contact."""
        return {"pin_required": self.pin_required, "lease_hours": self.lease_hours}


@dataclass(frozen=True, slots=True)
class Photos:
    """Where photos lie, and what reads them as pictures."""

    store: Store
    decoder: Decoder


@dataclass(frozen=True, slots=True)
class World:
    engine: Engine
    catalog: Catalog
    clock: Callable[[], datetime]  # aware, UTC
    ids: Ids
    keys: Keys
    rules: Rules
    photos: Photos
    generation_file: str | None = None  # SQLite only: beside the database, to notice a copy put back
