"""Checks of a prescription as a whole: boluses apart, the ceiling of all modes together, limits and programme."""

from fractions import Fraction
from math import ceil
from typing import Any

from thecal.tables import ceilings, quantities
from thecal_tools import dose_windows, units
from thecal_tools.files import Source
from thecal_tools.therapy import DAYS, ScheduledBolus, Therapy
from thecal_tools.units import DAY_S


def check_programme(therapy: Therapy, document: dict[str, Any], source: Source) -> None:
    """Raises FileError where fields that are sound by themselves make an illegal programme together."""
    _check_boluses_apart(therapy, document, source)
    _check_ceiling(therapy, document, source)
    _check_limit(therapy, "per_1h", dose_windows.HOUR_S, therapy.limit_1h, document, source)
    _check_limit(therapy, "per_24h", DAY_S, therapy.limit_24h, document, source)


def _check_boluses_apart(therapy: Therapy, document: dict[str, Any], source: Source) -> None:
    """One bolus at a time (SR-07): a scheduled bolus ends before the next one starts."""
    given = sorted(
        (day * DAY_S + bolus.at * 60, index, bolus)
        for index, bolus in enumerate(therapy.scheduled)
        for day in range(7)
        if bolus.days >> day & 1
    )
    following = [*given[1:], *((start + 7 * DAY_S, index, bolus) for start, index, bolus in given[:1])]
    for (start, index, bolus), (next_start, next_index, next_bolus) in zip(given, following, strict=True):
        if start + bolus.duration_s > next_start:
            first, second = _name(start, index, bolus), _name(next_start, next_index, next_bolus)
            where = ("scheduled_boluses", next_index, "at")
            value = document["scheduled_boluses"][next_index]["at"]
            raise source.error(where, value, f"{first} still runs when {second} starts: move one of them apart")


def _name(start: int, index: int, bolus: ScheduledBolus) -> str:
    day = DAYS[start // DAY_S % 7]
    return f"bolus {index + 1} ({day} {units.show_minute(bolus.at)}, {units.show_duration(bolus.duration_s)})"


def _check_ceiling(therapy: Therapy, document: dict[str, Any], source: Source) -> None:
    """The background's peak with any one bolus stays under the pump's ceiling (SR-02), volumes rounded up to nL."""
    background = Fraction(ceil(therapy.volume_nl(therapy.highest_background())), 24)
    fields = [("scheduled_boluses", i) for i in range(len(therapy.scheduled))] + [("patient_bolus",)]
    for bolus, where in zip(therapy.boluses(), fields, strict=False):
        flow = Fraction(ceil(therapy.volume_nl(bolus.dose)) * dose_windows.HOUR_S, bolus.duration_s)
        if flow + background > ceilings.CEILING_NL_PER_HOUR:
            value: Any = document
            for part in (*where, "duration"):
                value = value[part]
            together = f"{units.show_volume(flow)}/h) with the highest background ({units.show_volume(background)}/h)"
            ceiling = units.show_volume(ceilings.CEILING_NL_PER_HOUR)
            rule = f"the bolus ({together} passes the ceiling of {ceiling}/h: lengthen the bolus"
            raise source.error((*where, "duration"), value, rule)


def _check_limit(
    therapy: Therapy, field: str, window_s: int, limit: int | None, document: dict[str, Any], source: Source
) -> None:
    """A limit holds what is programmed, without patient boluses, and stays within the mechanism's."""
    least = dose_windows.least_limit(therapy, window_s)
    highest = quantities.hard_range("limit_1h" if window_s == dose_windows.HOUR_S else "limit_24h")[1]
    value = document.get("limits", {}).get(field)
    length = units.show_duration(window_s)
    if limit is not None and limit < least:
        rule = (
            f"the programme can give {units.show_mass(least)} in {length} (background, and every scheduled bolus that"
            f" {length} can touch, whole): raise the limit to at least that, or reduce the programme"
        )
        raise source.error(("limits", field), value, rule)
    volume = therapy.volume_nl(ceil(dose_windows.worst_window(therapy, window_s)) if limit is None else limit)
    if volume > highest:
        what = "the limit" if limit is not None else f"the programme's worst {length}"
        rule = (
            f"{what} is {units.show_volume(volume)}, the mechanism's limit {units.show_volume(highest)} in {length}:"
            f" {'lower it' if limit is not None else 'reduce rate, boluses or their count'}"
        )
        raise source.error(("limits", field) if limit is not None else (), value, rule)
