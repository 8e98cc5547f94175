"""How far a long proof is: a bar on a terminal, elsewhere a line for each twentieth part."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# (what was done last, how many are done, of how many)
Say = Callable[[str, int, int], None]


@contextmanager
def bar(what: str) -> Iterator[Say]:
    """The callable that shows progress, on the error stream."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    if not sys.stderr.isatty():
        shown = [0]

        def say(last: str, done: int, of: int) -> None:
            if done * 20 // max(of, 1) > shown[0] or done == of:
                shown[0] = done * 20 // max(of, 1)
                print(f"{what}: {done} of {of} {last}".rstrip(), file=sys.stderr, flush=True)

        yield say
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(
        *columns, TextColumn("{task.description}"), console=Console(stderr=True), transient=True
    ) as shown_bar:
        task = shown_bar.add_task("", total=None)
        yield lambda last, done, of: shown_bar.update(task, description=last, completed=done, total=of)
