"""Runs one compiled scenario: the firmware on the virtual bench, events in time, and what came of it.

In MicroPython's subset: the same code runs on CPython and inside MicroPython, and both give the same journal.
"""

import gc

# Part of the bench, so that heap figures count the firmware alone; on a board both are in ROM.
import machine  # noqa: F401
import rp2  # noqa: F401

from virtual_bench import world as worlds
from virtual_bench.bench import Bench
from virtual_bench.results import Results
from virtual_bench.world import World

# The bench's clock chip counts from 2000-01-01, scenarios and records from 2020-01-01.
SECONDS_2000_TO_2020 = 7305 * 86_400
TRACE_EVERY_MS = 300_000
SLICE_MS = 3_600_000


class FixedClock:
    """Pump time of a pump that is commissioned while it is not running yet."""

    def __init__(self, seconds):
        self.seconds = seconds


class ScenarioRun:
    """One run, in slices of at most an hour of bench time.

    compiled: dict from thecal_tools.scenario_file. board: board module. progress: callable(part done, 0 to 1).
    volume: where the firmware keeps its records, a MemoryVolume by default. keeps_trace: sample the bench while
    running.

    MicroPython's WebAssembly build collects garbage only between calls from outside, so there each slice is a call, and
    heap figures are taken at the beginning of one.
    """

    def __init__(self, compiled, board, progress=None, volume=None, keeps_trace=True):
        self.compiled = compiled
        self.board = board
        self.app = None
        self._progress = progress
        self._keeps_trace = keeps_trace
        self._next = self._prepare
        self._over = False
        self.world = worlds.use(World(compiled["seed"], compiled["ticks_start"]))
        self.bench = Bench(board, self.world, compiled["seed"], volume)
        self.bench.faults.bind("hung_task", self._break_tasks)
        self.bench.faults.bind("task_error", self._break_tasks)
        self._sound_tasks = None
        self.results = Results(self)
        self._duration_ms = compiled["duration_ms"]
        gc.collect()

    def slice(self):
        """Go on for a while; False once the run is over."""
        self.results.sample_heap()
        self._next()
        gc.collect()
        return not self._over

    def run(self):
        """Run to the end; returns the result as a dict."""
        while self.slice():
            pass
        return self.results.collect()

    def _prepare(self):
        compiled = self.compiled
        self._start_wall(compiled["start_wall_s"])
        self.bench.reservoir.aspirate()
        self.bench.reservoir.fill(compiled["reservoir_ul"] * 1_000_000)
        self._commission()
        for at_ms, action, arguments in compiled["events"]:
            self.world.at_ms(at_ms, self._act, (action, arguments))
        if self._keeps_trace:
            self.world.at_ms(0, self._trace)
        self._next = self._power_on

    def _slice_of_therapy(self):
        world = self.world
        end_ms = min((world.elapsed_ms // SLICE_MS + 1) * SLICE_MS, self._duration_ms)
        # The end is an event of the bench, so that no sleep runs past it.
        world.at_ms(end_ms - world.elapsed_ms, _wake_up, world)
        run_once = self.app.scheduler.run_once
        try:
            while world.elapsed_ms < end_ms:
                run_once()
        except worlds.Reset as reset:
            self.results.restarted(type(reset).__name__)
            self._next = self._power_on
        if self._progress is not None:
            self._progress(min(world.elapsed_ms / self._duration_ms, 1.0))
        if world.elapsed_ms >= self._duration_ms:
            self._over = True

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
        self._sound_tasks = None
        self._next = self._slice_of_therapy
        try:
            self.app = compose(
                self.board, self.world.ticks_ms, self.world.idle, self.world.wake, self.bench.volume, Port(self.world)
            )
            self._break_tasks()
        except worlds.Reset as reset:
            self.results.restarted(type(reset).__name__)
            self._next = self._power_on

    def _break_tasks(self, _=0):
        # The tasks that two switches name hang or fail as soon as they run next, which is now; the others are whole.
        faults = self.bench.faults
        hung, failing = faults.get("hung_task"), faults.get("task_error")
        if self.app is None or not (hung or failing or self._sound_tasks):
            return
        if self._sound_tasks is None:
            self._sound_tasks = [(task, task.run) for task in self.app.scheduler.tasks]
        for task, run in self._sound_tasks:
            task.run = run
            if task.name in (hung, failing):
                task.run = self._hang if task.name == hung else _fail
                task.wake()

    def _hang(self, _):
        while True:
            self.world.idle(SLICE_MS)

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

    def _do_fault(self, name, value, divisor=1):
        # A whole value stays whole; a scenario gives any other as a fraction, so that it holds no floats.
        self.bench.faults.set(name, value if divisor == 1 else value / divisor)

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


def _fail(_):
    raise RuntimeError("fault task_error")


def _wake_up(world):
    world.wake()


def run(compiled, board, progress=None):
    """Run a compiled scenario; see ScenarioRun and virtual_bench.results for what comes back."""
    return ScenarioRun(compiled, board, progress).run()
