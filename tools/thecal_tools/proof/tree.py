"""The work tree as the proofs need it: what a result depends on, and copies that may be broken on purpose."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "build/proof"
# What the tests of a copy read; results, set-up and documents stay behind.
COPIED = ("firmware", "boards", "examples", "host_tests", "tools", "pyproject.toml", "thecal", "Makefile")
# Made by set-up. A copy uses the tree's own.
_SHARED = (".venv", "node_modules", "typings")
_SOURCES = (".py", ".json", ".toml", ".mjs")


def fingerprint(sources: Iterable[str]) -> str:
    """Hash over files, and over every source file in folders, named from the root. A missing one counts as empty."""
    root = ROOT
    digest = hashlib.sha256()
    files: set[Path] = set()
    for source in sources:
        path = root / source
        files.update(each for each in path.rglob("*") if each.suffix in _SOURCES and each.is_file())
        if path.is_file():
            files.add(path)
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def copy_to(folder: Path, renamed: tuple[tuple[str, str], ...] = ()) -> None:
    """A fresh copy of the tree in which tests run. renamed: (name here, name there) of further copies of a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.mpy", ".hypothesis", "build")
    for here, there in (*((name, name) for name in COPIED), *renamed):
        if (ROOT / here).is_dir():
            shutil.copytree(ROOT / here, folder / there, ignore=ignore)
        else:
            shutil.copy2(ROOT / here, folder / there)
    for name in _SHARED:
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)


def environment() -> dict[str, str]:
    """Of a program that runs in a copy: nothing of this tree's own paths or selections reaches it."""
    dropped = ("PYTHONPATH", "PYTEST_ADDOPTS", "THECAL_PROOF", "MAKEFLAGS", "COLUMNS")
    dropped_prefix = "PYTEST_XDIST"
    return {
        name: value for name, value in os.environ.items() if name not in dropped and not name.startswith(dropped_prefix)
    }
