"""L7: the check for doubles ran apart from the write; one form posted five times at once was kept several times.

The services, on both databases: tests/services/test_exactly_once.py. Here two workers of gunicorn race.
"""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

from tests.places import change
from tests.regressions.people import PASSWORD

FIVE = 5


class RawPhone:
    """A device of its own with the bare protocol: what no honest client does, five pushes at once."""

    def __init__(self, url: str, username: str) -> None:
        self.url = f"{url}/api/v1"
        card = {"name": "raw", "app": "raw", "schema": 1}
        body, cookie = self.post("/session", {"username": username, "password": PASSWORD, "device": card})
        self.cookie, self.device, self.timeline = cookie.split(";")[0], body["device"]["id"], body["timeline"]

    def post(self, path, body, cookie=""):
        headers = {"Content-Type": "application/json", "Cookie": cookie}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)) as got:
            return json.load(got), got.headers.get("Set-Cookie")

    def push(self, changes):
        body = {"device": self.device, "timeline": self.timeline, "changes": changes}
        return self.post("/sync/push", body, self.cookie)[0]["verdicts"]


def test_one_push_five_times_at_once_through_two_processes_is_kept_once(server):
    scope = server.demo["users"]["worker1"]["scopes"][0]
    phone = RawPhone(server.url, "worker1")
    for turn in range(6):
        record = str(uuid4())
        form = change("create", "building", record, scope, sets={"building_no": str(uuid4())[:8]}) | {"n": turn + 1}
        start = Barrier(FIVE)

        def send(form=form, start=start):
            start.wait()
            return phone.push([form])

        with ThreadPoolExecutor(FIVE) as five:
            answers = [sent.result() for sent in [five.submit(send) for _ in range(FIVE)]]
        assert [[v["status"] for v in verdicts] for verdicts in answers] == [["applied"]] * FIVE
        assert sum(not v["replayed"] for verdicts in answers for v in verdicts) == 1
        assert server.has_once(record)


def test_a_link_that_sends_everything_twice_doubles_nothing(server, phones):
    phone = phones(server, "worker1")
    phone.fault("/sync/push", "twice", times=20)
    made = []
    for home in phone.homes()[:4]:
        values = {"household": home["id"], "kind": "routine", "method": "in_person", "result": "met"}
        made.append(phone.ask("create", type="visit", values=values, options={"scope": phone.grid}))
        assert phone.sync() == "complete"
    assert phone.verdicts() == {one["change"]: ("sent", None) for one in made}
    assert all(server.has_once(one["record"]) for one in made)
