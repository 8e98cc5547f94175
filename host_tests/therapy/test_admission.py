"""Admission against brute force over every window, with random programmes and histories (SR-04, PR-07)."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.records.dose_history import BOLUSES, DoseHistory
from thecal.tables import doses
from thecal.therapy import admission
from therapy.admission_by_hand import ANY, DAY_S, SHORT_DAY_S, STEP_NG, UL, VOLUME_PL, Situation, history, programme


@pytest.mark.req("SR-04", "PR-07")
@pytest.mark.parametrize("block", range(5))
def test_the_first_free_second_is_that_of_a_count_over_every_window(block):
    for seed in range(40 * block, 40 * block + 40):
        made = Situation(seed)
        reason, when = made.ask()
        assert when == made.by_hand.first_free(*made.bolus, made.limits, made.from_s), f"Situation({seed})"
        # A float of the device has seven digits.
        assert isinstance(when, int)
        assert (reason == doses.GRANTED) == (when == made.from_s)


@pytest.mark.req("SR-04")
@settings(max_examples=40, deadline=None)
@given(st.integers(1_000, 1 << 62))
def test_any_other_situation_agrees_with_the_count_too(seed):
    made = Situation(seed)
    assert made.ask()[1] == made.by_hand.first_free(*made.bolus, made.limits, made.from_s)


def test_the_situations_are_of_every_kind():
    answers = [(made.from_s, *made.ask()) for made in map(Situation, range(200))]
    for reason in (doses.GRANTED, doses.LIMIT_1H, doses.LIMIT_24H):
        assert sum(found == reason for _, found, _ in answers) >= 20
    assert sum(when == doses.NEVER for _, _, when in answers) >= 20
    assert sum(from_s < when < from_s + SHORT_DAY_S for from_s, _, when in answers) >= 20
    assert sum(from_s + SHORT_DAY_S < when < doses.NEVER for from_s, _, when in answers) >= 10


@pytest.mark.req("PR-07")
def test_the_limit_that_is_named_is_one_that_binds_until_then():
    for seed in range(200):
        made = Situation(seed)
        made.told.kinds[:] = bytes(BOLUSES)  # what is in progress may end later for a bolus that begins before its end
        reason, when = made.ask()
        if made.from_s < when < doses.NEVER:
            alone = (ANY, made.limits[1]) if reason == doses.LIMIT_24H else (made.limits[0], ANY)
            assert made.ask(alone, when - 1)[0] == reason


class Patient:
    """Presses every quarter of an hour of whole days; the truth is each window of what was granted and planned."""

    def __init__(self, limit_ul: int, rates: Any, dose_ul: int, lockout_s: int, days: int):
        flex = tuple((minute, ul_per_h * 24 * UL) for minute, ul_per_h in rates)
        self.rule = programme(mode=doses.FLEX, patterns=(flex,), rate=flex[0][1])
        self.clock = SimpleNamespace(seconds=0)
        self.told = DoseHistory(None, self.clock)
        self.grants: list[int] = []
        self.answers: list[tuple[int, int, int]] = []
        self._free = 0
        for second in range(0, days * DAY_S, 900):
            self.clock.seconds = second
            self.told.rate_is(self.rule.background(second % DAY_S // 60, 0))
            if second > DAY_S and second >= self._free:
                self._press(dose_ul * UL, limit_ul * UL, lockout_s)

    def _press(self, dose: int, limit: int, lockout_s: int) -> None:
        second = self.clock.seconds
        now = (second, DAY_S + second, 0)
        bolus = (dose, 602, VOLUME_PL)
        reason, when = admission.first_free(self.rule, self.told, now, [], bolus, (ANY, limit), second)
        self.answers.append((second, reason, when))
        if reason == doses.GRANTED:
            self.told.begin(doses.PATIENT, second + 602, dose, 600)
            self.clock.seconds = second + 600
            self.told.end(doses.PATIENT, dose)
            self.grants.append(second)
            self._free = second + 600 + lockout_s

    def worst_ul(self, dose_ul: int) -> Fraction:
        """The most that any trailing day holds, boluses given evenly."""
        pattern = self.rule.patterns[0]

        def until(second: int) -> Fraction:
            days, rest = divmod(second, DAY_S)
            total = Fraction(0)
            for (minute, rate), (end, _) in zip(pattern, [*pattern[1:], (1440, 0)], strict=True):
                total += rate * (days * (end - minute) * 60 + min(max(rest - minute * 60, 0), (end - minute) * 60))
            for grant in self.grants:
                total += dose_ul * UL * DAY_S * Fraction(min(max(second - grant, 0), 600), 600)
            return total / DAY_S / UL

        moments = {at + shift for grant in self.grants for at in (grant, grant + 600) for shift in (0, DAY_S)}
        moments |= {minute * 60 + day * DAY_S for minute, _ in pattern for day in range(1, self.clock.seconds // DAY_S)}
        return max(until(moment) - until(moment - DAY_S) for moment in moments if moment >= DAY_S)


@pytest.mark.req("SR-04")
@pytest.mark.parametrize(
    ("limit", "rates", "dose", "lockout_s", "per_day", "worst"),
    [
        (1_200, [(0, 45)], 50, 3_600, 2, 1_180),
        (900, [(0, 30)], 60, 3_600, 3, 900),
        # The rate rises after the boluses that the low hours would leave room for.
        (900, [(0, 10), (720, 60)], 50, 3_600, 1, 890),
        (900, [(0, 10), (300, 20), (600, 60), (900, 30)], 50, 3_600, 3, 870),
    ],
)
def test_presses_for_days_never_fill_a_window_above_its_limit(limit, rates, dose, lockout_s, per_day, worst):
    patient = Patient(limit, rates, dose, lockout_s, days=6)
    assert patient.worst_ul(dose) == worst
    for day in range(1, 5):
        assert sum(day * DAY_S < grant <= (day + 1) * DAY_S for grant in patient.grants) == per_day
    for second, reason, when in patient.answers:
        if reason != doses.GRANTED:
            assert reason == doses.LIMIT_24H
            assert second < when < second + 2 * DAY_S


@pytest.mark.req("SR-04", "PR-07")
def test_what_no_window_has_room_for_is_refused_for_ever():
    patient = Patient(1_160, [(0, 48)], 40, 3_600, days=3)
    assert not patient.grants
    assert {(reason, when) for _, reason, when in patient.answers} == {(doses.LIMIT_24H, doses.NEVER)}


@pytest.mark.req("SR-04")
def test_the_second_that_is_told_is_exact():
    """A pump whose day is full: the same question is answered with no a second before, and with yes then."""
    rule = programme(rate=720 * UL)
    given_ = history(2 * DAY_S, [(0, 720 * UL)], [(t, t + 601, 60 * UL, 0) for t in (100_000, 110_000, 120_000)])
    bolus, limits = (60 * UL, 602, VOLUME_PL), (ANY, 900 * UL)

    def ask(second: int) -> tuple[int, int]:
        return admission.first_free(rule, given_, (second, 0, 0), [], bolus, limits, second)

    assert ask(150_000) == (doses.LIMIT_24H, 100_601 + DAY_S + 1)
    assert ask(100_601 + DAY_S) == (doses.LIMIT_24H, 100_601 + DAY_S + 1)
    assert ask(100_601 + DAY_S + 1) == (doses.GRANTED, 100_601 + DAY_S + 1)


@pytest.mark.parametrize(("concentration", "rate"), [(1_000, 6), (1_001, 7), (2_000_000, 12_000)])
def test_the_minimum_rate_counts_its_volume_as_mass_rounded_up(concentration, rate):
    rule = programme(mode=doses.MINIMUM_RATE, concentration=concentration)
    changes = admission._changes(rule, history(), (50, 0, 0))
    assert [next(changes), next(changes)] == [(50, rate), (admission._FAR, rate)]


@pytest.mark.parametrize("second", [725 * 60, 725 * 60 + 1, 1_000 * 60 - 1])
def test_the_background_of_now_and_each_change_to_come_are_told_once_and_in_order(second):
    pattern = ((0, 10), (600, 20), (720, 30), (725, 40), (1_000, 50))
    rule = programme(mode=doses.FLEX, patterns=(pattern, ((0, 60),)), week=bytes([0, 1, 0, 0, 0, 0, 0]))
    midnight = 5 * DAY_S
    past = [(midnight - 1, 60), (midnight + second - 1, 30), (midnight + second, 40)]
    changes = admission._changes(rule, history(0, past), (midnight + second, 7 * DAY_S + second, 0))
    told = [*past, (midnight + 60_000, 50), (midnight + DAY_S, 60), (midnight + 2 * DAY_S, 10)]
    assert [next(changes) for _ in told] == told


def test_the_programme_is_asked_for_a_whole_minute():
    background = mock.Mock(return_value=40)
    rule = programme(mode=doses.FLEX, background=background)
    assert next(admission._changes(rule, history(), (9 * DAY_S, 7 * DAY_S + 725 * 60 + 59, 3))) == (9 * DAY_S, 40)
    background.assert_called_once_with(725, 3)


def test_a_step_more_or_less_decides():
    """Rate and bolus fill a day to its last step; one step more of either is refused."""
    for rate, dose, reason in ((720_000, 180_000, 0), (720_000, 180_001, 13), (720_001, 180_000, 13)):
        told = history(DAY_S, [(0, rate)])
        found = admission.first_free(
            programme(rate=rate), told, (DAY_S, 0, 0), [], (dose, 602, VOLUME_PL), (ANY, 900_000), DAY_S
        )
        assert found == (reason, DAY_S if reason == doses.GRANTED else doses.NEVER)


@pytest.mark.parametrize(("room", "reason"), [(2_000_509, doses.GRANTED), (2_000_508, doses.LIMIT_24H)])
def test_whole_steps_of_the_background_count_to_the_picogram(room, reason):
    """4,001 steps of 500.002 ng are 2,000,508.002 ng: more than there is room for beside the bolus, or less."""
    rule = programme(concentration=2_000_000, rate=2_000_508)
    told = history(DAY_S, [(0, 2_000_508)])
    bolus, limits = (60 * UL, 602, 250_001), (ANY, 60 * UL + room)
    assert admission.first_free(rule, told, (DAY_S, 0, 0), [], bolus, limits, DAY_S)[0] == reason


@pytest.mark.req("SR-04")
@pytest.mark.parametrize("later_s", [1, 601, 43_201])
def test_a_window_that_holds_a_background_of_one_part_too_much_is_waited_for(later_s):
    """The least part is what 1 ng/day gives in a second. The rate has fallen: each later window holds less."""
    fall = pow(-later_s, -1, DAY_S)
    rate = 1_000 * STEP_NG - fall + (fall * later_s + 1) // DAY_S
    assert rate * DAY_S + fall * (DAY_S - later_s) == 1_000 * STEP_NG * DAY_S + 1
    rule, told, now = programme(rate=rate), history(DAY_S, [(0, rate + fall)]), (DAY_S, 0, 0)
    bolus, limits = (60 * UL, 602, VOLUME_PL), (ANY, 60 * UL + 1_000 * STEP_NG)
    found = admission.first_free(rule, told, now, [], bolus, limits, DAY_S)
    assert found == (doses.LIMIT_24H, DAY_S + later_s + 1)


@pytest.mark.req("SR-04")
@pytest.mark.parametrize(("rise", "below"), [(1, 0), (2, 0), (50_000, 1), (7, 1)])
def test_a_rise_tomorrow_counts_in_the_last_window_that_the_bolus_touches(rise, below):
    """Tomorrow's rate is higher; up to its end a window that begins today passes the limit at a known second."""
    rate = 1_000 * STEP_NG - below
    too_full = below * DAY_S // rise + 1
    rule = programme(mode=doses.FLEX, patterns=(((0, rate),), ((0, rate + rise),)), week=bytes([0, 0, 1, 0, 0, 0, 0]))
    bolus, limits = (60 * UL, 602, VOLUME_PL), (ANY, 60 * UL + 1_000 * STEP_NG)
    for second, granted in ((too_full - 1, True), (too_full, False)):
        weekday, of_day = divmod(DAY_S + second - 602, DAY_S)
        now = (5 * DAY_S + second - 602, (6 + weekday) * DAY_S + of_day, weekday)
        reason, _ = admission.first_free(rule, history(now[0], [(0, rate)]), now, [], bolus, limits, now[0])
        assert (reason == doses.GRANTED) == granted


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({}, 0),
        ({"scheduled": ((600, 127, 50 * UL, 600),)}, 1),
        ({"scheduled": ((600, 126, 50 * UL, 600),)}, 7),
        ({"mode": doses.FLEX, "patterns": (((0, 10),), ((0, 20),)), "week": bytes(7)}, 1),
        ({"mode": doses.FLEX, "patterns": (((0, 10),), ((0, 20),)), "week": bytes([0, 0, 0, 0, 0, 0, 1])}, 7),
    ],
)
def test_no_more_days_are_searched_than_differ_once_the_last_bolus_has_left_the_day(values, days):
    """The device takes its time for each day that it looks at."""
    told = history(5 * DAY_S, (), [(5 * DAY_S - 1_000, 5 * DAY_S - 400, UL, 0)])
    last = 5 * DAY_S - 400 + 602 + DAY_S + 1 + days * DAY_S
    found = admission._horizon(programme(**values), told, (5 * DAY_S, 7 * DAY_S, 0), 5 * DAY_S, 602)
    assert found == (last, last + 602 + DAY_S)


