"""The bus and the parts on it behave as their data sheets say, where the firmware's drivers do not look."""

import machine
import pytest

from drivers.boards import AS5600, DS3231, HX711, MPR, SSD1306, board
from virtual_bench import as5600_encoder, ds3231_clock, mpr_pressure, ssd1306_screen
from virtual_bench import world as worlds
from virtual_bench.bench import Bench
from virtual_bench.hx711 import Hx711

ADDRESSES = [mpr_pressure.ADDRESS, as5600_encoder.ADDRESS, ssd1306_screen.ADDRESS, ds3231_clock.ADDRESS]


@pytest.fixture
def world():
    return worlds.use(worlds.World())


@pytest.fixture
def bench(world):
    return Bench(board(MPR, AS5600, DS3231, SSD1306), world)


@pytest.mark.parametrize("make", [lambda: machine.SoftI2C(21, 20), lambda: machine.I2C(0, scl=21, sda=20)])
def test_a_scan_finds_what_the_board_names(bench, make):
    assert make().scan() == ADDRESSES


def test_a_board_without_parts_has_none_of_them(world):
    parts = Bench(board(), world).parts
    assert [parts.bus, parts.level, parts.encoder, parts.clock, parts.screen] == [None] * 5
    assert machine.SoftI2C(21, 20).scan() == []


@pytest.mark.parametrize(
    ("make", "number"), [(lambda: machine.SoftI2C(21, 20), 19), (lambda: machine.I2C(0, scl=21, sda=20), 5)]
)
def test_nobody_at_an_address_is_an_error_with_the_ports_number(bench, make, number):
    for call in (lambda bus: bus.readfrom(0x22, 1), lambda bus: bus.writeto_mem(0x22, 0, b"1")):
        with pytest.raises(OSError) as error:
            call(make())
        assert error.value.args[0] == number


@pytest.mark.parametrize("wrong", [{"scl": 20, "sda": 21}, {"scl": 23, "sda": 20}])
def test_a_controller_refuses_pins_that_are_not_its_own(world, wrong):
    with pytest.raises(ValueError, match="bad S"):
        machine.I2C(0, **wrong)


def test_a_data_line_that_is_held_low_reads_as_zeros_and_acknowledges(bench):
    bus = machine.SoftI2C(21, 20)
    bench.faults.set("bus_stuck")
    assert bus.readfrom(mpr_pressure.ADDRESS, 3) == b"\x00\x00\x00"
    assert bus.writeto(0x22, b"12") == 2
    with pytest.raises(OSError):
        machine.I2C(0, scl=21, sda=20).readfrom(mpr_pressure.ADDRESS, 1)
    bench.faults.clear("bus_stuck")
    assert bus.scan() == ADDRESSES


def test_a_measurement_needs_its_whole_command(bench):
    bus = machine.SoftI2C(21, 20)
    bus.writeto(mpr_pressure.ADDRESS, b"\xaa\x00\x01")
    assert bus.readfrom(mpr_pressure.ADDRESS, 4)[1:3] == b"\x00\x00"
    bus.writeto(mpr_pressure.ADDRESS, b"\xaa\x00\x00")
    status = [bus.readfrom(mpr_pressure.ADDRESS, 1)[0] for _ in range(5)]
    assert status == [0x60] * mpr_pressure.BUSY_LOOKS + [0x40] * (5 - mpr_pressure.BUSY_LOOKS)


def test_the_clock_keeps_its_flag_until_somebody_clears_it(bench):
    bus = machine.SoftI2C(21, 20)
    assert bus.readfrom_mem(ds3231_clock.ADDRESS, 0x0F, 1) == b"\x80"
    bus.writeto_mem(ds3231_clock.ADDRESS, 0, b"\x30\x59\x23\x01\x28\x02\x28")
    assert bus.readfrom_mem(ds3231_clock.ADDRESS, 0x0F, 1) == b"\x80"
    bus.writeto_mem(ds3231_clock.ADDRESS, 0x0F, b"\x00")
    assert bus.readfrom_mem(ds3231_clock.ADDRESS, 0x0F, 1) == b"\x00"
    bench.world.run_for(31_000)
    assert bus.readfrom_mem(ds3231_clock.ADDRESS, 0, 7)[:6] == b"\x01\x00\x00\x02\x29\x02"


def test_a_display_without_its_voltage_pump_stays_dark(bench):
    bus = machine.SoftI2C(21, 20)
    bus.writeto(ssd1306_screen.ADDRESS, b"\x00\xaf")
    assert not bench.parts.screen.is_on
    bus.writeto(ssd1306_screen.ADDRESS, b"\x00\x8d\x14\xaf")
    assert bench.parts.screen.is_on


def test_26_pulses_choose_another_gain(world):
    bench = Bench(board(HX711), world)
    world.run_for(500)
    clock = machine.Pin(9, machine.Pin.OUT, value=0)
    for _ in range(26):
        clock.value(1)
        clock.value(0)
    assert isinstance(bench.parts.level, Hx711)
    assert bench.parts.level.pulses == 26
