"""Every rotation witness alike: its counts follow the rotor, and nothing else moves them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards import AS5600, board
from rig import Rig
from thecal.drivers.hardware_rp2 import Hardware
from thecal.drivers.i2c_bus import Bus
from thecal.drivers.rotation_as5600 import As5600
from virtual_bench import as5600_encoder
from virtual_bench import world as worlds
from virtual_bench.bench import Bench
from virtual_bench.randomness import Random

KINDS = {"SLOTS": (), "AS5600": (AS5600,)}
MODULUS = 1 << 30


class Desk:
    """A witness on the bench's rotor, which the firmware's own train turns."""

    def __init__(self, kind: str, seed: int = 0):
        self.board = board(*KINDS[kind])
        self.world = worlds.use(worlds.World())
        self.bench = Bench(self.board, self.world, seed)
        hardware = Hardware(self.board, lambda: None)
        self.train, self.rotation = hardware.train, hardware.rotation

    def turn(self, steps: int) -> int:
        """Turn by so many steps and return the counts, looking after each step as the firmware does."""
        before = self.rotation.count()
        for _ in range(steps):
            self.world.run_for(self.train.start(1, self.board.STEP_PERIOD_US) + 200)
            self.train.busy()
            self.rotation.count()
        return (self.rotation.count() - before) % MODULUS


@pytest.fixture(params=KINDS)
def desk(request):
    return Desk(request.param)


@pytest.mark.req("SR-19")
def test_counts_begin_at_nothing_and_follow_the_rotor_over_whole_turns(desk):
    assert desk.rotation.count() == 0
    per_turn = desk.board.ROTOR_COUNTS_PER_REVOLUTION
    assert per_turn >= 40
    for turns in (1, 2):
        assert abs(desk.turn(200 * turns) - per_turn * turns) <= 1


@pytest.mark.req("SR-19")
def test_a_rotor_that_does_not_turn_gives_no_counts(desk):
    desk.turn(10)
    desk.bench.faults.set("stall")
    assert desk.turn(40) == 0


def test_a_rotor_at_rest_gives_no_counts(desk):
    desk.turn(7)
    before = desk.rotation.count()
    for _ in range(500):
        desk.world.run_for(60_000)
        assert desk.rotation.count() == before


@pytest.mark.req("SR-19")
def test_a_witness_that_is_stuck_gives_no_counts(desk):
    desk.turn(10)
    desk.bench.faults.set("rotor_stuck")
    assert desk.turn(40) == 0


def test_no_step_gives_more_counts_than_the_rotation_check_takes_for_one(desk):
    most = -(-desk.board.ROTOR_COUNTS_PER_REVOLUTION // desk.board.STEPS_PER_REVOLUTION)
    for _ in range(450):
        assert desk.turn(1) <= most


class Magnet:
    """An AS5600 whose angle the test chooses, and its driver."""

    def __init__(self, counts, first=0):
        world = worlds.use(worlds.World())
        self.angle = 0
        bus = world.i2c_bus(world.lines[20], world.lines[21])
        self.chip = as5600_encoder.As5600Encoder(lambda: self.angle, as5600_encoder.COUNTS, Random(1, 6))
        self.chip.first_angle = first
        self.bus = bus
        bus.attach(as5600_encoder.ADDRESS, self.chip)
        self.rotation = As5600(Bus(20, 21), counts)

    def move(self, angles):
        self.angle += angles
        return self.rotation.count()


@given(st.integers(40, 200), st.integers(0, 4095), st.lists(st.integers(20, 2_000), max_size=60))
def test_any_turn_forwards_shorter_than_half_a_revolution_is_counted(counts, first, moves):
    magnet = Magnet(counts, first)
    for angles in moves:
        magnet.move(angles)
        # The noise of the first and of the last look.
        assert abs(magnet.rotation.count() - magnet.angle * counts / 4096) <= 1 + 8 * counts / 4096


@given(st.lists(st.sampled_from([-5, 0, 5]), min_size=1, max_size=200))
def test_a_magnet_that_trembles_about_its_place_counts_nothing(places):
    magnet = Magnet(50)
    magnet.chip._random = Random(0, 0)
    magnet.chip._random.bell = lambda: 0
    for place in places:
        magnet.angle = place
        assert magnet.rotation.count() == 0


@pytest.mark.req("SR-21")
def test_a_rotor_that_creeps_is_counted_however_small_its_moves_are():
    magnet = Magnet(50)
    for _ in range(4096):
        magnet.move(1)
    assert magnet.rotation.count() in (49, 50)


def test_counts_start_anew_after_two_to_the_thirtieth_power():
    magnet = Magnet(50)
    magnet.rotation._count = MODULUS - 2
    for _ in range(100):
        magnet.move(82)
    assert 90 <= magnet.rotation.count() <= 98


def test_a_turn_back_counts_off_and_springing_forth_and_back_counts_nothing():
    magnet = Magnet(50)
    for angles in (900, 900, -900, -900, -900):
        magnet.move(angles)
    assert (magnet.rotation.count() + 11) % MODULUS in (0, 1)
    before = magnet.rotation.count()
    for _ in range(50):
        magnet.move(150)
        magnet.move(-150)
    assert (magnet.rotation.count() - before + 1) % MODULUS <= 2


@pytest.mark.req("SR-35")
@pytest.mark.parametrize(("trouble", "counts"), [("is_weak", True), ("is_lost", False)])
def test_as5600_tells_a_magnet_that_is_not_where_it_must_be(trouble, counts):
    magnet = Magnet(50)
    assert magnet.rotation.is_sound()
    setattr(magnet.chip, trouble, True)
    assert not magnet.rotation.is_sound()
    for _ in range(20):
        magnet.move(100)
    assert (magnet.rotation.count() > 20) is counts


@pytest.mark.parametrize("fault", ["set_failing", "set_stuck"])
def test_as5600_keeps_its_count_while_the_bus_fails(fault):
    magnet = Magnet(50)
    before = magnet.move(1_000)
    getattr(magnet.bus, fault)(True)
    assert not magnet.rotation.is_sound()
    assert magnet.move(500) == before
    getattr(magnet.bus, fault)(False)
    assert magnet.move(500) == before + 12
    assert magnet.rotation.is_sound()


def test_as5600_that_does_not_answer_at_the_start_counts_from_its_first_answer():
    magnet = Magnet(50)
    magnet.bus.set_failing(True)
    magnet.rotation = As5600(Bus(20, 21), 50)
    magnet.move(1_500)
    magnet.bus.set_failing(False)
    assert magnet.rotation.count() == 0
    assert magnet.move(820) == 10


@pytest.mark.req("SR-19", "SR-41")
@pytest.mark.parametrize("seed", range(6))
def test_as5600_witnesses_a_day_without_a_false_alarm_whatever_its_tolerance(seed):
    rig = Rig(board=board(AS5600), seed=seed)
    rig.run_for(24 * 3_600_000)
    assert rig.events("alarm_raised") == []
    commanded, confirmed = sum(rig.app.ledger.commanded), sum(rig.app.ledger.confirmed)
    assert commanded == 960
    assert 0 <= commanded - confirmed <= 8


@pytest.mark.req("SR-19")
@pytest.mark.parametrize("fault", ["stall", "rotor_stuck", "bus_error", "bus_stuck"])
def test_as5600_without_motion_or_without_an_answer_is_a_stall_within_5_ul(fault):
    rig = Rig(board=board(AS5600))
    rig.run_for(3_600_000)
    given = sum(rig.app.ledger.commanded)
    rig.bench.faults.set(fault)
    rig.run_for(3_600_000)
    assert [fields["alarm"] for fields in rig.events("alarm_raised")] == ["motor_stall"]
    stall = rig.events("alarm_raised")[0]
    assert stall["priority"] == "high"
    # 20 steps are 5 uL; up to a count's four steps were on their way to the next count. Tries follow.
    first = next(record for record in rig.journal() if record["event"] == "alarm_raised")
    assert (first["pump_time_ms"] - 3_600_000) / 90_000 <= 20
    assert sum(rig.app.ledger.commanded) - given <= 20 + 3 * 4


@pytest.mark.req("SR-21")
@pytest.mark.parametrize("way", [1, -1])
def test_as5600_finds_a_rotor_that_turns_by_itself_either_way(way):
    rig = Rig(board=board(AS5600))
    rig.run_for(3_600_000)
    rig.app.pump.stop()
    for _ in range(12):
        rig.bench.stepper.position += way
        rig.run_for(60_000)
    assert "runaway" in [fields["alarm"] for fields in rig.events("alarm_raised")]


@pytest.mark.req("SR-35")
@pytest.mark.parametrize("fault", ["magnet_weak", "bus_error"])
def test_the_self_test_finds_an_encoder_that_cannot_see(fault):
    rig = Rig(board=board(AS5600))
    rig.bench.faults.set(fault)
    rig.power_on()
    assert rig.events("self_test")[-1]["failures"] == ["rotation sensor"]
    rig.run_for(3_600_000)
    assert sum(rig.app.ledger.commanded) == 0
