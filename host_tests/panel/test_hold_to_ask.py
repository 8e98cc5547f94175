"""The bolus button: hold one second to ask, and the light answers the hold at once (PR-07)."""

import pytest

from panel.eyes import DARK, GREEN, WHITE, Eyes
from rig import BEFORE_WRAP, SIMPLE, Rig
from thecal.records import mark
from thecal.tables import events

HELD_WITHIN_MS, ANSWERED_WITHIN_MS = 100, 500
MINUTE_MS = 60_000


def asked(rig: Rig) -> int:
    return len(rig.events("bolus_granted")) + len(rig.events("bolus_refused"))


@pytest.mark.req("PR-07")
@pytest.mark.parametrize("hold_ms", [1, 20, 500, 900, 999])
def test_a_button_released_before_one_second_asks_for_nothing(hold_ms):
    rig = Rig()
    rig.press("bolus", hold_ms)
    rig.run_for(MINUTE_MS)
    assert asked(rig) == 0


@pytest.mark.req("PR-07")
@pytest.mark.parametrize("hold_ms", [1_001, 1_500, 5_000, 60_000])
def test_a_button_held_for_one_second_asks_once_however_long_it_is_held(hold_ms):
    rig = Rig()
    rig.press("bolus", hold_ms, 1_000)
    rig.run_for(1_999)
    assert asked(rig) == 0
    rig.run_for(2)
    assert len(rig.events("bolus_granted")) == 1
    rig.run_for(2 * MINUTE_MS)
    assert asked(rig) == 1


def test_ten_presses_of_nine_tenths_of_a_second_are_no_hold_of_nine_seconds():
    rig = Rig()
    rig.bench.patient.storm("bolus", presses=10, hold_ms=900, gap_ms=30)
    rig.run_for(MINUTE_MS)
    assert asked(rig) == 0


@pytest.mark.parametrize("ticks_start", [0, BEFORE_WRAP], ids=["", "over the wrap of the ticks"])
@pytest.mark.parametrize("after_ms", [59_100, 59_500, 59_999, 60_000])
def test_a_hold_is_one_second_also_over_the_wrap_of_the_ticks(ticks_start, after_ms):
    rig = Rig(ticks_start=ticks_start)
    rig.press("bolus", 1_100, after_ms)
    rig.run_for(after_ms + 999)
    assert asked(rig) == 0
    rig.run_for(2)
    assert len(rig.events("bolus_granted")) == 1


@pytest.mark.req("PR-07")
@pytest.mark.parametrize("after_ms", [0, 700, 90_000, 3_600_000])
def test_the_light_answers_a_press_within_a_tenth_of_a_second(after_ms):
    rig = Rig()
    eyes = Eyes(rig)
    pressed = rig.world.elapsed_ms + after_ms
    rig.press("bolus", 900, after_ms)
    rig.run_for(after_ms + 2_000)
    lit = eyes.first(WHITE, pressed)
    assert lit is not None and lit - pressed <= HELD_WITHIN_MS
    assert eyes.first(DARK, lit + 1) == pressed + 900


def test_a_press_during_a_flash_erase_is_answered_as_quickly(mocker):
    rig = Rig()
    rig.bench.faults.set("flash_busy", 45)
    eyes = Eyes(rig)
    pressed = []
    write = rig.volume.write

    def write_and_press(path: str, data: bytes) -> None:
        if path == mark.PATH and not pressed:
            pressed.append(rig.world.elapsed_ms + 5)
            rig.press("bolus", 500, 5)
        write(path, data)

    mocker.patch.object(rig.volume, "write", write_and_press)
    rig.run_for(2 * MINUTE_MS)
    lit = eyes.first(WHITE, pressed[0])
    assert lit is not None and 0 < lit - pressed[0] <= HELD_WITHIN_MS


def test_a_press_while_the_motor_is_powered_is_answered_as_quickly():
    rig = Rig()
    pressed = []
    eyes = Eyes(rig)

    def press(level: int) -> None:
        if not level and not pressed:
            pressed.append(rig.world.elapsed_ms + 3)
            rig.press("bolus", 500, 3)

    rig.world.lines[rig.board.PUMP_ENABLE_N].listen(press)
    rig.run_for(2 * MINUTE_MS)
    lit = eyes.first(WHITE, pressed[0])
    assert lit is not None and lit - pressed[0] <= HELD_WITHIN_MS


@pytest.mark.req("PR-07")
@pytest.mark.parametrize("records_before", range(14))
def test_yes_or_no_follows_within_half_a_second_with_every_flash_write_as_slow_as_an_erase(records_before):
    # The head of the journal may be emptied by the very grant: each fill of it is tried.
    rig = Rig()
    for _ in range(records_before):
        rig.app.body.record(events.UNCERTAIN, "<II", 0, 0)
    rig.bench.faults.set("flash_busy", 45)
    eyes = Eyes(rig)
    asked_at = rig.world.elapsed_ms + 1_000
    rig.press("bolus", 1_100)
    rig.run_for(3_000)
    assert rig.events("bolus_granted")
    answered = eyes.first(GREEN, asked_at)
    assert answered is not None and answered <= asked_at + ANSWERED_WITHIN_MS


@pytest.mark.req("PR-07")
@pytest.mark.parametrize("again_after_ms", [200, 1_000, 1_900])
def test_a_press_during_an_answer_is_answered_by_the_light_as_well(again_after_ms):
    rig = Rig(SIMPLE)
    eyes = Eyes(rig)
    rig.press("bolus", 1_100)
    again = rig.world.elapsed_ms + 1_100 + again_after_ms
    rig.press("bolus", 900, 1_100 + again_after_ms)
    rig.run_for(10_000)
    lit = eyes.first(WHITE, again)
    assert lit is not None and lit - again <= HELD_WITHIN_MS
