"""The step train on PIO: what it takes, what it hands the state machines, and its guard; the rest, test_step_trains."""

import pytest
import rp2
from hypothesis import given
from hypothesis import strategies as st

from rig import BOARD
from thecal.drivers import motor, step_train_rp2
from thecal.drivers.rotor_edges import edges_allowed
from thecal.drivers.step_train_rp2 import MAX_PERIOD_US, MAX_STEPS, MIN_PERIOD_US, StepTrain
from thecal.records.mark import BLOCK
from virtual_bench import world as worlds
from virtual_bench.bench import Bench

PERIOD_US = BOARD.STEP_PERIOD_US
MACHINES = (BOARD.STEP_TRAIN_MACHINE, BOARD.MOTOR_GUARD_MACHINE)
EDGES = edges_allowed(BOARD)
EXCESS = 4  # 1 uL of this mechanism


class Desk:
    """A step train on the bench's motor."""

    def __init__(self):
        self.world = worlds.use(worlds.World())
        self.bench = Bench(BOARD, self.world)
        motor.off(BOARD.PUMP_ENABLE_N)
        motor.forwards(BOARD.PUMP_DIR)
        self.train = StepTrain(MACHINES, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N, BOARD.ROTOR, EDGES)

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


def test_train_and_guard_are_handed_two_words_each_the_guards_last(mocker, world):
    put = mocker.spy(rp2.StateMachine, "put")
    StepTrain(MACHINES, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N, BOARD.ROTOR, EDGES).start(5, PERIOD_US)
    assert [call.args[1] for call in put.call_args_list] == [4, (PERIOD_US - 8) // 2, 9, 11 * PERIOD_US // 4]


def test_nothing_of_a_second_train_is_handed_over_while_one_is_in_flight(mocker):
    desk = Desk()
    desk.train.start(4, PERIOD_US)
    put = mocker.spy(rp2.StateMachine, "put")
    with pytest.raises(ValueError, match="in flight"):
        desk.train.start(1, PERIOD_US)
    put.assert_not_called()


def test_the_motor_is_off_from_the_first_line_of_a_boot_on(world):
    bench = Bench(BOARD, world)
    levels = []
    world.lines[BOARD.PUMP_ENABLE_N].listen(levels.append)
    motor.off(BOARD.PUMP_ENABLE_N)
    assert motor.is_off(BOARD.PUMP_ENABLE_N)
    StepTrain(MACHINES, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N, BOARD.ROTOR, EDGES)
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
    StepTrain(MACHINES, BOARD.PUMP_STEP, BOARD.PUMP_ENABLE_N, BOARD.ROTOR, EDGES)
    assert step_train_rp2.step_train in world.pio_programs[0]


@pytest.mark.req("SR-21")
@pytest.mark.parametrize("steps", [1, 8])
@pytest.mark.parametrize("per_s", [100, 250, 400, 499])
def test_a_driver_that_steps_by_itself_adds_five_steps_to_a_train_at_most(steps, per_s):
    desk = Desk()
    desk.bench.faults.set("runaway_pulses", per_s)
    for _ in range(20):
        before = desk.bench.stepper.position
        desk.world.run_for(desk.train.start(steps, PERIOD_US))
        assert not desk.train.busy()
        assert desk.is_off
        assert desk.bench.stepper.position - before <= steps + EXCESS + 1
        if desk.train.tripped:
            break
    assert desk.train.tripped == (steps == 8 or per_s >= 400)
    beyond = desk.bench.stepper.position
    desk.world.run_for(60_000)
    assert desk.bench.stepper.position == beyond


def test_a_train_cut_short_while_the_guard_had_just_tripped_is_known_to_have_tripped():
    desk = Desk()
    desk.bench.faults.set("runaway_pulses", 499)
    desk.train.start(8, PERIOD_US)
    while not desk.is_off:
        desk.world.run_for(1)
    desk.train.abort()
    assert desk.train.tripped
