"""One conformance suite for every step train: finite in hardware, exact, and forwards only."""

import inspect
from itertools import pairwise

import esp32
import pytest

from drivers.boards import TRAINS, hardware
from thecal.drivers import four_phase_rp2, motor, step_train_esp32, step_train_rp2
from virtual_bench import world as worlds
from virtual_bench.bench import Bench

MAX_STEPS, MIN_PERIOD_US, MAX_PERIOD_US = 8, 100, 50_000
PERIODS = (100, 101, 2_000, 9_999, 10_000, 32_767, 49_999, 50_000)
# A slot's edge each step: what the guard lets the rotor turn beyond its train.
EXCESS = 4


class Desk:
    """A board's own hardware on the bench, and the history of its lines: (us, level)."""

    def __init__(self, board):
        self.board = board
        self.world = worlds.use(worlds.World())
        self.bench = Bench(board, self.world)
        self.enable = self.world.lines[board.PUMP_ENABLE_N]
        motor.off(board.PUMP_ENABLE_N)
        self.powered = []
        self.enable.listen(lambda level: self.powered.append((self.world.now_us(), level)))
        self.train = hardware(board, self.world).train
        self.world.run_for(5)
        self.moved = []
        phases = getattr(board, "PUMP_PHASES", None)
        self.motor_lines = [self.world.lines[number] for number in phases or (board.PUMP_STEP,)]
        for line in self.motor_lines:
            line.listen(lambda level: self.moved.append((self.world.now_us(), level)))

    def run(self, steps, period_us):
        self.world.run_for(self.train.start(steps, period_us))

    @property
    def position(self):
        return self.bench.stepper.position

    @property
    def step_times(self):
        """When a step was commanded: STEP rose, or another pattern of phases came."""
        if len(self.motor_lines) == 1:
            return [us for us, level in self.moved if level]
        # Each pattern switches one phase on (the first one two), the end switches off alone.
        return sorted({us for us, level in self.moved if level})


@pytest.fixture(params=TRAINS)
def desk(request):
    return Desk(TRAINS[request.param])


def test_every_train_has_the_same_limits_and_calls():
    modules = (step_train_rp2, four_phase_rp2, step_train_esp32)
    for module in (step_train_rp2, step_train_esp32):
        assert (module.MAX_STEPS, module.MIN_PERIOD_US, module.MAX_PERIOD_US) == (8, 100, 50_000)
    trains = (step_train_rp2.StepTrain, four_phase_rp2.FourPhaseTrain, step_train_esp32.StepTrain)
    for module, train in zip(modules, trains, strict=True):
        assert {name for name, _ in inspect.getmembers(train) if name[0] != "_"} == {
            *("arm", "start", "busy", "is_off", "abort")
        }, module


@pytest.mark.req("SR-33")
def test_nothing_has_power_or_moves_from_the_boot_to_the_first_train(desk):
    desk.world.run_for(10_000)
    assert desk.powered == []
    assert (desk.position, desk.train.busy(), desk.train.is_off()) == (0, False, True)
    assert desk.bench.stepper.power_ms() == 0


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("period_us", PERIODS)
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 8])
def test_a_train_is_exact_has_power_for_itself_alone_and_ends_with_its_coils_off(desk, steps, period_us):
    length_ms = desk.train.start(steps, period_us)
    assert desk.train.busy()
    desk.world.run_for(length_ms)
    assert not desk.train.busy()
    times = desk.step_times
    # Half periods are whole us, on PIO also the delay loop's two cycles.
    exact = {period_us - period_us % 2, period_us}
    assert len(times) == steps
    assert {later - earlier for earlier, later in pairwise(times)} <= exact
    (on_us, on), (off_us, off) = desk.powered
    assert (on, off) == (0, 1)
    assert on_us < times[0]
    # The last step has its whole time, and the power ends within the length that was told.
    assert times[-1] + period_us // 2 < off_us <= on_us + length_ms * 1000
    assert all(line.level == 0 for line in desk.motor_lines)
    assert desk.train.is_off()


@pytest.mark.req("SR-27")
def test_trains_of_every_length_turn_the_motor_forwards_step_by_step(desk):
    positions = []
    for steps in (1, 2, 4, 8, 3, 8, 8, 5, 1, 1):
        before = desk.position
        desk.run(steps, desk.board.STEP_PERIOD_US)
        assert not desk.train.busy()
        positions.append(desk.position - before)
    assert positions == [1, 2, 4, 8, 3, 8, 8, 5, 1, 1]
    assert desk.bench.stepper.lost == 0


