"""The server as browser tests start it: the app's files from DIST, and a place where it stands still.

A worker that comes to the failpoint named in DATA_DIR/halt writes DATA_DIR/halted and waits to be killed:
so the moment of a power cut is chosen, not guessed.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

from flask import Flask

from server import app
from server.config import Config
from server.services import failpoints


def create_app() -> Flask:
    """The real app; gunicorn's `tests.e2e.halting:create_app()`."""
    config = replace(Config.from_env(), dist=Path(os.environ["DIST"]))
    failpoints.install(lambda name: stand_still(name, config.data_dir))
    return app.create_app(config)


def stand_still(name: str, data: Path) -> None:
    halt = data / "halt"
    if halt.is_file() and halt.read_text() == name:
        (data / "halted").touch()
        while halt.is_file():
            time.sleep(0.05)
