"""`make proof-mutants`: mutation testing of the rooms that decide about a dose, with mutmut.

mutmut changes one thing in one function at a time and runs the tests that reach the function; a change that no test
notices has survived. It works in a copy of the tree, in build/proof/mutants, whose firmware stands in a folder "src",
as mutmut takes a module's name from its path. Module constants and properties are not mutated.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thecal_tools.errors import ThecalError
from thecal_tools.proof import tree

FOLDER = tree.RESULTS / "mutants"
RESULT = tree.RESULTS / "mutants.json"
EQUIVALENTS = "host_tests/mutants/equivalents.toml"
ROOMS = ("therapy", "safety", "pump")
# In these files a survivor needs an argument, whatever the score.
NONE_MAY_SURVIVE = ("safety/gate.py", "therapy/admission.py")
LEAST_KILLED = 0.9
WORKERS = 2
# Quick tests that reach the three rooms; those of whole days and of every power cut would add hours and no kills. The
# tool names tests on a command line, so a file whose cases have backslashes in their names has no place here.
TESTS = (
    "host_tests/therapy",
    "host_tests/safety",
    "host_tests/pump",
    "host_tests/panel",
    "host_tests/link/test_link_in_therapy.py",
    "host_tests/records",
    "host_tests/power_cut/test_lost_records.py",
    "host_tests/power_cut/test_lost_settings.py",
    "host_tests/tools/test_journal_replay.py",
)
# Each mutant starts pytest anew, and most fall to the first test: these cost more than that test.
_NOT_NEEDED = ("xdist", "unraisableexception", "threadexception", "logging", "faulthandler")
_LEFT_OUT = ("host_tests/therapy/test_whole_years.py",)
SOURCES = ("firmware", "boards", "examples", "host_tests", "tools/virtual_bench", "tools/thecal_tools/proof/mutants.py")
KILLED = ("killed", "timeout", "segfault")
NOT_CHECKED = ("not checked", "check was interrupted by user")
_SHOWN = re.compile(r"(\d+)/(\d+) .*?(\d+) .*?\d+ .*?(\d+) .*?\d+ .*?(\d+)")

# (done, of): how many mutants have been judged.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Mutant:
    """One mutant. file: inside firmware/thecal. old, new: the lines that differ. status: mutmut's word."""

    name: str
    file: str
    function: str
    old: str
    new: str
    status: str


@dataclass(frozen=True)
class Equivalent:
    """A mutant, or one of the same lines in every function of a file, that does what the firmware does, and why."""

    file: str
    old: str
    new: str
    because: str

    def matches(self, mutant: Mutant) -> bool:
        """Whether this is about that mutant."""
        return (self.file, self.old, self.new) == (mutant.file, mutant.old, mutant.new)


def equivalents(root: Path = tree.ROOT) -> list[Equivalent]:
    """All entries of EQUIVALENTS. Raises ThecalError for one whose old line no longer stands in its file."""
    document = tomllib.loads((root / EQUIVALENTS).read_text(encoding="utf-8"))
    found = [Equivalent(**row) for row in document["equivalent"]]
    for entry in found:
        path = root / "firmware/thecal" / entry.file
        lines = {line.strip() for line in path.read_text(encoding="utf-8").splitlines()} if path.is_file() else set()
        if not entry.because.strip() or not all(line.strip() in lines for line in entry.old.splitlines()):
            raise ThecalError(f"{EQUIVALENTS}: no line {entry.old!r} in {entry.file}: remove or mend the entry")
    return found


