"""The `thecal` command as its user meets it: help, exit codes, one line for each failure, nothing half written."""

import json
import os
import subprocess
import sys

import click
import pytest

from thecal_tools import cli, output_folder
from thecal_tools.errors import ThecalError
from thecal_tools.files import SCHEMAS
from tools.documents import FLEX, PRESCRIPTIONS, SCENARIOS, changed, document

SHORT = {
    "format": "thecal.scenario/1",
    "title": "ten minutes",
    "what": "A press, nothing else.",
    "prescription": str(FLEX),
    "board": "RPI_PICO",
    "start": {"wall": "2026-03-02 06:00"},
    "reservoir": "18 mL",
    "duration": "10 min",
    "seed": 7,
    "events": [{"at": "1 min", "do": "press", "button": "bolus", "hold": "1.5 s"}],
    "expect": {"granted": 1, "refused": 0, "alarms": []},
}


@pytest.fixture
def thecal(capsys):
    """Runs the command line: (exit code, standard output, error output)."""

    def run(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario document and gives its path."""

    def write(content=SHORT):
        path = tmp_path / "scenario.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


def verbs():
    return cli.cli.list_commands(click.Context(cli.cli))


# First screen and help


def test_the_first_screen_warns_and_lists_every_verb(thecal):
    code, out, err = thecal()
    assert (code, err) == (0, "")
    assert "Not a medical device; not for use on people or animals." in " ".join(out.split())
    assert "_THECAL_COMPLETE" in out
    for verb in verbs():
        assert f"\n  {verb} " in out


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_has_help_with_an_example(thecal, verb):
    code, out, _ = thecal(verb, "--help")
    assert code == 0
    command = cli.cli.get_command(click.Context(cli.cli), verb)
    parts = command.commands if isinstance(command, click.Group) else ()
    for text in [thecal(verb, part, "--help")[1] for part in parts] or [out]:
        assert f"Example: thecal {verb}" in " ".join(text.split())


def test_the_first_screen_imports_none_of_what_verbs_need():
    code = (
        "import sys; from thecal_tools.cli import main; main([]);"
        "print([name for name in ('rich', 'jsonschema', 'virtual_bench') if name in sys.modules])"
    )
    assert _python("-c", code).splitlines()[-1] == "[]"


def test_completion_offers_verbs():
    asked = {"_THECAL_COMPLETE": "bash_complete", "COMP_WORDS": "thecal ch", "COMP_CWORD": "1"}
    assert _python("-m", "thecal_tools", **asked).strip() == "plain,check"


def _python(*arguments, **variables):
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **variables)
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=True).stdout


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("nonsense",), "thecal: "),
        (("check",), "thecal check: "),
        (("sim",), "thecal sim: "),
        (("sim", "x.json", "--host", "toaster"), "thecal sim: "),
        (("sim", "x.json", "--colour"), "thecal sim: "),
        (("check", "no_such.json"), "no_such.json: "),
        (("sim", "no_such.json"), "no_such.json: "),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(thecal, arguments, place):
    code, out, err = thecal(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(place)
    assert err.count("\n") == 1


# check


def test_check_shows_derived_values_of_every_example(thecal):
    code, out, err = thecal("check", *PRESCRIPTIONS, SCENARIOS[0])
    assert (code, err) == (0, "")
    assert "EX-BACLOFEN-1" in out
    assert "500 uL" in out
    assert "worst case" in out


@pytest.mark.req("PR-02")
def test_check_gives_programs_the_daily_totals(thecal):
    code, out, _ = thecal("check", "--json", FLEX)
    assert code == 0
    (found,) = json.loads(out)
    assert found["weekdays"]["mon"] == {"background": "1 mg", "scheduled": "0 ng", "volume": "500 uL"}
    assert found["patterns"]["weekend"]["background"] == "1 mg"
    assert found["worst_1h"] == "110 mcg"


def test_check_goes_on_after_a_bad_file_and_says_so(thecal, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(changed(document(FLEX), ("patient_bolus", "dose"), 50)), encoding="utf-8")
    code, out, err = thecal("check", bad, PRESCRIPTIONS[-1])
    assert code == 2
    assert err.startswith(f"{bad}: patient_bolus.dose: 50: a bare number is refused")
    assert err.count("\n") == 1
    assert "EX-MORPHINE-1" in out


@pytest.mark.parametrize("content", ["{}", "[]", "7", '{"format": 3}', '{"format": "thecal.calibration/1"}'])
def test_check_refuses_what_is_neither(thecal, tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    code, _, err = thecal("check", path)
    assert code == 2
    assert "thecal.prescription/1 or thecal.scenario/1" in err


# sim


def test_sim_shows_doses_and_answers(thecal, scenario):
    code, out, err = thecal("sim", scenario())
    assert (code, err) == (0, "")
    assert "granted" in out
    assert "reservoir" in out


def test_sim_gives_programs_the_result(thecal, scenario):
    code, out, err = thecal("sim", scenario(), "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert result["format"] == document(SCHEMAS / "sim_result.schema.json")["properties"]["format"]["const"]
    assert [request["granted"] for request in result["requests"]] == [True]


def test_sim_writes_result_and_journal(thecal, scenario, tmp_path):
    out = tmp_path / "new" / "folder"
    code, _, err = thecal("sim", scenario(), "--out", out)
    assert (code, err) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == ["journal.jsonl", "result.json"]
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["title"] == "ten minutes"
    assert '"end"' in (out / "journal.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert [path.name for path in out.parent.iterdir()] == ["folder"]


def test_sim_says_where_a_run_differs_from_what_is_expected(thecal, scenario):
    path = scenario(changed(SHORT, ("expect", "granted"), 2))
    code, _, err = thecal("sim", path)
    assert code == 1
    assert err == f"{path}: expect.granted: 2 expected, 1 found\n"


@pytest.mark.parametrize("where", [("seed",), ("duration",), ("events", 0, "hold")])
def test_sim_writes_nothing_for_a_bad_file(thecal, scenario, tmp_path, where):
    code, out, err = thecal("sim", scenario(changed(SHORT, where, "nonsense")), "--out", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["scenario.json"]


def test_sim_writes_nothing_when_the_run_breaks(thecal, scenario, tmp_path, mocker):
    mocker.patch("thecal_tools.simulate.simulate", side_effect=ThecalError("Node.js is missing: run `make prepare`"))
    code, out, err = thecal("sim", scenario(), "--host", "micropython", "--out", tmp_path / "out")
    assert (code, out, err) == (1, "", "Node.js is missing: run `make prepare`\n")
    assert [path.name for path in tmp_path.iterdir()] == ["scenario.json"]


def test_sim_refuses_a_file_as_folder_before_it_runs(thecal, scenario, mocker):
    simulate = mocker.patch("thecal_tools.simulate.simulate")
    path = scenario()
    code, _, err = thecal("sim", path, "--out", path)
    assert code == 1
    assert "is a file, not a folder" in err
    simulate.assert_not_called()


# Result folders


def test_a_result_folder_keeps_what_else_is_in_it(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    (tmp_path / "out" / "a").write_text("old")
    output_folder.write(tmp_path / "out", {"a": b"new", "b": b"b"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        "mine.txt": b"mine",
        "a": b"new",
        "b": b"b",
    }


def test_a_result_folder_that_cannot_be_written_leaves_nothing(tmp_path, mocker):
    mocker.patch("pathlib.Path.write_bytes", side_effect=OSError(28, "No space left on device"))
    with pytest.raises(ThecalError, match="No space left on device"):
        output_folder.write(tmp_path / "out", {"a": b"a"})
    assert list(tmp_path.iterdir()) == []
