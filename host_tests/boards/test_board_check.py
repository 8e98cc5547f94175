"""Bad data of a board is refused on the host before flashing, and on the board before the motor is enabled."""

from types import SimpleNamespace

import machine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig import BOARD, Rig
from thecal.app import compose
from thecal.drivers import step_train_esp32, step_train_rp2
from thecal.pump.line import Line
from thecal.pump.reservoir import Reservoir
from thecal.pump.supply import Supply
from thecal.safety import board_check
from thecal.safety.level_check import LevelCheck
from thecal.safety.occlusion_check import OcclusionCheck
from thecal.safety.reservoir_check import ReservoirCheck
from thecal.safety.supply_check import SupplyCheck
from thecal.safety.volume_check import VolumeCheck
from thecal.tables import alarms, checks, chips, states, texts
from thecal_tools.boards import board_file
from virtual_bench import world as worlds
from virtual_bench.scenario_run import Port
from virtual_bench.volume import MemoryVolume

PICO, _ = board_file.read(board_file.path_of("RPI_PICO"))
ESP32, _ = board_file.read(board_file.path_of("ESP32_GENERIC"))
GONE = object()


def changed(data, **names):
    kept = vars(data) | names
    return SimpleNamespace(**{name: value for name, value in kept.items() if value is not GONE})


def found(data) -> set[tuple[int, str]]:
    return set(board_check.faults(data))


