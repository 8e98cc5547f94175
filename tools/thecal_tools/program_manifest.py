"""The manifest of a board's firmware, by which the board checks its own files (thecal.drivers.program_files)."""

import zlib
from collections.abc import Mapping

from thecal.drivers.program_files import MANIFEST


def with_manifest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """These files, by path on the board, and a manifest of them: a line "CRC-32 PATH" for each."""
    lines = "".join(f"{zlib.crc32(content):08x} {path}\n" for path, content in sorted(files.items()))
    return {**files, MANIFEST: lines.encode()}
