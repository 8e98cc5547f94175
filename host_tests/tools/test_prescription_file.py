"""The prescription file: what is compiled, what is derived, and what is refused with which words."""

from fractions import Fraction

import pytest

from thecal.tables import ceilings, doses, texts
from thecal.therapy.prescription_check import checked
from thecal_tools import prescription_file
from thecal_tools.derived import derived
from thecal_tools.files import SCHEMAS, FileError, Source, field_name
from tools.documents import FLEX, PRESCRIPTIONS, changed, document, json_of_document_page, leaves, quantities

FLEX_DOCUMENT = document(FLEX)
SIMPLE = {
    "format": "thecal.prescription/1",
    "id": "TEST-1",
    "drug": "water",
    "concentration": "1000 ug/mL",
    "mode": "simple_continuous",
    "rate": "240 ug/day",
    "low_reservoir": "2 mL",
}
PATIENT = {"dose": "10 ug", "duration": "10 min", "lockout": "2 h", "max_per_24h": 4}


def refusal(bad):
    with pytest.raises(FileError) as caught:
        prescription_file.read(bad, Source("rx.json"))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("rx.json: ")
    return caught.value


# What is compiled


@pytest.mark.parametrize("path", PRESCRIPTIONS, ids=lambda path: path.stem)
def test_examples_compile_to_what_the_board_reads(path):
    therapy = prescription_file.load(path)
    found = checked(prescription_file.compiled(therapy))
    assert (found.id, found.drug, found.mode) == (therapy.id, therapy.drug, therapy.mode)
    assert "BENCH ONLY" in therapy.note


@pytest.mark.req("PR-02")
def test_flex_is_compiled_step_by_step():
    found = checked(prescription_file.compile_prescription(FLEX_DOCUMENT))
    weekday, weekend = found.patterns
    assert weekday == ((0, 864_000), (330, 1_440_000), (540, 960_000), (1320, 864_000))
    assert weekend[1] == (420, 1_440_000)
    assert tuple(found.week) == (0, 0, 0, 0, 0, 1, 1)
    assert found.rate == 1_000_000
    assert (found.patient_dose, found.patient_duration_s, found.lockout_s, found.patient_count) == (
        50_000,
        600,
        14_400,
        3,
    )
    assert (found.limit_1h, found.limit_24h) == (200_000, 1_500_000)


@pytest.mark.req("PR-03")
def test_scheduled_boluses_are_compiled_with_their_days():
    bolus = {"at": "07:30", "days": ["mon", "sun"], "dose": "10 ug", "duration": "20 min"}
    found = checked(prescription_file.compile_prescription(SIMPLE | {"scheduled_boluses": [bolus]}))
    assert found.scheduled == ((450, 0b1000001, 10_000, 1_200),)


def test_the_example_of_the_documents_is_legal():
    therapy = prescription_file.read(json_of_document_page("prescription_file.md"))
    assert derived(therapy).warnings == ()


def test_schema_and_firmware_tables_agree():
    schema = document(SCHEMAS / "prescription.schema.json")
    fields = schema["properties"]
    assert sorted(fields["mode"]["enum"]) == sorted(texts.MODES)
    assert fields["flex"]["properties"]["patterns"]["maxProperties"] == ceilings.FLEX_PATTERNS
    assert fields["flex"]["properties"]["patterns"]["additionalProperties"]["maxItems"] == ceilings.FLEX_STEPS
    assert fields["scheduled_boluses"]["maxItems"] == ceilings.SCHEDULED_BOLUSES


# What is derived


@pytest.mark.req("PR-02")
def test_daily_totals_are_exact():
    values = derived(prescription_file.read(FLEX_DOCUMENT))
    assert [total.background_ng for total in values.patterns] == [1_000_000, 1_000_000]
    assert [(day.pattern, day.volume_nl) for day in values.weekdays] == [("weekday", 500_000)] * 5 + [
        ("weekend", 500_000)
    ] * 2
    assert (values.patient_per_day, values.patient_per_day_ng) == (3, 150_000)
    assert values.highest_nl_per_h == 30_000 + 150_000
    assert values.warnings == ()


def test_minimum_rate_is_a_volume():
    minimum = changed(SIMPLE, ("rate",)) | {"mode": "minimum_rate"}
    values = derived(prescription_file.read(minimum))
    assert values.weekdays[0].volume_nl == 6_000
    assert values.weekdays[0].background_ng == 6_000


