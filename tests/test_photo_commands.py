"""`flask photos …` as somebody types it, over a folder and a bucket."""

import pytest

from server.adapters.photos.folder import Folder
from server.adapters.photos.s3 import Bucket
from server.app import create_app
from server.config import Config, WrongSetting
from server.services.photos import objects
from tests.pictures import plain
from tests.places import make_place
from tests.services.cameras import row, send


@pytest.fixture
def here(sqlite_url, tmp_path):
    """(runs `flask …` and gives (exit status, output), a photo's row, the folder it lies in)"""
    place = make_place(sqlite_url)
    folder = Folder(tmp_path / "photos")
    object.__setattr__(place.world.photos, "store", folder)
    photo = row(place, send(place.device("worker1"), plain()))
    place.world.engine.dispose()
    settings = {"DATA_DIR": str(tmp_path), "DATABASE_URL": sqlite_url, "LOG_LEVEL": "error"}
    app = create_app(Config.from_env(settings))
    runner = app.test_cli_runner()

    def run(*arguments):
        result = runner.invoke(args=["photos", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output.strip()

    yield run, photo, folder
    app.extensions["world"].engine.dispose()


def test_rows_and_files_are_compared(here):
    run, photo, folder = here
    assert run("verify", "--bytes") == (0, "1 photos looked at, 0 findings, 0 objects of no photo")
    folder.put("photo/ab/" + "ab" * 32, b"stray")
    folder.delete(objects.key_of(photo.thumb))
    status, said = run("verify")
    assert status == 1
    assert said.splitlines() == [
        f"photo {photo.id}: object {photo.thumb} is missing",
        "1 photos looked at, 1 findings, 1 objects of no photo",
    ]


def test_what_was_left_behind_is_collected(here):
    run, _, _ = here
    assert run("gc") == (0, "0 expired uploads, 0 chunks and 0 objects of no photo taken away")


def test_a_store_moves_to_a_bucket_and_back(here, storage, tmp_path):
    run, photo, folder = here
    place = storage.place(storage.make_bucket())
    settings = tmp_path / "bucket.env"
    settings.write_text(
        f"PHOTO_STORE=s3://{place.bucket}/grid\nS3_ENDPOINT={place.endpoint}\n"
        f"S3_ACCESS_KEY={place.access_key}\nS3_SECRET_KEY='{place.secret_key}'\n"
    )
    status, said = run("migrate", "--to", str(settings))
    assert (status, said.splitlines()[-1].partition(" bytes")[0][:16]) == (0, "3 objects copied")
    assert "; 3 were there" in said
    assert Bucket(place).get(objects.key_of(photo.object)) == plain()
    assert run("migrate", "--to", str(settings))[1].splitlines()[-1] == "0 objects copied, 0 bytes; 3 were there"
    folder.delete(objects.key_of(photo.object))
    assert run("migrate", "--from", str(settings))[1].splitlines()[-1].startswith("1 objects copied")
    assert run("verify", "--bytes")[0] == 0


def test_a_store_that_is_away_and_settings_that_say_nothing_end_in_a_sentence(here, storage, tmp_path):
    run, _, _ = here
    away = tmp_path / "away.env"
    away.write_text(
        f"PHOTO_STORE=s3://no-such-bucket\nS3_ENDPOINT={storage.endpoint}\n"
        f"S3_ACCESS_KEY={storage.access_key}\nS3_SECRET_KEY={storage.secret_key}\n"
    )
    status, said = run("migrate", "--to", str(away))
    assert status == 1 and "the photo store does not answer (NoSuchBucket)" in said
    assert run("migrate")[0] == 2
    away.write_text("PHOTO_STORE=s3://photos\n")
    with pytest.raises(WrongSetting, match="S3_ACCESS_KEY"):
        Config.from_env({"DATA_DIR": str(tmp_path), "PHOTO_STORE": "s3://photos"})


def test_the_settings_say_where_photos_lie(tmp_path):
    def store(said):
        return Config.from_env({"DATA_DIR": str(tmp_path), **said}).photo_store

    assert store({}) == str(tmp_path / "photos")
    assert store({"PHOTO_STORE": "/srv/photos"}) == "/srv/photos"
    keys = {"S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b"}
    assert store({"PHOTO_STORE": "s3://photos/grid", **keys}) == "s3://photos/grid"
    for wrong in ("s3://", "s3://UPPER", "s3://a/../b", "s3://photos?x=1"):
        with pytest.raises(WrongSetting, match="PHOTO_STORE must be like"):
            store({"PHOTO_STORE": wrong, **keys})
    for name, value in (("S3_ADDRESSING", "host"), ("S3_CHECKSUMS", "never"), ("S3_ENDPOINT", "oss.example.org")):
        with pytest.raises(WrongSetting, match=f"{name} must be"):
            store({name: value})
