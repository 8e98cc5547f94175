"""The gate's windows on flash: its own small file, so that its account stands apart from the ledger's."""

from struct import pack, unpack_from

from thecal.records import files

_MAGIC = b"TGW1"
_PATH = "windows"


class WindowsFile:
    """volume: see records.files."""

    def __init__(self, volume):
        self._volume = volume

    def save(self, mark_total, snapshot):
        """snapshot: bytes of the gate. mark_total: steps reserved when it was taken. Raises OSError."""
        self._volume.write(_PATH, files.seal(_MAGIC, pack("<I", mark_total) + snapshot))

    def load(self):
        """(mark_total, snapshot), or None where the file is missing or damaged. Raises OSError."""
        body = files.unseal(_MAGIC, self._volume.read(_PATH))
        return None if body is None else (unpack_from("<I", body)[0], body[4:])
