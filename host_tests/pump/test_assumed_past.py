"""What the programme gave before a reset that lost the gate's windows, against a walk through every second (SR-03)."""

from datetime import datetime, timedelta

import pytest

from rig import Rig, example
from thecal.pump import startup

DAY_S = 86_400
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PATTERNS = {
    "week": (("00:00", "07:31", 20), ("07:31", "19:00", 40), ("19:00", "24:00", 24)),
    "rest": (("00:00", "12:00", 22), ("12:00", "24:00", 60)),
}
# In units of which a step costs 27 * ng/mL * pL: 312,500 for each second at 1 ng/day.
UNITS = 312_500


def flex() -> dict:
    patterns = {
        name: [{"start": start, "end": end, "rate": f"{rate} ug/h"} for start, end, rate in steps]
        for name, steps in PATTERNS.items()
    }
    week = dict.fromkeys(DAYS, "week") | {"sat": "rest", "sun": "rest"}
    return example(
        "morphine_simple",
        mode="flex",
        rate=None,
        flex={"patterns": patterns, "week": week, "fallback_rate": "480 ug/day"},
        patient_bolus=None,
        limits=None,
    )


def rate_at(moment: datetime) -> int:
    """ng/day, read from the table above."""
    steps = PATTERNS["rest" if moment.weekday() >= 5 else "week"]
    minute = f"{moment:%H:%M}"
    return next(rate for start, end, rate in steps if start <= minute < end) * 24_000


# At the last second of a minute, so that whole minutes back are minutes of the day.
@pytest.mark.req("SR-03")
@pytest.mark.parametrize("now", [datetime(2026, 3, 2, 8, 0, 59), datetime(2026, 3, 7, 0, 5, 59)])
def test_each_minute_of_the_last_day_counts_at_its_own_rate(now):
    rig = Rig(flex(), wall=now)
    earned = startup._background_before(rig.app.clock, rig.app.body.prescription)
    for since, before in ((0, 60), (0, 17), (60, 900), (900, DAY_S + 900)):
        due = sum(rate_at(now - timedelta(seconds=ago)) for ago in range(since, before))
        assert earned(since, before) == due * UNITS
    assert earned(600, 600) == 0


@pytest.mark.req("SR-03")
def test_without_the_time_of_day_it_counts_at_the_fallback_rate():
    rig = Rig(flex(), wall=None)
    earned = startup._background_before(rig.app.clock, rig.app.body.prescription)
    assert earned(60, 3_661) == 480_000 * 3_601 * UNITS
