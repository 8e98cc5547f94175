"""The values of a prescription on the host, in the board's whole numbers, and what follows for people from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from thecal.tables import doses
from thecal.therapy import background
from thecal_tools import units

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Step:
    """One flex step: start and end as minutes of the day, rate in ng/day."""

    start: int
    end: int
    rate: int

    def __str__(self) -> str:
        return f"{units.show_minute(self.start)}-{units.show_minute(self.end)}"


@dataclass(frozen=True)
class Bolus:
    """A dose in ng over a duration in s."""

    dose: int
    duration_s: int


@dataclass(frozen=True)
class PatientBolus(Bolus):
    """lockout_s counts from the end of the bolus before; max_per_24h counts grants in rolling 24 h of pump time."""

    lockout_s: int
    max_per_24h: int


@dataclass(frozen=True)
class ScheduledBolus(Bolus):
    """at: minute of the day, 0 to 1439. days: bit 0 is Monday."""

    at: int
    days: int


@dataclass(frozen=True)
class Therapy:
    """One checked prescription.

    concentration in ng/mL, rate (simple: the rate; flex: the fallback) in ng/day, limits in ng or None for the worst
    legal window. week: pattern names, Monday to Sunday, () outside flex.
    """

    id: str
    drug: str
    concentration: int
    mode: int
    rate: int
    patterns: Mapping[str, tuple[Step, ...]]
    week: tuple[str, ...]
    patient: PatientBolus | None
    scheduled: tuple[ScheduledBolus, ...]
    limit_1h: int | None
    limit_24h: int | None
    low_reservoir_ul: int
    note: str

    def volume_nl(self, mass_ng: Fraction | int) -> Fraction:
        """Exact nL that hold a mass."""
        return Fraction(mass_ng) * 1_000_000 / self.concentration

    def mass_ng(self, volume_nl: Fraction | int) -> Fraction:
        """Exact ng in a volume."""
        return Fraction(volume_nl) * self.concentration / 1_000_000

    def day(self, weekday: int) -> tuple[tuple[int, int, Fraction], ...]:
        """Background of a weekday (0 Monday) as (start minute, end minute, ng/day), at a known wall time."""
        if self.mode == doses.FLEX:
            return tuple((step.start, step.end, Fraction(step.rate)) for step in self.patterns[self.week[weekday]])
        return ((0, units.MINUTES_PER_DAY, self.fallback_rate()),)

    def fallback_rate(self) -> Fraction:
        """Background in ng/day while the wall time is unknown."""
        if self.mode == doses.MINIMUM_RATE:
            return Fraction(background.earn_of_minimum_rate(self.concentration), background.earn_of_dose(1))
        return Fraction(self.rate)

    def highest_background(self) -> Fraction:
        """The highest background in ng/day that the programme ever asks for, the fallback included."""
        steps = (step.rate for pattern in self.patterns.values() for step in pattern)
        return max(self.fallback_rate(), *map(Fraction, steps), Fraction(0))

    def boluses(self) -> tuple[Bolus, ...]:
        """Every bolus that the prescription allows by itself."""
        return (*self.scheduled, *((self.patient,) if self.patient else ()))
