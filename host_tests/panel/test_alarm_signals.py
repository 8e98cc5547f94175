"""Alarms to the eye and the ear, by the rates of IEC 60601-1-8, and the alarm button."""

from itertools import pairwise

import pytest

from panel.eyes import CYAN, DARK, RED, YELLOW, Eyes
from rig import BEFORE_WRAP, FLEX, Rig
from thecal.tables import alarms

SILENCE_S = 120  # SR-31: silence at most 2 min

# IEC 60601-1-8, table 2: flashing frequency in Hz and duty cycle; low is steady.
RATES = {alarms.HIGH: (1.4, 2.8), alarms.MEDIUM: (0.4, 0.8)}
DUTY = (0.2, 0.6)
COLOURS = {alarms.LOW: CYAN, alarms.MEDIUM: YELLOW, alarms.HIGH: RED}
MELODIES = {alarms.LOW: ("ec", 60_000), alarms.MEDIUM: ("Cdg", 15_000), alarms.HIGH: ("CdgCd", 5_000)}
ONE_OF_EACH = {
    alarms.LOW: alarms.DOSES_MISSED,
    alarms.MEDIUM: alarms.RECORDS_FAILING,
    alarms.HIGH: alarms.MOTOR_STALL,
}
MINUTE_MS = 60_000


