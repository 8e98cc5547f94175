"""The traceability matrix: hazard, requirement, tests, result, and whether the tests notice a sabotage.

Joins host_tests/requirements.json with the results that the last whole test run left in build/trace/results.json and
with what the last `make proof-sabotage` left in build/proof, or in docs/evidence where there was none here. It writes
build/trace/trace.json for programs and build/trace/index.html for people: `make trace`.
"""

import json
import sys
from collections import Counter
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "host_tests" / "requirements.json"
FOLDER = ROOT / "build" / "trace"
# The first that is there counts; each with the field that holds the rows.
SABOTAGES = ((ROOT / "build/proof/sabotage.json", "sabotages"), (ROOT / "docs/evidence/sabotage.json", "details"))
STYLE = Path(__file__).with_name("trace.css")

BENCH_ONLY = "Thecal is a bench and research instrument. Not a medical device; not for use on people or animals."
# The order is that of the tiles on the page. `later` is an id whose stage has not come.
RESULTS = {"passed": "passed", "failed": "failed", "skipped": "not run", "no test": "no test", "later": "not yet due"}
# Outcome of a sabotage: what the page says of it.
CAUGHT = "caught"
NOT_TRIED = "not tried"
SABOTAGED = {
    CAUGHT: "sabotage caught",
    "missed": "sabotage missed",
    "unsound": "sabotage unsound",
    NOT_TRIED: "no sabotage tried",
}


class TraceError(Exception):
    """The matrix cannot be made; the text says why and what to do."""


def read(path: Path, advice: str) -> dict[str, Any]:
    """A JSON file. Raises TraceError with the advice where it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TraceError(f"cannot read {path.name} ({error}); {advice}") from error


def result_of(due: bool, outcomes: list[str]) -> str:
    """One word for a requirement: a single failed test fails it, and a skipped one proves nothing."""
    for outcome in ("failed", "passed", "skipped"):
        if outcome in outcomes:
            return outcome
    return "no test" if due else "later"


def read_sabotages() -> dict[str, Any]:
    """By requirement, what became of its sabotage; empty where none was ever tried."""
    for path, field in SABOTAGES:
        if path.exists():
            rows = read(path, "run `make proof-sabotage` again")[field]
            return {row["requirement"]: {key: row[key] for key in ("outcome", "breaks", "test")} for row in rows}
    return {}


def build(table: dict[str, Any], results: dict[str, Any], sabotages: dict[str, Any] | None = None) -> dict[str, Any]:
    """The matrix as data: every requirement with its tests, its result, and for each SR its sabotage."""
    rows = []
    for requirement in table["requirements"]:
        tests = [
            {"test": test["test"], "outcome": test["outcome"]}
            for test in results["tests"]
            if requirement["id"] in test["requirements"]
        ]
        due = requirement["stage"] <= table["current_stage"]
        result = result_of(due, [test["outcome"] for test in tests])
        row = {**requirement, "due": due, "result": result, "tests": tests}
        tried = (sabotages or {}).get(requirement["id"])
        if tried is not None or (due and requirement["id"].startswith("SR")):
            row["sabotage"] = tried or {"outcome": NOT_TRIED, "breaks": "", "test": ""}
        rows.append(row)
    counts = Counter(row["result"] for row in rows)
    return {
        "current_stage": table["current_stage"],
        "finished": results["finished"],
        "counts": {result: counts[result] for result in RESULTS},
        "sabotages": dict(Counter(row["sabotage"]["outcome"] for row in rows if "sabotage" in row)),
        "requirements": rows,
    }


def page(trace: dict[str, Any]) -> str:
    """The matrix as one HTML page that needs nothing from elsewhere."""
    areas: dict[str, list[dict[str, Any]]] = {}
    for row in trace["requirements"]:
        areas.setdefault(row["area"], []).append(row)
    tiles = "".join(_tile(result, count) for result, count in trace["counts"].items())
    caught, tried = trace["sabotages"].get(CAUGHT, 0), sum(trace["sabotages"].values())
    kind = "passed" if caught == tried else "failed"
    tiles += f'<div class="tile {kind}"><strong>{caught}/{tried}</strong> sabotages caught</div>'
    sections = "\n".join(_section(area, rows) for area, rows in areas.items())
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Thecal: requirements and their tests</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style></head>
<body><div class="bench-only" role="note">{BENCH_ONLY}</div>
<main>
<h1>Requirements and their tests</h1>
<p class="lead">Hazard, requirement, tests and result of the whole test run that ended
{datetime.fromisoformat(trace["finished"]):%d %B %Y, %H:%M %Z}. Stage {trace["current_stage"]} of 6: a test is demanded
for every requirement up to it. A sabotage is a patch that breaks its requirement on purpose: a test that names the
requirement must fail then.</p>
<div class="tiles">{tiles}</div>
{sections}
</main></body></html>
"""


