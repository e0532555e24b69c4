"""Logging in, staying in, being thrown out."""

from uuid import uuid4

import pytest

from server.services import accounts, devices
from tests.api.conftest import PASSWORD, note

LOGIN = "/api/v1/session"


def guess(client, password="wrong", username="worker1", device=None, **options):
    body = {"username": username, "password": password}
    if device:
        body["device"] = {"id": device, "name": "test", "app": "1", "schema": 1}
    return client.post(LOGIN, json=body, **options)


def test_a_phone_gets_an_id_a_drain_token_and_a_cookie_that_scripts_cannot_read(client, world):
    device = {"name": "test", "app": "1", "schema": 1}
    answer = client.post(LOGIN, json={"username": "worker1", "password": PASSWORD, "device": device})
    assert answer.json["user"]["id"] == world["users"]["worker1"]["id"]
    assert answer.json["user"]["roles"] == ["worker"]
    assert len(answer.json["device"]["drain_token"]) > 30
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("grid=")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(client):
    answer = client.post(LOGIN, json={"username": "clerk1", "password": PASSWORD}, base_url="https://grid.test")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-grid=")
    assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert client.get(LOGIN, base_url="https://grid.test").status_code == 200
    assert "Strict-Transport-Security" in answer.headers


def test_a_desk_has_no_device(desk):
    answer = desk("clerk1").get(LOGIN).json
    assert answer["device"] is None
    assert answer["user"]["places"][0]["path"][0] == "历下区"


def test_logging_in_again_keeps_the_device_and_gives_no_second_drain_token(client, phone):
    first = phone("worker1")
    again = guess(client, PASSWORD, device=first.id)
    assert again.json["device"] == {"id": first.id}
    assert first.client.get(LOGIN).status_code == 401  # the new session took the place of the old one


def test_a_new_drain_token_replaces_the_old_one(client, phone):
    first = phone("worker1")
    card = {"id": first.id, "name": "test", "app": "1", "schema": 1, "new_drain_token": True}
    again = client.post(LOGIN, json={"username": "worker1", "password": PASSWORD, "device": card})
    fresh = {"Authorization": f"Bearer {again.json['device']['drain_token']}"}
    body = {"device": first.id, "timeline": first.timeline, "changes": []}
    path = "/api/v1/sync/push"
    assert client.post(path, json=body, headers=first.drain).status_code == 401
    assert client.post(path, json=body, headers=fresh).status_code != 401


def log_in_with(client, **card):
    """A login that says this of its device; the drain token that comes back, if any."""
    body = {"username": "worker1", "password": PASSWORD, "device": {"name": "test", "app": "1", "schema": 1} | card}
    answer = client.post(LOGIN, json=body)
    assert answer.status_code == 200
    return answer.json["device"].get("drain_token")


def may_hand_in(client, device, timeline, token):
    body = {"device": device, "timeline": timeline, "changes": []}
    headers = {"Authorization": f"Bearer {token}"}
    return client.post("/api/v1/sync/push", json=body, headers=headers).status_code != 401


def test_a_server_that_was_put_back_keeps_the_drain_token_a_phone_brings(client, phone):
    first = phone("worker1")
    token, forgotten = first.answer["device"]["drain_token"], str(uuid4())
    assert log_in_with(client, id=forgotten, drain_token="t" * 64) is None  # nothing that could be lost on its way
    assert may_hand_in(client, forgotten, first.timeline, "t" * 64)
    assert log_in_with(client, id=first.id, drain_token="u" * 64) is None
    assert may_hand_in(client, first.id, first.timeline, "u" * 64)
    assert not may_hand_in(client, first.id, first.timeline, token)


def test_a_copy_of_a_phone_does_not_share_its_drain_token_and_a_short_one_is_nobodys(client, phone):
    first = phone("worker1")
    token = first.answer["device"]["drain_token"]
    fresh = log_in_with(client, id=str(uuid4()), drain_token=token)
    assert fresh not in (None, token)
    assert may_hand_in(client, first.id, first.timeline, token)
    assert log_in_with(client, id=str(uuid4()), drain_token="short") not in (None, "short")


def test_a_device_of_somebody_else_is_not_taken_over(client, phone):
    taken = guess(client, PASSWORD, "worker2", device=phone("worker1").id)
    assert (taken.status_code, taken.json["code"]) == (409, "device_taken")


def test_a_session_ends_sixty_days_after_its_last_use(tick, desk):
    tick()
    client = desk("clerk1")
    tick(days=59)
    assert client.get(LOGIN).status_code == 200
    tick(days=59)
    assert client.get(LOGIN).status_code == 200
    tick(days=61)
    assert client.get(LOGIN).status_code == 401


def test_the_cookie_is_renewed_with_use_but_not_at_each_request(tick, desk):
    tick()
    client = desk("clerk1")
    tick(minutes=9)
    assert "Set-Cookie" not in client.get(LOGIN).headers
    tick(minutes=2)
    assert "Max-Age=5184000" in client.get(LOGIN).headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get(LOGIN).headers


def test_logging_out_ends_the_session_on_the_server(desk):
    client = desk("clerk1")
    token = client.get_cookie("grid").value
    assert client.delete(LOGIN).status_code == 204
    assert client.get_cookie("grid") is None
    client.set_cookie("grid", token)
    assert client.get(LOGIN).status_code == 401


