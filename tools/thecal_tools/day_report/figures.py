"""One simulated day in numbers: what was due, what was delivered, asked for and alarmed. Volumes in nL, exact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

from thecal.tables import alarms, texts
from thecal_tools.day_report.prescribed import Programme, Spread, held_back
from thecal_tools.therapy import Therapy
from thecal_tools.units import WALL_EPOCH

HOUR = timedelta(hours=1)
# Each hour's delivery is within one step + 5 % of prescribed (SR-42).
HOUR_TOLERANCE = Fraction(5, 100)
# Bounds of the two reservoir witnesses' disagreement (SR-22): a volume in nL, or a part of what was delivered.
RESERVOIR_WARNING = (300_000, Fraction(5, 100))
_NUMBERS = {row[0]: number for number, row in enumerate(texts.ALARMS)}


@dataclass(frozen=True)
class Request:
    """A bolus that was asked for, and its answer. steps and volume_nl are those granted."""

    moment: datetime
    kind: str
    granted: bool
    steps: int
    reason: str
    given: Spread
    next_moment: datetime | None


@dataclass(frozen=True)
class Alarm:
    """A change of an alarm; name as in tables.alarms."""

    moment: datetime
    name: str
    change: str

    @property
    def text(self) -> str:
        return texts.ALARMS[_NUMBERS[self.name]][1] if self.name in _NUMBERS else self.name

    @property
    def priority(self) -> str:
        return texts.PRIORITIES[alarms.ALARMS[_NUMBERS[self.name]][0]] if self.name in _NUMBERS else "unknown"


@dataclass(frozen=True)
class Hour:
    """One hour, or the stretch between two hourly records: what was due, of it boluses, and what was delivered."""

    start: datetime
    end: datetime
    due_nl: Fraction
    boluses_due_nl: Fraction
    background_nl: Fraction
    bolus_nl: Fraction
    step_nl: Fraction

    @property
    def delivered_nl(self) -> Fraction:
        return self.background_nl + self.bolus_nl

    @property
    def difference_nl(self) -> Fraction:
        return self.delivered_nl - self.due_nl

    @property
    def within_tolerance(self) -> bool:
        return abs(self.difference_nl) <= self.step_nl + HOUR_TOLERANCE * self.due_nl


@dataclass(frozen=True)
class Sample:
    """The state at a moment: volumes since the start, and the reservoir by each witness (None: no reading)."""

    moment: datetime
    commanded_nl: Fraction
    confirmed_nl: Fraction
    tip_nl: int
    reservoir_true_nl: int
    reservoir_measured_nl: int | None
    reservoir_computed_nl: int


@dataclass(frozen=True)
class Day:
    """A simulation result (docs/sim_result.md) beside the therapy that it should have followed."""

    result: Mapping[str, Any]
    therapy: Therapy

    @property
    def time_known(self) -> bool:
        """True where the run began at a known time of day; otherwise moments are counted from a midnight."""
        return self.result["start"]["wall_s"] is not None

    @cached_property
    def programme(self) -> Programme:
        return Programme(self.therapy, self.time_known)

    @cached_property
    def step_nl(self) -> Fraction:
        return Fraction(self.result["pl_per_step"], 1000)

    @cached_property
    def start(self) -> datetime:
        return WALL_EPOCH + timedelta(seconds=self.result["start"]["wall_s"] or 0)

    @cached_property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.result["duration_s"])

    @property
    def span_hours(self) -> float:
        return self.result["duration_s"] / 3600

    def hours_in(self, moment: datetime) -> float:
        """Hours from the start to a moment."""
        return (moment - self.start) / HOUR

    @cached_property
    def requests(self) -> tuple[Request, ...]:
        return tuple(self._request(row) for row in self.result["requests"])

    @property
    def asked(self) -> tuple[Request, ...]:
        """Requests by people: patient and clinician. The schedule's own are part of the programme."""
        return tuple(request for request in self.requests if request.kind != "scheduled")

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        return tuple(Alarm(self._moment(row), row["alarm"], row["change"]) for row in self.result["alarms"])

    @cached_property
    def hours(self) -> tuple[Hour, ...]:
        return tuple(self._hour(row) for row in self.result["hours"])

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        rows = self.result["trace"]
        first = rows[0]
        return tuple(self._sample(row, first) for row in rows)

    @cached_property
    def boluses_due(self) -> tuple[Spread, ...]:
        """Every bolus that was scheduled or granted to a person; a patient's holds the others back meanwhile."""
        patient = [request.given for request in self.asked if request.granted and request.kind == "patient"]
        others = [request.given for request in self.asked if request.granted and request.kind != "patient"]
        others.extend(self.programme.scheduled(self.start, self.end))
        return (*patient, *(part for other in others for part in held_back(other, patient)))

    def due_nl(self, start: datetime, end: datetime) -> Fraction:
        """nL due between two moments: background, scheduled boluses, and the boluses granted to people."""
        background = sum((spread.volume_nl for spread in self.programme.background(start, end)), Fraction(0))
        return background + self.boluses_due_nl(start, end)

    def boluses_due_nl(self, start: datetime, end: datetime) -> Fraction:
        """nL of scheduled boluses and of boluses granted to people between two moments."""
        return sum((spread.between(start, end) for spread in self.boluses_due), Fraction(0))

    @cached_property
    def due_at_samples(self) -> tuple[Fraction, ...]:
        """nL due from the start to each sample."""
        return self._sums(self.due_nl)

    @cached_property
    def programme_at_samples(self) -> tuple[Fraction, ...]:
        """nL of background and scheduled boluses from the start to each sample."""
        return self._sums(self.programme.volume_nl)

    def _sums(self, between: Callable[[datetime, datetime], Fraction]) -> tuple[Fraction, ...]:
        moments = [self.start, *(sample.moment for sample in self.samples)]
        return tuple(accumulate(between(before, after) for before, after in pairwise(moments)))

    @cached_property
    def total_due_nl(self) -> Fraction:
        return self.due_nl(self.start, self.end)

    @cached_property
    def total_delivered_nl(self) -> Fraction:
        return sum(row["commanded"] for row in self.result["doses"].values()) * self.step_nl

    @property
    def delivered_percent(self) -> Fraction | None:
        return 100 * self.total_delivered_nl / self.total_due_nl if self.total_due_nl else None

    @property
    def hours_outside(self) -> tuple[Hour, ...]:
        return tuple(hour for hour in self.hours if not hour.within_tolerance)

    @property
    def witnesses_apart_nl(self) -> int | None:
        """Measured minus counted reservoir volume at the end; None where nothing was measured."""
        reservoir = self.result["reservoir"]
        if reservoir["measured_nl"] is None:
            return None
        return reservoir["measured_nl"] - reservoir["computed_nl"]

    @property
    def witnesses_warning_nl(self) -> Fraction:
        volume, part = RESERVOIR_WARNING
        return max(Fraction(volume), part * self.total_delivered_nl)

    def _moment(self, row: Mapping[str, Any], prefix: str = "") -> datetime:
        # Wall time where it is known: pump time stands still without power.
        wall_s, begin = row[prefix + "wall_s"], self.result["start"]
        if wall_s is not None and begin["wall_s"] is not None:
            return WALL_EPOCH + timedelta(seconds=wall_s)
        return self.start + timedelta(seconds=row[prefix + "pump_s"] - begin["pump_s"])

    def _request(self, row: Mapping[str, Any]) -> Request:
        moment = self._moment(row)
        steps = row["steps"] if row["granted"] else 0
        following = None if row["granted"] else row["next_pump_s"]
        return Request(
            moment,
            row["kind"],
            row["granted"],
            steps,
            row["reason"],
            Spread(moment, steps * self.step_nl, timedelta(seconds=row.get("duration_s", 0))),
            None if following is None else moment + timedelta(seconds=following - row["pump_s"]),
        )

    def _hour(self, row: Mapping[str, Any]) -> Hour:
        start, end = self._moment(row), self._moment(row, "until_")
        background, *boluses = row["steps"]
        return Hour(
            start,
            end,
            self.due_nl(start, end),
            self.boluses_due_nl(start, end),
            background * self.step_nl,
            sum(boluses) * self.step_nl,
            self.step_nl,
        )

    def _sample(self, row: Sequence[Any], first: Sequence[Any]) -> Sample:
        return Sample(
            self.start + timedelta(seconds=row[0] - first[0]),
            (row[1] - first[1]) * self.step_nl,
            (row[2] - first[2]) * self.step_nl,
            row[3] - first[3],
            row[4],
            row[5],
            row[6],
        )
