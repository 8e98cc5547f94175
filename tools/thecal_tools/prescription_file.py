"""The prescription file, "thecal.prescription/1": read strictly, checked, and compiled to the board's binary.

The file's fields and rules are in docs/prescription_file.md, its structure in schemas/prescription.schema.json, the
binary in firmware/thecal/therapy/prescription.py. What follows from a prescription is in thecal_tools.dose_windows.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from struct import pack
from typing import Any

from thecal.tables import doses, quantities, texts
from thecal.therapy import prescription_check as board
from thecal_tools import dose_windows, prescription_binary, units
from thecal_tools.files import FileError, Source, check_format, check_schema, read_json
from thecal_tools.programme_checks import check_programme
from thecal_tools.therapy import DAYS, Bolus, PatientBolus, ScheduledBolus, Step, Therapy

FORMAT = "thecal.prescription/1"
NO_PLACE = Source("prescription")


def load(path: Path) -> Therapy:
    """The checked therapy in a prescription file. Raises FileError."""
    return read(read_json(path), Source(path))


def read(document: Any, source: Source = NO_PLACE) -> Therapy:
    """The checked therapy of a prescription document (parsed JSON). source: its place, for errors. Raises FileError."""
    check_format(document, FORMAT, source)
    check_schema(document, "prescription", source)
    therapy = _Reader(document, source).therapy()
    check_programme(therapy, document, source)
    _cross_check(therapy, source)
    return therapy


def compile_prescription(document: Any, source: Source = NO_PLACE) -> bytes:
    """The board's binary of a prescription document. Raises FileError."""
    return compiled(read(document, source))


def compiled(therapy: Therapy) -> bytes:
    """The board's binary of a checked therapy."""
    limits = dose_windows.limits(therapy)
    names = list(therapy.patterns)
    patient = therapy.patient or PatientBolus(0, 0, 0, 0)
    body = prescription_binary.pack_header(
        therapy.mode,
        0,
        therapy.id.encode("ascii"),
        therapy.drug.encode("ascii"),
        therapy.concentration,
        therapy.rate,
        patient.dose,
        patient.lockout_s,
        patient.duration_s,
        patient.max_per_24h,
        limits.per_1h_ng,
        limits.per_24h_ng,
        limits.gate_1h_nl,
        limits.gate_24h_nl,
        therapy.low_reservoir_ul,
        len(names),
        len(therapy.scheduled),
        bytes(names.index(name) for name in therapy.week),
    )
    for steps in therapy.patterns.values():
        body += pack("<B", len(steps)) + b"".join(pack("<HI", step.start, step.rate) for step in steps)
    for bolus in therapy.scheduled:
        body += pack("<HBIH", bolus.at, bolus.days, bolus.dose, bolus.duration_s)
    return prescription_binary.seal(body)


def _cross_check(therapy: Therapy, source: Source) -> None:
    """The board's own reader must accept what was compiled, and find the same values in it."""
    try:
        found = board.checked(compiled(therapy))
    except board.PrescriptionError as error:
        raise source.error((), None, f"the firmware would refuse it ({error}): change that value") from None
    patient = therapy.patient or PatientBolus(0, 0, 0, 0)
    patterns = tuple(tuple((step.start, step.rate) for step in steps) for steps in therapy.patterns.values())
    scheduled = tuple((bolus.at, bolus.days, bolus.dose, bolus.duration_s) for bolus in therapy.scheduled)
    pairs = (
        (found.id, therapy.id),
        (found.drug, therapy.drug),
        (found.mode, therapy.mode),
        (found.concentration, therapy.concentration),
        (found.rate, therapy.rate),
        (found.patient_dose, patient.dose),
        (found.patient_duration_s, patient.duration_s),
        (found.lockout_s, patient.lockout_s),
        (found.patient_count, patient.max_per_24h),
        (found.low_reservoir_ul, therapy.low_reservoir_ul),
        (found.patterns, patterns),
        (found.scheduled, scheduled),
    )
    if any(on_board != in_file for on_board, in_file in pairs):
        raise AssertionError("compiled prescription does not read back as it was written")


# Quantity of the table: how to show it, and what it is called in a message.
_SHOWN: dict[str, tuple[Callable[[Any], str], str]] = {
    "concentration": (units.show_concentration, "the concentration"),
    "background": (lambda value: f"{units.show_volume(value)}/day", "the background's volume at this concentration"),
    "bolus_volume": (units.show_volume, "the bolus's volume at this concentration"),
    "bolus_duration": (units.show_duration, "the duration"),
    "lockout": (units.show_duration, "the lockout"),
    "boluses_per_24h": (str, "the count"),
    "low_reservoir": (lambda value: units.show_volume(value * 1000), "the warning level"),
}


