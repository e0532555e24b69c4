"""Uploads under way: how far each has come, and where its chunks lie until it is whole."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from server.adapters.storage.records import in_list


class Upload(NamedTuple):
    """`at`: bytes that are here. `done`: the photo is stored."""

    id: str
    photo: str
    account: str
    device: str
    bytes: int
    at: int
    done: bool
    expires_at: str


_COLUMNS = ", ".join(Upload._fields)
_GET = text(f"SELECT {_COLUMNS} FROM photo_upload WHERE id = :id")
_OF_PHOTO = text(f"SELECT {_COLUMNS} FROM photo_upload WHERE photo = :photo AND device = :device")
_ADD = text(
    f"INSERT INTO photo_upload ({_COLUMNS}) VALUES (:id, :photo, :account, :device, :bytes, :at, :done, :expires_at)"
)
_UNFINISHED = text("SELECT count(*) FROM photo_upload WHERE device = :device AND done = :done AND expires_at > :now")
_ADVANCE = text(
    "UPDATE photo_upload SET at = :end, expires_at = :expires_at WHERE id = :id AND at = :start AND done = :done"
)
_CHUNK = text("INSERT INTO photo_chunk (upload, start, key) VALUES (:upload, :start, :key)")
_CHUNKS = text("SELECT key FROM photo_chunk WHERE upload = :upload ORDER BY start")
_FINISH = text("UPDATE photo_upload SET at = bytes, done = :done WHERE photo = :photo")
_BACK = text("UPDATE photo_upload SET at = 0 WHERE id = :id AND done = :done")
_DROP = in_list("DELETE FROM photo_upload WHERE id IN :ids")
_DROP_CHUNKS = in_list("DELETE FROM photo_chunk WHERE upload IN :ids RETURNING key")
_OF = text("SELECT id FROM photo_upload WHERE photo = :photo")
_EXPIRED = text("SELECT id FROM photo_upload WHERE expires_at <= :now ORDER BY id LIMIT 200")
_CHUNK_OF = text("SELECT 1 FROM photo_chunk WHERE key = :key")


def get(conn: Connection, upload: str) -> Upload | None:
    row = conn.execute(_GET, {"id": upload}).one_or_none()
    return _upload(row) if row is not None else None


def of_photo(conn: Connection, photo: str, device: str) -> Upload | None:
    row = conn.execute(_OF_PHOTO, {"photo": photo, "device": device}).one_or_none()
    return _upload(row) if row is not None else None


def _upload(row: Any) -> Upload:
    return Upload(*row)._replace(done=bool(row[6]))


def add(conn: Connection, upload: Upload) -> None:
    conn.execute(_ADD, upload._asdict())


def count_unfinished(conn: Connection, device: str, now: str) -> int:
    return int(conn.execute(_UNFINISHED, {"device": device, "done": False, "now": now}).scalar_one())


def advance(conn: Connection, upload: str, start: int, end: int, key: str, expires_at: str) -> bool:
    """Take a chunk in; False when the upload stands elsewhere by now."""
    values = {"id": upload, "start": start, "end": end, "expires_at": expires_at, "done": False}
    if conn.execute(_ADVANCE, values).rowcount != 1:
        return False
    conn.execute(_CHUNK, {"upload": upload, "start": start, "key": key})
    return True


def chunks(conn: Connection, upload: str) -> list[str]:
    """Keys of the chunks, in order."""
    return list(conn.execute(_CHUNKS, {"upload": upload}).scalars())


def finish(conn: Connection, photo: str) -> list[str]:
    """The photo is stored: every upload of it is done. Keys of chunks that nobody needs now."""
    conn.execute(_FINISH, {"photo": photo, "done": True})
    return _drop_chunks(conn, conn.execute(_OF, {"photo": photo}).scalars())


def begin_again(conn: Connection, upload: str) -> list[str]:
    """From the first byte. Keys of chunks that nobody needs now."""
    conn.execute(_BACK, {"id": upload, "done": False})
    return _drop_chunks(conn, [upload])


def drop(conn: Connection, ids: Iterable[str]) -> list[str]:
    """Uploads away. Keys of chunks that nobody needs now."""
    gone = sorted(ids)
    if gone:
        conn.execute(_DROP, {"ids": gone})
    return _drop_chunks(conn, gone)


def drop_of(conn: Connection, photo: str) -> list[str]:
    return drop(conn, conn.execute(_OF, {"photo": photo}).scalars())


def _drop_chunks(conn: Connection, ids: Iterable[str]) -> list[str]:
    gone = sorted(ids)
    return list(conn.execute(_DROP_CHUNKS, {"ids": gone}).scalars()) if gone else []


def expired(conn: Connection, now: str) -> list[str]:
    return list(conn.execute(_EXPIRED, {"now": now}).scalars())


def is_chunk(conn: Connection, key: str) -> bool:
    return conn.execute(_CHUNK_OF, {"key": key}).one_or_none() is not None
