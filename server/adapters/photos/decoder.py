"""Reads one picture from standard input and writes its sizes to standard output: a program of its own, run by
`decoding.py`, because whoever sends a picture chooses what the decoder meets. It knows nothing else of the server.

argv: orientation (EXIF, 1 to 8). Out: a line of JSON, `{"refused": reason}` or
`{mime, width, height, parts: [bytes of full, screen, thumb]}`, then those bytes; full is empty where the file may stay.
"""

import json
import resource
import sys
import warnings
from io import BytesIO

MEMORY = 288 * 1024 * 1024  # of addresses: what it can ever hold
CPU_SECONDS = 20
PIXELS = 40_000_000
LARGE = 12_000_000  # pixels; a fault over a picture beyond this is most likely the limit on memory
SCREEN, THUMB = 1280, 320  # longest side, pixels
METHOD = 1  # of WebP: files as small as with its default 4, for a third less time on a picture of the app
QUALITY = {"full": 90, "screen": 78, "thumb": 70}
# EXIF orientation: what Pillow calls the way back.
UPRIGHT = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
    6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip


def limit() -> None:
    """From here on no more memory, time or files than a picture needs."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(what, (most, most))
    # The hard limit kills without a word, as the machine does when it has no memory left: the soft one comes first.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))


def refuse(reason):
    sys.stdout.buffer.write(json.dumps({"refused": reason}).encode() + b"\n")


def main():
    # The three of them by name: asked for WebP, Pillow would otherwise load every reader and writer that it has.
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

    limit()
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS
    data, orientation = sys.stdin.buffer.read(), int(sys.argv[1])
    large = webp_pixels(data) > LARGE  # WebP takes its memory as soon as it is opened
    try:
        image = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
        large = large or image.width * image.height > LARGE
        head, parts = sizes(Image, image, orientation)
    except (MemoryError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        return refuse("too_many_pixels")
    except Exception as error:  # noqa: BLE001  whatever a decoder thinks of to say: the picture cannot be read
        return refuse("truncated" if "truncated" in str(error) else "too_many_pixels" if large else "broken")
    sys.stdout.buffer.write(json.dumps(head | {"parts": [len(p) for p in parts]}).encode() + b"\n" + b"".join(parts))


def webp_pixels(data):
    """Pixels as the first part of a WebP file says (RFC 9649); 0 for other files."""

    def number(at, size):
        return int.from_bytes(data[at : at + size], "little")

    part = data[12:16] if data[8:12] == b"WEBP" else b""
    if part == b"VP8X":
        return (number(24, 3) + 1) * (number(27, 3) + 1)
    if part == b"VP8L":
        return ((number(21, 4) & 0x3FFF) + 1) * ((number(21, 4) >> 14 & 0x3FFF) + 1)
    return (number(26, 2) & 0x3FFF) * (number(28, 2) & 0x3FFF) if part == b"VP8 " else 0


def sizes(Image, image, orientation):
    """({mime, width, height}, [full, screen, thumb])"""
    if image.width * image.height > PIXELS:
        raise MemoryError
    form, mime, profile, full = image.format, Image.MIME[image.format], image.info.get("icc_profile"), b""
    if orientation in UPRIGHT:
        image = image.transpose(getattr(Image.Transpose, UPRIGHT[orientation]))
        full = saved(image, form, QUALITY["full"], profile)
    head = {"mime": mime, "width": image.width, "height": image.height}
    if form == "JPEG" and not full:
        image.draft("RGB", (SCREEN, SCREEN))
    image = plain(image)
    image.thumbnail((SCREEN, SCREEN), reducing_gap=2.0)
    screen = saved(image, "WEBP", QUALITY["screen"], profile)
    image.thumbnail((THUMB, THUMB), reducing_gap=2.0)
    return head, [full, screen, saved(image, "WEBP", QUALITY["thumb"], profile)]


def plain(image):
    """As red, green, blue, and transparency where there is some; made small first where that needs no palette."""
    image.load()
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    mode = "RGBA" if clear else "RGB"
    if image.mode == mode:
        return image
    if image.mode not in ("P", "PA", "1") and "transparency" not in image.info and max(image.size) > 2 * SCREEN:
        image.thumbnail((2 * SCREEN, 2 * SCREEN), reducing_gap=2.0)
    return image.convert(mode)


def saved(image, form, quality, profile):
    out = BytesIO()
    image.save(out, form, quality=quality, method=METHOD, **({"icc_profile": profile} if profile else {}))
    return out.getvalue()


if __name__ == "__main__":
    main()
