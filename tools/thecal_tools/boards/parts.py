"""The parts around a board, by the kinds in its board.py: what the drawing shows and the tables list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap

from thecal_tools.boards.board_file import PHASES, BoardData
from thecal_tools.boards.outlines import OUTLINES

_NOTE_WIDTH = 41
_PHASES = tuple(f"{PHASES}{n}" for n in range(1, 5))
# A number stays with its unit.
_UNIT = re.compile(r"(\d) (?=[kµnVΩ%])")
# On Espressif's chips the converter does not reach 3.3 V.
_DIVIDER = "Through 10 kΩ, and 20 kΩ from the pin to GND: the pin must stay below {}"
_LINEAR = {"ESP32": "2.45 V", "ESP32S3": "3.1 V"}


@dataclass(frozen=True)
class Part:
    """One part. function: its colour. wires: name in pins.csv and what the part calls it. tags: power it takes."""

    title: str
    function: str
    wires: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    note: str = ""
    optional: bool = False

    def lines(self) -> list[str]:
        """The note, in lines that fit a part's box."""
        return wrap(_UNIT.sub(r"\1" + "\u00a0", self.note), _NOTE_WIDTH)


def parts(data: BoardData, listed: Mapping[str, str]) -> list[Part]:
    """Every part that the board's kinds ask for, and those that it has pins for, as optional ones."""
    found = [_motor(data), *_rotation(data), _buttons(), _light(), _sound(), *_level(data), _supply(data)]
    if hasattr(data, "LINE_PRESSURE"):
        found.append(_pressure(data))
    if "I2C_SDA" in listed:
        found.append(_bus(data))
    return found


# What else the pins of pins.csv are for, where board.py asks for it: names, kind, part.
OTHER_KINDS = (
    (("ROTOR", "ROTOR_B"), 'ROTATION = "QUADRATURE"', "encoder with two channels on the rotor: knows the direction"),
    (("I2C_SDA", "I2C_SCL"), 'ROTATION = "AS5600"', "magnetic encoder over the rotor's axis, I²C"),
    (("LEVEL_DATA", "LEVEL_CLOCK"), 'LEVEL = "HX711"', "load cell under the reservoir: DT, SCK"),
    (("I2C_SDA", "I2C_SCL"), 'LEVEL = "MPR"', "pressure sensor under the reservoir (Honeywell MPR), I²C"),
    (("I2C_SDA", "I2C_SCL"), 'CLOCK_CHIP = "DS3231"', "clock with a cell: wall time is known after power loss, I²C"),
    (("I2C_SDA", "I2C_SCL"), 'DISPLAY = "SSD1306"', "display of 128 × 64, I²C"),
    (_PHASES, 'MOTOR = "FOUR_PHASE"', "ULN2003 with 28BYJ-48: IN1 to IN4; PUMP_ENABLE_N gates its supply"),
)


def _motor(data: BoardData) -> Part:
    if data.MOTOR == "FOUR_PHASE":
        wires = tuple((name, f"IN{index}") for index, name in enumerate(_PHASES, 1))
        note = "A P-channel switch in its supply, on when low; 10 kΩ from there to the switch's own supply keeps it off"
        return Part("ULN2003, 28BYJ-48", "motor", (("PUMP_ENABLE_N", "supply gate"), *wires), ("VMOT", "GND"), note)
    note = (
        "A4988 or DRV8825. 10 kΩ from ENABLE to its logic supply keeps the coils off while nobody drives the line. "
        "MS1 to MS3 open: whole steps. RESET and SLEEP to 3V3. 100 µF across VMOT and GND, close by"
    )
    wires = (("PUMP_STEP", "STEP"), ("PUMP_ENABLE_N", "ENABLE"), ("PUMP_DIR", "DIR"))
    return Part("Stepper driver, STEP/DIR", "motor", wires, ("3V3", "GND", "VMOT"), note)


def _rotation(data: BoardData) -> list[Part]:
    counts = data.ROTOR_COUNTS_PER_REVOLUTION
    if data.ROTATION == "AS5600":
        return []
    open_collector = "10 kΩ from each output to 3V3 where it is an open collector"
    if data.ROTATION == "QUADRATURE":
        note = f"On the rotor itself, {counts} edges of A in a turn. {open_collector}"
        return [Part("Encoder on the rotor", "rotation", (("ROTOR", "A"), ("ROTOR_B", "B")), ("3V3", "GND"), note)]
    note = f"Disc of {counts // 2} slots on the rotor itself, {counts} edges in a turn. {open_collector}"
    return [Part("Slotted sensor on the rotor", "rotation", (("ROTOR", "OUT"),), ("3V3", "GND"), note)]


def _buttons() -> Part:
    wires = (("BUTTON_BOLUS", "bolus"), ("BUTTON_ALARM", "alarm"), ("BUTTON_STOP", "stop"))
    return Part("Three buttons", "panel", wires, ("GND",), "Each closes to GND; the chip pulls up")


def _light() -> Part:
    wires = (("LIGHT_RED", "red"), ("LIGHT_GREEN", "green"), ("LIGHT_BLUE", "blue"))
    return Part("Light, common cathode", "panel", wires, ("GND",), "330 Ω in each line")


def _sound() -> Part:
    return Part("Piezo sounder, passive", "panel", (("SOUND", "+"),), ("GND",), "100 Ω in the line")


def _level(data: BoardData) -> list[Part]:
    if data.LEVEL == "HX711":
        wires = (("LEVEL_DATA", "DT"), ("LEVEL_CLOCK", "SCK"))
        return [Part("HX711, load cell", "fluid", wires, ("3V3", "GND"), "Under the reservoir, nothing else on it")]
    if data.LEVEL == "MPR":
        return []
    return [Part("Reservoir level", "fluid", (("RESERVOIR_LEVEL", "OUT"),), ("3V3", "GND"), _analogue(data))]


def _pressure(data: BoardData) -> Part:
    title = f"Line pressure, 0 to {data.PRESSURE_FULL_KPA} kPa"
    note = "Between pump and catheter. " + _analogue(data)
    return Part(title, "fluid", (("LINE_PRESSURE", "OUT"),), ("3V3", "GND"), note)


def _analogue(data: BoardData) -> str:
    ratio = "Tells 10 % to 90 % of 3.3 V"
    return f"{ratio}. {_DIVIDER.format(_LINEAR[data.CHIP])}" if data.CHIP in _LINEAR else ratio


def _supply(data: BoardData) -> Part:
    supply = OUTLINES[data.NAME].supply if data.NAME in OUTLINES else "5V"
    way = "+ to VSYS" if supply == "VSYS" else "+ through a 5 V step-up converter to 5V"
    note = f"{way}, − to GND. 100 kΩ from + and 100 kΩ from GND meet at the wire; 100 nF across the lower one"
    return Part("Three alkaline D cells", "supply", (("SUPPLY_VOLTAGE", "divider"),), (supply, "GND"), note)


def _bus(data: BoardData) -> Part:
    kinds = (data.ROTATION, data.LEVEL, getattr(data, "CLOCK_CHIP", None), getattr(data, "DISPLAY", None))
    fitted = [kind for kind in kinds if kind in ("AS5600", "MPR", "DS3231", "SSD1306")]
    title = "I²C: " + ", ".join(fitted) if fitted else "I²C: clock, display (optional)"
    note = "4.7 kΩ from each line to 3V3, once for all parts" + ("" if fitted else "; named in board.py when fitted")
    return Part(title, "bus", (("I2C_SDA", "SDA"), ("I2C_SCL", "SCL")), ("3V3", "GND"), note, not fitted)
