"""How a moment is written: on the wire, in the tables, in what records say of themselves."""

from datetime import datetime


def stamp(moment: datetime) -> str:
    """An aware UTC moment as RFC 3339 text with milliseconds, so that sorting texts sorts moments."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"
