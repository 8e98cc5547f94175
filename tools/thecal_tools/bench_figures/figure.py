"""One figure beside its budget, and the budgets of the design that apply at this stage."""

from dataclasses import dataclass
from typing import Any

AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True)
class Budget:
    """rule: AT_LEAST or AT_MOST. value: in the figure's unit."""

    rule: str
    value: float

    def holds(self, value: float) -> bool:
        """Whether a figure keeps it."""
        return value >= self.value if self.rule == AT_LEAST else value <= self.value


# Design, "Budgets": after issue 1.
BUDGETS = {
    "speed_cpython": Budget(AT_LEAST, 50_000),
    "heap_composed": Budget(AT_MOST, 72 * 1024),
    "heap_growth": Budget(AT_MOST, 0),
    "wake_bytes": Budget(AT_MOST, 0),
    "step_bytes": Budget(AT_MOST, 0),
    "mpy_bytes": Budget(AT_MOST, 64 * 1024),
}


@dataclass(frozen=True)
class Figure:
    """One number. name: for programs. what: for people. unit: "s/s", "bytes", "us", or "" for a plain count."""

    name: str
    what: str
    value: float
    unit: str

    @property
    def budget(self) -> Budget | None:
        return BUDGETS.get(self.name)

    @property
    def is_ok(self) -> bool | None:
        """Whether it keeps its budget; None where it has none."""
        return None if self.budget is None else self.budget.holds(self.value)

    def document(self) -> dict[str, Any]:
        """As it stands in bench.json."""
        budget = None if self.budget is None else {"rule": self.budget.rule, "value": self.budget.value}
        return {
            "name": self.name,
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "budget": budget,
            "ok": self.is_ok,
        }
