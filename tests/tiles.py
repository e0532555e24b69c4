"""A small file of synthetic vector tiles round the demo world: a stream, a road with a Chinese name, houses."""

from collections.abc import Iterator
from math import asinh, floor, pi, radians, tan
from pathlib import Path

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import write

CENTRE = (117.0700, 36.6600)  # the demo world's
AROUND = 12  # tiles each way at the closest zoom
ZOOMS = range(11, 16)
POLYGON, LINE = 3, 2


def make(path: Path, around: int = AROUND) -> int:
    """Write the file; how many bytes it has."""
    layers = [{"id": name, "fields": {"name": "String"}} for name in ("water", "roads", "buildings")]
    with write(str(path)) as writer:
        for zxy in sorted(pyramid(around), key=lambda at: zxy_to_tileid(*at)):
            writer.write_tile(zxy_to_tileid(*zxy), tile(*zxy))
        header = {
            "tile_type": TileType.MVT, "tile_compression": Compression.NONE,
            "min_lon_e7": 1_160_000_000, "min_lat_e7": 360_000_000,
            "max_lon_e7": 1_180_000_000, "max_lat_e7": 370_000_000,
            "center_zoom": 14, "center_lon_e7": 1_170_700_000, "center_lat_e7": 366_600_000,
        }  # fmt: skip
        writer.finalize(header, {"vector_layers": layers})
    return path.stat().st_size


def pyramid(around: int) -> Iterator[tuple[int, int, int]]:
    for z in ZOOMS:
        x, y = column_row(z)
        reach = max(1, around >> (ZOOMS[-1] - z))
        for dx in range(-reach, reach + 1):
            for dy in range(-reach, reach + 1):
                yield z, x + dx, y + dy


def column_row(z: int) -> tuple[int, int]:
    """The tile that the middle of the demo world lies in."""
    lon, lat = CENTRE
    return floor((lon + 180) / 360 * 2**z), floor((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z)


def tile(z: int, x: int, y: int) -> bytes:
    """A vector tile; each one differs, as real ones do."""
    bend = 200 + (x * 7 + y * 13) % 400
    padding = f"{z}/{x}/{y} " * 40  # a value that no feature has
    return b"".join((
        layer("water", POLYGON, [[(0, 900), (4096, 900 + bend), (4096, 1200 + bend), (0, 1200)]], "护城河", padding),
        layer("roads", LINE, [[(0, 2500), (4096, 2500 + bend)]], "经十路"),
        layer("buildings", POLYGON, [[(600, 3000), (1400, 3000), (1400, 3500), (600, 3500)]], "3号楼"),
    ))  # fmt: skip


def layer(name: str, kind: int, shapes: list[list[tuple[int, int]]], label: str, more: str = "") -> bytes:
    """A layer as the Mapbox Vector Tile specification has it, version 2."""
    features = b"".join(field(2, varints(2, [0, 0]) + number(3, kind) + varints(4, geometry(kind, s))) for s in shapes)
    words = field(3, b"name") + field(4, field(1, label.encode())) + field(4, field(1, more.encode()))
    return field(3, number(15, 2) + field(1, name.encode()) + features + words + number(5, 4096))


def geometry(kind: int, shape: list[tuple[int, int]]) -> list[int]:
    """MoveTo, LineTo and, for polygons, ClosePath; parameters are zigzag differences."""
    commands, at = [], (0, 0)
    for n, (x, y) in enumerate(shape):
        if n < 2:
            commands.append(9 if n == 0 else (len(shape) - 1) << 3 | 2)
        commands += [zigzag(x - at[0]), zigzag(y - at[1])]
        at = (x, y)
    return [*commands, 15] if kind == POLYGON else commands


def zigzag(n: int) -> int:
    return n << 1 ^ n >> 31


def varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def number(key: int, n: int) -> bytes:
    return varint(key << 3) + varint(n)


def field(key: int, data: bytes) -> bytes:
    return varint(key << 3 | 2) + varint(len(data)) + data


def varints(key: int, numbers: list[int]) -> bytes:
    return field(key, b"".join(map(varint, numbers)))
