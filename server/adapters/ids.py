"""The clock and the sources of new ids."""

import secrets
from datetime import UTC, datetime
from uuid import UUID


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the one clock


def uuid7() -> str:
    """A UUIDv7: 48 bits of milliseconds, then random bits."""
    ms = int(now().timestamp() * 1000)
    value = (ms << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return str(UUID(int=value))


def rev() -> str:
    return secrets.token_hex(8)


def token() -> str:
    return secrets.token_urlsafe(32)
