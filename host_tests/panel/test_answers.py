"""Yes or no: by light and by sound, never the one for the other, and never before the record is safe (PR-07, SR-06)."""

import pytest

from panel.eyes import CYAN, DARK, GREEN, MAGENTA, Eyes
from rig import SIMPLE, Rig, example
from thecal.tables import doses
from virtual_bench.results import journal_bytes

ANSWER_MS = 2_000
YES, NO = "ceg", "cc"
PATIENT_BOLUS = SIMPLE["patient_bolus"]


def press_and_watch(rig: Rig) -> Eyes:
    eyes = Eyes(rig)
    rig.press("bolus", 1_100)
    rig.run_for(5_000)
    return eyes


def answered(eyes: Eyes, since: int, colour: tuple, notes: str, otherwise: tuple = DARK) -> bool:
    """Whether light and sound gave that answer one second after `since`, for two seconds, and no other.

    otherwise: what the light shows without an answer.
    """
    other = MAGENTA if colour == GREEN else GREEN
    at = since + 1_000
    return (
        eyes.first(colour, since) == at
        and eyes.first(otherwise, at) == at + ANSWER_MS
        and eyes.first(other, since) is None
        and [melody for melody in eyes.melodies() if melody[0] >= since] == [(at, notes)]
    )


@pytest.mark.req("PR-07")
def test_yes_is_green_with_a_rising_melody_and_the_bolus_begins():
    rig = Rig()
    since = rig.world.elapsed_ms
    assert answered(press_and_watch(rig), since, GREEN, YES)
    assert rig.events("bolus_granted")[0]["dose_kind"] == "patient"
    rig.run_for(600_000)
    assert rig.events("bolus_ended") == [
        {"dose_kind": "patient", "outcome": "completed", "steps": 20, "granted_steps": 20}
    ]


REFUSALS = {
    "no patient bolus is prescribed": example("morphine_simple"),
    "lockout interval": SIMPLE,
    "all boluses of 24 h are used": SIMPLE | {"patient_bolus": PATIENT_BOLUS | {"max_per_24h": 1}},
    "a bolus is being given": SIMPLE | {"patient_bolus": PATIENT_BOLUS | {"duration": "60 min"}},
    "the pump is stopped": SIMPLE,
}


@pytest.mark.req("PR-07", "SR-06")
@pytest.mark.parametrize("reason", REFUSALS)
def test_no_is_magenta_with_a_long_low_note_and_its_reason_is_recorded(reason):
    rig = Rig(REFUSALS[reason])
    rig.press("bolus", 1_100)
    rig.run_for(1_200_000)
    otherwise = DARK
    if reason == "the pump is stopped":
        rig.press("stop", 3_100)
        rig.run_for(10_000)
        otherwise = CYAN  # the reminder of the stop
    since = rig.world.elapsed_ms
    granted, refused = len(rig.events("bolus_granted")), len(rig.events("bolus_refused"))
    eyes = press_and_watch(rig)
    assert answered(eyes, since, MAGENTA, NO, otherwise)
    assert len(rig.events("bolus_granted")) == granted
    assert len(rig.events("bolus_refused")) == refused + 1
    assert rig.events("bolus_refused")[-1]["reason"] == reason


@pytest.mark.req("SR-06")
def test_a_storm_of_presses_is_answered_each_time_and_moves_no_lockout():
    rig = Rig()
    rig.press("bolus", 1_100)
    rig.run_for(700_000)
    free_at = rig.app.pump.next_patient_bolus()[1]
    eyes = Eyes(rig)
    rig.bench.patient.storm("bolus", presses=30, hold_ms=1_200, gap_ms=2_000)
    rig.run_for(120_000)
    assert len(rig.events("bolus_refused")) == len(eyes.lit_times(MAGENTA)) == 30
    assert {refusal["next_possible_pump_s"] for refusal in rig.events("bolus_refused")} == {free_at}
    assert rig.app.pump.next_patient_bolus() == (doses.LOCKOUT, free_at)


def test_nobody_is_told_yes_before_the_grant_is_on_flash():
    rig = Rig()
    seen = []
    green = rig.world.lines[rig.board.LIGHT_GREEN]
    red = rig.world.lines[rig.board.LIGHT_RED]

    def look(_: int) -> None:
        if green.level and not red.level:
            seen.append([entry["event"] for entry in rig.journal()][-1])

    for line in (green, red):
        line.listen(look)
    rig.press("bolus", 1_100)
    rig.run_for(2_000)
    assert "bolus_granted" in seen
    assert journal_bytes(rig.volume)


@pytest.mark.parametrize("fault", ["flash_failing", "flash_full"])
def test_nobody_is_told_yes_where_the_grant_cannot_be_written(fault):
    rig = Rig()
    rig.run_for(10_000)
    rig.bench.faults.set(fault)
    since = rig.world.elapsed_ms
    eyes = press_and_watch(rig)
    assert eyes.first(GREEN, since) is None
    assert rig.app.body.plan is not None and rig.app.body.plan.bolus is None
    rig.bench.faults.clear(fault)
    rig.run_for(3_600_000)
    assert rig.bench.stepper.edges == 40


def test_the_panel_keeps_reason_and_time_of_its_last_answer_for_a_display():
    rig = Rig()
    rig.press("bolus", 1_100)
    rig.run_for(700_000)
    press_and_watch(rig)
    panel = next(task.run.__self__ for task in rig.app.scheduler.tasks if task.name == "panel")
    assert panel.last_answer == rig.app.pump.next_patient_bolus()
