"""Ground truth of one run of the whole pump: what moved, when the motor had current, and what the pump declared.

Volumes and movements come from the virtual bench's physics, not from what the firmware believes. Of the firmware only
what it declares is looked at: alarms, holds and responses. Times in ms since the bench was switched on.
"""

from dataclasses import dataclass, field
from typing import Any

from thecal.tables import texts
from thecal_tools.scenario_file import board_module
from virtual_bench.scenario_run import ScenarioRun

# Declared responses of the pump, as texts.RESPONSES; HELD: delivery is held for another reason of tables.states.
NO_POWER, HELD = "no power", "held"


@dataclass
class Record:
    """What was seen.

    motion: (ms, pL through the pump, pL out of the tip), one entry for each turned step. excess: (ms, steps turned
    beyond those commanded). motor: [on, off] of each time that the coils had current, off None at the end of the run.
    raised: (ms, alarm or restart). declared: (ms, response in force from then on, "" none). released_pl: what the line
    held beyond its rest each time that a blockage was cleared. commits: ms at which a reserve mark was written.
    """

    pl_per_step: int = 0
    duration_ms: int = 0
    motion: list[tuple[int, int, int]] = field(default_factory=list)
    excess: list[tuple[int, int]] = field(default_factory=list)
    motor: list[list[Any]] = field(default_factory=list)
    raised: list[tuple[int, str]] = field(default_factory=list)
    declared: list[tuple[int, str]] = field(default_factory=list)
    released_pl: list[tuple[int, int]] = field(default_factory=list)
    commits: list[int] = field(default_factory=list)
    active_at_end: list[str] = field(default_factory=list)


def observe(compiled: dict[str, Any]) -> Record:
    """Run a compiled scenario and watch it."""
    return Observer(compiled).run()


class Observer:
    """Watches one run of `kind`. record: what was seen so far."""

    def __init__(self, compiled: dict[str, Any], kind: type[ScenarioRun] = ScenarioRun):
        self.record = Record()
        self._run = run = kind(compiled, board_module(compiled["board"]), keeps_trace=False)
        self._world, self._bench = run.world, run.bench
        self._commanded = 0
        self._active: frozenset[int] = frozenset()
        self._declared = ""
        self._has_written = True
        self._watch()

    def run(self) -> Record:
        """To the end."""
        run, record = self._run, self.record
        while run.slice():
            pass
        self._settle()
        record.duration_ms = self._world.elapsed_ms
        record.pl_per_step = self._bench.pump.true_pl_per_step()
        record.active_at_end = [texts.ALARMS[alarm][0] for alarm in sorted(self._active)]
        return record

    def _watch(self) -> None:
        bench, world = self._bench, self._world
        self._advance, self._idle = bench.pump.advance, world.idle
        self._write, self._append = bench.volume.write, bench.volume.append
        self._block, self._restarted = bench.catheter.block, self._run.results.restarted
        # Attributes of this one bench take the place of its methods: it is looked at from outside, and never changed.
        bench.pump.advance = self._turned
        world.idle = self._slept
        bench.volume.write = self._wrote
        bench.volume.append = self._appended
        bench.faults._bound["occlusion"] = [self._blocked]
        self._run.results.restarted = self._has_restarted
        world.lines[bench.board.PUMP_STEP].listen(self._step_edge)
        world.lines[bench.board.PUMP_ENABLE_N].listen(self._enable_edge)
        world.on_reset(self._reset)

    def _turned(self, direction: int) -> None:
        self._advance(direction)
        passed_pl = self._bench.pump.passed_pl
        self.record.motion.append((self._world.elapsed_ms, passed_pl, passed_pl - self._bench.catheter.stored_pl()))

    def _step_edge(self, level: int) -> None:
        if level and self._bench.stepper.is_powered:
            self._commanded += 1
            self._settle()

    def _enable_edge(self, enable_n: int) -> None:
        motor = self.record.motor
        if enable_n == 0:
            motor.append([self._world.elapsed_ms, None])
        elif motor and motor[-1][1] is None:
            motor[-1][1] = self._world.elapsed_ms
        self._settle()

    def _settle(self) -> None:
        # Only between edges: the motor turns before its edge is counted here.
        excess = self._bench.stepper.position - self._commanded
        if not self.record.excess or self.record.excess[-1][1] != excess:
            self.record.excess.append((self._world.elapsed_ms, excess))

    def _slept(self, ms: int) -> bool:
        self._look()
        return self._idle(ms)

    def _wrote(self, path: str, data: bytes) -> None:
        if path == "reserve/mark":
            self.record.commits.append(self._world.elapsed_ms)
        self._has_written = True
        self._write(path, data)

    def _appended(self, path: str, data: bytes) -> None:
        self._has_written = True
        self._append(path, data)

    def _blocked(self, blockage: float) -> None:
        if blockage < self._bench.catheter.blockage:
            self.record.released_pl.append((self._world.elapsed_ms, self._bench.catheter.stored_pl()))
        self._block(blockage)

    def _has_restarted(self, why: str) -> None:
        self.record.raised.append((self._world.elapsed_ms, why))
        self._restarted(why)

    def _reset(self) -> None:
        self._active = frozenset()
        self._declare(NO_POWER)

    def _look(self) -> None:
        app = self._run.app
        if app is None:
            return
        self._settle()
        states = app.body.alarms
        active = frozenset(alarm for alarm in range(len(texts.ALARMS)) if states.active(alarm))
        if active != self._active:
            now = self._world.elapsed_ms
            self.record.raised += [(now, texts.ALARMS[alarm][0]) for alarm in sorted(active - self._active)]
            self._active = active
        response = states.response()
        self._declare(HELD if app.body.holds else texts.RESPONSES[response] if response else "")

    def _declare(self, response: str) -> None:
        if response != self._declared:
            self._declared = response
            self.record.declared.append((self._world.elapsed_ms, response))
