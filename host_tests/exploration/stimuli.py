"""Everything that can happen to the pump: causes of alarms, people, time, settings, the flash, resets, the link."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from exploration import programmes
from exploration.pump_copy import Pump
from thecal.app import commission_new
from thecal.records import ledger, mark
from thecal.tables import alarms, doses, texts
from thecal.therapy.prescription_check import PrescriptionError
from virtual_bench import scenario_run
from virtual_bench.bench import CALIBRATION_PL_PER_STEP
from virtual_bench.world import PowerCut, WatchdogReset

MINUTE_MS = 60_000
RESERVOIR_UL = 20_000
DAY_S = 86_400
# Alarms that the firmware raises by itself for what the stimuli below do.
BY_ITSELF = {
    alarms.CLOCK_UNKNOWN,
    alarms.TASK_FAULT,
    alarms.SELF_TEST_FAILED,
    alarms.RECORDS_FAILING,
    alarms.PROGRAMME_INCOMPLETE,
    alarms.DOSES_MISSED,
    alarms.START_STOP_LIMIT,
    alarms.NOT_COMMISSIONED,
    alarms.PUMP_STOPPED,
    alarms.RESERVOIR_LOW,
    alarms.RESERVOIR_EMPTY,
    alarms.STOPPED_LONG,
}


def row_kinds() -> dict[tuple, list[int]]:
    """Alarms by identical rows of the table: priority, responses, flags."""
    kinds: dict[tuple, list[int]] = {}
    for alarm, row in enumerate(alarms.ALARMS):
        kinds.setdefault(row, []).append(alarm)
    return kinds


def injected() -> list[int]:
    """One alarm for each kind of row of which none comes up by itself, or another one than that."""
    found = []
    for members in row_kinds().values():
        others = [alarm for alarm in members if alarm not in BY_ITSELF]
        found += others[:1]
    return found


def is_momentary(alarm: int) -> bool:
    """True where nothing shows whether the cause is still there: it happens, and that is all."""
    return bool(alarms.ALARMS[alarm][3] & alarms.OVER_WHEN_ACKNOWLEDGED)


@dataclass(frozen=True)
class Stimulus:
    """name: in words. act: does it and lets it take effect. possible: whether it can happen to a pump in this state.

    asks_bolus: dose kind that it asks for, 0 none. passes_ms: it does nothing but let this time pass.
    """

    name: str
    act: Callable[[Pump], None]
    possible: Callable[[Pump], bool] = lambda pump: True
    asks_bolus: int = 0
    passes_ms: int = 0


def cause(alarm: int) -> Stimulus:
    def act(pump: Pump) -> None:
        if not is_momentary(alarm):
            pump.causes.add(alarm)
        pump.is_faulted = pump.is_faulted or alarm == alarms.TASK_FAULT
        pump.alarms.set(alarm, True)
        pump.settle()

    return Stimulus(
        "cause: " + texts.ALARMS[alarm][0], act, lambda pump: not pump.causes and not pump.alarms.present(alarm)
    )


def remove_causes(pump: Pump) -> None:
    for alarm in sorted(pump.causes):
        pump.causes.discard(alarm)
        pump.alarms.set(alarm, False)
    pump.settle()


def wait(minutes: int, possible: Callable[[Pump], bool] = lambda pump: True) -> Stimulus:
    name = f"{minutes} min" if minutes < 600 else f"{minutes // 60} h"
    return Stimulus(name, lambda pump: pump.run_for(minutes * MINUTE_MS), possible, passes_ms=minutes * MINUTE_MS)


def acknowledge(pump: Pump) -> None:
    had_cause = pump.present()
    pump.hold_button("alarm", 1_200)
    # Nobody has seen what comes up with the press itself, such as a record of it that cannot be written.
    answered = pump.unanswered - (pump.present() - had_cause)
    pump.acknowledged_ms |= dict.fromkeys(answered, pump.world.elapsed_ms)
    pump.unanswered -= answered
    pump.was_acknowledged = True
    pump.settle()


def silence(pump: Pump) -> None:
    pump.hold_button("alarm", 200)
    pump.silent_until_ms = pump.world.elapsed_ms + 121_000
    pump.settle()


def press_stop(pump: Pump) -> None:
    pump.hold_button("stop", 3_200)
    pump.settle()


def ask_patient(pump: Pump) -> None:
    pump.hold_button("bolus", 1_200)
    pump.settle()


def ask_clinician(pump: Pump) -> None:
    dose = programmes.CLINICIAN_UL * programmes.DRUGS[pump.drug][0] * 1_000
    pump.facade.ask_clinician_bolus(dose, programmes.CLINICIAN_S)
    pump.settle()


def scheduled_comes_due(pump: Pump) -> None:
    """The clock is set to just before the slot of the next day, and runs into it."""
    pump.facade.set_clock(_next_day(pump) + programmes.SLOT_MINUTE * 60 - 5)
    pump.run_for(5_000)
    pump.settle()


def _next_day(pump: Pump) -> int:
    """Midnight after the latest time that the pump has known, as a slot settled once is not due again."""
    pump.latest_wall = max(pump.latest_wall, pump.app.clock.wall())
    pump.latest_wall += DAY_S - pump.latest_wall % DAY_S
    return pump.latest_wall


def stop_three_times(pump: Pump) -> None:
    """The same alarm stops the pump three times within ten minutes."""
    for _ in range(3):
        pump.alarms.set(alarms.OCCLUSION, True)
        pump.run_for(20_000)
        pump.alarms.set(alarms.OCCLUSION, False)
        pump.run_for(20_000)
    pump.settle()


def program(mode: int) -> Stimulus:
    def act(pump: Pump) -> None:
        if pump.body.volume_per_step:
            try:
                pump.facade.program(programmes.BINARIES[pump.drug, mode])
            except OSError:
                assert pump.volume.is_failing
        pump.settle()

    return Stimulus("programme: " + texts.MODES[mode], act, lambda pump: pump.body.volume_per_step > 0)


def program_invalid(pump: Pump) -> None:
    binary = bytearray(programmes.BINARIES[pump.drug, doses.SIMPLE])
    binary[40] ^= 1
    before = pump.body.prescription
    try:
        pump.facade.program(bytes(binary))
        raise AssertionError("a damaged prescription was taken")
    except PrescriptionError:
        assert pump.body.prescription is before
    pump.settle()


def lose_clock(pump: Pump) -> None:
    pump.facade.lose_clock()
    pump.settle()


def set_clock(pump: Pump) -> None:
    pump.facade.set_clock(_next_day(pump) + 9 * 3600)
    pump.settle()


def flash(is_failing: bool) -> Callable[[Pump], None]:
    def act(pump: Pump) -> None:
        pump.volume.is_failing = is_failing
        pump.is_spoiled = pump.is_spoiled or is_failing
        pump.settle()

    return act


def reservoir(microlitres: int) -> Callable[[Pump], None]:
    """It is emptied and filled again to a volume, and the pump is told."""

    def act(pump: Pump) -> None:
        pump.bench.reservoir.aspirate()
        pump.bench.reservoir.fill(microlitres * 1_000_000)
        pump.facade.set_reservoir(microlitres * 1_000)
        pump.run_for(MINUTE_MS)
        pump.settle()

    return act


def cut_power(pump: Pump) -> None:
    pump.reset(PowerCut(), outage_ms=1_000)
    pump.settle()


def bite(pump: Pump) -> None:
    pump.reset(WatchdogReset())
    pump.settle()


def fail_task(pump: Pump) -> None:
    """An exception leaves a safety task, once."""
    task = pump.task("programme")
    run = task.run
    task.run = _fail
    task.wake()
    pump.is_faulted = True
    pump.run_for(10)
    task.run = run
    pump.settle()


def _fail(now):
    raise RuntimeError("made to fail")


def damage(*paths: str) -> Callable[[Pump], None]:
    """Files go bad while the power is off."""

    def act(pump: Pump) -> None:
        for path in paths:
            data = pump.volume.read(path)
            if data:
                was_failing, pump.volume.is_failing = pump.volume.is_failing, False
                pump.volume.write(path, data[:-1] + bytes((data[-1] ^ 1,)))
                pump.volume.is_failing = was_failing
        pump.is_spoiled = True
        cut_power(pump)

    return act


def level_sensor(offset_ul: int) -> Callable[[Pump], None]:
    """Torn off, or mended, while the power is off."""

    def act(pump: Pump) -> None:
        pump.bench.faults.set("level_offset", offset_ul)
        cut_power(pump)

    return act


def commission(pump: Pump) -> None:
    binary = programmes.BINARIES[pump.drug, doses.SIMPLE]
    clock = scenario_run.FixedClock(pump.app.clock.seconds)
    commission_new(pump.volume, clock, CALIBRATION_PL_PER_STEP, binary, RESERVOIR_UL * 1_000)
    pump.bench.reservoir.fill(RESERVOIR_UL * 1_000_000)
    pump.is_spoiled = False
    pump.was_acknowledged = True
    cut_power(pump)


def talk(pump: Pump) -> None:
    """The link from idle through a request, nonsense, a flood and half a line; the pump's answers are checked."""
    facade = pump.facade
    status = pump.ask("status")
    assert (status["holds"], status["alarm"]) == (facade.holds(), facade.alarm()), "status on the link"
    assert status["patient_answer"] == facade.next_patient_bolus()[0]
    for line in (b"nonsense\n", b"x" * 2_000 + b"\n", b'{"jsonrpc": "2.0", "id": 1, "method": "stop"}\n', b'{"half'):
        pump.world.type_in(line)
        pump.app.serial_arrived()
        pump.run_for(100)
    replies = pump.world.serial_out.read().splitlines()
    assert all("error" in json.loads(reply) for reply in replies) and len(replies) == 3, replies
    pump.world.type_in(b'": 1}\n')
    pump.app.serial_arrived()
    pump.settle()
    pump.world.serial_out.read()


