"""Every route says who may call it; one that does not stops the start."""

import pytest
from flask import Flask

from server.api import auth
from server.api.auth import ANYONE, open_to
from server.app import create_app
from server.config import Config


@pytest.fixture
def app(tmp_path):
    app = create_app(Config.from_env({"DATA_DIR": str(tmp_path)}))
    yield app
    app.extensions["world"].engine.dispose()


def test_every_route_declares_who_may_call_it(app):
    assert auth.undeclared(app) == []
    assert len({rule.endpoint for rule in app.url_map.iter_rules()}) >= 24


def test_a_route_that_does_not_declare_it_is_found():
    app = Flask(__name__)
    app.add_url_rule("/open", "open", open_to(ANYONE)(lambda: ""))
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    assert auth.undeclared(app) == ["forgotten", "static"]


def test_an_undeclared_route_answers_nobody(app):
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")
    answer = app.test_client().get("/api/v1/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_nobody_can_be_declared_by_a_name_that_means_nothing():
    with pytest.raises(ValueError, match="manager"):
        open_to("manager")
