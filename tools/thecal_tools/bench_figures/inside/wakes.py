"""On MicroPython: what each wake of the firmware takes of heap and time, without what stands in for hardware.

Physics is off and the rotor is turned by hand, so that floats and events of the bench do not count.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import gc

import board
import rp2

from virtual_bench import scenario_run

HOUR_MS = 3_600_000


def running(compiled):
    """A scenario run whose pump has just been composed; physics off."""
    run = scenario_run.ScenarioRun(compiled, board, None, None, False)
    while run.app is None:
        run.slice()
    run.world.physics = False
    return run


def wake_up(world):
    """An event that ends a sleep."""
    world.wake()


class Heap:
    """The passes of a pump's scheduler one by one, and the bytes that each took. Garbage stays until piece() is over.

    found: (wakes, most bytes) by "TASK KIND". KIND: "flash" (it wrote to flash), "step" (it gave a step), "signal"
    (neither, while an alarm is on), "idle" (nothing to do). The bytes are the task's and the scheduler's together.
    """

    def __init__(self, run):
        self.run = run
        self.found = {}
        self._ran = None
        self._turns = True
        self._level = 0
        self._fake_bytes = 0
        self._put = rp2.StateMachine.put
        rp2.StateMachine.put = self._counted_put()
        for task in run.app.scheduler.tasks:
            self._follow(task)
        # Steps and minutes of therapy; a still rotor is a high alarm once 20 steps have gone, 17 minutes at this rate.
        every = [self._ask, 10, 10, self._lose_clock, 10, self._wake_each, self._find_clock, 10]
        every += [self._block, 9, 9, self._unblock, 5, self._wake_each]
        # The first time, names and tables are made that stay; it is not counted.
        self._pieces = every + [self._forget] + every + [10]  # noqa: RUF005 (MicroPython has no [*every])
        gc.disable()

    def piece(self):
        """The next piece of the time; True while more are left."""
        piece = self._pieces.pop(0)
        if isinstance(piece, int):
            self._go_on(piece * 60_000)
        else:
            piece()
        gc.collect()
        return bool(self._pieces)

    def show(self):
        """Print a line "TASK KIND WAKES MOST_BYTES" for each kind of wake."""
        for key in sorted(self.found):
            print(key, *self.found[key])

    def _counted_put(self):
        put = self._put

        def counted(machine, value):
            before = gc.mem_alloc()
            put(machine, value)
            self._fake_bytes += gc.mem_alloc() - before

        return counted

    def _follow(self, task):
        inner = task.run

        def run(now):
            self._ran = task
            return inner(now)

        task.run = run

    def _look(self):
        run = self.run
        written = self._written()
        steps = sum(run.app.ledger.commanded)
        self._ran = None
        self._fake_bytes = 0
        before = gc.mem_alloc()
        run.app.scheduler.run_once()
        taken = gc.mem_alloc() - before - self._fake_bytes
        if self._ran is None:
            return
        kind = "idle" if run.app.pump.alarm() < 0 else "signal"
        if sum(run.app.ledger.commanded) > steps:
            kind = "step"
            if self._turns:
                self._level = 1 - self._level
                run.world.lines[board.ROTOR].force(self._level)
        if self._written() > written:
            kind = "flash"
        key = self._ran.name + " " + kind
        wakes, most = self.found.get(key, (0, 0))
        self.found[key] = (wakes + 1, max(most, taken))

    def _written(self):
        volume = self.run.bench.volume
        return volume.writes + volume.appends + volume.removes

    def _go_on(self, ms):
        world = self.run.world
        end_ms = world.elapsed_ms + ms
        world.at_ms(ms, wake_up, world)
        while world.elapsed_ms < end_ms:
            self._look()

    def _ask(self):
        self.run.bench.patient.press("bolus", 1500)

    def _lose_clock(self):
        # A low alarm.
        self.run._do_lose_clock()

    def _find_clock(self):
        self.run._do_set_clock(self.run.compiled["start_wall_s"] + self.run.world.elapsed_ms // 1000)

    def _block(self):
        self._turns = False

    def _unblock(self):
        self._turns = True
        self.run.bench.patient.press("alarm", 1500)

    def _wake_each(self):
        # Each task is woken three times though nothing has changed.
        for task in self.run.app.scheduler.tasks:
            for _ in range(3):
                task.wake()
                self._look()

    def _forget(self):
        self.found = {}


class Time:
    """Microseconds of one wake and of one step. The state machines are empty stand-ins that take next to no time."""

    def __init__(self, run):
        import js

        self.run = run
        self._clock = js.performance
        self.best_us = 0.0
        self._puts = 0
        self._spent_ms = 0.0
        rp2.StateMachine.put = self._stand_in(self._count_put)
        rp2.StateMachine.get = self._stand_in(self._counted)
        rp2.StateMachine.rx_fifo = self._stand_in(self._one)
        rp2.StateMachine.exec = self._stand_in(self._one)
        # What a look at the clock takes itself, the best of a few: others may use this machine too.
        self._call_ms = min(self._clock_calls(500) for _ in range(7))

    def wake_us(self, count):
        """Of one scheduler pass that finds the supervisor due, runs it and feeds the watchdog: the mean of `count`."""
        task = self._task("supervisor")
        run_once = self.run.app.scheduler.run_once
        before = self._clock.now()
        for _ in range(count):
            task.wake()
            run_once()
        return (self._clock.now() - before) * 1000 / count

    def follow_steps(self):
        """From now on take the time of delivery's wakes."""
        task = self._task("delivery")
        inner = task.run

        def run(now):
            before = self._clock.now()
            wait = inner(now)
            self._spent_ms += self._clock.now() - before - self._call_ms
            return wait

        task.run = run

    def piece(self, last_ms):
        """An hour; True until last_ms. best_us is then that of a step in the quickest hour.

        A step is the wake that gives it, the wake that witnesses it, and its part of reserving a block of eight.
        """
        world = self.run.world
        steps = sum(self.run.app.ledger.commanded)
        self._spent_ms = 0.0
        end_ms = world.elapsed_ms + HOUR_MS
        world.at_ms(HOUR_MS, wake_up, world)
        while world.elapsed_ms < end_ms:
            self.run.app.scheduler.run_once()
        step_us = self._spent_ms * 1000 / (sum(self.run.app.ledger.commanded) - steps)
        self.best_us = min(self.best_us, step_us) if self.best_us else step_us
        gc.collect()
        return world.elapsed_ms < last_ms

    def _clock_calls(self, count):
        before = self._clock.now()
        for _ in range(count):
            self._clock.now()
        return (self._clock.now() - before) / count

    def _task(self, name):
        for task in self.run.app.scheduler.tasks:
            if task.name == name:
                return task
        raise ValueError(name)

    def _stand_in(self, answer):
        def stand_in(machine, value=None):
            return answer()

        return stand_in

    def _count_put(self):
        # Four words start a train. As its guard's answer the same count says that nothing was too much.
        self._puts += 1

    def _counted(self):
        return self._puts // 4

    def _one(self):
        return 1
