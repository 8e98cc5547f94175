"""Reads the records of earlier boots back, so that the pump goes on where they end. Loaded at the start only."""

from struct import calcsize, unpack, unpack_from

from micropython import const

from thecal.records import files, journal, ledger, mark, record, windows
from thecal.tables import doses, events

# How many segments before the last are looked through for the newest checkpoint; the rest is checked while running.
_SEGMENTS_BACK = const(2)


def resume_journal(volume, log):
    """Find the journal's end and begin a new boot; returns the pump second of its last record, 0 where none is.

    log: records.journal.Journal, which is open afterwards. A damaged record keeps its place and its number, and is
    counted. Checked is what came since the last checkpoint. What is no segment is left alone. Raises OSError where the
    journal cannot be read; it then stays closed, and nothing is written over it.
    """
    volume.mkdir(journal.FOLDER)
    volume.mkdir(journal.HEAD_FOLDER)
    firsts = [int(name) for name in volume.listdir(journal.FOLDER) if len(name) == 8 and name.isdigit()]
    surplus = max(len(firsts) - len(log.firsts) + 1, 0)
    # Never made by this firmware: the oldest of them are left where they are.
    log.damaged += surplus
    firsts = firsts[surplus:]
    log.segments = len(firsts)
    for index in range(len(firsts)):
        log.firsts[index] = firsts[index]
    if firsts:
        _follow(log, _whole_records(volume, log.path(log.segments - 1)), firsts[-1])
        log.segment_records = log.sequence - firsts[-1]
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
    _follow(log, head, max(first, log.sequence))
    for index in range(log.segments - 2, max(log.segments - 2 - _SEGMENTS_BACK, -1), -1):
        if log.checkpoint < 0:
            _check(log, volume.read(log.path(index)) or b"", log.firsts[index])
    log.boot += 1
    log.is_open = True
    return log.seconds


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


def _follow(log, data, first):
    last = _check(log, data, first)
    log.sequence = first + len(data) // record.SIZE
    if last is not None:
        log.chain = record.chain_of(last)
        log.boot = record.boot_of(last)
        log.seconds = record.pump_seconds_of(last)


def _check(log, data, first):
    # Counts damaged records and finds the newest checkpoint; returns the last sound record, None without one.
    last = None
    for index in range(len(data) // record.SIZE):
        entry = bytes(data[index * record.SIZE : (index + 1) * record.SIZE])
        if not record.sound(entry) or record.sequence_of(entry) != first + index:
            log.damaged += 1
            continue
        last = entry
        # Whole only with its last part: the payload begins with number and count of the parts.
        if entry[0] == events.CHECKPOINT and entry[record.HEADER] + 1 == entry[record.HEADER + 1]:
            log.checkpoint = first + index
            log.checkpoint_s = record.pump_seconds_of(entry)
    return last


def resume_ledger(volume, book):
    """Fill records.ledger.Ledger from its file; False where that is missing or damaged. Raises OSError."""
    body = files.unseal(ledger.MAGIC, volume.read(ledger.PATH))
    if body is None or len(body) != calcsize(ledger.FORMAT):
        return False
    values = unpack(ledger.FORMAT, body)
    for index in range(len(ledger.FIXED)):
        setattr(book, ledger.FIXED[index], values[index])
    at = len(ledger.FIXED)
    for name in ledger.ARRAYS:
        counts = getattr(book, name)
        for index in range(len(counts)):
            counts[index] = values[at]
            at += 1
    return True


def resume_mark(volume, reserved):
    """Fill records.mark.ReserveMark and its counts: all of its last block counts as reserved.

    Returns the pump second of the mark, or -1 where it is missing or damaged. Raises OSError.
    """
    body = files.unseal(mark.MAGIC, volume.read(mark.PATH))
    size = 8 + 4 * sum([len(counts) for counts in reserved.counts])
    # A pump that was just commissioned has written nothing of the gate.
    if body is None or len(body) not in (size, size + len(reserved.recent())):
        return -1
    reserved.committed, seconds = unpack_from("<II", body)
    reserved.total = reserved.committed
    at = 8
    for counts in reserved.counts:
        for kind in range(len(counts)):
            counts[kind] = unpack_from("<I", body, at)[0]
            at += 4
    reserved.resumed = body[at:]
    return seconds


def settle(book, total):
    """Bring the ledger's file and the mark's counts into agreement. total: steps that may ever have been given.

    Returns those of them that neither accounts for; they are uncertain from now on.
    """
    for kind in range(doses.KINDS):
        # The mark is behind where the flash refused it and took the ledger.
        for counts in (book.reserved, book.commanded):
            counts[kind] = max(counts[kind], book.reported[kind])
        given = max(book.commanded[kind] - book.bolus_from[kind], 0)
        book.bolus_given[kind] = min(given, book.bolus_granted[kind])
    uncertain = max(total - sum(book.reserved) - book.uncertain, 0)
    book.uncertain += uncertain
    # More than a block is missing only where the flash refused the mark while the pump ran, witness and all.
    book.stall[0] += min(uncertain, mark.BLOCK)
    book.since_refill = book.total() - book.refill_total
    return uncertain


def load_windows(volume):
    """(steps reserved then, snapshot) of the gate's windows, or None where they cannot be read."""
    try:
        body = files.unseal(windows.MAGIC, volume.read(windows.PATH))
    except OSError:
        return None
    return None if body is None else (unpack_from("<I", body)[0], body[4:])
