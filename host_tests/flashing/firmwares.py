"""Small firmwares that the flasher's tests copy: the real files that start, and modules of a version of their own."""

from functools import cache

from thecal_tools import board_files, program_manifest
from thecal_tools.scenario_file import board_module

NAME = "RPI_PICO"
BOARD = board_module(NAME)
RECORDS = {"records/ledger": b"", "records/journal/00000000": b"j" * 80}


@cache
def _starting():
    real = board_files.files(NAME)
    return {path: real[path] for path in ("boot.py", "main.py", "board.mpy")}


def firmware(mark):
    """What a board gets of the version that mark tells apart; its manifest is not among it."""
    return _starting() | {f"thecal/{name}.mpy": mark * 1500 for name in ("resident", "start", "pump/clinic")}


def old_firmware():
    """A board's files one version back: other modules, one that is no more, and starting files of its own."""
    files = firmware(b"old") | {"thecal/gone/away.mpy": b"old" * 100}
    files["main.py"] += b"# of before\n"
    files["boot.py"] += b"# of before\n"
    return program_manifest.with_manifest(files, NAME)


def complete(files):
    """A board's programme after these files were flashed."""
    return program_manifest.with_manifest(files, NAME)


def programme(board):
    """All on a board that is not records."""
    return {path: content for path, content in board.files.items() if not path.startswith("records/")}
