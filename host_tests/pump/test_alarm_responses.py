"""Alarms in the whole pump: what each leaves of delivery, what survives a reset, and no hold without a reason shown."""

import pytest

from panel.eyes import Eyes
from rig import FLEX, SIMPLE, Rig
from thecal.tables import alarms, doses, states, texts

ALARMS = range(len(alarms.ALARMS))
NAMES = [row[0] for row in texts.ALARMS]
HOUR_MS = 3_600_000
# Raised by a hold of their own and over with it.
OF_HOLDS = {
    states.OPERATOR_STOP: alarms.PUMP_STOPPED,
    states.SELF_TEST: alarms.SELF_TEST_FAILED,
    states.RECORDS: alarms.SELF_TEST_FAILED,
    states.NO_PRESCRIPTION: alarms.PROGRAMME_INCOMPLETE,
    states.NO_CALIBRATION: alarms.PROGRAMME_INCOMPLETE,
    states.NOT_COMMISSIONED: alarms.NOT_COMMISSIONED,
}


def flag(alarm: int, bit: int) -> bool:
    return bool(alarms.ALARMS[alarm][3] & bit)


@pytest.mark.req("SR-30")
@pytest.mark.parametrize("column", [0, 1], ids=["morphine", "baclofen"])
def test_each_alarm_leaves_of_delivery_what_its_row_says(column):
    rig = Rig([SIMPLE, FLEX][column])
    rig.run_for(1_000)
    body = rig.app.body
    for alarm in ALARMS:
        if alarm in OF_HOLDS.values():
            continue
        body.alarms.set(alarm, True)
        response = alarms.ALARMS[alarm][1 + column]
        assert bool(body.holds & states.ALARM) is (response == alarms.STOP), NAMES[alarm]
        assert body.is_reduced is (response == alarms.MINIMUM_RATE), NAMES[alarm]
        assert (body.bolus_block() == doses.GRANTED) is (response == alarms.CONTINUE), NAMES[alarm]
        assert body.running is (response in (alarms.CONTINUE, alarms.NO_BOLUS)), NAMES[alarm]
        body.alarms.set(alarm, False)
        rig.app.pump.acknowledge()
        assert (body.holds, body.is_reduced, rig.app.pump.alarm()) == (0, False, -1), NAMES[alarm]


@pytest.mark.req("SR-31", "SR-37")
@pytest.mark.parametrize("alarm", ALARMS, ids=NAMES)
def test_an_alarm_survives_a_power_cut_as_its_row_says(alarm):
    rig = Rig()
    rig.run_for(1_000)
    rig.app.body.alarms.set(alarm, True)
    rig.world.at_ms(0, lambda _: rig.world.cut_power(1_000))
    rig.run_for(500)
    assert rig.restarts == ["PowerCut"]
    eyes = Eyes(rig)
    rig.run_for(2_000)
    body, pump = rig.app.body, rig.app.pump
    assert body.alarms.active(alarm) is flag(alarm, alarms.LATCHES)
    if not flag(alarm, alarms.LATCHES):
        assert (pump.signal(), body.holds) == (0, 0)
        return
    colour = alarms.SIGNALS[pump.signal()][0]
    assert pump.signal() >= alarms.ALARMS[alarm][0]
    assert eyes.first(colour, rig.world.elapsed_ms - 2_000) is not None
    responds = flag(alarm, alarms.RESPONDS_UNTIL_ACKNOWLEDGED) or flag(alarm, alarms.OVER_WHEN_ACKNOWLEDGED)
    stops = responds and alarms.ALARMS[alarm][1] == alarms.STOP
    assert bool(body.holds & states.ALARM) is stops
    pump.acknowledge()
    assert (pump.alarm(), body.holds) == (-1, 0)


@pytest.mark.req("SR-31")
def test_an_alarm_that_was_acknowledged_and_is_over_does_not_come_back_with_a_reset():
    rig = Rig()
    rig.app.body.alarms.set(alarms.MOTOR_SLIP, True)
    rig.app.pump.acknowledge()
    rig.power_on()
    assert rig.app.pump.alarm() == -1


@pytest.mark.req("SR-29")
@pytest.mark.parametrize("hold", OF_HOLDS, ids=lambda bit: texts.HOLDS[bit.bit_length() - 1])
def test_a_hold_shows_its_alarm_for_as_long_as_it_stands_whatever_is_acknowledged(hold):
    rig = Rig()
    body = rig.app.body
    body.hold(hold)
    for _ in range(3):
        assert body.alarms.present(OF_HOLDS[hold])
        assert rig.app.pump.signal() > 0
        rig.app.pump.acknowledge()
        rig.run_for(60_000)
    body.release(hold)
    assert not body.alarms.present(OF_HOLDS[hold])
    rig.app.pump.acknowledge()
    assert (body.holds, rig.app.pump.alarm()) == (0, -1)


@pytest.mark.req("SR-29")
def test_every_reason_to_hold_has_an_alarm_that_shows_it():
    reasons = {value for name, value in vars(states).items() if name.isupper() and not name.startswith("WALL_")}
    assert reasons <= {1 << index for index in range(len(texts.HOLDS))}
    # The alarm's own hold is shown by that alarm.
    assert reasons - set(OF_HOLDS) == {states.ALARM}


@pytest.mark.req("SR-29", "SR-31")
def test_a_self_test_that_failed_is_heard_again_after_half_an_hour_while_delivery_is_held():
    rig = Rig()
    rig.bench.faults.set("button_stuck", 1)
    rig.power_on()
    rig.bench.faults.clear("button_stuck")
    rig.run_for(1_000)
    rig.app.pump.acknowledge()
    assert rig.app.pump.sounding() == 0
    rig.run_for(1_900_000)
    assert rig.app.pump.sounding() > 0
    assert rig.app.body.holds & states.SELF_TEST
