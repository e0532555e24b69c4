"""Synthetic boundaries: cells that adjoin without gaps, and places inside them.

Real boundaries are in no public data. Corners belong to a lattice and are moved a little, each by its own number, so
that neighbours share them.
"""

from random import Random

from server.core.catalog.boundaries import Place, text_of

CENTRE = (117.0700, 36.6600)  # lon, lat; somewhere in the district
SIZE = (0.0060, 0.0045)  # degrees: about 540 m by 500 m
PER_EDGE = 3  # an edge bends twice
BEND = 0.10  # of a cell, at most
MIDDLE = 0.32  # places lie this far from the middle at most, so well inside
HOUSES = 4  # columns of buildings


def lattice(number: int) -> tuple[int, int]:
    """Column and row of the n-th cell (from 0), in a spiral round the first: neighbours in number are neighbours."""
    column = row = 0
    step, length, direction = 0, 1, 0
    for _ in range(number):
        column += (1, 0, -1, 0)[direction]
        row += (0, 1, 0, -1)[direction]
        step += 1
        if step == length:
            step, direction = 0, (direction + 1) % 4
            length += direction % 2 == 0
    return column, row


def outline(number: int) -> str:
    """Boundary of the n-th cell as canonical text, counter-clockwise."""
    column, row = lattice(number)
    west, south = column * PER_EDGE, row * PER_EDGE
    east, north = west + PER_EDGE, south + PER_EDGE
    ring = [_corner(x, south) for x in range(west, east)]
    ring += [_corner(east, y) for y in range(south, north)]
    ring += [_corner(x, north) for x in range(east, west, -1)]
    ring += [_corner(west, y) for y in range(north, south, -1)]
    return text_of([[*ring, ring[0]]])


def spot(number: int, random: Random) -> Place:
    """Somewhere inside the n-th cell."""
    return _at(number, random.uniform(-MIDDLE, MIDDLE), random.uniform(-MIDDLE, MIDDLE))


def house(number: int, nth: int, of: int) -> Place:
    """Place of the nth of so many buildings (from 0), which stand in rows."""
    row, column = divmod(nth, HOUSES)
    rows = -(-of // HOUSES)
    return _at(number, (column + 0.5) / HOUSES * 2 * MIDDLE - MIDDLE, (row + 0.5) / rows * 2 * MIDDLE - MIDDLE)


def _at(number: int, right: float, up: float) -> Place:
    column, row = lattice(number)
    return (CENTRE[0] + (column + 0.5 + right) * SIZE[0], CENTRE[1] + (row + 0.5 + up) * SIZE[1])


def _corner(x: int, y: int) -> Place:
    """The corner's place: the same whoever asks."""
    random = Random(f"corner {x} {y}")  # nosec B311  the same map each time
    right, up = (part / PER_EDGE + random.uniform(-BEND, BEND) for part in (x, y))
    return (CENTRE[0] + right * SIZE[0], CENTRE[1] + up * SIZE[1])
