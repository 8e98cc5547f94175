"""Exact quantities with units: text from a file to the board's whole numbers, and back to text for people.

Reading goes through fractions, never floats. A bare number, an unknown unit, a unit of another kind and a value that is
no whole number of the board's units are refused (SR-14); the UnitError's text names the rule and what to write instead.

    number  digits with at most one decimal point and digits on both sides of it: 120, 0.5; no sign, exponent or comma
    mass    ng, ug (mcg, µg), mg            volume  nL, uL (µL), mL, L     time  ms, s, min, h, day (d, days)
    mass per volume, mass per time, volume per time: two of these with a slash, as in 2000 ug/mL, 120 ug/day, 0.5 mL/day
"""

import re
from datetime import datetime, timedelta
from fractions import Fraction

MASS = "mass"
VOLUME = "volume"
TIME = "time"
CONCENTRATION = "mass per volume"
MASS_RATE = "mass per time"
VOLUME_RATE = "volume per time"

EXAMPLES = {
    MASS: "50 ug",
    VOLUME: "20 mL",
    TIME: "2 h 30 min",
    CONCENTRATION: "2000 ug/mL",
    MASS_RATE: "120 ug/day",
    VOLUME_RATE: "0.5 mL/day",
}

DAY_S = 86_400
MINUTES_PER_DAY = 1_440
WALL_EPOCH = datetime(2020, 1, 1)
WALL_END = datetime(2050, 1, 1)

_THOUSAND = 1_000
_MILLION = 1_000_000
# Unit: (dimension, how many ng, nL or s). Litres are written mL by most and ml by some: both are unmistakable.
_UNITS: dict[str, tuple[str, Fraction]] = {
    "ng": (MASS, Fraction(1)),
    "ug": (MASS, Fraction(_THOUSAND)),
    "mcg": (MASS, Fraction(_THOUSAND)),
    "mg": (MASS, Fraction(_MILLION)),
    "nL": (VOLUME, Fraction(1)),
    "uL": (VOLUME, Fraction(_THOUSAND)),
    "ul": (VOLUME, Fraction(_THOUSAND)),
    "mL": (VOLUME, Fraction(_MILLION)),
    "ml": (VOLUME, Fraction(_MILLION)),
    "L": (VOLUME, Fraction(1_000 * _MILLION)),
    "ms": (TIME, Fraction(1, _THOUSAND)),
    "s": (TIME, Fraction(1)),
    "min": (TIME, Fraction(60)),
    "h": (TIME, Fraction(3_600)),
    "d": (TIME, Fraction(DAY_S)),
    "day": (TIME, Fraction(DAY_S)),
    "days": (TIME, Fraction(DAY_S)),
}
_KNOWN = "ng, ug (mcg), mg, nL, uL, mL, L, ms, s, min, h, day"
_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"
_AMOUNT = re.compile(rf"({_NUMBER}) ?([a-zA-Z]+(?:/[a-zA-Z]+)?)")
_SUM_OF_TIMES = re.compile(rf"{_NUMBER} ?[a-zA-Z]+(?: {_NUMBER} ?[a-zA-Z]+)+")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")
_WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2})?")


class UnitError(ValueError):
    """A quantity that cannot be read; the text says why and how to write it."""


def quantity(text: object, dimension: str) -> Fraction:
    """The exact value in the dimension's base units (ng, nL and s, and their ratios).

    dimension: one of this module's names. Times may be sums such as "2 h 30 min". Raises UnitError.
    """
    example = EXAMPLES[dimension]
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise UnitError(f'a bare number is refused: write the unit too, as in "{example}"')
    if not isinstance(text, str):
        raise UnitError(f'must be text with a number and a unit, as in "{example}"')
    plain = text.replace("\u00b5", "u").replace("\u03bc", "u")
    if dimension == TIME and _SUM_OF_TIMES.fullmatch(plain):
        return _sum_of_times(plain)
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        raise UnitError(_why_unreadable(plain, example))
    found, factor = _unit(match[2], example)
    if found != dimension:
        raise UnitError(f'the unit {match[2]} is {found}, {dimension} is needed, as in "{example}"')
    return Fraction(match[1]) * factor


def mass_ng(text: object) -> int:
    """Whole ng of a mass. Raises UnitError."""
    return _whole(quantity(text, MASS), "ng")


def concentration_ng_per_ml(text: object) -> int:
    """Whole ng/mL of a concentration. Raises UnitError."""
    return _whole(quantity(text, CONCENTRATION) * _MILLION, "ng/mL")


def mass_rate_ng_per_day(text: object) -> int:
    """Whole ng/day of a dose rate. Raises UnitError."""
    return _whole(quantity(text, MASS_RATE) * DAY_S, "ng/day")


def volume_ul(text: object) -> int:
    """Whole uL of a volume. Raises UnitError."""
    return _whole(quantity(text, VOLUME) / _THOUSAND, "uL")


def duration_s(text: object) -> int:
    """Whole seconds of a time. Raises UnitError."""
    return _whole(quantity(text, TIME), "s")


def duration_ms(text: object) -> int:
    """Whole milliseconds of a time. Raises UnitError."""
    return _whole(quantity(text, TIME) * _THOUSAND, "ms")


