"""Every level sensor alike: what it reads over the reservoir, and that it says so when it has no valid reading."""

import machine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards import HX711, MPR, board
from rig import Rig
from thecal.drivers.analog import AnalogIn
from thecal.drivers.hardware_parts import Parts
from thecal.drivers.level_hx711 import Hx711
from virtual_bench import hx711, mpr_pressure
from virtual_bench import world as worlds
from virtual_bench.bench import Bench
from virtual_bench.reservoir import PL_PER_UL

KINDS = {"ANALOGUE": (), "HX711": (HX711,), "MPR": (MPR,)}
# Of each digital kind: the faults that leave it without a reading.
FAULTS = [
    ("HX711", "level_silent"),
    ("MPR", "level_silent"),
    ("MPR", "bus_error"),
    ("MPR", "bus_stuck"),
]
SETTLED_MS = 500
SATURATED = (-(1 << 23), (1 << 23) - 1)
LOWEST, HIGHEST = 6_554, 58_982


class Desk:
    """A level sensor's driver and its part on the bench."""

    def __init__(self, kind: str):
        self.board = board(*KINDS[kind])
        self.world = worlds.use(worlds.World())
        self.bench = Bench(self.board, self.world)
        self.sensor = Parts(self.board, AnalogIn, lambda: None).level
        self.world.run_for(SETTLED_MS)

    def read(self) -> int:
        """One look, as the monitor takes it."""
        self.world.run_for(60_000)
        return self.sensor.read()


@pytest.fixture(params=KINDS)
def desk(request):
    return Desk(request.param)


@pytest.mark.req("PR-10")
@pytest.mark.parametrize("filled_ul", [0, 400, 5_000, 13_333, 20_000])
def test_it_reads_from_empty_to_full_on_a_straight_line(desk, filled_ul):
    desk.bench.reservoir.aspirate()
    desk.bench.reservoir.fill(filled_ul * PL_PER_UL)
    expected = LOWEST + (HIGHEST - LOWEST) * filled_ul / 20_000
    # Noise of 40 uL, three times that at most, averaged over eight; and 12 bits.
    for _ in range(10):
        assert abs(desk.read() - expected) <= 120 * (HIGHEST - LOWEST) / 20_000 / 2


def test_a_living_sensor_gives_no_row_of_equal_readings(desk):
    assert len({desk.read() for _ in range(30)}) > 3


def test_it_reads_within_16_bits_at_both_ends(desk):
    for spike in (-70_000, 70_000):
        desk.bench.faults.set("level_spike", spike)
        assert all(-1 <= desk.read() <= 65_535 for _ in range(8))


@pytest.mark.req("SR-26")
@pytest.mark.parametrize(("kind", "fault"), FAULTS)
def test_without_a_valid_reading_it_says_so_and_reads_again_afterwards(kind, fault):
    desk = Desk(kind)
    assert desk.read() > 0
    desk.bench.faults.set(fault)
    assert [desk.read() for _ in range(3)] == [-1, -1, -1]
    desk.bench.faults.clear(fault)
    desk.world.run_for(SETTLED_MS)
    assert desk.read() > 0


@pytest.mark.req("SR-26")
@pytest.mark.parametrize("trouble", ["has_bad_memory", "is_saturated"])
def test_mpr_that_doubts_itself_has_no_valid_reading(trouble):
    desk = Desk("MPR")
    setattr(desk.bench.parts.level, trouble, True)
    assert desk.read() == -1


def test_mpr_that_stays_busy_is_given_up_after_some_looks(mocker):
    desk = Desk("MPR")
    desk.bench.faults.set("level_silent")
    looks = mocker.spy(mpr_pressure.MprPressure, "fill")
    assert desk.read() == -1
    assert looks.call_count <= 151


def test_hx711_that_is_never_ready_is_given_up_after_some_looks(mocker):
    desk = Desk("HX711")
    desk.bench.faults.set("level_silent")
    looks = mocker.spy(machine.Pin, "value")
    assert desk.read() == -1
    assert looks.call_count <= 201


class Cell:
    """An HX711 whose result the test chooses."""

    def __init__(self, zero_raw=0, full_raw=1 << 20):
        self.world = worlds.use(worlds.World())
        self.raw = 0
        lines = self.world.lines
        self.data, self.clock = lines[8], lines[9]
        self.chip = hx711.Hx711(self.world, self.data, self.clock, lambda: self.raw)
        self.sensor = Hx711(8, 9, zero_raw, full_raw)
        self.world.run_for(SETTLED_MS)


@given(
    st.integers(-(1 << 23), (1 << 23) - 1),
    st.integers(-(1 << 22), 1 << 22),
    st.integers(10_000, 1 << 22),
)
def test_hx711_scales_every_result_or_refuses_it(raw, zero, span):
    cell = Cell(zero, zero + span)
    cell.raw = raw
    read = cell.sensor.read()
    # It looks at 14 bits of the span, so that the last of them may fall to either side.
    last = span // 8_192
    if raw in SATURATED or not zero <= raw <= zero + span + last:
        assert read == -1
    elif raw <= zero + span - last:
        assert abs(read - (raw - zero) * 65_535 / span) <= 65_535 / 8_192 + 1


