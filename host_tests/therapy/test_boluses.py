"""One bolus: rounded down, spread evenly, suspended without loss (SR-01, PR-06, PR-07)."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from thecal.tables import doses, ticks
from thecal.therapy.bolus import Bolus, steps_of_dose

TICKS = 1 << 30
starts = st.integers(0, TICKS - 1)


@pytest.mark.req("SR-01")
@given(st.integers(1, 10**9), st.integers(1_000, 100_000_000), st.integers(100_000, 400_000))
def test_a_dose_is_rounded_down_to_whole_steps(dose, concentration, volume):
    steps = steps_of_dose(dose, concentration, volume)
    exact = Fraction(dose, concentration) * 10**9 / volume
    assert steps <= exact < steps + 1


@pytest.mark.req("PR-07")
@given(st.integers(1, 4_000), st.integers(60_000, 21_600_000), starts)
def test_steps_are_spread_evenly_and_the_last_is_at_the_end(steps, duration_ms, start):
    bolus = Bolus(doses.PATIENT, steps, duration_ms, start)
    due_ms = 0
    for given_ in range(1, steps + 1):
        due_ms = ticks.diff(bolus.due, start)
        assert duration_ms * given_ // steps <= due_ms <= -(-duration_ms * given_ // steps)
        bolus.advance()
    assert bolus.done
    assert due_ms == duration_ms


@pytest.mark.req("SR-07")
@given(st.integers(2, 100), st.integers(60_000, 600_000), st.integers(0, 99), st.integers(0, 86_400_000), starts)
def test_a_suspended_bolus_goes_on_where_it_was(steps, duration_ms, given_, pause_ms, start):
    assume(given_ < steps)
    bolus = Bolus(doses.CLINICIAN, steps, duration_ms, start)
    twin = Bolus(doses.CLINICIAN, steps, duration_ms, start)
    for _ in range(given_):
        bolus.advance()
        twin.advance()
    left_ms = ticks.diff(bolus.due, start) // 2
    now = ticks.add(bolus.due, -left_ms)
    bolus.suspend(now)
    bolus.resume(ticks.add(now, pause_ms))
    while not twin.done:
        assert ticks.diff(bolus.due, twin.due) == pause_ms
        bolus.advance()
        twin.advance()
    assert bolus.done
    assert bolus.given == steps