def has_time_of_day(pump: Pump) -> bool:
    return pump.app.clock.wall() > 0


def rests(pump: Pump) -> bool:
    """Days pass only where next to nothing flows: they are there for what a long stop brings."""
    is_still = pump.body.holds or pump.mode() in (doses.MINIMUM_RATE, doses.STOPPED)
    return bool(is_still) and pump.facade.signal() <= alarms.LOW


A_WHILE = wait(11)
STOP = Stimulus("stop or resume", press_stop)
FAIL = Stimulus("a task fails", fail_task)
REFILL = Stimulus("reservoir full", reservoir(RESERVOIR_UL))
STIMULI = (
    *(cause(alarm) for alarm in injected()),
    Stimulus("causes gone", remove_causes, lambda pump: bool(pump.causes)),
    Stimulus("the same stop three times", stop_three_times, lambda pump: not pump.causes),
    Stimulus("acknowledge", acknowledge),
    Stimulus("silence", silence),
    STOP,
    Stimulus("patient asks", ask_patient, asks_bolus=doses.PATIENT),
    Stimulus("clinician bolus", ask_clinician, asks_bolus=doses.CLINICIAN),
    Stimulus("scheduled bolus", scheduled_comes_due, has_time_of_day, asks_bolus=doses.SCHEDULED),
    wait(3),
    A_WHILE,
    wait(33),
    wait(49 * 60, rests),
    *(program(mode) for mode in programmes.RATES),
    Stimulus("programme: invalid", program_invalid, lambda pump: pump.body.volume_per_step > 0),
    Stimulus("clock lost", lose_clock, has_time_of_day),
    Stimulus("clock set", set_clock),
    Stimulus("flash fails", flash(True), lambda pump: not pump.volume.is_failing),
    Stimulus("flash works", flash(False), lambda pump: pump.volume.is_failing),
    Stimulus("reservoir low", reservoir(1_500)),
    Stimulus("reservoir empty", reservoir(200)),
    REFILL,
    Stimulus("power cut", cut_power),
    Stimulus("watchdog reset", bite),
    FAIL,
    Stimulus("prescription damaged", damage("prescription.a", "prescription.b")),
    Stimulus("calibration damaged", damage("calibration.a", "calibration.b")),
    Stimulus("ledger damaged", damage(ledger.PATH)),
    Stimulus("mark damaged", damage(mark.PATH)),
    Stimulus("commissioning lost", damage("commissioned")),
    Stimulus("level sensor torn off", level_sensor(-60_000)),
    Stimulus("level sensor mended", level_sensor(0), lambda pump: pump.bench.reservoir.offset_ul < 0),
    Stimulus("commission as new", commission, lambda pump: not pump.volume.is_failing),
    Stimulus("link", talk),
)
