"""The traceability matrix from a small table and a small run."""

import json

import pytest

from thecal_tools import trace

TABLE = {
    "current_stage": 1,
    "requirements": [
        {"id": "PR-01", "stage": 1, "area": "what it delivers", "text": "Runs."},
        {"id": "SR-01", "stage": 1, "area": "dose", "text": "a < b.", "hazard": "too much", "how_to_try": "rates"},
        {"id": "SR-02", "stage": 1, "area": "dose", "text": "Counts.", "hazard": "too fast", "how_to_try": "modes"},
        {"id": "SR-04", "stage": 2, "area": "dose", "text": "Looks on.", "hazard": "too late", "how_to_try": "force"},
    ],
}
RUN = {
    "finished": "2026-03-01T12:00:00+00:00",
    "tests": [
        {"test": "tests/test_a.py::test_rates[1]", "outcome": "passed", "requirements": ["SR-01"]},
        {"test": "tests/test_a.py::test_rates[2]", "outcome": "failed", "requirements": ["SR-01"]},
        {"test": "tests/test_a.py::test_modes", "outcome": "skipped", "requirements": ["SR-02"]},
    ],
}


def test_each_requirement_has_one_result():
    rows = trace.build(TABLE, RUN)["requirements"]
    assert [(row["id"], row["result"]) for row in rows] == [
        ("PR-01", "no test"),
        ("SR-01", "failed"),
        ("SR-02", "skipped"),
        ("SR-04", "later"),
    ]


def test_the_sabotage_of_every_due_safety_requirement_is_shown_with_what_became_of_it():
    caught = {"outcome": "caught", "breaks": "counts < twice", "test": "tests/test_a.py::test_rates[1]"}
    made = trace.build(TABLE, RUN, {"SR-01": caught})
    assert [row.get("sabotage", {}).get("outcome") for row in made["requirements"]] == [
        None,
        "caught",
        "not tried",
        None,
    ]
    assert made["sabotages"] == {"caught": 1, "not tried": 1}
    page = trace.page(made)
    assert "counts &lt; twice" in page
    assert "<strong>1/2</strong> sabotages caught" in page


def test_the_page_shows_hazard_requirement_tests_and_result():
    page = trace.page(trace.build(TABLE, RUN))
    for text in (
        "too much",
        "a &lt; b.",
        "test_rates × 2",
        '<span class="result failed">failed</span>',
        "not a medical",
    ):
        assert text.lower() in page.lower()
    assert "01 March 2026, 12:00 UTC" in page


def test_the_page_needs_nothing_from_elsewhere():
    page = trace.page(trace.build(TABLE, RUN))
    assert "http" not in page
    assert "src=" not in page


def test_writes_both_files(tmp_path):
    requirements = tmp_path / "requirements.json"
    requirements.write_text(json.dumps(TABLE))
    (tmp_path / "results.json").write_text(json.dumps(RUN))
    _, html = trace.write(tmp_path, requirements)
    assert html.read_text().startswith("<!DOCTYPE html>")
    assert json.loads((tmp_path / "trace.json").read_text())["counts"]["failed"] == 1


def test_without_a_run_it_says_what_to_do(tmp_path):
    with pytest.raises(trace.TraceError, match=r"cannot read results\.json .*; run `make test` first"):
        trace.write(tmp_path)
