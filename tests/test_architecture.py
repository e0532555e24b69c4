"""The rules of the tree, executed: layers, sizes, names, and what no file may hold."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = (".py", ".ts", ".vue", ".js", ".sh")
WITHOUT_SUFFIX = ("scripts/", ".ci/")


def tracked() -> list[str]:
    """Paths of the files git knows or would add, relative to the root; those deleted meanwhile left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({name for name in names if name and (ROOT / name).is_file()})


def text_of(name: str) -> str:
    """A file's text; of pictures and the like, whatever reads as text."""
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


FILES = tracked()
PYTHON = [name for name in FILES if name.endswith(".py")]
CODE = [name for name in FILES if name.endswith(SOURCES) or name.startswith(WITHOUT_SUFFIX)]


def is_test(name: str) -> bool:
    return name.startswith("tests/") or "/tests/" in name or ".test." in name


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def transactions(source: str) -> list[int]:
    """Lines that open or end a transaction: `.commit(`, `.begin(`, `.begin_nested(`, `.rollback(`."""
    ends = {"commit", "begin", "begin_nested", "rollback"}
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call, ast.Attribute) and call.attr in ends]


def test_the_import_contracts_hold():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_services_open_and_end_transactions():
    server = {name for name in PYTHON if name.startswith("server/")}
    services = {name for name in server if name.startswith("server/services/")}
    assert services < server
    assert {name: lines for name in server - services if (lines := transactions(text_of(name)))} == {}


def test_a_transaction_outside_services_would_be_seen():
    assert transactions("def save(session):\n    session.commit()\n") == [2]


def assembled_sql(source: str) -> list[int]:
    """Lines where a function puts SQL together from values: an f-string, `+`, `%` or `.format` given to a statement.

    At module level only constants are at hand, such as a list of columns; there it is welcome.
    """
    statements = {"text", "in_list", "exec_driver_sql"}
    assembled = (ast.JoinedStr, ast.BinOp, ast.Call)
    calls = (node for function in functions(ast.parse(source)) for node in ast.walk(function))
    return [
        call.lineno
        for call in calls
        if isinstance(call, ast.Call) and name_called(call) in statements and isinstance(call.args[0], assembled)
    ]


def name_called(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def test_sql_is_never_put_together_from_values():
    storage = [name for name in PYTHON if name.startswith("server/")]
    assert {name: lines for name in storage if (lines := assembled_sql(text_of(name)))} == {}


def test_sql_put_together_from_values_would_be_seen():
    assert assembled_sql('A = text(f"{B}")\ndef f(x):\n    run(text(f"SELECT {x}"), sql.text("a" + x))\n') == [3, 3]


def test_clock_and_environment_are_banned_where_ruff_looks():
    settings = tomllib.loads(text_of("pyproject.toml"))["tool"]["ruff"]["lint"]
    banned = set(settings["flake8-tidy-imports"]["banned-api"])
    assert {"os.environ", "os.getenv", "datetime.datetime.now", "time.time"} <= banned
    exempt = [path for path, rules in settings["per-file-ignores"].items() if "TID251" in rules]
    assert [path for path in exempt if path.startswith("server")] == ["server/config.py"]


@pytest.mark.parametrize("name", CODE)
def test_no_file_is_too_long(name):
    limit = 400 if is_test(name) else 300
    assert text_of(name).count("\n") <= limit


@pytest.mark.parametrize("name", PYTHON)
def test_no_function_is_too_long(name):
    long = {
        f"{node.name}:{node.lineno}": length
        for node in functions(ast.parse(text_of(name)))
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > 50
    }
    assert long == {}


def test_no_folder_or_file_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
    folders = {name: set(Path(name).parts[:-1]) for name in FILES}
    # A file may be called base: each change has one.
    assert [name for name in FILES if folders[name] & (empty | {"base", "docs"}) or Path(name).stem in empty] == []


def test_lock_files_name_no_host():
    npm = [name for name in FILES if name.endswith("package-lock.json")]
    python = [name for name in FILES if re.search(r"requirements[^/]*\.lock$", name)]
    assert npm and len(python) == 3
    assert [name for name in npm if '"resolved"' in text_of(name)] == []
    host = re.compile(r"https?://|--(extra-)?index-url|--find-links")
    assert [name for name in python if host.search(text_of(name))] == []
    assert [name for name in FILES if Path(name).name in ("uv.lock", "pylock.toml")] == []


def test_no_file_names_a_package_registry():
    hosts = re.compile(r"\b(pypi\.org|pythonhosted|registry\.npm|mirrors\.[a-z]+\.(com|edu)|deb\.debian)")
    this = Path(__file__).relative_to(ROOT).as_posix()
    assert [name for name in FILES if name != this and hosts.search(text_of(name))] == []


def test_no_file_names_a_place_on_one_machine():
    places = re.compile(re.escape(f"{ROOT}/") + r"|/(home|Users)/[a-z]\w*/|/root/")
    this = Path(__file__).relative_to(ROOT).as_posix()
    assert [name for name in FILES if name != this and places.search(text_of(name))] == []
