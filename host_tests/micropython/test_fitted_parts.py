"""A pump with the optional parts writes the same journal on MicroPython as on CPython, to the byte."""

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from drivers import boards
from rig import MONDAY, SIMPLE, Rig
from thecal_tools import prescription_file
from virtual_bench import results

SCRIPT = Path(__file__).with_name("fitted_inside.py").read_text(encoding="utf-8")
ALL = boards.MPR | boards.AS5600 | boards.DS3231 | boards.SSD1306


@pytest.mark.req("PR-18")
@pytest.mark.parametrize("parts", [ALL, boards.HX711], ids=["bus", "weight"])
def test_the_journal_is_the_same(micropython, parts):
    rig = Rig(board=boards.board(parts))
    rig.press("bolus", 1_200, 60_000)
    rig.run_for(3 * 3_600_000)
    told = {"board": parts, "wall_s": int((MONDAY - datetime(2000, 1, 1)).total_seconds())}
    files = {
        "/parts.json": json.dumps(told).encode(),
        "/prescription": prescription_file.compile_prescription(SIMPLE),
    }
    printed = micropython.run_script([SCRIPT], files).stdout.splitlines()
    assert printed == [sha256(results.journal_bytes(rig.volume)).hexdigest(), str(rig.bench.truth())]
    assert len(rig.events("bolus_granted")) == 1
