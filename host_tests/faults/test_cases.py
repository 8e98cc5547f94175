"""The table of expectations is complete: every fault, every task, and a reason for each case without detection."""

import pytest

from rig import Rig
from thecal.tables import texts
from thecal_tools import scenario_file
from thecal_tools.fault_campaign import campaign, cases, cell, phases
from virtual_bench import world
from virtual_bench.faults import FAULTS

ALARMS = {row[0] for row in texts.ALARMS}


def test_every_fault_of_the_bench_has_a_case_and_every_case_is_in_the_reduced_campaign():
    thrown = {fault for case in cases.CASES for fault, _ in case.throws}
    assert thrown == {row[0] for row in FAULTS}
    assert sorted(one.case for one in campaign.reduced()) == sorted(case.id for case in cases.CASES)


def test_the_reduced_campaign_meets_every_phase_of_delivery_but_the_slow_one():
    assert {one.phase for one in campaign.reduced()} == {row.name for row in phases.PHASES} - {"minimum"}


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.id)
def test_a_case_names_alarms_that_there_are_or_says_why_it_is_harmless(case):
    assert case.detect or case.harmless.get("")
    restarts = {cases.WATCHDOG, cases.POWER}
    assert all(issubclass(getattr(world, name), world.Reset) for name in restarts)
    assert set(case.detect) <= ALARMS | restarts
    assert set(case.harmless) <= {"", *(row.name for row in phases.PHASES)}


def test_every_task_of_the_scheduler_hangs_and_fails_in_turn():
    assert {task.name for task in Rig().app.scheduler.tasks} == set(cases.TASKS)
    for fault in ("hung_task", "task_error"):
        hit = {value for case in cases.CASES for name, value in case.throws if name == fault}
        assert hit == set(cases.TASKS)


def test_cells_have_names_of_their_own_and_are_found_by_them():
    names = [str(one) for one in cell.matrix()]
    assert len(set(names)) == len(names) > 2_000
    assert str(cell.cell_of("stall/patient/10")) == "stall/patient/10"


def test_a_bolus_is_under_way_when_the_fault_comes():
    for name in ("patient", "scheduled"):
        document = cell.scenario(cell.Cell("stall", name, "10"))
        fault_ms = next(int(event["at"][:-3]) for event in document["events"] if event["do"] == "fault")
        assert phases.READY_MS <= fault_ms < phases.READY_MS + 420_000
        assert scenario_file.read(document).title == f"stall/{name}/10"


@pytest.mark.parametrize(("phase", "powered"), [("train", 1), ("idle", 0)])
def test_the_fault_comes_while_the_motor_is_powered_or_is_not(phase, powered):
    twin = cell._twin(phase, "40")
    document = cell.scenario(cell.Cell("stall", phase, "40"))
    fault_ms = next(int(event["at"][:-3]) for event in document["events"] if event["do"] == "fault")
    assert sum(on <= fault_ms < off for on, off in twin.motor) == powered
