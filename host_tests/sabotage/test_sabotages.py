"""Every safety requirement has a sabotage that fits, and the runner tells a test that judges from a broken program."""

import json
from pathlib import Path

import pytest

from thecal_tools.proof import sabotage_run, sabotages, tree
from thecal_tools.proof.sabotages import Sabotage, StaleSabotage

SOUND = "speed = 1\nlimit = 2\n"


def test_every_safety_requirement_that_is_due_or_being_built_has_a_sabotage_that_applies():
    table = json.loads((tree.ROOT / "host_tests/requirements.json").read_text(encoding="utf-8"))
    stage = table["current_stage"]
    ids = [(row["id"], row["stage"]) for row in table["requirements"] if row["id"].startswith("SR")]
    due = [name for name, since in ids if since <= stage]
    later = [name for name, since in ids if since == stage + 1]
    assert sabotages.faults(tree.ROOT, due, later) == []


def small_tree(folder: Path, **changes: str) -> Path:
    """A tree with one file and one sabotage of SR-01, some of its fields changed."""
    row = {
        "requirement": "SR-01",
        "breaks": "no limit",
        "file": "pump.py",
        "old": "limit = 2",
        "new": "limit = 9",
    } | changes
    text = "\n".join(["pending = ['SR-03']", "[[sabotage]]", *(f"{key} = {value!r}" for key, value in row.items())])
    (folder / sabotages.FILE).parent.mkdir(parents=True)
    (folder / sabotages.FILE).write_text(text)
    (folder / "pump.py").write_text(SOUND)
    return folder


def test_what_is_missing_pending_too_long_or_unknown_is_named(tmp_path):
    root = small_tree(tmp_path)
    assert sabotages.faults(root, ["SR-01"], ["SR-03"]) == []
    assert sabotages.faults(root, ["SR-01", "SR-02"], ["SR-03"]) == ["SR-02 is due and has no sabotage"]
    assert sabotages.faults(root, ["SR-01", "SR-03"], []) == ["SR-03 is due and has no sabotage"]
    assert sabotages.faults(root, ["SR-01"], ["SR-03", "SR-04"]) == ["SR-04 has no sabotage and is not pending"]
    assert sabotages.faults(root, [], ["SR-03"]) == ["SR-01 is named, but is no safety requirement of these stages"]


@pytest.mark.parametrize(
    "changes", [{"old": "limit = 3"}, {"old": "i"}, {"file": "gone.py"}, {"new": "limit = 2"}], ids=str
)
def test_a_patch_that_does_not_fit_exactly_once_is_an_error_that_names_it(tmp_path, changes):
    root = small_tree(tmp_path, **changes)
    (line,) = sabotages.faults(root, ["SR-01"], ["SR-03"])
    assert line.startswith("sabotage of SR-01: its old text stands ")
    with pytest.raises(StaleSabotage):
        sabotages.read(root)[0][0].applied(root)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return sabotage_run.Bench(tmp_path_factory.mktemp("sabotage") / "tree")


def of_the_day(new: str) -> Sabotage:
    """A change of the line that refuses flex steps out of order (SR-10)."""
    file, old = "firmware/thecal/therapy/prescription_check.py", "if not before < start < 1440:"
    return Sabotage("SR-10", "flex steps", file, old, new)


@pytest.mark.parametrize(
    ("new", "outcome"),
    [
        ("if not start < 1440:", sabotage_run.CAUGHT),
        ("if start <= before or start >= 1440:", sabotage_run.MISSED),
        ("if unheard_of:", sabotage_run.UNSOUND),
    ],
)
def test_only_a_test_that_finds_the_pump_wrong_catches_a_sabotage(bench, new, outcome):
    found = bench.attempt(of_the_day(new))
    assert found.outcome == outcome, found
    if outcome == sabotage_run.CAUGHT:
        assert found.test.startswith("host_tests/therapy/test_prescription_check.py::")
