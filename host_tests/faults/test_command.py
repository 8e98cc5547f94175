"""`thecal faults` by its options, and a cell again with `thecal sim`."""

import json

import pytest

from thecal_tools.cli import main

CELL = "stall/patient/40"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "faults"


def test_one_cell_is_shown_with_the_command_that_runs_it_again(out, capsys):
    assert main(["faults", "--cell", CELL, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "motor_stall" in shown
    assert f"again with: thecal sim {out / 'stall-patient-40.json'}" in shown


def test_its_scenario_raises_the_same_alarm_at_the_same_moment(out, capsys):
    assert main(["faults", "--cell", CELL, "--json", "--out", str(out)]) == 0
    result = json.loads(capsys.readouterr().out)["cells"][0]
    scenario = out / "stall-patient-40.json"
    events = json.loads(scenario.read_text())["events"]
    fault_ms = next(int(event["at"][:-3]) for event in events if event["do"] == "fault")
    assert main(["sim", str(scenario), "--json"]) == 0
    alarms = json.loads(capsys.readouterr().out)["alarms"]
    raised = next(row for row in alarms if (row["alarm"], row["change"]) == (result["detected_by"], "raised"))
    assert raised["pump_s"] == pytest.approx(fault_ms / 1000 + result["detected_s"], abs=1)


def test_cells_are_listed_and_chosen(capsys):
    assert main(["faults", "--list", "--fault", "slip", "--phase", "idle"]) == 0
    names = capsys.readouterr().out.split()
    assert names == [f"{case}/idle/{rate}" for rate in ("2", "10", "40", "1000") for case in ("slip-20", "slip-60")]


@pytest.mark.parametrize("options", [("--cell", "stall/idle"), ("--fault", "gremlins"), ("--phase", "x")])
def test_a_cell_that_there_is_not_costs_one_line(options, capsys):
    assert main(["faults", *options]) == 1
    assert "--list" in capsys.readouterr().err
