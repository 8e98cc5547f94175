"""Programmes, histories and questions for admission, and brute force over every window that answers them too."""

import random
from types import SimpleNamespace
from typing import Any
from unittest import mock

from thecal.records.dose_history import DoseHistory
from thecal.tables import doses
from thecal.therapy import admission
from thecal.therapy.prescription import Prescription

HOUR_S, DAY_S = 3_600, 86_400
CONCENTRATION, VOLUME_PL = 1_000_000, 250_000  # 1 ng is 1 nL; a step is 250 ng
STEP_NG, UL = 250, 1_000
ANY = 1 << 40  # a limit that never binds
# A day of four minutes and an hour of ten seconds, so that brute force can look at each second of weeks. Rates stay
# those of a whole day.
SHORT_DAY_S, SHORT_HOUR_S, SHORT_ON_TIME_S = 240, 10, 2
NOW_S = 100_000


def short_days() -> Any:
    return mock.patch.multiple(admission, DAY_S=SHORT_DAY_S, _HOUR_S=SHORT_HOUR_S, _ON_TIME_S=SHORT_ON_TIME_S)


def programme(**values: Any) -> Prescription:
    made = Prescription.__new__(Prescription)
    usual = {"mode": doses.SIMPLE, "concentration": CONCENTRATION, "rate": 0, "patterns": (), "week": bytes(7)}
    made.__dict__.update(usual | {"scheduled": ()} | values)
    return made


def history(seconds: int = 0, rates: Any = (), boluses: Any = ()) -> DoseHistory:
    """rates: (since, ng/day). boluses: (start, end, ng, kind in progress or 0)."""
    made = DoseHistory(None, SimpleNamespace(seconds=seconds))
    made.rate_count, made.bolus_count = len(rates), len(boluses)
    for index, (since, rate) in enumerate(rates):
        made.since[index], made.rates[index] = since, rate
    for index, (start, end, dose, kind) in enumerate(boluses):
        made.starts[index], made.ends[index], made.doses[index], made.kinds[index] = start, end, dose, kind
    return made


