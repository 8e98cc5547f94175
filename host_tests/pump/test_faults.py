"""What the pump does when its own firmware fails: by drug, bounded, never without an alarm (SR-30, SR-33, SR-34)."""

from types import SimpleNamespace

import pytest

from rig import FLEX, SIMPLE, Rig
from thecal.drivers import motor
from thecal.pump.faults import FaultResponse
from thecal.runtime.supervisor import WATCHDOG_MS
from thecal.tables import alarms, doses, states
from virtual_bench import world as worlds

HOUR_MS = 3_600_000


def fail_once(rig: Rig, name: str) -> None:
    """The task of that name raises when it runs next, which is now, and then works again."""
    task = next(task for task in rig.app.scheduler.tasks if task.name == name)
    sound = task.run

    def fail(now: int) -> int:
        task.run = sound
        raise ValueError

    task.run = fail
    task.wake()


def edges_in(rig: Rig, ms: int) -> int:
    before = rig.bench.stepper.edges
    rig.run_for(ms)
    return rig.bench.stepper.edges - before


@pytest.mark.req("SR-30", "SR-42")
def test_the_background_of_a_drug_whose_withdrawal_harms_goes_on_when_the_task_has_recovered():
    sound, rig = Rig(FLEX), Rig(FLEX)
    for pump in (sound, rig):
        pump.run_for(HOUR_MS)
    fail_once(rig, "delivery")
    assert abs(edges_in(rig, HOUR_MS) - edges_in(sound, HOUR_MS)) <= 1
    assert rig.app.pump.alarm() == alarms.TASK_FAULT
    assert rig.app.body.bolus_block() == doses.ALARM_BLOCKS
    rig.app.pump.acknowledge()
    assert (rig.app.pump.alarm(), rig.app.body.bolus_block()) == (-1, doses.GRANTED)


@pytest.mark.req("SR-30")
def test_the_background_of_a_drug_whose_overdose_harms_most_waits_for_the_acknowledgement():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    fail_once(rig, "delivery")
    assert edges_in(rig, HOUR_MS) == 0
    rig.app.pump.acknowledge()
    assert edges_in(rig, HOUR_MS) in (39, 40)


@pytest.mark.req("SR-07", "SR-30")
@pytest.mark.parametrize("prescription", [SIMPLE, FLEX], ids=["morphine", "baclofen"])
def test_a_failed_task_ends_the_bolus_whatever_the_drug(prescription):
    rig = Rig(prescription)
    rig.press("bolus", 1_100)
    rig.run_for(120_000)
    fail_once(rig, "programme")
    rig.run_for(HOUR_MS)
    (ended,) = rig.events("bolus_ended")
    assert ended["outcome"] == "stopped"
    assert 0 < ended["steps"] < ended["granted_steps"]
    assert rig.app.ledger.commanded[doses.PATIENT] == ended["steps"]


def test_a_fault_survives_a_reset_and_goes_on_responding_until_it_is_acknowledged():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    fail_once(rig, "monitor")
    rig.run_for(1_000)
    rig.world.at_ms(0, lambda _: rig.world.cut_power(1_000))
    assert edges_in(rig, HOUR_MS) == 0
    assert (rig.restarts, rig.app.body.holds) == (["PowerCut"], states.ALARM)
    rig.app.pump.acknowledge()
    assert edges_in(rig, HOUR_MS) in (39, 40)


@pytest.mark.req("SR-33", "SR-34")
@pytest.mark.parametrize("broken", ["record", "save_ledger"])
@pytest.mark.parametrize("name", ["delivery", "programme", "monitor", "panel"])
def test_a_fault_response_that_fails_itself_ends_in_a_watchdog_reset_with_the_motor_off(name, broken):
    rig = Rig(SIMPLE)
    rig.press("bolus", 1_100)
    rig.run_for(HOUR_MS + 500)

    def fail(*_: object) -> None:
        raise MemoryError

    setattr(rig.app.body, broken, fail)
    fail_once(rig, name)
    edges, off = rig.bench.stepper.edges, []
    rig.world.on_reset(lambda: off.append(motor.is_off(rig.board.PUMP_ENABLE_N)))
    rig.run_for(WATCHDOG_MS + 6_000)
    assert rig.restarts == ["WatchdogReset"]
    assert off == [True]
    assert rig.bench.stepper.edges - edges <= 1


