"""The firmware's own files against their checksums, one file at a time (SR-35).

The manifest lies beside them: per file a line of eight hex digits, CRC-32, a space and the path. Who stages a board
writes it (thecal_tools.mpy_build).
"""

from binascii import crc32

MANIFEST = "firmware.crc"
_PIECE = 512


class ProgramFiles:
    """root: folder of manifest and files, with a slash at its end.

    proven: every file was read once since the start and was sound.
    """

    def __init__(self, root):
        self._root = root
        self._line = 0
        self.proven = False

    def check_next(self):
        """Check the next file of the manifest; False where it is damaged or missing. True where there is no manifest,
        but nothing is proven then."""
        expected = path = None
        try:
            with open(self._root + MANIFEST) as manifest:
                for _ in range(self._line + 1):
                    expected, _, path = manifest.readline().strip().partition(" ")
        except OSError:
            return True
        if not path:
            self.proven = self._line > 0
            self._line = 0
            return True
        self._line += 1
        try:
            return "%08x" % self._checksum(self._root + path) == expected
        except OSError:
            return False

    def _checksum(self, path):
        found = 0
        with open(path, "rb") as file:
            while True:
                piece = file.read(_PIECE)
                if not piece:
                    return found
                found = crc32(piece, found)
