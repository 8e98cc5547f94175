"""Reads the journal again while the pump runs, a few records at a time, round and round (SR-39)."""

from micropython import const

from thecal.records import record

_AT_ONCE = const(12)


class JournalCheck:
    """journal: records.journal.Journal."""

    def __init__(self, journal):
        self._journal = journal
        self._next = 0
        self._chain = None
        self._found = 0
        self._known = 0

    def run(self):
        """Check up to twelve records of one file; True where damage is found that neither the boot nor the round before
        found. Raises OSError."""
        log = self._journal
        if not log.oldest() <= self._next < log.sequence:
            self._next = log.oldest()
            self._chain = None
            self._known, self._found = self._found, 0
        first, data = log.file_of(self._next)
        end = first + len(data or b"") // record.SIZE
        if self._next >= end and self._next < log.sequence:
            # Records are missing at the file's end: go on with the file after it.
            self._found += 1
            self._chain = None
            self._next = self._file_after()
        for sequence in range(self._next, min(end, self._next + _AT_ONCE)):
            at = (sequence - first) * record.SIZE
            self._follow(bytes(data[at : at + record.SIZE]), sequence)
            self._next = sequence + 1
        if self._found <= max(self._known, log.damaged):
            return False
        self._known = self._found
        return True

    def _file_after(self):
        log = self._journal
        for index in range(log.segments):
            if log.firsts[index] > self._next:
                return log.firsts[index]
        head = log.sequence - log.head_records
        return head if head > self._next else log.sequence

    def _follow(self, entry, sequence):
        is_sound = record.sound(entry) and record.sequence_of(entry) == sequence
        if not is_sound or (self._chain is not None and record.chain_of(entry) != record.link(self._chain, entry)):
            self._found += 1
        self._chain = record.chain_of(entry) if is_sound else None
