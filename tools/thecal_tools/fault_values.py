"""A fault's value in a scenario file, text with its unit, to the number that the virtual bench's switch takes.

The bench's table (virtual_bench.faults) names each switch's unit. Compiled scenarios hold no floats: a fraction that is
neither 0 nor 1 becomes two whole numbers, and the switch takes the first divided by the second.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from thecal_tools import units
from virtual_bench.faults import FAULTS, FAULTS_OF_PARTS

FAULT_UNITS = {name: unit for name, unit, _, _ in FAULTS + FAULTS_OF_PARTS}
PER_MILLE = 1_000
_BUTTONS = ("bolus", "alarm", "stop")
_LARGEST = 1 << 30


def fault_value(name: str, text: str | None) -> list[int | str]:
    """[number or name] or [number, divisor] for a fault of the bench's table; text None is for faults that are just on.

    Raises UnitError with the rule and what to write.
    """
    unit = FAULT_UNITS[name]
    if unit == "on":
        if text is not None:
            raise units.UnitError("this fault is on or off: leave the value out")
        return [1]
    if text is None:
        raise units.UnitError(f"this fault needs a value ({unit}): add it, {READERS[unit][1]}")
    reader, example = READERS[unit]
    number = reader(text)
    if number is None:
        raise units.UnitError(f"must be {unit}: write it {example}")
    if isinstance(number, str):
        return [number]
    if abs(number) >= _LARGEST:
        raise units.UnitError("is too large for the bench: choose a smaller value")
    if unit.startswith("fraction"):
        return [number // PER_MILLE] if number in (0, PER_MILLE) else [number, PER_MILLE]
    return [number]


def _counted(pattern: str) -> Callable[[str], int | None]:
    expression = re.compile(pattern)

    def read(text: str) -> int | None:
        match = expression.fullmatch(text)
        return int(match[1]) if match else None

    return read


def _per_mille(text: str) -> int | None:
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9])?) ?%", text)
    if match is None or Fraction(match[1]) > 100:
        return None
    return int(Fraction(match[1]) * 10)


def _signed_time(read: Callable[[object], int]) -> Callable[[str], int]:
    # A clock may jump backwards, so times of this kind alone may carry a minus.
    def signed(text: str) -> int:
        return -read(text[1:]) if text.startswith("-") else read(text)

    return signed


def _torn(text: str) -> int | None:
    count = _counted("([0-9]{1,6}) bytes?")(text)
    return None if count is None else count + 1


def _button(text: str) -> int | None:
    return _BUTTONS.index(text) + 1 if text in _BUTTONS else None


def _file(text: str) -> str | None:
    return text if re.fullmatch(r"[a-z][a-z0-9_]{0,19}([/.][a-z0-9_]{1,19}){0,2}", text) else None


def _task(text: str) -> str | None:
    return text if re.fullmatch("[a-z_]{1,32}", text) else None


# The unit of a row of FAULTS: its reader, and an example for messages.
READERS: dict[str, tuple[Callable[[str], int | str | None], str]] = {
    "fraction of steps": (_per_mille, 'as in "20 %"'),
    "fraction of holding torque": (_per_mille, 'as in "80 %"'),
    "fraction of bore": (_per_mille, 'as in "100 %"'),
    "steps per s": (_counted("([0-9]{1,6}) steps/s"), 'as in "50 steps/s"'),
    "ADC units": (_counted("(-?[0-9]{1,6}) ADC units"), 'as in "2000 ADC units"'),
    "uL": (_counted("(-?[0-9]{1,6}) uL"), 'as in "300 uL"'),
    "uL per day": (_counted("(-?[0-9]{1,6}) uL/day"), 'as in "500 uL/day"'),
    "mV": (_counted("([0-9]{1,6}) mV"), 'as in "600 mV"'),
    "ms": (_signed_time(units.duration_ms), 'as in "5 s"'),
    "s": (_signed_time(units.duration_s), 'as in "1 h" or "-1 h"'),
    "bytes + 1": (_torn, 'as in "20 bytes"'),
    "1 bolus, 2 alarm, 3 stop": (_button, 'as in "bolus"'),
    "task name": (_task, 'as in "delivery"'),
    "file": (_file, 'as in "prescription.a"'),
}
