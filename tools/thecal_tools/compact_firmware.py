"""The firmware's sources as they are sent to a board: numbers in place of table constants, short names, same behaviour.

See fold_constants and shorten_names for what is done and why. Traceback line numbers are those of the compact source,
which stays in build/compact-board for whoever needs to read it.
"""

import hashlib
import os
from pathlib import Path

from thecal_tools.fold_constants import folded
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


def compact_sources(made_for: Path) -> dict[str, Path]:
    """Every firmware module by its path below firmware/, as a compact file. Writes only what has changed.

    made_for: FOR_BOARD, or FOR_BENCH where the virtual bench uses the firmware too; the folder of the files.
    """
    paths = {path.relative_to(FIRMWARE).as_posix(): path for path in sorted(FIRMWARE.rglob("*.py"))}
    sources = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    outside = [path for folder in _OUTSIDE[made_for] for path in sorted(folder.rglob("*.py"))]
    others = [path.read_text(encoding="utf-8") for path in outside]
    stamp = _digest([*sources, *sources.values(), *others, _own_code()])
    made = {name: made_for / name for name in sources}
    if not _is_current(made_for / _STAMP, stamp, made):
        for name, text in shortened(folded(sources, drops_names=made_for == FOR_BOARD), others).items():
            _replace(made[name], text)
        _replace(made_for / _STAMP, stamp)
    return made


def _is_current(stamp_file: Path, stamp: str, made: dict[str, Path]) -> bool:
    try:
        return stamp_file.read_text(encoding="utf-8") == stamp and all(path.exists() for path in made.values())
    except OSError:
        return False


def _digest(texts: list[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def _own_code() -> str:
    here = Path(__file__).parent
    return "".join((here / name).read_text(encoding="utf-8") for name in ("fold_constants.py", "shorten_names.py"))


def _replace(path: Path, text: str) -> None:
    # Several processes may write the same content at once; each replaces the file whole.
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