@pytest.mark.parametrize("steps", [0, -1, -8, 9, 16, 1 << 30])
def test_other_numbers_of_steps_are_refused_and_nothing_moves(desk, steps):
    with pytest.raises(ValueError, match="steps"):
        desk.train.start(steps, 10_000)
    desk.world.run_for(2_000)
    assert (desk.moved, desk.powered) == ([], [])


@pytest.mark.parametrize("period_us", [-10_000, 0, 99, 50_001, 1 << 30])
def test_other_periods_are_refused_and_nothing_moves(desk, period_us):
    with pytest.raises(ValueError, match="period"):
        desk.train.start(1, period_us)
    desk.world.run_for(2_000)
    assert (desk.moved, desk.powered) == ([], [])


def test_a_second_train_is_refused_while_one_is_in_flight(desk):
    length_ms = desk.train.start(4, 10_000)
    desk.world.run_for(20)
    with pytest.raises(ValueError, match="in flight"):
        desk.train.start(1, 10_000)
    desk.world.run_for(length_ms)
    assert len(desk.step_times) == 4


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("after_ms", [0, 1, 9, 14, 33, 79])
def test_an_abort_cuts_the_power_at_once_and_the_next_train_is_whole(desk, after_ms):
    desk.train.start(8, 10_000)
    desk.world.run_for(after_ms)
    desk.train.abort()
    position, commanded = desk.position, len(desk.step_times)
    assert commanded <= after_ms // 10 + 1
    assert (desk.enable.level, desk.train.is_off(), desk.train.busy()) == (1, True, False)
    assert all(line.level == 0 for line in desk.motor_lines)
    desk.train.arm()
    desk.world.run_for(500)
    assert (desk.position, len(desk.step_times)) == (position, commanded)
    assert desk.enable.level == 1
    desk.run(3, 10_000)
    assert desk.position == position + 3