def minute_of_day(text: object) -> int:
    """Minute 0 to 1440 of a time of day from "00:00" to "24:00". Raises UnitError."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise UnitError('must be a time of day as text, hours and minutes with two digits each, as in "07:30"')
    minute = int(match[1]) * 60 + int(match[2])
    if int(match[2]) > 59 or minute > MINUTES_PER_DAY:
        raise UnitError("no such time of day: write 00:00 to 23:59, or 24:00 for the end of the day")
    return minute


def wall_time_s(text: object) -> int:
    """Seconds from 2020-01-01 00:00 to a local date and time, "2026-03-02 06:00" with or without seconds.

    Raises UnitError outside 2020 to 2049.
    """
    rule = 'must be a local date and time from 2020 to 2049, as in "2026-03-02 06:00"'
    if not isinstance(text, str) or not _WALL.fullmatch(text):
        raise UnitError(rule)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnitError(f"no such date or time; it {rule}") from None
    if not WALL_EPOCH <= moment < WALL_END:
        raise UnitError(rule)
    return (moment - WALL_EPOCH) // timedelta(seconds=1)


def show_mass(nanograms: Fraction | int) -> str:
    """A mass for people, in ng, mcg or mg, to at most four decimals.

    mcg, not the Greek letter: in doses that is misread as mg (ISMP's list of error-prone abbreviations).
    """
    return _shown(nanograms, (("mg", _MILLION), ("mcg", _THOUSAND), ("ng", 1)))


def show_volume(nanolitres: Fraction | int) -> str:
    """A volume for people, in nL, uL or mL, to at most four decimals."""
    return _shown(nanolitres, (("mL", _MILLION), ("uL", _THOUSAND), ("nL", 1)))


def show_concentration(ng_per_ml: int) -> str:
    """A concentration for people, per mL."""
    return f"{show_mass(ng_per_ml)}/mL"


def show_duration(seconds: int) -> str:
    """A time for people, such as "1 day 2 h 30 min"."""
    parts: list[str] = []
    for name, size in (("day", DAY_S), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}s" if name == "day" and count > 1 else f"{count} {name}")
    return " ".join(parts) or "0 s"


def show_minute(minute: int) -> str:
    """A minute of the day as "07:30"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def wall_text(wall_s: int) -> str:
    """Local date and time of seconds since 2020-01-01 00:00, to the minute."""
    return (WALL_EPOCH + timedelta(seconds=wall_s)).strftime("%Y-%m-%d %H:%M")


def decimals(value: Fraction | int, places: int = 4) -> str:
    """The value as decimal text, rounded half up to at most that many places, without trailing zeros."""
    scaled = (abs(Fraction(value)) * 10**places * 2 + 1) // 2
    whole, part = divmod(int(scaled), 10**places)
    digits = f"{part:0{places}d}".rstrip("0")
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def _sum_of_times(text: str) -> Fraction:
    total = Fraction(0)
    smaller_than: Fraction | None = None
    for number, unit in re.findall(rf"({_NUMBER}) ?([a-zA-Z]+)", text):
        found, factor = _unit(unit, EXAMPLES[TIME])
        if found != TIME:
            raise UnitError(f'the unit {unit} is {found}, a time is needed, as in "{EXAMPLES[TIME]}"')
        if smaller_than is not None and factor >= smaller_than:
            raise UnitError('a sum of times goes from the larger unit to the smaller, each once, as in "2 h 30 min"')
        smaller_than = factor
        total += Fraction(number) * factor
    return total


def _unit(text: str, example: str) -> tuple[str, Fraction]:
    above, slash, below = text.partition("/")
    for part in (above, below) if slash else (above,):
        if part not in _UNITS:
            raise UnitError(f'unknown unit {part}: known are {_KNOWN}; write it as in "{example}"')
    dimension, factor = _UNITS[above]
    if not slash:
        return dimension, factor
    per, divisor = _UNITS[below]
    return f"{dimension} per {per}", factor / divisor


def _why_unreadable(text: str, example: str) -> str:
    if re.fullmatch(r"\s*[0-9]+(\.[0-9]*)?\s*", text):
        return f'a bare number is refused: write the unit too, as in "{example}"'
    if re.match(r"\s*[-+]", text):
        return f'a sign is refused: write a plain positive amount, as in "{example}"'
    if re.match(r"\s*(\.[0-9]|[0-9]+\.(?![0-9]))", text):
        return 'a decimal point needs digits on both sides: write 0.5, as in "0.5 mg"'
    if re.match(r"\s*[0-9]+[,_' ][0-9]", text) or re.match(r"\s*[0-9.]+[eE][-+0-9]", text):
        return f'write the digits of the number without commas, spaces or exponent, as in "{example}"'
    return f'not a number with a unit: write it as in "{example}"'


def _whole(value: Fraction, unit: str) -> int:
    if value.denominator != 1:
        raise UnitError(f"{decimals(value)} {unit} is not a whole number of {unit}: round it to one")
    return value.numerator


def _shown(value: Fraction | int, scales: tuple[tuple[str, int], ...]) -> str:
    for unit, size in scales:
        if abs(value) >= size:
            return f"{decimals(Fraction(value) / size)} {unit}"
    unit, size = scales[-1]
    return f"{decimals(Fraction(value) / size)} {unit}"
