"""The scripts, as somebody types them who has set nothing up yet."""

import os
import shutil
import socket
import subprocess

import pytest

from tests.databases import ROOT

SCRIPTS = sorted(path.name for path in (ROOT / "scripts").iterdir() if os.access(path, os.X_OK))
OPTIONS = {"bench": ["--browser", "--rounds", "--works", "--sqlite", "--full", "--small", "--json", "--households"]}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_comes_before_anything_is_set_up(tmp_path, script, asked):
    shutil.copy(ROOT / "scripts" / script, tmp_path)
    (tmp_path / "setup.sh").write_text("exit 9\n")
    done = subprocess.run([tmp_path / script, asked], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: ./scripts/{script}")
    assert [option for option in OPTIONS.get(script, []) if option not in done.stdout] == []


def test_a_taken_port_is_told_before_anything_is_set_up():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1"}
        done = subprocess.run(["scripts/run"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Serving" not in done.stderr
    assert f"Port {port} of 127.0.0.1 is taken." in done.stderr and f"PORT={port + 1}" in done.stderr
