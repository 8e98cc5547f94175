"""Runs one compiled scenario: the firmware on the virtual bench, events in time, and what came of it.

In MicroPython's subset: the same code runs on CPython and inside MicroPython, and both give the same journal.
"""

import gc

from virtual_bench import world as worlds
from virtual_bench.bench import Bench
from virtual_bench.results import Results
from virtual_bench.world import World

# The bench's clock chip counts from 2000-01-01, scenarios and records from 2020-01-01.
SECONDS_2000_TO_2020 = 7305 * 86_400
TRACE_EVERY_MS = 300_000
_PROGRESS_EVERY_MS = 600_000


class FixedClock:
    """Pump time of a pump that is commissioned while it is not running yet."""

    def __init__(self, seconds):
        self.seconds = seconds


class ScenarioRun:
    """One run. compiled: dict from thecal_tools.scenario_file. board: board module. progress: callable(0 to 1)."""

    def __init__(self, compiled, board, progress=None):
        self.compiled = compiled
        self.board = board
        self.app = None
        self._progress = progress
        self.world = worlds.use(World(compiled["seed"], compiled["ticks_start"]))
        self.bench = Bench(board, self.world, compiled["seed"])
        self.results = Results(self)
        self.heap_composed = 0
        self._duration_ms = compiled["duration_ms"]
        self._start_wall(compiled["start_wall_s"])
        self.bench.reservoir.aspirate()
        self.bench.reservoir.fill(compiled["reservoir_ul"] * 1_000_000)
        self._commission()

    def run(self):
        """Run to the end; returns the result as a dict."""
        for at_ms, action, arguments in self.compiled["events"]:
            self.world.at_ms(at_ms, self._act, (action, arguments))
        self.world.at_ms(0, self._trace)
        if self._progress is not None:
            self.world.at_ms(0, self._show_progress)
        while self.world.elapsed_ms < self._duration_ms:
            try:
                self._power_on()
                self._run_until_end()
            except worlds.Reset as reset:
                self.results.restarted(type(reset).__name__)
        return self.results.collect()

    def _start_wall(self, wall_s):
        if wall_s >= 0:
            self.world.wall.set(SECONDS_2000_TO_2020 + wall_s)

    def _commission(self):
        from thecal.app import commission_new

        commission_new(
            self.bench.volume,
            FixedClock(self.compiled["start_pump_s"]),
            self.bench.calibrated_pl_per_step(),
            bytes.fromhex(self.compiled["prescription"]),
            self.compiled["reservoir_ul"] * 1000,
        )

    def _power_on(self):
        from thecal.app import compose, motor_off

        motor_off(self.board)
        self.app = None
        gc.collect()
        self.app = compose(
            self.board, self.world.ticks_ms, self.world.idle, self.world.wake, self.bench.volume, Port(self.world)
        )
        self.results.composed()

    def _run_until_end(self):
        run_once = self.app.scheduler.run_once
        world = self.world
        # The end is an event of the bench, so that no sleep runs past it.
        world.at_ms(max(self._duration_ms - world.elapsed_ms, 0), _wake_up, world)
        while world.elapsed_ms < self._duration_ms:
            run_once()

    def _show_progress(self, _):
        self._progress(min(self.world.elapsed_ms / self._duration_ms, 1.0))
        self.world.at_ms(_PROGRESS_EVERY_MS, self._show_progress)

    def _trace(self, _):
        self.results.trace()
        self.world.at_ms(TRACE_EVERY_MS, self._trace)

    def _act(self, action_and_arguments):
        action, arguments = action_and_arguments
        getattr(self, "_do_" + action)(*arguments)
        # What was asked for from outside is due for the firmware at once.
        self.world.wake()

    def _do_press(self, button, hold_ms):
        self.bench.patient.press(button, hold_ms)

    def _do_clinician_bolus(self, dose_ng, duration_s):
        self.app.pump.ask_clinician_bolus(dose_ng, duration_s)

    def _do_stop(self):
        self.app.pump.stop()

    def _do_resume(self):
        self.app.pump.resume()

    def _do_set_clock(self, wall_s):
        self.world.wall.set(SECONDS_2000_TO_2020 + wall_s)
        self.app.pump.set_clock(wall_s)

    def _do_lose_clock(self):
        self.world.wall.unset()
        self.app.pump.lose_clock()

    def _do_program(self, prescription, _concentration):
        self.app.pump.program(bytes.fromhex(prescription))

    def _do_power_cut(self, off_ms):
        self.world.cut_power(off_ms)

    def _do_fault(self, name, value):
        self.bench.faults.set(name, value)

    def _do_clear_fault(self, name):
        self.bench.faults.clear(name)

    def _do_link(self, line):
        self.world.type_in(line.encode() + b"\n")
        self.app.serial_arrived()


class Port:
    """The serial line as the firmware's link sees it."""

    def __init__(self, world):
        self.read = world.serial_in.read
        self.write = world.serial_out.write


def _wake_up(world):
    world.wake()


def run(compiled, board, progress=None):
    """Run a compiled scenario; see ScenarioRun and virtual_bench.results for what comes back."""
    return ScenarioRun(compiled, board, progress).run()
