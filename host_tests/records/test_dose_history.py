"""The history of doses that admission sums: bounded, conservative, and read back as it was written (SR-04, SR-37)."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.records import dose_history, dose_resume, files
from thecal.records.dose_history import BOLUSES, RATES, DoseHistory
from thecal.tables import doses
from virtual_bench.volume import MemoryVolume

DAY_S = 86_400
RATE = st.integers(0, 2_400_000_000)  # 24 mL/day at 100 mg/mL
KINDS = (doses.SCHEDULED, doses.PATIENT, doses.CLINICIAN)


class Told(DoseHistory):
    """A history on a volume of its own, and the same events kept for ever."""

    def __init__(self, seconds=0):
        self.clock = SimpleNamespace(seconds=seconds)
        self.volume = MemoryVolume()
        self.volume.mkdir(dose_history.FOLDER)
        super().__init__(self.volume, self.clock)
        self.all_rates, self.all_boluses = [], []

    def again(self):
        """What is read back from the flash."""
        read = DoseHistory(self.volume, self.clock)
        assert dose_resume.resume_doses(self.volume, read)
        return read

    def rows(self, of=None):
        of = of or self
        rates = list(zip(of.since[: of.rate_count], of.rates[: of.rate_count], strict=True))
        count = of.bolus_count
        columns = (of.starts[:count], of.ends[:count], of.doses[:count], of.kinds[:count])
        return rates, list(zip(*columns, strict=True))


EVENTS = st.lists(
    st.tuples(st.integers(0, 40_000), st.sampled_from(("rate", "rate", "begin", "end")), RATE, st.sampled_from(KINDS)),
    max_size=130,
)


@pytest.mark.req("SR-04")
@settings(max_examples=120, deadline=None)
@given(EVENTS, st.sampled_from((1, 40, 4_000)))
def test_whatever_is_merged_or_dropped_the_history_never_tells_of_less_in_the_last_day(events, hurry):
    told, rates, given_, running = Told(1_000_000), [(0, 0)], [], {}
    clock = told.clock
    for pause, what, number, kind in events:
        clock.seconds += pause // hurry
        if what == "rate":
            told.rate_is(number)
            rates.append((clock.seconds, number))
        elif what == "begin" and kind not in running:
            told.begin(kind, clock.seconds + 600, number % 1_000_000, 600)
            running[kind] = len(given_)
            given_.append([clock.seconds, clock.seconds + 600, number % 1_000_000])
        elif what == "end" and kind in running:
            told.end(kind, number % 1_000)
            given_[running.pop(kind)][1:] = [clock.seconds, number % 1_000]
    now = clock.seconds
    changes, boluses = told.rows()
    assert [since for since, _ in changes] == sorted({since for since, _ in changes})
    # At each change's moment, in the second before it and in the middle of nowhere: never a lower rate than planned.
    for moment in {m for since, _ in [*rates, *changes] for m in (since - 1, since) if now - DAY_S < m <= now}:
        planned = [rate for since, rate in rates if since <= moment][-1]
        known = [rate for since, rate in changes if since <= moment]
        assert not known or known[-1] >= planned or any(since == moment for since, _ in rates)
        assert known or planned == 0
    for start, end, dose in given_:
        if end < now - DAY_S:
            continue
        covering = [row for row in boluses if row[0] <= start and row[1] >= end and row[2] >= dose]
        assert covering
    recent = [(start, end, dose) for start, end, dose in given_ if end >= now - DAY_S]
    assert sum(row[2] for row in boluses) >= sum(dose for _, _, dose in recent)
    told.save()
    assert told.rows(told.again()) == (changes, boluses)


@pytest.mark.req("SR-04")
def test_a_rise_counts_from_the_beginning_of_its_second_and_a_fall_from_its_end():
    told = Told(500)
    for rate in (100, 50, 70):
        assert told.rate_is(rate)
    assert told.rows()[0] == [(500, 100), (501, 70)]
    told.clock.seconds = 600
    for rate in (60, 90):
        assert told.rate_is(rate)
    assert told.rows()[0] == [(500, 100), (501, 70), (600, 90)]


def test_a_rate_that_stays_is_no_change_and_costs_no_entry():
    told = Told(500)
    assert [told.rate_is(0), told.rate_is(7), told.rate_is(7)] == [False, True, False]
    told.clock.seconds = 600
    assert [told.rate_is(7), told.rate_is(0), told.rate_is(0)] == [False, True, False]
    assert told.rows()[0] == [(500, 7), (601, 0)]


@pytest.mark.req("SR-04", "SR-07")
def test_a_bolus_that_comes_between_moves_the_end_of_what_is_in_progress():
    told = Told(1_000)
    told.begin(doses.SCHEDULED, 1_602, 50, 600)
    told.clock.seconds = 1_100
    told.begin(doses.PATIENT, 1_402, 20, 300)
    assert told.rows()[1] == [(1_000, 1_902, 50, doses.SCHEDULED), (1_100, 1_402, 20, doses.PATIENT)]
    assert told.latest_end() == 1_902
    told.clock.seconds = 1_399
    told.end(doses.PATIENT, 19)
    assert told.rows()[1] == [(1_000, 1_902, 50, doses.SCHEDULED), (1_100, 1_400, 19, 0)]
    told.save()
    read = told.again()
    assert dose_resume.close(read, 1_500)
    assert told.rows(read)[1] == [(1_000, 1_902, 50, 0), (1_100, 1_400, 19, 0)]
    assert not dose_resume.close(read, 9_000)


@pytest.mark.req("SR-04")
def test_merging_leaves_alone_what_is_in_progress():
    told = Told(1_000)
    told.begin(doses.SCHEDULED, 22_602, 7_000, 21_600)
    for _ in range(60):
        told.clock.seconds += 60
        told.begin(doses.CLINICIAN, told.clock.seconds + 62, 10, 60)
        told.end(doses.CLINICIAN, 10)
    told.end(doses.SCHEDULED, 6_000)
    boluses = told.rows()[1]
    assert len(boluses) == BOLUSES
    assert (1_000, told.clock.seconds + 1, 6_000, 0) in boluses
    assert sum(dose for _, _, dose, _ in boluses) == 6_000 + 60 * 10


@pytest.mark.req("SR-37")
def test_a_bolus_interrupted_by_a_reset_after_its_time_ends_at_the_reset():
    told = Told(1_000)
    told.begin(doses.CLINICIAN, 1_602, 50, 600)
    dose_resume.close(told, 5_000)
    assert told.rows()[1] == [(1_000, 5_001, 50, 0)]


def test_a_full_history_merges_and_the_one_of_an_ordinary_day_stays_inline():
    told = Told(0)
    for second in range(24):
        told.clock.seconds = second * 3_600
        told.rate_is(2_400_000_000 - second)
        told.begin(0, second * 3_600 + 600, 4_000_000_000, 0)
    told.save()
    content = told.volume.read(dose_history.PATH) or b""
    assert len(content) <= 512
    for _ in range(60):
        told.clock.seconds += 1
        told.rate_is(told.clock.seconds % 2)
        told.begin(0, told.clock.seconds, 1, 0)
    assert (told.rate_count, told.bolus_count) == (RATES, BOLUSES)
    told.save()
    assert told.rows(told.again()) == told.rows()


@pytest.mark.req("SR-37")
@given(st.data())
def test_a_history_with_any_bit_changed_or_cut_is_not_taken_up(data):
    told = Told(1_000)
    told.rate_is(5)
    told.begin(doses.PATIENT, 1_602, 50, 600)
    told.save()
    good = told.volume.read(dose_history.PATH) or b""
    if data.draw(st.booleans()):
        bad = good[: data.draw(st.integers(0, len(good) - 1))]
    else:
        bit = data.draw(st.integers(0, 8 * len(good) - 1))
        bad = bytes(byte ^ (1 << bit % 8 if index == bit // 8 else 0) for index, byte in enumerate(good))
    told.volume.write(dose_history.PATH, bad)
    read = DoseHistory(told.volume, told.clock)
    assert dose_resume.resume_doses(told.volume, read) is False
    assert (read.rate_count, read.bolus_count, read.known_from) == (0, 0, 0)


@pytest.mark.parametrize("body", [b"", bytes(10)[:-1], b"\1\0\0\0\0\0\0\0\1\0", bytes(8) + b"\x21\0" + bytes(231)])
def test_a_sound_file_of_another_shape_is_none(body):
    told = Told()
    told.volume.write(dose_history.PATH, files.seal(dose_history.MAGIC, body))
    assert dose_resume.resume_doses(told.volume, DoseHistory(told.volume, told.clock)) is False


def test_a_history_that_is_lost_is_not_written_over():
    told = Told()
    told.is_lost = True
    with pytest.raises(OSError, match="5"):
        told.save()
    assert told.volume.read(dose_history.PATH) is None


def test_a_new_pump_has_an_empty_known_history():
    volume, clock = MemoryVolume(), SimpleNamespace(seconds=77)
    dose_resume.write_empty(volume, clock)
    read = DoseHistory(volume, clock)
    assert dose_resume.resume_doses(volume, read)
    assert (read.seconds, read.known_from, read.rate_count, read.bolus_count) == (77, 0, 0, 0)


@pytest.mark.req("SR-04")
def test_more_rates_than_there_is_room_for_become_one_at_the_higher_from_the_earlier_moment():
    told = Told(1_000)
    for number in range(RATES + 1):
        told.clock.seconds += 10
        told.rate_is(900 if number == 0 else number)
    rates = told.rows()[0]
    assert len(rates) == RATES
    # The first fell to 1 at the end of a second, and that fall is not told any more.
    assert rates[:2] == [(1_010, 900), (1_030, 2)]
