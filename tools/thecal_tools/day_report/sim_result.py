"""The result file of a simulation, "thecal.sim-result/1": what the virtual bench hands back, as one JSON document.

Described in docs/sim_result.md; the schema is schemas/sim_result.schema.json. The journal, which is bytes, is exported
beside it (thecal_tools.journal_export).
"""

import json
from collections.abc import Mapping
from typing import Any

import thecal
from thecal.tables import texts
from thecal_tools import journal_export
from thecal_tools.files import Source, check_schema

FORMAT = "thecal.sim-result/1"


def document(raw: Mapping[str, Any], title: str, host: str) -> dict[str, Any]:
    """The result document of what virtual_bench.scenario_run.run returned.

    host: where the firmware ran, "cpython", "micropython" or "emulated".
    """
    wall_s = raw["start"]["wall_s"]
    start = {"pump_s": raw["start"]["pump_s"], "wall_s": None if wall_s < 0 else wall_s}
    accounts = {kind: dict(account) for kind, account in raw["doses"]}
    return {
        "format": FORMAT,
        "title": title,
        "host": host,
        "firmware_version": thecal.VERSION,
        "seed": raw["seed"],
        "start": start,
        "duration_s": raw["duration_s"],
        "pl_per_step": raw["pl_per_step"],
        "doses": accounts,
        "requests": _requests(raw),
        "alarms": [dict(row) for row in raw["alarms"]],
        "reservoir": dict(raw["reservoir"]),
        "hours": _hours(raw, start, accounts),
        "trace": _trace(raw),
        "heap": raw["heap"],
        "truth": dict(raw["truth"]),
        "uncertain_steps": raw["uncertain_steps"],
        "holds": [text for bit, text in enumerate(texts.HOLDS) if raw["holds"] >> bit & 1],
        "restarts": [{"t_s": t_s, "why": why} for t_s, why in raw["restarts"]],
        "worst_late_ms": dict(raw["worst_late_ms"]),
        "replies": raw["replies"].splitlines(),
    }


def text(result: Mapping[str, Any]) -> str:
    """The content of a result file. Raises FileError where the document has another form than its schema."""
    check_schema(result, "sim_result", Source("result.json"))
    return json.dumps(result, ensure_ascii=False, indent=1) + "\n"


def _requests(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The requests, with the duration that the journal gives for each one that was granted."""
    entries = journal_export.read(raw["journal"])
    durations = iter([entry["fields"]["duration_s"] for entry in entries if entry.get("event") == "bolus_granted"])
    return [{**row, "duration_s": next(durations)} if row["granted"] else dict(row) for row in raw["requests"]]


def _hours(raw: Mapping[str, Any], start: Mapping[str, Any], accounts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The hourly records, which the pump stamps with the hour's end, as stretches; the last one ends with the run."""
    stretches: list[dict[str, Any]] = []
    before: Mapping[str, Any] = start
    for row in raw["hours"]:
        stretches.append({**_span(before, row), "steps": list(row["steps"])})
        before = row
    recorded = [sum(column) for column in zip(*(row["steps"] for row in stretches), strict=True)] or [0] * len(accounts)
    rest = [account["commanded"] - count for account, count in zip(accounts.values(), recorded, strict=True)]
    end = raw["end"]
    if any(rest) or end["pump_s"] > before["pump_s"]:
        stretches.append({**_span(before, end), "steps": rest})
    return stretches


def _span(start: Mapping[str, Any], end: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pump_s": start["pump_s"],
        "wall_s": start["wall_s"],
        "until_pump_s": end["pump_s"],
        "until_wall_s": end["wall_s"],
    }


def _trace(raw: Mapping[str, Any]) -> list[list[Any]]:
    """The trace from t = 0 on, one row for each time; a level that was not read yet is null."""
    full_nl = raw["reservoir"]["start_ul"] * 1000
    rows = {0: [0, 0, 0, 0, full_nl, None, full_nl]}
    rows.update((row[0], list(row)) for row in raw["trace"])
    return [rows[t_s] for t_s in sorted(rows)]
