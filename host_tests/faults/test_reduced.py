"""The fault campaign in its reduced form: each case once, and days without a fault. The whole: make proof-faults."""

import pytest

from faults.pending import PENDING
from thecal_tools.fault_campaign import campaign, years
from thecal_tools.fault_campaign.cell import run
from thecal_tools.fault_campaign.page import page
from thecal_tools.files import Source, check_schema

CELLS = campaign.reduced()
_measured: dict[str, dict] = {}


def _params():
    for cell in CELLS:
        marks = [pytest.mark.xfail(reason=PENDING[cell.case], strict=False)] if cell.case in PENDING else []
        yield pytest.param(cell, id=str(cell), marks=marks)


@pytest.mark.req("SR-42")
@pytest.mark.parametrize("cell", list(_params()))
def test_a_fault_is_detected_in_time_or_harmless_and_costs_no_more_than_its_budget(cell, record_property):
    result = run(cell)
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
        store.add(str(cell), run(cell))
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
