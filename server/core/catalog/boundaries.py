"""Boundaries of areas: GeoJSON polygons in WGS-84, closed and simple.

A boundary travels as a text field, since only the server writes areas: what it holds is checked here, once.
"""

import json
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

Place = tuple[float, float]  # lon, lat in degrees
Ring = list[Place]  # closed: the last place is the first
MAX_BYTES = 16_384
PLACES = 6  # decimals: 0.1 m


class WrongBoundary(ValueError):
    """Why a text is no boundary, as one sentence."""


def boundary(text: str) -> str:
    """The canonical text of a GeoJSON Polygon, of a Feature of one or a collection of one such: six decimals, no
    spaces. Raises WrongBoundary.
    """
    try:
        found = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        raise WrongBoundary("It is not JSON.") from None
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise WrongBoundary("It is a collection, and not of exactly one area.")
        found = features[0]
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    if not isinstance(found, dict) or found.get("type") != "Polygon" or not isinstance(found.get("coordinates"), list):
        raise WrongBoundary("It is not a GeoJSON polygon.")
    rings = [_ring(ring) for ring in found["coordinates"]]
    if not rings:
        raise WrongBoundary("It has no outline.")
    _check_simple(rings)
    written = text_of(rings)
    if len(written) > MAX_BYTES:
        raise WrongBoundary(f"It is longer than {MAX_BYTES} bytes; leave out some corners.")
    return written


def text_of(rings: list[Ring]) -> str:
    """Rings as canonical text; the first is the outline, the others are holes."""
    shown = [[[round(lon, PLACES), round(lat, PLACES)] for lon, lat in ring] for ring in rings]
    return json.dumps({"type": "Polygon", "coordinates": shown}, separators=(",", ":"))


def contains(rings: list[Ring], place: Place) -> bool:
    """Whether the place lies inside the outline and in no hole."""
    return _inside(rings[0], place) and not any(_inside(hole, place) for hole in rings[1:])


def rings_of(text: str) -> list[Ring]:
    """Rings of a canonical text."""
    return [[(lon, lat) for lon, lat in ring] for ring in json.loads(text)["coordinates"]]


def _ring(raw: Any) -> Ring:
    if not isinstance(raw, list):
        raise WrongBoundary("It is not a GeoJSON polygon.")
    ring = [_place(corner) for corner in raw]
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise WrongBoundary("A ring is not closed: its last corner must be its first, with two others between.")
    if len(set(ring)) != len(ring) - 1:
        raise WrongBoundary("A ring goes through one corner twice.")
    return ring


def _place(raw: Any) -> Place:
    try:
        lon, lat = (round(Decimal(part), PLACES) for part in raw[:2])
        good = abs(lon) <= 180 and abs(lat) <= 90
    except (TypeError, ValueError, InvalidOperation, KeyError):
        good = False
    if not good:
        raise WrongBoundary("A corner is not a longitude and a latitude in degrees.")
    return float(lon), float(lat)


def _check_simple(rings: list[Ring]) -> None:
    """No edge meets another one, but for the corner that neighbours share; holes lie inside."""
    edges = [(n, at, ring[at], ring[at + 1]) for n, ring in enumerate(rings) for at in range(len(ring) - 1)]
    edges.sort(key=lambda edge: min(edge[2][0], edge[3][0]))
    for i, (n, at, a, b) in enumerate(edges):
        for m, other, c, d in edges[i + 1 :]:
            if min(c[0], d[0]) > max(a[0], b[0]):
                break  # sorted from west to east: none of the rest reaches back
            near = n == m and (abs(at - other) == 1 or abs(at - other) == len(rings[n]) - 2)
            if _folds_back(a, b, c, d) if near else _meet(a, b, c, d):
                raise WrongBoundary(f"Its edges cross near {c[0]}, {c[1]}.")
    if any(not _inside(rings[0], hole[0]) for hole in rings[1:]):
        raise WrongBoundary("A hole lies outside its outline.")


def _turn(a: Place, b: Place, c: Place) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _within(a: Place, b: Place, c: Place) -> bool:
    """Whether c, on the line through a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(a: Place, b: Place, c: Place, d: Place) -> bool:
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _within(*end) for turn, end in zip(turns, ends, strict=True))


def _folds_back(a: Place, b: Place, c: Place, d: Place) -> bool:
    """Neighbours share a corner; they may not lie on each other."""
    shared = next(place for place in (a, b) if place in (c, d))
    one, other = (b if a == shared else a), (d if c == shared else c)
    return _turn(one, shared, other) == 0 and (_within(one, shared, other) or _within(shared, other, one))


def _inside(ring: Ring, place: Place) -> bool:
    """Ray to the east; a place on the edge may count either way."""
    lon, lat = place
    odd = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd
