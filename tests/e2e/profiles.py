"""A browser's profile folder, searched as somebody would who has a copy of the phone's storage."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

FOOTER = 48
MAGIC = 0xDB4775248B80FB57


def words_on_disk(folder: Path, words: list[str]) -> set[str]:
    """Which words stand in any file: as UTF-8, UTF-16 or in an address, plainly or in a compressed LevelDB block."""
    forms = {word: {word.encode(), word.encode("utf-16-le"), quote(word).encode()} for word in words}
    found: set[str] = set()
    for path in folder.rglob("*"):
        if path.is_file():
            for text in [path.read_bytes(), *blocks(path)]:
                found |= {word for word, shapes in forms.items() if any(shape in text for shape in shapes)}
    return found


def blocks(path: Path) -> Iterator[bytes]:
    """The blocks of a LevelDB table, decompressed; nothing of other files."""
    data = path.read_bytes()
    if path.suffix != ".ldb" or len(data) < FOOTER or struct.unpack("<Q", data[-8:])[0] != MAGIC:
        return
    at = len(data) - FOOTER
    for _ in range(2):
        _, at = varint(data, at)  # the handle of the filters
    start, at = varint(data, at)
    size, _ = varint(data, at)
    index = block(data, start, size)
    for handle in entries(index):
        start, after = varint(handle, 0)
        size, _ = varint(handle, after)
        yield block(data, start, size)


def block(data: bytes, start: int, size: int) -> bytes:
    body, kind = data[start : start + size], data[start + size]
    return unsnap(body) if kind == 1 else zlib.decompress(body) if kind == 2 else body


def entries(index: bytes) -> Iterator[bytes]:
    """The values of a block."""
    end = len(index) - 4 - 4 * struct.unpack("<I", index[-4:])[0]
    at = 0
    while at < end:
        _, at = varint(index, at)
        unshared, at = varint(index, at)
        length, at = varint(index, at)
        yield index[at + unshared : at + unshared + length]
        at += unshared + length


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def unsnap(data: bytes) -> bytes:
    """Snappy, as LevelDB writes it."""
    _, at = varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                count = length - 59
                length = int.from_bytes(data[at : at + count], "little")
                at += count
            out += data[at : at + length + 1]
            at += length + 1
            continue
        width = (1, 2, 4)[(tag & 3) - 1]
        length = ((tag >> 2) & 7) + 4 if width == 1 else (tag >> 2) + 1
        offset = int.from_bytes(data[at : at + width], "little") + (((tag >> 5) << 8) if width == 1 else 0)
        at += width
        for _ in range(length):
            out.append(out[-offset])
    return bytes(out)
