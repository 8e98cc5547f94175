"""Admission in the full stack: the motor's own steps never fill a window above its limit (SR-04, PR-07)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rig import MONDAY, Rig, example
from thecal.app import commission_new
from thecal.records import dose_history
from thecal.tables import alarms, doses
from thecal_tools import prescription_file
from virtual_bench import scenario_run
from virtual_bench.volume import MemoryVolume

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
HOUR_S, DAY_S = 3_600, 86_400
UL_PER_STEP = 0.25
PL_PER_STEP = 250_000  # so that a uL has whole steps; at 1 mg/mL one ug is one uL
BASE = {"format": "thecal.prescription/1", "id": "TEST", "drug": "water", "concentration": "1 mg/mL"}
BASE |= {"low_reservoir": "0.5 mL"}


def steady(limit: int, rate: int, dose: int, lockout_min: int = 60, **more: Any) -> dict[str, Any]:
    """A prescription in uL: limit per 24 h, rate per h, patient bolus over 10 min."""
    patient = {"dose": f"{dose} ug", "duration": "10 min", "lockout": f"{lockout_min} min", "max_per_24h": 24}
    made = BASE | {"mode": "simple_continuous", "rate": f"{rate} ug/h", "patient_bolus": patient}
    return made | {"limits": {"per_24h": f"{limit} ug"}} | more


def flex(limit: int, dose: int, steps: list[tuple[str, str, int]], **more: Any) -> dict[str, Any]:
    pattern = [{"start": start, "end": end, "rate": f"{rate} ug/h"} for start, end, rate in steps]
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    made = steady(limit, 1, dose, **more) | {"mode": "flex"}
    made["flex"] = {"patterns": {"a": pattern}, "week": dict.fromkeys(days, "a"), "fallback_rate": "10 ug/h"}
    del made["rate"]
    return made


class Watched(Rig):
    """A rig that notes when the motor was told each step, in ms."""

    def __init__(self, document: dict[str, Any], **more: Any):
        volume = MemoryVolume()
        binary = prescription_file.compile_prescription(document)
        commission_new(volume, scenario_run.FixedClock(0), PL_PER_STEP, binary, 20_000_000)
        super().__init__(volume=volume, **more)
        self.steps: list[int] = []
        self.world.lines[self.board.PUMP_STEP].listen(self._step)

    def _step(self, level: int) -> None:
        if level and self.bench.stepper.is_powered:
            self.steps.append(self.world.elapsed_ms)

    def worst_ul(self, length_ms: int = DAY_MS) -> float:
        """The most that any trailing window holds, by the motor's steps."""
        most = first = 0
        for last in range(len(self.steps)):
            while self.steps[last] - self.steps[first] >= length_ms:
                first += 1
            most = max(most, last - first + 1)
        return most * UL_PER_STEP

    def press_for(self, days: int, every_ms: int = 15 * MINUTE_MS) -> list[tuple[int, int, int]]:
        """Asks all the time; returns (pump s, reason, when) of each answer."""
        answers = []
        for _ in range(days * DAY_MS // every_ms):
            seconds = self.app.clock.seconds
            answers.append((seconds, *self.app.pump.ask_patient_bolus()))
            self.run_for(every_ms)
        return answers

    def granted(self) -> int:
        return len(self.events("bolus_granted"))


@pytest.mark.req("SR-04", "PR-07")
@pytest.mark.parametrize(
    ("document", "granted", "worst"),
    [
        (steady(1_200, 45, 50), 4, 1_180),
        (steady(900, 30, 60), 6, 900),
        (flex(900, 50, [("00:00", "12:00", 10), ("12:00", "24:00", 60)]), 2, 890),
    ],
    ids=["45 uL/h", "30 uL/h", "a schedule that rises"],
)
def test_no_day_of_the_motor_is_above_the_limit_however_often_the_patient_asks(document, granted, worst):
    rig = Watched(document, wall=datetime(2026, 3, 2))
    limit = int(document["limits"]["per_24h"].split()[0])
    answers = rig.press_for(2)
    rig.run_for(12 * HOUR_MS)
    assert (rig.granted(), rig.events("gate_refused")) == (granted, [])
    # A step that came some ms late may stand in the window of the one that is due a day later.
    assert worst <= rig.worst_ul() <= min(worst, limit) + UL_PER_STEP
    reasons = {reason for _, reason, _ in answers}
    assert reasons <= {doses.GRANTED, doses.LIMIT_24H, doses.LOCKOUT, doses.BOLUS_RUNNING}
    assert doses.LIMIT_24H in reasons
    assert all(when > seconds for seconds, reason, when in answers if reason != doses.GRANTED)


@pytest.mark.req("SR-04", "PR-07")
def test_a_bolus_that_no_window_has_room_for_is_never_given_and_the_patient_is_told_so():
    rig = Watched(steady(1_160, 48, 40))
    answers = rig.press_for(1, HOUR_MS)
    assert {answer[1:] for answer in answers} == {(doses.LIMIT_24H, doses.NEVER)}
    refused = rig.events("bolus_refused")
    assert {r["reason"] for r in refused} == {"the dose limit of 24 h would be passed"}
    assert rig.granted() == 0


@pytest.mark.req("SR-04", "PR-07")
@pytest.mark.parametrize(
    "document",
    [
        steady(900, 30, 60),
        flex(690, 50, [("00:00", "06:00", 10), ("06:00", "10:00", 60), ("10:00", "24:00", 20)]),
        steady(900, 30, 60) | {"limits": {"per_1h": "95 ug"}},
    ],
    ids=["steady", "flex", "1 h"],
)
def test_the_second_that_a_refusal_tells_is_the_first_at_which_a_request_is_granted(document):
    rig = Watched(document)
    seen = set()
    for _ in range(4):
        reason, when = rig.app.pump.ask_patient_bolus()
        if reason == doses.GRANTED:
            rig.run_for(11 * MINUTE_MS)
            reason, when = rig.app.pump.next_patient_bolus()
        seen.add(reason)
        rig.run_for((when - 1 - rig.app.clock.seconds) * 1_000 - rig.app.clock.millis)
        assert rig.app.clock.seconds == when - 1
        assert rig.app.pump.next_patient_bolus() == (reason, when)
        rig.run_for(1_000)
        assert rig.app.pump.next_patient_bolus() == (doses.GRANTED, when)
    assert seen & {doses.LIMIT_1H, doses.LIMIT_24H}


@pytest.mark.req("SR-04", "PR-06")
def test_a_clinicians_bolus_is_admitted_by_the_same_sums():
    rig = Watched(steady(900, 30, 60) | {"limits": {"per_1h": "300 ug", "per_24h": "900 ug"}})
    rig.run_for(HOUR_MS)
    assert rig.app.pump.ask_clinician_bolus(180_000, 3_600)[0] == doses.GRANTED
    rig.run_for(2 * HOUR_MS)
    reason, when = rig.app.pump.ask_clinician_bolus(1_000, 3_600)
    # The bolus of an hour has left the windows a day after its end.
    assert (reason, when) == (doses.LIMIT_24H, 2 * HOUR_S + 1 + DAY_S + 1)
    assert rig.events("bolus_refused")[-1]["reason"] == "the dose limit of 24 h would be passed"
    assert rig.app.pump.ask_patient_bolus() == (reason, when)


@pytest.mark.req("SR-04", "PR-03")
def test_a_bolus_leaves_room_for_the_scheduled_one_that_is_still_to_come():
    scheduled = [{"at": "20:00", "days": ["mon"], "dose": "60 ug", "duration": "20 min"}]
    rig = Watched(steady(900, 30, 60, scheduled_boluses=scheduled), wall=MONDAY)
    for _ in range(2):
        assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED
        rig.run_for(2 * HOUR_MS)
    reason, when = rig.app.pump.ask_patient_bolus()
    # Room for three in a day, and the third is the schedule's.
    assert (reason, when) == (doses.LIMIT_24H, 601 + DAY_S + 1)
    rig.run_for(9 * HOUR_MS)
    assert [r["dose_kind"] for r in rig.events("bolus_granted")] == ["patient", "patient", "scheduled"]


@pytest.mark.req("SR-04", "PR-03")
def test_a_scheduled_bolus_for_which_nothing_is_left_is_missed_and_says_why():
    scheduled = [{"at": "20:00", "days": ["mon"], "dose": "60 ug", "duration": "20 min"}]
    document = steady(900, 30, 60, scheduled_boluses=scheduled)
    # Nobody knew the time when the boluses were asked for, and the schedule then counts as if it could come any moment.
    rig = Watched(document | {"limits": {"per_24h": "960 ug"}}, wall=MONDAY)
    rig.app.pump.lose_clock()
    for _ in range(3):
        assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED
        rig.run_for(2 * HOUR_MS)
    assert rig.app.pump.ask_clinician_bolus(10_000, 600)[0] == doses.LIMIT_24H
    # A new prescription with the old doses still in its windows.
    rig.app.pump.program(prescription_file.compile_prescription(document))
    rig.app.pump.set_clock(int((MONDAY.replace(hour=19, minute=59) - datetime(2020, 1, 1)) / timedelta(seconds=1)))
    rig.run_for(5 * MINUTE_MS)
    (missed,) = rig.events("scheduled_missed")
    assert missed["reason"] == "the dose limit of 24 h would be passed"
    assert rig.app.ledger.commanded[doses.SCHEDULED] == 0


@pytest.mark.req("SR-04", "SR-05", "SR-37")
def test_after_resets_the_history_still_binds_and_an_interrupted_bolus_counts_whole():
    # 20 uL more, as a reset may leave a block of eight steps uncertain, which count as given.
    rig = Watched(steady(920, 30, 60))
    rig.run_for(HOUR_MS)
    for _ in range(3):
        assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED
        rig.run_for(2 * MINUTE_MS)
        rig.power_on()
        rig.run_for(70 * MINUTE_MS)
        rig.power_on()
    reason, when = rig.app.pump.ask_patient_bolus()
    assert reason == doses.LIMIT_24H
    rig.run_for((when - rig.app.clock.seconds) * 1_000)
    assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED
    rig.run_for(2 * HOUR_MS)
    assert rig.worst_ul() <= 920


@pytest.mark.req("SR-04", "SR-08")
def test_a_bolus_that_is_stopped_counts_for_what_it_gave():
    rig = Watched(steady(900, 30, 60) | {"limits": {"per_1h": "300 ug", "per_24h": "900 ug"}})
    rig.run_for(HOUR_MS)
    assert rig.app.pump.ask_clinician_bolus(150_000, 3_600)[0] == doses.GRANTED
    assert rig.app.pump.ask_patient_bolus()[0] == doses.LIMIT_24H
    rig.run_for(12 * MINUTE_MS)
    rig.app.pump.stop()
    rig.run_for(1_000)
    rig.app.pump.resume()
    (ended,) = rig.events("bolus_ended")
    assert ended["steps"] in (119, 120, 121)
    assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED
    rig.run_for(2 * HOUR_MS)
    assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED
    rig.run_for(2 * HOUR_MS)
    assert rig.app.pump.ask_patient_bolus()[0] == doses.LIMIT_24H


@pytest.mark.req("SR-04")
@pytest.mark.parametrize("how", ["missing", "damaged", "short"])
def test_unknown_history_locks_boluses_for_a_day_of_pump_time_and_the_background_goes_on(how):
    rig = Watched(steady(1_200, 30, 60))
    rig.run_for(HOUR_MS)
    content = rig.volume.read(dose_history.PATH) or b""
    if how == "missing":
        rig.volume.remove(dose_history.PATH)
    else:
        rig.volume.write(dose_history.PATH, content[:-1] if how == "short" else b"?" + content[1:])
    rig.power_on()
    at = rig.app.clock.seconds
    assert rig.app.pump.ask_patient_bolus() == (doses.HISTORY_UNKNOWN, at + DAY_S)
    assert rig.app.pump.ask_clinician_bolus(1_000, 600) == (doses.HISTORY_UNKNOWN, at + DAY_S)
    before = len(rig.steps)
    rig.run_for(12 * HOUR_MS)
    rig.power_on()  # it must not begin anew
    assert rig.app.pump.ask_patient_bolus() == (doses.HISTORY_UNKNOWN, at + DAY_S)
    rig.run_for((at + DAY_S - rig.app.clock.seconds) * 1_000 - 1_000)
    assert rig.app.body.alarms.active(alarms.HISTORY_UNKNOWN)
    rig.run_for(1_000)
    assert abs(len(rig.steps) - before - 24 * 120) <= 2
    assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED
    rig.run_for(600_000)
    assert not rig.app.body.alarms.active(alarms.HISTORY_UNKNOWN)


@pytest.mark.req("SR-03", "SR-04")
@pytest.mark.parametrize("wall", [MONDAY, None])
def test_without_the_gates_windows_boluses_are_locked_and_the_background_goes_on(wall):
    # Without the time of day admission reckons with 60 uL/h all day long.
    document = flex(1_600, 50, [("00:00", "06:00", 10), ("06:00", "10:00", 60), ("10:00", "24:00", 20)])
    rig = Watched(document, wall=wall)
    rig.run_for(DAY_MS)
    rig.volume.remove("windows")
    rig.power_on()
    at = rig.app.clock.seconds
    gate = rig.app.body.gate
    total = 580 if wall else 240  # uL of a day
    assert 0.97 * total <= gate.day.total * UL_PER_STEP <= 1.04 * total
    assert rig.app.pump.ask_patient_bolus() == (doses.HISTORY_UNKNOWN, at + DAY_S)
    before = len(rig.steps)
    rig.run_for(DAY_MS)
    assert abs((len(rig.steps) - before) * UL_PER_STEP - total) <= 0.5
    assert rig.events("gate_refused") == []
    assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED


@pytest.mark.req("SR-03", "SR-05")
def test_a_cut_soon_after_commissioning_leaves_a_known_history():
    rig = Watched(example("morphine_simple", patient_bolus=steady(1, 1, 1)["patient_bolus"] | {"dose": "0.05 mg"}))
    rig.run_for(5 * MINUTE_MS)
    rig.power_on()
    assert rig.app.body.gate.is_past_known
    assert rig.app.pump.ask_patient_bolus()[0] == doses.GRANTED


@pytest.mark.req("SR-04")
def test_a_flash_that_refuses_the_history_grants_nothing():
    rig = Watched(steady(1_200, 30, 60))
    rig.run_for(HOUR_MS)
    write = rig.volume.write

    def refuse(path: str, data: bytes) -> None:
        if path == dose_history.PATH:
            raise OSError(5)
        write(path, data)

    rig.app.pump._boluses._given._volume._volume.write = refuse
    assert rig.app.pump.ask_patient_bolus()[0] == doses.RECORDS_FAILING
    assert rig.app.ledger.commanded[doses.PATIENT] == 0
    assert rig.app.pump.ask_patient_bolus()[0] == doses.RECORDS_FAILING