@pytest.mark.req("SR-26")
@pytest.mark.parametrize(("raw", "is_valid"), [(-(1 << 23), False), (-(1 << 23) + 1, True), ((1 << 23) - 1, False)])
def test_hx711_at_an_end_of_its_own_scale_has_no_valid_reading(raw, is_valid):
    cell = Cell(-(1 << 23), (1 << 23) - 1)
    cell.raw = raw
    assert (cell.sensor.read() >= 0) is is_valid


def test_hx711_gets_25_pulses_and_no_interrupt_comes_between_the_edges_of_one():
    cell = Cell()
    masked = []
    cell.clock.listen(lambda level: masked.append(cell.world.mask_interrupts(True)) if level else None)
    pulses = []
    cell.clock.listen(pulses.append)
    assert cell.sensor.read() == 0
    assert pulses == [1, 0] * 25
    assert masked == [True] * 25
    assert cell.world.mask_interrupts(False) is False
    assert cell.chip.pulses == 25


def test_hx711_tells_a_result_once_and_the_next_is_a_new_one():
    cell = Cell(full_raw=1 << 20)
    cell.raw = 1 << 19
    assert cell.sensor.read() == 32_767
    assert cell.sensor.read() == -1
    cell.world.run_for(hx711.PERIOD_MS)
    cell.raw = 1 << 18
    assert cell.sensor.read() == 16_383


@pytest.mark.req("SR-26")
@pytest.mark.parametrize("level", [0, 1])
def test_hx711_with_a_shorted_data_line_has_no_valid_reading(level):
    cell = Cell()
    cell.data.force(level)
    assert cell.sensor.read() == -1


def test_hx711_that_a_long_pulse_has_powered_down_reads_again_once_it_has_settled():
    cell = Cell()
    clock = machine.Pin(9, machine.Pin.OUT, value=1)
    cell.world.run_for(1)
    clock.value(0)
    assert cell.chip.resets == 1
    assert cell.sensor.read() == -1
    cell.world.run_for(hx711.SETTLES_MS)
    assert cell.sensor.read() == 0


@pytest.mark.req("SR-26")
@pytest.mark.parametrize(("kind", "fault"), FAULTS)
def test_the_pump_says_that_the_sensor_is_not_believed_and_goes_on_by_the_count(kind, fault):
    rig = Rig(board=board(*KINDS[kind]))
    rig.run_for(3_600_000)
    rig.bench.faults.set(fault)
    rig.run_for(4 * 60_000)
    assert [fields["alarm"] for fields in rig.events("alarm_raised")] == ["level_invalid"]
    given = sum(rig.app.ledger.commanded)
    rig.run_for(3_600_000)
    assert sum(rig.app.ledger.commanded) - given == 40
    status = rig.app.pump.status()
    assert (status["holds"], status["reservoir_measured_nl"]) == (0, -10_000)
    assert abs(status["reservoir_counted_nl"] - (20_000_000 - 250 * sum(rig.app.ledger.commanded))) < 20_000
    rig.bench.faults.clear(fault)
    rig.run_for(12 * 60_000)
    assert len(rig.events("alarm_cause_gone")) == 1
    assert rig.app.pump.status()["reservoir_measured_nl"] > 19_000_000


@pytest.mark.req("SR-26")
def test_two_readings_that_fail_and_one_that_does_not_are_no_bad_sensor():
    rig = Rig(board=board(MPR))
    rig.run_for(3_600_000)
    for _ in range(10):
        rig.bench.faults.set("bus_error")
        rig.run_for(2 * 60_000)
        rig.bench.faults.clear("bus_error")
        rig.run_for(60_000)
    assert rig.events("alarm_raised") == []


def test_a_look_without_a_reading_leaves_what_was_measured_before():
    rig = Rig(board=board(MPR))
    rig.run_for(5 * 60_000)
    rig.bench.faults.set("bus_error")
    rig.run_for(60_000)
    assert rig.app.pump.status()["reservoir_measured_nl"] > 19_000_000


@pytest.mark.req("SR-35")
@pytest.mark.parametrize(("kind", "fault"), FAULTS)
def test_the_self_test_finds_a_sensor_without_a_reading(kind, fault):
    rig = Rig(board=board(*KINDS[kind]))
    assert rig.events("self_test")[-1]["failures"] == []
    rig.bench.faults.set(fault)
    rig.power_on()
    assert rig.events("self_test")[-1]["failures"] == ["level sensor"]
    rig.run_for(3_600_000)
    assert sum(rig.app.ledger.commanded) == 0


def test_a_sensor_that_settles_after_power_on_holds_the_start_no_longer_than_it_must():
    rig = Rig(board=board(HX711))
    assert rig.events("self_test")[-1]["failures"] == []
    assert hx711.SETTLES_MS <= rig.world.elapsed_ms <= hx711.SETTLES_MS + 50