def configuration(pyproject: str) -> str:
    """pyproject.toml for the copy: the firmware's folder is src, and mutmut's own table."""
    paths = '    "firmware",\n'
    if pyproject.count(paths) != 1:
        raise ThecalError("pyproject.toml: pytest's pythonpath must name firmware once on a line of its own")
    table = {
        "source_paths": ["src"],
        "only_mutate": [f"src/thecal/{room}/*.py" for room in ROOMS],
        "also_copy": [name for name in tree.COPIED if name != "pyproject.toml"],
        "pytest_add_cli_args_test_selection": list(TESTS),
        "pytest_add_cli_args": [
            *map("-pno:{}".format, _NOT_NEEDED),
            "-pplugins.fastest_first",
            "--tb=no",
            *map("--ignore={}".format, _LEFT_OUT),
        ],
        # (estimate + constant) * multiplier: a mutant that never ends takes half a minute to a whole one.
        "timeout_multiplier": 0.5,
        "timeout_constant": 60.0,
        "use_git_change_detection": False,
        "track_dependencies": False,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join([pyproject.replace(paths, '    "src",\n'), "[tool.mutmut]", *lines, ""])


def prepare() -> str:
    """The copy for these very sources, new or as an earlier run left it; returns their fingerprint."""
    sources = tree.fingerprint(SOURCES)
    stamp = FOLDER / "sources"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != sources:
        tree.copy_to(FOLDER, renamed=(("firmware", "src"),))
        text = (FOLDER / "pyproject.toml").read_text(encoding="utf-8")
        (FOLDER / "pyproject.toml").write_text(configuration(text), encoding="utf-8")
        stamp.write_text(sources, encoding="utf-8")
    for meta in (FOLDER / "mutants").rglob("*.meta"):
        # What an interrupt left undecided is tried again.
        known = json.loads(meta.read_text(encoding="utf-8"))
        codes = known["exit_code_by_key"]
        known["exit_code_by_key"] = {name: None if code == 2 else code for name, code in codes.items()}
        meta.write_text(json.dumps(known, indent=4), encoding="utf-8")
    return sources


def run(
    chosen: Iterable[str] = (), progress: Progress = lambda done, of: None, workers: int = WORKERS
) -> dict[str, Any]:
    """Judge every mutant that is not judged yet, and return the document that is left in RESULT.

    chosen: files or folders in firmware/thecal, such as "therapy/pace.py"; none: all. Raises ThecalError where the
    tests fail without any mutant.
    """
    known_equivalents = equivalents()
    sources = prepare()
    names = [name.removesuffix("/").removesuffix(".py").replace("/", ".") + "*" for name in chosen]
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(workers)]
    command += [f"thecal.{name}" for name in names]
    with subprocess.Popen(
        command,
        cwd=FOLDER,
        env=tree.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        last: list[str] = []
        try:
            # Carriage returns end lines here too.
            for line in process.stdout or ():
                last = [*last[-60:], line.rstrip()[:500]]
                if shown := _SHOWN.search(line):
                    progress(int(shown[1]), int(shown[2]))
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        (FOLDER / "mutmut.log").write_text("\n".join(last), encoding="utf-8")
        raise ThecalError(f"mutmut ended with exit code {process.returncode}: see {FOLDER / 'mutmut.log'}")
    document = judged(mutants(), known_equivalents) | {
        "sources": sources,
    }
    RESULT.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return document


def mutants() -> list[Mutant]:
    """Every mutant of the copy with its verdict."""
    command = [sys.executable, str(Path(__file__).with_name("mutant_lines.py"))]
    done = subprocess.run(
        command, cwd=FOLDER, env=tree.environment(), capture_output=True, encoding="utf-8", check=True
    )
    return [Mutant(**row) for row in json.loads(done.stdout)]


def judged(found: list[Mutant], known: list[Equivalent]) -> dict[str, Any]:
    """The score of each file and of all, the survivors, and what is wrong with the list of equivalents."""
    files: dict[str, dict[str, int]] = {}
    survivors: list[dict[str, str]] = []
    used: set[Equivalent] = set()
    for mutant in found:
        row = files.setdefault(mutant.file, dict.fromkeys(("mutants", "killed", "survived", "equivalent", "open"), 0))
        row["mutants"] += 1
        if mutant.status in KILLED:
            row["killed"] += 1
        elif mutant.status in NOT_CHECKED:
            row["open"] += 1
        else:
            because = next((entry for entry in known if entry.matches(mutant)), None)
            row["survived" if because is None else "equivalent"] += 1
            if because is None:
                survivors.append(
                    {"file": mutant.file, "function": mutant.function, "old": mutant.old, "new": mutant.new}
                )
            else:
                used.add(because)
    total = {
        key: sum(row[key] for row in files.values()) for key in ("mutants", "killed", "survived", "equivalent", "open")
    }
    return {
        "complete": total["open"] == 0,
        "total": total,
        "score": round(total["killed"] / total["mutants"], 4) if total["mutants"] else 0.0,
        "files": dict(sorted(files.items())),
        "not_allowed": [each for each in survivors if each["file"] in NONE_MAY_SURVIVE],
        "stale_equivalents": [f"{each.file}: {each.old}" for each in known if each not in used]
        if not total["open"]
        else [],
        "survivors": survivors,
    }


def passed(document: dict[str, Any]) -> bool:
    """Whether the result is what is demanded."""
    sound = document["complete"] and not document["not_allowed"] and not document["stale_equivalents"]
    return sound and document["score"] >= LEAST_KILLED
