"""Numbers and times as the report and the terminal print them."""

from datetime import datetime
from fractions import Fraction

from thecal_tools.day_report.figures import Day, Hour, Request
from thecal_tools.units import decimals, show_duration

BENCH_ONLY = "BENCH / RESEARCH ONLY \u2013 never for people or animals"
WITHIN, OUTSIDE = "within one step + 5 %", "outside one step + 5 %"


def fixed(value: Fraction | int, places: int) -> str:
    """Decimal text with exactly that many places, rounded half away from zero, with a true minus sign."""
    scaled = (abs(Fraction(value)) * 10**places * 2 + 1) // 2
    whole, part = divmod(int(scaled), 10**places)
    sign = "\u2212" if value < 0 and scaled else ""
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"


def microlitres(nanolitres: Fraction | int, places: int = 2) -> str:
    return fixed(Fraction(nanolitres) / 1000, places)


def millilitres(nanolitres: Fraction | int | None, places: int = 3) -> str:
    return "no reading" if nanolitres is None else fixed(Fraction(nanolitres) / 1_000_000, places)


def signed(text: str) -> str:
    """The text of a number with its sign also where it is positive."""
    return text if text.startswith("\u2212") or not text.strip("0.") else f"+{text}"


def dose(day: Day, nanolitres: Fraction | int) -> str:
    """The dose in a volume, in the drug's unit, without naming it."""
    unit, size = day.programme.mass_unit
    return fixed(day.therapy.mass_ng(nanolitres) / size, 2 if unit == "mcg" else 3)


def percent(value: Fraction | None) -> str:
    return "\u2013" if value is None else f"{fixed(value, 2)} %"


def clock(moment: datetime, day: Day) -> str:
    """Time of day, with the weekday where the span is longer than a day or the moment lies outside it."""
    same_day = day.start <= moment <= day.end and day.span_hours <= 24
    return f"{moment:%H:%M}" if same_day else f"{moment:%a %H:%M}"


def hour_name(hour: Hour, day: Day) -> str:
    return f"{clock(hour.start, day)}\u2013{hour.end:%H:%M}"


def concentration(day: Day) -> str:
    unit, size = day.programme.mass_unit
    return f"{decimals(Fraction(day.therapy.concentration, size))} {unit}/mL"


def daily_dose(day: Day) -> str:
    """Background and scheduled dose of the first day, by mass."""
    unit, size = day.programme.mass_unit
    return f"{decimals(day.therapy.mass_ng(_first_day_nl(day)) / size, 2)} {unit}"


def daily_volume(day: Day) -> str:
    """Background and scheduled dose of the first day, by volume."""
    return f"{millilitres(_first_day_nl(day))} mL"


def _first_day_nl(day: Day) -> Fraction:
    if not day.time_known:
        return day.therapy.volume_nl(day.therapy.fallback_rate())
    return day.programme.derived.weekdays[day.start.weekday()].volume_nl


def weekday(day: Day) -> str:
    return f"{day.start:%A}" if day.time_known else "fallback rate"


def span(day: Day) -> str:
    """From when to when."""
    if not day.time_known:
        return f"time of day unknown, {show_duration(day.result['duration_s'])} counted from 00:00"
    return f"{day.start:%A %d %B %Y %H:%M} to {day.end:%A %d %B %Y %H:%M}"


def headline(day: Day) -> str:
    """The prescription and the time in one line."""
    return (
        f"{day.therapy.drug} {concentration(day)}, {day.programme.mode},"
        f" {daily_dose(day)} or {daily_volume(day)} a day ({weekday(day)}); {span(day)}, on the virtual bench"
    )


def next_possible(request: Request, day: Day) -> str:
    """When the next bolus is possible, as the panel would say it; a dash where the answer names no time."""
    following = request.next_moment
    if request.granted or (following is not None and following < request.moment):
        return "\N{EN DASH}"
    return "never under this prescription" if following is None else clock(following, day)


def answer(request: Request) -> str:
    return "granted" if request.granted else "refused"
