"""The evidence of the long proofs: kept with commit and date, and stale as soon as a source has changed."""

import json
import time

import pytest

from thecal_tools.proof import __main__ as command
from thecal_tools.proof import evidence, parts, tree
from thecal_tools.proof.parts import Part


@pytest.fixture
def part(tmp_path, monkeypatch):
    """A part that depends on one file of a tree of its own."""
    (tmp_path / "pump.py").write_text("limit = 1\n")
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    made = Part("cuts", "cut | everywhere", ("pump.py",), lambda arguments: True, lambda: {"points": 12}, lambda: [1])
    monkeypatch.setattr(evidence, "PARTS", (made,))
    return made


def test_a_part_is_fresh_until_one_of_its_sources_changes(part, tmp_path):
    folder = tmp_path / "evidence"
    assert evidence.standing(part, folder).state == evidence.NEVER
    evidence.keep(part, True, evidence.Begun.of(part), folder)
    state = evidence.standing(part, folder)
    assert (state.state, state.passed) == (evidence.FRESH, True)
    (tmp_path / "pump.py").write_text("limit = 2\n")
    assert evidence.standing(part, folder).state == evidence.STALE
    evidence.keep(part, False, evidence.Begun.of(part), folder)
    assert (evidence.standing(part, folder).state, evidence.standing(part, folder).passed) == (evidence.FRESH, False)


def test_evidence_names_commit_and_date_and_stands_in_the_table(part, tmp_path):
    evidence.keep(part, False, evidence.Begun("abc", "0123+", time.monotonic() - 61.4), tmp_path)
    kept = json.loads((tmp_path / "cuts.json").read_text(encoding="utf-8"))
    assert kept["format"] == evidence.FORMAT
    assert (kept["passed"], kept["seconds"], kept["figures"], kept["details"]) == (False, 61, {"points": 12}, [1])
    assert kept["commit"] == "0123+"
    last = (tmp_path / "README.md").read_text(encoding="utf-8").splitlines()[-1]
    assert last == f"| cuts | cut \\| everywhere | **failed** | points 12 | {kept['commit']} | {kept['finished']} |"


def test_damaged_evidence_counts_as_none(part, tmp_path):
    (tmp_path / "cuts.json").write_text("{")
    assert evidence.standing(part, tmp_path).state == evidence.NEVER


def test_every_part_depends_on_sources_that_there_are():
    for part in parts.PARTS:
        for source in part.sources:
            assert (tree.ROOT / source).exists(), (part.name, source)


def test_an_unknown_part_is_refused_with_the_names_of_all(capsys):
    assert command.main(["cats"]) == 2
    assert ", ".join(part.name for part in parts.PARTS) in capsys.readouterr().err


def test_the_table_alone_runs_nothing(monkeypatch, capsys):
    monkeypatch.setattr(command, "_run", lambda part, arguments: pytest.fail("ran"))
    assert command.main(["--collate"]) in (0, 1)
    assert "sabotage" in capsys.readouterr().out
