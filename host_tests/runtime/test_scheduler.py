"""The scheduler in virtual time: order, ties, wakes, lateness, failed tasks, and no pass that nothing asked for."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig import BEFORE_WRAP
from thecal.runtime.clock import Clock
from thecal.runtime.scheduler import Scheduler, Task
from virtual_bench import world as worlds

HOUR_MS = 3_600_000
delays = st.lists(st.integers(0, 5_000), min_size=1, max_size=8)
starts = st.sampled_from([0, BEFORE_WRAP, worlds.TICKS_MASK])


class Desk:
    """A scheduler over a world of its own. log: (ms since the start, task name) of each run; sleeps: what was asked."""

    def __init__(self, ticks_start: int = 0):
        self.world = worlds.use(worlds.World(ticks_start=ticks_start))
        self.faults: list[tuple[Task, Exception]] = []
        self.log: list[tuple[int, str]] = []
        self.sleeps: list[tuple[int, int]] = []
        self.scheduler = Scheduler(Clock(self.world.ticks_ms), self._sleep, self._failed)

    def add(self, name: str, delay_ms: int, again: Callable[[], int], safety: bool = True) -> Task:
        def run(now: int) -> int:
            assert now == self.world.ticks_ms()
            self.log.append((self.world.elapsed_ms, name))
            return again()

        return self.scheduler.add(Task(name, run, 2_000, safety), delay_ms)

    def run_until(self, ms: int) -> None:
        self.world.at_ms(ms - self.world.elapsed_ms, lambda _: self.world.wake())
        while self.world.elapsed_ms < ms:
            self.scheduler.run_once()

    def _sleep(self, ms: int) -> None:
        self.sleeps.append((self.world.elapsed_ms, ms))
        self.world.idle(ms)

    def _failed(self, task: Task, error: Exception) -> None:
        self.faults.append((task, error))


def never() -> int:
    return HOUR_MS


@pytest.mark.req("SR-38")
@given(delays, starts)
def test_tasks_run_in_the_order_of_their_deadlines_and_those_added_first_win_ties(delays, start):
    desk = Desk(start)
    for index, delay in enumerate(delays):
        desk.add(str(index), delay, never)
    desk.run_until(5_001)
    expected = sorted((delay, index) for index, delay in enumerate(delays))
    assert desk.log == [(delay, str(index)) for delay, index in expected]


@pytest.mark.req("SR-38")
@given(st.lists(st.integers(1, 900), min_size=1, max_size=5), starts)
def test_every_task_runs_at_each_of_its_deadlines_and_at_no_other_moment(periods, start):
    desk = Desk(start)
    for index, period in enumerate(periods):
        desk.add(str(index), period, lambda period=period: period)
    desk.run_until(3_000)
    for index, period in enumerate(periods):
        assert [ms for ms, name in desk.log if name == str(index)] == list(range(period, 3_000, period))


@given(st.lists(st.integers(1, 900), min_size=1, max_size=5))
def test_each_sleep_is_asked_to_end_exactly_at_the_next_deadline(periods):
    desk = Desk()
    for index, period in enumerate(periods):
        desk.add(str(index), period, lambda period=period: period)
    desk.run_until(3_000)
    for at_ms, asked in desk.sleeps:
        assert at_ms + asked == min((at_ms // period + 1) * period for period in periods)
    deadlines = {multiple for period in periods for multiple in range(period, 3_000, period)}
    assert len(desk.sleeps) == len(deadlines) + 1
    assert desk.scheduler.passes == len(desk.log) + len(desk.sleeps)


def test_with_no_task_the_scheduler_sleeps_an_hour_at_a_time_so_that_the_clock_is_read():
    desk = Desk()
    desk.run_until(3 * HOUR_MS)
    assert [asked for _, asked in desk.sleeps] == [HOUR_MS] * 3


def test_a_task_that_waits_for_days_is_not_lost():
    desk = Desk(BEFORE_WRAP)
    desk.add("late", 6 * 24 * HOUR_MS, never)
    desk.run_until(6 * 24 * HOUR_MS + 1)
    assert desk.log == [(6 * 24 * HOUR_MS, "late")]


def test_a_wake_from_an_interrupt_runs_the_task_at_once_and_its_next_deadline_counts_from_there():
    desk = Desk()
    task = desk.add("woken", 1_000, lambda: 1_000)

    def interrupt(_):
        task.wake()
        desk.world.wake()

    desk.world.at_ms(1_300, interrupt)
    desk.run_until(3_000)
    assert desk.log == [(1_000, "woken"), (1_300, "woken"), (2_300, "woken")]


def test_a_wake_runs_a_task_once_however_often_it_was_woken():
    desk = Desk()
    task = desk.add("woken", HOUR_MS, never)
    for _ in range(3):
        task.wake()
    desk.run_until(100)
    assert desk.log == [(0, "woken")]


def test_a_wake_of_a_task_that_is_already_due_hides_none_of_its_lateness():
    desk = Desk()
    task = desk.add("late", 1_000, never)
    desk.world.at_ms(900, desk.world.spend, 400)
    desk.world.at_ms(1_300, lambda _: task.wake())
    desk.run_until(2_000)
    assert desk.log == [(1_300, "late")]
    assert task.worst_late_ms == 300


@given(st.integers(0, 5_000), st.lists(st.integers(0, 4_000), min_size=1, max_size=5))
def test_worst_lateness_is_that_of_the_run_that_came_latest(busy_ms, delays):
    desk = Desk(BEFORE_WRAP)
    hog = desk.add("hog", 0, lambda: desk.world.spend(busy_ms) or HOUR_MS)
    tasks = [desk.add(str(index), delay, never) for index, delay in enumerate(delays)]
    desk.run_until(5_001)
    assert hog.worst_late_ms == 0
    assert [task.worst_late_ms for task in tasks] == [max(0, busy_ms - delay) for delay in delays]
    assert [task.runs for task in tasks] == [1] * len(tasks)


@pytest.mark.req("SR-34")
@pytest.mark.parametrize(("busy_ms", "runs_ms", "was_late"), [(2_000, 0, False), (2_001, 0, True), (0, 2_001, True)])
def test_a_task_is_late_whether_it_came_late_or_took_too_long(busy_ms, runs_ms, was_late):
    desk = Desk(BEFORE_WRAP)
    hog = desk.add("hog", 999, lambda: desk.world.spend(busy_ms + 1) or HOUR_MS)
    task = desk.add("task", 1_000, lambda: desk.world.spend(runs_ms) or HOUR_MS)
    desk.run_until(6_000)
    assert task.was_late is was_late
    assert hog.was_late is (busy_ms > 1_999)


@pytest.mark.req("SR-34")
@pytest.mark.parametrize("safety", [True, False])
def test_a_fault_response_that_fails_leaves_the_others_running_and_a_dead_safety_task(safety):
    desk = Desk()
    task = desk.add("broken", 100, lambda: 1 // 0, safety)
    desk.add("sound", 100, lambda: 100)

    def fail(task: Task, error: Exception) -> None:
        task.at(desk.world.ticks_ms())
        raise OSError(5)

    desk.scheduler._on_fault = fail
    desk.world.at_ms(200, lambda _: task.wake())
    desk.run_until(350)
    assert task.runs == 1
    assert task.overdue(desk.world.ticks_ms())
    assert task.safety
    assert [ms for ms, name in desk.log if name == "sound"] == [100, 200, 300]


def test_an_exception_in_a_task_reaches_the_fault_response_and_the_other_tasks_go_on():
    desk = Desk()
    error = ValueError("broken")

    def fail() -> int:
        raise error

    broken = desk.add("broken", 100, fail)
    desk.add("sound", 100, lambda: 100)
    desk.run_until(350)
    assert desk.faults == [(broken, error)]
    assert broken.scheduled is False
    assert [ms for ms, name in desk.log if name == "sound"] == [100, 200, 300]


def test_the_fault_response_may_give_a_failed_task_another_deadline():
    desk = Desk()
    task = desk.add("shaky", 100, lambda: 1 // 0)
    desk.scheduler._on_fault = lambda task, error: task.at(desk.world.ticks_ms() + 50)
    desk.run_until(220)
    assert desk.log == [(100, "shaky"), (150, "shaky"), (200, "shaky")]
    assert task.runs == 3


def test_a_reset_leaves_the_scheduler_and_is_no_fault_of_a_task():
    desk = Desk()
    desk.add("victim", 100, lambda: desk.world.cut_power(1_000))
    with pytest.raises(worlds.PowerCut):
        desk.scheduler.run_forever()
    assert desk.faults == []
