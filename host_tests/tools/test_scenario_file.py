"""The scenario file: what a runner gets, and what is refused with which words."""

import json

import pytest

from thecal_tools import fault_values, scenario_file
from thecal_tools.expectations import differences
from thecal_tools.files import SCHEMAS, FileError, Source, field_name
from thecal_tools.units import UnitError
from tools.documents import FLEX, ROOT, SCENARIOS, changed, document, json_of_document_page, leaves, quantities
from virtual_bench import scenario_run
from virtual_bench.faults import FAULTS, FAULTS_OF_PARTS

PLACE = Source(ROOT / "host_tests" / "scenarios" / "here.json")
EVENTS = [
    {"at": "0 s", "do": "press", "button": "bolus", "hold": "1.5 s"},
    {"at": "1 h", "do": "clinician_bolus", "dose": "50 ug", "duration": "10 min"},
    {"at": "1 h", "do": "stop"},
    {"at": "1 h 1 s", "do": "resume"},
    {"at": "2 h", "do": "set_clock", "to": "2026-03-02 12:00"},
    {"at": "2 h", "do": "lose_clock"},
    {"at": "3 h", "do": "program", "prescription": "../../examples/prescriptions/morphine_simple.json"},
    {"at": "3 h", "do": "power_cut", "off_for": "20 min"},
    {"at": "4 h", "do": "fault", "fault": "occlusion", "value": "90 %"},
    {"at": "5 h", "do": "clear_fault", "fault": "occlusion"},
    {"at": "6 h", "do": "link", "request": {"jsonrpc": "2.0", "id": 1, "method": "status"}},
]
WHOLE = {
    "format": "thecal.scenario/1",
    "title": "all events",
    "what": "One of each.",
    "prescription": "../../examples/prescriptions/baclofen_flex.json",
    "board": "RPI_PICO",
    "start": {"wall": "2026-03-02 06:00"},
    "reservoir": "18 mL",
    "duration": "6 h",
    "seed": 7,
    "events": EVENTS,
}


def refusal(bad, source=PLACE):
    with pytest.raises(FileError) as caught:
        scenario_file.read(bad, source)
    assert "\n" not in str(caught.value)
    return caught.value


# What a runner gets


def test_every_event_is_compiled():
    compiled = scenario_file.compile_scenario(WHOLE, PLACE)
    simple = compiled["events"][6][2]
    assert compiled["events"] == [
        [0, "press", ["bolus", 1_500]],
        [3_600_000, "clinician_bolus", [50_000, 600]],
        [3_600_000, "stop", []],
        [3_601_000, "resume", []],
        [7_200_000, "set_clock", [194_616_000]],
        [7_200_000, "lose_clock", []],
        [10_800_000, "program", [simple[0], 10_000_000]],
        [10_800_000, "power_cut", [1_200_000]],
        [14_400_000, "fault", ["occlusion", 900, 1_000]],
        [18_000_000, "clear_fault", ["occlusion"]],
        [21_600_000, "link", ['{"jsonrpc":"2.0","id":1,"method":"status"}']],
    ]
    del compiled["events"], compiled["prescription"]
    assert compiled == {
        "seed": 7,
        "board": "RPI_PICO",
        "concentration_ng_ml": 2_000_000,
        "start_wall_s": 194_594_400,
        "start_pump_s": 0,
        "ticks_start": 0,
        "duration_ms": 21_600_000,
        "reservoir_ul": 18_000,
    }


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_compiled_scenarios_hold_only_what_json_carries_unchanged(path):
    compiled = scenario_file.load(path).compiled
    assert json.loads(json.dumps(compiled)) == compiled
    assert {type(value) for _, value in leaves(compiled)} == {int, str}


@pytest.mark.parametrize(
    ("start", "pump_s", "ticks"),
    [
        ({}, 0, 0),
        ({"pump_time": "11 days"}, 950_400, 950_400_000),
        ({"pump_time": "13 days"}, 1_123_200, 1_123_200_000 - 2**30),
        ({"before_wrap": "1 min"}, 0, 2**30 - 60_000),
        ({"pump_time": "1 h", "before_wrap": "1 ms"}, 3_600, 2**30 - 1),
    ],
)
def test_pump_time_and_tick_counter_at_the_start(start, pump_s, ticks):
    compiled = scenario_file.compile_scenario(WHOLE | {"start": {"wall": "unknown"} | start}, PLACE)
    assert (compiled["start_wall_s"], compiled["start_pump_s"], compiled["ticks_start"]) == (-1, pump_s, ticks)