@pytest.mark.req("SR-33")
def test_an_abort_without_a_train_changes_nothing(desk):
    desk.run(2, 10_000)
    desk.train.busy()
    desk.train.abort()
    desk.train.arm()
    assert not desk.train.busy()
    length_ms = desk.train.start(2, 10_000)
    desk.world.run_for(length_ms // 2)
    assert desk.train.busy()
    desk.world.run_for(length_ms)
    assert (desk.position, desk.bench.stepper.lost) == (4, 0)


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("dead_after_ms", [0, 15, 40])
def test_a_processor_that_dies_in_mid_train_gives_no_step_beyond_it(desk, dead_after_ms):
    desk.train.start(4, 10_000)
    desk.world.mask_interrupts(True)
    desk.world.run_for(dead_after_ms)
    del desk.train
    desk.world.run_for(3_600_000)
    assert (desk.position, desk.enable.level) == (4, 1)
    assert all(line.level == 0 for line in desk.motor_lines)


@pytest.mark.req("SR-33")
def test_a_reset_in_mid_train_ends_it(desk):
    desk.train.start(8, 10_000)
    desk.world.run_for(22)
    with pytest.raises(worlds.PlannedReset):
        desk.world.restart(worlds.PlannedReset())
    position = desk.position
    desk.world.run_for(1_000)
    assert (desk.position, desk.enable.level) == (position, 1)


@pytest.mark.req("SR-21")
def test_a_rotor_that_turns_too_far_loses_its_power_and_nothing_starts_until_somebody_says_so(desk):
    if desk.board.MOTOR == "FOUR_PHASE":
        pytest.skip("no driver chip that could make steps by itself; the guard is that of STEP/DIR")
    desk.bench.faults.set("runaway_pulses", 499)
    desk.run(8, 10_000)
    assert not desk.train.busy()
    assert desk.train.tripped
    assert desk.position == 8 + EXCESS + 1
    desk.bench.faults.clear("runaway_pulses")
    desk.train.abort()
    desk.train.arm()
    with pytest.raises(ValueError):
        desk.train.start(1, 10_000)
    desk.train.tripped = False
    desk.run(3, 10_000)
    assert not desk.train.busy()
    assert (desk.train.tripped, desk.position) == (False, 8 + EXCESS + 1 + 3)


def test_a_rotor_that_is_turned_by_hand_between_trains_trips_nothing(desk):
    desk.run(1, 10_000)
    assert not desk.train.busy()
    rotor = desk.world.lines[desk.board.ROTOR]
    for turned in range(40):
        rotor.set_external(turned & 1)
    assert not desk.train.tripped
    desk.run(1, 10_000)
    assert not desk.train.busy()
    assert not desk.train.tripped


def test_the_enable_line_is_read_back_from_the_pin_itself(desk):
    desk.train.start(1, 10_000)
    assert not desk.train.is_off()
    desk.world.run_for(30)
    assert desk.train.is_off()
    desk.bench.faults.set("enable_stuck")
    assert not desk.train.is_off()


def test_starting_a_train_again_and_again_makes_nothing_new(desk):
    """What the next train needs is there already, so that a step allocates nothing."""
    desk.run(1, 10_000)
    desk.train.busy()
    before = {name: id(value) for name, value in vars(desk.train).items() if isinstance(value, tuple)}
    desk.run(1, 10_000)
    assert {name: id(value) for name, value in vars(desk.train).items() if isinstance(value, tuple)} == before


# What only one of them can do wrong.


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("name", ["ESP32", "ESP32-S3"])
def test_a_processor_that_stalls_between_power_and_pulses_starts_no_pulse(mocker, name):
    desk = Desk(TRAINS[name])
    write = esp32.RMT.write_pulses

    def slow(rmt, duration, data=True):
        write(rmt, duration, data)
        desk.world.spend(80)

    mocker.patch.object(esp32.RMT, "write_pulses", slow)
    with pytest.raises(OSError, match="110"):
        desk.train.start(8, 10_000)
    mocker.stopall()
    assert (desk.enable.level, desk.train.busy()) == (1, False)
    desk.world.run_for(1_000)
    assert (desk.position, desk.moved) == (0, [])
    desk.run(8, 10_000)
    assert desk.position == 8


@pytest.mark.req("SR-21")
@pytest.mark.parametrize("name", ["ESP32", "ESP32-S3"])
def test_after_a_flash_stall_the_counter_still_tells_that_the_rotor_has_turned_too_far(name):
    desk = Desk(TRAINS[name])
    desk.bench.faults.set("runaway_pulses", 499)
    length_ms = desk.train.start(8, 10_000)
    desk.world.spend(length_ms)
    # Not cut by hardware: it turned for the whole of its train, and no longer.
    at_end = desk.position
    assert at_end > 8 + EXCESS + 1
    assert not desk.train.busy()
    assert desk.train.tripped
    desk.world.run_for(1_000)
    assert desk.position == at_end


@pytest.mark.req("SR-21")
@pytest.mark.parametrize("name", ["ESP32", "ESP32-S3"])
def test_the_counter_interrupts_where_this_train_ends_whatever_trains_there_were_before(name):
    desk = Desk(TRAINS[name])
    for steps in (8, 1, 2, 5, 8, 3, 8):
        desk.run(steps, 10_000)
        assert not desk.train.busy()
    before = desk.position
    desk.bench.faults.set("runaway_pulses", 499)
    desk.run(8, 10_000)
    assert desk.train.tripped
    assert desk.position - before == 8 + EXCESS + 1


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("name", ["ESP32", "ESP32-S3"])
def test_a_new_channel_which_starts_low_never_reaches_the_enable_pin(name):
    desk = Desk(TRAINS[name])
    for _ in range(5):
        desk.train.abort()
        desk.train.arm()
    assert desk.powered == []
    desk.enable.hold(False)
    desk.run(1, 10_000)
    assert [level for _, level in desk.powered] == [0, 1]


def test_a_four_phase_motor_takes_up_where_an_abort_has_left_it():
    for after_ms in range(0, 90, 7):
        desk = Desk(TRAINS["RP2040, four phases"])
        desk.train.start(8, 10_000)
        desk.world.run_for(after_ms)
        desk.train.abort()
        desk.train.arm()
        desk.world.run_for(200)
        position = desk.position
        for _ in range(5):
            desk.run(1, 10_000)
            assert not desk.train.busy()
        assert (desk.position, desk.bench.stepper.lost) == (position + 5, 0)


def test_a_four_phase_motor_is_at_most_two_steps_off_after_a_reset():
    for steps in range(1, 9):
        desk = Desk(TRAINS["RP2040, four phases"])
        desk.run(steps, 10_000)
        with pytest.raises(worlds.PlannedReset):
            desk.world.restart(worlds.PlannedReset())
        position = desk.position
        desk.train = hardware(desk.board, desk.world).train
        for _ in range(8):
            desk.run(1, 10_000)
            assert desk.position >= position - 1
            desk.train.busy()
        assert 8 - 4 <= desk.position - position <= 8


def test_a_four_phase_motor_is_refused_on_an_esp32(world):
    board = TRAINS["ESP32"]
    four = type(board)("four")
    vars(four).update({name: value for name, value in vars(board).items() if name.isupper()}, MOTOR="FOUR_PHASE")
    vars(four).update(PUMP_PHASES=(16, 17, 18, 19))
    Bench(four, world)
    with pytest.raises(ValueError, match="four-phase motor needs an RP2040"):
        hardware(four, world)
