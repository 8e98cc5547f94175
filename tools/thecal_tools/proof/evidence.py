"""The last result of each part, kept in docs/evidence with its commit and date, and what has become stale since."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from thecal_tools.bench_figures import machine
from thecal_tools.proof import tree
from thecal_tools.proof.parts import PARTS, Part

FORMAT = "thecal.evidence/1"
FOLDER = tree.ROOT / "docs/evidence"
FRESH = "fresh"
STALE = "stale"
NEVER = "never run"
_HEAD = """# Evidence

The last result of every long proof: which commit, when, what came out. `make proof` writes these files, one JSON file
for each part and this table; edit none by hand. What each part is and how to run it alone: [proof.md](../proof.md). A
row is about the commit that it names, where the run began; a + behind it means that a source of the part differed from
that commit. Whether the sources have changed since is computed when asked: `make proof ARGS=--collate` marks such parts
stale.

Thecal is a bench and research instrument. It is not a medical device and is not for use on people or animals.

| part | what it tries | result | figures | commit | date |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Standing:
    """A part with its last evidence, None where there is none. state: FRESH, STALE or NEVER."""

    part: Part
    evidence: dict[str, Any] | None
    state: str

    @property
    def passed(self) -> bool:
        """Whether its last result was good."""
        return self.evidence is not None and self.evidence["passed"]


def standing(part: Part, folder: Path = FOLDER) -> Standing:
    """How a part stands. Evidence that cannot be read counts as none."""
    try:
        evidence = json.loads((folder / f"{part.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Standing(part, None, NEVER)
    state = FRESH if evidence.get("sources") == tree.fingerprint(part.sources) else STALE
    return Standing(part, evidence, state)


@dataclass(frozen=True)
class Begun:
    """What a run is about. sources: their fingerprint. commit: with a + where a source differs from it. started_s: of
    the monotonic clock.
    """

    sources: str
    commit: str
    started_s: float

    @classmethod
    def of(cls, part: Part) -> "Begun":
        """A run of that part that begins now."""
        described = machine.commit(part.sources)
        commit = described["commit"] + ("+" if described["changed_since"] else "")
        return cls(tree.fingerprint(part.sources), commit, time.monotonic())


def keep(part: Part, passed: bool, begun: Begun, folder: Path = FOLDER) -> None:
    """Write down the result of a run that reached its end."""
    document = {
        "format": FORMAT,
        "part": part.name,
        "title": part.title,
        "passed": passed,
        "commit": begun.commit,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - begun.started_s),
        "sources": begun.sources,
        "figures": part.figures(),
    }
    details = part.details()
    if details is not None:
        document["details"] = details
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part.name}.json").write_text(
        json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    write_table(folder)


def write_table(folder: Path = FOLDER) -> None:
    """Renew the table of all evidence."""
    rows = [_row(standing(part, folder)) for part in PARTS]
    (folder / "README.md").write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def figures_line(evidence: dict[str, Any]) -> str:
    """All figures in one line."""
    return ", ".join(f"{name} {value}" for name, value in evidence["figures"].items())


def _row(state: Standing) -> str:
    evidence = state.evidence
    if evidence is None:
        return f"| {state.part.name} | {state.part.title} | never run | | | |"
    result = "passed" if evidence["passed"] else "**failed**"
    cells = (
        state.part.name,
        state.part.title,
        result,
        figures_line(evidence),
        evidence["commit"],
        evidence["finished"],
    )
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
