"""The figures of a campaign's document by case: worst of each measure with its cell, and what failed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

# Measure: field of a cell, what it is, unit, field of the case's budget ("" none).
MEASURES = (
    ("over_commanded", "delivered beyond commanded", "uL", "over_ul"),
    ("over_prescribed", "delivered beyond prescribed", "uL", "over_ul"),
    ("under_undeclared", "short before anything told of it", "uL", "under_ul"),
    ("released", "let go by a cleared line", "uL", "release_ul"),
    ("detected_s", "time to detection", "s", ""),
    ("off_s", "fault to motor power off", "s", ""),
    ("off_after_ms", "declared stop to motor power off", "ms", ""),
)


@dataclass(frozen=True)
class Worst:
    """The worst of a measure over some cells; value None where no cell has it. budget: None where it has none."""

    field: str
    what: str
    unit: str
    value: float | None
    cell: str
    budget: float | None


@dataclass(frozen=True)
class CaseSummary:
    """One case over all phases and rates. failures: how many cells, by kind of failure."""

    case: Row
    cells: Sequence[Row]
    worst: Mapping[str, Worst]
    failures: Counter

    @property
    def failed(self) -> int:
        return sum(bool(cell["failures"]) for cell in self.cells)

    @property
    def detected(self) -> int:
        return sum(cell.get("detected_s") is not None for cell in self.cells)


def by_case(document: Row) -> list[CaseSummary]:
    """One summary for each case that has a cell."""
    found = []
    for case in document["cases"]:
        cells = [cell for cell in document["cells"] if cell["case"] == case["case"]]
        if cells:
            found.append(CaseSummary(case, cells, worst(cells, document), Counter(_kinds(cells))))
    return found


def worst(cells: Sequence[Row], document: Row) -> dict[str, Worst]:
    """By field of MEASURES. Where there is a budget the cell nearest to it is the worst."""
    budgets = {case["case"]: case for case in document["cases"]}
    found = {}
    for field, what, unit, budget_field in MEASURES:
        best = Worst(field, what, unit, None, "", None)
        rank = -1.0
        for cell in cells:
            value = cell.get(field)
            budget = budgets[cell["case"]][budget_field] if budget_field else None
            if value is None or (budget_field and budget is None):
                continue
            if (value / budget if budget else value) > rank:
                rank = value / budget if budget else value
                best = Worst(field, what, unit, value, cell["cell"], budget)
        found[field] = best
    return found


def _kinds(cells: Sequence[Row]) -> list[str]:
    """Failures without their figures."""
    return [failure.partition(":")[0].partition(" after ")[0] for cell in cells for failure in cell["failures"]]


def totals(document: Row) -> tuple[int, int]:
    """(cells and years, how many of them failed)."""
    rows = [*document["cells"], *document["years"]]
    return len(rows), sum(bool(row["failures"]) for row in rows)
