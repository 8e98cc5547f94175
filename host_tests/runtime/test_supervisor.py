"""The watchdog is fed only while every safety task is fresh; a task that hangs or dies ends in a reset, motor off."""

import machine
import pytest

from rig import Rig
from thecal.drivers import motor
from thecal.runtime.clock import Clock
from thecal.runtime.scheduler import Scheduler, Task
from thecal.runtime.supervisor import FEED_MS, LOOK_AGAIN_MS, WATCHDOG_MS, Supervisor
from thecal.tables import alarms, doses, states, ticks

SAFETY_TASKS = ["delivery", "programme", "monitor", "panel", "supervisor"]
HOUR_MS = 3_600_000


class Desk:
    """A supervisor over two safety tasks and one other, none of which runs by itself."""

    def __init__(self, feed):
        scheduler = Scheduler(Clock(lambda: 0), pytest.fail, pytest.fail)
        self.first = scheduler.add(Task("first", pytest.fail, 2_000))
        self.second = scheduler.add(Task("second", pytest.fail, 2_000))
        self.other = scheduler.add(Task("other", pytest.fail, 2_000, safety=False))
        self.supervisor = Supervisor(scheduler, feed, self)
        self.overdue = False
        self.was_overdue = False

    def set(self, alarm: int, present: bool) -> None:
        """The supervisor's alarms."""
        assert alarm == alarms.TASK_OVERDUE
        self.overdue = present
        self.was_overdue = self.was_overdue or present


@pytest.fixture
def feed(mocker):
    return mocker.stub("feed")


def task_named(rig: Rig, name: str) -> Task:
    return next(task for task in rig.app.scheduler.tasks if task.name == name)


@pytest.mark.req("SR-34")
@pytest.mark.parametrize("late_ms", [0, 1_999, 2_000])
def test_the_watchdog_is_fed_while_every_safety_task_is_inside_its_deadline(feed, late_ms):
    desk = Desk(feed)
    assert desk.supervisor.run(late_ms) == FEED_MS
    feed.assert_called_once_with()
    assert desk.supervisor.stale is None
    assert not desk.was_overdue


@pytest.mark.req("SR-34")
@pytest.mark.parametrize("name", ["first", "second"])
def test_one_safety_task_past_its_deadline_stops_the_feeding_and_is_named(feed, name):
    desk = Desk(feed)
    for task in (desk.first, desk.second, desk.other):
        task.at(10_000)
    getattr(desk, name).at(7_999)
    assert desk.supervisor.run(10_000) == LOOK_AGAIN_MS
    feed.assert_not_called()
    assert desk.supervisor.stale == name
    assert desk.overdue


@pytest.mark.req("SR-34")
def test_a_safety_task_that_came_late_and_has_reported_raises_the_alarm_once_and_the_watchdog_is_fed(feed):
    desk = Desk(feed)
    desk.first.was_late = True
    assert desk.supervisor.run(0) == FEED_MS
    feed.assert_called_once_with()
    assert (desk.was_overdue, desk.overdue) == (True, False)
    desk.was_overdue = False
    desk.supervisor.run(0)
    assert not desk.was_overdue


def test_lateness_of_a_task_that_is_no_safety_task_raises_nothing(feed):
    desk = Desk(feed)
    desk.other.was_late = True
    desk.supervisor.run(0)
    assert not desk.was_overdue


@pytest.mark.req("SR-34")
def test_a_safety_task_that_waits_for_nothing_stops_the_feeding(feed):
    desk = Desk(feed)
    desk.second.scheduled = False
    desk.supervisor.run(0)
    feed.assert_not_called()


def test_a_task_that_is_no_safety_task_may_be_late_or_dead(feed):
    desk = Desk(feed)
    for task in (desk.first, desk.second):
        task.at(100_000)
    desk.supervisor.run(100_000)
    desk.other.scheduled = False
    desk.supervisor.run(100_000)
    assert feed.call_count == 2


def test_feeding_goes_on_when_the_late_task_is_fresh_again(feed):
    desk = Desk(feed)
    desk.first.scheduled = False
    desk.supervisor.run(0)
    desk.first.at(0)
    desk.supervisor.run(0)
    feed.assert_called_once_with()


def test_the_watchdog_outlasts_a_feed_that_a_flash_erase_delays():
    assert FEED_MS + 400 < WATCHDOG_MS <= 8_388


def test_a_whole_quiet_day_passes_without_a_reset(mocker):
    feed = mocker.spy(machine.WDT, "feed")
    rig = Rig()
    rig.run_for(24 * HOUR_MS)
    assert rig.restarts == []
    assert feed.call_count == pytest.approx(24 * HOUR_MS / FEED_MS, abs=1)


