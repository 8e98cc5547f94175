"""Every rule of a compiled prescription at its bound and one beyond, and the words of each refusal (SR-02, SR-10).

The binaries are laid out here by the format's own description, not by the host's compiler.
"""

from binascii import crc32
from fractions import Fraction
from struct import pack

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from thecal.tables import doses, quantities
from thecal.therapy.prescription_check import PrescriptionError, check_bolus, checked

# ng/mL: 1 ng is 1 nL, so that doses below read as volumes.
CONCENTRATION = 1_000_000
SLOWEST, FASTEST = quantities.hard_range("background")
EVERY_DAY = 127


def compiled(**fields) -> bytes:
    """A simple prescription of 100 uL/day (CONCENTRATION: 1 ng is 1 nL), some fields changed."""
    p = {
        "magic": b"TCRX",
        "version": 1,
        "mode": doses.SIMPLE,
        "identity": b"A-1",
        "drug": b"water",
        "concentration": CONCENTRATION,
        "rate": 100_000,
        "dose": 0,
        "lockout_s": 3_600,
        "duration_s": 600,
        "count": 4,
        "limit_1h": 50_000,
        "limit_24h": 500_000,
        "gate_1h_nl": 60_000,
        "gate_24h_nl": 600_000,
        "low_reservoir_ul": 2_000,
        "week": bytes(7),
        "patterns": [],
        "scheduled": [],
        "extra": b"",
        "patterns_said": None,
        "scheduled_said": None,
    } | fields
    names = ("mode", "identity", "drug", "concentration", "rate", "dose", "lockout_s", "duration_s", "count")
    names += ("limit_1h", "limit_24h", "gate_1h_nl", "gate_24h_nl", "low_reservoir_ul")
    values = [p[name] for name in names]
    counts = [len(p[name]) if p[name + "_said"] is None else p[name + "_said"] for name in ("patterns", "scheduled")]
    tables = b""
    for pattern in p["patterns"]:
        tables += pack("<B", len(pattern)) + b"".join(pack("<HI", *step) for step in pattern)
    tables += b"".join(pack("<HBIH", *slot) for slot in p["scheduled"]) + p["extra"]
    length = fields.get("length", 84 + len(tables) + 4)
    start = pack("<4sBBH", p["magic"], p["version"], values[0], length)
    body = start + pack("<16s12sIIIIHBIIIIIBB7s", *values[1:], *counts, p["week"]) + tables
    return body + pack("<I", crc32(body) ^ fields.get("damage", 0))


def flex(*patterns, **fields) -> bytes:
    return compiled(mode=doses.FLEX, patterns=list(patterns), **fields)


def refusal(binary: bytes) -> str:
    with pytest.raises(PrescriptionError) as caught:
        checked(binary)
    return str(caught.value)


def test_every_field_is_read_from_where_the_format_puts_it():
    numbers = {"rate": 200_000, "dose": 5_000, "lockout_s": 1_000, "duration_s": 700, "count": 3, "limit_1h": 11}
    numbers |= {"limit_24h": 3_000_000_000, "gate_1h_nl": 900_001, "gate_24h_nl": 900_002, "low_reservoir_ul": 501}
    days = [[(0, 100_000), (700, 150_000)], [(0, 120_000)]]
    slots = [(60, 1, 5_000, 600), (1_439, EVERY_DAY, 6_000, 20_000)]
    binary = flex(*days, scheduled=slots, week=bytes([0, 0, 0, 0, 0, 1, 1]), **numbers)
    p = checked(bytearray(binary))
    assert (p.id, p.drug, p.mode, p.concentration) == ("A-1", "water", doses.FLEX, CONCENTRATION)
    assert (p.rate, p.patient_dose, p.lockout_s, p.patient_duration_s) == (200_000, 5_000, 1_000, 700)
    assert (p.patient_count, p.limit_1h, p.limit_24h) == (3, 11, 3_000_000_000)
    assert (p.gate_1h_nl, p.gate_24h_nl, p.low_reservoir_ul) == (900_001, 900_002, 501)
    assert p.patterns == tuple(map(tuple, days))
    assert p.scheduled == tuple(slots)
    assert (p.binary, p.crc) == (binary, binary[-4:])