@pytest.mark.req("SR-33", "SR-34")
def test_a_flash_that_fails_while_a_fault_is_recorded_neither_kills_the_scheduler_nor_hides_the_fault():
    rig = Rig(FLEX)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("flash_failing")
    fail_once(rig, "delivery")
    assert edges_in(rig, HOUR_MS) > 0
    assert rig.restarts == []
    assert rig.app.pump.alarm() == alarms.TASK_FAULT


def watchdog_bites(rig: Rig) -> None:
    """One task hangs until the watchdog resets the pump."""
    panel = next(task for task in rig.app.scheduler.tasks if task.name == "panel")

    def hang(now: int) -> int:
        while True:
            rig.world.idle(1_000)

    panel.run = hang
    panel.wake()
    rig.run_for(WATCHDOG_MS)


@pytest.mark.req("SR-34")
@pytest.mark.parametrize(("prescription", "holds"), [(SIMPLE, states.ALARM), (FLEX, 0)], ids=["morphine", "baclofen"])
def test_three_unplanned_watchdog_resets_in_an_hour_lock_boluses_and_respond_by_drug(prescription, holds):
    rig = Rig(prescription)
    rig.run_for(2 * HOUR_MS)
    for count in range(3):
        assert not rig.app.body.alarms.active(alarms.WATCHDOG_RESETS), count
        rig.run_for(900_000)
        watchdog_bites(rig)
    assert rig.restarts == ["WatchdogReset"] * 3
    assert rig.app.pump.alarm() == alarms.WATCHDOG_RESETS
    assert rig.app.body.holds == holds
    assert rig.app.body.bolus_block() in (doses.PUMP_STOPPED, doses.ALARM_BLOCKS)
    assert (edges_in(rig, HOUR_MS) > 0) is (holds == 0)
    rig.app.pump.acknowledge()
    assert rig.app.body.bolus_block() == doses.GRANTED


@pytest.mark.req("SR-34")
def test_three_watchdog_resets_in_more_than_an_hour_do_not():
    rig = Rig(SIMPLE)
    for _ in range(3):
        rig.run_for(2_700_000)
        watchdog_bites(rig)
    assert rig.restarts == ["WatchdogReset"] * 3
    assert rig.app.pump.alarm() == -1


@pytest.mark.req("SR-34")
def test_planned_resets_are_marked_and_count_for_nothing():
    rig = Rig(SIMPLE)
    for _ in range(4):
        rig.world.at_ms(60_000, lambda _: rig.app.pump.restart())
        rig.run_for(120_000)
    assert rig.restarts == ["PlannedReset"] * 4
    assert [boot["planned"] for boot in rig.events("boot")] == ["unplanned"] + ["restart"] * 4
    assert len(rig.events("planned_reset")) == 4
    assert list(rig.app.ledger.watchdog_resets) == [0, 0, 0]
    assert rig.app.pump.alarm() == -1


@pytest.mark.req("SR-34")
def test_the_mark_of_a_planned_reset_holds_for_one_reset_only():
    rig = Rig(SIMPLE)
    rig.world.at_ms(60_000, lambda _: rig.app.pump.restart())
    rig.run_for(120_000)
    watchdog_bites(rig)
    assert [boot["planned"] for boot in rig.events("boot")] == ["unplanned", "restart", "unplanned"]
    assert [bool(seconds) for seconds in rig.app.ledger.watchdog_resets] == [False, False, True]


def test_a_planned_reset_cuts_the_train_in_flight_and_loses_no_count():
    rig = Rig(SIMPLE)
    rig.press("bolus", 1_100)
    rig.run_for(120_000)
    given = rig.bench.stepper.edges
    with pytest.raises(worlds.PlannedReset):
        rig.app.pump.restart()
    rig.power_on()
    assert motor.is_off(rig.board.PUMP_ENABLE_N)
    assert given <= rig.app.body.mark.total <= given + 8


