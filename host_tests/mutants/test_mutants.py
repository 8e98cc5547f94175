"""The mutation run: its configuration fits the tree, and its judgement counts what it should."""

import tomllib

import pytest

from thecal_tools.errors import ThecalError
from thecal_tools.proof import mutants, tree
from thecal_tools.proof.mutants import Equivalent, Mutant


def test_the_configuration_names_what_there_is():
    table = tomllib.loads(mutants.configuration((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    assert table["tool"]["pytest"]["ini_options"]["pythonpath"][0] == "src"
    assert "mutmut" in str(table["dependency-groups"]["test"])
    for name in (*mutants.TESTS, *mutants.SOURCES, *tree.COPIED):
        assert (tree.ROOT / name).exists(), name
    for room in mutants.ROOMS:
        assert list((tree.ROOT / "firmware/thecal" / room).glob("*.py")), room


def test_every_argument_for_an_equivalent_mutant_is_about_a_line_that_is_there():
    mutants.equivalents()


@pytest.mark.parametrize(("old", "because"), [("x = 3", "same"), ("x = 1", " ")])
def test_an_argument_about_nothing_is_refused(tmp_path, old, because):
    (tmp_path / mutants.EQUIVALENTS).parent.mkdir(parents=True)
    row = f"file = 'a.py'\nold = '{old}'\nnew = 'x = 2'\nbecause = '{because}'"
    (tmp_path / mutants.EQUIVALENTS).write_text(f"[[equivalent]]\n{row}\n")
    (tmp_path / "firmware/thecal").mkdir(parents=True)
    (tmp_path / "firmware/thecal/a.py").write_text("x = 1\n")
    with pytest.raises(ThecalError, match="remove or mend the entry"):
        mutants.equivalents(tmp_path)


def mutant(file: str, status: str, new: str = "b") -> Mutant:
    return Mutant("name", file, "function", "a", new, status)


def test_a_survivor_counts_unless_an_argument_is_about_it_and_some_files_allow_none():
    known = [Equivalent("safety/gate.py", "a", "b", "same"), Equivalent("pump/body.py", "a", "z", "gone")]
    found = [
        mutant("pump/body.py", "killed"),
        mutant("pump/body.py", "timeout"),
        mutant("pump/body.py", "no tests"),
        mutant("safety/gate.py", "survived"),
        mutant("safety/gate.py", "survived", "c"),
    ]
    document = mutants.judged(found, known)
    assert document["total"] == {"mutants": 5, "killed": 2, "survived": 2, "equivalent": 1, "open": 0}
    assert document["score"] == 0.4
    assert [each["new"] for each in document["not_allowed"]] == ["c"]
    assert document["stale_equivalents"] == ["pump/body.py: a"]
    assert not mutants.passed(document)


def test_a_run_that_is_not_through_is_no_proof_and_judges_no_argument():
    document = mutants.judged(
        [mutant("a.py", "killed"), mutant("a.py", "not checked")], [Equivalent("a.py", "a", "b", "c")]
    )
    assert not document["complete"] and document["stale_equivalents"] == []
    assert not mutants.passed(document)
    assert mutants.passed(mutants.judged([mutant("a.py", "killed")], []))