@pytest.mark.parametrize(
    ("binary", "text"),
    [
        (b"", "not a compiled prescription"),
        (compiled()[:82], "not a compiled prescription"),
        (compiled(magic=b"TCRY"), "not a compiled prescription"),
        (compiled(version=2), "version 2, this firmware reads 1"),
        (compiled(length=87), "length"),
        (compiled(extra=b"\0"), "length: the tables do not fit"),
        (compiled(damage=1), "checksum"),
        (compiled(identity=b"\x7f"), "id or drug: not ASCII"),
        (compiled(drug=b"12345678901\x80"), "id or drug: not ASCII"),
        (compiled(patterns_said=5), "too many flex patterns or scheduled boluses"),
        (compiled(scheduled_said=13), "too many flex patterns or scheduled boluses"),
        (compiled(patterns_said=4), "length: the tables do not fit"),
        (compiled(scheduled_said=1), "length: the tables do not fit"),
        (compiled(mode=doses.MODES), "mode 5"),
        (compiled(rate=0), "rate: simple continuous needs one"),
        (compiled(patterns=[[(0, 100_000)]]), "flex patterns belong to the flex mode"),
        (flex(), "flex patterns belong to the flex mode"),
        (flex([(0, 100_000)], week=bytes([0, 0, 0, 0, 0, 0, 1])), "week: no such pattern"),
        (flex([]), "flex pattern: the first step starts at 00:00"),
        (flex([(1, 100_000)]), "flex pattern: the first step starts at 00:00"),
        (flex([(0, 100_000)] + [(n, 100_000) for n in range(1, 25)]), "flex pattern: the first step starts at 00:00"),
        (flex([(0, 100_000), (0, 100_000)]), "flex pattern: steps out of order"),
        (flex([(0, 100_000), (1_440, 100_000)]), "flex pattern: steps out of order"),
        (compiled(scheduled=[(1_440, EVERY_DAY, 5_000, 600)]), "scheduled bolus: time or days"),
        (compiled(scheduled=[(0, 0, 5_000, 600)]), "scheduled bolus: time or days"),
        (compiled(scheduled=[(0, 128, 5_000, 600)]), "scheduled bolus: time or days"),
    ],
)
def test_a_refusal_names_the_field_and_the_rule(binary, text):
    assert refusal(binary) == text


@pytest.mark.req("SR-10")
@pytest.mark.parametrize(
    "binary",
    [
        flex([(0, 100_000), (1, 100_000), (1_439, 100_000)]),
        flex([(0, 100_000)] + [(n, 100_000) for n in range(1, 24)]),
        flex(*[[(0, 100_000)]] * 4, week=bytes([0, 1, 2, 3, 0, 0, 3])),
        flex([(0, 0)], rate=0),
        compiled(scheduled=[(0, 1, 5_000, 600), (1_439, 64, 5_000, 600)] * 6),
        compiled(drug=b"~" * 12, identity=b"~" * 16),
        compiled(mode=doses.BOLUS_ONLY, rate=0, dose=5_000),
        compiled(mode=doses.MINIMUM_RATE, rate=0),
        compiled(mode=doses.STOPPED, rate=0),
    ],
)
def test_what_lies_on_the_last_legal_place_is_accepted(binary):
    assert checked(binary).binary == binary


BOUNDS = {
    "background": ("rate", {}),
    "gate_1h": ("gate_1h_nl", {}),
    "gate_24h": ("gate_24h_nl", {}),
    "low_reservoir": ("low_reservoir_ul", {}),
    "lockout": ("lockout_s", {"dose": 5_000}),
    "boluses_per_24h": ("count", {"dose": 5_000}),
    "bolus_duration": ("duration_s", {"dose": 5_000}),
    "bolus_volume": ("dose", {"duration_s": 21_600}),
}


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("end", [0, 1])
def test_each_quantity_is_accepted_at_its_bound_and_refused_one_beyond(name, end):
    field, others = BOUNDS[name]
    bounds = quantities.hard_range(name)
    beyond = bounds[end] + (1 if end else -1)
    checked(compiled(**others | {field: bounds[end]}))
    assert refusal(compiled(**others | {field: beyond})) == f"{name} {beyond} is outside {bounds[0]} to {bounds[1]}"


