"""The cooperative scheduler: tasks with deadlines, their worst lateness, and sleep until the next deadline.

There is no polling tick. A task runs when its deadline comes or when an interrupt has called its wake(); it says itself
when it wants to run again. The same scheduler runs on the board, where sleep waits for an event, and on the host, where
sleep jumps to the next deadline. A pass allocates nothing.
"""

from micropython import const

from thecal.tables import ticks

# Longest single sleep, so that the clock is read well inside the half period of its ticks.
_LONGEST_SLEEP_MS = const(3_600_000)


class Task:
    """One job with a deadline.

    run: callable(now tick) that returns ms until it wants to run again, under 2^29.
    late_ms: ms after its deadline by which a safety task must have reported, which is when its run ends (SR-34).
    was_late: it has reported later than that since the supervisor last looked.
    """

    def __init__(self, name, run, late_ms, safety=True):
        self.name = name
        self.run = run
        self.late_ms = late_ms
        self.safety = safety
        self.scheduled = False
        self.due = 0
        self.worst_late_ms = 0
        self.was_late = False
        self.runs = 0
        self._woken = False

    def at(self, tick):
        """Set the deadline."""
        self.due = tick
        self.scheduled = True

    def wake(self):
        """Run at the next pass. Safe in an interrupt handler: it allocates nothing."""
        self._woken = True

    def overdue(self, now):
        """True where the task is later than it may be, or waits for nothing although it is a safety task."""
        if not self.scheduled:
            return self.safety
        return ticks.diff(now, self.due) > self.late_ms


class Scheduler:
    """clock: runtime.clock.Clock. sleep: callable(ms) that may return early when an interrupt came.

    on_fault: callable(task, exception), called for an exception that left a task's run().
    """

    def __init__(self, clock, sleep, on_fault):
        self.clock = clock
        self._sleep = sleep
        self._on_fault = on_fault
        self.tasks = []
        self.passes = 0

    def add(self, task, delay_ms=0):
        """Add a task, first due after delay_ms. Tasks added earlier win ties. Returns the task."""
        task.at(ticks.add(self.clock.now(), delay_ms))
        self.tasks.append(task)
        return task

    def run_once(self):
        """Run the one task whose deadline is the earliest and past, or sleep until a deadline."""
        self.passes += 1
        now = self.clock.now()
        next_task = None
        wait = _LONGEST_SLEEP_MS
        for task in self.tasks:
            if task._woken:
                task._woken = False
                # A dead safety task stays dead, so that the watchdog resets the pump.
                if ticks.diff(task.due, now) > 0 if task.scheduled else not task.safety:
                    task.at(now)
            if task.scheduled:
                remaining = ticks.diff(task.due, now)
                if remaining < wait:
                    wait = remaining
                    next_task = task
        if wait > 0 or next_task is None:
            self._sleep(wait)
            return
        if -wait > next_task.worst_late_ms:
            next_task.worst_late_ms = -wait
        self._run(next_task, now)

    def _run(self, task, now):
        task.runs += 1
        due = task.due
        try:
            task.at(ticks.add(now, task.run(now)))
        except Exception as error:
            # Unless the fault response sets it again, the task stays unscheduled; for a safety task the supervisor
            # then stops feeding the watchdog.
            task.scheduled = False
            self._respond(task, error)
        if ticks.diff(self.clock.now(), due) > task.late_ms:
            task.was_late = True

    def _respond(self, task, error):
        try:
            self._on_fault(task, error)
        except Exception:
            # Nothing can be relied on any more: the task is dead, and matters, so that the watchdog resets the pump.
            task.scheduled = False
            task.safety = True

    def run_forever(self):
        """Run until an exception that is no fault of a task (power cut, reset) leaves a pass."""
        while True:
            self.run_once()
