"""The proof on the screen: one row for each part, and the score of each file's mutants."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal_tools.proof.evidence import FRESH, NEVER, Standing, figures_line

_COLOURS = {FRESH: "green", NEVER: "bold red"}


def show(standings: Sequence[Standing], console: Console) -> None:
    """One table of all parts."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("part", "what it tries", "result", "sources", "figures", "commit, date"):
        table.add_column(name, no_wrap=name == "part")
    for standing in standings:
        state = Text(standing.state, _COLOURS.get(standing.state, "yellow"))
        if standing.evidence is None:
            table.add_row(standing.part.name, standing.part.title, "", state, "", "")
            continue
        result = Text("passed", "green") if standing.passed else Text("failed", "bold red")
        when = f"{standing.evidence['commit']}, {standing.evidence['finished']}"
        table.add_row(standing.part.name, standing.part.title, result, state, figures_line(standing.evidence), when)
    console.print(table)


def show_mutants(document: dict[str, Any]) -> None:
    """The score of each file, then every survivor that is not allowed."""
    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    columns = ("mutants", "killed", "survived", "equivalent", "open")
    for name in ("file", *columns, "score"):
        table.add_column(name, justify="left" if name == "file" else "right", no_wrap=True)
    for file, row in [*document["files"].items(), ("all", document["total"])]:
        table.add_row(file, *(str(row[name]) for name in columns), f"{row['killed'] / max(row['mutants'], 1):.1%}")
    console.print(table)
    for each in document["not_allowed"]:
        console.print(
            f"may not survive: {each['file']} {each['function']}\n  - {each['old']}\n  + {each['new']}", markup=False
        )
    for line in document["stale_equivalents"]:
        console.print(f"matches no survivor, remove it: {line}", markup=False)
