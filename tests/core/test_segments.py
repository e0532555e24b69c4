"""What a file says besides its picture is left out; the picture itself is not touched, nothing else gets through."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from server.core.photos.segments import MIMES, REASONS, Refused, picture_of
from tests.pictures import CANARY, flood, plain, saved, telling

FORMS = ["JPEG", "PNG", "WEBP"]


def opened(data):
    from io import BytesIO

    return Image.open(BytesIO(data))


def reason(data):
    with pytest.raises(Refused) as refused:
        picture_of(data)
    assert refused.value.reason in REASONS
    return refused.value.reason


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_says_nothing_else_stays_byte_for_byte(form):
    data = plain(form)
    picture = picture_of(data)
    assert picture.data is data
    assert (picture.mime, picture.orientation) == (f"image/{form.lower()}", 1)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_file_says_besides_is_left_out_and_no_pixel_with_it(form):
    data = telling(form, orientation=6)
    assert data.count(CANARY.encode()) >= 2
    picture = picture_of(data)
    assert CANARY.encode() not in picture.data
    assert picture.orientation == 6
    assert ImageChops.difference(opened(data).convert("RGB"), opened(picture.data).convert("RGB")).getbbox() is None
    again = picture_of(picture.data)
    assert (again.data, again.orientation) == (picture.data, 1)
    assert {"exif", "xmp", "comment", "photoshop"} & opened(picture.data).info.keys() == set()


@pytest.mark.parametrize("form", FORMS)
def test_colours_keep_their_profile(form):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = plain(form, icc_profile=profile)
    assert picture_of(data).data is data
    told = plain(form, icc_profile=profile, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")
    assert opened(picture_of(told).data).info["icc_profile"] == profile


def test_a_progressive_picture_with_comments_between_its_scans_is_read_to_its_end():
    data = plain("JPEG", (400, 300), progressive=True)
    first = data.index(b"\xff\xda")
    between = data.index(b"\xff\xc4", first + 10)
    told = data[:between] + b"\xff\xfe" + struct.pack(">H", len(CANARY) + 2) + CANARY.encode() + data[between:]
    assert picture_of(told).data == data


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_file_without_its_end_is_refused(form, share):
    data = plain(form, (300, 200))
    assert reason(data[: int(len(data) * share)]) in ("truncated", "broken", "format")
    assert reason(data[:-2]) == "truncated"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tail", [b"PK\x03\x04 a zip", b"<script>alert(1)</script>", b"\0\0x"])
def test_a_file_that_is_something_else_as_well_is_refused(form, tail):
    assert reason(plain(form) + tail) == "trailing_data"


@pytest.mark.parametrize("form", FORMS)
def test_zeros_after_the_end_are_padding(form):
    assert picture_of(plain(form) + bytes(500)).data == plain(form)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html></html>", b"GIF89a" + bytes(50),
        b"%PDF-1.7", b"\0\0\0\x18ftypheic" + bytes(50), b"BM" + bytes(60), b"II*\0" + bytes(60), b"RIFF\4\0\0\0WAVE",
        b"\xff\xd8", b"x",
    ],
)  # fmt: skip
def test_other_kinds_of_file_are_refused(data):
    assert reason(data) == "format"


def test_an_empty_file_is_refused():
    assert reason(b"") == "empty"


def test_moving_pictures_are_refused():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    for form in ("PNG", "WEBP"):
        assert reason(saved(frames[0], form, save_all=True, append_images=frames[1:])) == "animated"


def test_a_flood_of_pixels_is_read_without_unpacking_it():
    data = flood()
    assert len(data) < 120_000
    assert picture_of(data).data is data, "how many pixels it has is the decoder's to say"


@given(st.sampled_from(FORMS), st.data())
def test_whatever_is_done_to_a_file_the_answer_is_a_picture_or_a_reason(form, data):
    raw = bytearray(telling(form))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(len(raw) // 2, len(raw))) :]
    try:
        picture = picture_of(bytes(raw))
    except Refused as refused:
        assert refused.reason in REASONS
    else:
        assert picture.mime in MIMES and 1 <= picture.orientation <= 8


@given(st.binary(max_size=80).map(lambda tail: b"\xff\xd8\xff" + tail))
def test_any_bytes_after_the_mark_of_a_jpeg_are_read_or_refused(data):
    try:
        picture_of(data)
    except Refused as refused:
        assert refused.reason in REASONS