def test_a_count_that_the_lockout_never_allows_is_pointed_out():
    values = derived(prescription_file.read(SIMPLE | {"patient_bolus": PATIENT | {"max_per_24h": 20}}))
    assert values.patient_per_day == 12
    assert "lockout allows only 12" in values.warnings[0]


def test_unused_patterns_and_an_odd_fallback_are_pointed_out():
    odd = changed(FLEX_DOCUMENT, ("flex", "fallback_rate"), "300 ug/day")
    odd["flex"]["week"] = dict.fromkeys(odd["flex"]["week"], "weekday")
    warnings = " ".join(derived(prescription_file.read(odd)).warnings)
    assert "flex.patterns.weekend" in warnings
    assert "flex.fallback_rate" in warnings


def test_a_ratio_that_is_no_whole_nanolitre_stays_exact():
    values = derived(prescription_file.read(SIMPLE | {"concentration": "7000 ug/mL", "rate": "1000 ug/day"}))
    assert values.weekdays[0].volume_nl == Fraction(1_000_000, 7)


# What is refused


@pytest.mark.req("SR-14")
@pytest.mark.parametrize("path", PRESCRIPTIONS, ids=lambda path: path.stem)
def test_every_quantity_needs_its_unit(path):
    original = document(path)
    places = list(quantities(original))
    assert len(places) >= 4
    for where in places:
        bare = dict(leaves(original))[where].split(" ")[0]
        for value in (bare, float(bare), 7):
            error = refusal(changed(original, where, value))
            assert error.field == field_name(where)
            assert "unit" in error.rule


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"format": "thecal.prescription/2"}, "format", "unknown version"),
        ({"format": "thecal.scenario/1"}, "format", "must be"),
        ({"id": "a\u00e9"}, "id", "ASCII"),
        ({"id": "ABC\n"}, "id", "ASCII"),
        ({"id": "x" * 17}, "id", "16"),
        ({"drug": ""}, "drug", "12"),
        ({"mode": "auto"}, "mode", "must be one of"),
        ({"colour": "red"}, "colour", "unknown field: known here are"),
        ({"flex": FLEX_DOCUMENT["flex"]}, "flex", "does not belong here in mode simple_continuous"),
        ({"mode": "flex", "flex": FLEX_DOCUMENT["flex"]}, "rate", "does not belong here in mode flex"),
        ({"mode": "bolus_only"}, "rate", "does not belong here in mode bolus_only"),
        ({"mode": "stopped"}, "rate", "does not belong here in modes minimum_rate and stopped"),
        ({"concentration": "0.5 ug/mL"}, "concentration", "must be from 1 mcg/mL to 100 mg/mL"),
        ({"rate": "0 ug/day"}, "rate", "gives nothing"),
        ({"rate": "47 ug/day"}, "rate", "48 uL/day to 24 mL/day"),
        ({"rate": "24001 ug/day"}, "rate", "48 uL/day to 24 mL/day"),
        ({"rate": "0.01 ng/h"}, "rate", "not a whole number of ng/day"),
        ({"low_reservoir": "0.4 mL"}, "low_reservoir", "500 uL to 10 mL"),
        ({"patient_bolus": PATIENT | {"dose": "501 ug"}}, "patient_bolus.dose", "250 nL to 500 uL"),
        ({"patient_bolus": PATIENT | {"dose": "0 ug"}}, "patient_bolus.dose", "250 nL to 500 uL"),
        ({"patient_bolus": PATIENT | {"duration": "59 s"}}, "patient_bolus.duration", "1 min to 6 h"),
        ({"patient_bolus": PATIENT | {"lockout": "14 min"}}, "patient_bolus.lockout", "15 min to 1 day"),
        ({"patient_bolus": PATIENT | {"max_per_24h": 25}}, "patient_bolus.max_per_24h", "1 to 24"),
        ({"patient_bolus": PATIENT | {"max_per_24h": 3.5}}, "patient_bolus.max_per_24h", "whole number"),
        ({"patient_bolus": PATIENT | {"max_per_24h": True}}, "patient_bolus.max_per_24h", "whole number"),
        ({"limits": {"per_1h": "9.999 ug"}}, "limits.per_1h", "the programme can give 10 mcg in 1 h"),
        ({"limits": {"per_24h": "239 ug"}}, "limits.per_24h", "the programme can give 240 mcg in 1 day"),
        ({"limits": {"per_1h": "1001 ug"}}, "limits.per_1h", "mechanism's limit 1 mL in 1 h"),
        ({"limits": {"per_24h": "24.1 mg"}}, "limits.per_24h", "mechanism's limit 24 mL in 1 day"),
        ({"limits": {}}, "limits", "needs at least 1"),
        ({"scheduled_boluses": []}, "scheduled_boluses", "needs at least 1"),
        ({"note": 7}, "note", "must be text"),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(change, field, rule):
    error = refusal(SIMPLE | change)
    assert (error.field, rule in error.rule) == (field, True), str(error)


