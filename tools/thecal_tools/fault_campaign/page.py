"""The matrix as one HTML page with an SVG picture: a row for each case, a column for each phase and rate."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from thecal_tools.day_report.wording import BENCH_ONLY
from thecal_tools.fault_campaign import phases
from thecal_tools.fault_campaign.summary import by_case, totals, worst

_STYLE = Path(__file__).with_name("style.css")
_BOX, _GAP, _PHASE_GAP = 18, 3, 12
_LEFT, _TOP = 210, 46
_LEGEND = (
    ("found", "detected in time, inside its budget"),
    ("harmless", "harmless, as the table of expectations says, and inside its budget"),
    ("failed", "undetected, late, or over its budget (crossed)"),
)


def page(document: Mapping[str, Any]) -> str:
    """The whole page of a document "thecal.faults/1"."""
    count, failed = totals(document)
    lead = f"Commit {document['commit']}{' with changes' if document['changed_since'] else ''}, {document['date']}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Thecal fault campaign</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f'<body><div class="bench-only" role="note">{BENCH_ONLY}</div>\n<main><h1>Fault campaign</h1>'
        f'<p class="lead">{escape(lead)}: {count} cells and years, {failed} failed</p>\n'
        f"<section><h2>Every fault, every phase, every rate</h2>{_legend()}{_matrix(document)}</section>\n"
        f"<section><h2>Worst of each</h2>{_worst(document)}</section>\n"
        f"{_years(document)}</main></body></html>\n"
    )


def _legend() -> str:
    items = "".join(
        f'<li><svg width="{_BOX}" height="{_BOX}" aria-hidden="true">{_square(0, 0, css, "")}</svg>{text}</li>'
        for css, text in _LEGEND
    )
    return f'<ul class="legend">{items}</ul>'


def _square(x: float, y: float, css: str, tip: str) -> str:
    title = f"<title>{escape(tip)}</title>" if tip else ""
    drawn = f'<rect x="{x}" y="{y}" width="{_BOX}" height="{_BOX}" rx="3" class="{css}">{title}</rect>'
    if css == "failed":
        left, right, top, bottom = x + 5, x + _BOX - 5, y + 5, y + _BOX - 5
        drawn += f'<path d="M{left},{top}L{right},{bottom}M{left},{bottom}L{right},{top}" class="cross"/>'
    return drawn


def _matrix(document: Mapping[str, Any]) -> str:
    cells = {cell["cell"]: cell for cell in document["cells"]}
    used = {(cell["phase"], cell["rate"]) for cell in document["cells"]}
    cases = [summary.case["case"] for summary in by_case(document)]
    parts, columns, x = [], [], _LEFT
    for phase in phases.PHASES:
        rates = [rate for rate in phase.rates if (phase.name, rate) in used]
        if not rates:
            continue
        parts.append(f'<text x="{x}" y="14">{phase.name}<title>{escape(phase.what)}</title></text>')
        for rate in rates:
            label = "min" if rate == "minimum" else "1k" if rate == "1000" else rate
            parts.append(f'<text x="{x + _BOX / 2}" y="36" text-anchor="middle" class="soft">{label}</text>')
            columns.append((x, phase.name, rate))
            x += _BOX + _GAP
        # A phase's name needs room even above a single rate.
        x += max(_PHASE_GAP, 58 - len(rates) * (_BOX + _GAP))
    for row, case in enumerate(cases):
        y = _TOP + row * (_BOX + _GAP)
        parts.append(f'<text x="0" y="{y + 13}">{case}</text>')
        for left, phase_name, rate in columns:
            cell = cells.get(f"{case}/{phase_name}/{rate}")
            if cell is not None:
                parts.append(_square(left, y, _kind(cell), _tip(cell)))
    height = _TOP + len(cases) * (_BOX + _GAP)
    return (
        f'<svg width="{x}" height="{height}" viewBox="0 0 {x} {height}" role="img" aria-label="Matrix of'
        f' {len(cases)} faults by phase and rate in uL/h">{"".join(parts)}</svg>'
    )


def _kind(cell: Mapping[str, Any]) -> str:
    if cell["failures"]:
        return "failed"
    return "harmless" if cell.get("detected_s") is None else "found"


def _tip(cell: Mapping[str, Any]) -> str:
    found = f"by {cell['detected_by']} after {cell['detected_s']:g} s" if cell.get("detected_by") else "not detected"
    return f"{cell['cell']}: {'; '.join(cell['failures']) or found}"


def _worst(document: Mapping[str, Any]) -> str:
    rows = ""
    for row in worst(document["cells"], document).values():
        if row.value is None:
            continue
        css = ' class="bad"' if row.budget is not None and row.value > row.budget else ""
        unit = row.unit.replace("u", "µ")
        budget = "" if row.budget is None else f"{row.budget:g} {unit}"
        rows += (
            f"<tr><td>{row.what}</td><td{css}>{row.value:g} {unit}</td><td>{budget}</td>"
            f"<td><code>thecal faults --cell {row.cell}</code></td></tr>"
        )
    return f"<table><tr><th></th><th>worst</th><th>budget</th><th>again with</th></tr>{rows}</table>"


def _years(document: Mapping[str, Any]) -> str:
    if not document["years"]:
        return ""
    rows = ""
    for year in document["years"]:
        css = ' class="bad"' if year["failures"] else ""
        rows += (
            f"<tr><td>{escape(year['name'])}</td><td>{year.get('days', '')}</td><td>{year.get('held_h', '')}</td>"
            f"<td{css}>{escape('; '.join(year['failures']) or 'none')}</td></tr>"
        )
    return (
        "<section><h2>Fault-free years</h2><table><tr><th>run</th><th>days</th><th>held, h</th><th>failures</th></tr>"
        f"{rows}</table></section>"
    )