BUS = {"I2C_SDA": 0, "I2C_SCL": 1}
LOAD_CELL = {"LEVEL": "HX711", "LEVEL_DATA": 21, "LEVEL_CLOCK": 22, "LEVEL_ZERO_RAW": -200, "LEVEL_FULL_RAW": 80_000}
GEARED = {"STEPS_PER_REVOLUTION": 2048, "MICROLITRES_PER_REVOLUTION": 512, "ROTOR_COUNTS_PER_REVOLUTION": 410}
MICROSTEPS = {"STEPS_PER_REVOLUTION": 1600, "MICROLITRES_PER_REVOLUTION": 250}
SOUND_ONES = {
    "quadrature": changed(PICO, ROTATION="QUADRATURE", ROTOR_B=6),
    "magnet": changed(
        PICO, ROTATION="AS5600", ROTOR_COUNTS_PER_REVOLUTION=50, ROTOR=GONE, ROTATION_MACHINE=GONE, **BUS
    ),
    "load cell": changed(PICO, **LOAD_CELL, RESERVOIR_LEVEL=GONE),
    "pressure on the bus": changed(PICO, LEVEL="MPR", **BUS),
    "clock and display": changed(PICO, CLOCK_CHIP="DS3231", DISPLAY="SSD1306", **BUS),
    "four phases": changed(PICO, MOTOR="FOUR_PHASE", PUMP_PHASES=(17, 18, 19, 20), PUMP_STEP=GONE, PUMP_DIR=GONE),
    "geared, on a large head": changed(PICO, **GEARED),
    "microsteps, on a large head": changed(PICO, **MICROSTEPS),
    "level that falls as the reservoir fills": changed(PICO, LEVEL_EMPTY_U16=50_000, LEVEL_FULL_U16=10_000),
    "no pressure sensor": changed(PICO, LINE_PRESSURE=GONE, PRESSURE_FULL_KPA=GONE, PRESSURE_ZERO_U16=GONE),
}
FOUR = SOUND_ONES["four phases"]
BAD_ONES = [
    (changed(PICO, PUMP_DIR=GONE), board_check.MISSING, "PUMP_DIR"),
    (changed(PICO, NAME=""), board_check.MISSING, "NAME"),
    (changed(PICO, NAME=GONE), board_check.MISSING, "NAME"),
    (changed(PICO, ROTOR_HELD_BY=""), board_check.MISSING, "ROTOR_HELD_BY"),
    (changed(PICO, STEP_TRAIN_MACHINE=GONE), board_check.MISSING, "STEP_TRAIN_MACHINE"),
    (changed(PICO, RESERVOIR_UL=GONE), board_check.MISSING, "RESERVOIR_UL"),
    (changed(PICO, DISPLAY="SSD1306"), board_check.MISSING, "I2C_SDA"),
    (changed(PICO, I2C_SDA=0), board_check.MISSING, "I2C_SCL"),
    (changed(PICO, **LOAD_CELL | {"LEVEL_ZERO_RAW": GONE}), board_check.MISSING, "LEVEL_ZERO_RAW"),
    (changed(FOUR, PUMP_PHASES=(17, 18, 19)), board_check.MISSING, "PUMP_PHASES[0]"),
    (changed(PICO, CHIP=["RP2040"]), board_check.KIND, "CHIP"),
    (changed(PICO, CHIP="RP2350"), board_check.KIND, "CHIP"),
    (changed(PICO, MOTOR=GONE), board_check.KIND, "MOTOR"),
    (changed(PICO, MOTOR="SERVO"), board_check.KIND, "MOTOR"),
    (changed(ESP32, MOTOR="FOUR_PHASE", PUMP_PHASES=(16, 17, 18, 19)), board_check.KIND, "MOTOR"),
    (changed(PICO, ROTATION="HALL"), board_check.KIND, "ROTATION"),
    (changed(PICO, LEVEL=None), board_check.KIND, "LEVEL"),
    (changed(PICO, CLOCK_CHIP="PCF8563"), board_check.KIND, "CLOCK_CHIP"),
    (changed(PICO, DISPLAY=None), board_check.KIND, "DISPLAY"),
    (changed(PICO, DISPLAY="ST7735"), board_check.KIND, "DISPLAY"),
    (changed(PICO, PUMP_STEP=30), board_check.NO_PIN, "PUMP_STEP"),
    (changed(PICO, SOUND=-1), board_check.NO_PIN, "SOUND"),
    (changed(PICO, SOUND="GP16"), board_check.NO_PIN, "SOUND"),
    (changed(PICO, SOUND=True), board_check.NO_PIN, "SOUND"),
    (changed(PICO, SOUND=25), board_check.NO_PIN, "SOUND"),
    (changed(ESP32, SOUND=6), board_check.NO_PIN, "SOUND"),
    (changed(ESP32, SOUND=12), board_check.NO_PIN, "SOUND"),
    (changed(ESP32, SOUND=20), board_check.NO_PIN, "SOUND"),
    (changed(PICO, LIGHT_RED=PICO.PUMP_ENABLE_N), board_check.TWICE, "LIGHT_RED"),
    (changed(FOUR, PUMP_PHASES=(15, 16, 17, 18)), board_check.TWICE, "PUMP_PHASES[0]"),
    (changed(PICO, RESERVOIR_LEVEL=22), board_check.NO_ADC, "RESERVOIR_LEVEL"),
    (changed(ESP32, SUPPLY_VOLTAGE=13), board_check.NO_ADC, "SUPPLY_VOLTAGE"),
    (changed(ESP32, PUMP_ENABLE_N=37), board_check.INPUT_ONLY, "PUMP_ENABLE_N"),
    (changed(ESP32, BUTTON_STOP=37), board_check.INPUT_ONLY, "BUTTON_STOP"),
    (changed(FOUR, PUMP_PHASES=(17, 18, 20, 19)), board_check.NOT_IN_A_ROW, "PUMP_PHASES"),
    (changed(PICO, MOTOR_GUARD_MACHINE=0), board_check.MACHINE, "MOTOR_GUARD_MACHINE"),
    (changed(PICO, MOTOR_GUARD_MACHINE=5), board_check.MACHINE, "MOTOR_GUARD_MACHINE"),
    (changed(PICO, ROTATION_MACHINE=2), board_check.MACHINE, "ROTATION_MACHINE"),
    (changed(PICO, ROTATION_MACHINE=8), board_check.MACHINE, "ROTATION_MACHINE"),
    (changed(PICO, STEPS_PER_REVOLUTION=0), board_check.FIGURE, "STEPS_PER_REVOLUTION"),
    (changed(PICO, ROTOR_COUNTS_PER_REVOLUTION=8_000), board_check.FIGURE, "ROTOR_COUNTS_PER_REVOLUTION"),
    (changed(SOUND_ONES["magnet"], ROTOR_COUNTS_PER_REVOLUTION=51), board_check.FIGURE, "ROTOR_COUNTS_PER_REVOLUTION"),
    (changed(PICO, RESERVED_PINS=25), board_check.FIGURE, "RESERVED_PINS"),
    (changed(PICO, SUPPLY_FULL_SCALE_MV=6.6), board_check.FIGURE, "SUPPLY_FULL_SCALE_MV"),
    (changed(PICO, LEVEL_FULL_U16=65_536), board_check.FIGURE, "LEVEL_FULL_U16"),
    (changed(PICO, PRESSURE_FULL_KPA=0), board_check.FIGURE, "PRESSURE_FULL_KPA"),
    (changed(PICO, SUPPLY_FULL_SCALE_MV=16_001), board_check.FIGURE, "SUPPLY_FULL_SCALE_MV"),
    (changed(PICO, RESERVOIR_UL=40_001), board_check.FIGURE, "RESERVOIR_UL"),
    (changed(PICO, PRESSURE_FULL_KPA=1_601), board_check.FIGURE, "PRESSURE_FULL_KPA"),
    (changed(PICO, MICROLITRES_PER_REVOLUTION=1_001), board_check.FIGURE, "MICROLITRES_PER_REVOLUTION"),
    (changed(PICO, MICROLITRES_PER_REVOLUTION=GONE), board_check.MISSING, "MICROLITRES_PER_REVOLUTION"),
    (changed(PICO, LEVEL_FULL_U16=PICO.LEVEL_EMPTY_U16), board_check.ENDS, "LEVEL_FULL_U16"),
    (changed(PICO, LEVEL_EMPTY_U16=100, LEVEL_FULL_U16=4_195), board_check.ENDS, "LEVEL_FULL_U16"),
    (changed(PICO, LEVEL_EMPTY_U16=4_195, LEVEL_FULL_U16=100), board_check.ENDS, "LEVEL_FULL_U16"),
    (changed(PICO, PRESSURE_FULL_U16=PICO.PRESSURE_ZERO_U16 + 4_095), board_check.ENDS, "PRESSURE_FULL_U16"),
    (changed(PICO, **LOAD_CELL | {"LEVEL_FULL_RAW": 3_895}), board_check.ENDS, "LEVEL_FULL_RAW"),
    (
        changed(PICO, **LOAD_CELL | {"LEVEL_ZERO_RAW": 800_000, "LEVEL_FULL_RAW": 100_000}),
        *(board_check.ENDS, "LEVEL_FULL_RAW"),
    ),
    (changed(PICO, ROTOR_COUNTS_PER_REVOLUTION=39), board_check.WITNESS, "ROTOR_COUNTS_PER_REVOLUTION"),
    (
        changed(PICO, **GEARED | {"ROTOR_COUNTS_PER_REVOLUTION": 409}),
        *(board_check.WITNESS, "ROTOR_COUNTS_PER_REVOLUTION"),
    ),
    (changed(PICO, STEPS_PER_REVOLUTION=2048), board_check.HEAD, "MICROLITRES_PER_REVOLUTION"),
    (changed(PICO, STEPS_PER_REVOLUTION=1600), board_check.HEAD, "MICROLITRES_PER_REVOLUTION"),
    (changed(PICO, MICROLITRES_PER_REVOLUTION=19), board_check.HEAD, "MICROLITRES_PER_REVOLUTION"),
    (changed(PICO, MICROLITRES_PER_REVOLUTION=81), board_check.HEAD, "MICROLITRES_PER_REVOLUTION"),
    (changed(PICO, STEP_PERIOD_US=99), board_check.PERIOD, "STEP_PERIOD_US"),
    (changed(PICO, STEP_PERIOD_US=50_001), board_check.PERIOD, "STEP_PERIOD_US"),
]


