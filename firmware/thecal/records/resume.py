"""Reads the records of earlier boots back, so that the pump goes on where they end. Loaded at the start only."""

from struct import calcsize, unpack, unpack_from

from thecal.records import files, journal, ledger, mark, record, windows


def resume_journal(volume, log):
    """Find the journal's last record and begin a new boot; returns the pump second of that record, 0 where none is.

    log: records.journal.Journal. Raises OSError where the volume cannot be read.
    """
    volume.mkdir(journal.FOLDER)
    log.names = volume.listdir(journal.FOLDER)
    seconds = 0
    if log.names:
        log.segment_records, seconds = _follow(log, volume.read(journal.FOLDER + "/" + log.names[-1]), 0)
    head = volume.read(journal.HEAD) or b""
    if head and record.sequence_of(head) < log.sequence:
        # The cut came after the head was emptied into the segment and before it was removed.
        volume.remove(journal.HEAD)
        head = b""
    log.head_records, seconds = _follow(log, head, seconds)
    log.boot += 1
    return seconds


def _follow(log, data, seconds):
    whole = len(data) // record.SIZE if data else 0
    for index in range(whole):
        entry = bytes(data[index * record.SIZE : (index + 1) * record.SIZE])
        if not record.sound(entry):
            return index, seconds
        log.sequence = record.sequence_of(entry) + 1
        log.chain = record.chain_of(entry)
        log.boot = record.boot_of(entry)
        seconds = record.pump_seconds_of(entry)
    return whole, seconds


def resume_ledger(volume, book):
    """Fill records.ledger.Ledger from its file; False where that is missing or damaged. Raises OSError."""
    body = files.unseal(ledger.MAGIC, volume.read(ledger.PATH))
    if body is None or len(body) != calcsize(ledger.FORMAT):
        return False
    values = unpack(ledger.FORMAT, body)
    (
        book.seconds,
        book.mark_total,
        book.uncertain,
        book.reservoir_set_nl,
        book.since_refill,
        book.last_bolus_end,
        book.holds,
    ) = values[:7]
    at = 7
    for counts in book.arrays():
        for index in range(len(counts)):
            counts[index] = values[at]
            at += 1
    return True


def resume_mark(volume, reserved):
    """Fill records.mark.ReserveMark: all of its last block counts as reserved.

    Returns the pump second of the mark, or -1 where it is missing or damaged. Raises OSError.
    """
    body = files.unseal(mark.MAGIC, volume.read(mark.PATH))
    if body is None:
        return -1
    reserved.committed, seconds = unpack("<II", body)
    reserved.total = reserved.committed
    return seconds


def load_windows(volume):
    """(steps reserved then, snapshot) of the gate's windows, or None where they are missing or damaged. Raises
    OSError."""
    body = files.unseal(windows.MAGIC, volume.read(windows.PATH))
    return None if body is None else (unpack_from("<I", body)[0], body[4:])
