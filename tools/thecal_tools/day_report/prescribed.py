"""What a prescription asks for, as exact volumes between any two moments.

Reckoned from the prescription document alone, in fractions, with none of the firmware's arithmetic: the side that the
pump's counted steps are held against. Moments are local times; volumes are nL, doses ng.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property

from thecal.tables import texts
from thecal_tools.derived import Derived, derived
from thecal_tools.therapy import Therapy
from thecal_tools.units import MINUTES_PER_DAY

DAY = timedelta(days=1)
# mcg, not the Greek letter: in doses that is misread as mg (ISMP's list of error-prone abbreviations).
MCG, MG = ("mcg", 1_000), ("mg", 1_000_000)
# From this concentration (ng/mL) and daily dose (ng) on, a drug's doses are read in mg.
MG_CONCENTRATION, MG_DAILY_DOSE = 5_000_000, 1_000_000


@dataclass(frozen=True)
class Spread:
    """A volume in nL given evenly over a time from start on."""

    start: datetime
    volume_nl: Fraction
    duration: timedelta

    def between(self, start: datetime, end: datetime) -> Fraction:
        """The part in nL that falls between two moments."""
        if not self.duration:
            return self.volume_nl if start <= self.start < end else Fraction(0)
        overlap = min(end, self.start + self.duration) - max(start, self.start)
        return self.volume_nl * _ratio(max(overlap, timedelta(0)), self.duration)


def held_back(spread: Spread, pauses: Iterable[Spread]) -> Iterator[Spread]:
    """The parts of a bolus that waits while others, in the order of time, are given, and then goes on (SR-07)."""
    start, left = spread.start, spread.duration
    for pause in pauses:
        ran = pause.start - start
        if timedelta(0) <= ran < left:
            if ran:
                yield Spread(start, spread.volume_nl * _ratio(ran, spread.duration), ran)
            start, left = pause.start + pause.duration, left - ran
    part = spread.volume_nl * _ratio(left, spread.duration) if spread.duration else spread.volume_nl
    yield Spread(start, part, left)


@dataclass(frozen=True)
class Programme:
    """A therapy laid out in time. While the time of day is unknown a pump runs its fallback rate and no schedule."""

    therapy: Therapy
    time_known: bool = True

    @property
    def mode(self) -> str:
        return texts.MODES[self.therapy.mode].replace("_", " ")

    @property
    def mass_unit(self) -> tuple[str, int]:
        """The unit that this drug's doses are read in, and how many ng it is."""
        daily = max(day.background_ng + day.scheduled_ng for day in self.derived.weekdays)
        return MG if self.therapy.concentration >= MG_CONCENTRATION and daily >= MG_DAILY_DOSE else MCG

    @cached_property
    def derived(self) -> Derived:
        """Daily totals and limits that follow from the therapy."""
        return derived(self.therapy)

    def background(self, start: datetime, end: datetime) -> Iterator[Spread]:
        """The stretches of even background between two moments, in order and without gap."""
        for midnight in _midnights(start, end):
            for minute, until, rate in self._day(midnight.weekday()):
                first = max(start, midnight + timedelta(minutes=minute))
                last = min(end, midnight + timedelta(minutes=until))
                if first < last:
                    yield Spread(first, self.therapy.volume_nl(rate) * _ratio(last - first, DAY), last - first)

    def scheduled(self, start: datetime, end: datetime) -> Iterator[Spread]:
        """The scheduled boluses that are given, at least in part, between two moments."""
        for midnight in _midnights(start - DAY, end):
            for bolus in self.therapy.scheduled if self.time_known else ():
                first = midnight + timedelta(minutes=bolus.at)
                duration = timedelta(seconds=bolus.duration_s)
                if bolus.days >> midnight.weekday() & 1 and first < end and first + duration > start:
                    yield Spread(first, self.therapy.volume_nl(bolus.dose), duration)

    def _day(self, weekday: int) -> Iterable[tuple[int, int, Fraction]]:
        return self.therapy.day(weekday) if self.time_known else ((0, MINUTES_PER_DAY, self.therapy.fallback_rate()),)

    def volume_nl(self, start: datetime, end: datetime) -> Fraction:
        """nL of background and scheduled boluses between two moments."""
        spreads = (*self.background(start, end), *self.scheduled(start, end))
        return sum((spread.between(start, end) for spread in spreads), Fraction(0))


def _midnights(start: datetime, end: datetime) -> Iterator[datetime]:
    midnight = datetime(start.year, start.month, start.day)
    while midnight < end:
        yield midnight
        midnight += DAY


def _ratio(part: timedelta, whole: timedelta) -> Fraction:
    microsecond = timedelta(microseconds=1)
    return Fraction(part // microsecond, whole // microsecond)
