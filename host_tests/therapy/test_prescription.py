"""Which rate a prescription asks for at each minute, and when that may change next (PR-01, PR-02, PR-04, PR-05)."""

import pytest

from thecal.tables import doses
from thecal.therapy.prescription import Prescription

WEEKDAY = ((0, 100), (330, 200), (1_439, 300))
WEEKEND = ((0, 400),)
WEEK = bytes([0, 0, 0, 0, 0, 1, 1])
SATURDAY = 5


def of_mode(mode: int, rate: int = 50) -> Prescription:
    numbers = (2_000_000, rate, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0)
    header = (b"TCRX", 1, mode, 0, b"A-X\0\0", b"LOX\0", *numbers, WEEK)
    return Prescription(header, (WEEKDAY, WEEKEND), (), b"bytes and crc!")


@pytest.mark.req("PR-02")
def test_flex_takes_each_step_from_its_first_minute_on():
    flex = of_mode(doses.FLEX)
    for weekday in range(5):
        found = [flex.background(minute, weekday) for minute in (0, 1, 329, 330, 1_438, 1_439)]
        assert found == [100, 100, 100, 200, 200, 300]
    assert [flex.background(minute, SATURDAY) for minute in (0, 330, 1_439)] == [400, 400, 400]


@pytest.mark.req("PR-02")
def test_flex_runs_at_its_fallback_rate_while_the_time_is_unknown():
    assert of_mode(doses.FLEX).background(-1, -1) == 50
    assert of_mode(doses.FLEX).next_change(-1, -1) == 1_440


@pytest.mark.req("PR-02")
def test_the_next_change_is_the_next_steps_start_or_midnight():
    flex = of_mode(doses.FLEX)
    found = [flex.next_change(minute, 0) for minute in (0, 1, 329, 330, 1_438, 1_439)]
    assert found == [330, 330, 330, 1_439, 1_439, 1_440]
    assert flex.next_change(0, SATURDAY) == 1_440


@pytest.mark.req("PR-01", "PR-04", "PR-05")
@pytest.mark.parametrize(
    ("mode", "rate"), [(doses.SIMPLE, 50), (doses.BOLUS_ONLY, 0), (doses.MINIMUM_RATE, 0), (doses.STOPPED, 0)]
)
def test_the_other_modes_know_no_time_of_day(mode, rate):
    prescription = of_mode(mode)
    for minute in (-1, 0, 330, 1_439):
        assert prescription.background(minute, 0) == rate
        assert prescription.next_change(minute, 0) == 1_440


def test_names_are_without_their_padding_and_the_checksum_is_the_end():
    prescription = of_mode(doses.SIMPLE)
    assert (prescription.id, prescription.drug, prescription.crc) == ("A-X", "LOX", b"crc!")