def test_a_prescription_may_stand_inside():
    inside = scenario_file.read(WHOLE | {"prescription": document(FLEX)}, PLACE)
    assert inside.compiled["prescription"] == scenario_file.read(WHOLE, PLACE).compiled["prescription"]


def test_the_example_of_the_documents_is_legal():
    scenario_file.read(json_of_document_page("scenario_file.md"), PLACE)


def test_every_event_of_the_schema_is_one_that_the_runner_knows():
    known = document(SCHEMAS / "scenario.schema.json")["$defs"]["do"]["enum"]
    assert sorted(event["do"] for event in EVENTS) == sorted(known)
    for name in known:
        assert hasattr(scenario_run.ScenarioRun, f"_do_{name}")


@pytest.mark.parametrize("row", FAULTS + FAULTS_OF_PARTS, ids=lambda row: row[0])
def test_every_fault_of_the_bench_can_be_written(row):
    name, unit, _, _ = row
    if unit == "on":
        assert fault_values.fault_value(name, None) == [1]
        with pytest.raises(UnitError, match="leave the value out"):
            fault_values.fault_value(name, "1")
        return
    example = fault_values.READERS[unit][1].split('"')[1]
    assert fault_values.fault_value(name, example)
    for bad in (None, "", "7", "9" * 30, "so many"):
        with pytest.raises(UnitError):
            fault_values.fault_value(name, bad)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("occlusion", "100 %", [1]),
        ("occlusion", "0 %", [0]),
        ("slip", "0.5 %", [5, 1_000]),
        ("clock_jump", "-1 h", [-3_600]),
        ("tick_jump", "5 s", [5_000]),
        ("brown_out", "300 ms", [300]),
        ("flash_torn", "20 bytes", [21]),
        ("button_stuck", "stop", [3]),
        ("hung_task", "delivery", ["delivery"]),
        ("supply_sag", "600 mV", [600]),
    ],
)
def test_fault_values_are_whole_numbers_or_ratios(name, text, value):
    assert fault_values.fault_value(name, text) == value


# What is refused


@pytest.mark.req("SR-14")
def test_every_quantity_needs_its_unit():
    places = list(quantities(WHOLE))
    assert len(places) > 10
    for where in places:
        bare = dict(leaves(WHOLE))[where].split(" ")[0]
        for wrong in (bare, 7):
            error = refusal(changed(WHOLE, where, wrong))
            assert error.field == field_name(where)


def event(index, field, value):
    return changed(WHOLE, ("events", index, field), value)


