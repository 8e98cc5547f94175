"""Whether a board's board.py may be believed, before anything is made of it (SR-19, SR-35). Words: texts.BOARD_RULES.

The host asks the same before it flashes a board, so that there is one set of rules.
"""

from micropython import const

from thecal.tables import checks, chips, quantities

# Rules, by number. Before WITNESS nothing may be constructed from board.py: a pin that means two things can power the
# motor. With the others there is a pump, which delivers nothing and shows its alarm.
MISSING = const(0)
KIND = const(1)
NO_PIN = const(2)
TWICE = const(3)
NO_ADC = const(4)
INPUT_ONLY = const(5)
NOT_IN_A_ROW = const(6)
MACHINE = const(7)
FIGURE = const(8)
ENDS = const(9)
WITNESS = const(10)
PERIOD = const(11)
HEAD = const(12)

# Pins by what the chip must be able to do with them: drive or pull them, read them, convert them.
_PANEL = ("BUTTON_BOLUS", "BUTTON_ALARM", "BUTTON_STOP", "LIGHT_RED", "LIGHT_GREEN", "LIGHT_BLUE", "SOUND")
_BUS = (("I2C_SDA", "I2C_SCL"), (), ())
_NEEDS = {
    "": (("PUMP_ENABLE_N",) + _PANEL, (), ("SUPPLY_VOLTAGE",)),
    "LINE_PRESSURE": ((), (), ("LINE_PRESSURE",)),
    "I2C_SDA": _BUS,
    "I2C_SCL": _BUS,
    "STEP_DIR": (("PUMP_STEP", "PUMP_DIR"), (), ()),
    "FOUR_PHASE": ((), (), ()),
    "SLOTS": ((), ("ROTOR",), ()),
    "QUADRATURE": ((), ("ROTOR", "ROTOR_B"), ()),
    "AS5600": _BUS,
    "ANALOGUE": ((), (), ("RESERVOIR_LEVEL",)),
    "HX711": (("LEVEL_CLOCK",), ("LEVEL_DATA",), ()),
    "MPR": _BUS,
    "DS3231": _BUS,
    "SSD1306": _BUS,
}
_KINDS = (
    ("MOTOR", ("STEP_DIR", "FOUR_PHASE")),
    ("ROTATION", ("SLOTS", "QUADRATURE", "AS5600")),
    ("LEVEL", ("ANALOGUE", "HX711", "MPR")),
    ("CLOCK_CHIP", ("DS3231",)),
    ("DISPLAY", ("SSD1306",)),
)
_OPTIONAL = ("CLOCK_CHIP", "DISPLAY")
_COUNTS = "ROTOR_COUNTS_PER_REVOLUTION"
_HEAD = "MICROLITRES_PER_REVOLUTION"
# Whole numbers from 1 on, and the highest: so that no product leaves the small integers, which end at 2^30. A reading
# of 16 bits is multiplied by the supply's mV, by ten times the line's kPa and by a quarter of the reservoir's uL (more
# than may ever be filled in is refused before that); a revolution's uL by a million.
_FIGURES = (
    (_HEAD, 1_000),
    ("STEPS_PER_REVOLUTION", 1 << 16),
    (_COUNTS, 1 << 16),
    ("STEP_PERIOD_US", 1 << 29),
    ("RESERVOIR_UL", quantities.hard_range("reservoir")[1]),
    ("SUPPLY_FULL_SCALE_MV", 16_000),
)
_LINE_FIGURES = (("PRESSURE_FULL_KPA", 1_600),)
# Both ends of each scale, and how far apart they are at the least: a sixteenth of 16 bits. On less the noise of the
# RP2040's converter (8.7 bits), averaged over eight readings, would be the 0.3 mL of 20 mL that must be told apart.
_LEAST_SPAN = const(4_096)
_LEVEL = ("LEVEL_EMPTY_U16", "LEVEL_FULL_U16")
_PRESSURE = ("PRESSURE_ZERO_U16", "PRESSURE_FULL_U16")
# Of a load cell's converter, which has 24 bits and a sign.
_RAW = ("LEVEL_ZERO_RAW", "LEVEL_FULL_RAW")
_MACHINES = ("STEP_TRAIN_MACHINE", "MOTOR_GUARD_MACHINE", "ROTATION_MACHINE")


def failures(board):
    """Bits of tables.checks. Raises ValueError(rule, name) where no hardware may be constructed."""
    found = faults(board)
    for rule, name in found:
        if rule < WITNESS:
            raise ValueError(rule, name)
    return checks.BOARD if found else 0


def faults(board):
    """Every fault of a board module, as (rule, name in board.py)."""
    chip = getattr(board, "CHIP", None)
    if not isinstance(chip, str) or chip not in chips.CHIPS:
        return [(KIND, "CHIP")]
    found = [(MISSING, name) for name in ("NAME", "ROTOR_HELD_BY") if not getattr(board, name, None)]
    for name, kinds in _KINDS:
        if name in _OPTIONAL and not hasattr(board, name):
            continue
        kind = getattr(board, name, None)
        # Nothing on an ESP32 can step four pins at once.
        if kind not in kinds or (kind == "FOUR_PHASE" and chip != "RP2040"):
            found.append((KIND, name))
    _check_pins(board, chips.CHIPS[chip], found)
    if chip == "RP2040":
        _check_rp2040(board, found)
    _check_figures(board, found)
    return found