def test_a_reset_that_cannot_be_marked_is_refused_and_the_pump_goes_on():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("flash_full")
    with pytest.raises(OSError):
        rig.app.pump.restart()
    assert edges_in(rig, HOUR_MS) in (39, 40)
    assert rig.restarts == []


def test_a_stop_by_the_operator_outlives_a_boot_that_raises_alarms_of_its_own():
    rig = Rig(SIMPLE)
    rig.app.pump.stop()
    rig.volume.remove("windows")
    rig.bench.faults.set("flash_failing")
    for _ in range(2):
        rig.power_on()
        assert rig.app.body.holds & states.OPERATOR_STOP
        assert rig.app.body.alarms.present(alarms.PUMP_STOPPED)
        rig.bench.faults.clear("flash_failing")


@pytest.mark.req("SR-34")
@pytest.mark.parametrize("name", ["delivery", "monitor"])
def test_single_failures_an_hour_apart_are_forgotten_and_reset_nothing(name):
    rig = Rig(FLEX)
    for _ in range(5):
        rig.run_for(HOUR_MS + 60_000)
        fail_once(rig, name)
    rig.run_for(HOUR_MS)
    assert [fault["failures"] for fault in rig.events("task_fault")] == [1] * 5
    assert rig.restarts == []
    rig.app.pump.acknowledge()
    assert rig.app.body.bolus_block() == doses.GRANTED


@pytest.mark.req("SR-34")
def test_four_failures_that_are_less_than_an_hour_apart_end_in_a_reset():
    rig = Rig(FLEX)
    for _ in range(4):
        rig.run_for(HOUR_MS - 60_000)
        assert rig.restarts == []
        fail_once(rig, "monitor")
    rig.run_for(60_000)
    assert [fault["failures"] for fault in rig.events("task_fault")] == [1, 2, 3]
    assert rig.restarts == ["WatchdogReset"]


class Body:
    """What a fault response asks of the pump, at a pump second that tests turn; counts, texts: as recorded."""

    def __init__(self):
        self.clock = SimpleNamespace(seconds=0, now=lambda: 0)
        self.counts: list[int] = []
        self.texts: list[bytes] = []

    def record(self, event: int, form: str, count: int, text: bytes) -> None:
        self.counts.append(count)
        self.texts.append(text)


@pytest.mark.req("SR-34")
@pytest.mark.parametrize(("apart_s", "counts"), [(3_599, [1, 2, 3]), (3_600, [1, 1, 1, 1, 1]), (0, [1, 2, 3])])
def test_a_task_counts_as_sound_an_hour_after_its_last_failure_and_not_before(mocker, apart_s, counts):
    body = Body()
    response = FaultResponse(body, None, None)
    linked = SimpleNamespace(name="link", safety=False, at=mocker.Mock())
    for _ in range(5):
        response.task_failed(linked, ValueError())
        body.clock.seconds += apart_s
    assert body.counts == counts
    # Where no count is recorded the task is left as it is, dead.
    assert linked.at.call_count == len(counts)


def test_each_task_has_a_count_of_its_own(mocker):
    body = Body()
    response = FaultResponse(body, None, None)
    body.clock.seconds = 5_000
    for name in ("link", "screen", "link", "link", "screen"):
        response.task_failed(SimpleNamespace(name=name, safety=False, at=mocker.Mock()), ValueError())
        body.clock.seconds += 1_800
    assert body.counts == [1, 1, 1, 2, 1]


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [("screen", OSError(), b"scre:OSErro"), ("link", MemoryError(), b"link:Memory"), ("a", KeyError(), b"a:KeyError")],
)
def test_a_failure_is_recorded_by_the_beginnings_of_the_task_and_of_the_error(mocker, name, error, text):
    body = Body()
    FaultResponse(body, None, None).task_failed(SimpleNamespace(name=name, safety=False, at=mocker.Mock()), error)
    assert body.texts == [text]
