"""What must never give a step beyond the train in flight: soft resets, exceptions, hangs and Ctrl-C (SR-33, SR-34)."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from thecal_tools import journal_export
from thecal_tools.emulated_trials import disturbed
from thecal_tools.emulated_trials.disturbed import DisturbedPump
from thecal_tools.emulated_trials.trial import Trial
from thecal_tools.emulation import BOOT_LIMIT_S

CTRL_C, CTRL_D = b"\x03", b"\x04"
# One step of a period of 10 ms, with half a period before it.
TRAIN_NS = 15_100_000
# After a soft reset boot.py takes the enable line back; the design's budget from power-on.
OFF_WITHIN_NS = 50_000_000
# Of the watchdog, from its last feed, and the emulation's own steps.
BITES_WITHIN_S = 8.1
_MS = 1_000_000
_PROMPT = b">>> "
_BANNER = b"THECAL "
_GREETING = b"MAINTENANCE "
_WATCHED_S = 3.0
# Before imports are over, and in the middle of composing, in s; the first from power-on, the second from the banner.
_IN_IMPORTS_S, _IN_COMPOSE_S = 0.3, 0.15
_HELD_S = 1.0


def soft_reset(pump: DisturbedPump) -> Trial:
    """machine.soft_reset() while a train is in flight: the motor is off, then the pump starts as after power-on."""
    powered = pump.disturb(disturbed.SOFT_RESET)
    first = _again(pump, powered)
    return _back(pump, "soft_reset", "soft reset with a train in flight", powered, first, [])


def exception(pump: DisturbedPump) -> Trial:
    """An exception in the delivery task right after a train was started."""
    powered = pump.disturb(disturbed.EXCEPTION)
    pump.pico.run_for(_WATCHED_S)
    status = pump.ask("status")
    steps = pump.powered_steps(powered)
    ok = _train_ended(pump, powered) and steps <= 1 and status["holds"] != 0 and pump.is_off()
    seen = f"{_off(pump, powered)}; {_in_words(steps)}, then held with alarm {status['alarm']}"
    return Trial("exception", "exception in a task, with a train in flight", seen, ok, {"steps": steps})


def hang(pump: DisturbedPump) -> Trial:
    """A task that never comes back: the hardware ends its train, and the watchdog resets the chip."""
    powered = pump.disturb(disturbed.HANG)
    pump.wait("the watchdog", lambda: pump.pico.resets, BITES_WITHIN_S)
    bitten_after_s = (pump.pico.resets[0] - powered) / 1e9
    steps = pump.powered_steps(powered)
    first = _again(pump, powered)
    row = _back(pump, "hang", "a task that never returns", powered, first, pump.pico.resets[:1])
    seen = f"watchdog after {bitten_after_s:.2f} s; {row.seen}"
    return row._replace(seen=seen, ok=row.ok and steps <= 1, figures={**row.figures, "bitten_after_s": bitten_after_s})


def ctrl_c_in_therapy(pump: DisturbedPump) -> Trial:
    """Ctrl-C while the pump runs changes nothing."""
    powered = pump.disturb(disturbed.NOTHING)
    before = len(pump.trains())
    pump.pico.send(CTRL_C)
    pump.pico.run_for(_WATCHED_S)
    trains = pump.trains()[before:]
    gaps = [later.powered - earlier.powered for earlier, later in pairwise(trains)]
    # Three steps due 0.9 s apart, and the one that was in flight.
    is_steady = len(trains) == 4 and all(abs(gap - 900 * _MS) < 60 * _MS for gap in gaps)
    ok = is_steady and _train_ended(pump, powered) and _PROMPT not in pump.pico.output and not pump.unpowered_steps()
    apart = f", {min(gaps) / _MS:.0f} to {max(gaps) / _MS:.0f} ms apart" if gaps else ""
    seen = f"{len(trains)} trains in {_WATCHED_S:g} s{apart}"
    return Trial("ctrl_c_in_therapy", "Ctrl-C in therapy", seen, ok, {"steps": len(trains)})


def exception_before_compose(uf2: Path) -> Trial:
    """An exception in main.py before anything was composed."""
    pump = DisturbedPump(uf2, at_start=disturbed.BEFORE_COMPOSE)
    return _prompted(pump, "exception_before_compose", "exception before the pump is composed")


def ctrl_c_in_imports(uf2: Path) -> Trial:
    """Ctrl-C while main.py imports, with kbd_intr at its default."""
    pump = DisturbedPump(uf2)
    pump.pico.run_for(_IN_IMPORTS_S)
    pump.pico.send(CTRL_C)
    return _prompted(pump, "ctrl_c_in_imports", "Ctrl-C while the firmware is imported")


def ctrl_c_in_compose(uf2: Path) -> Trial:
    """Ctrl-C while the pump is composed, with kbd_intr at its default and the guard at the enable line."""
    pump = DisturbedPump(uf2)
    pump.wait("the banner", lambda: _BANNER in pump.pico.output, BOOT_LIMIT_S)
    pump.pico.run_for(_IN_COMPOSE_S)
    pump.pico.send(CTRL_C)
    return _prompted(pump, "ctrl_c_in_compose", "Ctrl-C while the pump is composed")


def ctrl_d_in_maintenance(uf2: Path) -> Trial:
    """Ctrl-D at the prompt of a board in maintenance: no step before it, and a pump that runs after it."""
    pump = DisturbedPump(uf2)
    for pin in (pump.board.BUTTON_ALARM, pump.board.BUTTON_STOP):
        pump.pico.press(pin)
        pump.pico.at(_HELD_S, pump.pico.release, pin)
    pump.wait("maintenance", lambda: _GREETING in pump.pico.output, BOOT_LIMIT_S)
    pump.pico.run_until(_HELD_S + 0.1)
    still = pump.is_off() and not _step_edges(pump)
    at = pump.pico.nanos
    pump.pico.send(CTRL_D)
    first = _again(pump, at)
    row = _back(pump, "ctrl_d_in_maintenance", "Ctrl-D at the prompt of maintenance", at, first, [])
    return row._replace(ok=row.ok and still)


WHILE_RUNNING: tuple[Callable[[DisturbedPump], Trial], ...] = (soft_reset, exception, hang, ctrl_c_in_therapy)
FROM_POWER_ON: tuple[Callable[[Path], Trial], ...] = (
    exception_before_compose,
    ctrl_c_in_imports,
    ctrl_c_in_compose,
    ctrl_d_in_maintenance,
)


def _again(pump: DisturbedPump, since: int) -> int:
    """Run until the pump has given a step of a train that began TRAIN_NS after a moment; returns that beginning."""

    def given() -> bool:
        return any(train.powered > since + TRAIN_NS and train.edges for train in pump.trains())

    pump.wait("therapy to be resumed", given, BOOT_LIMIT_S)
    return next(train.powered for train in pump.trains() if train.powered > since + TRAIN_NS)


def _back(pump: DisturbedPump, name: str, what: str, since: int, first: int, resets: list[int]) -> Trial:
    """A pump that has come back: the row for what was between."""
    status = pump.ask("status")
    steps = pump.powered_steps(since, first)
    given = pump.rotor_counts()
    was_on = _was_on(pump, since)
    ok = (
        _boots(pump) == 2
        and pump.pico.resets == resets
        and steps <= 1
        and (not was_on or _cut(pump, since) <= OFF_WITHIN_NS)
        and status["holds"] == 0
        and status["reserved_steps"] >= given
        and not pump.unpowered_steps()
    )
    off = _off(pump, since) if was_on else "motor off all the time"
    seen = f"{off}; {_in_words(steps)} until therapy was resumed after {(first - since) / 1e9:.2f} s"
    return Trial(name, what, seen, ok, {"steps": steps, "resumed_ms": round((first - since) / _MS, 1)})


def _boots(pump: DisturbedPump) -> int:
    return sum(1 for entry in journal_export.read(pump.journal()) if entry.get("event") == "boot")


def _prompted(pump: DisturbedPump, name: str, what: str) -> Trial:
    """What never came to therapy: at the prompt, with the motor off, and it stays so."""
    pump.pico.run_until(lambda: pump.pico.output.endswith(_PROMPT), limit=BOOT_LIMIT_S)
    pump.pico.run_for(_WATCHED_S)
    levels = {edge.level for edge in pump.pico.edges(pump.board.PUMP_ENABLE_N)[1:]}
    # No edge at all: the pull-up holds the line from power-on, and the chip drives the same level.
    is_held = pump.is_off() and 0 not in levels and bool(pump.pico.drive_starts(pump.board.PUMP_ENABLE_N))
    edges = _step_edges(pump)
    at_prompt = pump.pico.output.endswith(_PROMPT)
    seen = f"{'prompt' if at_prompt else 'no prompt'}, motor {'off' if is_held else 'not held off'}, {_in_words(edges)}"
    return Trial(name, what, seen, is_held and at_prompt and not edges, {"steps": edges})


def _in_words(steps: int) -> str:
    return f"{steps} step{'' if steps == 1 else 's'}"


def _step_edges(pump: DisturbedPump) -> int:
    return sum(1 for edge in pump.pico.edges(pump.board.PUMP_STEP) if edge.level)


def _cut(pump: DisturbedPump, since: int) -> int:
    """When the motor went off after a moment, ns later."""
    edges = pump.pico.edges(pump.board.PUMP_ENABLE_N)
    return next(edge.nanos for edge in edges if edge.nanos > since and edge.level == 1) - since


def _was_on(pump: DisturbedPump, since: int) -> bool:
    edges = pump.pico.edges(pump.board.PUMP_ENABLE_N)
    return any(edge.level == 0 and edge.nanos == since for edge in edges)


def _off(pump: DisturbedPump, since: int) -> str:
    return f"motor off after {_cut(pump, since) / _MS:.1f} ms"


def _train_ended(pump: DisturbedPump, powered: int) -> bool:
    return _cut(pump, powered) <= TRAIN_NS