@pytest.mark.parametrize("name", board_file.names())
def test_every_board_that_is_shipped_passes(name):
    assert board_file.faults(board_file.path_of(name)) == []


@pytest.mark.parametrize("kind", SOUND_ONES)
def test_every_kind_of_part_can_be_had(kind):
    assert found(SOUND_ONES[kind]) == set()


@pytest.mark.parametrize(("data", "rule", "name"), BAD_ONES, ids=[f"{name} {rule}" for _, rule, name in BAD_ONES])
def test_each_rule_names_the_fault(data, rule, name):
    assert (rule, name) in found(data)


def test_every_rule_is_tried_and_has_words():
    assert {rule for _, rule, _ in BAD_ONES} == set(range(len(texts.BOARD_RULES)))


@pytest.mark.parametrize(("low", "high"), [(40, 100), (40, 50_000)])
def test_what_is_just_good_enough_passes(low, high):
    assert found(changed(PICO, ROTOR_COUNTS_PER_REVOLUTION=low, STEP_PERIOD_US=high)) == set()


@pytest.mark.parametrize(("steps", "smallest", "largest"), [(200, 20, 80), (1600, 160, 640), (2048, 205, 819)], ids=str)
def test_the_heads_that_fit_are_those_that_the_words_name(steps, smallest, largest):
    def fits(microlitres):
        data = changed(PICO, STEPS_PER_REVOLUTION=steps, MICROLITRES_PER_REVOLUTION=microlitres)
        return (board_check.HEAD, "MICROLITRES_PER_REVOLUTION") not in found(data)

    assert [fits(number) for number in (smallest - 1, smallest, largest, largest + 1)] == [False, True, True, False]
    words = " ".join(texts.BOARD_RULES[board_check.HEAD])
    assert f"{smallest} to {largest}" in words and f"{steps}" in words


