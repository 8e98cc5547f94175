"""The firmware's sources as they are sent to a board: numbers in place of table constants, few modules, short names.

It behaves the same; see fold_board, fold_constants, merge_modules and shorten_names for what is done and why. Traceback
line numbers are those of the compact source, which stays in build/compact-board for whoever needs to read it.
"""

import hashlib
import os
from pathlib import Path

from thecal_tools.fold_board import for_board
from thecal_tools.fold_constants import folded
from thecal_tools.merge_modules import merged
from thecal_tools.scenario_file import board_module
from thecal_tools.shorten_names import shortened

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
FOR_BOARD = ROOT / "build" / "compact-board"
FOR_BENCH = ROOT / "build" / "compact-bench"
# Folders whose sources use firmware names from outside, or define the names of the hardware's modules, and stay as they
# are.
_OUTSIDE = {
    FOR_BOARD: (ROOT / "boards", ROOT / "tools" / "virtual_bench" / "modules"),
    FOR_BENCH: (
        ROOT / "tools" / "virtual_bench",
        ROOT / "tools" / "thecal_tools" / "bench_figures" / "inside",
        ROOT / "boards",
        ROOT / "host_tests" / "micropython",
    ),
}
_STAMP = "stamp"
# Tables that only hosts and displays read; a board does not get them.
HOST_ONLY = ("thecal/tables/event_fields.py", "thecal/tables/texts.py")


def compact_sources(made_for: Path, board: str = "") -> dict[str, Path]:
    """Every firmware module by its path below firmware/, as a compact file. Writes only what has changed.

    made_for: FOR_BOARD, where modules are merged and what that board never loads is left out, or FOR_BENCH, where the
    virtual bench uses them too and any board may be asked for.
    """
    folder = made_for / board
    paths = {path.relative_to(FIRMWARE).as_posix(): path for path in sorted(FIRMWARE.rglob("*.py"))}
    sources = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    outside = [path for folder in _OUTSIDE[made_for] for path in sorted(folder.rglob("*.py"))]
    others = [path.read_text(encoding="utf-8") for path in outside]
    stamp = _digest([*sources, *sources.values(), *others, _own_code()])
    names = _current(folder, stamp)
    if not names:
        if made_for == FOR_BOARD:
            sources = for_board(sources, board_module(board))
        texts = folded(sources, drops_names=made_for == FOR_BOARD)
        if made_for == FOR_BOARD:
            texts = merged({name: text for name, text in texts.items() if name not in HOST_ONLY})
        for name, text in shortened(texts, others).items():
            _replace(folder / name, text)
        names = list(texts)
        _replace(folder / _STAMP, "\n".join([stamp, *names]))
    return {name: folder / name for name in names}


def _current(folder: Path, stamp: str) -> list[str]:
    """The names of the files that were made of the same sources, none where they are not all there."""
    try:
        before, *names = (folder / _STAMP).read_text(encoding="utf-8").split("\n")
    except OSError:
        return []
    return names if before == stamp and all((folder / name).exists() for name in names) else []


def _digest(texts: list[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def _own_code() -> str:
    here = Path(__file__).parent
    steps = ("fold_board.py", "fold_constants.py", "merge_modules.py", "shorten_names.py")
    return "".join((here / name).read_text(encoding="utf-8") for name in steps)


def _replace(path: Path, text: str) -> None:
    # Several processes may write the same content at once; each replaces the file whole.
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
