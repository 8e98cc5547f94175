"""Whole years of background steps, walked one by one: what `make test` shows by induction, `make proof` shows again."""

from fractions import Fraction

import pytest

from thecal.therapy.background import Background, cost_of_step, earn_of_dose
from therapy.test_background import DAY_MS, dose_of_flow, exact_steps_per_ms, fifty_legal_rates

YEAR_MS = 365 * DAY_MS


@pytest.mark.needs("proof")
@pytest.mark.req("SR-01")
@pytest.mark.parametrize(("flow", "concentration", "volume"), fifty_legal_rates())
def test_every_step_of_a_year_is_counted(flow, concentration, volume):
    rate = dose_of_flow(flow, concentration)
    background = Background(cost_of_step(concentration, volume))
    background.change_rate(0, earn_of_dose(rate))
    advance, now_ms, steps = background.advance, background.interval_ms, 0
    while now_ms <= YEAR_MS:
        steps += 1
        advance()
        now_ms += background.interval_ms
    ideal: Fraction = exact_steps_per_ms(rate, concentration, volume) * YEAR_MS
    assert steps == int(ideal)