def test_a_bolus_that_is_scheduled_for_the_end_of_the_search_is_not_looked_at():
    rule, now = programme(scheduled=((0, 127, UL, 600),)), (5 * DAY_S, 7 * DAY_S, 0)
    found = admission._boluses(rule, history(), now, [0], now[0], 60, 7 * DAY_S)
    assert found == [(day * DAY_S, day * DAY_S + 5 + 600 + 60, UL) for day in (5, 6)]


class WholeDay(int):
    """A day's number that is compared with whole days only: a float of the device has seven digits."""

    def __le__(self, other: Any) -> bool:
        assert isinstance(other, int)
        return super().__le__(other)


def test_a_day_that_is_settled_is_over_until_its_last_second():
    rule, bolus, limits = programme(scheduled=((1_439, 127, 50 * UL, 600),)), (60 * UL, 602, VOLUME_PL), (ANY, ANY)
    now = (5 * DAY_S, 20_001 * DAY_S - 1, 0)
    found = admission._boluses(rule, history(), now, [WholeDay(20_001)], now[0], bolus[1], 6 * DAY_S)
    assert [start for start, _, _ in found] == [5 * DAY_S + 1 + 1_439 * 60]
    assert admission.first_free(rule, history(), now, [WholeDay(20_001)], bolus, limits, now[0]) == (0, now[0])


