"""The worst legal dose windows of a prescription, exactly, and the limits for admission and gate that follow from them.

"Worst" is the most that any trailing 1 h or 24 h can hold while the pump does only what the prescription allows: the
background at its worst hour or day of the week, the wall time known or unknown (so each moment counts at the higher of
the programmed and the fallback rate); each scheduled bolus, which patient boluses may hold back; and every patient
bolus that the lockout (from the end of the one before) and the count allow, at the worst moment. One bolus runs at a
time, so no window holds more than its length at the highest momentary rate. Clinician boluses are not part of a
prescription.

Admission is stricter than that: it counts a bolus whole in every window that touches it (firmware,
thecal.therapy.admission). So a limit must leave room for the programme counted like that, and the limit that stands in
for one that nobody set leaves room for whatever admission may count, and never binds.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from thecal.tables import ceilings, quantities
from thecal_tools.therapy import Bolus, PatientBolus, ScheduledBolus, Therapy
from thecal_tools.units import DAY_S

HOUR_S = 3_600
_WEEK_S = 7 * DAY_S

# The gate counts whole buckets, and after a reset a block of steps may be attributed late: ten minutes are kept.
GATE_LATE_S = 600
GATE_SLACK_NL = 8 * 250  # one block of steps under way
# A bolus counts so much longer than its duration at the most: begun late by 5 s, rounded to whole seconds.
_LATE_S = 10
_MOST_NG = (1 << 32) - 1  # what a compiled prescription has room for


@dataclass(frozen=True)
class Limits:
    """Admission limits in ng (the prescription's own, or such as never bind) and the gate's in nL."""

    per_1h_ng: int
    per_24h_ng: int
    gate_1h_nl: int
    gate_24h_nl: int


def limits(therapy: Therapy) -> Limits:
    """The limits that are compiled for the board."""
    hour, day = ceilings.GATE_HOUR_BUCKET_S, ceilings.GATE_DAY_BUCKET_S
    return Limits(
        _admission(therapy, HOUR_S, therapy.limit_1h),
        _admission(therapy, DAY_S, therapy.limit_24h),
        gate_limit_nl(therapy, _highest(therapy, HOUR_S, therapy.limit_1h), hour, quantities.hard_range("gate_1h")[1]),
        gate_limit_nl(therapy, _highest(therapy, DAY_S, therapy.limit_24h), day, quantities.hard_range("gate_24h")[1]),
    )


def _admission(therapy: Therapy, window_s: int, limit: int | None) -> int:
    return min(ceil(_unbinding(therapy, window_s)), _MOST_NG) if limit is None else limit


def _highest(therapy: Therapy, window_s: int, limit: int | None) -> int:
    return ceil(worst_window(therapy, window_s)) if limit is None else limit


def least_limit(therapy: Therapy, window_s: int) -> int:
    """The least limit in ng under which admission refuses no scheduled bolus and the gate no background."""
    if not therapy.scheduled:
        return ceil(_worst_of_programme(therapy, window_s))
    longest = max(bolus.duration_s for bolus in therapy.scheduled)
    return ceil(_worst_counted_whole(therapy, window_s, longest + _LATE_S) + _step_ng(therapy))


def least_without_time(therapy: Therapy, window_s: int) -> int:
    """The limit in ng from which admission has room for a patient bolus while the time of day is unknown.

    The clock may be set at any moment: the highest rate counts all the time, and a whole day's scheduled boluses.
    """
    total = therapy.highest_background() * window_s / DAY_S + _step_ng(therapy) + _scheduled_in_a_day(therapy)
    return ceil(total + (therapy.patient.dose if therapy.patient else 0))


def _unbinding(therapy: Therapy, window_s: int) -> Fraction:
    """More, in ng, than admission counts in any window of a pump that nobody but patient and schedule ask.

    The background at its highest, as the clock may be set at any moment; and after a reset the steps of ten minutes may
    count twice, while an interrupted bolus counts whole and the lockout runs from the reset on.
    """
    total = therapy.highest_background() * window_s / DAY_S + GATE_LATE_S * _highest_momentary(therapy)
    total += 2 * _step_ng(therapy)
    longest = max((bolus.duration_s for bolus in therapy.boluses()), default=0) + _LATE_S
    total += max(_scheduled_whole(therapy, window_s, longest), _scheduled_in_a_day(therapy))
    patient = therapy.patient
    if patient:
        touching_s = window_s + patient.duration_s + _LATE_S
        most = patient.max_per_24h * ceil(Fraction(touching_s, DAY_S))
        total += patient.dose * min(touching_s // patient.lockout_s + 1, most)
    return total


def gate_limit_nl(therapy: Therapy, limit_ng: int, bucket_s: int, cap_nl: int) -> int:
    """The gate's limit in nL: never in the way of a legal dose, never above the mechanism's own limit.

    The gate sums whole buckets, the oldest partly expired one included, and may attribute steps late after a reset.
    Both make a legal window look larger by at most (bucket + 10 min) at the highest legal momentary rate. A block of
    eight steps may be under way. The cap is the table's; an admission limit above its own is refused where files are
    checked (thecal_tools.programme_checks).
    """
    margin = (bucket_s + GATE_LATE_S) * highest_momentary_nl_per_s(therapy)
    return min(ceil(therapy.volume_nl(limit_ng) + margin) + GATE_SLACK_NL, cap_nl)


def highest_momentary_nl_per_s(therapy: Therapy) -> Fraction:
    """The highest flow at any moment: the background's peak and the fastest bolus on top of it."""
    return therapy.volume_nl(_highest_momentary(therapy))


def worst_window(therapy: Therapy, window_s: int) -> Fraction:
    """The most, in ng, that a trailing window of that many seconds can legally hold."""
    separate = _worst_of_programme(therapy, window_s) + _worst_of_patient(therapy.patient, window_s)
    return min(separate, window_s * _highest_momentary(therapy))


def patient_boluses_per_day(patient: PatientBolus) -> int:
    """How many patient boluses rolling 24 h can really hold: the count, or fewer where the lockout allows fewer."""
    return min(patient.max_per_24h, ceil(Fraction(DAY_S, patient.duration_s + patient.lockout_s)))


def _highest_momentary(therapy: Therapy) -> Fraction:
    """In ng/s."""
    fastest = max((_rate(bolus) for bolus in therapy.boluses()), default=Fraction(0))
    return therapy.highest_background() / DAY_S + fastest


def _rate(bolus: Bolus) -> Fraction:
    return Fraction(bolus.dose, bolus.duration_s)


def _worst_of_patient(patient: PatientBolus | None, window_s: int) -> Fraction:
    # The window that starts with a bolus holds most. Over 24 h no more than the count fits: where one bolus starts
    # before the window, the one that would be too many is granted only as much later as the first one's part outside.
    if patient is None:
        return Fraction(0)
    whole, rest = divmod(window_s, patient.duration_s + patient.lockout_s)
    started = whole + min(Fraction(rest, patient.duration_s), Fraction(1))
    return patient.dose * min(started, Fraction(patient.max_per_24h))


def _worst_of_programme(therapy: Therapy, window_s: int) -> Fraction:
    # Background and scheduled boluses repeat every week, and what a window holds is piecewise linear in its start: its
    # highest value lies where one of the window's ends meets a change.
    background = _Background(therapy)
    given = list(_scheduled(therapy))
    edges = set(background.starts)
    for first, last, bolus in given:
        edges.update((first, last, first + bolus.duration_s, last - bolus.duration_s))
    starts = {(edge - ahead) % _WEEK_S for edge in edges for ahead in (0, window_s)}
    around = [(first + week, last + week, bolus) for week in (-_WEEK_S, 0, _WEEK_S) for first, last, bolus in given]

    def held(start: int) -> Fraction:
        end = start + window_s
        total = background.between(start, end)
        for first, last, bolus in around:
            overlap = min(last, end) - max(first, start)
            if overlap > 0:
                total += min(_rate(bolus) * overlap, Fraction(bolus.dose))
        return total

    return max(held(start) for start in starts)


def _worst_counted_whole(therapy: Therapy, window_s: int, later_s: int) -> Fraction:
    # As above, with every scheduled bolus that a window touches counted whole.
    background = _Background(therapy)
    given = _around(therapy, later_s)
    edges = set(background.starts) | {edge for first, last, _ in given for edge in (first, last)}
    starts = {(edge - ahead) % _WEEK_S for edge in edges for ahead in (0, window_s)}
    return max(background.between(start, start + window_s) + _touched(given, start, window_s) for start in starts)


def _scheduled_whole(therapy: Therapy, window_s: int, later_s: int) -> int:
    given = _around(therapy, later_s)
    return max((_touched(given, last % _WEEK_S, window_s) for _, last, _ in given), default=0)


def _scheduled_in_a_day(therapy: Therapy) -> int:
    return max(sum(bolus.dose for bolus in therapy.scheduled if bolus.days >> day & 1) for day in range(7))


def _around(therapy: Therapy, later_s: int) -> list[tuple[int, int, Bolus]]:
    given = list(_scheduled(therapy))
    weeks = (-_WEEK_S, 0, _WEEK_S)
    return [(first + week, last + week + later_s, bolus) for week in weeks for first, last, bolus in given]


def _touched(given: list[tuple[int, int, Bolus]], start: int, window_s: int) -> int:
    return sum(bolus.dose for first, last, bolus in given if first <= start + window_s and last >= start)


def _step_ng(therapy: Therapy) -> Fraction:
    # The largest step that a calibration may say.
    return therapy.mass_ng(Fraction(quantities.hard_range("calibration")[1], 1_000))


class _Background:
    """The week's background, each moment at the higher of its programmed and the fallback rate."""

    def __init__(self, therapy: Therapy):
        self.starts: list[int] = []
        self._rates: list[Fraction] = []
        self._before: list[Fraction] = []  # ng from the week's start to each start
        total = Fraction(0)
        for day in range(7):
            for start, end, rate in therapy.day(day):
                higher = max(rate, therapy.fallback_rate()) / DAY_S
                self.starts.append(day * DAY_S + start * 60)
                self._rates.append(higher)
                self._before.append(total)
                total += higher * (end - start) * 60
        self._week = total

    def between(self, start: int, end: int) -> Fraction:
        return self._until(end) - self._until(start)

    def _until(self, second: int) -> Fraction:
        weeks, second = divmod(second, _WEEK_S)
        at = bisect_right(self.starts, second) - 1
        return weeks * self._week + self._before[at] + self._rates[at] * (second - self.starts[at])


def _scheduled(therapy: Therapy) -> Iterator[tuple[int, int, ScheduledBolus]]:
    """Each scheduled bolus of the week as (earliest start, latest end, bolus), in seconds from Monday 00:00.

    Patient boluses come first: each that falls in a scheduled bolus holds it back by its own duration. The next one
    does not wait for it: it is missed.
    """
    for bolus in therapy.scheduled:
        length = bolus.duration_s + _held_back_s(therapy.patient, bolus)
        for day in range(7):
            if bolus.days >> day & 1:
                start = day * DAY_S + bolus.at * 60
                yield start, start + length, bolus


def _held_back_s(patient: PatientBolus | None, bolus: Bolus) -> int:
    if patient is None:
        return 0
    return min(patient.max_per_24h, ceil(Fraction(bolus.duration_s, patient.lockout_s))) * patient.duration_s
