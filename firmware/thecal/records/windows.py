"""The gate's windows on flash: its own small file, so that its account stands apart from the ledger's."""

from struct import pack

from thecal.records import files

MAGIC = b"TGW2"
PATH = "windows"


class WindowsFile:
    """volume: see records.files. is_lost: as in records.ledger."""

    def __init__(self, volume):
        self._volume = volume
        self.is_lost = False

    def save(self, mark_total, snapshot):
        """snapshot: bytes of the gate. mark_total: steps reserved when it was taken. Raises OSError."""
        if self.is_lost:
            raise OSError(files.EIO)
        self._volume.write(PATH, files.seal(MAGIC, pack("<I", mark_total) + snapshot))
