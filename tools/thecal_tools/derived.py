"""What follows from a prescription, computed exactly, for a person to judge before it runs."""

from dataclasses import dataclass
from fractions import Fraction

from thecal.tables import doses
from thecal_tools import dose_windows, units
from thecal_tools.therapy import DAYS, Therapy


@dataclass(frozen=True)
class Total:
    """What a day (or a pattern's day) gives without patient boluses: background and scheduled in ng, all of it in nL.

    name: the weekday or the pattern. pattern: of a weekday in flex, else "".
    """

    name: str
    pattern: str
    background_ng: Fraction
    scheduled_ng: int
    volume_nl: Fraction


@dataclass(frozen=True)
class Derived:
    """Values in ng and nL, exact.

    patterns and weekdays: daily totals. patient_per_day: how many patient boluses 24 h can hold, with their dose.
    worst_1h_ng, worst_24h_ng: what a trailing window can hold with every patient bolus taken. highest_nl_per_h: the
    highest flow at any moment. limits: as compiled. warnings: legal, but perhaps not meant.
    """

    patterns: tuple[Total, ...]
    weekdays: tuple[Total, ...]
    patient_per_day: int
    patient_per_day_ng: int
    worst_1h_ng: Fraction
    worst_24h_ng: Fraction
    highest_nl_per_h: Fraction
    limits: dose_windows.Limits
    warnings: tuple[str, ...]


def derived(therapy: Therapy) -> Derived:
    """Derived values of a checked therapy."""
    weekdays = tuple(_weekday(therapy, day) for day in range(7))
    per_day = dose_windows.patient_boluses_per_day(therapy.patient) if therapy.patient else 0
    return Derived(
        patterns=tuple(_pattern(therapy, name) for name in therapy.patterns),
        weekdays=weekdays,
        patient_per_day=per_day,
        patient_per_day_ng=per_day * therapy.patient.dose if therapy.patient else 0,
        worst_1h_ng=dose_windows.worst_window(therapy, dose_windows.HOUR_S),
        worst_24h_ng=dose_windows.worst_window(therapy, units.DAY_S),
        highest_nl_per_h=dose_windows.highest_momentary_nl_per_s(therapy) * dose_windows.HOUR_S,
        limits=dose_windows.limits(therapy),
        warnings=tuple(_warnings(therapy, weekdays, per_day)),
    )


def _day_total(steps: tuple[tuple[int, int, Fraction], ...]) -> Fraction:
    return sum(((end - start) * rate for start, end, rate in steps), Fraction(0)) / units.MINUTES_PER_DAY


def _pattern(therapy: Therapy, name: str) -> Total:
    steps = tuple((step.start, step.end, Fraction(step.rate)) for step in therapy.patterns[name])
    background = _day_total(steps)
    return Total(name, "", background, 0, therapy.volume_nl(background))


def _weekday(therapy: Therapy, day: int) -> Total:
    background = _day_total(therapy.day(day))
    scheduled = sum(bolus.dose for bolus in therapy.scheduled if bolus.days >> day & 1)
    pattern = therapy.week[day] if therapy.week else ""
    return Total(DAYS[day], pattern, background, scheduled, therapy.volume_nl(background + scheduled))


def _warnings(therapy: Therapy, weekdays: tuple[Total, ...], per_day: int) -> list[str]:
    found: list[str] = []
    patient = therapy.patient
    if patient and per_day < patient.max_per_24h:
        found.append(f"patient_bolus.max_per_24h is {patient.max_per_24h}; the lockout allows only {per_day} in 24 h")
    for name in therapy.patterns:
        if name not in therapy.week:
            found.append(f"flex.patterns.{name} is used on no day of the week")
    if therapy.mode == doses.FLEX:
        lowest = min(day.background_ng for day in weekdays)
        highest = max(day.background_ng for day in weekdays)
        if not lowest <= therapy.rate <= highest:
            found.append(
                f"flex.fallback_rate is {units.show_mass(therapy.rate)}/day, outside the days' own totals "
                f"({units.show_mass(lowest)} to {units.show_mass(highest)})"
            )
    if therapy.mode == doses.STOPPED:
        found.append("stopped: no drug flows, and after 48 h the tube may take a set")
    return found
