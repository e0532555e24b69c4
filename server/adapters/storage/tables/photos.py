"""Photos: what is known of each, who names it, uploads under way, and who looked at personal ones."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from server.adapters.storage.tables import metadata

photo = Table(
    "photo", metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(36), nullable=False),  # who took it
    Column("device", String(36), nullable=False),
    Column("record", String(36), nullable=False),  # where it belongs, as its device said: may come later, may move
    Column("field", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),  # of the file as announced and sent
    Column("bytes", BigInteger, nullable=False),
    Column("mime", String(64), nullable=False),  # as announced; once stored, as found
    Column("taken_at", String(24)),  # the device's clock
    Column("place", Text),  # a point as JSON
    Column("state", String(8), nullable=False),  # wanted, stored, refused
    Column("reason", String(24)),
    Column("announced_at", String(24), nullable=False),
    Column("came_at", String(24)),
    Column("object", String(64)),  # SHA-256 of the file as it lies in the store, and its key there
    Column("object_bytes", BigInteger),
    Column("screen", String(64)),
    Column("thumb", String(64)),
    Column("width", Integer),
    Column("height", Integer),
    Index("photo_sha256", "sha256"),
    Index("photo_object", "object"),
    Index("photo_screen", "screen"),
    Index("photo_thumb", "thumb"),
    Index("photo_device", "device", "state"),
)

photo_link = Table(
    "photo_link", metadata,
    Column("photo", String(36), primary_key=True),
    Column("record", String(36), primary_key=True),
    Column("field", String(40), primary_key=True),
)

photo_upload = Table(
    "photo_upload", metadata,
    Column("id", String(36), primary_key=True),
    Column("photo", String(36), nullable=False),
    Column("account", String(36), nullable=False),
    Column("device", String(36), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # bytes that are here
    Column("done", Boolean, nullable=False),
    Column("expires_at", String(24), nullable=False),
    Index("photo_upload_photo", "photo", "device", unique=True),
    Index("photo_upload_device", "device", "done"),
)

photo_chunk = Table(
    "photo_chunk", metadata,
    Column("upload", String(36), primary_key=True),
    Column("start", BigInteger, primary_key=True),
    Column("key", String(120), nullable=False),  # of an object in the store
)

photo_read = Table(
    "photo_read", metadata,
    Column("id", String(36), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("account", String(36), nullable=False),
    Column("device", String(36)),
    Column("photo", String(36), nullable=False),
    Column("size", String(8), nullable=False),
    Index("photo_read_photo", "photo", "at"),
    Index("photo_read_account", "account", "at"),
)
