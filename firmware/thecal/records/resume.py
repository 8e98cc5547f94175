"""Reads the records of earlier boots back, so that the pump goes on where they end. Loaded at the start only."""

from struct import calcsize, unpack, unpack_from

from thecal.records import files, journal, ledger, mark, record, windows


def resume_journal(volume, log):
    """Find the journal's end and begin a new boot; returns the pump second of its last record, 0 where none is.

    log: records.journal.Journal, which is open afterwards. A damaged record keeps its place and its number, and is
    counted. Raises OSError where the journal cannot be read; it then stays closed, and nothing is written over it.
    """
    volume.mkdir(journal.FOLDER)
    volume.mkdir(journal.HEAD_FOLDER)
    names = volume.listdir(journal.FOLDER)
    log.segments = len(names)
    for index in range(len(names)):
        log.firsts[index] = int(names[index])
    seconds = 0
    if names:
        first = int(names[-1])
        seconds = _follow(log, _whole_records(volume, journal.FOLDER + "/" + names[-1]), first, 0)
        log.segment_records = log.sequence - first
    head = _whole_records(volume, journal.HEAD)
    first = _first_number(head, log.sequence)
    emptied = (log.sequence - first) * record.SIZE
    if head and emptied >= len(head):
        # The cut came after the head was emptied into the segment and before it was removed.
        volume.remove(journal.HEAD)
        head = b""
    elif emptied > 0:
        head = head[emptied:]
        volume.write(journal.HEAD, head)
    log.head_records = len(head) // record.SIZE
    seconds = _follow(log, head, max(first, log.sequence), seconds)
    log.boot += 1
    log.is_open = True
    return seconds


def _whole_records(volume, path):
    # Part of a record is what a cut left of an append that was never answered.
    data = volume.read(path) or b""
    whole = len(data) - len(data) % record.SIZE
    if whole < len(data):
        data = data[:whole]
        volume.write(path, data)
    return data


def _first_number(data, otherwise):
    for index in range(len(data) // record.SIZE):
        entry = data[index * record.SIZE : (index + 1) * record.SIZE]
        if record.sound(entry):
            return record.sequence_of(entry) - index
    return otherwise


def _follow(log, data, first, seconds):
    log.sequence = first
    for index in range(len(data) // record.SIZE):
        entry = bytes(data[index * record.SIZE : (index + 1) * record.SIZE])
        if record.sound(entry) and record.sequence_of(entry) == log.sequence:
            log.chain = record.chain_of(entry)
            log.boot = record.boot_of(entry)
            seconds = record.pump_seconds_of(entry)
        else:
            log.damaged += 1
        log.sequence += 1
    return seconds


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
        book.parked_s,
        book.holds,
    ) = values[:8]
    at = 8
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
    if body is None or len(body) != 8:
        return -1
    reserved.committed, seconds = unpack("<II", body)
    reserved.total = reserved.committed
    return seconds


def load_windows(volume):
    """(steps reserved then, snapshot) of the gate's windows, or None where they cannot be read."""
    try:
        body = files.unseal(windows.MAGIC, volume.read(windows.PATH))
    except OSError:
        return None
    return None if body is None else (unpack_from("<I", body)[0], body[4:])
