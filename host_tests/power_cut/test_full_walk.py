"""The long form of the walk: every operation in every way, and a second cut in every recovery. A part takes minutes.

A part that is through with these very sources is not walked again; its result lies in build/proof/power_cuts.
"""

import hashlib
import json
from pathlib import Path

import pytest

from power_cut import scenario
from power_cut.walk import CLEAN, Walked, all_cuts, walk, walk_twice

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "proof" / "power_cuts"
PARTS = 8
pytestmark = pytest.mark.needs("proof")


@pytest.mark.req("SR-05", "SR-08", "SR-37", "SR-39")
@pytest.mark.parametrize("part", range(PARTS))
def test_after_a_cut_at_every_operation_the_pump_boots_and_agrees(part, record_property):
    def walk_part() -> Walked:
        recorder = scenario.recorded()
        return walk(recorder, {n: ways for n, ways in all_cuts(recorder).items() if n % PARTS == part})

    _judge(f"once-{part}", walk_part, record_property)


@pytest.mark.req("SR-08", "SR-37")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_second_cut_at_every_operation_of_every_recovery_loses_nothing_either(part, record_property):
    def walk_part() -> Walked:
        recorder = scenario.recorded()
        return walk_twice(recorder, dict.fromkeys(range(part, len(recorder.notes) + 1, PARTS), (CLEAN,)), ways=2)

    _judge(f"twice-{part}", walk_part, record_property)


def _judge(name, walk_part, record_property):
    path = RESULTS / f"{name}.json"
    sources = fingerprint()
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if known.get("sources") != sources or known.get("findings"):
        walked = walk_part()
        known = {"sources": sources, "points": walked.points, "findings": walked.findings}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known, indent=1), encoding="utf-8")
    print(f"power cut at {known['points']} points ({name})")
    record_property("cut_points", known["points"])
    assert known["findings"] == {}


def fingerprint() -> str:
    """Of all that the walk depends on."""
    digest = hashlib.sha256()
    folders = ("firmware", "boards", "tools/virtual_bench", "host_tests/power_cut")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    files += [*(ROOT / "tools/thecal_tools").glob("littlefs_*.py"), ROOT / "host_tests/rig.py"]
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
