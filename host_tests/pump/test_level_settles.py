"""A sound level sensor is believed in time, and then finds drug that leaves uncounted (SR-22, SR-26).

What is believed too late, or never, watches nothing and says nothing. The sensor has the bench's own noise (40 uL, and
14 uL over the eight readings of a look), and zero points as built.
"""

import pytest

from rig import SIMPLE, Rig
from thecal.tables import alarms

MINUTE_MS = 60_000
# docs/mechanism_checks.md: what is filtered over 16 minutes, one look a minute, is recorded as reference then.
SETTLED_MIN = 16
# The fastest flow that nobody counts: 1.2 mL/h.
UL_PER_MINUTE = 20
# Apart by 600 uL after half an hour, which the filter shows a quarter of an hour later.
FOUND_MIN = 50
VOLUMES = {
    alarms.OVER_DELIVERY_WARNING,
    alarms.OVER_DELIVERY,
    alarms.UNDER_DELIVERY_WARNING,
    alarms.UNDER_DELIVERY,
}


def present(rig: Rig) -> set[int]:
    return {alarm for alarm in (*VOLUMES, alarms.LEVEL_INVALID) if rig.app.body.alarms.present(alarm)}


def refill(rig: Rig) -> None:
    rig.bench.reservoir.aspirate()
    rig.bench.reservoir.fill(15_000_000_000)
    rig.app.pump.set_reservoir(15_000_000)


@pytest.mark.req("SR-22", "SR-26")
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_sound_sensor_settles_within_16_minutes_of_a_first_boot_and_of_a_refill(seed):
    rig = Rig(SIMPLE, seed=seed)
    for number in (1, 2):
        rig.run_for(SETTLED_MIN * MINUTE_MS)
        assert len(rig.events("level_reference")) == number
        rig.run_for(20 * MINUTE_MS)
        assert present(rig) == set()
        refill(rig)


@pytest.mark.req("SR-22", "SR-26")
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("after", ["boot", "reset", "refill"])
@pytest.mark.parametrize(
    ("sign", "alarm"), [(1, alarms.OVER_DELIVERY), (-1, alarms.UNDER_DELIVERY)], ids=["over", "under"]
)
def test_what_leaves_uncounted_is_found_after_a_boot_a_reset_and_a_refill(after, sign, alarm, seed):
    rig = Rig(SIMPLE, seed=seed, reservoir_ul=15_000)
    if after != "boot":
        rig.run_for(60 * MINUTE_MS)
        if after == "reset":
            rig.power_on()
        else:
            refill(rig)
    rig.run_for(SETTLED_MIN * MINUTE_MS)
    seen = set()
    for _ in range(FOUND_MIN):
        rig.bench.reservoir.draw(sign * UL_PER_MINUTE * 1_000_000)
        rig.run_for(MINUTE_MS)
        seen |= present(rig)
    assert alarm in present(rig)
    # The warning of the same sign comes first; a flow that there can be is never taken for a dead sensor.
    assert seen == {alarm, {1: alarms.OVER_DELIVERY_WARNING, -1: alarms.UNDER_DELIVERY_WARNING}[sign]}
