"""What follows from a prescription, computed exactly, for a person to judge before it runs."""

from dataclasses import dataclass
from fractions import Fraction

from thecal.tables import doses
from thecal_tools import dose_windows, patient_room, units
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
    worst_1h_ng, worst_24h_ng: what a trailing window can hold with every patient bolus taken that the limits leave room
    for. highest_nl_per_h: the
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
    per_day, found = _patient(therapy)
    limits = dose_windows.limits(therapy)
    return Derived(
        patterns=tuple(_pattern(therapy, name) for name in therapy.patterns),
        weekdays=weekdays,
        patient_per_day=per_day,
        patient_per_day_ng=per_day * therapy.patient.dose if therapy.patient else 0,
        worst_1h_ng=min(dose_windows.worst_window(therapy, dose_windows.HOUR_S), Fraction(limits.per_1h_ng)),
        worst_24h_ng=min(dose_windows.worst_window(therapy, units.DAY_S), Fraction(limits.per_24h_ng)),
        highest_nl_per_h=dose_windows.highest_momentary_nl_per_s(therapy) * dose_windows.HOUR_S,
        limits=limits,
        warnings=(*found, *_warnings(therapy, weekdays)),
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


def _patient(therapy: Therapy) -> tuple[int, list[str]]:
    """How many patient boluses 24 h can really hold, and what a clinician should know of that (PR-07)."""
    patient = therapy.patient
    if patient is None:
        return 0, []
    by_lockout = dose_windows.patient_boluses_per_day(patient)
    if by_lockout < patient.max_per_24h:
        count = patient.max_per_24h
        found = [f"patient_bolus.max_per_24h is {count}; the lockout allows only {by_lockout} in 24 h"]
    else:
        found = []
    if therapy.limit_1h is None and therapy.limit_24h is None:
        return by_lockout, found
    by_limits = patient_room.most_per_day(therapy)
    if not by_limits:
        found.append(
            "patient_bolus is never possible under this prescription: background, scheduled boluses and limits"
            " leave no room for one"
        )
        return 0, found
    if by_limits < by_lockout:
        found.append(f"the limits leave room for {by_limits} patient boluses in 24 h, not for {by_lockout}")
    found += [_without_time(therapy, field) for field in patient_room.never_without_time(therapy)]
    return min(by_limits, by_lockout), found


def _without_time(therapy: Therapy, field: str) -> str:
    window_s = dose_windows.HOUR_S if field == "per_1h" else units.DAY_S
    least = units.show_mass(dose_windows.least_without_time(therapy, window_s))
    return (
        f"limits.{field} leaves no room for a patient bolus while the time of day is unknown (the highest rate then"
        f" counts all the time), so each is refused as never possible: from {least} on there is room for one"
    )


def _warnings(therapy: Therapy, weekdays: tuple[Total, ...]) -> list[str]:
    found: list[str] = []
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
