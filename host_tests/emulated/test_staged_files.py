"""What the emulated flash holds: the firmware as a board gets it, with figures taken around main.py's own lines."""

import ast

from thecal_tools import emulation_image, emulation_report
from thecal_tools.emulated_flash import build_filesystem, read_filesystem

FIRST, LAST = "import board", "pump.run_forever()"


def test_figures_are_taken_before_the_first_line_and_printed_before_the_last():
    text = emulation_image.measuring(f'"""What it is."""\n\n{FIRST}\nkbd_intr(-1)\n{LAST}\n')
    lines = [ast.unparse(node) for node in ast.parse(text).body]
    assert lines[0].startswith("import gc")
    assert lines.index("gc.collect()") < lines.index(FIRST)
    assert lines[-1] == LAST
    assert lines[-2].startswith(f"print('{emulation_image.MEASURED}'")
    assert lines[-5] == "kbd_intr(-1)"


def test_modules_are_compiled_and_the_two_started_ones_are_source():
    files = emulation_image.firmware_files()
    assert {"boot.py", "main.py", "board.mpy", "thecal/resident.mpy", "thecal/start.mpy"} <= set(files)
    assert [path for path in files if path.endswith(".py")] == ["boot.py", "main.py"]
    assert "thecal/tables/texts.mpy" not in files


def test_records_of_a_new_pump_survive_the_file_system():
    files = emulation_image.commissioned_records()
    assert {"records/commissioned", "records/calibration.a", "records/prescription.a"} <= set(files)
    assert read_filesystem(build_filesystem(files)) == files


def test_a_missing_sight_fails_the_document():
    seen = dict.fromkeys(emulation_report.CHECKS, True)
    assert emulation_report.all_seen({"seen": seen})
    for name in seen:
        assert not emulation_report.all_seen({"seen": {**seen, name: False}})