@pytest.mark.parametrize(
    ("bad", "field", "rule"),
    [
        (WHOLE | {"format": "thecal.scenario/2"}, "format", "unknown version"),
        (WHOLE | {"board": "TOASTER"}, "board", "there is ESP32_GENERIC, ESP32_GENERIC_S3, RPI_PICO, RPI_PICO_W"),
        (WHOLE | {"board": "../../etc"}, "board", "must be"),
        (WHOLE | {"reservoir": "20.001 mL"}, "reservoir", "at most RPI_PICO's 20 mL"),
        (WHOLE | {"reservoir": "0 mL"}, "reservoir", "more than 0"),
        (WHOLE | {"duration": "0 s"}, "duration", "more than 0 s"),
        (WHOLE | {"duration": "401 days"}, "duration", "at most 400 days"),
        (WHOLE | {"seed": -1}, "seed", "from 0"),
        (WHOLE | {"seed": 1.5}, "seed", "whole number"),
        (WHOLE | {"title": "two\nlines"}, "title", "one line"),
        (WHOLE | {"title": "\x1b[31m"}, "title", "printable"),
        (WHOLE | {"prescription": "none.json"}, "prescription", "no such file"),
        (WHOLE | {"prescription": "\0"}, "prescription", "no such file"),
        (WHOLE | {"prescription": "x" * 5_000}, "prescription", "no such file"),
        (WHOLE | {"prescription": 7}, "prescription", "must be a path"),
        (WHOLE | {"prescription": {"format": "thecal.prescription/1"}}, "prescription.id", "is required"),
        (WHOLE | {"start": {}}, "start.wall", "is required"),
        (WHOLE | {"start": {"wall": "2026-02-30 00:00"}}, "start.wall", "no such date"),
        (WHOLE | {"start": {"wall": "unknown", "before_wrap": "13 days"}}, "start.before_wrap", "at most 12 days"),
        (WHOLE | {"start": {"wall": "unknown", "pump_time": "500 days"}}, "start.pump_time", "at most 400 days"),
        (WHOLE | {"colour": "red"}, "colour", "unknown field"),
        (WHOLE | {"expect": {"alarms": ["nothing"]}}, "expect.alarms[0]", "unknown name"),
        (WHOLE | {"expect": {"granted": -1}}, "expect.granted", "0 or more"),
        (event(0, "do", "jump"), "events[0].do", "must be one of"),
        (event(0, "button", "red"), "events[0].button", "must be one of"),
        (event(0, "hold", "11 min"), "events[0].hold", "at most 10 min"),
        (event(0, "dose", "5 ug"), "events[0].dose", "unknown field"),
        (changed(WHOLE, ("events", 0, "hold")), "events[0].hold", "is required for a press"),
        (changed(WHOLE, ("events", 1, "at")), "events[1].at", "is required"),
        (event(1, "at", "7 h"), "events[1].at", "at most 6 h"),
        (event(3, "at", "30 min"), "events[3].at", "earlier than the event before"),
        (event(1, "dose", "5 mg"), "events[1].dose", "250 nL to 500 uL"),
        (event(1, "duration", "7 h"), "events[1].duration", "1 min to 6 h"),
        (event(6, "prescription", "none.json"), "events[6].prescription", "no such file"),
        (event(8, "fault", "gremlins"), "events[8].fault", "no such fault"),
        (event(8, "value", "101 %"), "events[8].value", "fraction of bore"),
        (changed(WHOLE, ("events", 8, "value")), "events[8].value", "needs a value"),
        (event(9, "value", "90 %"), "events[9].value", "unknown field"),
        (event(10, "request", {"x": "y" * 600}), "events[10].request", "the board reads 512"),
        (event(10, "request", "status"), "events[10].request", "JSON-RPC"),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(bad, field, rule):
    error = refusal(bad)
    assert (error.field, rule in error.rule) == (field, True), str(error)


def test_an_error_in_a_prescription_file_names_that_file(tmp_path):
    (tmp_path / "rx.json").write_text('{"format": "thecal.prescription/1"}', encoding="utf-8")
    error = refusal(WHOLE | {"prescription": "rx.json"}, Source(tmp_path / "scenario.json"))
    assert error.path == str(tmp_path / "rx.json")


def test_a_clinician_bolus_is_judged_by_the_prescription_then_in_force():
    late = {"at": "6 h", "do": "clinician_bolus", "dose": "2 mg", "duration": "30 min"}
    scenario_file.read(WHOLE | {"events": [*EVENTS, late]}, PLACE)  # 0.2 mL of the second one's 10 mg/mL
    assert refusal(WHOLE | {"events": [late]}).field == "events[0].dose"


# What is expected of a run


def test_expectations_are_held_against_the_result():
    result = {
        "requests": [
            {"kind": "patient", "granted": True, "reason": "granted"},
            {"kind": "patient", "granted": False, "reason": "lockout interval"},
            {"kind": "scheduled", "granted": False, "reason": "the pump is stopped"},
        ],
        "alarms": [{"alarm": "motor_stall", "change": "raised"}, {"alarm": "gate_limit", "change": "cleared"}],
    }
    held = {"granted": 1, "refused": 1, "missed": 1, "alarms": ["motor_stall"]}
    reasons = ["the pump is stopped", "lockout interval"]
    assert differences(held | {"reasons": reasons}, result) == []
    wrong = {"granted": 2, "refused": 0, "missed": 0, "reasons": [], "alarms": []}
    assert [line.partition(":")[0] for line in differences(wrong, result)] == list(wrong)
