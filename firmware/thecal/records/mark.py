"""The reserve mark: how many steps may have been given, written before they are (SR-37).

It advances a block at a time, so that a power cut leaves at most one block uncertain; uncertain steps count as given.
The counts by dose kind and the gate's newest buckets are saved with it, as they are when a block begins. It is written
far more often than any other file and has a folder of its own, which LittleFS then writes at the least wear.
"""

from struct import pack

from micropython import const

from thecal.records import files

BLOCK = const(8)
MAGIC = b"TMK4"
FOLDER = "reserve"
PATH = "reserve/mark"


def _nothing():
    return bytes()


class ReserveMark:
    """total: steps of the pump's life that are reserved one by one. committed: the same rounded up to what is on
    flash.

    counts: arrays of 32-bit numbers that are saved with it. counted: total when they were last written, -1 where they
    must be written anew. recent: callable, bytes of the gate that are saved behind
    them; resumed: those of before the reset.
    """

    def __init__(self, volume, clock, counts=(), recent=_nothing):
        self._volume = volume
        self._clock = clock
        self.counts = counts
        self.recent = recent
        self.resumed = b""
        self.counted = -1
        self.total = 0
        self.committed = 0

    def reserve(self):
        """Reserve one step; commits a new block first where the last one is used up. Raises OSError, reserving none."""
        if self.total == self.committed:
            self.commit(self.total + BLOCK)
        self.total += 1

    def commit(self, committed):
        """Write that so many steps may be given, and the counts. Raises OSError."""
        body = pack("<II", committed, self._clock.seconds)
        for counts in self.counts:
            body += pack("<%dI" % len(counts), *counts)
        self._volume.write(PATH, files.seal(MAGIC, body + self.recent()))
        self.committed = committed
        self.counted = self.total

    def save_counts(self):
        """Write the counts where steps were reserved since they were last written, or they must be. Raises OSError."""
        if self.total != self.counted:
            self.commit(self.committed)
