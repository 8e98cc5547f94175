"""The fault campaign in its reduced form: each fault once, and days without one. The whole: make proof-faults."""

from functools import cache

import pytest

from thecal_tools.fault_campaign import campaign, cases, years
from thecal_tools.fault_campaign.cell import Cell, run
from thecal_tools.fault_campaign.page import page
from thecal_tools.files import Source, check_schema

CELLS = campaign.reduced()
# Which safety task hangs or fails changes little of what follows: one of them stands for all here. Each has its turn in
# the whole campaign and in the supervisor's own tests.
OTHER_TASKS = {f"{fault}-{task}" for fault in ("hung_task", "task_error") for task in cases.TASKS} - {
    *("hung_task-delivery", "hung_task-link", "task_error-delivery", "task_error-link"),
}


@cache
def measured(cell: Cell) -> dict:
    return run(cell)


def test_every_fault_of_the_campaign_is_thrown_though_not_into_every_task():
    thrown = {fault for case in cases.CASES if case.id not in OTHER_TASKS for fault, _ in case.throws}
    assert thrown == {fault for case in cases.CASES for fault, _ in case.throws}
    assert {cell.phase for cell in CELLS if cell.case not in OTHER_TASKS} == {cell.phase for cell in CELLS}
    assert {case.id for case in cases.CASES} > OTHER_TASKS


@pytest.mark.req("SR-42")
@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(cell, id=str(cell), marks=pytest.mark.needs("proof") if cell.case in OTHER_TASKS else ())
        for cell in CELLS
    ],
)
def test_a_fault_is_detected_in_time_or_harmless_and_costs_no_more_than_its_budget(cell, record_property):
    result = measured(cell)
    record_property("cell", result)
    assert "crashed" not in result, result["crashed"]
    assert result["failures"] == []


@pytest.mark.req("SR-41", "SR-42")
@pytest.mark.parametrize("name", ["year-10-2-5", "year-flex-4-5"])
def test_days_without_a_fault_raise_no_alarm_and_every_hour_is_within_one_step_and_5_percent(name, record_property):
    result = years.run(name)
    record_property("year", result)
    assert "crashed" not in result, result["crashed"]
    assert result["failures"] == []
    assert result["steps"] > 4_000


def test_the_document_keeps_to_its_schema_and_the_page_shows_every_cell(tmp_path):
    store = campaign.Store(tmp_path, "sources")
    cells = CELLS[:2]
    for cell in cells:
        store.add(str(cell), measured(cell))
    names = years.names(1, days=1)
    store.add(names[0], years.run(names[0]))
    document = campaign.document(cells, store, "sources", names)
    check_schema(document, "faults", Source("results.json"))
    html = page(document)
    assert all(f"<title>{cell}:" in html for cell in cells)
    assert "year-2-1-1" in html


def test_a_campaign_goes_on_where_it_was_stopped_and_anew_when_the_sources_change(tmp_path, mocker):
    cells = CELLS[:3]
    store = campaign.Store(tmp_path, "sources")
    for cell in cells:
        store.add(str(cell), {"cell": str(cell), "failures": []})
    with (tmp_path / campaign.STORE).open("a") as file:
        file.write('{"sources": "sources", "na')  # killed in mid-line
    pool = mocker.patch.object(campaign, "ProcessPoolExecutor")
    again = campaign.Store(tmp_path, "sources")
    campaign.measure(cells, again, 1, lambda done, failed: None)
    assert pool.return_value.__enter__.return_value.submit.call_count == 0
    assert again.results == store.results
    assert campaign.Store(tmp_path, "others").results == {}