def find_cause(rig: Rig, alarm: int) -> int:
    """Have a task find once that an alarm's cause is there, as the monitor does at its minute; returns the ms."""
    monitor = next(task for task in rig.app.scheduler.tasks if task.name == "monitor")
    run = monitor.run
    found = []

    def find(now: int) -> int:
        wait = run(now)
        found.append(rig.world.elapsed_ms)
        rig.app.body.alarms.set(alarm, True)
        monitor.run = run
        return wait

    monitor.run = find
    while not found:
        rig.run_for(MINUTE_MS // 4)
    return found[0]


@pytest.mark.parametrize("alarm", [alarm for alarm in range(len(alarms.ALARMS)) if alarm != alarms.CLOCK_UNKNOWN])
def test_every_alarm_is_seen_and_heard_within_a_second_of_its_cause(alarm):
    rig = Rig()
    rig.run_for(150_000)
    eyes = Eyes(rig)
    raised = find_cause(rig, alarm)
    rig.run_for(2_000)
    priority = alarms.ALARMS[alarm][0]
    lit = eyes.first(COLOURS[priority], raised)
    assert lit is not None and lit - raised <= 1_000
    assert eyes.melodies() and eyes.melodies()[0][0] - raised <= 1_000


def test_a_lost_clock_is_shown_within_a_second():
    rig = Rig(FLEX)
    rig.run_for(150_000)
    eyes = Eyes(rig)
    lost = rig.world.elapsed_ms
    rig.app.pump.lose_clock()
    rig.run_for(2_000)
    assert eyes.first(CYAN, lost) == lost


@pytest.mark.parametrize("priority", RATES)
@pytest.mark.parametrize("ticks_start", [0, BEFORE_WRAP], ids=["", "over the wrap of the ticks"])
def test_the_light_flashes_at_the_rate_of_its_priority(priority, ticks_start):
    rig = Rig(ticks_start=ticks_start)
    eyes = Eyes(rig)
    find_cause(rig, ONE_OF_EACH[priority])
    rig.run_for(5 * MINUTE_MS)
    flashes = eyes.lit_times(COLOURS[priority])
    lowest, highest = RATES[priority]
    assert len(flashes) > 100
    odd = 0
    for (start, end), (following, _) in pairwise(flashes):
        is_right = (
            lowest <= 1000 / (following - start) <= highest
            and DUTY[0] <= (end - start) / (following - start) <= DUTY[1]
        )
        odd += not is_right
    assert odd <= (1 if ticks_start else 0)  # the wrap may cost one flash its length


def test_a_low_alarm_is_a_steady_light():
    rig = Rig()
    eyes = Eyes(rig)
    raised = find_cause(rig, alarms.DOSES_MISSED)
    rig.run_for(10 * MINUTE_MS)
    assert {colour for when, colour in eyes.lights if when > raised + 1_000} <= {CYAN}
    assert eyes.colour_at(rig.world.elapsed_ms) == CYAN


@pytest.mark.parametrize("priority", MELODIES)
def test_the_melody_of_a_priority_comes_again_and_again_until_somebody_answers(priority):
    rig = Rig()
    eyes = Eyes(rig)
    find_cause(rig, ONE_OF_EACH[priority])
    rig.run_for(10 * MINUTE_MS)
    notes, every_ms = MELODIES[priority]
    melodies = eyes.melodies()[:-1]
    assert {melody for _, melody in melodies} == {notes}
    starts = [start for start, _ in melodies]
    assert {later - earlier for earlier, later in pairwise(starts)} == {every_ms}
    assert len(melodies) >= 9 * MINUTE_MS // every_ms


def test_the_highest_priority_is_the_one_that_is_shown():
    rig = Rig()
    eyes = Eyes(rig)
    find_cause(rig, alarms.RESERVOIR_LOW)
    raised = find_cause(rig, alarms.MOTOR_STALL)
    rig.run_for(MINUTE_MS)
    assert {colour for when, colour in eyes.lights if when > raised + 1_000} == {RED, DARK}


def test_the_light_goes_out_within_a_second_when_the_cause_is_gone():
    rig = Rig()
    eyes = Eyes(rig)
    raised = find_cause(rig, alarms.RESERVOIR_LOW)  # the monitor's next look finds that it is gone
    rig.run_for(5_000)
    assert eyes.colour_at(rig.world.elapsed_ms) == CYAN
    rig.run_for(2 * MINUTE_MS)
    assert [event["alarm"] for event in rig.events("alarm_cleared")] == ["reservoir_low"]
    dark = eyes.first(DARK, raised + 1)
    assert dark is not None and MINUTE_MS <= dark - raised <= MINUTE_MS + 1_000


@pytest.mark.parametrize("priority", MELODIES)
def test_a_press_silences_for_two_minutes_and_no_longer_and_the_light_stays(priority):
    rig = Rig()
    find_cause(rig, ONE_OF_EACH[priority])
    rig.run_for(MINUTE_MS)
    eyes = Eyes(rig)
    pressed = rig.world.elapsed_ms
    rig.press("alarm", 300)
    rig.run_for(10 * MINUTE_MS)
    assert len(rig.events("alarm_silenced")) == 1
    heard = [when - pressed for when, _ in eyes.melodies() if when > pressed + 1_000]
    assert SILENCE_S * 1000 - 1_000 <= heard[0] <= SILENCE_S * 1000 + 5_000
    assert eyes.lit_times(COLOURS[priority]) or eyes.colour_at(rig.world.elapsed_ms) == COLOURS[priority]


@pytest.mark.parametrize("hold_ms", [1, 19])
def test_a_contact_that_closes_for_less_than_a_bounce_silences_nothing(hold_ms):
    rig = Rig()
    find_cause(rig, alarms.RECORDS_FAILING)
    rig.press("alarm", hold_ms)
    rig.run_for(5_000)
    assert rig.events("alarm_silenced") == []


def test_another_alarm_is_heard_through_the_silence_of_the_first():
    rig = Rig()
    find_cause(rig, alarms.RECORDS_FAILING)
    rig.press("alarm", 300)
    rig.run_for(5_000)
    eyes = Eyes(rig)
    raised = find_cause(rig, alarms.GATE_LIMIT)
    rig.run_for(2_000)
    assert eyes.melodies() and eyes.melodies()[0][0] - raised <= 1_000


def test_a_hold_of_one_second_acknowledges_and_an_alarm_whose_cause_stays_is_shown_without_sound():
    rig = Rig()
    find_cause(rig, alarms.RECORDS_FAILING)
    rig.press("alarm", 1_100)
    rig.run_for(3_000)
    assert [event["alarm"] for event in rig.events("alarm_acknowledged")] == ["records_failing"]
    eyes = Eyes(rig)
    rig.run_for(10 * MINUTE_MS)
    assert eyes.melodies() == []
    assert len(eyes.lit_times(YELLOW)) > 100
    assert rig.events("alarm_silenced") == []


def test_an_alarm_is_over_only_when_its_cause_is_gone_and_it_was_acknowledged():
    rig = Rig()
    find_cause(rig, alarms.RECORDS_FAILING)
    rig.app.body.alarms.set(alarms.RECORDS_FAILING, False)
    rig.run_for(5 * MINUTE_MS)
    assert rig.events("alarm_cleared") == []
    rig.press("alarm", 1_100)
    rig.run_for(3_000)
    assert [event["alarm"] for event in rig.events("alarm_cleared")] == ["records_failing"]
    eyes = Eyes(rig)
    rig.run_for(MINUTE_MS)
    assert eyes.colour_at(rig.world.elapsed_ms) == DARK


@pytest.mark.parametrize("hold_ms", [300, 1_100])
def test_the_alarm_button_without_an_alarm_changes_nothing(hold_ms):
    rig = Rig()
    before = len(rig.journal())
    rig.press("alarm", hold_ms)
    rig.run_for(3_000)
    assert len(rig.journal()) == before
