"""How long a pump runs on its cells: currents and time awake, reckoned for each board at three rates.

Measured is one figure only, and on the emulated RP2040: how long the processor is awake for a step (`make emulate`).
The currents are from datasheets where that is said, else assumed; every board deserves a meter in its supply.
"""

from dataclasses import dataclass
from textwrap import fill

from thecal_tools.boards.board_file import BoardData
from thecal_tools.boards.wiring import markdown

# Calibration of the examples; 50 µL in a turn of 200 steps.
NL_PER_STEP = 250
# What runs, and nL an hour: a low background, a middle one, the highest legal prescription.
RATES = (("2 µL/h", 2_000), ("0.5 mL/day", 20_833), ("1 mL/h", 1_000_000))
# `make proof-emulated`, ten minutes of therapy with a silent host: 5.35 ms a step, for all that it causes (planning,
# gate, mark, journal, witness), and 0.089 % beside the steps. Rounded up, the second for the hourly checks as well.
AWAKE_S_PER_STEP = 0.006
AWAKE_BETWEEN = 0.002
# Motor. Both coils, as the virtual bench has them (assumed); the driver's motor supply with its outputs off: A4988
# datasheet, at most.
COILS_MA = 250
DRIVER_STANDING_MA = 2
# Cells at these currents: alkaline D, three in a row, and alkaline AA, eight in a row for the motor (assumed).
D_MAH = 14_000
AA_MAH = 2_500
CELLS_V = 3.6  # mean over their life
_WIDTH = 120
STEP_UP_EFFICIENCY = 0.85


@dataclass(frozen=True)
class Load:
    """One load on the logic supply, mA. source: where the figure is from."""

    what: str
    milliamperes: float
    source: str


@dataclass(frozen=True)
class Chip:
    """Currents of a board's chip with what else is on the board, mA at its supply pin."""

    asleep: Load
    awake: Load
    rest: Load | None = None


_ASSUMED = "assumed"
_SHEET_ESP32 = "ESP32 series datasheet 3.5, table 6: modem sleep, two cores at 160 MHz, 27 to 44 mA"
_DEVKIT = Load("regulator, USB bridge and power light of the development board", 15, _ASSUMED)
_PICO = Chip(
    Load("RP2040 waiting for an event at 125 MHz, with the regulator", 10, "assumed, as on the virtual bench"),
    Load("RP2040 running", 25, _ASSUMED),
)
CHIPS = {
    "RPI_PICO": _PICO,
    "RPI_PICO_W": Chip(_PICO.asleep, _PICO.awake, Load("radio chip without power", 0.1, _ASSUMED)),
    "ESP32_GENERIC": Chip(
        Load("ESP32 idle, radio off", 27, _SHEET_ESP32), Load("ESP32 running, radio off", 44, _SHEET_ESP32), _DEVKIT
    ),
    "ESP32_GENERIC_S3": Chip(
        Load("ESP32-S3 idle, radio off", 28, _ASSUMED), Load("ESP32-S3 running, radio off", 50, _ASSUMED), _DEVKIT
    ),
}
LOADS = (
    Load("stepper driver's logic, outputs off", 5, "A4988 datasheet, at most"),
    Load("light of the slotted sensor", 10, _ASSUMED),
    Load("reservoir level sensor", 5, _ASSUMED),
    Load("line pressure sensor", 5, _ASSUMED),
)
NOT_MODELLED = (
    "flash writes, light, sound, display and boluses; self-discharge, cold, and the cells' last tenth, which the supply"
    " check does not use; a USB host that keeps the processor awake; the motor's current after its chopper, which is"
    " lower than the coils'"
)


@dataclass(frozen=True)
class Reckoning:
    """At one rate: steps an hour, the share of time awake, mean mA of logic and motor supply, hours of their cells."""

    rate: str
    steps_h: float
    awake: float
    logic_ma: float
    motor_ma: float
    logic_h: float
    motor_h: float


def reckon(data: BoardData, rate: str, nl_h: float) -> Reckoning:
    """One rate on one board. nl_h: volume an hour."""
    chip = CHIPS[data.NAME]
    steps_s = nl_h / NL_PER_STEP / 3600
    awake = min(1.0, AWAKE_BETWEEN + steps_s * AWAKE_S_PER_STEP)
    # The guard powers the coils for half a period before the step and for one after it, see drivers.step_train_rp2.
    powered = steps_s * 1.5 * data.STEP_PERIOD_US / 1e6
    logic = chip.asleep.milliamperes + awake * (chip.awake.milliamperes - chip.asleep.milliamperes)
    logic += sum(load.milliamperes for load in loads(data)[2:])
    motor = DRIVER_STANDING_MA + powered * COILS_MA
    drawn = logic if data.CHIP == "RP2040" else logic * 5 / CELLS_V / STEP_UP_EFFICIENCY
    return Reckoning(rate, steps_s * 3600, awake, drawn, motor, D_MAH / drawn, AA_MAH / motor)


def loads(data: BoardData) -> list[Load]:
    """What hangs on a board's logic supply; the first two are the chip asleep and awake."""
    chip = CHIPS[data.NAME]
    parts = [load for load in LOADS if load.what != "line pressure sensor" or hasattr(data, "LINE_PRESSURE")]
    return [chip.asleep, chip.awake, *([chip.rest] if chip.rest else []), *parts]


def section(data: BoardData) -> str:
    """The tables of a board's README."""
    rows = [("rate", "steps an hour", "awake", "from the D cells", "they last", "from the AA cells", "they last")]
    for rate, nl_h in RATES:
        made = reckon(data, rate, nl_h)
        logic, motor = f"{made.logic_ma:.0f} mA", f"{made.motor_ma:.1f} mA"
        days = (f"{made.logic_h / 24:.0f} days", f"{made.motor_h / 24:.0f} days")
        rows.append((rate, f"{made.steps_h:.0f}", f"{made.awake:.1%}", logic, days[0], motor, days[1]))
    figures = [("load", "mA", "from"), *((load.what, f"{load.milliamperes:g}", load.source) for load in loads(data))]
    step_up = "" if data.CHIP == "RP2040" else f" through a step-up converter to 5 V ({STEP_UP_EFFICIENCY:.0%} assumed)"
    cells = (
        f"Three alkaline D cells of {D_MAH / 1000:g} Ah feed board and sensors{step_up}; eight alkaline AA cells of"
        f" {AA_MAH / 1000:g} Ah feed the coils. Reckoned by `thecal_tools/boards/power.py` from these currents:"
    )
    rest = (
        f"Awake: {AWAKE_S_PER_STEP * 1000:.0f} ms a step, and {AWAKE_BETWEEN:.1%} between steps, from the emulated"
        f" RP2040. Coils: {COILS_MA} mA (assumed) for {1.5 * data.STEP_PERIOD_US / 1000:g} ms a step."
        f" Not modelled: {NOT_MODELLED}."
    )
    return f"{markdown(rows)}\n{fill(cells, _WIDTH)}\n\n{markdown(figures)}\n{fill(rest, _WIDTH)}\n"
