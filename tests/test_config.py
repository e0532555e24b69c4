"""A wrong setting stops the start with one sentence that names it."""

import os
import re
import stat

import pytest

from server.app import create_app
from server.config import KEY_FILE, Config, WrongSetting
from server.services import timelines
from server.services.accounts import create
from server.settings import SETTINGS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://host/name"), ("DATABASE_URL", "grid.db"), ("SECRET_KEY", "short"),
        ("PUBLIC_ORIGIN", "grid.example.org"), ("PUBLIC_ORIGIN", "https://grid.example.org/app"),
        ("PUBLIC_ORIGIN", "https://["), ("PROXIES", "-1"), ("PROXIES", "many"), ("WORK_ZONE", "Mars/Olympus"),
        ("WORK_ZONE", "../../etc/passwd"), ("GRACE_DAYS", "1.5"), ("GRACE_DAYS", "²"), ("JOURNAL_DAYS", "1"),

        ("TRACK_DAYS", "0"), ("FILING_NUMBER", "鲁ICP备\n1号"),
        ("POOL_SIZE", "0"), ("BODY_SECONDS", "0"), ("LOG_LEVEL", "loud"), ("DEMO", "yes"),
        ("TILES", "no-such-file.pmtiles"), ("TILES_CRS", "bd09"),
        ("TILES", "https://tiles.example.org"), ("TILES", "http://tiles.example.org/{z}/{x}/{y}"),
        ("TILES", "https://{z}.example.org/{z}/{x}/{y}"), ("TILES", "https://a.org;script-src */{z}/{x}/{y}"),
        ("TILES", "https://*/{z}/{x}/{y}"), ("TILES", "https://me:pw@a.org/{z}/{x}/{y}"),
        ("TILES", "javascript://a/{z}/{x}/{y}"), ("TILES", "https://a.org:99999/{z}/{x}/{y}"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_in_one_sentence(tmp_path, name, value):
    with pytest.raises(WrongSetting) as stopped:
        Config.from_env({"DATA_DIR": str(tmp_path), name: value})
    sentence = str(stopped.value)
    assert sentence.startswith(f"{name} must be ") and sentence.endswith(".") and "\n" not in sentence
    assert value not in sentence or name not in ("SECRET_KEY", "DATABASE_URL")  # they hold passwords


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongSetting, match=r"^DATA_DIR: "):
        Config.from_env({"DATA_DIR": str(tmp_path / "file" / "var")})


def test_a_lost_secret_is_not_replaced_in_silence(tmp_path):
    (tmp_path / KEY_FILE).write_text("\n")
    with pytest.raises(WrongSetting, match=r"^DATA_DIR: .*secret"):
        Config.from_env({"DATA_DIR": str(tmp_path)})


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = Config.from_env({"DATA_DIR": str(tmp_path)})
    assert Config.from_env({"DATA_DIR": str(tmp_path)}).secret == first.secret
    assert stat.S_IMODE(os.stat(tmp_path / KEY_FILE).st_mode) == 0o600
    assert len(first.secret) >= 32


def test_without_settings_everything_has_a_value(tmp_path):
    config = Config.from_env({"DATA_DIR": str(tmp_path)})
    assert config.database_url == f"sqlite:///{tmp_path}/grid.db"
    assert (config.zone, config.grace_days, config.journal_days, config.demo) == ("Asia/Shanghai", 14, 35, False)
    assert all(setting.words.endswith(".") for setting in SETTINGS)


def test_keys_differ_by_purpose_and_stay_the_same(tmp_path):
    def keys():
        app = create_app(Config.from_env({"DATA_DIR": str(tmp_path)}))
        world = app.extensions["world"]
        world.engine.dispose()
        return world.keys

    first = keys()
    assert len({first.mac, first.blind, first.sealed, first.sealing}) == 4
    assert keys() == first


def test_a_server_with_demo_accounts_starts_only_as_a_demo(sqlite_url, tmp_path):
    settings = {"DATA_DIR": str(tmp_path), "DATABASE_URL": sqlite_url}
    app = create_app(Config.from_env(settings))
    world = app.extensions["world"]
    timelines.boot(world)
    create(world, "worker1", "李敏", "worker", "grid-demo", demo=True)
    world.engine.dispose()
    where = re.escape(sqlite_url.removeprefix("sqlite:///"))
    with pytest.raises(WrongSetting, match=rf"^DEMO is not 1, and {where} holds .*worker1.* Set DEMO=1"):
        create_app(Config.from_env(settings))
    create_app(Config.from_env(settings | {"DEMO": "1"})).extensions["world"].engine.dispose()