@pytest.mark.parametrize("end", [0, 1])
def test_a_concentration_is_accepted_at_its_bound_and_refused_one_beyond(end):
    bounds = quantities.hard_range("concentration")
    beyond = bounds[end] + (1 if end else -1)
    # 100 uL/day at each.
    checked(compiled(concentration=bounds[end], rate=bounds[end] // 10))
    assert refusal(compiled(concentration=beyond, rate=beyond // 10)).startswith(f"concentration {beyond} is outside ")


@pytest.mark.parametrize(
    "binary",
    [
        compiled(dose=249),
        compiled(dose=500_001, duration_s=21_600),
        compiled(scheduled=[(0, 1, 249, 600)]),
    ],
)
def test_a_volume_outside_its_range_is_refused_wherever_it_stands(binary):
    assert refusal(binary).startswith("bolus_volume ")


def test_the_largest_numbers_that_a_field_can_hold_are_read_as_they_stand():
    largest = 4_000_000_000
    assert refusal(compiled(scheduled=[(0, 1, largest, 600)])).startswith(f"bolus_volume {largest} is outside")
    assert refusal(compiled(scheduled=[(0, 1, 5_000, 60_000)])).startswith("bolus_duration 60000 is outside")
    assert refusal(flex([(0, largest)])).startswith(f"background {largest} is outside")


def test_tables_that_end_exactly_where_the_next_one_should_begin_are_refused():
    # One pattern of one step reaches over the checksum to the very end, and a second one is announced.
    assert refusal(compiled(patterns_said=2, extra=b"\1\0\0")) == "length: the tables do not fit"


def test_every_step_of_every_pattern_is_checked():
    good = (0, 100_000)
    for wrong in ([(0, SLOWEST - 1)], [good, (5, FASTEST + 1)]):
        assert refusal(flex([good], wrong)).startswith("background ")
    checked(flex([good], [(0, SLOWEST), (5, FASTEST)]))


@pytest.mark.req("SR-02")
@pytest.mark.parametrize("where", ["patient", "scheduled", "second scheduled"])
def test_the_fastest_bolus_with_the_highest_background_reaches_the_ceiling_and_never_passes_it(where):
    def binary(dose: int, background: int) -> bytes:
        # 60 s for so many nL: dose * 60 nL/h.
        slot = (0, EVERY_DAY, dose, 60)
        if where == "patient":
            return compiled(dose=dose, duration_s=60, rate=background, scheduled=[(0, 1, 250, 600)])
        slots = [slot] if where == "scheduled" else [(5, 1, 250, 600), slot]
        return compiled(rate=background, scheduled=slots, dose=250)

    checked(binary(15_000, 2_400_000))
    text = "background and bolus together pass the ceiling of 1 mL/h"
    assert refusal(binary(15_000, 2_400_024)) == text
    assert refusal(binary(15_001, 2_400_000)) == text


@pytest.mark.req("SR-02")
@given(st.integers(60, 21_600), st.data())
def test_no_fraction_of_a_nanolitre_passes_the_ceiling(duration_s, data):
    most = min(500_000, 1_000_000 * duration_s // 3_600)
    dose = data.draw(st.integers(250, most))
    # What the ceiling leaves for the background, in whole nL/day; one more passes it by less than 1/24 nL/h.
    background = int(24 * (1_000_000 - Fraction(dose * 3_600, duration_s)))
    assume(background >= SLOWEST)
    for fields in ({"dose": dose, "duration_s": duration_s}, {"scheduled": [(0, 1, dose, duration_s)]}):
        checked(compiled(**fields, rate=background))
        text = refusal(compiled(**fields, rate=background + 1))
        assert text == "background and bolus together pass the ceiling of 1 mL/h"


@pytest.mark.req("SR-02")
def test_the_highest_background_is_that_of_the_steepest_step_or_of_the_fallback():
    days = ([(0, 100_000), (60, 300_000), (120, 200_000)], [(0, 250_000)])
    assert checked(flex(*days, rate=50_000)).highest_background() == 300_000
    assert checked(flex(*days, rate=400_000)).highest_background() == 400_000
    assert checked(compiled(rate=123_456)).highest_background() == 123_456
    # What another mode leaves in the field is no rate of the programme.
    assert checked(compiled(mode=doses.BOLUS_ONLY, rate=123_456, dose=5_000)).highest_background() == 0


def test_a_clinicians_bolus_is_checked_against_the_hard_ranges_too():
    prescription = checked(compiled())
    for dose, duration_s in ((250, 60), (500_000, 21_600)):
        check_bolus(prescription, dose, duration_s)
    for dose, duration_s in ((249, 600), (500_001, 600), (5_000, 59), (5_000, 21_601)):
        with pytest.raises(PrescriptionError, match="is outside"):
            check_bolus(prescription, dose, duration_s)


def test_volumes_are_rounded_up_so_that_no_limit_is_passed_by_a_fraction():
    # 3 ng/mL less than a whole: 500,000 nL and a bit.
    prescription = checked(compiled(concentration=999_999, rate=100_000))
    check_bolus(prescription, 499_999, 21_600)
    with pytest.raises(PrescriptionError, match="bolus_volume 500001"):
        check_bolus(prescription, 500_000, 21_600)
