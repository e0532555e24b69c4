"""A small world on either database."""

import pytest

from server.services.verify import verify
from tests.places import Place, make_place


@pytest.fixture
def place(database_url) -> Place:
    made = make_place(database_url)
    yield made
    made.world.engine.dispose()


@pytest.fixture
def sound(place):
    """After the test, everything stored still agrees with everything else."""
    yield
    assert verify(place.world) == []
