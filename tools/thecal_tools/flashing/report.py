"""What `thecal flash` shows: progress on a terminal's error stream, then a short table."""

import sys
from types import TracebackType
from typing import Any

import click

from thecal import VERSION
from thecal.tables import texts
from thecal_tools.flashing.flash import Result, Watcher


class Terminal(Watcher):
    """Progress for somebody who watches: a bar while files are copied, a countdown while the operator is awaited.

    Where the error stream is no terminal, a line for each part.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"))
        self._bar = Progress(*columns, console=self._console, transient=True, disable=not sys.stderr.isatty())
        self._task = self._bar.add_task("", total=None, what="")

    def __enter__(self) -> "Terminal":
        self._bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bar.stop()

    def stage(self, title: str) -> None:
        self._bar.reset(self._task, description=title, total=None, what="")
        if not sys.stderr.isatty():
            click.echo(f"flash: {title}", err=True)

    def told(self, text: str) -> None:
        self._console.print(f"flash: {text}", soft_wrap=True)

    def waiting(self, seconds_left: float) -> None:
        left = f"{seconds_left:.0f} s left"
        self._bar.update(self._task, description="waiting for the steady white light", what=left)

    def size(self, total: int) -> None:
        # A bar that starts full where there is nothing to copy.
        self._bar.update(self._task, total=max(total, 1), completed=0 if total else 1)

    def copied(self, path: str, count: int) -> None:
        self._bar.update(self._task, advance=count, what=path)


def rows(result: Result) -> list[tuple[str, str]]:
    """The table's rows: what, and how it is."""
    interpreter = ".".join(str(part) for part in result.facts.version)
    before = "" if result.version_before in ("", VERSION) else f", before {result.version_before}"
    counts = f"{len(result.copied)} copied, {result.unchanged} unchanged, {len(result.removed)} removed"
    found = [
        ("board", f"{result.board}, {result.facts.machine}, MicroPython {interpreter}"),
        ("firmware", f"Thecal {VERSION}{before}"),
        ("files", f"{counts}; every hash is right"),
        ("clock", f"{result.clock:%Y-%m-%d %H:%M:%S}, local time"),
        ("self-test", words(result.failures, texts.CHECKS) or "passed"),
        ("unproven", words(result.self_test.get("unproven", 0), texts.UNPROVEN) or "nothing"),
        ("delivery", _held(result)),
    ]
    if result.damaged_records:
        found.append(("records", "damaged: " + ", ".join(result.damaged_records)))
    return found


def show(result: Result) -> None:
    """Print the table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in rows(result):
        table.add_row(name, value)
    Console(highlight=False).print(table)


def words(bits: int, names: Any) -> str:
    """The names of the bits that are set."""
    return ", ".join(name for bit, name in enumerate(names) if bits >> bit & 1)


def _held(result: Result) -> str:
    holds = result.self_test.get("holds", 0)
    if not holds:
        return "runs as programmed"
    if not result.is_commissioned:
        return "stopped: not commissioned"
    return "stopped: " + words(holds, texts.HOLDS)
