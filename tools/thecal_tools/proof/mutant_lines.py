"""Prints every mutant of the folder that it runs in as JSON, with its verdict and the lines that it changed.

A program of its own, because mutmut looks for its files in the current folder.
"""

import json
import sys
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

_SOURCE = Path("src/thecal")
_MUTANTS = Path("mutants") / _SOURCE


def main() -> None:
    """One row for each mutant, as thecal_tools.proof.mutants.Mutant has it."""
    rows = []
    for meta in sorted(_MUTANTS.rglob("*.meta")):
        file = meta.relative_to(_MUTANTS).with_suffix("")
        for name, code in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            status = status_by_exit_code[code]
            # Reading what has changed takes longer than all else; nobody asks it of what was killed.
            old, new = _changed(name, _SOURCE / file) if status != "killed" else ("", "")
            function = name.rpartition(".")[2].rpartition("__mutmut_")[0].removeprefix("x_").replace("ǁ", ".")
            rows.append(
                {
                    "name": name,
                    "file": file.as_posix(),
                    "function": function.removeprefix("x."),
                    "old": old,
                    "new": new,
                    "status": status,
                }
            )
    json.dump(rows, sys.stdout)


def _changed(name: str, path: Path) -> tuple[str, str]:
    lines = get_diff_for_mutant(name, path=path).splitlines()
    body = [line for line in lines if not line.startswith(("+++", "---"))]
    old, new = ("\n".join(line[1:].strip() for line in body if line.startswith(sign)) for sign in "-+")
    return old, new


if __name__ == "__main__":
    main()
