"""Numbers in a query."""

from collections.abc import Mapping

from server.core.problems import Problem

MOST = 200
USUAL = 50


def limit_of(args: Mapping[str, str]) -> int:
    """`limit` of a query, 1 to 200; 50 when it is not given. Problem bad_request."""
    text = args.get("limit", str(USUAL))
    if not text.isascii() or not text.isdigit() or len(text) > 3 or not 1 <= int(text) <= MOST:
        raise Problem("bad_request", f"limit is 1 to {MOST}")
    return int(text)
