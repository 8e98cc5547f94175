"""The whole campaign and eight fault-free years; what `thecal faults` measured with these sources is not run again."""

import os
from pathlib import Path

import pytest

from thecal_tools.fault_campaign import campaign, years
from thecal_tools.fault_campaign.cell import matrix

FOLDER = Path(__file__).resolve().parents[2] / "build" / "faults"
YEARS = 8
pytestmark = pytest.mark.needs("proof")


@pytest.fixture(scope="module")
def store():
    measured = campaign.Store(FOLDER, campaign.fingerprint())
    campaign.measure(matrix(), measured, os.cpu_count() or 1, lambda done, failed: None, years.names(YEARS))
    return measured


@pytest.mark.req("SR-42")
def test_every_fault_in_every_phase_at_every_rate_keeps_its_budget(store, record_property):
    failed = [str(cell) for cell in matrix() if store.results[str(cell)]["failures"]]
    record_property("cells", len(matrix()))
    assert failed == []


@pytest.mark.req("SR-41", "SR-42")
def test_fault_free_years_raise_no_false_alarm_and_every_hour_is_as_prescribed(store):
    found = [store.results[name] for name in years.names(YEARS)]
    assert [year["name"] for year in found if year["failures"]] == []
