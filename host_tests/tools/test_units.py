"""Exact quantities with units: what is read, what is refused, and what people are shown."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal_tools import units
from thecal_tools.units import UnitError

READ = [
    (units.mass_ng, "50 ug", 50_000),
    (units.mass_ng, "50 mcg", 50_000),
    (units.mass_ng, "50 \u00b5g", 50_000),
    (units.mass_ng, "50\u03bcg", 50_000),
    (units.mass_ng, "0.1 mg", 100_000),
    (units.mass_ng, "7 ng", 7),
    (units.concentration_ng_per_ml, "2000 ug/mL", 2_000_000),
    (units.concentration_ng_per_ml, "20 mg/ml", 20_000_000),
    (units.concentration_ng_per_ml, "2 ug/uL", 2_000_000),
    (units.mass_rate_ng_per_day, "120 ug/day", 120_000),
    (units.mass_rate_ng_per_day, "15 ug/h", 360_000),
    (units.mass_rate_ng_per_day, "1 ng/min", 1_440),
    (units.volume_ul, "20 mL", 20_000),
    (units.volume_ul, "1500 nL", None),
    (units.volume_ul, "0.0025 mL", None),
    (units.volume_ul, "0.002 L", 2_000),
    (units.duration_s, "2 h 30 min", 9_000),
    (units.duration_s, "1 day 2 h 3 min 4 s", 93_784),
    (units.duration_s, "11 days", 950_400),
    (units.duration_s, "1.5 s", None),
    (units.duration_ms, "1.5 s", 1_500),
    (units.duration_ms, "250 ms", 250),
    (units.minute_of_day, "07:30", 450),
    (units.minute_of_day, "00:00", 0),
    (units.minute_of_day, "24:00", 1_440),
    (units.wall_time_s, "2020-01-01 00:00", 0),
    (units.wall_time_s, "2026-03-02 06:00", 194_594_400),
    (units.wall_time_s, "2026-03-02 06:00:07", 194_594_407),
]


@pytest.mark.parametrize(("reader", "text", "value"), READ)
def test_exact_values(reader, text, value):
    if value is not None:
        found = reader(text)
        assert found == value
        assert isinstance(found, int)
        return
    with pytest.raises(UnitError, match="not a whole number of"):
        reader(text)


@pytest.mark.req("SR-14")
@pytest.mark.parametrize("reader", [units.mass_ng, units.mass_rate_ng_per_day, units.volume_ul, units.duration_s])
@pytest.mark.parametrize("bare", [5, 5.0, 0, "5", " 5 ", "5.5", "5."])
def test_a_bare_number_is_refused(reader, bare):
    with pytest.raises(UnitError, match=r"unit|digits"):
        reader(bare)


@pytest.mark.req("SR-14")
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("5 kg", "unknown unit kg"),
        ("5 Mg", "unknown unit Mg"),
        ("5 mL", "is volume, mass is needed"),
        ("5 ug/h", "is mass per time, mass is needed"),
        ("5 ug/furlong", "unknown unit furlong"),
        ("-5 ug", "sign"),
        ("+5 ug", "sign"),
        (".5 mg", "digits on both sides"),
        ("5. mg", "digits on both sides"),
        ("2,000 ug", "without commas"),
        ("2 000 ug", "without commas"),
        ("1e3 ug", "exponent"),
        ("0.5 ng", "not a whole number of ng"),
        ("\u0665 ug", "not a number with a unit"),
        ("5  ug", "not a number with a unit"),
        ("5 ug ", "not a number with a unit"),
        ("5 ug\n", "not a number with a unit"),
        ("50 ug 10 ug", "not a number with a unit"),
        ("", "not a number with a unit"),
        (None, "must be text"),
        (True, "must be text"),
        (["5 ug"], "must be text"),
    ],
)
def test_what_is_no_mass_is_refused_with_the_rule(text, rule):
    with pytest.raises(UnitError, match=rule):
        units.mass_ng(text)


@pytest.mark.parametrize("text", ["30 min 2 h", "1 h 1 h", "2 h 30", "2 h 5 ug", "2 h 3 kg"])
def test_sums_of_times_go_down_and_hold_times_only(text):
    with pytest.raises(UnitError):
        units.duration_s(text)


@pytest.mark.parametrize("text", ["7:30", "24:01", "12:60", "25:00", "0730", "07:30\n", 450, None])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(UnitError):
        units.minute_of_day(text)


@pytest.mark.parametrize("text", ["2026-02-30 06:00", "2019-12-31 23:59", "2050-01-01 00:00", "2026-03-02", "now", 7])
def test_what_is_no_wall_time_is_refused(text):
    with pytest.raises(UnitError):
        units.wall_time_s(text)


@given(st.integers(0, 10**9))
def test_decimals_are_read_without_rounding(nanograms):
    whole, part = divmod(nanograms, 10**6)
    assert units.mass_ng(f"{whole}.{part:06d} mg") == nanograms


@given(st.integers(0, 10**9), st.sampled_from(["ug/day", "ug/h", "mg/day", "ng/min"]))
def test_rates_are_exact_fractions(amount, unit):
    mass, _, time = unit.partition("/")
    grams = {"ng": 1, "ug": 1000, "mg": 10**6}[mass]
    per_day = {"day": 1, "h": 24, "min": 1440}[time]
    assert units.mass_rate_ng_per_day(f"{amount} {unit}") == amount * grams * per_day


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    for dimension in units.EXAMPLES:
        try:
            assert units.quantity(text, dimension) >= 0
        except UnitError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (units.show_mass(1_200_000), "1.2 mg"),
        (units.show_mass(999_999), "999.999 mcg"),
        (units.show_mass(Fraction(1, 3)), "0.3333 ng"),
        (units.show_mass(0), "0 ng"),
        (units.show_volume(25_000), "25 uL"),
        (units.show_volume(-1_500_000), "-1.5 mL"),
        (units.show_concentration(2_000_000), "2 mg/mL"),
        (units.show_duration(93_784), "1 day 2 h 3 min 4 s"),
        (units.show_duration(2 * 86_400), "2 days"),
        (units.show_duration(0), "0 s"),
        (units.show_minute(450), "07:30"),
        (units.wall_text(194_594_400), "2026-03-02 06:00"),
        (units.decimals(Fraction(2, 3)), "0.6667"),
        (units.decimals(Fraction(-1, 100_000)), "0"),
        (units.decimals(Fraction(5, 2), 0), "3"),
    ],
)
def test_what_people_are_shown(shown, text):
    assert shown == text


@given(st.integers(1, 10**7))
def test_shown_durations_read_back(seconds):
    assert units.duration_s(units.show_duration(seconds)) == seconds
