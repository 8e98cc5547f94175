"""The manifest of a board's firmware, by which the board checks its own files (thecal.drivers.program_files).

Per file a line "CRC-32 PATH"; last a line without a blank, "thecal=VERSION;board=NAME", where the board stops reading.
It is written after all files and taken away before the first of them is changed: main.py, which wants one, never starts
files of two versions together.
"""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

from thecal import VERSION
from thecal.drivers.program_files import MANIFEST


class Manifest(NamedTuple):
    """What a manifest says. files: paths on the board. version, board: "" where it does not say."""

    files: frozenset[str]
    version: str = ""
    board: str = ""


def with_manifest(files: Mapping[str, bytes], board: str = "") -> dict[str, bytes]:
    """These files, by path on the board, and a manifest of them. board: the name of the board they are for."""
    return {**files, MANIFEST: manifest_of(files, board)}


def manifest_of(files: Mapping[str, bytes], board: str) -> bytes:
    """The manifest of these files."""
    return text({path: zlib.crc32(content) for path, content in files.items()}, VERSION, board)


def text(sums: Mapping[str, int], version: str, board: str) -> bytes:
    """A manifest's content. sums: CRC-32 by path."""
    lines = "".join(f"{sums[path]:08x} {path}\n" for path in sorted(sums))
    return f"{lines}thecal={version};board={board}\n".encode()


def read(content: str) -> Manifest:
    """What a manifest says; a line that is none of its kind is passed over."""
    files: set[str] = set()
    fields: dict[str, str] = {}
    for line in content.splitlines():
        _, blank, path = line.partition(" ")
        if blank:
            files.add(path)
        else:
            for field in line.split(";"):
                name, _, value = field.partition("=")
                fields[name] = value
    return Manifest(frozenset(files), fields.get("thecal", ""), fields.get("board", ""))


def numbers(version: str) -> tuple[int, ...]:
    """A version for comparison; the lowest for one that says nothing."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
