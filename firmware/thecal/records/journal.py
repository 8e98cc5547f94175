"""The journal: append-only, numbered, checksummed, hash-chained records in 4 KiB segments.

A head file takes twelve records and fits LittleFS's inline size; a full head is copied into the current segment and
then replaced by the next record, which keeps the erases per record low. A cut between the two leaves the same records
in both places, and reading drops the second. Segments are named by the sequence number of their first record, and the
oldest is removed. The head has a folder of its own, because a folder's small files are all written again whenever one
of them fills its block.
"""

from array import array

from micropython import const

from thecal.records import record

FOLDER = "journal"
HEAD_FOLDER = "head"
HEAD = "head/journal"
_HEAD_RECORDS = const(12)
_SEGMENT_RECORDS = const(96)
_SEGMENTS = const(64)


class Journal:
    """volume: see records.files. clock: gives seconds, millis, wall() and quality.

    is_open: records.resume has found its end; before, and where it cannot be read, nothing is added to it. damaged:
    records that were found changed then. sequence: number of the next record. seconds: pump second of the last one.
    boot: counts the boots. failures: records that were refused. checkpoint, checkpoint_s: number and pump second of the
    newest checkpoint's last record, number -1 where none is known.
    """

    def __init__(self, volume, clock):
        self._volume = volume
        self._clock = clock
        # First sequence number of each segment, oldest first, in a fixed place: a full journal takes no more heap.
        self.firsts = array("I", bytearray(4 * (_SEGMENTS + 2)))
        self.segments = 0
        self.segment_records = 0
        self.head_records = 0
        self.sequence = 0
        self.seconds = 0
        self.checkpoint = -1
        self.checkpoint_s = 0
        self.chain = record.CHAIN_START
        self.boot = 0
        self.is_open = False
        self.damaged = 0
        self.failures = 0

    def add(self, event, payload=b""):
        """Append one record and return True once it is safe; False where that fails, which is counted."""
        if not self.is_open:
            return self._failed()
        clock = self._clock
        entry = record.write(
            event,
            clock.quality,
            self.boot,
            self.sequence,
            clock.seconds,
            clock.millis,
            clock.wall(),
            payload,
            self.chain,
        )
        try:
            if self.head_records == _HEAD_RECORDS:
                self._empty_head()
                # One step less for the flash than removing the file and making it anew.
                self._volume.write(HEAD, entry)
                self.head_records = 0
            else:
                self._volume.append(HEAD, entry)
        except OSError:
            return self._failed()
        self.head_records += 1
        self.sequence += 1
        self.seconds = clock.seconds
        self.chain = record.chain_of(entry)
        return True

    def _failed(self):
        self.failures += 1
        # A state that no record tells: the next checkpoint shall.
        self.checkpoint = -1
        return False

    def read(self, sequence):
        """The record with that number, or None where it is not kept (any more). Raises OSError."""
        first, data = self.file_of(sequence)
        at = (sequence - first) * record.SIZE
        if data is None or not 0 <= at < len(data):
            return None
        return bytes(data[at : at + record.SIZE])

    def file_of(self, sequence):
        """(number of its first record, content or None) of the file where that record stands or stood."""
        first = self.sequence - self.head_records
        if sequence >= first:
            return first, self._volume.read(HEAD)
        index = self.segments - 1
        while index >= 0 and self.firsts[index] > sequence:
            index -= 1
        if index < 0:
            return sequence, None
        return self.firsts[index], self._volume.read(self.path(index))

    def oldest(self):
        """Sequence number of the oldest record that is kept."""
        return self.firsts[0] if self.segments else self.sequence - self.head_records

    def path(self, index):
        """Of one segment, 0 the oldest."""
        return FOLDER + "/%08d" % self.firsts[index]

    def _empty_head(self):
        # After a write that failed, the head's records stand in the segment already.
        if not self.segments or self.firsts[self.segments - 1] + self.segment_records < self.sequence:
            self._copy_head()
        while self.segments > _SEGMENTS:
            self._volume.remove(self.path(0))
            self.segments -= 1
            for index in range(self.segments):
                self.firsts[index] = self.firsts[index + 1]

    def _copy_head(self):
        head = self._volume.read(HEAD)
        if not self.segments or self.segment_records >= _SEGMENT_RECORDS:
            self.firsts[self.segments] = self.sequence - self.head_records
            self.segments += 1
            self.segment_records = 0
        self._volume.append(self.path(self.segments - 1), head)
        self.segment_records += self.head_records
