"""Different work on the same records at once: nobody is turned away, everybody ends with the same rows."""

import random
import threading

from sqlalchemy import event

from server.services.verify import verify
from tests.holdings import Holdings
from tests.places import G1, G2, change, home, uid


def together(*jobs):
    """Run jobs in threads from one starting shot; the first error is raised."""
    gate, failed = threading.Barrier(len(jobs)), []

    def run(job):
        gate.wait()
        try:
            job()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_batches_that_cross_each_other_all_come_through(place):
    """Eight devices edit the same households in different orders, while the office moves them to and fro."""
    owner = place.device("worker2")
    households = []
    for room in range(6):
        changes, household = home(room=str(room))
        owner.push(*changes)
        households.append(household)
    devices = [place.device("worker2") for _ in range(8)]
    errors = []
    event.listen(place.world.engine, "handle_error", lambda c: errors.append(type(c.original_exception).__name__))
    verdicts = []

    def edit(number):
        chance = random.Random(number)
        for turn in range(6):
            mixed = chance.sample(households, len(households))
            sets = {"note": f"{number} {turn}", "pets": number}
            visits = [change("create", "visit", str(uid(number * 1000 + turn * 10 + i + 10**7)), G1,
                             sets={"household": h, "result": "met"}) for i, h in enumerate(mixed)]  # fmt: skip
            edits = [change("update", "household", h, G1, sets=sets) for h in mixed]
            verdicts.extend(devices[number].push(*edits, *visits))

    def move():
        for turn in range(6):
            there, back = (G1, G2) if turn % 2 == 0 else (G2, G1)
            moves = [change("move", "household", h, there, move={"from": there, "to": back}) for h in households[:3]]
            verdicts.extend(place.desk("clerk1", *moves))

    together(*[lambda n=n: edit(n) for n in range(8)], move)
    statuses = {v["status"] for v in verdicts}
    assert statuses <= {"applied", "merged", "conflict"}, statuses
    assert len(verdicts) == 8 * 6 * 12 + 18
    assert verify(place.world) == []
    phones = [Holdings(place.device("worker2"), G1, G2) for _ in range(2)]
    phones[0].pull()
    for scope in (G1, G2):
        phones[1].snapshot(scope)
    phones[1].pull()
    assert phones[0].agree() and phones[1].agree()
    assert phones[0].orphans() == []
    visits = [r for rows in phones[0].rows.values() for r in rows.values() if r["type"] == "visit"]
    assert len(visits) == 8 * 6 * 6, "not one is lost"
    assert len(errors) <= 8, f"PostgreSQL may ask to try again, rarely: {errors}"


def test_everybody_gets_a_household_number_of_his_own(place):
    devices = [place.device("worker1") for _ in range(8)]
    rows = []

    def make(device):
        for _ in range(4):
            rows.append(device.push(*home()[0])[2]["row"])

    together(*[lambda d=d: make(d) for d in devices])
    assert sorted(int(r["data"]["household_no"]) for r in rows) == list(range(1, 33))
    assert verify(place.world) == []


def test_pull_and_snapshot_agree_with_their_heads_while_others_write(place):
    reader = Holdings(place.device("worker1"), G1)
    ended = threading.Event()
    rounds = []

    def write(device):
        for room in range(12):
            device.push(*home(room=str(room))[0])

    def read():
        while not ended.is_set():
            reader.pull(limit=4)
            assert reader.agree()
            fresh = Holdings(reader.device, G1)
            fresh.snapshot(G1)
            fresh.pull()
            assert fresh.agree()
            assert fresh.orphans() == []
            rounds.append(len(fresh.rows[G1]))

    devices = [place.device("worker2") for _ in range(3)]

    def write_all():
        together(*[lambda d=d: write(d) for d in devices])
        ended.set()

    together(write_all, read)
    reader.pull()
    assert reader.agree()
    assert len(reader.rows[G1]) == 108
    assert rounds == sorted(rounds)
    assert verify(place.world) == []
