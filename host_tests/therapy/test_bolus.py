"""When each step of a bolus is due: evenly over its duration, the last at its very end."""

import pytest

from thecal.tables import doses
from thecal.therapy.bolus import Bolus


def due_times(steps: int, duration_ms: int) -> list[int]:
    bolus = Bolus(doses.PATIENT, steps, duration_ms, 0)
    found = []
    while not bolus.done:
        found.append(bolus.due)
        bolus.advance()
    return found


@pytest.mark.parametrize(
    ("steps", "duration_ms", "due"),
    [
        (1, 60_000, [60_000]),
        (4, 60_000, [15_000, 30_000, 45_000, 60_000]),
        (3, 10_000, [3_333, 6_666, 10_000]),
        (5, 60_003, [12_000, 24_001, 36_001, 48_002, 60_003]),
    ],
)
def test_due_times_reckoned_by_hand(steps, duration_ms, due):
    assert due_times(steps, duration_ms) == due


@pytest.mark.parametrize(("steps", "duration_ms"), [(7, 60_000), (400, 600_001), (1_999, 21_600_000)])
def test_every_step_is_due_at_its_part_of_the_duration_rounded_down(steps, duration_ms):
    assert due_times(steps, duration_ms) == [step * duration_ms // steps for step in range(1, steps + 1)]
