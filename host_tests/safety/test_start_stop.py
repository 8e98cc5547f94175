"""The limiter of alarm, stop and start again (SR-32): three times in ten minutes, and then only a person helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig import Rig
from thecal.safety.start_stop import StartStop
from thecal.tables import alarms, states

WITHIN_S = 600
HOUR_MS = 3_600_000


def stops(rig: Rig, alarm: int, every_s: int, times: int) -> None:
    """That alarm's cause comes and goes after ten seconds, so often."""
    for _ in range(times):
        rig.app.body.alarms.set(alarm, True)
        assert rig.app.body.holds == states.ALARM
        rig.run_for(10_000)
        rig.app.body.alarms.set(alarm, False)
        rig.run_for(every_s * 1000 - 10_000)


@pytest.mark.req("SR-32")
@pytest.mark.parametrize(("every_s", "holds"), [(100, states.ALARM), (300, states.ALARM), (330, 0)])
def test_the_third_stop_by_the_same_alarm_within_ten_minutes_holds_the_pump(every_s, holds):
    rig = Rig()
    stops(rig, alarms.OCCLUSION, every_s, 3)
    assert rig.app.body.holds == holds
    assert rig.app.body.alarms.active(alarms.START_STOP_LIMIT) is bool(holds)
    edges = rig.bench.stepper.edges
    rig.run_for(HOUR_MS)
    assert (rig.bench.stepper.edges == edges) is bool(holds)
    rig.app.pump.acknowledge()
    assert (rig.app.body.holds, rig.app.pump.alarm()) == (0, -1)


@pytest.mark.req("SR-32")
def test_an_acknowledgement_begins_the_count_anew():
    rig = Rig()
    stops(rig, alarms.OCCLUSION, 60, 3)
    rig.app.pump.acknowledge()
    stops(rig, alarms.OCCLUSION, 60, 2)
    assert rig.app.body.holds == 0
    stops(rig, alarms.OCCLUSION, 60, 1)
    assert rig.app.body.holds == states.ALARM


@pytest.mark.req("SR-32")
def test_the_hold_outlives_a_power_cut():
    rig = Rig()
    stops(rig, alarms.OCCLUSION, 60, 3)
    rig.world.at_ms(0, lambda _: rig.world.cut_power(60_000))
    rig.run_for(HOUR_MS)
    assert (rig.restarts, rig.app.body.holds) == (["PowerCut"], states.ALARM)
    assert rig.app.body.alarms.active(alarms.START_STOP_LIMIT)


def test_an_alarm_that_stops_nothing_does_not_count():
    rig = Rig()
    for _ in range(5):
        rig.app.body.alarms.set(alarms.LEVEL_INVALID, True)
        rig.app.body.alarms.set(alarms.LEVEL_INVALID, False)
    assert not rig.app.body.alarms.active(alarms.START_STOP_LIMIT)


@pytest.mark.req("SR-32")
@given(st.lists(st.tuples(st.sampled_from([3, 12, 13]), st.integers(0, 400)), max_size=12))
def test_against_a_count_over_all_stops(happenings):
    limiter, past, now = StartStop(), [], 1_000
    for alarm, later in happenings:
        now += later
        past.append((alarm, now))
        expected = sum(kind == alarm and now - when <= WITHIN_S for kind, when in past) >= 3
        assert limiter.stopped_by(alarm, now) is expected


@pytest.mark.req("SR-32")
@pytest.mark.parametrize(("others", "found"), [(9, True), (10, False)])
def test_the_last_twelve_stops_are_remembered_whichever_alarms_they_were(others, found):
    limiter = StartStop()
    for alarm in (alarms.OCCLUSION, alarms.OCCLUSION, *range(100, 100 + others)):
        assert not limiter.stopped_by(alarm, 1_000)
    assert limiter.stopped_by(alarms.OCCLUSION, 1_000) is found
