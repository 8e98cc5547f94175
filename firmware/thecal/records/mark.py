"""The reserve mark: how many steps may have been given, written before they are (SR-37).

It advances a block at a time, so that a power cut leaves at most one block uncertain; uncertain steps count as given.
"""

from struct import pack, unpack

from micropython import const

from thecal.records import files

BLOCK = const(8)
_MAGIC = b"TMRK"
_PATH = "mark"


class ReserveMark:
    """total: steps of the pump's life that are reserved one by one. committed: the same rounded up to what is on flash."""

    def __init__(self, volume, clock):
        self._volume = volume
        self._clock = clock
        self.total = 0
        self.committed = 0
        self.seconds = 0

    def load(self):
        """Read the mark; all of its last block counts as reserved. False where the mark is missing or damaged."""
        body = files.unseal(_MAGIC, self._volume.read(_PATH))
        if body is None:
            return False
        self.committed, self.seconds = unpack("<II", body)
        self.total = self.committed
        return True

    def create(self):
        """First mark of a pump that is commissioned."""
        self._write(0)

    def reserve(self):
        """Reserve one step; commits a new block first where the last one is used up. Raises OSError, reserving none."""
        if self.total == self.committed:
            self._write(self.total + BLOCK)
        self.total += 1

    def _write(self, committed):
        self._volume.write(_PATH, files.seal(_MAGIC, pack("<II", committed, self._clock.seconds)))
        self.committed = committed
