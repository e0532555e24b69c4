"""A child that begins to wait at the moment when its parent comes."""

import threading

from server.services import failpoints
from server.services.verify import verify
from tests.places import Place, home, make_place
from tests.services.phones import brief, dump, new


def test_a_parent_that_is_just_being_stored_is_not_missed(postgres_url):
    place: Place = make_place(postgres_url)
    made, family = home()
    visit = new("visit", household=family, result="met")
    parent, child = place.device("worker2"), place.device("worker1")
    about_to_commit, go_on = threading.Event(), threading.Event()

    def hold(name):
        if name == "push.before_commit" and threading.current_thread().name == "parent":
            about_to_commit.set()
            assert go_on.wait(20)

    failpoints.install(hold)
    try:
        bringing = threading.Thread(target=parent.push, args=made, name="parent")
        bringing.start()
        assert about_to_commit.wait(20)
        waiting = threading.Thread(target=child.push, args=(visit,))
        waiting.start()
        waiting.join(1)  # it waits for the parent; if it does not, it is through by now
        go_on.set()
        bringing.join(20)
        waiting.join(20)
    finally:
        failpoints.install(None)
    assert visit["record"] in {r["id"] for r in dump(place)["record"]}
    assert brief(child.send([visit | {"n": 1}])["verdicts"])[0][0] == "applied"
    assert verify(place.world) == []
    place.world.engine.dispose()
