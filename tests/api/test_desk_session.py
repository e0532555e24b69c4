"""A desk and a phone in one browser have a session each."""

from tests.api.conftest import PASSWORD

LOGIN = "/api/v1/session"
DESK = {"X-Grid-Desk": "1"}


def test_logging_in_at_the_desk_leaves_the_phones_session_in_the_same_browser_alone(client):
    device = {"name": "test", "app": "1", "schema": 1}
    client.post(LOGIN, json={"username": "worker1", "password": PASSWORD, "device": device})
    client.post(LOGIN, json={"username": "clerk1", "password": PASSWORD}, headers=DESK)
    assert client.get(LOGIN).json["user"]["roles"] == ["worker"]
    assert client.get(LOGIN, headers=DESK).json["user"]["roles"] == ["clerk"]
    client.delete(LOGIN, headers=DESK)
    assert client.get(LOGIN, headers=DESK).status_code == 401
    assert client.get(LOGIN).status_code == 200
