"""Photo rows, the look-up of who names them, and the record of who looked."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from server.adapters.storage.records import in_list, many


class Photo(NamedTuple):
    """A row of `photo`; columns as the table says."""

    id: str
    account: str
    device: str
    record: str
    field: str
    sha256: str
    bytes: int
    mime: str
    taken_at: str | None
    place: str | None
    state: str
    reason: str | None
    announced_at: str
    came_at: str | None
    object: str | None
    object_bytes: int | None
    screen: str | None
    thumb: str | None
    width: int | None
    height: int | None

    def hashes(self) -> list[str]:
        """Objects in the store that this row names."""
        return [name for name in (self.object, self.screen, self.thumb) if name]


class Link(NamedTuple):
    """A live or dead record that names a photo in one of its fields."""

    photo: str
    record: str
    field: str


_COLUMNS = ", ".join(Photo._fields)
_READ = in_list(f"SELECT {_COLUMNS} FROM photo WHERE id IN :ids")
_LOCK = text(f"SELECT {_COLUMNS} FROM photo WHERE id = :id FOR UPDATE")
_ADD = text(
    f"INSERT INTO photo ({_COLUMNS}) VALUES ({', '.join(':' + name for name in Photo._fields)}) "
    "ON CONFLICT (id) DO NOTHING"
)
_SAME = text(
    f"SELECT {_COLUMNS} FROM photo WHERE sha256 = :sha256 AND bytes = :bytes AND state = 'stored' "
    "ORDER BY CASE WHEN device = :device THEN 0 ELSE 1 END, announced_at LIMIT 20"
)
_WANTED = text("SELECT count(*) FROM photo WHERE device = :device AND state = 'wanted'")
_CLAIM = text(
    "UPDATE photo SET object = :object, object_bytes = :object_bytes, screen = :screen, thumb = :thumb, "
    "mime = :mime, width = :width, height = :height, place = COALESCE(:place, place) "
    "WHERE id = :id AND state = 'wanted'"
)
_CAME = text("UPDATE photo SET state = :state, reason = :reason, came_at = :at WHERE id = :id AND state = 'wanted'")
_WANT_AGAIN = text("UPDATE photo SET state = 'wanted', came_at = NULL WHERE id = :id AND object = :object")
_LINKS = in_list("SELECT photo, record, field FROM photo_link WHERE photo IN :ids ORDER BY photo, record, field")
_NAME = text("INSERT INTO photo_link (photo, record, field) VALUES (:photo, :record, :field)")
_UNNAME = text("DELETE FROM photo_link WHERE photo = :photo AND record = :record AND field = :field")
_LOOKED = text(
    "INSERT INTO photo_read (id, at, account, device, photo, size) VALUES (:id, :at, :account, :device, :photo, :size)"
)
_NAMED = text("SELECT 1 FROM photo WHERE object = :name OR screen = :name OR thumb = :name LIMIT 1")
_NOWHERE = text(
    "SELECT id FROM photo WHERE state = 'stored' AND (object IS NULL OR object_bytes IS NULL OR screen IS NULL "
    "OR thumb IS NULL OR came_at IS NULL) ORDER BY id"
)
_STORED = text(f"SELECT {_COLUMNS} FROM photo WHERE state = 'stored' AND id > :after ORDER BY id LIMIT 500")


def read(conn: Connection, ids: Iterable[str]) -> dict[str, Photo]:
    wanted = sorted(set(ids))
    return {row[0]: Photo(*row) for row in conn.execute(_READ, {"ids": wanted})} if wanted else {}


def lock(conn: Connection, photo: str) -> Photo | None:
    """The row, held until the transaction ends. (SQLite: the writing transaction holds all.)"""
    if conn.dialect.name == "sqlite":
        return read(conn, [photo]).get(photo)
    row = conn.execute(_LOCK, {"id": photo}).one_or_none()
    return Photo(*row) if row is not None else None


def add(conn: Connection, photo: Photo) -> None:
    """Unless there is one of this id."""
    conn.execute(_ADD, photo._asdict())


def with_same_bytes(conn: Connection, sha256: str, size: int, device: str) -> list[Photo]:
    """Stored photos with these bytes, the device's own first."""
    return [Photo(*row) for row in conn.execute(_SAME, {"sha256": sha256, "bytes": size, "device": device})]


def count_wanted(conn: Connection, device: str) -> int:
    return int(conn.execute(_WANTED, {"device": device}).scalar_one())


def claim(conn: Connection, photo: str, values: dict[str, Any]) -> None:
    """Name the objects that are about to be put, so that nobody takes them for orphans."""
    conn.execute(_CLAIM, values | {"id": photo})


def came(conn: Connection, photo: str, state: str, reason: str | None, at: str) -> None:
    """What a wanted photo has come to."""
    conn.execute(_CAME, {"id": photo, "state": state, "reason": reason, "at": at})


def want_again(conn: Connection, photo: Photo) -> None:
    """Its object is no longer in the store."""
    conn.execute(_WANT_AGAIN, {"id": photo.id, "object": photo.object})


def links(conn: Connection, photos: Iterable[str]) -> list[Link]:
    wanted = sorted(set(photos))
    return [Link(*row) for row in conn.execute(_LINKS, {"ids": wanted})] if wanted else []


def link(conn: Connection, named: list[dict[str, Any]], unnamed: list[dict[str, Any]]) -> None:
    """Records that name photos from now on, and those that do no more."""
    many(conn, _UNNAME, unnamed)
    many(conn, _NAME, named)


def looked(conn: Connection, row: dict[str, Any]) -> None:
    conn.execute(_LOOKED, row)


def hold_object(conn: Connection, name: str) -> None:
    """Who stores this object and who collects it wait for each other. (SQLite: the writing transaction does it.)"""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))"), {"key": name})


def is_named(conn: Connection, name: str) -> bool:
    """Whether any row names this object, stored or about to be."""
    return conn.execute(_NAMED, {"name": name}).one_or_none() is not None


def stored(conn: Connection, after: str) -> list[Photo]:
    """The next 500 stored photos in order of id."""
    return [Photo(*row) for row in conn.execute(_STORED, {"after": after})]


def without_object(conn: Connection) -> list[str]:
    """Ids of photos that are stored as their row says, which does not say where."""
    return list(conn.execute(_NOWHERE).scalars())


def all_links(conn: Connection) -> Iterator[Link]:
    rows = conn.execute(text("SELECT photo, record, field FROM photo_link ORDER BY photo, record, field"))
    return (Link(*row) for row in rows)


def set_links(conn: Connection, rows: list[dict[str, Any]]) -> None:
    conn.execute(text("DELETE FROM photo_link"))
    many(conn, _NAME, rows)
