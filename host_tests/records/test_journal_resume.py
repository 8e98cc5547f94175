"""A restart at any record, a power cut at any flash operation: the journal goes on where it ended."""

from functools import cache

import pytest

from records import book
from thecal.records import journal, record, resume
from thecal_tools import journal_export
from virtual_bench.volume import MemoryVolume

IN_HEAD, IN_SEGMENT = 12, 96


def sequences(volume) -> list[int]:
    data = book.raw(volume)
    return [record.sequence_of(data[at : at + record.SIZE]) for at in range(0, len(data), record.SIZE)]


@cache
def filled(count: int) -> tuple:
    """A volume's content after so many records."""
    volume = MemoryVolume()
    book.add(book.restarted(volume), count)
    return volume.snapshot()


def test_an_empty_volume_begins_at_number_zero_and_boot_one():
    volume = MemoryVolume()
    log = journal.Journal(volume, book.Clock())
    assert resume.resume_journal(volume, log) == 0
    assert (log.sequence, log.boot, log.oldest()) == (0, 1, 0)


@pytest.mark.parametrize("count", range(IN_SEGMENT + 2 * IN_HEAD + 2))
def test_a_restart_goes_on_after_the_last_record_wherever_that_stands(count):
    volume = MemoryVolume()
    clock = book.Clock(500)
    before = book.restarted(volume, clock)
    book.add(before, count)
    log = journal.Journal(volume, clock)
    assert resume.resume_journal(volume, log) == (500 + count if count else 0)
    assert (log.sequence, log.chain, log.boot) == (count, before.chain, 2 if count else 1)
    assert (log.firsts, log.segments, log.head_records, log.segment_records) == (
        before.firsts,
        before.segments,
        before.head_records,
        before.segment_records,
    )
    book.add(log, 2 * IN_HEAD + 1)
    assert sequences(volume) == list(range(count + 2 * IN_HEAD + 1))
    assert journal_export.verify(book.raw(volume)).sound
    for sequence in range(log.sequence):
        assert record.sequence_of(log.read(sequence)) == sequence


def test_every_boot_that_records_has_a_number_of_its_own():
    volume = MemoryVolume()
    for boot in range(1, 40):
        log = book.restarted(volume)
        assert log.boot == boot
        book.add(log, boot % 5 + 1)


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", range(5))
@pytest.mark.parametrize("count", [0, 1, IN_HEAD - 1, IN_HEAD, IN_SEGMENT, IN_SEGMENT + IN_HEAD, 65 * IN_SEGMENT])
def test_a_cut_at_any_operation_keeps_all_that_was_acknowledged_and_repeats_nothing(count, operation, is_after):
    volume = book.CutVolume()
    volume.restore(filled(count))
    log = book.restarted(volume)
    volume.cut_in(operation, is_after)
    with pytest.raises(book.CutHere):
        while True:
            book.add(log, 1)
    volume.cut_at = None
    after = book.restarted(volume)
    assert after.sequence in (log.sequence, log.sequence + 1)  # the record in hand is there or is not
    book.add(after, 2 * IN_HEAD)
    assert sequences(volume) == list(range(after.oldest(), after.sequence))
    assert journal_export.verify(book.raw(volume)).sound
    for sequence in range(max(after.oldest(), after.sequence - IN_SEGMENT), after.sequence):
        assert record.sequence_of(after.read(sequence)) == sequence


def test_a_cut_between_emptying_the_head_and_removing_it_leaves_each_record_once():
    volume = book.CutVolume()
    log = book.restarted(volume)
    book.add(log, IN_HEAD)
    volume.cut_in(0, is_after=True)
    with pytest.raises(book.CutHere):
        book.add(log, 1)
    assert volume.size(journal.HEAD) == volume.size("journal/00000000") == IN_HEAD * record.SIZE
    volume.cut_at = None
    after = book.restarted(volume)
    assert (after.sequence, after.head_records, volume.size(journal.HEAD)) == (IN_HEAD, 0, 0)


def test_a_damaged_last_record_of_the_head_keeps_its_place_and_its_number():
    volume = MemoryVolume()
    book.add(book.restarted(volume), 5)
    head = bytearray(volume.read(journal.HEAD) or b"")
    head[-10] ^= 1
    volume.write(journal.HEAD, head)
    log = book.restarted(volume)
    assert (log.sequence, log.head_records, log.damaged) == (5, 5, 1)
    book.add(log, 1)
    assert (volume.read(journal.HEAD) or b"")[:-40] == bytes(head)
    assert "checksum" in str(journal_export.verify(book.raw(volume)).findings[0])
