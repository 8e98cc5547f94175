"""The report of a simulated day, page and terminal, on a result that an ideal pump would give."""

import io
import re
from datetime import timedelta
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest
from rich.console import Console

from thecal_tools.day_report import terminal
from thecal_tools.day_report.figures import Day
from thecal_tools.day_report.page import page
from thecal_tools.day_report.prescribed import Programme
from thecal_tools.files import Source, check_schema
from tools.test_day_report_sample import PL_PER_STEP, PRESSES, sample_day, sample_result, therapy


class Reader(HTMLParser):
    """What a reader finds on the page: tags with attributes, and the text of each table's cells by row."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.open: list[str] = []
        self._rows: list[list[str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in ("meta", "rect", "path", "circle", "br"):
            self.open.append(tag)
        if tag == "table":
            self._rows = self.tables[attributes["id"] or ""] = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_endtag(self, tag):
        if tag not in ("meta", "rect", "path", "circle", "br"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        if ("td" in self.open or "th" in self.open) and "svg" not in self.open:
            self._rows[-1][-1] += data


@pytest.fixture(scope="module")
def read_page() -> Reader:
    return Reader(page(sample_day()))


def number(text: str) -> Fraction:
    return Fraction(re.sub("[ ✓✕%+]", "", text).replace("\N{MINUS SIGN}", "-"))


def test_page_is_well_formed_and_begins_and_ends_with_the_warning(read_page):
    assert read_page.open == []
    text = page(sample_day())
    body = text[text.index("<body>") :]
    assert body.index("BENCH / RESEARCH ONLY") < body.index("<h1>")
    assert body.rindex("never for people or animals") > body.rindex("</section>")


def test_page_needs_nothing_from_elsewhere(read_page):
    text = page(sample_day())
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link|<img|src=|href=", text)
    assert len(text) < 400_000


def test_every_chart_has_title_and_description(read_page):
    charts = [attributes for tag, attributes in read_page.tags if tag == "svg" and attributes.get("role") == "img"]
    assert len(charts) == 8
    names = {attributes["id"] for tag, attributes in read_page.tags if tag in ("title", "desc") and "id" in attributes}
    for attributes in charts:
        assert set((attributes["aria-labelledby"] or "").split()) <= names
    assert len(names) == 16


def test_every_table_has_a_caption(read_page):
    assert set(read_page.tables) == {"by-hour", "requests", "alarms", "accounts"}
    assert sum(tag == "caption" for tag, _ in read_page.tags) == len(read_page.tables)


def test_hours_match_the_result(read_page):
    result, plan = sample_result(), Programme(therapy())
    _, *hours, total = read_page.tables["by-hour"]
    assert len(hours) == 24
    for cells, row in zip(hours, result["hours"], strict=True):
        delivered = Fraction(sum(row["steps"]) * PL_PER_STEP, 1_000_000)
        assert abs(number(cells[5]) - delivered) <= Fraction(1, 200)
        assert abs(number(cells[2]) - 2 * delivered) <= Fraction(1, 200)
        assert "✓" in cells[3]
    start = sample_day().start
    due = [plan.volume_nl(start + timedelta(hours=n), start + timedelta(hours=n + 1)) / 500 for n in range(24)]
    assert [number(row[1]) for row in hours[:6]] == [Fraction("7.5")] * 6
    assert sum(due) == Fraction("293.75")
    commanded = sum(account["commanded"] for account in result["doses"].values())
    assert abs(number(total[2]) - Fraction(2 * commanded * PL_PER_STEP, 1_000_000)) <= Fraction(1, 200)
    assert total[6] == "99.95 %"


def test_requests_match_the_result(read_page):
    _, *rows = read_page.tables["requests"]
    assert [row[0] for row in rows] == ["07:12", "07:55", "09:40", "21:45", "22:30"]
    assert ["granted" in row[1] for row in rows] == [answer == "granted" for _, answer in PRESSES]
    assert rows[1][2:4] == ["lockout interval", "09:22"]
    assert rows[4][2:4] == ["all boluses of 24 h are used", "never under this prescription"]


def test_granted_and_refused_differ_by_shape_and_not_by_colour_alone():
    text = page(sample_day())
    granted = set(re.findall(r'class="mark mark-patient"><title>[^<]*</title>(<path[^>]*>)', text))
    refused = set(re.findall(r'class="mark mark-refused"><title>[^<]*</title>(<path[^>]*>)', text))
    assert len(granted) == len(refused) == 1
    assert granted != refused


def test_accounts_match_the_result(read_page):
    _, background, patient, total = read_page.tables["accounts"]
    accounts = sample_result()["doses"]
    for row, kind in ((background, "background"), (patient, "patient")):
        assert row[:4] == [kind, *(str(accounts[kind][name]) for name in ("reserved", "commanded", "confirmed"))]
    assert int(total[2]) == accounts["background"]["commanded"] + accounts["patient"]["commanded"]


def test_alarms_match_the_result(read_page):
    _, *rows = read_page.tables["alarms"]
    assert [row[1:] for row in rows] == [["Reservoir low", "low", "raised"], ["Reservoir low", "low", "cleared"]]


def test_hours_with_too_little_are_named():
    day = sample_day(lost_steps_from_hour=20)
    assert [hour.start.hour for hour in day.hours_outside] == [20, 22, 23]
    text = page(day)
    assert "3 of 24 hours outside one step + 5 %" in text
    assert 'aria-label="outside one step + 5 %"' in text


def test_texts_of_a_result_cannot_become_markup():
    result: dict[str, Any] = sample_result() | {"title": "<script>x</script>"}
    result["requests"][1]["reason"] = "<b>&"
    text = page(Day(result, therapy()))
    assert "<script" not in text
    assert "<b>" not in text


def test_a_day_without_requests_alarms_and_level_readings():
    result: dict[str, Any] = sample_result() | {"requests": [], "alarms": []}
    result["reservoir"]["measured_nl"] = None
    result["trace"] = [[*row[:5], None, row[6]] for row in result["trace"]]
    text = page(Day(result, therapy()))
    assert "no reading" in text
    assert "None in the whole time" in text


def test_a_day_whose_time_is_unknown_is_held_against_the_fallback_rate():
    result = sample_result()
    for row in (result["start"], *result["requests"], *result["alarms"], *result["hours"]):
        row.update(dict.fromkeys(row.keys() & {"wall_s", "until_wall_s"}))
    day = Day(result, therapy())
    assert day.programme.volume_nl(day.start, day.end) == 120_000
    assert [hour.start.hour for hour in day.hours] == list(range(24))
    assert "time of day unknown" in page(day)
    check_schema(result, "sim_result", Source("sample"))


@pytest.mark.parametrize("width", [24, 40, 80, 160])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_terminal_of_any_width_and_encoding(width, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    terminal.show(sample_day(lost_steps_from_hour=20), Console(file=stream, width=width))
    stream.seek(0)
    lines = stream.read().splitlines()
    assert max(map(len, lines)) <= width
    if width >= 40:
        assert any("10.52" in line and "!" in line for line in lines)
        assert any("lockout" in line for line in lines)
