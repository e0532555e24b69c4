"""No reader ever passes a row that is still to come: shown with writers that commit late and out of turn,
and shown to be a test that can fail."""

import pytest
from sqlalchemy import text

from server.adapters.storage import feeds
from server.services.transactions import write
from server.services.verify import verify
from tests.contract.writers import FeedReader, Puller, Writers, plain_sequence, slow_commits
from tests.places import G1, G2, make_place


@pytest.fixture
def postgres_place(postgres_url):
    place = make_place(postgres_url)
    yield place
    place.world.engine.dispose()


def test_sixteen_writers_and_a_reader_that_misses_none_of_five_thousand_rows(postgres_place):
    place = postgres_place
    puller = Puller(place.device("worker2"), [G1, G2])
    writers = Writers(place, [G1, G2], threads=16, goal=5_000, batch=10)
    with slow_commits(0.01, rolled_back=0.1, seed=1):
        writers.run(puller)
    assert len(writers.committed) >= 5_000
    assert writers.rolled_back >= 10
    assert puller.pages > 50, "the reader did not read while they wrote"
    assert writers.committed - puller.seen == set()
    assert verify(place.world) == []


def lost_with(place, advance, monkeypatch, goal=2_000):
    """Committed rows that a reader of the feed missed, when `advance` gives its numbers."""
    monkeypatch.setattr(feeds, "advance", advance)
    reader = FeedReader(place, G1)
    writers = Writers(place, [G1], threads=16, goal=goal, batch=5)
    with slow_commits(0.01, rolled_back=0.1, seed=2):
        writers.run(reader)
    assert reader.rounds > 50
    return len(writers.committed - reader.seen)


def test_the_same_reader_loses_rows_when_the_numbers_come_from_a_plain_sequence(postgres_place, monkeypatch):
    """The test of the test: same writers, same reader; only where the numbers come from differs."""
    with write(postgres_place.world, "test") as conn:
        conn.execute(text("CREATE SEQUENCE plain"))
    assert lost_with(postgres_place, plain_sequence, monkeypatch) > 0


def test_the_same_reader_loses_none_with_the_numbers_of_the_scope(postgres_place, monkeypatch):
    assert lost_with(postgres_place, feeds.advance, monkeypatch) == 0
