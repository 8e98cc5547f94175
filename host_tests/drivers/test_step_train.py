"""The step train: what it takes, what it hands the state machine, and how it is cut short."""

import pytest
import rp2
from hypothesis import given
from hypothesis import strategies as st

from rig import BOARD
from thecal.drivers import motor, step_train_rp2
from thecal.drivers.step_train_rp2 import MAX_PERIOD_US, MAX_STEPS, MIN_PERIOD_US, StepTrain
from thecal.records.mark import BLOCK
from virtual_bench import world as worlds
from virtual_bench.bench import Bench

PERIOD_US = BOARD.STEP_PERIOD_US


class Desk:
    """A step train on the bench's motor."""

    def __init__(self):
        self.world = worlds.use(worlds.World())
        self.bench = Bench(BOARD, self.world)
        motor.off(BOARD.PUMP_ENABLE_N)
        motor.forwards(BOARD.PUMP_DIR)
        self.train = StepTrain(BOARD.STEP_TRAIN_MACHINE, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N)

    @property
    def is_off(self) -> bool:
        return self.world.lines[BOARD.PUMP_ENABLE_N].level == 1


@given(st.integers(1, MAX_STEPS), st.integers(2_000, MAX_PERIOD_US))
def test_a_train_gives_its_steps_in_the_time_it_names_and_cuts_the_power(steps, period_us):
    desk = Desk()
    length_ms = desk.train.start(steps, period_us)
    assert length_ms == (steps + 1) * period_us // 1000 + 1
    assert desk.train.busy()
    desk.world.run_for(length_ms)
    assert not desk.train.busy()
    assert desk.is_off
    assert desk.bench.stepper.edges == desk.bench.stepper.position == steps


@given(st.integers().filter(lambda steps: not 1 <= steps <= MAX_STEPS))
def test_steps_outside_the_block_are_refused_and_nothing_moves(steps):
    desk = Desk()
    with pytest.raises(ValueError, match="steps"):
        desk.train.start(steps, PERIOD_US)
    desk.world.run_for(2_000)
    assert (desk.bench.stepper.edges, desk.is_off, desk.train.busy()) == (0, True, False)


@given(st.integers().filter(lambda period: not MIN_PERIOD_US <= period <= MAX_PERIOD_US))
def test_periods_outside_the_range_are_refused_and_nothing_moves(period_us):
    desk = Desk()
    with pytest.raises(ValueError, match="period"):
        desk.train.start(1, period_us)
    desk.world.run_for(2_000)
    assert (desk.bench.stepper.edges, desk.is_off) == (0, True)


def test_a_train_is_never_longer_than_the_block_that_is_on_flash():
    assert MAX_STEPS <= BLOCK


def test_the_state_machine_is_handed_one_count_and_one_period(mocker, world):
    put = mocker.spy(rp2.StateMachine, "put")
    StepTrain(BOARD.STEP_TRAIN_MACHINE, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N).start(5, PERIOD_US)
    assert [call.args[1] for call in put.call_args_list] == [4, (PERIOD_US - 8) // 2]


def test_a_second_train_is_refused_while_one_is_in_flight(mocker):
    desk = Desk()
    length_ms = desk.train.start(4, PERIOD_US)
    put = mocker.spy(rp2.StateMachine, "put")
    desk.world.run_for(length_ms // 2)
    with pytest.raises(ValueError, match="in flight"):
        desk.train.start(1, PERIOD_US)
    put.assert_not_called()
    desk.world.run_for(length_ms)
    assert desk.bench.stepper.edges == 4


@pytest.mark.parametrize("after_ms", range(0, 75, 7))
def test_an_abort_cuts_the_motor_at_once_and_the_train_stays_over_when_armed_again(after_ms):
    desk = Desk()
    desk.train.start(8, PERIOD_US)
    desk.world.run_for(after_ms)
    edges = desk.bench.stepper.edges
    assert edges < 8
    desk.train.abort()
    assert desk.is_off
    assert not desk.train.busy()
    assert not desk.world.state_machines[BOARD.STEP_TRAIN_MACHINE].is_active
    desk.train.arm()
    desk.world.run_for(500)
    assert (desk.bench.stepper.edges, desk.is_off) == (edges, True)
    desk.world.run_for(desk.train.start(3, PERIOD_US))
    assert desk.bench.stepper.edges == edges + 3


def test_an_abort_of_a_train_that_is_over_leaves_nothing_behind():
    desk = Desk()
    desk.world.run_for(desk.train.start(2, PERIOD_US))
    desk.train.abort()
    desk.train.arm()
    assert not desk.train.busy()
    desk.world.run_for(desk.train.start(2, PERIOD_US) // 2)
    assert desk.train.busy()
    desk.world.run_for(100)
    assert desk.bench.stepper.edges == 4


@pytest.mark.parametrize("dead_after_ms", [0, 15, 40])
def test_a_processor_that_dies_in_mid_train_gives_no_step_beyond_it(dead_after_ms):
    desk = Desk()
    desk.train.start(4, PERIOD_US)
    desk.world.run_for(dead_after_ms)
    del desk.train
    desk.world.run_for(3_600_000)
    assert desk.bench.stepper.edges == 4
    assert desk.is_off


def test_the_motor_is_off_from_the_first_line_of_a_boot_on(world):
    bench = Bench(BOARD, world)
    levels = []
    world.lines[BOARD.PUMP_ENABLE_N].listen(levels.append)
    motor.off(BOARD.PUMP_ENABLE_N)
    assert motor.is_off(BOARD.PUMP_ENABLE_N)
    StepTrain(BOARD.STEP_TRAIN_MACHINE, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N)
    world.run_for(100)
    assert 0 not in levels
    assert bench.stepper.power_ms() == 0


def test_an_enable_line_that_is_shorted_is_seen(world):
    bench = Bench(BOARD, world)
    bench.faults.set("enable_stuck")
    motor.off(BOARD.PUMP_ENABLE_N)
    assert not motor.is_off(BOARD.PUMP_ENABLE_N)


def test_the_driver_keeps_its_program_referenced(world):
    assert step_train_rp2.step_train in world.pio_programs[0] or not world.pio_programs[0]
    StepTrain(BOARD.STEP_TRAIN_MACHINE, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N)
    assert step_train_rp2.step_train in world.pio_programs[0]
