"""`thecal run` and `thecal log` as a person calls them: files, exit codes, one-line errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from thecal_tools import cli, journal_export, scenario_file
from thecal_tools.day_report.figures import Day
from thecal_tools.files import Source, check_schema

ROOT = Path(__file__).resolve().parents[2]
FLEX_DAY = ROOT / "examples/scenarios/flex_day.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one run of the example leaves."""
    out = tmp_path_factory.mktemp("run")
    assert cli.main(["run", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def day(made: Path) -> Day:
    result = json.loads((made / "result.json").read_text(encoding="utf-8"))
    return Day(result, scenario_file.load(FLEX_DAY).therapy)


def test_run_leaves_report_result_and_journal(made):
    assert sorted(path.name for path in made.iterdir()) == ["journal.jsonl", "report.html", "result.json"]
    check_schema(json.loads((made / "result.json").read_text()), "sim_result", Source("result.json"))
    assert journal_export.verify_export((made / "journal.jsonl").read_bytes()).sound
    assert "BENCH / RESEARCH ONLY" in (made / "report.html").read_text(encoding="utf-8")


@pytest.mark.req("PR-02")
def test_every_hour_of_the_day_is_delivered_as_prescribed(day):
    assert len(day.hours) == 24
    assert day.hours_outside == ()
    assert abs(day.total_delivered_nl - day.total_due_nl) <= day.step_nl
    # 5.5 h at 36, 3.5 h at 60, 13 h at 40 and 2 h at 36 mcg/h are 1000 mcg, 0.5 mL.
    assert day.programme.volume_nl(day.start, day.end) == 500_000


@pytest.mark.req("PR-07", "SR-06")
def test_presses_are_answered_with_reason_and_next_time(day):
    answers = [(f"{request.moment:%H:%M}", request.granted, request.reason) for request in day.requests]
    assert [time for time, granted, _ in answers if granted] == ["06:48", "11:24", "16:42"]
    refused = {time: reason for time, granted, reason in answers if not granted}
    assert refused["06:53"] == "a bolus is being given"
    assert refused["10:40"] == "lockout interval"
    assert refused["23:05"] == "all boluses of 24 h are used"
    lockout = next(request for request in day.requests if request.reason == "lockout interval")
    assert f"{lockout.next_moment:%H:%M}" == "10:58"


def test_journal_and_result_agree(made, day):
    lines = [json.loads(line) for line in (made / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    events = [line.get("event") for line in lines]
    assert events.count("bolus_granted") == sum(request.granted for request in day.requests)
    assert events.count("bolus_refused") == sum(not request.granted for request in day.requests)
    granted = next(line for line in lines if line.get("event") == "bolus_granted")
    assert granted["fields"]["dose_ng"] == 50_000
    assert granted["fields"]["steps"] == day.requests[0].steps


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_run_needs_neither_terminal_nor_browser_nor_home(tmp_path, encoding):
    places = ("firmware", "tools", "tools/virtual_bench/modules", "tools/virtual_bench/cpython")
    env = {"PYTHONPATH": os.pathsep.join(str(ROOT / place) for place in places)}
    env |= {"PYTHONIOENCODING": encoding, "COLUMNS": "40", "PATH": "/nowhere", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-m", "thecal_tools", "run", "--out", str(tmp_path / "out")],
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"report     out/report.html" in done.stdout.replace(b"\r", b"\n")
    assert b"\x1b[" not in done.stdout


def test_a_day_that_goes_another_way_than_expected_ends_with_1(tmp_path, capsys):
    scenario = json.loads(FLEX_DAY.read_text(encoding="utf-8"))
    scenario["prescription"] = str(ROOT / "examples/prescriptions/baclofen_flex.json")
    scenario["duration"], scenario["events"] = "2 h", []
    scenario["expect"] = {"granted": 1}
    path = tmp_path / "other.json"
    path.write_text(json.dumps(scenario))
    assert cli.main(["run", "--scenario", str(path), "--out", str(tmp_path / "out")]) == 1
    assert "expect.granted" in capsys.readouterr().err
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "--scenario", "{tmp}/none.json", "--out", "{tmp}/out"], 2, "none.json"),
        (["run", "--out", "{tmp}/file"], 1, "is a file"),
        (["log", "verify", "{tmp}/none.bin"], 2, "cannot be read"),
        (["log", "verify", "{tmp}/json"], 2, "no line of it is a journal record"),
        (["log", "export", "{tmp}/json"], 2, "no line of it is a journal record"),
        (["log", "export", "{tmp}/file", "--out", "{tmp}/file/x"], 2, "cannot be written"),
    ],
)
def test_expected_failures_are_one_line_with_their_exit_code(tmp_path, capsys, arguments, code, said):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "json").write_bytes(b"{}")
    assert cli.main([argument.format(tmp=tmp_path) for argument in arguments]) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_log_exports_and_verifies(made, tmp_path, capsys):
    exported = made / "journal.jsonl"
    raw = journal_export.raw_of_export(exported.read_bytes())
    journal = tmp_path / "journal.bin"
    journal.write_bytes(raw)
    assert cli.main(["log", "export", str(journal), "--out", str(tmp_path / "made.jsonl")]) == 0
    assert journal_export.raw_of_export((tmp_path / "made.jsonl").read_bytes()) == raw
    assert cli.main(["log", "export", str(exported), "--format", "csv", "--out", str(tmp_path / "made.csv")]) == 0
    capsys.readouterr()
    assert cli.main(["log", "export", str(tmp_path / "made.csv")]) == 0
    assert capsys.readouterr().out == exported.read_text(encoding="utf-8")
    assert cli.main(["log", "verify", str(exported)]) == 0
    last = capsys.readouterr().out.splitlines()[0].split()[-1]
    assert cli.main(["log", "replay", str(exported)]) == 0
    assert cli.main(["log", "verify", str(journal), "--last", last]) == 0
    journal.write_bytes(raw[:-40])
    assert cli.main(["log", "verify", str(journal)]) == 0
    assert cli.main(["log", "verify", str(journal), "--last", last]) == 1
    journal.write_bytes(raw[:400] + b"\0" + raw[401:])
    assert cli.main(["log", "verify", str(journal)]) == 1
    assert "record 10" in capsys.readouterr().err
