"""The clock chip: what it keeps, what it refuses, and that the pump takes its time over."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards import DS3231, board
from rig import MONDAY, Rig
from thecal.drivers.clock_ds3231 import Ds3231
from thecal.drivers.i2c_bus import Bus
from thecal.drivers.wall_clock import days_since_2020
from thecal.tables import states
from virtual_bench import ds3231_clock
from virtual_bench import world as worlds

EPOCH = datetime(2020, 1, 1)
LAST_S = int((datetime(2099, 12, 31, 23, 59, 57) - EPOCH).total_seconds())


def seconds(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds())


class Desk:
    def __init__(self):
        self.world = worlds.use(worlds.World())
        self.bus = self.world.i2c_bus(self.world.lines[20], self.world.lines[21])
        self.part = ds3231_clock.Ds3231Clock(self.world.wall)
        self.bus.attach(ds3231_clock.ADDRESS, self.part)
        self.chip = Ds3231(Bus(20, 21), days_since_2020)


@pytest.mark.req("SR-38")
@given(st.integers(0, LAST_S))
def test_any_time_from_2020_to_2099_is_kept(wanted):
    desk = Desk()
    desk.chip.set(wanted)
    assert desk.chip.read() == wanted
    assert desk.world.wall.datetime()[:3] == (EPOCH + timedelta(seconds=wanted)).timetuple()[:3]


@pytest.mark.req("SR-38")
def test_it_goes_on_over_midnight_leap_day_and_new_year():
    for date in ((2028, 2, 28), (2027, 2, 28), (2031, 12, 31)):
        moment = datetime(*date, 23, 59, 30)
        desk = Desk()
        desk.chip.set(seconds(moment))
        desk.world.run_for(90_000)
        assert desk.chip.read() == seconds(moment) + 90


def test_the_weekday_that_it_is_given_is_the_calendars():
    desk = Desk()
    for day in range(14):
        moment = MONDAY + timedelta(days=day)
        desk.chip.set(seconds(moment))
        assert desk.part._written[3] == moment.isoweekday()


@pytest.mark.req("SR-38")
def test_a_chip_that_has_stopped_has_no_time_until_somebody_sets_it():
    desk = Desk()
    assert desk.chip.read() == -1
    desk.chip.set(seconds(MONDAY))
    assert desk.chip.read() == seconds(MONDAY)
    desk.world.wall.unset()
    assert desk.chip.read() == -1
    desk.chip.set(seconds(MONDAY))
    assert desk.chip.read() == seconds(MONDAY)


@pytest.mark.parametrize("fault", ["set_failing", "set_stuck"])
def test_a_bus_that_fails_gives_no_time_and_takes_none(fault):
    desk = Desk()
    desk.chip.set(seconds(MONDAY))
    getattr(desk.bus, fault)(True)
    assert desk.chip.read() == -1
    with pytest.raises(OSError):
        desk.chip.set(seconds(MONDAY) + 1_000)
    getattr(desk.bus, fault)(False)
    assert desk.chip.read() == seconds(MONDAY)


class Registers:
    """A chip as registers alone, with its bus's calls. cut_at: bytes until a transfer breaks off, and all after it."""

    def __init__(self, seconds_, *, cut_at=None):
        keeper = Desk()
        keeper.chip.set(seconds_)
        self.data = bytearray(16)
        keeper.bus.begin(ds3231_clock.ADDRESS)
        keeper.chip._bus.freed().readfrom_mem_into(ds3231_clock.ADDRESS, 0, self.data)
        self.cut_at = cut_at
        self.forgets = False

    def freed(self):
        return self

    def _byte(self):
        if self.cut_at is not None:
            self.cut_at -= 1
            if self.cut_at < 0:
                raise OSError(19)

    def writeto_mem(self, address, register, data):
        for index, byte in enumerate(data):
            self._byte()
            if not self.forgets or register + index != 2:
                self.data[register + index] = byte

    def readfrom_mem(self, address, register, count):
        self._byte()
        return bytes(self.data[register : register + count])

    def readfrom_mem_into(self, address, register, buffer):
        self._byte()
        buffer[:] = self.data[register : register + len(buffer)]


OLD_S = seconds(datetime(2027, 12, 31, 22, 58, 59))


@pytest.mark.req("SR-38")
@pytest.mark.parametrize("cut_at", range(12))
def test_a_transfer_that_is_cut_off_leaves_the_old_time_or_none_or_the_new_one_but_no_mixture(cut_at):
    registers = Registers(OLD_S, cut_at=cut_at)
    with pytest.raises(OSError):
        Ds3231(registers, days_since_2020).set(seconds(MONDAY))
    registers.cut_at = None
    found = Ds3231(registers, days_since_2020).read()
    assert found == (OLD_S if cut_at == 0 else -1 if cut_at < 8 else seconds(MONDAY))


