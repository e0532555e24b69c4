"""Requests made up from the API's own description: whatever comes, no answer is a 5xx."""

import contextlib

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from server.app import create_app
from tests.api.conftest import PASSWORD, config, populate

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
EXAMPLES = 8 if settings.get_current_profile_name() == "ci" else 300


@pytest.fixture(scope="module")
def description(databases, tmp_path_factory):
    data = tmp_path_factory.mktemp("fuzz")
    with databases.migrated("sqlite") as url:
        populate(url, data)
        app = create_app(config(url, data))
        client = app.test_client()
        device = {"name": "t", "app": "1", "schema": 1}
        body = {"username": "worker1", "password": PASSWORD, "device": device}
        answer = client.post("/api/v1/session", json=body).json
        loaded = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
        loaded.own = {"device": answer["device"]["id"], "timeline": answer["timeline"]}
        loaded.cookie = client.get_cookie("grid").value
        yield loaded
        app.extensions["world"].engine.dispose()


def ask(operation, mode, cookie: str, own: dict[str, str]) -> int:
    """Send made-up requests to one operation; how many."""
    asked = 0

    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        nonlocal asked
        if isinstance(case.body, dict) and mode is GenerationMode.POSITIVE:
            case.body |= own if "device" in case.body else {}  # past the check of the device, to the work itself
        answer = case.call(cookies={"grid": cookie})
        asked += 1
        assert answer.status_code < 500, answer.text

    with contextlib.suppress(Unsatisfiable):  # nothing misses a description that asks for nothing
        send()
    return asked


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_that_fits_or_misses_the_description_ends_in_a_5xx(description, mode):
    """POSITIVE: requests that fit the description; NEGATIVE: ones that miss it."""
    operations = [found.ok() for found in description.get_all_operations()]
    # Logging out would end the session that the others use.
    asked = [ask(one, mode, description.cookie, description.own) for one in operations if one.method != "delete"]
    assert sum(1 for count in asked if count) >= (10 if mode is GenerationMode.POSITIVE else 5)
    assert sum(asked) >= 60