def test_ten_wrong_passwords_close_the_account_for_an_hour_and_not_longer(tick, client):
    tick()
    assert [guess(client).status_code for _ in range(10)] == [401] * 10
    locked = guess(client, PASSWORD)
    assert (locked.status_code, locked.json["code"]) == (429, "throttled")
    assert 3500 < int(locked.headers["Retry-After"]) <= 3601
    tick(minutes=61)
    assert guess(client, PASSWORD).status_code == 200


def test_a_right_password_forgets_the_wrong_ones(tick, client):
    tick()
    for _ in range(3):
        assert [guess(client).status_code for _ in range(9)] == [401] * 9
        assert guess(client, PASSWORD).status_code == 200


def test_no_account_is_guessed_at_more_than_ten_times_in_any_hour(tick, client):
    tick()
    tried = []
    for _minute in range(240):
        now = tick(minutes=1)
        if guess(client).status_code == 401:
            tried.append(now)
    busiest = max(sum(1 for t in tried if 0 <= (t - start).total_seconds() < 3600) for start in tried)
    assert busiest <= 10
    assert len(tried) > 20  # never for ever


def test_strangers_cannot_lock_a_worker_out_of_his_own_phone(tick, client, phone):
    tick()
    own = phone("worker1")
    for _ in range(12):
        guess(client)
    assert guess(client, PASSWORD).status_code == 429
    assert guess(client, PASSWORD, device=own.id).status_code == 200


def test_one_device_is_stopped_whatever_names_it_tries(tick, client):
    tick()
    device = "01a201a1-7840-7dbe-b6d7-1e4e69c34aa1"
    seen = [guess(client, username=f"somebody{n}", device=device).status_code for n in range(12)]
    assert seen == [401] * 10 + [429] * 2


def test_an_unknown_user_is_answered_as_a_wrong_password_and_locked_alike(tick, client):
    tick()
    unknown, known = guess(client, username="nobody"), guess(client)
    assert (unknown.status_code, unknown.json) == (known.status_code, known.json)
    for _ in range(9):
        guess(client, username="nobody")
    assert guess(client, username="nobody").status_code == 429


@pytest.mark.parametrize("body", [
    {}, {"username": "worker1"}, {"username": 5, "password": "x"}, {"username": "", "password": "x"},
    {"username": "a" * 300, "password": "x"}, {"username": "worker1", "password": "x", "device": 3},
    {"username": "worker1", "password": "x", "device": {"name": "x", "app": "1", "schema": 1.5}},
    {"username": "worker1", "password": "x", "device": {"id": "UP", "name": "x", "app": "1", "schema": 1}},
    {"username": "\x00", "password": "x"}, {"username": "\ud800", "password": "x"},
])  # fmt: skip
def test_a_login_that_is_not_one_is_refused(client, body):
    answer = client.post(LOGIN, json=body)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_a_disabled_account_loses_its_sessions_and_its_work_still_comes_in(demo_app, world, phone):
    device = phone("worker1")
    accounts.disable(demo_app.extensions["world"], "worker1")
    assert device.client.get(LOGIN).status_code == 401
    assert guess(demo_app.test_client(), PASSWORD).status_code == 401
    change = note(world["records"]["grid1"]["household"][0], world["areas"]["grid1"]["scope"], "typed before")
    body = {"device": device.id, "timeline": device.timeline, "changes": [change]}
    answer = demo_app.test_client().post("/api/v1/sync/push", json=body, headers=device.drain)
    verdict = answer.json["verdicts"][0]
    assert (verdict["status"], verdict["reason"]) == ("quarantined", "account_disabled")
    assert "row" not in verdict


def test_a_revoked_device_is_told_to_wipe_and_reads_nothing(demo_app, world, phone):
    device = phone("worker1")
    devices.revoke(demo_app.extensions["world"], device.id)
    pull = device.post("pull", scopes={world["areas"]["grid1"]["scope"]: None})
    assert (pull.status_code, pull.json["code"]) == (403, "forbidden")
    assert "wipe" in device.post("hello", next_n=1, scopes={}).json["actions"]


def test_a_drain_token_hands_work_in_and_reads_nothing(client, world, phone):
    device = phone("worker1")
    scope = world["areas"]["grid1"]["scope"]
    body = {"device": device.id, "timeline": device.timeline}
    change = note(world["records"]["grid1"]["household"][0], scope, "typed while logged out")
    pushed = client.post("/api/v1/sync/push", json=body | {"changes": [change]}, headers=device.drain)
    assert pushed.json["verdicts"][0]["status"] in ("applied", "merged")
    assert "row" not in pushed.json["verdicts"][0]
    closed = [("post", "/api/v1/sync/pull"), ("get", f"/api/v1/sync/snapshot/{scope}"), ("get", LOGIN),
              ("get", f"/api/v1/changes/{change['id']}"), ("post", "/api/v1/changes"),
              ("get", "/api/v1/office/review"), ("get", f"/api/v1/records/{change['record']}/history")]  # fmt: skip
    for method, path in closed:
        options = {"json": body} if method == "post" else {}
        answer = getattr(client, method)(path, headers=device.drain, **options)
        assert (path, answer.status_code, answer.json["code"]) == (path, 403, "forbidden")


def test_a_made_up_token_opens_nothing(client):
    assert client.post("/api/v1/sync/push", json={}, headers={"Authorization": "Bearer x"}).status_code == 401
    client.set_cookie("grid", "x")
    assert client.get(LOGIN).status_code == 401
