"""What the emulated Pico's flash holds: the firmware as a board gets it, and a pump that is commissioned already.

The stock image starts boot.py and main.py as source and nothing else, so these two are staged as their compact source
and all other modules as .mpy.
"""

import ast

from thecal_tools import board_files, new_pump, prescription_file
from thecal_tools.program_manifest import with_manifest

BOARD = "RPI_PICO"
RECORDS = "records"
PL_PER_STEP = 250_000
RESERVOIR_UL = 20_000
# The mechanism's highest rate in therapy, so that steps are due 0.9 s apart and the emulation is short.
PRESCRIPTION = {
    "format": "thecal.prescription/1",
    "id": "EMULATED-1",
    "drug": "water",
    "concentration": "1 mg/mL",
    "mode": "simple_continuous",
    "rate": "24 mg/day",
    "limits": {"per_1h": "1 mg", "per_24h": "24 mg"},
    "low_reservoir": "2 mL",
    "note": "BENCH ONLY, water in place of drug; not a dosing instruction.",
}

# What follows is staged around main.py's own lines in an emulated run and is no part of the firmware.
MEASURED = "EMULATED"
_BEFORE = """
import gc, sys, time
gc.collect()
at_main = (time.ticks_ms(), gc.mem_alloc(), gc.mem_free())
"""
_AFTER = f"""
composed_ms = time.ticks_ms()
gc.collect()
print("{MEASURED}", *at_main, composed_ms, gc.mem_alloc(), gc.mem_free(), sys.version)
"""
# What the stock image costs without us: nothing but one pin, and nothing but the figures.
BARE_BOOT = b"from machine import Pin\nPin(3, Pin.OUT, value=1)\n"
BARE_MAIN = f'{_BEFORE}print("{MEASURED}", *at_main, *at_main, sys.version)\n'.encode()


def bare_files() -> dict[str, bytes]:
    """A board with none of our firmware, for comparison."""
    return {"boot.py": BARE_BOOT, "main.py": BARE_MAIN}


def pump_files(measured: bool = True) -> dict[str, bytes]:
    """Firmware and records of a pump ready to run, path to content. Raises BuildError.

    measured: main.py prints a line with its heap and times before it runs the pump; see thecal_tools.emulation.Figures.
    """
    return firmware_files(measured) | commissioned_records()


def firmware_files(measured: bool = True) -> dict[str, bytes]:
    """What a board gets of the firmware, with the board's data. Raises BuildError."""
    files = board_files.files(BOARD)
    if measured:
        files["main.py"] = measuring(files["main.py"].decode()).encode()
    return with_manifest(files, BOARD)


def measuring(main: str) -> str:
    """main.py with figures taken before its first line and printed before its last, which runs the pump for ever."""
    last = ast.parse(main).body[-1].lineno - 1
    lines = main.splitlines()
    return "\n".join([_BEFORE, *lines[:last], _AFTER, *lines[last:], ""])


def commissioned_records() -> dict[str, bytes]:
    """The records of a pump that was commissioned and has given nothing yet, by path on the board."""
    binary = prescription_file.compile_prescription(PRESCRIPTION)
    new = new_pump.records(binary, PL_PER_STEP, RESERVOIR_UL * 1000)
    return {f"{RECORDS}/{path}": content for path, content in new.items()}
