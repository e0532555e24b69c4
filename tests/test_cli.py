"""Commands as somebody types them."""

import contextlib
import json
from collections.abc import Callable, Iterator

import pytest

from server.app import make_app
from server.config import Config


@pytest.fixture
def flask(sqlite_url, tmp_path):
    """Runs `flask …` and gives (exit status, output)."""
    settings = {"DATA_DIR": str(tmp_path), "DATABASE_URL": sqlite_url, "LOG_LEVEL": "error"}
    with commands(settings | {"DEMO": "1"}) as run:
        assert run("prepare") == (0, "the database is ready")
        yield run


@contextlib.contextmanager
def commands(settings: dict[str, str]) -> Iterator[Callable[..., tuple[int, str]]]:
    app = make_app(Config.from_env(settings))
    runner = app.test_cli_runner()

    def run(*arguments: str) -> tuple[int, str]:
        result = runner.invoke(args=list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output.strip()  # of a list's last line, its empty columns too

    yield run
    app.extensions["world"].engine.dispose()


def test_a_district_is_set_up_from_nothing(flask, tmp_path):
    assert flask("create-admin", "root", "--password", "a-long-password")[0] == 0
    _, district = flask("area", "add", "历下区", "--level", "district", "--code", "370102")
    _, community = flask("area", "add", "社区", "--level", "community", "--parent", district)
    _, grid = flask("area", "add", "第一网格", "--level", "grid", "--parent", community.removeprefix("org:"))
    _, unit = flask("unit", "add", "路灯所", "--kind", "utility")
    assert (district[:4], grid[:5], unit[:5]) == ("org:", "grid:", "unit:")
    shape = tmp_path / "grid.geojson"
    shape.write_text('{"type": "Polygon", "coordinates": [[[117, 36], [117.01, 36], [117.01, 36.01], [117, 36]]]}')
    assert flask("area", "boundary", grid, str(shape)) == (0, f"{grid} has a new boundary")
    assert flask("area", "boundary", grid, str(shape)) == (0, f"{grid} has a new boundary")
    assert "no area" in flask("area", "boundary", unit, str(shape))[1]
    shape.write_text('{"type": "Polygon", "coordinates": [[[117, 36], [117.01, 36], [117, 36]]]}')
    assert "not closed" in flask("area", "boundary", grid, str(shape))[1]
    assert flask("area", "load-defaults", district) == (0, "60 classes, items and checks, 48 days")
    assert flask("user", "add", "li", "--name", "李敏", "--role", "worker", "--password", "a-long-password")[0] == 0
    assert flask("grant", "add", "li", grid)[0] == 0
    assert flask("user", "list")[1].splitlines() == [
        "username\tname\trole\tdisabled\tgranted",
        f"li\t李敏\tworker\t\tworker {grid}",
        "root\t管理员\tadmin",
    ]
    assert flask("grant", "end", "li", grid) == (0, "1 ended")
    assert flask("user", "disable", "li") == (0, "li disabled")
    assert flask("user", "list")[1].splitlines()[1].startswith("li\t李敏\tworker\t20")
    assert flask("user", "enable", "li") == (0, "li enabled")
    assert flask("verify") == (0, "all agree")
    assert flask("rebuild")[0] == 0
    assert flask("verify") == (0, "all agree")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["user", "disable", "nobody"], "no user nobody"),
        (["user", "enable", "nobody"], "no user nobody"),
        (["device", "revoke", "00000000-0000-4000-8000-000000000000"], "no device"),
        (["grant", "add", "nobody", "config"], "no user nobody"),
        (["area", "add", "x", "--level", "grid", "--parent", "none"], "no area none"),
        (["area", "list", "--under", "grid:none"], "no area none"),
        (["area", "move-record", "00000000-0000-4000-8000-000000000000", "config"], "no record"),
        (["create-admin", "root", "--password", "short"], "a password has 8 to 200 characters"),
    ],
)
def test_a_command_that_cannot_says_why_in_words(flask, arguments, words):
    status, output = flask(*arguments)
    assert status == 1 and words in output and "Traceback" not in output


def test_the_demo_is_made_once_described_as_json_and_a_household_is_moved(flask):
    status, output = flask("demo", "--households", "3")
    assert status == 0 and "worker1" in output and "grid-demo" in output
    world = json.loads(flask("demo", "--json")[1])
    assert flask("demo", "--once")[1].count("grid-demo") == len(world["users"]) == 11
    dwelling = world["records"]["grid1"]["building"][0]
    assert flask("area", "move-record", dwelling, world["areas"]["grid2"]["scope"]) == (0, "applied")
    assert flask("verify") == (0, "all agree")


def test_areas_are_listed_from_the_top_with_the_scopes_that_commands_want(flask):
    _, district = flask("area", "add", "历下区", "--level", "district")
    _, community = flask("area", "add", "社区", "--level", "community", "--parent", district)
    _, grid = flask("area", "add", "第一网格", "--level", "grid", "--parent", community)
    flask("area", "add", "别处", "--level", "district")
    head = "scope\tlevel\tname\tparent"
    lines = [f"{community}\tcommunity\t社区\t{district}", f"{grid}\tgrid\t第一网格\t{community}"]
    assert flask("area", "list", "--under", community)[1].splitlines() == [head, *lines]
    assert flask("area", "list", "--level", "grid")[1].splitlines() == [head, lines[1]]
    assert len(flask("area", "list")[1].splitlines()) == 5


def test_phones_are_listed_with_what_became_of_them(flask):
    flask("demo", "--households", "3")
    assert flask("device", "list") == (0, "id\tusername\tphone\tlast contact\tstill to come\tstate")


def test_the_demos_database_takes_commands_as_it_is_but_makes_no_demo_where_it_is_not_one(flask, sqlite_url, tmp_path):
    flask("demo", "--households", "3")
    with commands({"DATA_DIR": str(tmp_path), "DATABASE_URL": sqlite_url}) as run:
        assert "worker1" in run("user", "list")[1]
        status, output = run("demo")
    assert status == 1 and "DEMO is not 1" in output


@pytest.mark.parametrize(
    "arguments",
    [
        *(["verify"], ["rebuild"], ["demo"], ["photos", "verify"], ["photos", "gc"], ["tracks", "expire"]),
        *(["user", "list"], ["area", "list"], ["device", "list"], ["grant", "end", "li", "config"]),
    ],
)
def test_a_command_on_an_unprepared_database_says_what_to_run(tmp_path, arguments):
    with commands({"DATA_DIR": str(tmp_path), "DEMO": "1"}) as run:
        status, output = run(*arguments)
    assert (status, output) == (1, "Error: the database is not prepared for this version: run `flask prepare`")


def test_help_asks_no_database_and_where_none_answers_a_command_says_so(tmp_path):
    with commands({"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}) as run:
        assert "create-admin" in run("--help")[1]
        for command in ("verify", "prepare"):
            status, output = run(command)
            assert status == 1 and output.startswith("Error: the database does not answer: is it running")
