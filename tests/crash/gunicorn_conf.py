"""The server's own gunicorn settings, with workers that stop at a failpoint when a file says so (see traps.py)."""

import os
from pathlib import Path

from server.gunicorn_conf import *  # noqa: F403
from server.services import failpoints
from tests.crash.traps import Traps


def post_worker_init(_worker):
    failpoints.install(Traps(Path(os.environ["TRAPS"])).reached)
