"""I5: the order in which independent work arrives decides nothing that anybody could lose by."""

import pytest

from tests.simulation.oracle import Breach
from tests.simulation.orders import compare
from tests.simulation.planted import planted


@pytest.mark.parametrize("seed", range(1, 7))
def test_any_order_of_arrival_keeps_the_same_values(seed, place):
    """Deletes, moves, steps and groups too; then edits of fields alone, where it is also the same state."""
    assert compare(place, seed, plain=False) >= 10
    assert compare(place, seed, plain=True) >= 10


def test_a_server_where_it_did_matter_would_be_seen(place):
    """Planted: whatever moved in a record since one looked is a conflict, whichever field it was."""
    with planted("own_edit_is_a_stranger"), pytest.raises(Breach, match=r"I5|I2"):
        for seed in range(1, 7):
            compare(place, seed, plain=True)
