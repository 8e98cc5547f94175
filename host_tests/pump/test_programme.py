"""Which scheduled boluses of a day are due, and what a change of the clock does to them (SR-09, SR-38)."""

from datetime import timedelta
from typing import Any

import pytest

from pump.parts import Parts
from rig import MONDAY
from thecal.pump.programme import Programme
from thecal.tables import alarms

WEDNESDAY_NOON = MONDAY.replace(hour=12, minute=0) + timedelta(days=2)
MONDAYS, TUESDAYS, WEDNESDAYS, THURSDAYS, DAILY = 1, 2, 4, 8, 127
TEN, THIRTEEN = 600, 780
BOLUS = (20_000, 600)  # ng, s


def programme_at_noon(*slots: tuple[int, int]) -> tuple[Parts, Programme]:
    """A Wednesday's noon, and slots of (minute, days)."""
    pump = Parts(wall=WEDNESDAY_NOON)
    prescription: Any = pump.body.prescription
    prescription.scheduled = tuple((*slot, *BOLUS) for slot in slots)
    programme = Programme(pump.body, pump.boluses, lambda: None, lambda: -1, lambda: 0, lambda: False)
    return pump, programme


@pytest.mark.req("SR-38")
def test_at_the_start_those_of_this_weekday_that_are_past_and_not_settled_yet_are_settled():
    days = (MONDAYS, TUESDAYS, WEDNESDAYS, THURSDAYS, DAILY, DAILY)
    pump, programme = programme_at_noon(*((TEN, day) for day in days), (THIRTEEN, DAILY))
    today = pump.clock.day()
    # A slot says the day after the one that it was settled on: the fifth is of yesterday, the sixth of today.
    pump.ledger.slot_days[4], pump.ledger.slot_days[5] = today, today + 1
    programme.start(pump.now)
    assert pump.events("slots_settled") == [{"slots": ["2", "4"], "settled_day": today + 1}]
    assert list(pump.ledger.slot_days)[:7] == [0, 0, today + 1, 0, today + 1, today + 1, 0]
    assert pump.events("scheduled_missed") == []


@pytest.mark.req("SR-09", "SR-38")
def test_a_clock_set_past_a_bolus_has_it_missed_with_an_alarm_whose_cause_is_over_at_once():
    pump, programme = programme_at_noon((THIRTEEN, DAILY))
    programme.start(pump.now)
    before = pump.clock.wall()
    pump.clock.set_wall(before + 7_200, pump.clock.quality)
    programme.clock_changed(before)
    assert len(pump.events("scheduled_missed")) == 1
    assert pump.alarms.active(alarms.DOSES_MISSED)
    assert not pump.alarms.present(alarms.DOSES_MISSED)


def test_a_change_of_the_clock_ends_the_old_hour_and_begins_the_one_it_leads_to():
    pump, programme = programme_at_noon()
    programme.start(pump.now)
    before = pump.clock.wall()
    pump.clock.set_wall(before + 7_200, pump.clock.quality)
    programme.clock_changed(before)
    assert len(pump.events("hour_totals")) == 1
    programme.run(pump.now)
    pump.wait(3_599_000)
    programme.run(pump.now)
    assert len(pump.events("hour_totals")) == 1
    pump.wait(1_000)
    programme.run(pump.now)
    assert len(pump.events("hour_totals")) == 2
