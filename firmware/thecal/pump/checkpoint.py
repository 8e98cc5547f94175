"""The checkpoint: the ledger's content in the journal, from which a host rebuilds all later states. Loaded when due."""

from micropython import const

from thecal.tables import events

_PART = const(10)


def write(body):
    """Write the ledger into the journal, in parts, and save it; parts that hold only zeros are left out."""
    journal = body.journal
    if body.ledger.is_lost:
        return
    body.ledger.account_for(journal.sequence, journal.seconds, body.holds)
    data = body.ledger.to_bytes()
    parts = -(-len(data) // _PART)
    for part in range(parts):
        piece = data[part * _PART : (part + 1) * _PART]
        is_needed = part in (0, parts - 1) or piece.strip(b"\0")
        if is_needed and not body.record(events.CHECKPOINT, "<BB10s", part, parts, piece):
            return
    journal.checkpoint = journal.sequence - 1
    journal.checkpoint_s = body.clock.seconds
    body.save_ledger()
