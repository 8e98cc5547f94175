"""`make proof-sabotage`: each sabotage is applied to a copy of the tree, and a test that names its id must fail.

A failure counts only where a test judged the pump and found it wrong, and where that very test passes without the
sabotage: a copy that no longer imports proves nothing.
"""

import concurrent.futures
import hashlib
import json
import queue
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from thecal_tools.proof import tree
from thecal_tools.proof.sabotages import Sabotage, StaleSabotage, read

RESULT = tree.RESULTS / "sabotage.json"
SOURCES = (*tree.COPIED,)
WORKERS = 2
LONGEST_S = 600
CAUGHT = "caught"
MISSED = "missed"
UNSOUND = "unsound"
# A test that ends in one of these did not judge the pump: the patch left a program that does not run.
_BROKEN_PROGRAM = ("ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "NameError")
# Whole scenarios and campaigns; they are asked last, for a test of one room often knows.
_LAST = ("exploration", "faults", "power_cut", "scenarios")
# Slow or about this machine; they judge nothing that the others do not.
_LEFT_OUT = ("emulated", "micropython", "sabotage", "test_lint.py")

Progress = Callable[["Outcome", int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one sabotage: CAUGHT by `test`, MISSED by all, or UNSOUND, with `why` in one line."""

    requirement: str
    breaks: str
    file: str
    outcome: str
    test: str
    why: str
    seconds: float


class Bench:
    """One copy of the tree in which sabotages are tried one after the other."""

    def __init__(self, folder: Path):
        self._folder = folder
        tree.copy_to(folder)

    def attempt(self, sabotage: Sabotage) -> Outcome:
        """Apply it, run its tests, take it back, and run the test that failed once more."""
        started = time.monotonic()
        outcome, test, why = self._judge(sabotage)
        seconds = round(time.monotonic() - started, 1)
        return Outcome(sabotage.requirement, sabotage.breaks, sabotage.file, outcome, test, why, seconds)

    def _judge(self, sabotage: Sabotage) -> tuple[str, str, str]:
        try:
            broken = sabotage.applied(self._folder)
        except StaleSabotage as error:
            return UNSOUND, "", str(error)
        sound = (self._folder / sabotage.file).read_text(encoding="utf-8")
        self._write(sabotage.file, broken)
        try:
            code, cases = self._run(*self._tests(), "--req", sabotage.requirement)
        finally:
            self._write(sabotage.file, sound)
        if code is None:
            return UNSOUND, "", f"the tests did not end within {LONGEST_S} s"
        if code == 5:
            return MISSED, "", "no test names it"
        if not cases:
            return UNSOUND, "", f"pytest could not begin (exit code {code})"
        failed = next((case for case in cases if case.outcome == "failure"), None)
        if failed is None:
            errors = [case.why for case in cases if case.outcome == "error"]
            return (UNSOUND, "", errors[0]) if errors else (MISSED, "", f"all {len(cases)} tests passed")
        if failed.why.startswith(_BROKEN_PROGRAM):
            return UNSOUND, failed.test, failed.why
        code, _ = self._run(failed.test)
        if code != 0:
            return UNSOUND, failed.test, "the test fails without the sabotage too"
        return CAUGHT, failed.test, failed.why

    def _tests(self) -> list[str]:
        """Every folder of tests, in the order in which they are to be asked."""
        names = [path.name for path in sorted((self._folder / "host_tests").iterdir()) if any(path.glob("test_*.py"))]
        return [
            f"host_tests/{name}" for name in sorted(set(names) - set(_LEFT_OUT), key=lambda name: (name in _LAST, name))
        ]

    def _write(self, file: str, text: str) -> None:
        path = self._folder / file
        path.write_text(text, encoding="utf-8")
        # Byte code is known by second and size of its source, and both may be the same before and after.
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
            compiled.unlink()

    def _run(self, *selection: str) -> tuple[int | None, list["Case"]]:
        """(pytest's exit code or None after LONGEST_S, every test that was tried)."""
        report = self._folder / "build/report.xml"
        report.unlink(missing_ok=True)
        ignored = [f"--ignore=host_tests/{name}" for name in _LEFT_OUT]
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", "--no-header", "--tb=line"]
        command += [*ignored, f"--junitxml={report}", "-o", "junit_family=xunit1", *selection]
        try:
            done = subprocess.run(
                command, cwd=self._folder, env=tree.environment(), capture_output=True, timeout=LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired:
            return None, []
        return done.returncode, list(_cases(report)) if report.exists() else []


@dataclass(frozen=True)
class Case:
    """One test of a report: outcome "passed", "failure", "error" or "skipped", and the first line of its reason."""

    test: str
    outcome: str
    why: str


def _cases(report: Path) -> Iterable[Case]:
    for case in ET.parse(report).iter("testcase"):
        # The class stands in the class name, behind the module's path; the file is where the test was written, which
        # for a state machine of hypothesis is not where it is collected.
        parts = case.get("classname", "").split(".")
        length = next((at for at, part in enumerate(parts, 1) if part.startswith("test_")), len(parts))
        test = "::".join(["/".join(parts[:length]) + ".py", *parts[length:], case.get("name", "")])
        result = next((each for each in case if each.tag in ("failure", "error", "skipped")), None)
        if result is None:
            yield Case(test, "passed", "")
        else:
            yield Case(test, result.tag, _first_line(result.get("message") or result.text or ""))


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:200]


def run(
    chosen: Iterable[str] = (), progress: Progress = lambda outcome, done, of: None, workers: int = WORKERS
) -> dict[str, Any]:
    """Try all sabotages, or those of the chosen requirements, and return the document that is left in RESULT.

    What was tried with these very sources is not tried again.
    """
    sabotages, pending = read(tree.ROOT)
    sources = tree.fingerprint(SOURCES)
    known = _known(sources)
    wanted = [each for each in sabotages if not chosen or each.requirement in set(chosen)]
    to_do = [each for each in wanted if _key(each) not in known]
    benches: queue.SimpleQueue[Bench] = queue.SimpleQueue()
    for number in range(min(workers, len(to_do))):
        benches.put(Bench(tree.RESULTS / f"sabotage-{number}"))

    def attempt(sabotage: Sabotage) -> tuple[Sabotage, Outcome]:
        bench = benches.get()
        try:
            return sabotage, bench.attempt(sabotage)
        finally:
            benches.put(bench)

    done = len(wanted) - len(to_do)
    with concurrent.futures.ThreadPoolExecutor(max(1, min(workers, len(to_do)))) as pool:
        jobs = [pool.submit(attempt, each) for each in to_do]
        try:
            for job in concurrent.futures.as_completed(jobs):
                sabotage, outcome = job.result()
                known[_key(sabotage)] = outcome
                done += 1
                _save(sources, sabotages, pending, known)
                progress(outcome, done, len(wanted))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return _save(sources, sabotages, pending, known)


def passed(document: dict[str, Any]) -> bool:
    """Whether every sabotage was tried and caught, and none is pending."""
    outcomes = [row["outcome"] for row in document["sabotages"]]
    return not document["pending"] and outcomes == [CAUGHT] * document["of"]


def _key(sabotage: Sabotage) -> str:
    return hashlib.sha256(repr(sabotage).encode()).hexdigest()[:16]


def _known(sources: str) -> dict[str, Outcome]:
    """Outcomes of these sources, by sabotage. An unsound one is tried again."""
    try:
        document = json.loads(RESULT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if document["sources"] != sources:
        return {}
    rows = [dict(row) for row in document["sabotages"]]
    return {row.pop("key"): Outcome(**row) for row in rows if row["outcome"] != UNSOUND}


def _save(sources: str, sabotages: list[Sabotage], pending: list[str], known: dict[str, Outcome]) -> dict[str, Any]:
    rows = [{"key": _key(each), **asdict(known[_key(each)])} for each in sabotages if _key(each) in known]
    document = {
        "sources": sources,
        "of": len(sabotages),
        "pending": pending,
        "sabotages": rows,
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return document
