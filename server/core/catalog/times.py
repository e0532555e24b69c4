"""How a moment is written: on the wire, in the tables, in what records say of themselves."""

from datetime import datetime, timedelta


def stamp(moment: datetime) -> str:
    """An aware UTC moment as RFC 3339 text with milliseconds, so that sorting texts sorts moments."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


# Longer ago than any phone was away: a clock that lost its date.
_OLDEST = timedelta(days=400)


def happened_at(told: str | None, offset_ms: int | None, now: str) -> str:
    """When something happened, by the server's clock, from a device's stamp and how far that clock was off.

    `now` where nobody can say: without a stamp or an offset, or when the clock was plainly wrong.
    """
    if told is None or offset_ms is None:
        return now
    latest = datetime.fromisoformat(now)
    try:
        moment = datetime.fromisoformat(told) - timedelta(milliseconds=offset_ms)
    except OverflowError:
        return now
    return stamp(moment) if latest - _OLDEST < moment < latest else now