def pins(board):
    """(name, use, pin) of all that the board's kinds need.

    use: 0 driven or pulled, 1 read, 2 converted. pin: None where it is missing.
    """
    needs = [""] + [name for name in ("LINE_PRESSURE", "I2C_SDA", "I2C_SCL") if hasattr(board, name)]
    for name, kinds in _KINDS:
        kind = getattr(board, name, None)
        if kind and kind in kinds:
            needs.append(kind)
    found = []
    for need in needs:
        for use in range(3):
            for name in _NEEDS[need][use]:
                if (name, use, getattr(board, name, None)) not in found:
                    found.append((name, use, getattr(board, name, None)))
    if getattr(board, "MOTOR", None) == "FOUR_PHASE":
        phases = getattr(board, "PUMP_PHASES", None)
        for index in range(4):
            pin = phases[index] if isinstance(phases, tuple) and len(phases) == 4 else None
            found.append(("PUMP_PHASES[%d]" % index, 0, pin))
    return found


def _check_pins(board, chip, found):
    usable, converted, inputs = chip
    reserved = getattr(board, "RESERVED_PINS", ())
    if not isinstance(reserved, tuple):
        found.append((FIGURE, "RESERVED_PINS"))
        reserved = ()
    taken = []
    for name, use, pin in pins(board):
        if pin is None:
            found.append((MISSING, name))
        elif not _is_number(pin) or not _within(pin, usable) or pin in reserved:
            found.append((NO_PIN, name))
        elif pin in taken:
            found.append((TWICE, name))
        elif use == 2 and not _within(pin, converted):
            found.append((NO_ADC, name))
        elif use == 0 and _within(pin, inputs):
            found.append((INPUT_ONLY, name))
        taken.append(pin)


def _check_rp2040(board, found):
    phases = [pin for name, _, pin in pins(board) if name.startswith("PUMP_PHASES")]
    for index in range(1, len(phases)):
        # PIO shifts out to pins in a row.
        if _is_number(phases[0]) and phases[index] != phases[0] + index:
            found.append((NOT_IN_A_ROW, "PUMP_PHASES"))
            break
    machines = [getattr(board, name, None) for name in _MACHINES]
    if getattr(board, "ROTATION", None) == "AS5600":
        # What it sees is read from the bus.
        machines.pop()
    for index in range(len(machines)):
        machine = machines[index]
        if machine is None:
            found.append((MISSING, _MACHINES[index]))
        elif not _is_number(machine) or not 0 <= machine <= 7 or not _has_its_place(machines, index):
            found.append((MACHINE, _MACHINES[index]))


def _has_its_place(machines, index):
    machine, train = machines[index], machines[0]
    if machine in machines[:index] or not _is_number(train):
        return False
    # The guard answers its train by a flag of their PIO block, and the two leave no room there.
    return not index or (machine // 4 == train // 4) == (index == 1)


def _check_figures(board, found):
    before = len(found)
    scales = []
    scales.append(_LEVEL)
    figures = _FIGURES
    if hasattr(board, "LINE_PRESSURE"):
        scales.append(_PRESSURE)
        figures += _LINE_FIGURES
    for name, highest in figures:
        _check_number(board, name, 1, highest, found)
    for scale in scales:
        for name in scale:
            _check_number(board, name, 0, 65_535, found)
    if getattr(board, "LEVEL", None) == "HX711":
        scales.append(_RAW)
        for name in _RAW:
            _check_number(board, name, -1 << 23, (1 << 23) - 1, found)
    if len(found) > before:
        return
    for scale in scales:
        span = getattr(board, scale[1]) - getattr(board, scale[0])
        # The load cell's driver counts from the lower end; the others may fall as the reservoir fills.
        if (span if scale is _RAW else abs(span)) < _LEAST_SPAN:
            found.append((ENDS, scale[1]))
    per_turn = board.MICROLITRES_PER_REVOLUTION
    lowest, highest = quantities.hard_range("calibration")
    if not lowest <= per_turn * 1_000_000 // board.STEPS_PER_REVOLUTION <= highest:
        found.append((HEAD, _HEAD))
    counts = board.ROTOR_COUNTS_PER_REVOLUTION
    if counts < chips.MIN_ROTOR_COUNTS or counts * chips.MOST_NL_PER_COUNT < per_turn * 1_000:
        found.append((WITNESS, _COUNTS))
    elif getattr(board, "ROTATION", None) == "AS5600":
        # Its noise would make two counts of one step, which the rotation check takes for no proof.
        if 4 * counts > board.STEPS_PER_REVOLUTION:
            found.append((FIGURE, _COUNTS))
    # More edges than the guard of the motor's power can count in the longest train.
    elif 8 * counts // board.STEPS_PER_REVOLUTION + counts // per_turn > 250:
        found.append((FIGURE, _COUNTS))
    if not chips.MIN_PERIOD_US <= board.STEP_PERIOD_US <= chips.MAX_PERIOD_US:
        found.append((PERIOD, "STEP_PERIOD_US"))


def _check_number(board, name, lowest, highest, found):
    value = getattr(board, name, None)
    if value is None:
        found.append((MISSING, name))
    elif not _is_number(value) or not lowest <= value <= highest:
        found.append((FIGURE, name))


def _is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _within(pin, ranges):
    return any(first <= pin <= last for first, last in ranges)