@pytest.mark.req("SR-33", "SR-34")
@pytest.mark.parametrize("name", SAFETY_TASKS)
def test_a_task_that_never_comes_back_ends_in_a_watchdog_reset(name):
    rig = Rig()
    rig.run_for(HOUR_MS)
    hung = task_named(rig, name)

    def hang(now: int) -> int:
        while True:
            rig.world.idle(1_000)

    hung.run = hang
    hung.wake()
    off = []
    rig.world.on_reset(lambda: off.append(motor.is_off(rig.board.PUMP_ENABLE_N)))
    rig.run_for(WATCHDOG_MS)
    assert rig.restarts == ["WatchdogReset"]
    assert off == [True]
    assert rig.events("boot")[-1]["reset_cause"] == machine.WDT_RESET


@pytest.mark.req("SR-34")
@pytest.mark.parametrize("name", SAFETY_TASKS)
def test_a_safety_task_that_keeps_failing_is_left_dead_and_the_watchdog_bites(name):
    rig = Rig()
    rig.run_for(HOUR_MS)

    def fail(now: int) -> int:
        raise RuntimeError

    task_named(rig, name).run = fail
    task_named(rig, name).wake()
    rig.run_for(FEED_MS + WATCHDOG_MS)
    assert rig.restarts == ["WatchdogReset"]
    faults = rig.events("task_fault")
    assert {fault["error"] for fault in faults} == {f"{name[:4]}:Runtim"}
    assert [fault["failures"] for fault in faults] == [1, 2, 3][: len(faults)]


@pytest.mark.parametrize("name", SAFETY_TASKS)
def test_an_exception_in_a_safety_task_stops_the_motor_and_says_why(name):
    rig = Rig()  # morphine, of which an overdose harms most
    rig.run_for(HOUR_MS)
    task = task_named(rig, name)
    sound, calls = task.run, []

    def fail_once(now: int) -> int:
        calls.append(now)
        if len(calls) == 1:
            raise KeyError("lost")
        return sound(now)

    task.run = fail_once
    task.wake()
    rig.run_for(10)
    assert rig.events("task_fault") == [{"failures": 1, "error": f"{name[:4]}:KeyErr"}]
    assert rig.events("alarm_raised")[-1]["alarm"] == "task_fault"
    assert rig.app.body.holds == states.ALARM
    assert motor.is_off(rig.board.PUMP_ENABLE_N)
    edges = rig.bench.stepper.edges
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges == edges
    assert rig.restarts == []
    rig.app.pump.acknowledge()
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges - edges in (39, 40)


def test_an_exception_in_the_link_is_recorded_and_stops_nothing():
    rig = Rig()
    link = task_named(rig, "link")
    link.run = lambda now: 1 // 0
    rig.app.serial_arrived()
    rig.run_for(HOUR_MS)
    assert rig.events("task_fault")[0] == {"failures": 1, "error": "link:ZeroDi"}
    assert (rig.app.body.holds, rig.restarts) == (0, [])
    assert rig.bench.stepper.edges == 40


def test_a_motor_in_mid_train_is_cut_at_once_by_a_failing_task():
    rig = Rig()
    panel = task_named(rig, "panel")
    enable = rig.world.lines[rig.board.PUMP_ENABLE_N]

    def fail(_):
        panel.run = lambda now: 1 // 0
        panel.wake()
        rig.world.wake()

    enable.listen(lambda level: None if level else rig.world.at_ms(2, fail))
    rig.run_for(120_000)
    assert rig.bench.stepper.edges == 0  # cut before the first edge, which comes half a period after the power
    assert rig.bench.stepper.power_ms() == 2


@pytest.mark.req("SR-34")
@pytest.mark.parametrize(("held_up_ms", "is_noticed"), [(400, False), (1_900, False), (7_000, True)])
def test_a_processor_that_is_held_up_and_recovers_goes_on_and_says_so(held_up_ms, is_noticed):
    rig = Rig()
    rig.run_for(HOUR_MS + 500)  # just after a feed, so that the watchdog waits
    task_named(rig, "monitor").at(ticks.add(rig.world.ticks_ms(), 1_000))
    rig.bench.faults.set("busy", held_up_ms)
    rig.run_for(30_000)
    assert rig.restarts == []
    raised = [event["alarm"] for event in rig.events("alarm_raised")]
    assert raised == (["task_overdue"] if is_noticed else [])
    assert rig.app.body.bolus_block() == (doses.ALARM_BLOCKS if is_noticed else doses.GRANTED)
    rig.app.pump.acknowledge()
    assert rig.app.body.bolus_block() == doses.GRANTED


@pytest.mark.req("SR-05", "SR-34")
@pytest.mark.parametrize("jump_ms", [60_000, HOUR_MS])
def test_ticks_that_jump_forwards_are_noticed_and_lock_boluses_until_somebody_has_looked(jump_ms):
    rig = Rig()
    rig.run_for(HOUR_MS)
    rig.press("bolus", 1_100)
    rig.run_for(900_000)
    rig.bench.faults.set("tick_jump", jump_ms)
    rig.run_for(10_000)
    assert rig.restarts == []
    assert "task_overdue" in [event["alarm"] for event in rig.events("alarm_raised")]
    rig.press("bolus", 1_100)
    rig.run_for(10_000)
    assert rig.events("bolus_refused")[-1]["reason"] == "an alarm blocks boluses"
