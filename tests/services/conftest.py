"""A small world on either database."""

import pytest

from tests.places import Place, make_place


@pytest.fixture
def place(database_url) -> Place:
    made = make_place(database_url)
    yield made
    made.world.engine.dispose()