@pytest.mark.req("SR-04")
@pytest.mark.parametrize(("second", "reason"), [(0, doses.LIMIT_24H), (1, doses.GRANTED)])
def test_a_window_that_begins_with_the_last_second_of_the_bolus_still_counts_it(second, reason):
    """A scheduled bolus a day after that second fills it; one that comes a second later does not."""
    rule = programme(scheduled=((100, 127, 50 * UL, 600),))
    start = 99 * 60 - second  # of the day: the bolus that is asked for is over a minute later
    now = (5 * DAY_S + start, 7 * DAY_S + start, 0)
    settled = [8]  # today's is not to come any more
    bolus, limits = (60 * UL, 60, VOLUME_PL), (ANY, 100 * UL)
    found, _ = admission.first_free(rule, history(), now, settled, bolus, limits, now[0])
    assert found == reason


@pytest.mark.req("SR-04", "PR-07")
@pytest.mark.parametrize("dose", [127, 50 * UL])
def test_the_days_off_of_a_weekly_schedule_are_found_days_ahead(dose):
    rule = programme(scheduled=((600, 0b0011111, dose, 600),))
    bolus, limits = (60 * UL, 602, VOLUME_PL), (ANY, 60 * UL + dose - 1)
    found = admission.first_free(rule, history(), (5 * DAY_S, 7 * DAY_S, 0), [0], bolus, limits, 5 * DAY_S)
    latest_end = 9 * DAY_S + 36_000 + 5 + 600 + 602
    assert found == (doses.LIMIT_24H, latest_end + DAY_S + 1)