class _Reader:
    """Fields of one document that its schema has passed, as exact whole numbers inside their hard ranges."""

    def __init__(self, document: dict[str, Any], source: Source):
        self._document = document
        self._source = source
        self._concentration = self._number(units.concentration_ng_per_ml, "concentration")
        self._within("concentration", self._concentration, "concentration")

    def therapy(self) -> Therapy:
        document = self._document
        mode = texts.MODES.index(document["mode"])
        patterns, week = self._flex() if mode == doses.FLEX else ({}, ())
        rate = 0
        if mode == doses.SIMPLE:
            rate = self._background("rate")
            if rate == 0:
                raise self._error(("rate",), "gives nothing: write a rate, or mode stopped without one")
        elif mode == doses.FLEX:
            rate = self._background("flex", "fallback_rate")
        patient = self._patient() if "patient_bolus" in document else None
        scheduled = tuple(self._scheduled(i) for i in range(len(document.get("scheduled_boluses", ()))))
        if mode == doses.BOLUS_ONLY and patient is None and not scheduled:
            rule = "bolus_only without a bolus gives nothing: add patient_bolus or scheduled_boluses, or write stopped"
            raise self._source.error(("mode",), document["mode"], rule)
        limits = document.get("limits", {})
        low = self._number(units.volume_ul, "low_reservoir")
        self._within("low_reservoir", low, "low_reservoir")
        return Therapy(
            id=self._name("id"),
            drug=self._name("drug"),
            concentration=self._concentration,
            mode=mode,
            rate=rate,
            patterns=patterns,
            week=week,
            patient=patient,
            scheduled=scheduled,
            limit_1h=self._number(units.mass_ng, "limits", "per_1h") if "per_1h" in limits else None,
            limit_24h=self._number(units.mass_ng, "limits", "per_24h") if "per_24h" in limits else None,
            low_reservoir_ul=low,
            note=document.get("note", ""),
        )

    def _value(self, *where: str | int) -> Any:
        value: Any = self._document
        for part in where:
            value = value[part]
        return value

    def _number(self, reader: Any, *where: str | int) -> int:
        return self._source.read(reader, self._value(*where), *where)

    def _error(self, where: tuple[str | int, ...], rule: str) -> FileError:
        return self._source.error(where, self._value(*where), rule)

    def _name(self, field: str) -> str:
        name = self._value(field)
        if not name.isascii() or not name.isprintable():  # a "$" of a pattern lets one line feed pass
            raise self._error((field,), "must be printable ASCII: remove the other characters")
        return name

    def _within(self, name: str, value: Any, *where: str | int) -> None:
        lowest, highest = quantities.hard_range(name)
        if (value == 0 and name in quantities.ZERO_IS_OFF) or lowest <= value <= highest:
            return
        show, meaning = _SHOWN[name]
        or_off = ", or zero" if name in quantities.ZERO_IS_OFF else ""
        span = f"{show(lowest)} to {show(highest)}{or_off}"
        raise self._error(where, f"{meaning} is {show(value)}, must be from {span}: choose a value inside")

    def _volume(self, mass: int) -> Fraction:
        return Fraction(mass) * 1_000_000 / self._concentration

    def _background(self, *where: str | int) -> int:
        rate = self._number(units.mass_rate_ng_per_day, *where)
        self._within("background", self._volume(rate), *where)
        return rate

    def _bolus(self, *where: str | int) -> Bolus:
        dose = self._number(units.mass_ng, *where, "dose")
        duration_s = self._number(units.duration_s, *where, "duration")
        self._within("bolus_volume", self._volume(dose), *where, "dose")
        self._within("bolus_duration", duration_s, *where, "duration")
        return Bolus(dose, duration_s)

    def _patient(self) -> PatientBolus:
        bolus = self._bolus("patient_bolus")
        lockout_s = self._number(units.duration_s, "patient_bolus", "lockout")
        self._within("lockout", lockout_s, "patient_bolus", "lockout")
        count = self._value("patient_bolus", "max_per_24h")
        self._within("boluses_per_24h", count, "patient_bolus", "max_per_24h")
        return PatientBolus(bolus.dose, bolus.duration_s, lockout_s, count)

    def _scheduled(self, index: int) -> ScheduledBolus:
        where = ("scheduled_boluses", index)
        at = self._number(units.minute_of_day, *where, "at")
        if at == units.MINUTES_PER_DAY:
            raise self._error((*where, "at"), "24:00 is the next day's 00:00: write 00:00 and the next day")
        bolus = self._bolus(*where)
        days = sum(1 << DAYS.index(day) for day in self._value(*where, "days"))
        return ScheduledBolus(bolus.dose, bolus.duration_s, at, days)

    def _flex(self) -> tuple[dict[str, tuple[Step, ...]], tuple[str, ...]]:
        patterns = {name: self._pattern(name) for name in self._value("flex", "patterns")}
        for day in DAYS:
            if self._value("flex", "week", day) not in patterns:
                rule = f"no such pattern: flex.patterns has {', '.join(patterns)}"
                raise self._error(("flex", "week", day), rule)
        return patterns, tuple(self._value("flex", "week", day) for day in DAYS)

    def _pattern(self, name: str) -> tuple[Step, ...]:
        where = ("flex", "patterns", name)
        steps = tuple(self._step(*where, i) for i in range(len(self._value(*where))))
        if steps[0].start:
            rule = f"step 1 ({steps[0]}) leaves 00:00 to its start open: start at 00:00"
            raise self._error((*where, 0, "start"), rule)
        for number, (before, after) in enumerate(pairwise(steps), 1):
            if after.start == before.end:
                continue
            pair = f"step {number} ({before}) and step {number + 1} ({after})"
            what = "leave a gap" if after.start > before.end else "overlap"
            if after.start < before.start:
                what = "are out of order"
            raise self._error((*where, number, "start"), f"{pair} {what}: each step starts where the one before ends")
        if steps[-1].end != units.MINUTES_PER_DAY:
            rule = f"step {len(steps)} ({steps[-1]}) leaves its end to 24:00 open: end at 24:00"
            raise self._error((*where, len(steps) - 1, "end"), rule)
        return steps

    def _step(self, *where: str | int) -> Step:
        start = self._number(units.minute_of_day, *where, "start")
        end = self._number(units.minute_of_day, *where, "end")
        if end <= start:
            rule = f"must be later than start {units.show_minute(start)}: split a step over midnight in two"
            raise self._error((*where, "end"), rule)
        return Step(start, end, self._background(*where, "rate"))