@pytest.mark.parametrize("field", [name for name in SIMPLE if name != "format"])
def test_a_missing_field_is_named(field):
    error = refusal(changed(SIMPLE, (field,)))
    assert (error.field, str(error.value)) == (field, "missing")


def test_bolus_only_needs_a_bolus():
    assert "add patient_bolus" in refusal(changed(SIMPLE, ("rate",)) | {"mode": "bolus_only"}).rule


def test_week_names_a_pattern_that_there_is():
    error = refusal(changed(FLEX_DOCUMENT, ("flex", "week", "tue"), "monday"))
    assert error.field == "flex.week.tue"
    assert "weekday, weekend" in error.rule


@pytest.mark.parametrize("value", [None, [], "text", 7, {"a": []}])
def test_what_is_no_prescription_at_all_is_refused(value):
    assert refusal(value).rule


@pytest.mark.req("SR-07")
@pytest.mark.parametrize(
    ("at", "days", "legal"),
    [("08:00", ["mon"], False), ("08:10", ["mon"], True), ("07:50", ["mon"], False), ("08:00", ["tue"], True)],
)
def test_scheduled_boluses_never_overlap(at, days, legal):
    first = {"at": "07:55", "days": ["mon"], "dose": "10 ug", "duration": "15 min"}
    both = SIMPLE | {"scheduled_boluses": [first, {**first, "at": at, "days": days}]}
    if legal:
        prescription_file.read(both)
    else:
        assert "still runs when" in refusal(both).rule


@pytest.mark.req("SR-07")
def test_scheduled_boluses_never_overlap_from_sunday_into_monday():
    late = {"at": "23:55", "days": ["sun"], "dose": "10 ug", "duration": "15 min"}
    assert (
        "still runs" in refusal(SIMPLE | {"scheduled_boluses": [late, {**late, "at": "00:05", "days": ["mon"]}]}).rule
    )


@pytest.mark.req("SR-02")
@pytest.mark.parametrize("mode", ["simple_continuous", "flex", "bolus_only"])
@pytest.mark.parametrize("kind", ["patient_bolus", "scheduled_boluses"])
def test_no_mode_and_bolus_pass_the_ceiling_together(mode, kind):
    background_nl_per_h = {"simple_continuous": 10_000, "flex": 30_000, "bolus_only": 0}[mode]
    ng_per_nl = {"simple_continuous": 1, "flex": 2, "bolus_only": 1}[mode]
    base = {
        "simple_continuous": SIMPLE,
        "flex": changed(changed(FLEX_DOCUMENT, ("limits",)), ("patient_bolus",)),
        "bolus_only": changed(SIMPLE, ("rate",)) | {"mode": "bolus_only"},
    }[mode]
    # A bolus of one minute with all that the ceiling leaves, and with one nL more.
    most_nl = (1_000_000 - background_nl_per_h) // 60
    for volume_nl, legal in ((most_nl, True), (most_nl + 1, False)):
        fast = {"dose": f"{volume_nl * ng_per_nl} ng", "duration": "1 min"}
        bolus = fast | {"lockout": "1 day", "max_per_24h": 1}
        if kind == "scheduled_boluses":
            bolus = [{**fast, "at": "06:00", "days": ["mon"]}]
        if legal:
            prescription_file.read(base | {kind: bolus})
        else:
            error = refusal(base | {kind: bolus})
            assert "ceiling of 1 mL/h" in error.rule
            assert error.field.endswith("duration")


@pytest.mark.req("SR-02")
def test_the_host_refuses_the_same_fraction_above_the_ceiling_as_the_board():
    # 10 uL in 601 s are 59,900.17 nL/h; beside them the background may be 22,562,396 nL/day and 4 pL.
    both = SIMPLE | {"patient_bolus": PATIENT | {"duration": "601 s"}}
    prescription_file.read(both | {"rate": "22562396 ng/day"})
    assert "ceiling of 1 mL/h: lengthen" in refusal(both | {"rate": "22562397 ng/day"}).rule


def test_modes_cover_the_board_s():
    assert len(texts.MODES) == doses.MODES
