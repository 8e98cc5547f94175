"""What the board refuses of a compiled prescription, whatever the host has checked before (SR-10, SR-02)."""

import contextlib
import random
from binascii import crc32
from struct import calcsize, pack, pack_into

import pytest

from rig import FLEX, SIMPLE, example
from thecal.tables import doses, quantities
from thecal.therapy.prescription_check import HEADER, PrescriptionError, checked
from thecal_tools.prescription_file import compile_prescription

FIELDS = (
    "magic",
    "version",
    "mode",
    "length",
    "id",
    "drug",
    "concentration",
    "rate",
    "patient_dose",
    "lockout_s",
    "patient_duration_s",
    "patient_count",
    "gate_1h",
    "gate_24h",
    "gate_1h_nl",
    "gate_24h_nl",
    "low_reservoir_ul",
    "patterns",
    "scheduled",
    "week",
)
OFFSETS: dict[str, int] = dict(
    zip(FIELDS, (0, 4, 5, 6, 8, 24, 36, 40, 44, 48, 52, 54, 55, 59, 63, 67, 71, 75, 76, 77), strict=True)
)
FORMATS: dict[str, str] = dict(zip(FIELDS, ("4s", "B", "B", "H", "16s", "12s", *"IIIIHBIIIIIBB", "7s"), strict=True))


def changed(binary: bytes, **values) -> bytes:
    """The binary with some header fields replaced and the checksum made right again."""
    body = bytearray(binary[:-4])
    for field, value in values.items():
        pack_into("<" + FORMATS[field], body, OFFSETS[field], value)
    return bytes(body) + pack("<I", crc32(body))


def test_the_examples_are_accepted():
    for document in (SIMPLE, FLEX, example("bolus_only")):
        assert checked(compile_prescription(document)).id == document["id"]
    assert calcsize(HEADER) == OFFSETS["week"] + 7


@pytest.mark.req("SR-10")
@pytest.mark.parametrize(
    ("starts", "accepted"),
    [
        ((0, 300, 600), True),
        ((0, 1, 1439), True),
        ((1, 300, 600), False),  # a gap at midnight
        ((0, 600, 300), False),
        ((0, 300, 300), False),  # an overlap
        ((0, 300, 1440), False),
        ((), False),
    ],
)
def test_flex_steps_must_cover_the_day_once(starts, accepted):
    flex = compile_prescription(FLEX)
    header = calcsize(HEADER)
    table = pack("<B", len(starts)) + b"".join(pack("<HI", start, 500_000) for start in starts)
    body = changed(flex, patterns=1, scheduled=0, week=bytes(7))[:header] + table
    body = body[:6] + pack("<H", len(body) + 4) + body[8:]
    binary = body + pack("<I", crc32(body))
    if accepted:
        assert [start for start, _ in checked(binary).patterns[0]] == list(starts)
    else:
        with pytest.raises(PrescriptionError):
            checked(binary)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("magic", b"XXXX"),
        ("version", 2),
        ("mode", doses.MODES),
        ("length", 5),
        ("concentration", quantities.hard_range("concentration")[0] - 1),
        ("concentration", quantities.hard_range("concentration")[1] + 1),
        ("rate", 0),
        ("rate", 500_000_000),
        ("lockout_s", 899),
        ("patient_duration_s", 59),
        ("patient_count", 25),
        ("gate_1h_nl", 1_024_668),
        ("gate_24h_nl", 24_258_001),
        ("low_reservoir_ul", 499),
        ("patterns", 1),
        ("scheduled", 1),
        ("patterns", 255),
    ],
)
def test_each_field_outside_its_rule_is_refused(field, value):
    with pytest.raises(PrescriptionError):
        checked(changed(compile_prescription(SIMPLE), **{field: value}))


@pytest.mark.req("SR-02")
def test_background_and_bolus_together_may_not_pass_the_ceiling():
    binary = compile_prescription(
        example("morphine_simple", limits=None, concentration="1 mg/mL", rate="20 mg/day", patient_bolus=None)
    )
    fast = {"patient_dose": 100_000, "patient_duration_s": 600, "lockout_s": 3_600, "patient_count": 4}
    assert checked(changed(binary, **fast | {"patient_dose": 27_000})).patient_dose == 27_000
    with pytest.raises(PrescriptionError, match="ceiling"):
        checked(changed(binary, **fast))


def test_no_mutation_of_a_prescription_gets_past_the_checksum_or_breaks_the_reader():
    random_ = random.Random(4)
    for document in (SIMPLE, FLEX):
        good = compile_prescription(document)
        for _ in range(3_000):
            body = bytearray(good)
            for _ in range(random_.randrange(1, 4)):
                body[random_.randrange(len(body))] = random_.randrange(256)
            if random_.random() < 0.2:
                del body[random_.randrange(len(body)) :]
            if bytes(body) != good:
                with pytest.raises(PrescriptionError):
                    checked(bytes(body))
            repaired = bytes(body[:-4]) + pack("<I", crc32(body[:-4]))
            with contextlib.suppress(PrescriptionError):
                checked(repaired)