def _tile(result: str, count: int) -> str:
    coloured = _class(result) if count else ""
    return f'<div class="tile {coloured}"><strong>{count}</strong> {RESULTS[result]}</div>'


def _class(result: str) -> str:
    return result.replace(" ", "-")


def _section(area: str, rows: list[dict[str, Any]]) -> str:
    has_hazards = any("hazard" in row for row in rows)
    heads = (["Hazard"] if has_hazards else []) + ["Requirement", "Tests", "Result"]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "\n".join(_row(row, has_hazards) for row in rows)
    kind = "with-hazard" if has_hazards else "without-hazard"
    return f"""<section><h2>{escape(area.capitalize())}</h2>
<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table></div></section>"""


def _row(row: dict[str, Any], has_hazards: bool) -> str:
    hazard = f"<td>{escape(row['hazard'])}</td>" if has_hazards else ""
    tried = f'<p class="soft">Tried by: {escape(row["how_to_try"])}</p>' if "how_to_try" in row else ""
    stage = f'<span class="soft">stage {row["stage"]}</span>'
    result = f'<span class="result {_class(row["result"])}">{RESULTS[row["result"]]}</span>'
    requirement = f"<p><b>{row['id']}</b> {stage}</p><p>{escape(row['text'])}</p>{tried}"
    sabotage = _sabotage(row.get("sabotage"))
    return f"""<tr id="{row["id"]}">{hazard}<td>{requirement}</td><td>{_tests(row["tests"])}</td>
<td>{result}{sabotage}</td></tr>"""


def _sabotage(sabotage: dict[str, str] | None) -> str:
    """What was broken on purpose and whether a test noticed; nothing for a requirement that needs none."""
    if sabotage is None:
        return ""
    outcome = sabotage["outcome"]
    kind = {CAUGHT: "passed", NOT_TRIED: "skipped"}.get(outcome, "failed")
    title = f"{sabotage['breaks']}: {sabotage['test']}" if sabotage["test"] else sabotage["breaks"]
    shown = f'<span class="sabotage {kind}" title="{escape(title)}">{SABOTAGED[outcome]}</span>'
    return f'{shown}<p class="soft">{escape(sabotage["breaks"])}</p>' if sabotage["breaks"] else shown


def _tests(tests: list[dict[str, str]]) -> str:
    """The tests, one line for each function: its parametrised cases are counted, not listed."""
    cases: dict[str, list[str]] = {}
    for test in tests:
        cases.setdefault(test["test"].partition("[")[0], []).append(test["outcome"])
    lines = []
    for name, outcomes in cases.items():
        path, _, function = name.partition("::")
        times = f" × {len(outcomes)}" if len(outcomes) > 1 else ""
        shown = f"{escape(function.replace('::', ' · '))}{times}"
        lines.append(
            f'<li class="{result_of(True, outcomes)}">{shown}<br><span class="soft">{escape(path)}</span></li>'
        )
    return f"<ul>{''.join(lines)}</ul>" if lines else '<span class="soft">–</span>'


def write(folder: Path = FOLDER, requirements: Path = REQUIREMENTS) -> tuple[dict[str, Any], Path]:
    """Make both files in the folder that holds results.json; (the matrix, the page). Raises TraceError."""
    table = read(requirements, "restore it from git")
    trace = build(table, read(folder / "results.json", "run `make test` first"), read_sabotages())
    (folder / "trace.json").write_text(json.dumps(trace, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    html = folder / "index.html"
    html.write_text(page(trace), encoding="utf-8")
    return trace, html


def main() -> int:
    """Exit code 0 when the matrix is written; 2 with one line on standard error when it cannot be made."""
    try:
        trace, html = write()
    except TraceError as error:
        print(f"trace: {error}", file=sys.stderr)
        return 2
    counts = ", ".join(f"{count} {RESULTS[result]}" for result, count in trace["counts"].items() if count)
    sabotages = ", ".join(f"{count} {outcome}" for outcome, count in trace["sabotages"].items())
    print(f"{len(trace['requirements'])} requirements: {counts}; sabotages: {sabotages}\n{html.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
