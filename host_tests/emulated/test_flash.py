"""`thecal flash` as a new user would: a board with MicroPython alone, and some minutes later a pump that delivers.

The board is the emulated chip with the stock image, in a process of its own at a pseudo-terminal.
"""

import contextlib
import json
import re
import signal
import subprocess
import time

import pytest

import places
from thecal_tools import board_files, cli, emulation_image, emulator_image, program_manifest
from thecal_tools.emulated_flash import read_filesystem
from thecal_tools.flashing.serial_board import SerialBoard

NAME = emulation_image.BOARD
ENDED_S, STEPS_S = 60, 120


@contextlib.contextmanager
def emulated(start, kept):
    """An emulated board at power-on; gives the name of its terminal. Afterwards its flash is in the file kept."""
    image = emulator_image.find_image(download=False)
    options = ["--start", start, "--keep", str(kept), "--uf2", str(image)]
    command = [str(places.ROOT / "thecal"), "emulate", "--pty", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r" at (\S+);", said)
            assert found, said
            yield found[1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=ENDED_S)


@pytest.fixture
def files(monkeypatch):
    """What a board gets, built once."""
    built = board_files.files(NAME)
    monkeypatch.setattr(board_files, "files", lambda board: dict(built))
    return built


def programme(kept):
    """What is in the flash, but for the records."""
    found = read_filesystem(kept.read_bytes())
    return {path: content for path, content in found.items() if not path.startswith("records/")}


def steps(device):
    """How many steps a pump has confirmed, once it has given some."""
    board = SerialBoard(device)
    board.open()
    try:
        deadline = time.monotonic() + STEPS_S
        status = {}
        while time.monotonic() < deadline and status.get("confirmed_steps", 0) < 3:
            time.sleep(2)
            status = board.ask("status").get("result", {})
        assert status["holds"] == 0 and status["commanded_steps"] == status["confirmed_steps"]
        return status["confirmed_steps"]
    finally:
        board.close()


@pytest.mark.needs("uf2")
@pytest.mark.req("SR-33")
def test_from_an_empty_file_system_to_a_pump_that_delivers(files, tmp_path, capsys):
    kept, prescription = tmp_path / "flash.img", tmp_path / "prescription.json"
    prescription.write_text(json.dumps(emulation_image.PRESCRIPTION))
    commission = ("--commission", str(prescription), "--step-pl", str(emulation_image.PL_PER_STEP))
    with emulated("bare", kept) as device:
        code = cli.main(["flash", NAME, "--port", device, *commission, "--reservoir", "20 mL"])
        shown = capsys.readouterr()
        assert code == 0, shown.err
        assert f"{len(files)} copied, 0 unchanged" in shown.out and "runs as programmed" in shown.out
        assert steps(device) >= 3
        # It runs now, so it is left alone, and the operator is told what to do.
        assert cli.main(["flash", NAME, "--port", device, "--wait", "0.1"]) == 1
        assert "hold ALARM and STOP" in capsys.readouterr().err.replace("\n", " ")
    assert programme(kept) == program_manifest.with_manifest(files, NAME)


@pytest.mark.needs("uf2")
@pytest.mark.req("SR-33")
def test_a_pump_in_maintenance_is_flashed_and_its_records_stay(files, tmp_path, capsys):
    kept = tmp_path / "flash.img"
    with emulated("maintenance", kept) as device:
        code = cli.main(["flash", NAME, "--port", device])
        shown = capsys.readouterr()
        assert code == 0, shown.err
        assert f"0 copied, {len(files)} unchanged" in shown.out and "runs as programmed" in shown.out
    assert programme(kept) == program_manifest.with_manifest(files, NAME)
    records = emulation_image.commissioned_records()
    after = read_filesystem(kept.read_bytes())
    for setting in ("commissioned", "calibration.a", "calibration.b", "prescription.a", "prescription.b"):
        assert after[f"records/{setting}"] == records[f"records/{setting}"]
