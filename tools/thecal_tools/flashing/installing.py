"""Copying the firmware: only what differs, never over a program that could start meanwhile, and proven by hash.

The order is what makes it safe to cut it anywhere. The manifest goes first, so from then on main.py starts nothing. A
list of all files, old and new, stays beside it until the end, so that whoever comes next knows what to take away.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from thecal.drivers.program_files import MANIFEST
from thecal_tools import board_files, program_manifest
from thecal_tools.flashing import FlashError
from thecal_tools.flashing.on_board import FRESH, OnBoard
from thecal_tools.program_manifest import Manifest

# What the board had and gets, while it is being changed.
CHANGING = "firmware.changing"
# main.py first: from then on nothing starts without a manifest, whatever was there before.
_FIRST = (board_files.MAIN, board_files.BOARD, board_files.BOOT)

# Called with the name of the file and how many more bytes of it are there.
Progress = Callable[[str, int], None]


@dataclass
class Plan:
    """What is to be done to a board.

    before: its manifest, and interrupted: the list of a copy that was cut; None where there is none. changed: what is
    to be copied, in order. obsolete: what is to go. manifest: what will be written last.
    """

    files: dict[str, bytes]
    manifest: bytes
    before: Manifest | None
    interrupted: Manifest | None
    changed: list[str]
    obsolete: list[str]
    is_done: bool

    def versions(self) -> list[str]:
        """The versions whose records the board may hold."""
        return [manifest.version for manifest in (self.before, self.interrupted) if manifest is not None]


def plan(on_board: OnBoard, files: Mapping[str, bytes], board: str) -> Plan:
    """Compare a board with files (by path, without manifest)."""
    texts = [on_board.text(path) for path in (MANIFEST, CHANGING)]
    before, interrupted = (program_manifest.read(text) if text else None for text in texts)
    there = on_board.hashes(files)
    changed = in_order(path for path in files if there.get(path) != _hash(files[path]))
    listed = {path for manifest in (before, interrupted) if manifest is not None for path in manifest.files}
    obsolete = sorted(path for path in listed - set(files) if _is_ours(path))
    manifest = program_manifest.manifest_of(files, board)
    is_done = texts == [manifest.decode(), None] and not changed
    return Plan(dict(files), manifest, before, interrupted, changed, obsolete, is_done)


def install(on_board: OnBoard, made: Plan, progress: Progress = lambda _path, _count: None) -> None:
    """Do it. Raises FlashError where a file is not what was sent; the board then starts nothing."""
    if made.is_done:
        return
    # It names the version that last ran, as this one has not: whoever breaks off may go back.
    ran = max([*made.versions(), ""], key=program_manifest.numbers)
    listed = dict.fromkeys([*made.files, *made.obsolete], 0)
    on_board.write(CHANGING, program_manifest.text(listed, ran, ""))
    on_board.remove([MANIFEST])
    on_board.make_folders(made.changed)
    for path in made.changed:
        on_board.write(path, made.files[path], lambda count, path=path: progress(path, count))
    on_board.remove(made.obsolete)
    verify(on_board, made.files)
    on_board.write(MANIFEST, made.manifest)
    verify(on_board, {MANIFEST: made.manifest})
    on_board.remove([CHANGING, FRESH])


def verify(on_board: OnBoard, files: Mapping[str, bytes]) -> None:
    """Raises FlashError unless every file has its hash, computed on the board."""
    there = on_board.hashes(files)
    wrong = [path for path, content in files.items() if there.get(path) != _hash(content)]
    if wrong:
        raise FlashError(
            f"{wrong[0]}: the board's copy is not what was sent ({len(wrong)} of {len(files)} files differ); "
            "it starts nothing as it is: run the same command again"
        )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def in_order(paths: Iterable[str]) -> list[str]:
    """Files of the firmware in the order in which a board may get them."""
    return sorted(paths, key=lambda path: (_FIRST.index(path) if path in _FIRST else len(_FIRST), path))


def _is_ours(path: str) -> bool:
    """A path that a manifest of ours can hold: a file of the firmware, and nothing of the records."""
    return path in _FIRST or (path.startswith("thecal/") and ".." not in path.split("/"))
