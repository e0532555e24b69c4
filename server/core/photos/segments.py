"""What an image file holds besides the picture: found without decoding, taken out without touching a pixel.

JPEG (ITU T.81), PNG (W3C PNG 3), WebP (RFC 9649). Kept: what says how pixels look (quantisation, palette,
transparency, colour profile). Left out: EXIF, XMP, IPTC, comments, texts, thumbnails, dates, whatever is unknown.
"""

import re
from dataclasses import dataclass

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
MIMES = (JPEG, PNG, WEBP)
UPRIGHT = 1

_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the next marker that is not part of the picture's data
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT pHYs bKGD hIST".split())
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"))
_EXIF_AND_XMP = 0b1100  # flags of a VP8X chunk
_ANIMATION = 0b10


class Refused(ValueError):
    """Why a file is not taken: `reason` is one of REASONS, which clients translate."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = {
    "empty": "The file is empty.",
    "too_large": "The file is larger than photos may be.",
    "format": "Only JPEG, PNG and WebP pictures are taken.",
    "broken": "The file says that it is a picture and cannot be read as one.",
    "truncated": "The end of the file is missing.",
    "trailing_data": "Something that is no picture hangs on the end of the file.",
    "too_many_pixels": "The picture has more pixels than the server reads.",
    "animated": "Moving pictures are not taken.",
    "unopenable": "It was sealed to another server's key, or damaged after that.",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """`data` is the file itself where there was nothing to leave out. `orientation` as EXIF has it, 1 to 8."""

    mime: str
    data: bytes
    orientation: int = UPRIGHT


def picture_of(data: bytes) -> Picture:
    """The file without what it says besides the picture. Raises Refused."""
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    if data[:8] == _PNG_HEAD:
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    raise Refused("format" if data else "empty")


def _made(mime: str, data: bytes, kept: list[bytes], exif: bytes | None) -> Picture:
    plain = b"".join(kept)
    return Picture(mime, data if plain == data else plain, _orientation(exif) if exif else UPRIGHT)


def _jpeg(data: bytes) -> Picture:
    kept, exif, at = [data[:2]], None, 2
    while True:
        marker, begin, end = _jpeg_segment(data, at)
        at = end
        if marker == 0xD9:
            kept.append(b"\xff\xd9")
            break
        said = data[begin + 4 : end]
        if marker == 0xE1 and said[:6] == b"Exif\0\0" and exif is None:
            exif = said[6:]
        if marker == 0xDA:
            following = _AFTER_SCAN.search(data, end)
            if following is None:
                raise Refused("truncated")
            at = following.start()
        if _jpeg_keeps(marker, said):
            kept.append(data[begin:at])
    if data[at:].strip(b"\0"):
        raise Refused("trailing_data")
    return _made(JPEG, data, kept, exif)


def _jpeg_segment(data: bytes, at: int) -> tuple[int, int, int]:
    """(marker, where it begins, where its segment ends). A marker may be preceded by fill bytes."""
    if at >= len(data):
        raise Refused("truncated")
    if data[at] != 0xFF:
        raise Refused("broken")
    while at + 1 < len(data) and data[at + 1] == 0xFF:
        at += 1
    if at + 1 >= len(data):
        raise Refused("truncated")
    marker = data[at + 1]
    if marker == 0xD9 or marker == 0x01 or 0xD0 <= marker <= 0xD7:
        return marker, at, at + 2
    size = int.from_bytes(data[at + 2 : at + 4])
    if at + 4 > len(data) or at + 2 + size > len(data):
        raise Refused("truncated")
    if size < 2 or marker < 0xC0:
        raise Refused("broken")
    return marker, at, at + 2 + size


def _jpeg_keeps(marker: int, said: bytes) -> bool:
    if marker == 0xE0:
        return said[:5] == b"JFIF\0" and len(said) == 14  # longer: it holds a thumbnail
    if marker == 0xE2:
        return said[:12] == b"ICC_PROFILE\0"
    if marker == 0xEE:
        return said[:5] == b"Adobe"
    return not (0xE0 <= marker <= 0xEF or marker >= 0xF0)


def _png(data: bytes) -> Picture:
    kept, exif, at, name = [data[:8]], None, 8, b""
    while name != b"IEND":
        name, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4])
        if at + 12 > len(data) or end > len(data):
            raise Refused("truncated")
        if name == b"acTL":
            raise Refused("animated")
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        elif not name[0] & 0x20:  # a capital: a part that readers must understand
            raise Refused("broken")
        if name == b"eXIf":
            exif = data[at + 8 : end - 4]
        at = end
    if data[at:].strip(b"\0"):
        raise Refused("trailing_data")
    return _made(PNG, data, kept, exif)


def _webp(data: bytes) -> Picture:
    size = 8 + int.from_bytes(data[4:8], "little")
    if size > len(data):
        raise Refused("truncated")
    if data[size:].strip(b"\0"):
        raise Refused("trailing_data")
    kept, exif, at = [b"WEBP"], None, 12
    while at < size:
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        begin, end = at + 8, at + 8 + length + length % 2
        if at + 8 > size or end > size:
            raise Refused("truncated")
        if name in (b"ANIM", b"ANMF") or (name == b"VP8X" and length and data[begin] & _ANIMATION):
            raise Refused("animated")
        if name == b"VP8X" and length:
            kept.append(data[at:begin] + bytes([data[begin] & ~_EXIF_AND_XMP]) + data[begin + 1 : end])
        elif name in _WEBP_KEPT:
            kept.append(data[at:end])
        elif name == b"EXIF":
            exif = data[begin : begin + length].removeprefix(b"Exif\0\0")
        at = end
    body = b"".join(kept)
    return _made(WEBP, data, [b"RIFF", len(body).to_bytes(4, "little"), body], exif)


def _orientation(tiff: bytes) -> int:
    """Tag 0x0112 of the first directory; upright where there is none to be read."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order is None:
        return UPRIGHT

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)  # type: ignore[arg-type]

    first = number(4, 4)
    for entry in range(first + 2, first + 2 + 12 * min(number(first, 2), 200), 12):
        if number(entry, 2) == 0x0112:
            found = number(entry + 8, 2)
            return found if 1 <= found <= 8 else UPRIGHT
    return UPRIGHT
