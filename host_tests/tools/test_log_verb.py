"""`thecal log`: what a person sees, what a program reads, and the exit codes."""

import json
from pathlib import Path

import pytest

from rig import SIMPLE, Rig
from thecal_tools.cli import main


@pytest.fixture
def flash(tmp_path) -> Path:
    """The files of a pump that gave a bolus and was stopped, as they lie on its flash."""
    rig = Rig(SIMPLE)
    rig.press("bolus", 1_200, 60_000)
    rig.run_for(2 * 3_600_000)
    rig.app.pump.stop()
    folder = tmp_path / "pump"
    for path, content in rig.volume.snapshot():
        if content is None:
            (folder / path).mkdir(parents=True, exist_ok=True)
        else:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    return folder


@pytest.mark.req("PR-15")
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_folder_is_exported_verified_and_replayed(flash, tmp_path, capsys, form):
    out = tmp_path / ("journal." + form)
    assert main(["log", "export", str(flash), "--format", form, "--out", str(out)]) == 0
    assert main(["log", "verify", str(out)]) == 0
    assert "export, " in capsys.readouterr().out
    for source in (flash, out):
        assert main(["log", "replay", str(source)]) == 0
        told = capsys.readouterr().out
        assert "stopped by the operator" in told and "equal to the byte" in told


def test_results_of_a_replay_can_be_read_by_a_program(flash, capsys):
    assert main(["log", "replay", str(flash), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["equal"], result["patient_boluses_in_24h"], result["notes"]) == (True, 1, [])
    assert {"field": "mark_patient_steps", "replayed": 20, "on_flash": 20, "equal": True} in result["fields"]


def test_one_line_for_each_finding_names_file_line_record_and_what_to_do(flash, tmp_path, capsys):
    out = tmp_path / "journal.jsonl"
    main(["log", "export", str(flash), "--out", str(out)])
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    out.write_text("".join(lines[:4] + lines[5:]), encoding="utf-8")
    capsys.readouterr()
    assert main(["log", "verify", str(out)]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"{out}: line 5, record 4: missing, before this place; look for the rest in an older export"
    assert "closing line" in second
    assert main(["log", "verify", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["sequence"] == 4


def test_a_replay_that_differs_says_which_field(flash, capsys):
    (flash / "ledger").write_bytes((flash / "ledger").read_bytes()[:-1] + b"?")
    assert main(["log", "replay", str(flash)]) == 2
    assert "ledger is missing or damaged" in capsys.readouterr().err
    head = bytearray((flash / "head/journal").read_bytes())
    head[-20] ^= 1
    (flash / "head/journal").write_bytes(bytes(head))
    assert main(["log", "verify", str(flash)]) == 1
    assert "checksum" in capsys.readouterr().err


def test_many_findings_are_not_all_shown(tmp_path, capsys):
    (tmp_path / "journal.bin").write_bytes(bytes(40 * 100))
    assert main(["log", "verify", str(tmp_path / "journal.bin")]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 21 and "and 80 more" in told[-1]


@pytest.mark.parametrize("verb", ["export", "verify", "replay"])
def test_what_is_no_journal_costs_one_line(tmp_path, capsys, verb):
    (tmp_path / "words.txt").write_text("words\n", encoding="utf-8")
    for source in (tmp_path / "words.txt", tmp_path / "none", tmp_path):
        assert main(["log", verb, str(source)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
