"""The process that reads pictures: what it makes of them, and what it never does, whatever it is given."""

import signal
import struct
import subprocess
import sys
import threading
from io import BytesIO

import pytest
from PIL import Image

from server.adapters.photos import decoding
from server.adapters.photos.decoding import PROGRAM, Decoder, NoRoom, Unreadable
from server.core.photos.segments import REASONS
from tests.pictures import flood, of_bytes, plain, saved

MOST_KB = 300 * 1000
MEASURE = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-I", *sys.argv[1:]], stdin=sys.stdin, capture_output=True, env={})
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.stdout.partition(b"\\n")[0].decode())
"""


def measured(data, orientation=1):
    """(kilobytes that the process held at most, what it said)"""
    command = [sys.executable, "-c", MEASURE, PROGRAM, str(orientation)]
    said = subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()
    most, _, line = said.partition(" ")
    return int(most), line.strip()


def opened(data):
    return Image.open(BytesIO(data))


def large(mode="RGB", side=(8000, 5000)):
    return Image.new(mode, side)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_gets_two_smaller_sizes_in_its_own_proportions(form):
    sizes = Decoder().sizes(plain(form, (1600, 1000)), 1)
    assert (sizes.mime, sizes.width, sizes.height, sizes.full) == (f"image/{form.lower()}", 1600, 1000, None)
    for data, side in ((sizes.screen, (1280, 800)), (sizes.thumb, (320, 200))):
        assert (opened(data).format, opened(data).size) == ("WEBP", side)


@pytest.mark.parametrize(("orientation", "corner"), [(2, (1, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1)), (5, (0, 0))])
def test_a_picture_is_turned_as_its_camera_was_held(orientation, corner):
    """The red corner was at the top left of what the camera wrote."""
    image = Image.new("RGB", (200, 100), "white")
    image.paste("red", (0, 0, 40, 40))
    sizes = Decoder().sizes(saved(image, "JPEG", quality=95), orientation)
    for data in (sizes.full, sizes.screen, sizes.thumb):
        found = opened(data).convert("RGB")
        x, y = (round(share * (length - 1)) for share, length in zip(corner, found.size, strict=True))
        red = found.getpixel((min(max(x, 8), found.width - 9), min(max(y, 8), found.height - 9)))
        assert red[0] > 200 and red[1] < 90
    assert (sizes.width, sizes.height) == (opened(sizes.full).size)
    assert "exif" not in opened(sizes.full).info


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "I;16", "1"])
def test_every_way_of_writing_colours_is_read(mode):
    form = "JPEG" if mode in ("CMYK", "L") else "PNG"
    assert Decoder().sizes(saved(Image.new(mode, (3000, 60)), form), 1).width == 3000


PICTURES = {
    "forty megapixels": lambda: saved(large(), "PNG"),
    "forty megapixels with transparency": lambda: saved(large("RGBA"), "PNG"),
    "forty megapixels of a palette": lambda: saved(large("P"), "PNG"),
    "forty megapixels of a camera": lambda: saved(large(), "JPEG"),
    "forty megapixels in scans": lambda: saved(large(), "JPEG", progressive=True),
    "forty megapixels as WebP": lambda: saved(large(), "WEBP", method=0),
    "one pixel more than forty million": lambda: saved(Image.new("1", (40_000_001, 1)), "PNG"),
    "a flood": flood,
    "a profile that unpacks to 400 megabytes": lambda: _with_profile(bytes(4 * 10**8)),
    "noise": lambda: of_bytes(2_000_000),
}


def _with_profile(profile):
    import zlib

    packer = zlib.compressobj(1)
    said = b"x\0\0" + packer.compress(profile) + packer.flush()
    chunk = struct.pack(">I", len(said)) + b"iCCP" + said + struct.pack(">I", zlib.crc32(b"iCCP" + said))
    data = plain("PNG")
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize("name", PICTURES)
def test_the_process_never_holds_more_than_300_megabytes(name):
    most, said = measured(PICTURES[name](), 6 if name == "forty megapixels of a camera" else 1)
    assert most <= MOST_KB, said
    if name in ("forty megapixels", "forty megapixels in scans", "noise"):
        assert '"width"' in said
    if name in ("a flood", "one pixel more than forty million", "forty megapixels as WebP"):
        assert said == '{"refused": "too_many_pixels"}'


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", plain()[:200], plain("PNG")[:60], bytes(range(256)), b"GIF89a" + bytes(99)]
)
def test_what_cannot_be_read_is_refused_with_a_reason(data):
    with pytest.raises(Unreadable) as refused:
        Decoder().sizes(data, 1)
    assert refused.value.reason in REASONS


def test_the_process_gets_nothing_of_the_servers_settings(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    seen = []
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **more: seen.append(more["env"]) or real(*a, **more))
    Decoder().sizes(plain(), 1)
    assert seen == [{}]


def run_instead(monkeypatch, program):
    monkeypatch.setattr(decoding, "PROGRAM", program)


def test_one_that_takes_too_long_or_is_killed_by_the_machine_says_nothing_about_the_picture(monkeypatch, tmp_path):
    monkeypatch.setattr(decoding, "RUN_S", 0.2)
    (tmp_path / "slow.py").write_text("import time; time.sleep(60)")
    (tmp_path / "killed.py").write_text("import os; os.kill(os.getpid(), 9)")
    for name in ("slow.py", "killed.py"):
        run_instead(monkeypatch, tmp_path / name)
        with pytest.raises(NoRoom):
            Decoder().sizes(plain(), 1)
        monkeypatch.setattr(decoding, "RUN_S", 30)


@pytest.mark.parametrize(
    ("end", "reason"), [(signal.SIGXCPU, "too_many_pixels"), (signal.SIGSEGV, "broken"), (signal.SIGABRT, "broken")]
)
def test_one_that_breaks_on_a_picture_refuses_it(monkeypatch, tmp_path, end, reason):
    (tmp_path / "breaks.py").write_text(f"import os; os.kill(os.getpid(), {int(end)})")
    run_instead(monkeypatch, tmp_path / "breaks.py")
    with pytest.raises(Unreadable) as refused:
        Decoder().sizes(plain(), 1)
    assert refused.value.reason == reason


def test_few_run_at_once_and_who_waits_too_long_is_told_to_come_again(monkeypatch, tmp_path):
    monkeypatch.setattr(decoding, "WAIT_S", 0.05)
    (tmp_path / "waits.py").write_text(
        f"import os, time\nwhile not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.01)"
    )
    decoder = Decoder(at_once=1)
    run_instead(monkeypatch, tmp_path / "waits.py")

    def first():
        with pytest.raises(Unreadable):
            decoder.sizes(plain(), 1)

    thread = threading.Thread(target=first)
    thread.start()
    while decoder._room._value:
        pass
    with pytest.raises(NoRoom):
        decoder.sizes(plain(), 1)
    (tmp_path / "go").touch()
    thread.join()