@pytest.mark.req("SR-38")
def test_a_chip_that_does_not_keep_what_it_was_told_has_no_time_after():
    registers = Registers(OLD_S)
    registers.forgets = True
    chip = Ds3231(registers, days_since_2020)
    with pytest.raises(OSError):
        chip.set(seconds(MONDAY))
    assert chip.read() == -1


@pytest.mark.req("SR-38")
@pytest.mark.parametrize(
    ("register", "byte"),
    [(0, 0x5A), (1, 0x0A), (2, 0x1B), (4, 0x1A), (5, 0x0A), (6, 0x2F), (4, 0x00), (4, 0x31), (5, 0x00), (5, 0x13)],
)
def test_registers_that_no_date_has_are_no_time(register, byte):
    # In a month of 30 days, at 22:58:59.
    registers = Registers(seconds(datetime(2027, 11, 30, 22, 58, 59)))
    chip = Ds3231(registers, days_since_2020)
    assert chip.read() == seconds(datetime(2027, 11, 30, 22, 58, 59))
    registers.data[register] = byte
    assert chip.read() == -1


@pytest.mark.req("SR-38")
def test_february_has_a_29th_in_leap_years_alone():
    registers = Registers(seconds(datetime(2028, 2, 29)))
    chip = Ds3231(registers, days_since_2020)
    assert chip.read() == seconds(datetime(2028, 2, 29))
    registers.data[6] = 0x27
    assert chip.read() == -1
    registers.data[4] = 0x31
    assert chip.read() == -1


@given(st.binary(min_size=7, max_size=7), st.integers(0, 255))
def test_registers_of_any_content_give_a_time_or_none(registers, status):
    desk = Desk()

    class Any:
        def freed(self):
            return self

        def readfrom_mem_into(self, address, register, buffer):
            buffer[:] = bytes([status]) if register else registers

    read = Ds3231(Any(), days_since_2020).read()
    assert -1 <= read <= LAST_S + 2
    if status & 0x80 or registers[2] & 0x40:
        assert read == -1
    assert desk.chip.read() == -1


@pytest.mark.req("SR-38")
def test_the_pump_knows_the_time_of_day_again_after_a_power_cut():
    rig = Rig(board=board(DS3231))
    rig.run_for(60_000)
    assert rig.app.clock.quality == states.WALL_CLOCK_CHIP
    with pytest.raises(worlds.PowerCut):
        rig.world.cut_power(7_200_000)
    assert rig.world.rtc.datetime()[0] == 2021  # the processor's own clock has lost it
    rig.power_on()
    assert rig.app.clock.quality == states.WALL_CLOCK_CHIP
    assert abs(rig.app.clock.wall() - seconds(MONDAY) - 7_260) <= 1
    assert rig.app.clock.seconds < 120


@pytest.mark.req("SR-38")
@pytest.mark.parametrize("fault", ["clock_lost", "bus_error", "bus_stuck"])
def test_a_chip_without_a_valid_time_leaves_the_time_of_day_unknown_and_delivery_goes_on(fault):
    rig = Rig(board=board(DS3231))
    rig.run_for(3_600_000)
    rig.bench.faults.set(fault)
    rig.power_on()
    assert rig.app.clock.quality == states.WALL_UNKNOWN
    given_before = sum(rig.app.ledger.commanded)
    rig.run_for(3_600_000)
    assert sum(rig.app.ledger.commanded) - given_before == 40


@pytest.mark.req("SR-38")
def test_a_time_that_is_set_outlasts_the_power_or_nothing_is_set():
    rig = Rig(board=board(DS3231), wall=None)
    assert rig.app.clock.quality == states.WALL_UNKNOWN
    rig.bench.faults.set("bus_error")
    with pytest.raises(OSError):
        rig.app.pump.set_clock(seconds(MONDAY))
    assert rig.app.clock.quality == states.WALL_UNKNOWN
    rig.bench.faults.clear("bus_error")
    rig.app.pump.set_clock(seconds(MONDAY))
    assert rig.app.clock.quality == states.WALL_SET
    with pytest.raises(worlds.PowerCut):
        rig.world.cut_power(60_000)
    rig.power_on()
    assert rig.app.clock.quality == states.WALL_CLOCK_CHIP
    assert abs(rig.app.clock.wall() - seconds(MONDAY) - 60) <= 1
