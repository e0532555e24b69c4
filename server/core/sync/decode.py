"""Reading JSON strictly: what two parsers could read differently is refused, what one person typed is kept."""

import json
from typing import Any, Final

from server.core.problems import Problem

MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**53 - 1


class Unreadable(str):
    """A number no JSON reader agrees on (1e999, 2**60), kept as the text it was sent as."""

    __slots__ = ()


def decode_json(body: bytes) -> dict[str, Any]:
    """The body's object. Raises Problem bad_json: not UTF-8, not JSON, NaN, duplicate keys, deeper than 32."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_float,
        )
    except (ValueError, RecursionError) as error:
        raise Problem("bad_json", str(error)[:200]) from None
    if not isinstance(value, dict):
        raise Problem("bad_json", "the body is not an object")
    if _deeper_than(value, MAX_DEPTH):
        raise Problem("bad_json", f"nested deeper than {MAX_DEPTH}")
    return value


def unreadable(value: Any) -> bool:
    """Whether a value holds something no database or client can carry: NUL, a lone surrogate, a number out of range."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if isinstance(item, Unreadable) or "\x00" in item or _has_surrogate(item):
                return True
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return False


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _integer(text: str) -> int | Unreadable:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        return Unreadable(text)
    return int(text)


def _float(text: str) -> float | Unreadable:
    number = float(text)
    return Unreadable(text) if number in (float("inf"), float("-inf")) else number


def _deeper_than(value: Any, limit: int) -> bool:
    stack = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, (dict, list)):
            if depth > limit:
                return True
            stack.extend((child, depth + 1) for child in (item.values() if isinstance(item, dict) else item))
    return False
