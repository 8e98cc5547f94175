"""A board whose copy of the firmware was cut off, on the stock image: it starts nothing, and the prompt is open."""

import pytest

from thecal.drivers.program_files import MANIFEST
from thecal_tools import emulation_image, emulator_image
from thecal_tools.emulated_chip import EmulatedPico
from thecal_tools.scenario_file import board_module

BOARD = board_module(emulation_image.BOARD)
MODULE = "thecal/resident.mpy"


@pytest.mark.needs("uf2")
@pytest.mark.req("SR-33", "SR-35")
def test_without_its_manifest_the_motor_stays_off_and_the_light_is_red():
    files = emulation_image.pump_files(measured=False)
    # One file of another version, which would crash if it were imported.
    files[MODULE] = b"of another version"
    del files[MANIFEST]
    pico = EmulatedPico(emulator_image.find_image(download=False), files)
    assert pico.run_until(lambda: pico.output.endswith(b">>> "), limit=3.0)
    assert b"STOPPED  program incomplete" in pico.output and b"THECAL" not in pico.output
    assert pico.lines.level(BOARD.PUMP_ENABLE_N) == 1 and pico.drive_starts(BOARD.PUMP_ENABLE_N)
    assert pico.lines.level(BOARD.LIGHT_RED) == 1
    assert [edge for edge in pico.edges(BOARD.PUMP_STEP) if edge.level] == []
    # Ctrl-C and mpremote reach it.
    pico.send(b"print(6 * 7)\r\n")
    assert pico.run_until(lambda: b"\r\n42\r\n" in pico.output, limit=1.0)
