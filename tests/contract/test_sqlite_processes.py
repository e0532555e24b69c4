"""Several processes on one SQLite file, as gunicorn's workers are: nobody is turned away, nothing is lost."""

import json
import subprocess
import sys

from server.services.verify import verify
from tests.databases import ROOT
from tests.holdings import Holdings
from tests.places import G1, make_place

PROCESSES, PUSHES = 8, 10


def start(url, account, device):
    arguments = [sys.executable, "-m", "tests.contract.sqlite_writer", url, account, device, str(PUSHES)]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_eight_processes_write_at_once_without_one_lock_error(sqlite_url):
    place = make_place(sqlite_url)
    reader = Holdings(place.device("worker1"), G1)
    devices = [place.device("worker1").id for _ in range(PROCESSES)]
    running = [start(sqlite_url, place.accounts["worker1"], device) for device in devices]
    while any(process.poll() is None for process in running):
        reader.pull()
        assert reader.agree(), "count and digest hold at every moment"
    said = []
    for process in running:
        out, err = process.communicate()
        assert process.returncode == 0, err[-2000:]
        said.append(json.loads(out))
    assert [one["errors"] for one in said] == [[]] * PROCESSES
    committed = [record for one in said for record in one["committed"]]
    assert len(committed) == PROCESSES * PUSHES * 5
    reader.pull()
    assert reader.ids(G1) == set(committed)
    assert verify(place.world) == []
    place.world.engine.dispose()
