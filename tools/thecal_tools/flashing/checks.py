"""What a board must be before anything on it is changed; each raises FlashError with what to do."""

from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath
from types import ModuleType

from thecal import VERSION
from thecal.records import commission
from thecal.records.planned import PlannedReset
from thecal.therapy import prescription_check
from thecal_tools import new_pump, program_manifest, scenario_file
from thecal_tools.boards import board_file
from thecal_tools.flashing import FlashError
from thecal_tools.flashing.on_board import RECORDS, Facts, Seal
from virtual_bench.volume import MemoryVolume

OLDEST, BEFORE = (1, 27), (2, 0)
_MPY_VERSION = 6
BLOCK_BYTES = 4096
# 5,300 records take 108 blocks (littlefs_figures); settings, ledger and marks a dozen.
RECORDS_BYTES = 120 * BLOCK_BYTES
_MAGIC_BYTES = 4
# In both copies of the prescription: magic, generation, then the compiled prescription with its magic and version.
_PRESCRIPTION_AT = 8


def board_data(name: str) -> ModuleType:
    """The data of a board that we have, after its check."""
    known = scenario_file.boards()
    if name not in known:
        raise FlashError(f"BOARD={name}: unknown: give one of {', '.join(known)}")
    faults = board_file.faults(board_file.path_of(name))
    if faults:
        more = f" (and {len(faults) - 1} more: thecal board check {name})" if len(faults) > 1 else ""
        raise FlashError(f"{faults[0]}{more}")
    return scenario_file.board_module(name)


def check_interpreter(facts: Facts) -> None:
    """Its MicroPython is one that takes our files."""
    found = ".".join(str(part) for part in facts.version)
    wanted = f"{OLDEST[0]}.{OLDEST[1]} up to below {BEFORE[0]}.{BEFORE[1]}"
    if facts.interpreter != "micropython":
        raise FlashError(f"the board runs {facts.interpreter} {found}: put MicroPython {wanted} on it")
    if not OLDEST <= facts.version[:2] < BEFORE or facts.mpy != _MPY_VERSION:
        raise FlashError(f"the board has MicroPython {found}: put {wanted} on it (docs/flashing.md says how)")


def check_chip(facts: Facts, board: ModuleType) -> None:
    """Its chip is the one that board.py is for, and it is not another board that we know."""
    # "Raspberry Pi Pico with RP2040": the name of the board, and the chip after the last "with".
    chip = facts.machine.rpartition(" with ")[2]
    if chip != board.CHIP:
        raise FlashError(f"BOARD={board.NAME} is for {board.CHIP}, but this is a {facts.machine}: give its own BOARD")
    build = facts.build.partition("-")[0]
    if build != board.NAME and build in scenario_file.boards():
        raise FlashError(f"BOARD={board.NAME}, but this board runs MicroPython for {build}: use BOARD={build}")


def check_version(found: Iterable[str]) -> None:
    """No version on the board is newer than ours. found: from its manifests, "" where one says nothing."""
    for version in found:
        if program_manifest.numbers(version) > program_manifest.numbers(VERSION):
            raise FlashError(
                f"the board has Thecal {version}, this is {VERSION}: older firmware may not read its records; "
                f"flash {version} or newer"
            )


def check_records(seals: Iterable[Seal]) -> list[str]:
    """No sealed record is of a format that this firmware does not know. Returns the paths of damaged ones."""
    damaged = []
    for seal in seals:
        if not seal.is_sound:
            # What a power cut left empty is nothing to worry about.
            damaged += [seal.path] if seal.head else []
        elif not _is_known(seal):
            shown = ascii(seal.head[:_MAGIC_BYTES].decode("latin-1"))
            raise FlashError(
                f"{RECORDS}/{seal.path}: {shown} is a format that Thecal {VERSION} does not read: nothing was changed; "
                "flash the version that wrote it, or a newer one"
            )
    return damaged


def check_shadows(there: Iterable[str]) -> None:
    """No source lies beside a compiled module of ours, as the interpreter would take it first."""
    for path in sorted(there):
        raise FlashError(f"{path} on the board would run in place of our .mpy: remove it (mpremote rm :{path})")


def shadows(paths: Iterable[str]) -> list[str]:
    """The sources that check_shadows is to look for."""
    return [PurePosixPath(path).with_suffix(".py").as_posix() for path in paths if path.endswith(".mpy")]


def check_space(facts: Facts, changed: Iterable[bytes], has_records: bool) -> None:
    """The file system takes the new files beside the old ones, and a new pump's records."""
    blocks = sum(-(-len(content) // BLOCK_BYTES) + 1 for content in changed)
    needed = blocks * BLOCK_BYTES + (0 if has_records else RECORDS_BYTES)
    if facts.free < needed:
        raise FlashError(
            f"the board's file system has {facts.free // 1024} KB free, {needed // 1024} KB are needed: "
            "remove files that are not Thecal's"
        )


def _is_known(seal: Seal) -> bool:
    if seal.head[:_MAGIC_BYTES] != _known_magics().get(seal.path):
        return False
    if not seal.path.startswith(commission.PRESCRIPTION[0] + "."):
        return True
    compiled = seal.head[_PRESCRIPTION_AT:]
    return compiled[:_MAGIC_BYTES] == prescription_check.MAGIC and compiled[_MAGIC_BYTES] <= prescription_check.VERSION


@cache
def _known_magics() -> dict[str, bytes]:
    # Not a list to be kept: what this firmware itself writes when a pump is commissioned and restarted.
    volume = MemoryVolume()
    PlannedReset(volume, None).mark(1)
    files = {path: content for path, content in volume.snapshot() if content is not None}
    return {path: content[:_MAGIC_BYTES] for path, content in (files | new_pump.records(b"", 1, 0)).items()}
