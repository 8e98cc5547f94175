"""A part that was cut off in mid-transfer is clocked out with the next look, whoever looks, and not more often."""

import pytest

from drivers.boards import AS5600, BUS, DS3231, MPR, SSD1306, board
from rig import Rig
from thecal.drivers.hardware_rp2 import Hardware
from thecal.drivers.i2c_bus import Bus
from virtual_bench import world as worlds
from virtual_bench.bench import Bench
from virtual_bench.i2c_bus import I2cBus

EVERY_PART = board(AS5600, MPR, DS3231, SSD1306)


def bus_of(bench: Bench) -> I2cBus:
    """The bus with the board's parts."""
    bus = bench.parts.bus
    assert bus is not None
    return bus


class Desk:
    """Every part of the bus on one board. clocks: pulses that the firmware has given outside of transfers."""

    def __init__(self):
        self.world = worlds.use(worlds.World())
        self.bench = Bench(EVERY_PART, self.world)
        self.bus = bus_of(self.bench)
        self.world.wall.set(0x2F000000)
        self.hardware = Hardware(EVERY_PART, lambda: None)
        self.clocks = 0
        self.world.lines[BUS["I2C_SCL"]].listen(self._on_clock)

    def _on_clock(self, level):
        self.clocks += level


LOOKS = {
    "rotation": lambda parts: parts.rotation.is_sound(),
    "level": lambda parts: parts.level.read() >= 0,
    "clock": lambda parts: parts.read_clock() >= 0,
    "setting the clock": lambda parts: parts.set_clock(86_400) is None,
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("clocks", [1, 5, 9])
def test_the_next_look_frees_the_bus_and_sees(look, clocks):
    desk = Desk()
    desk.bus.cut_off(clocks)
    assert desk.bus.is_stuck()
    assert look(desk.hardware)
    assert not desk.bus.is_stuck()
    assert desk.clocks == clocks


def test_the_display_frees_the_bus_too():
    desk = Desk()
    desk.bus.cut_off(4)
    display, part = desk.hardware.display, desk.bench.parts.screen
    assert display is not None and part is not None
    assert display.show(0, "here")
    assert (part.text() or [])[0] == "here"


def test_a_bus_that_is_free_is_given_no_clocks():
    desk = Desk()
    for look in LOOKS.values():
        assert look(desk.hardware)
    assert desk.clocks == 0


def test_a_line_that_nothing_frees_costs_nine_clocks_a_look_and_gives_nothing():
    desk = Desk()
    desk.bus.set_stuck(True)
    for looked in range(1, 4):
        assert desk.hardware.level.read() == -1
        assert desk.clocks == 9 * looked
    desk.bus.set_stuck(False)
    assert desk.hardware.level.read() >= 0
    assert desk.clocks == 27


def test_the_lines_are_driven_low_alone(world):
    bus = Bus(20, 21)
    for number in (20, 21):
        line = world.lines[number]
        assert (line.is_open_drain, line.output, line.level) == (True, False, 1)
    world.lines[20].force(0)
    levels = []
    world.lines[21].listen(lambda level: levels.append((level, world.lines[21].output)))
    bus.freed()
    assert levels == [(0, True), (1, False)] * 9


@pytest.mark.req("SR-19")
def test_a_witness_whose_transfer_was_cut_off_is_no_stall():
    rig = Rig(board=board(AS5600))
    rig.run_for(3_600_000)
    bus_of(rig.bench).cut_off(9)
    rig.run_for(3 * 3_600_000)
    assert rig.events("alarm_raised") == []
