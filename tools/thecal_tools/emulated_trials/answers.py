"""How fast the panel answers, with the worst legal prescription and day behind it and its commits to the flash.

And how long the processor is awake: for a step, and between steps.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from thecal_tools.emulated_trials import worst
from thecal_tools.emulated_trials.trial import Trial, aside
from thecal_tools.emulation import BOOT_LIMIT_S, EmulatedPump, EmulationError, Progress

LIGHT_MS, ANSWER_MS = 100, 500
# The panel's own: the hold that asks for a bolus.
HOLD_MS = 1_000
# A step is due every 4.4 s.
NEXT_STEP_S = 10.0
# Presses begin right after a step, and so that the hold ends where the next block of steps is committed to the flash.
AFTER_STEP, UNTIL_COMMIT = "after a step", "until a block is reserved"
PHASES = (AFTER_STEP, UNTIL_COMMIT)
_BLOCK_STEPS = 8
# By which the task of the step comes before the panel's.
_STEP_FIRST_MS = 3
STEPS_AWAKE = 8
_AFTER_STEP_S, _QUIET_S = 0.4, 2.5
AWAKE_S = 610.0
_MS = 1_000_000
_HELD, _YES, _NO = (1, 1, 1), (0, 1, 0), (1, 0, 1)


class Answer(NamedTuple):
    """One press: ms from the contact to the light, and from the end of the hold to yes or no; which; flash erases."""

    light_ms: float
    answer_ms: float
    yes: bool
    erases: int


def trials(uf2: Path, awake_s: float = AWAKE_S) -> list[Trial]:
    """All of it: a bolus granted, the processor's time awake, a bolus refused."""
    return [*aside(partial(trials_of_a_grant, uf2, awake_s)), aside(partial(refused, uf2))]


def trials_of_a_grant(uf2: Path, awake_s: float = AWAKE_S) -> list[Trial]:
    """A bolus that is granted, and the processor's time awake."""
    pump = running(uf2, False)
    return [granted(pump), aside(partial(awake, pump, awake_s))]


def running(uf2: Path, is_tight: bool, progress: Progress | None = None) -> EmulatedPump:
    """The pump of worst.day(), after its first steps."""
    pump = worst.power_on(uf2, worst.day(is_tight), progress=progress)
    pump.wait_for_figures()
    pump.steps(2, NEXT_STEP_S)
    return pump


def granted(pump: EmulatedPump) -> Trial:
    """A bolus asked for, from this moment in each of the phases."""
    return _row([aside(partial(_press, pump, phase)) for phase in PHASES], False)


def refused(uf2: Path) -> Trial:
    """A bolus asked for where none ever fits: the limits refuse it after the longest search."""
    return _row([_press(running(uf2, True), AFTER_STEP)], True)


def _row(found: list[Answer], is_tight: bool) -> Trial:
    light, answer = max(one.light_ms for one in found), max(one.answer_ms for one in found)
    as_expected = all(one.yes != is_tight for one in found)
    ok = as_expected and light <= LIGHT_MS and answer <= ANSWER_MS
    name, word = ("refused", "no") if is_tight else ("granted", "yes")
    erases = max(one.erases for one in found)
    times = "" if as_expected else " not always;"
    seen = f"{word}{times} hold to light {light:.0f} ms, to {word} {answer:.0f} ms, {erases} erases in between"
    figures = {"light_ms": round(light, 1), "answer_ms": round(answer, 1), "presses": len(found), "erases": erases}
    return Trial(f"answer_{name}", f"panel, worst prescription, bolus {name}", seen, ok, figures)


def _step(pump: EmulatedPump) -> int:
    """Run to the end of the next train; returns when it began, in ns."""
    given = len(pump.trains())
    pump.wait("a step", lambda: len(pump.trains()) > given, NEXT_STEP_S)
    return pump.trains()[-1].powered


def _press(pump: EmulatedPump, phase: str) -> Answer:
    pico, board = pump.pico, pump.board
    before, powered = 0, _step(pump)
    if phase == UNTIL_COMMIT:
        operations = pico.flash_use.operations
        while pico.flash_use.operations == operations:
            _step(pump)
        for _ in range(_BLOCK_STEPS - 1):
            before, powered = powered, _step(pump)
        pico.run_until((2 * powered - before) / 1e9 + (_STEP_FIRST_MS - HOLD_MS) / 1000)
    erases = pico.flash_use.erases
    at = pico.nanos
    pico.press(board.BUTTON_BOLUS)
    pico.at(pico.seconds + 1.3 * HOLD_MS / 1000, pico.release, board.BUTTON_BOLUS)
    pump.wait("yes or no", lambda: _first(pump, at, _YES, _NO) is not None, BOOT_LIMIT_S)
    held, answered = _first(pump, at, _HELD), _first(pump, at, _YES, _NO)
    if held is None or answered is None:
        raise EmulationError("the light never showed the hold")
    light_ms, answer_ms = (held[0] - at) / _MS, (answered[0] - at) / _MS - HOLD_MS
    return Answer(light_ms, answer_ms, answered[1] == _YES, pico.flash_use.erases - erases)


def _first(pump: EmulatedPump, since: int, *colours: tuple[int, ...]) -> tuple[int, tuple[int, ...]] | None:
    """When the light first showed one of these colours after a moment; the light holds still between its edges."""
    return next(((at, colour) for at, colour in _light(pump) if at > since and colour in colours), None)


def _light(pump: EmulatedPump) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Every colour that was shown for longer than it takes to change it, with its beginning."""
    pins = (pump.board.LIGHT_RED, pump.board.LIGHT_GREEN, pump.board.LIGHT_BLUE)
    edges = sorted((edge.nanos, index, edge.level) for index, pin in enumerate(pins) for edge in pump.pico.edges(pin))
    colour = [0, 0, 0]
    for number, (at, index, level) in enumerate(edges):
        colour[index] = level or 0
        following = edges[number + 1][0] if number + 1 < len(edges) else pump.pico.nanos
        if following - at > _MS // 2:
            yield at, tuple(colour)


def awake(pump: EmulatedPump, for_s: float = AWAKE_S) -> Trial:
    """Awake for a step, with all that it causes, over the steps of a reserved block; and beside the steps, over a time
    in which everything has its turn that the pump does regularly, but for the hourly checks."""
    pico = pump.pico
    start, before = pico.nanos, pico.awake_nanos
    quiet_ns = quiet_awake_ns = 0
    for _ in range(STEPS_AWAKE):
        _step(pump)
        pico.run_for(_AFTER_STEP_S)
        begun, at_rest = pico.nanos, pico.awake_nanos
        pico.run_for(_QUIET_S)
        quiet_ns += pico.nanos - begun
        quiet_awake_ns += pico.awake_nanos - at_rest
    step_ms = (pico.awake_nanos - before - quiet_awake_ns / quiet_ns * (pico.nanos - start)) / STEPS_AWAKE / _MS
    start, before, given = pico.nanos, pico.awake_nanos, len(pump.trains())
    pico.run_for(for_s)
    total_ms, steps = (pico.awake_nanos - before) / _MS, len(pump.trains()) - given
    beside = max(total_ms - steps * step_ms, 0) / (pico.nanos - start) * _MS
    seen = f"{step_ms:.1f} ms for a step, {beside:.3%} of the time beside them ({steps} steps in {for_s:g} s)"
    figures = {"step_ms": round(step_ms, 2), "beside": round(beside, 6), "steps": steps, "total_ms": round(total_ms, 1)}
    return Trial("awake", "processor awake, worst prescription", seen, steps > 0, figures)
