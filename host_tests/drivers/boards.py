"""The Pico's board with other parts in place of its own, as data that its board.py would have; a board's hardware."""

from types import SimpleNamespace

from rig import BOARD
from thecal.drivers.hardware_esp32 import Hardware as Esp32
from thecal.drivers.hardware_rp2 import Hardware as Rp2
from thecal_tools.scenario_file import board_module

BUS = {"I2C_SDA": 20, "I2C_SCL": 21}
HX711 = {"LEVEL": "HX711", "LEVEL_DATA": 8, "LEVEL_CLOCK": 9, "LEVEL_ZERO_RAW": -200_000, "LEVEL_FULL_RAW": 1_900_000}
MPR = {"LEVEL": "MPR", **BUS}
AS5600 = {"ROTATION": "AS5600", "ROTOR_COUNTS_PER_REVOLUTION": 50, **BUS}
DS3231 = {"CLOCK_CHIP": "DS3231", **BUS}
SSD1306 = {"DISPLAY": "SSD1306", **BUS}


def board(*parts, without=()):
    """A board module's data: the Pico's, those parts added, and names taken away."""
    data = {name: value for name, value in vars(BOARD).items() if name.isupper() and name not in without}
    for part in parts:
        data |= part
    return SimpleNamespace(**data)


# 28BYJ-48 on a head that makes its steps as large as the Pico's.
GEARED = {"STEPS_PER_REVOLUTION": 2048, "MICROLITRES_PER_REVOLUTION": 512, "STEP_PERIOD_US": 3_000}
FOUR_PHASE = {"MOTOR": "FOUR_PHASE", "PUMP_PHASES": (6, 7, 8, 9), **GEARED}
QUADRATURE = {"ROTATION": "QUADRATURE", "ROTOR_B": 6}
# Boards with the same mechanism, by what makes their steps; and by what counts them.
TRAINS = {
    "RP2040, STEP/DIR": board(),
    "RP2040, four phases": board(FOUR_PHASE, {"ROTOR_COUNTS_PER_REVOLUTION": 2048}, without=("PUMP_STEP", "PUMP_DIR")),
    "ESP32": board_module("ESP32_GENERIC"),
    "ESP32-S3": board_module("ESP32_GENERIC_S3"),
}


def hardware(board, world):
    """What drives that board's parts, in that world."""
    if board.CHIP == "RP2040":
        return Rp2(board, lambda: None)
    return Esp32(board, lambda: None, world.ticks_ms)
