"""The firmware of one board as a folder for `mpremote mip install`: package.json beside the files that it names.

mip copies what the list says, in its order, and knows nothing of versions, boards or records. So the list begins with
an empty manifest, with which main.py starts nothing, and ends with the real one.
"""

import json

from thecal import VERSION
from thecal.drivers.program_files import MANIFEST
from thecal_tools import board_files, program_manifest
from thecal_tools.flashing.installing import in_order

PACKAGE = "package.json"
_EMPTY = "incomplete.crc"


def package(board: str) -> dict[str, bytes]:
    """Content by path in the package's folder. Raises BuildError."""
    files = program_manifest.with_manifest(board_files.files(board), board)
    program = [path for path in files if path != MANIFEST]
    urls = [[MANIFEST, _EMPTY], *([path, path] for path in in_order(program)), [MANIFEST, MANIFEST]]
    document = {"version": VERSION, "urls": urls}
    return {**files, _EMPTY: b"", PACKAGE: (json.dumps(document, indent=1) + "\n").encode()}
