"""The firmware's sources as they are sent to a board: numbers in place of table constants, short names, same behaviour.

See fold_constants and shorten_names for what is done and why. Traceback line numbers are those of the compact source,
which stays in build/compact for whoever needs to read it.
"""

import hashlib
import os
from pathlib import Path

from thecal_tools.fold_constants import folded
from thecal_tools.shorten_names import shortened

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
COMPACT = ROOT / "build" / "compact"
# Folders whose sources use firmware names from outside and stay as they are.
_OUTSIDE = (ROOT / "tools" / "virtual_bench", ROOT / "boards", ROOT / "host_tests" / "micropython")
_STAMP = "stamp"
# Tables that only hosts and displays read; a board does not get them.
HOST_ONLY = ("thecal/tables/event_fields.py", "thecal/tables/texts.py")


def compact_sources() -> dict[str, Path]:
    """Every firmware module by its path below firmware/, as a file below build/compact. Writes only what has
    changed."""
    paths = {path.relative_to(FIRMWARE).as_posix(): path for path in sorted(FIRMWARE.rglob("*.py"))}
    sources = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    others = [path.read_text(encoding="utf-8") for folder in _OUTSIDE for path in sorted(folder.rglob("*.py"))]
    stamp = _digest([*sources, *sources.values(), *others, _own_code()])
    made = {name: COMPACT / name for name in sources}
    if not _is_current(stamp, made):
        for name, text in shortened(folded(sources), others).items():
            _replace(made[name], text)
        _replace(COMPACT / _STAMP, stamp)
    return made


def _is_current(stamp: str, made: dict[str, Path]) -> bool:
    try:
        return (COMPACT / _STAMP).read_text(encoding="utf-8") == stamp and all(path.exists() for path in made.values())
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
