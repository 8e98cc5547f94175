"""When the reservoir counts as low and as empty, by what is counted and by what is measured (SR-24)."""

import pytest

from thecal.safety.reservoir_check import ReservoirCheck

LOW_NL, EMPTY_NL, FULL_NL = 2_000_000, 400_000, 20_000_000


def found(*pairs: tuple[int, int]) -> tuple[bool, bool]:
    """(low, empty) after looks at these counted and measured volumes."""
    check = ReservoirCheck()
    check.low_nl = LOW_NL
    for computed_nl, measured_nl in pairs:
        check.update(computed_nl, measured_nl)
    return check.low, check.empty


@pytest.mark.req("SR-24")
@pytest.mark.parametrize(
    ("computed_nl", "state"),
    [
        (FULL_NL, (False, False)),
        (LOW_NL, (False, False)),
        (LOW_NL - 1, (True, False)),
        (EMPTY_NL, (True, False)),
        (EMPTY_NL - 1, (True, True)),
        (-1, (True, True)),
    ],
)
def test_the_count_alone_is_believed_at_once(computed_nl, state):
    assert found((computed_nl, FULL_NL)) == state


@pytest.mark.req("SR-24")
@pytest.mark.parametrize(
    ("measured_nl", "state"),
    [
        (LOW_NL, (False, False)),
        (LOW_NL - 1, (True, False)),
        (EMPTY_NL, (True, False)),
        (EMPTY_NL - 1, (True, True)),
    ],
)
def test_a_measurement_counts_at_the_third_look_in_a_row(measured_nl, state):
    look = (FULL_NL, measured_nl)
    assert found(look, look) == (False, False)
    assert found(look, look, look) == state
    assert found(look, look, look, look) == state


@pytest.mark.req("SR-24")
def test_one_look_that_shows_enough_begins_the_count_of_looks_anew():
    below, enough = (FULL_NL, 0), (FULL_NL, FULL_NL)
    assert found(below, below, enough, below, below) == (False, False)
    assert found(below, below, enough, below, below, below) == (True, True)
    assert found(below, below, below, enough) == (False, False)
