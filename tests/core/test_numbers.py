"""The numbers of a device: what came, what is missing, whatever the order."""

from hypothesis import given
from hypothesis import strategies as st

from server.core.sync.numbers import MAX_JUMP, beyond, count, receive


def received(have, missing):
    gaps = {n for low, high in missing for n in range(low, high + 1)}
    return set(range(1, have + 1)) - gaps


def test_numbers_in_turn_leave_nothing_missing():
    assert receive(0, [], [1, 2, 3]) == (3, [], False)


def test_a_gap_is_missing_until_it_is_filled_from_either_end_or_the_middle():
    have, missing, _ = receive(0, [], [10])
    assert (have, missing) == (10, [[1, 9]])
    assert receive(10, missing, [1]) == (10, [[2, 9]], False)
    assert receive(10, missing, [9]) == (10, [[1, 8]], False)
    assert receive(10, missing, [5]) == (10, [[1, 4], [6, 9]], False)
    assert receive(10, missing, range(1, 10)) == (10, [], False)


def test_the_same_number_again_changes_nothing():
    assert receive(5, [[2, 3]], [1, 4, 5]) == (5, [[2, 3]], False)


def test_a_number_too_far_above_does_not_move_what_is_had():
    assert receive(3, [], [3 + MAX_JUMP]) == (3 + MAX_JUMP, [[4, 2 + MAX_JUMP]], False)
    assert receive(3, [], [4 + MAX_JUMP]) == (3, [], True)
    assert receive(3, [], [4, 2**53 - 1]) == (4, [], True)


@given(st.lists(st.integers(1, 60), max_size=60), st.randoms(use_true_random=False))
def test_any_order_and_any_cutting_into_batches_comes_to_the_same(numbers, random):
    have, missing = 0, []
    left = list(numbers)
    random.shuffle(left)
    while left:
        size = random.randint(1, len(left))
        have, missing, jumped = receive(have, missing, left[:size])
        assert not jumped
        left = left[size:]
    assert received(have, missing) == set(numbers)
    assert have == max(numbers, default=0)
    assert missing == sorted(missing)
    assert receive(have, missing, numbers) == (have, missing, False)


def test_numbers_beyond_are_those_that_move_nothing():
    assert beyond(0, [100_001, 1, 100_003]) == set(), "each moves the next one's bound"
    assert beyond(5, [6, 100_007]) == {100_007}
    assert beyond(0, [100_001, 2**53 - 1]) == {100_001, 2**53 - 1}
    assert beyond(0, []) == set()


@given(st.sets(st.integers(1, 60)))
def test_what_is_missing_is_counted(numbers):
    have, missing, _ = receive(0, [], numbers)
    assert count(missing) == have - len(numbers)
