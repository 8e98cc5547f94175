"""Commissioning a bench pump that has never given anything, together with its first firmware.

Whoever holds the board's prompt may do anything, so nothing is asked; but a history is never replaced, and the mark
that makes a pump of the records is written last.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from thecal.records import mark
from thecal.tables import quantities
from thecal_tools import new_pump, prescription_file, units
from thecal_tools.flashing import FlashError
from thecal_tools.flashing.on_board import RECORDS, OnBoard, Seal

COMMISSIONED = "commissioned"
# The reserve mark begins with its magic and the steps that may ever have been given.
_STEPS = slice(4, 8)


def records(prescription: Path, volume_per_step: int, reservoir: str) -> dict[str, bytes]:
    """A new pump's records, by path below their folder. volume_per_step: pL. reservoir: such as "20 mL".

    Raises FlashError or FileError for what is outside its range.
    """
    lowest, highest = quantities.hard_range("calibration")
    if not lowest <= volume_per_step <= highest:
        raise FlashError(f"--step-pl {volume_per_step}: must be {lowest} to {highest} pL: calibrate the pump head")
    try:
        volume_ul = units.volume_ul(reservoir)
    except units.UnitError as error:
        raise FlashError(f"--reservoir {reservoir}: {error}") from None
    lowest, highest = quantities.hard_range("reservoir")
    if not lowest <= volume_ul <= highest:
        raise FlashError(f"--reservoir {reservoir}: must be at most {highest // 1000} mL")
    compiled = prescription_file.compiled(prescription_file.load(prescription))
    return new_pump.records(compiled, volume_per_step, volume_ul * 1000)


def check_new(seals: Iterable[Seal]) -> None:
    """Raises FlashError where the board's records are of a pump, or of one that may have given something."""
    for seal in seals:
        given = seal.path == mark.PATH and seal.head and not (seal.is_sound and seal.head[_STEPS] == bytes(4))
        if given or (seal.path == COMMISSIONED and seal.is_sound):
            raise FlashError(f"{RECORDS}/{seal.path}: this pump has a history, which stays: flash without --commission")


def write(on_board: OnBoard, new: Mapping[str, bytes]) -> None:
    """Put a new pump's records onto the board. Cut anywhere, it is not commissioned, and the same may be done again."""
    paths = {path: f"{RECORDS}/{path}" for path in sorted(new, key=lambda path: path == COMMISSIONED)}
    on_board.remove([paths[COMMISSIONED]])
    on_board.make_folders(paths.values())
    for path, there in paths.items():
        on_board.write(there, new[path])
