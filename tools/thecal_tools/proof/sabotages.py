"""The sabotages as data: host_tests/sabotage/sabotages.toml read, checked against the tree, applied to a copy of it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thecal_tools.errors import ThecalError

FILE = "host_tests/sabotage/sabotages.toml"
_FIELDS = {"requirement", "breaks", "file", "old", "new"}


class StaleSabotage(ThecalError):
    """A patch that does not fit the tree; the text names it, the file, and how often the old text stands there."""


@dataclass(frozen=True)
class Sabotage:
    """One patch: in `file` the text `old`, which stands there exactly once, becomes `new`.

    requirement: the id whose tests must fail then. breaks: what the broken pump does, in one line.
    """

    requirement: str
    breaks: str
    file: str
    old: str
    new: str

    def applied(self, root: Path) -> str:
        """The file's text with the patch. Raises StaleSabotage where it does not fit."""
        path = root / self.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        count = text.count(self.old)
        if count != 1 or self.old == self.new:
            found = f"its old text stands {count} times in {self.file}, it must stand there once"
            raise StaleSabotage(f"sabotage of {self.requirement}: {found}: mend it in {FILE}")
        return text.replace(self.old, self.new)


def read(root: Path) -> tuple[list[Sabotage], list[str]]:
    """(all sabotages, ids that have none as yet) of a tree. Raises ThecalError for a file that is not as described."""
    document: dict[str, Any] = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    for row in document["sabotage"]:
        if set(row) != _FIELDS:
            raise ThecalError(f"{FILE}: a sabotage has the fields {', '.join(sorted(_FIELDS))}: mend {row}")
    return [Sabotage(**row) for row in document["sabotage"]], list(document["pending"])


def faults(root: Path, due: list[str], later: list[str]) -> list[str]:
    """What is wrong with the data, one line each; empty where every due id has a sabotage that applies.

    due: safety requirements that are due. later: those of stages being built, which may be pending.
    """
    sabotages, pending = read(root)
    present = {sabotage.requirement for sabotage in sabotages}
    lines = [f"{name} is due and has no sabotage" for name in due if name not in present]
    lines += [f"{name} has no sabotage and is not pending" for name in later if name not in present | set(pending)]
    lines += [f"{name} is pending, but has a sabotage" for name in pending if name in present]
    lines += [
        f"{name} is named, but is no safety requirement of these stages"
        for name in sorted(present | set(pending))
        if name not in due + later
    ]
    for sabotage in sabotages:
        try:
            sabotage.applied(root)
        except StaleSabotage as error:
            lines.append(str(error))
    return lines
