"""One conformance suite for the rotation witnesses that count edges: slots and quadrature, on both chips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards import GEARED, QUADRATURE, board, hardware
from thecal.drivers.rotor_edges import edges_allowed
from thecal_tools.scenario_file import board_module
from virtual_bench import world as worlds
from virtual_bench.bench import Bench

MODULO = 1 << 30


def esp32(**changes):
    own = board_module("ESP32_GENERIC")
    other = type(own)("other")
    vars(other).update({name: value for name, value in vars(own).items() if name.isupper()} | changes)
    return other


SLOTS = {"RP2040": board(), "ESP32": esp32()}
ENCODERS = {"RP2040": board(QUADRATURE), "ESP32": esp32(ROTATION="QUADRATURE", ROTOR_B=32)}


class Desk:
    """A rotor that is turned by hand: position in counts, forwards positive. rotor: its sensor's first line."""

    def __init__(self, board, start=0):
        self.world = worlds.use(worlds.World())
        self.stepper = Bench(board, self.world).stepper
        self.rotor = self.world.lines[board.ROTOR]
        self.turn(start)
        self.rotation = hardware(board, self.world).rotation

    def turn(self, steps):
        for _ in range(abs(steps)):
            self.stepper.position += 1 if steps > 0 else -1
            self.stepper._show(self.stepper.position)


@pytest.mark.req("SR-19")
@pytest.mark.parametrize("start", [0, 1, 2, 3])
@pytest.mark.parametrize("name", SLOTS)
def test_every_edge_of_a_slot_counts_whichever_way_it_turns(name, start):
    desk = Desk(SLOTS[name], start)
    assert desk.rotation.count() == 0
    for turned in range(1, 12):
        desk.turn(1)
        assert desk.rotation.count() == turned
    desk.turn(-5)
    assert desk.rotation.count() == 16


@pytest.mark.req("SR-19")
@pytest.mark.parametrize("name", ENCODERS)
@given(start=st.integers(-9, 9), moves=st.lists(st.integers(-40, 40), max_size=8))
def test_an_encoder_counts_forth_and_back(name, start, moves):
    desk = Desk(ENCODERS[name], start)
    assert desk.rotation.count() == 0
    total = 0
    for move in moves:
        desk.turn(move)
        total += move
        assert desk.rotation.count() == total % MODULO


@pytest.mark.parametrize("name", ENCODERS)
def test_a_channel_that_chatters_counts_nothing(name):
    desk = Desk(ENCODERS[name])
    for rotor_level in (1, 0) * 20:
        desk.rotor.set_external(rotor_level)
    assert desk.rotation.count() == 0
    desk.turn(3)
    assert desk.rotation.count() == 3


@pytest.mark.parametrize("boards", [SLOTS, ENCODERS])
def test_the_count_goes_on_over_the_end_of_a_counter(boards):
    for board_ in boards.values():
        desk = Desk(board_)
        total = 0
        for move in (15_000, 15_000, 15_000, 15_000, 15_000):
            desk.turn(move)
            total += move
            assert desk.rotation.count() == total
        if boards is ENCODERS:
            for _ in range(12):
                desk.turn(-15_000)
                total -= 15_000
                assert desk.rotation.count() == total % MODULO


@pytest.mark.req("SR-21")
def test_what_a_train_may_turn_is_its_own_steps_and_one_microlitre():
    assert list(edges_allowed(board())) == [4, 5, 6, 7, 8, 9, 10, 11, 12]
    # 28BYJ-48 on a head of 512 uL with 250 slots: a step is a quarter of an edge, and so is 1 uL.
    geared = board(GEARED, {"ROTOR_COUNTS_PER_REVOLUTION": 500})
    assert list(edges_allowed(geared)) == [1, *[2] * 4, *[3] * 4]
    # The coarsest witness that SR-19 allows.
    assert list(edges_allowed(board({"ROTOR_COUNTS_PER_REVOLUTION": 40}))) == [1, *[2] * 5, 3, 3, 3]
    # No sensor: the fall of ENABLE itself, which the guard then looks at.
    assert list(edges_allowed(board({"ROTATION": "AS5600"}))) == [1] * 9
    with pytest.raises(ValueError):
        edges_allowed(board({"ROTOR_COUNTS_PER_REVOLUTION": 10_000}))
