"""The journal: append-only, numbered, checksummed, hash-chained records in 4 KiB segments.

A head file takes twelve records and fits LittleFS's inline size; a full head is emptied into the current segment, which
keeps the erases per record low. A cut between the two leaves the same records in both places, and reading drops the
second. Segments are named by the sequence number of their first record, and the oldest is removed.
"""

from micropython import const

from thecal.records import record

_FOLDER = "journal"
_HEAD = "journal.head"
_HEAD_RECORDS = const(12)
_SEGMENT_RECORDS = const(96)
_SEGMENTS = const(64)


class Journal:
    """volume: see records.files. clock: gives seconds, millis, wall() and quality."""

    def __init__(self, volume, clock):
        self._volume = volume
        self._clock = clock
        self._names = []
        self._segment_records = 0
        self._head_records = 0
        self.sequence = 0
        self.chain = record.CHAIN_START
        self.boot = 0
        self.last_seconds = 0
        self.failures = 0

    def open(self):
        """Find the last record and start a new boot. Raises OSError where the volume cannot be read."""
        self._volume.mkdir(_FOLDER)
        self._names = self._volume.listdir(_FOLDER)
        self._segment_records = 0
        if self._names:
            self._segment_records = self._resume_from(self._volume.read(self._path(-1)))
        head = self._volume.read(_HEAD) or b""
        if head and record.sequence_of(head) < self.sequence:
            # The cut came after the head was emptied into the segment and before it was removed.
            self._volume.remove(_HEAD)
            head = b""
        self._head_records = self._resume_from(head)
        self.boot += 1

    def add(self, event, payload=b""):
        """Append one record and return True once it is safe; False where the volume fails, which is counted."""
        clock = self._clock
        entry = record.write(
            event, clock.quality, self.boot, self.sequence, clock.seconds, clock.millis, clock.wall(), payload, self.chain
        )
        try:
            if self._head_records == _HEAD_RECORDS:
                self._empty_head()
            self._volume.append(_HEAD, entry)
        except OSError:
            self.failures += 1
            return False
        self._head_records += 1
        self.sequence += 1
        self.chain = record.chain_of(entry)
        return True

    def read(self, sequence):
        """The record with that number, or None where it is not kept (any more). Raises OSError."""
        head_first = self.sequence - self._head_records
        if sequence >= head_first:
            data, first = self._volume.read(_HEAD), head_first
        else:
            data, first = None, 0
            for name in self._names:
                if int(name) <= sequence:
                    data, first = self._volume.read(_FOLDER + "/" + name), int(name)
        at = (sequence - first) * record.SIZE
        if data is None or not 0 <= at < len(data):
            return None
        return bytes(data[at : at + record.SIZE])

    def oldest(self):
        """Sequence number of the oldest record that is kept."""
        return int(self._names[0]) if self._names else self.sequence - self._head_records

    def _path(self, index):
        return _FOLDER + "/" + self._names[index]

    def _resume_from(self, data):
        whole = len(data) // record.SIZE if data else 0
        for index in range(whole):
            entry = bytes(data[index * record.SIZE : (index + 1) * record.SIZE])
            if not record.sound(entry):
                return index
            self.sequence = record.sequence_of(entry) + 1
            self.chain = record.chain_of(entry)
            self.boot = record.boot_of(entry)
            self.last_seconds = record.pump_seconds_of(entry)
        return whole

    def _empty_head(self):
        head = self._volume.read(_HEAD)
        if not self._names or self._segment_records >= _SEGMENT_RECORDS:
            self._names.append("%08d" % (self.sequence - self._head_records))
            self._segment_records = 0
        self._volume.append(self._path(-1), head)
        self._segment_records += self._head_records
        self._volume.remove(_HEAD)
        self._head_records = 0
        if len(self._names) > _SEGMENTS:
            self._volume.remove(self._path(0))
            self._names.pop(0)
