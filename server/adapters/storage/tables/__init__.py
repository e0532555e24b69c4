"""Table definitions. Times are text, RFC 3339 UTC with milliseconds, so they sort and read the same
on SQLite and PostgreSQL; ids are lower-case UUID text; JSON is text."""

from sqlalchemy import MetaData

metadata = MetaData()

from server.adapters.storage.tables import people, photos, records, review, sync, system  # noqa: E402

__all__ = ["metadata", "people", "photos", "records", "review", "sync", "system"]