class ByHand:
    """What a window of short days holds, counted second by second and bolus by bolus."""

    def __init__(self, rule: Prescription, told: DoseHistory, now: tuple[int, int, int], settled: list[int]):
        self.rule, self.told, self.settled = rule, told, settled
        self.seconds, self.wall, self.weekday = now
        self._rates: dict[int, int] = {}

    def rate(self, second: int) -> int:
        if second < self.seconds:
            return ([*self.told.rates[: self.told.rate_count], 0])[self._index(second)]
        if self.rule.mode != doses.FLEX:
            return self.rule.rate
        if not self.wall:
            return max([self.rule.rate, *(rate for pattern in self.rule.patterns for _, rate in pattern)])
        day, of_day = divmod(self.wall % SHORT_DAY_S + second - self.seconds, SHORT_DAY_S)
        pattern = self.rule.patterns[self.rule.week[(self.weekday + day) % 7]]
        return [rate for minute, rate in pattern if minute * 60 <= of_day][-1]

    def _index(self, second: int) -> int:
        started = [i for i in range(self.told.rate_count) if self.told.since[i] <= second]
        return started[-1] if started else self.told.rate_count

    def boluses(self, from_s: int, span: int) -> list[tuple[int, int, int]]:
        told, found = self.told, []
        for i in range(told.bolus_count):
            later = span if told.kinds[i] and told.ends[i] >= from_s else 0
            found.append((told.starts[i], told.ends[i] + later, told.doses[i]))
        for ahead in range(15 if self.wall else 0):
            for slot, (minute, days, dose, duration) in enumerate(self.rule.scheduled):
                start = self.seconds - self.wall % SHORT_DAY_S + ahead * SHORT_DAY_S + minute * 60
                is_on = days >> (self.weekday + ahead) % 7 & 1 and start >= self.seconds - SHORT_ON_TIME_S
                if is_on and self.settled[slot] <= self.wall // SHORT_DAY_S + ahead:
                    found.append((start, start + SHORT_ON_TIME_S + duration + span, dose))
        return found

    def contents(self, length: int, span: int, from_s: int, until: int) -> list[int]:
        """ng in each window that begins from `from_s` less its length to `until`."""
        first = from_s - length
        whole = [0] * (until - first + 1)
        for start, end, ng in self.boluses(from_s, span):
            for window in range(max(start - length, first), min(end, until) + 1):
                whole[window - first] += ng
        if not self.wall:
            days = [sum(d for _, on, d, _ in self.rule.scheduled if on >> day & 1) for day in range(7)]
            whole = [ng + max(days) for ng in whole]
        for second in range(first, until + length + 1):
            if second not in self._rates:
                self._rates[second] = self.rate(second)
        rates = [self._rates[second] for second in range(first, until + length + 1)]
        held, found = sum(rates[:length]), []
        for index, ng in enumerate(whole):
            found.append(-(-held // (DAY_S * STEP_NG)) * STEP_NG + ng)
            held += rates[index + length] - rates[index]
        return found

    def first_free(self, dose: int, span: int, limits: tuple[int, int], from_s: int) -> int:
        """The first second at which the bolus touches no window that it makes too full; NEVER after two weeks."""
        until = self.seconds + 13 * SHORT_DAY_S
        refused = set()
        for length, limit in zip((SHORT_HOUR_S, SHORT_DAY_S), limits, strict=True):
            for index, ng in enumerate(self.contents(length, span, from_s, until)):
                if ng + dose > limit:
                    # All starts from which the bolus would touch that window.
                    refused.update(range(from_s - length + index - span, from_s + index + 1))
        return next((start for start in range(from_s, until - span) if start not in refused), doses.NEVER)


class Situation:
    """A programme, a history and a question, all at random; on a coarse grid, so that moments and sums coincide."""

    def __init__(self, seed: int):
        dice = self._dice = random.Random(seed)
        self.grid = dice.choice((1, 10, 10))
        weekly = dice.random() < 0.4
        patterns = tuple(tuple((minute, self.rate()) for minute in self._minutes()) for _ in range(1 + weekly))
        mode = dice.choice((doses.SIMPLE, doses.FLEX, doses.FLEX))
        slots = dice.choice((0, 0, 1, 2))
        self.rule = programme(
            mode=mode,
            rate=self.rate(),
            patterns=patterns if mode == doses.FLEX else (),
            week=bytes(dice.randint(0, 1) if weekly else 0 for _ in range(7)),
            scheduled=tuple(
                (dice.randint(0, 3), dice.randint(1, 127) if weekly else 127, self.dose(), self.time(50))
                for _ in range(slots)
            ),
        )
        since = sorted({NOW_S + 10 - self.time(400) for _ in range(dice.randint(0, 4))})
        rates = [(second, self.rate()) for second in since]
        boluses = []
        for start in sorted(NOW_S - self.time(300) for _ in range(dice.randint(0, 5))):
            end = start + self.time(dice.choice((20, 120)))
            boluses.append((start, end, self.dose(), dice.randint(0, 3) if end >= NOW_S else 0))
        self.told = history(NOW_S, rates, boluses)
        wall = 10 * SHORT_DAY_S + self.time(SHORT_DAY_S - 10) if dice.random() < 0.8 else 0
        self.now = (NOW_S, wall, dice.randint(0, 6))
        self.settled = [dice.choice((9, 10, 11, 12)) for _ in range(slots)]
        self.bolus = self.dose(), self.time(40)
        self.from_s = NOW_S + dice.choice((0, 0, 0, self.time(100)))
        self.by_hand = ByHand(self.rule, self.told, self.now, self.settled)
        self.limits = (self._limit(SHORT_HOUR_S) if dice.random() < 0.5 else ANY, self._limit(SHORT_DAY_S))

    def rate(self) -> int:
        """A whole number of steps in ten seconds of a short day, or any."""
        coarse = 2_160_000 * self._dice.choice((0, 1, 1, 2, 3))
        return coarse if self.grid > 1 else self._dice.randint(0, coarse)

    def time(self, most: int) -> int:
        return self._dice.randint(1, most // self.grid) * self.grid

    def dose(self) -> int:
        return self._dice.randint(1, 8) * STEP_NG if self.grid > 1 else self._dice.randint(1, 2_000)

    def _minutes(self) -> list[int]:
        return [0, *sorted(self._dice.sample((1, 2, 3), self._dice.randint(0, 3)))]

    def _limit(self, length: int) -> int:
        # Near what some window holds: there a step, or a second, decides.
        contents = self.by_hand.contents(length, self.bolus[1], self.from_s, self.from_s + 2 * SHORT_DAY_S)
        nearly = self._dice.choice((0, 0, 0, -1, 1, STEP_NG, 1 - STEP_NG))
        return max(self._dice.choice(contents), self._dice.choice(contents)) + self.bolus[0] + nearly

    def ask(self, limits: tuple[int, int] | None = None, from_s: int = 0) -> tuple[int, int]:
        with short_days():
            return admission.first_free(
                self.rule,
                self.told,
                self.now,
                self.settled,
                (*self.bolus, VOLUME_PL),
                limits or self.limits,
                from_s or self.from_s,
            )
