"""The firmware's .mpy files, by room and as a board gets them: bytes, and the names that a board must keep."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from thecal_tools import mpy_build
from thecal_tools.compact_firmware import HOST_ONLY
from thecal_tools.errors import ThecalError

TOP = "top"
_MAGIC = ord("M")
_HEADER = 4


def by_target() -> dict[str, Path]:
    """What a board gets, compiled: "thecal/app.mpy" and its file. Raises BuildError."""
    return mpy_build.board_modules()


def room_of(target: str) -> str:
    """The room that a module belongs to; TOP for what lies above the rooms."""
    folder, _, rest = target.removeprefix("thecal/").partition("/")
    return folder if rest else TOP


def staged() -> dict[str, Any]:
    """Of all that a board gets: files, bytes, and distinct names."""
    return _sum(by_target())


def sizes() -> dict[str, dict[str, Any]]:
    """By room, before a board's modules are merged: files, bytes, and distinct names."""
    rooms: dict[str, dict[str, Path]] = {}
    for target, path in mpy_build.build(mpy_build.firmware_sources()).items():
        if target.replace(".mpy", ".py") not in HOST_ONLY:
            rooms.setdefault(room_of(target), {})[target] = path
    return {room: _sum(rooms[room]) for room in sorted(rooms)}


def _sum(files: dict[str, Path]) -> dict[str, Any]:
    contents = {target: path.read_bytes() for target, path in files.items()}
    return {
        "files": len(contents),
        "mpy_bytes": sum(len(content) for content in contents.values()),
        "names": {name for target, content in contents.items() for name in names(content, target)},
    }


def names(content: bytes, target: str) -> set[str]:
    """All names that loading a .mpy file brings along, those that every interpreter has in its ROM not among them."""
    if len(content) < _HEADER or content[0] != _MAGIC:
        raise ThecalError(f"{target}: is no .mpy file")
    count, at = _number(content, _HEADER)
    _, at = _number(content, at)
    module = module_name(target)
    found = {module, *module.split(".")}
    for _ in range(count):
        length, at = _number(content, at)
        # An odd number stands for a name of the interpreter's own.
        if not length & 1:
            length >>= 1
            found.add(content[at : at + length].decode())
            at += length + 1
    return found


def module_name(target: str) -> str:
    """ "thecal/pump/delivery.mpy" is thecal.pump.delivery."""
    return target.removesuffix(".mpy").removesuffix("/__init__").replace("/", ".")


def in_import_order(modules: set[str]) -> Iterator[str]:
    """Modules of the firmware so that each comes after those that it imports at its top."""
    sources = {module_name(target): path for target, path in mpy_build.firmware_sources().items()}
    done: set[str] = set()

    def visit(module: str) -> Iterator[str]:
        if module in done or module not in sources:
            return
        done.add(module)
        yield from visit(module.rpartition(".")[0])
        for needed in _imports(sources[module]):
            yield from visit(needed)
        if module in modules:
            yield module

    for module in sorted(modules):
        yield from visit(module)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where the next thing begins."""
    number = 0
    while True:
        byte = content[at]
        at += 1
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            return number, at
