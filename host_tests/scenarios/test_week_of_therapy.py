"""The full stack over seven days, steps counted at the motor's pin against the exact fraction (SR-01, PR-01)."""

from fractions import Fraction

import pytest

from rig import Rig, example
from virtual_bench.bench import CALIBRATION_PL_PER_STEP

HOUR_MS = 3_600_000
REFILL_UL = 20_000

# ug/day of morphine at ug/mL: 0.048, 0.31, 1.1, 4.7 and 12 mL/day, from the draws of the arithmetic's test.
RATES = [
    (48, 1_000),
    (3_100, 10_000),
    (22_137, 20_000),
    pytest.param(11_813, 2_500, marks=pytest.mark.needs("proof")),
    pytest.param(300_001, 25_000, marks=pytest.mark.needs("proof")),
]


def refill(rig: Rig) -> None:
    rig.bench.reservoir.fill(REFILL_UL * 1_000_000)
    rig.app.pump.set_reservoir(REFILL_UL * 1000)


@pytest.mark.req("SR-01", "PR-01")
@pytest.mark.parametrize(("ug_per_day", "ug_per_ml"), RATES)
def test_a_week_of_simple_continuous_is_within_one_step_of_the_ideal(ug_per_day, ug_per_ml):
    document = example(
        "morphine_simple",
        rate=f"{ug_per_day} ug/day",
        concentration=f"{ug_per_ml} ug/mL",
        patient_bolus=None,
        limits=None,
    )
    rig = Rig(document, wall=None)
    edges_at_start = rig.bench.stepper.edges
    per_ms = Fraction(ug_per_day, ug_per_ml) * 10**9 / CALIBRATION_PL_PER_STEP / (24 * HOUR_MS)
    started_ms = rig.world.elapsed_ms
    for _ in range(14):
        rig.run_for(12 * HOUR_MS)
        passed_ms = rig.world.elapsed_ms - started_ms
        steps = rig.bench.stepper.edges - edges_at_start
        assert abs(steps - per_ms * passed_ms) <= 1
        assert steps == sum(rig.app.ledger.commanded)
        # One train may be in flight.
        assert 0 <= steps - sum(rig.app.ledger.confirmed) <= 1
        refill(rig)
    assert rig.restarts == []
    assert rig.app.pump.alarm() < 0
