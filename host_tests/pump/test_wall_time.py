"""Wall time decides schedules and nothing else: midnight, weekdays, setting and loss of the clock (SR-38)."""

from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time

from flex_calendar import EVERY_DAY, prescribed_rate
from rig import FLEX, MONDAY, Rig, example, host_seconds
from thecal.tables import alarms, doses, states
from thecal_tools import prescription_file
from thecal_tools.derived import derived

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
BASE = datetime(2020, 1, 1)
BOLUS_AT_NINE = example(
    "morphine_simple",
    scheduled_boluses=[{"at": "09:00", "days": EVERY_DAY, "dose": "0.1 mg", "duration": "10 min"}],
    limits=None,
)


def wall_seconds(moment: datetime) -> int:
    return int((moment - BASE).total_seconds())


@pytest.mark.req("SR-38")
@pytest.mark.parametrize("month_end", ["2026-02-28", "2028-02-28", "2028-02-29", "2026-12-31", "2026-03-29"])
def test_midnight_takes_the_new_days_pattern(month_end):
    with freeze_time(month_end + " 23:50:00") as frozen:
        rig = Rig(FLEX, wall=None)
        rig.world.wall.follow(host_seconds)
        rig.power_on()  # the chip is read at power-on only
        start = datetime.now()
        frozen.tick(timedelta(minutes=20))
    rig.run_for(20 * MINUTE_MS)
    assert rig.app.clock.quality == states.WALL_CLOCK_CHIP
    now = start + timedelta(minutes=20)
    assert rig.app.clock.weekday() == now.weekday()
    assert abs(rig.app.clock.wall() - wall_seconds(now)) <= 1
    assert rig.app.body.prescription is not None
    rate = rig.app.body.prescription.background(rig.app.clock.minute_of_day(), rig.app.clock.weekday())
    assert rate == prescribed_rate(now)


@pytest.mark.req("SR-38", "PR-03")
def test_a_clock_set_back_repeats_no_scheduled_bolus():
    rig = Rig(BOLUS_AT_NINE, wall=MONDAY)
    rig.run_for(2 * HOUR_MS)
    assert len(rig.events("bolus_granted")) == 1
    for back in (90 * 60, 26 * 3_600):
        rig.app.pump.set_clock(rig.app.clock.wall() - back)
        rig.run_for(2 * HOUR_MS)
    assert len(rig.events("bolus_granted")) == 1


@pytest.mark.req("SR-38", "SR-09")
def test_a_clock_set_forward_over_a_slot_makes_nothing_up_and_says_so():
    rig = Rig(BOLUS_AT_NINE, wall=MONDAY)
    rig.run_for(30 * MINUTE_MS)
    rig.app.pump.set_clock(rig.app.clock.wall() + 3_600)
    rig.run_for(4 * HOUR_MS)
    assert rig.events("bolus_granted") == []
    assert len(rig.events("scheduled_missed")) == 1
    assert rig.app.pump.alarm() == alarms.DOSES_MISSED


@pytest.mark.req("SR-38", "PR-03")
def test_a_slot_that_a_setting_of_the_clock_brings_near_is_given_on_time():
    rig = Rig(BOLUS_AT_NINE, wall=MONDAY)
    rig.run_for(30 * MINUTE_MS)
    rig.app.pump.set_clock(rig.app.clock.wall() + 29 * 60)
    rig.run_for(2 * MINUTE_MS)
    assert len(rig.events("bolus_granted")) == 1
    assert rig.events("scheduled_missed") == []


@pytest.mark.req("SR-38", "SR-05")
@pytest.mark.parametrize("jump_s", [-7 * 86_400, -3_600, 3_600, 86_400, 400 * 86_400])
def test_setting_the_clock_moves_no_lockout(jump_s):
    rig = Rig(wall=MONDAY)
    rig.run_for(HOUR_MS)
    rig.press("bolus", 1_200)
    rig.run_for(20 * MINUTE_MS)
    before = rig.app.pump.next_patient_bolus()
    assert before[0] == doses.LOCKOUT
    rig.app.pump.set_clock(rig.app.clock.wall() + jump_s)
    assert rig.app.pump.next_patient_bolus() == before


@pytest.mark.req("PR-07", "SR-04")
@pytest.mark.parametrize(("per_24h", "reason"), [("1500 ug", doses.GRANTED), ("1400 ug", doses.LIMIT_24H)])
def test_while_the_time_is_unknown_a_limit_grants_boluses_or_refuses_them_as_programming_warned(per_24h, reason):
    document = FLEX | {"limits": FLEX["limits"] | {"per_24h": per_24h}}
    warnings = derived(prescription_file.read(document)).warnings
    assert len(warnings) == (reason != doses.GRANTED)
    rig = Rig(document, wall=None)
    rig.run_for(26 * HOUR_MS)
    answer = rig.app.pump.ask_patient_bolus()
    assert answer[0] == reason
    assert (answer[1] == doses.NEVER) == (reason != doses.GRANTED)


@pytest.mark.req("SR-38", "PR-02")
def test_an_unknown_time_runs_the_fallback_rate_alarms_and_is_over_when_the_clock_is_set():
    rig = Rig(FLEX, wall=None)
    assert rig.app.body.prescription is not None
    rig.run_for(3 * HOUR_MS)
    (rate,) = [record["rate_ng_per_day"] for record in rig.events("background_rate")]
    assert rate == rig.app.body.prescription.rate
    assert rig.app.pump.alarm() == alarms.CLOCK_UNKNOWN
    rig.app.pump.set_clock(wall_seconds(MONDAY))
    rig.run_for(MINUTE_MS)
    assert rig.events("background_rate")[-1]["rate_ng_per_day"] == prescribed_rate(MONDAY)
    assert rig.app.pump.alarm() < 0
    rig.app.pump.lose_clock()
    rig.run_for(MINUTE_MS)
    assert rig.events("background_rate")[-1]["rate_ng_per_day"] == rig.app.body.prescription.rate
    assert rig.app.pump.alarm() == alarms.CLOCK_UNKNOWN