class Reading(int):
    """A sensor's reading that remembers the largest product it has been part of."""

    most = 0

    def __sub__(self, other):
        return Reading(int(self) - other)

    def __mul__(self, other):
        Reading.most = max(Reading.most, abs(int(self) * other))
        return int(self) * other


@pytest.mark.parametrize(("low", "high"), [(0, 65_535), (65_535, 0)])
def test_the_highest_figures_that_pass_keep_products_small_integers(low, high):
    highest = {"SUPPLY_FULL_SCALE_MV": 16_000, "RESERVOIR_UL": 40_000, "PRESSURE_FULL_KPA": 1_600}
    scales = {"LEVEL_EMPTY_U16": low, "LEVEL_FULL_U16": high, "PRESSURE_ZERO_U16": low, "PRESSURE_FULL_U16": high}
    data = changed(PICO, **highest, **scales)
    assert found(data) == set()
    body = SimpleNamespace(prescription=1, volume_per_step=250_000, alarms=SimpleNamespace(set=lambda *_: None))
    body.ledger, body.save_windows = SimpleNamespace(reservoir_set_nl=1, since_refill=0), lambda: None
    Reading.most = 0
    for raw in (0, 65_535):
        sensor = SimpleNamespace(read=lambda raw=raw: Reading(raw))
        of_level = ReservoirCheck(), LevelCheck(), VolumeCheck()
        Supply(body, sensor, data.SUPPLY_FULL_SCALE_MV, SupplyCheck()).update()
        Reservoir(body, sensor, low, high, data.RESERVOIR_UL, of_level).update()
        Line(body, sensor, low, high, data.PRESSURE_FULL_KPA, OcclusionCheck()).update()
    assert 1 << 29 < Reading.most < 1 << 30


@pytest.mark.parametrize("driver", [step_train_rp2, step_train_esp32])
def test_the_table_has_the_drivers_periods(driver):
    assert (chips.MIN_PERIOD_US, chips.MAX_PERIOD_US) == (driver.MIN_PERIOD_US, driver.MAX_PERIOD_US)


PINS = [name for name, _, _ in board_check.pins(PICO)]


@given(st.data())
def test_no_pin_is_ever_shared_nor_one_that_the_board_lacks(data):
    """Whatever pins somebody enters: with two names on one pin, or one outside the header, there is a fault."""
    names = data.draw(st.lists(st.sampled_from(PINS), min_size=1, max_size=5, unique=True))
    board = changed(PICO, **{name: data.draw(st.integers(-2, 40)) for name in names})
    used = [pin for _, _, pin in board_check.pins(board)]
    is_sound = len(set(used)) == len(used) and all(0 <= pin <= 22 or 26 <= pin <= 28 for pin in used)
    assert is_sound or found(board)


NONSENSE = st.one_of(st.none(), st.integers(), st.text(max_size=5))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*vars(PICO), *BUS]), NONSENSE, max_size=4))
def test_nonsense_is_told_and_never_breaks_the_check(names):
    for rule, name in board_check.faults(changed(PICO, **names)):
        assert texts.BOARD_RULES[rule] and name


def powered_on(data) -> Rig:
    """A pump that was commissioned with the board's own data and then gets other data."""
    rig = Rig()
    rig.board = data
    rig.app = compose(data, rig.world.ticks_ms, rig.world.idle, rig.world.wake, rig.volume, Port(rig.world))
    return rig


@pytest.mark.req("SR-35", "SR-19")
@pytest.mark.parametrize(
    "names",
    [{"ROTOR_COUNTS_PER_REVOLUTION": 24}, {"STEP_PERIOD_US": 60_000}, {"MICROLITRES_PER_REVOLUTION": 100}],
    ids=str,
)
def test_a_bad_figure_holds_delivery_and_shows(names):
    rig = powered_on(changed(BOARD, **names))
    edges = rig.bench.stepper.edges
    rig.run_for(3_600_000)
    assert rig.app.pump.self_test()[0] == checks.BOARD
    assert rig.app.body.holds & states.SELF_TEST
    assert rig.app.body.alarms.present(alarms.SELF_TEST_FAILED)
    assert rig.bench.stepper.edges == edges


@pytest.mark.req("SR-35")
@pytest.mark.parametrize("data", [bad for bad, rule, _ in BAD_ONES if rule < board_check.WITNESS])
def test_nothing_is_made_of_data_that_cannot_be_believed(data):
    """The check refuses before any driver touches a pin: the enable line stays as boot.py left it."""
    world = worlds.use(worlds.World(seed=1))
    touched = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine.Pin, "__init__", lambda *_, **__: touched.append(1))
        with pytest.raises(ValueError):
            compose(data, world.ticks_ms, world.idle, world.wake, MemoryVolume(), Port(world))
    assert not touched