@pytest.mark.req("SR-04", "PR-03")
@pytest.mark.parametrize(("late_s", "reason"), [(0, doses.LIMIT_24H), (5, doses.LIMIT_24H), (6, doses.GRANTED)])
def test_a_scheduled_bolus_that_is_late_and_may_still_start_counts(late_s, reason):
    rule = programme(scheduled=((600, 1, 50 * UL, 600),))
    now = (DAY_S, 7 * DAY_S + 36_000 + late_s, 0)
    bolus, limits = (60 * UL, 602, VOLUME_PL), (ANY, 100 * UL)
    assert admission.first_free(rule, history(), now, [7], bolus, limits, DAY_S)[0] == reason


@pytest.mark.req("SR-04")
@pytest.mark.parametrize(("limit", "reason"), [(100 * UL, doses.GRANTED), (100 * UL - 1, doses.LIMIT_24H)])
def test_while_the_clock_is_unknown_a_bolus_leaves_room_for_the_boluses_of_the_fullest_weekday_alone(limit, reason):
    monday, tuesday = ((600, 1, 10 * UL, 600), (1_200, 1, 30 * UL, 600)), ((600, 2, 35 * UL, 600),)
    rule = programme(scheduled=(*monday, *tuesday))
    bolus = (60 * UL, 602, VOLUME_PL)
    found, _ = admission.first_free(rule, history(), (5 * DAY_S, 0, 0), [0] * 3, bolus, (ANY, limit), 5 * DAY_S)
    assert found == reason


@pytest.mark.req("SR-04")
def test_a_bolus_that_may_still_be_put_off_by_the_one_asked_for_is_waited_for_to_the_last_second_of_the_search():
    """Nothing else is programmed, so that second is the first that is free: a day after the later end."""
    now, span = (5 * DAY_S, 0, 0), 600
    told = history(now[0], boluses=[(now[0] - 60, now[0] + 540, 10 * UL, doses.SCHEDULED)])
    bolus, limits = (10 * UL, span, VOLUME_PL), (ANY, 19 * UL)
    found = admission.first_free(programme(), told, now, [], bolus, limits, now[0])
    assert found == (doses.LIMIT_24H, now[0] + 540 + span + DAY_S + 1)
