"""Pictures for tests, made anew: plain ones, and ones that say more than they show."""

import hashlib
import random
import struct
import zlib
from io import BytesIO

from PIL import Image, PngImagePlugin

CANARY = "CANARY-36.6512N-117.1201E"


def plain(form: str = "JPEG", size: tuple[int, int] = (160, 120), seed: int = 1, **options) -> bytes:
    """A small coloured picture without any metadata; another `seed`, another picture."""
    chance = random.Random(seed)
    image = Image.new("RGB", (8, 8))
    image.putdata([tuple(chance.randbytes(3)) for _ in range(64)])
    return saved(image.resize(size, Image.Resampling.BICUBIC), form, **options)


def of_bytes(least: int, seed: int = 1) -> bytes:
    """A JPEG of about `least` bytes: noise does not compress."""
    side = 64
    while True:
        noise = Image.frombytes("RGB", (side, side), random.Random(seed).randbytes(side * side * 3))
        data = saved(noise, "JPEG", quality=90)
        if len(data) >= least:
            return data
        side = max(side + 16, int(side * (least / len(data)) ** 0.5))


def saved(image: Image.Image, form: str, **options) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> bytes:
    """EXIF with a place, a camera and a turn."""
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010E] = found[0x010F] = CANARY
    found.get_ifd(0x8825)[29] = CANARY
    return found.tobytes()


def telling(form: str, orientation: int = 1, size: tuple[int, int] = (160, 120)) -> bytes:
    """The picture with everything in it that a file can say besides: EXIF, XMP, IPTC, comments, texts."""
    packet = f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode()
    if form == "JPEG":
        data = plain(form, size, exif=exif(orientation), comment=CANARY.encode(), xmp=packet)
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(CANARY)) + CANARY.encode()
        return data[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + data[2:]
    if form == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", CANARY)
        texts.add_text("Author", CANARY, zip=True)
        texts.add_itxt("XML:com.adobe.xmp", packet.decode())
        return plain(form, size, exif=exif(orientation), pnginfo=texts)
    return plain(form, size, exif=exif(orientation), xmp=packet)


def flood(side: int = 30_000) -> bytes:
    """A PNG of side² pixels in about a hundred kilobytes."""

    def chunk(name: bytes, said: bytes) -> bytes:
        return struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said))

    packer, line = zlib.compressobj(9), b"\0" * (1 + side // 8)
    rows = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
