"""The journal's head and segments: where records stand, which are kept, and how each is found again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import book
from thecal.records import journal, record
from thecal_tools import journal_export
from virtual_bench.volume import MemoryVolume

IN_HEAD, IN_SEGMENT, SEGMENTS = 12, 96, 64
KEPT = IN_SEGMENT * SEGMENTS


@pytest.fixture
def volume():
    return MemoryVolume()


@pytest.fixture
def log(volume):
    return book.restarted(volume)


def segments(volume) -> list[int]:
    """Records in each segment."""
    return [volume.size("journal/" + name) // record.SIZE for name in volume.listdir("journal")]


def payload_of(entry) -> bytes:
    assert entry is not None and record.sound(entry)
    return entry[18:30].rstrip(b"\0")


def test_the_head_is_emptied_into_a_segment_when_the_thirteenth_record_comes(volume, log):
    book.add(log, IN_HEAD)
    assert volume.size(journal.HEAD) == IN_HEAD * record.SIZE <= 512  # LittleFS's inline size on these boards
    assert segments(volume) == []
    book.add(log, 1)
    assert volume.size(journal.HEAD) == record.SIZE
    assert segments(volume) == [IN_HEAD]


def test_a_segment_takes_ninety_six_records_and_fits_a_flash_block(volume, log):
    book.add(log, IN_SEGMENT + IN_HEAD)
    assert segments(volume) == [IN_SEGMENT]
    assert IN_SEGMENT * record.SIZE <= 4096
    book.add(log, 1)
    assert segments(volume) == [IN_SEGMENT, IN_HEAD]
    assert volume.listdir("journal") == ["00000000", "00000096"]


def test_the_oldest_segment_goes_when_a_sixty_fifth_is_begun_and_five_thousand_records_stay(volume, log):
    book.add(log, KEPT + IN_HEAD)
    assert (len(segments(volume)), log.oldest()) == (SEGMENTS, 0)
    book.add(log, 1)
    assert (len(segments(volume)), log.oldest()) == (SEGMENTS, IN_SEGMENT)
    assert volume.listdir("journal")[0] == "00000096"
    assert log.sequence - log.oldest() >= 5_000
    assert journal_export.verify(book.raw(volume)).sound


def test_every_record_that_is_kept_is_read_by_its_number_and_no_other(log):
    book.add(log, KEPT + 3 * IN_SEGMENT + 7)
    assert log.oldest() == 3 * IN_SEGMENT
    for sequence in range(log.oldest(), log.sequence):
        entry = log.read(sequence)
        assert record.sequence_of(entry) == sequence
        assert payload_of(entry) == b"%d" % sequence
    for sequence in (-1, 0, log.oldest() - 1, log.sequence, log.sequence + 1, 2**32):
        assert log.read(sequence) is None


@settings(max_examples=40)
@given(st.integers(0, 400), st.data())
def test_any_record_is_found_however_many_there_are(count, data):
    log = book.restarted(MemoryVolume())
    book.add(log, count)
    assert log.oldest() == 0
    sequence = data.draw(st.integers(-5, count + 5))
    entry = log.read(sequence)
    assert (None if entry is None else record.sequence_of(entry)) == (sequence if 0 <= sequence < count else None)


def test_a_record_is_read_from_one_file_however_many_segments_there_are(mocker, volume, log):
    book.add(log, 5 * IN_SEGMENT)
    read = mocker.spy(volume, "read")
    assert record.sequence_of(log.read(log.sequence - IN_HEAD - 1)) == log.sequence - IN_HEAD - 1
    assert read.call_count == 1


def test_records_carry_the_times_the_quality_and_the_boot_of_their_moment(volume):
    clock = book.Clock(4_000)
    clock.millis = 250
    log = book.restarted(volume, clock)
    log.add(book.EVENT, b"one")
    clock.quality = 0
    log.add(book.EVENT)
    first, second = journal_export.read(book.raw(volume))
    assert (first["seq"], first["boot"], first["pump_time_ms"]) == (0, 1, 4_000_250)
    assert (first["wall_quality"], second["wall_quality"]) == ("set", "unknown")


def test_a_record_that_the_flash_refuses_is_counted_and_leaves_no_gap(volume, log):
    book.add(log, IN_HEAD - 1)
    for fault in ("is_failing", "is_full"):
        setattr(volume, fault, True)
        assert log.add(book.EVENT, b"lost") is False
        setattr(volume, fault, False)
        book.add(log, 1)
    assert log.failures == 2
    assert log.sequence == IN_HEAD + 1
    assert journal_export.verify(book.raw(volume)).sound
    assert log.read(IN_HEAD) is not None


@pytest.mark.parametrize("operation", ["append", "write"])
def test_a_head_that_could_not_be_emptied_is_emptied_once_later(mocker, volume, log, operation):
    book.add(log, IN_HEAD)
    failing = mocker.patch.object(volume, operation, side_effect=OSError(5))
    assert log.add(book.EVENT, b"lost") is False
    mocker.stop(failing)
    book.add(log, 2 * IN_HEAD)
    verdict = journal_export.verify(book.raw(volume))
    assert verdict.findings == ()
    assert verdict.records == 3 * IN_HEAD
    for sequence in range(3 * IN_HEAD):
        assert record.sequence_of(log.read(sequence)) == sequence


def test_nothing_is_ever_written_over_but_a_head_that_stands_in_a_segment_already(mocker, volume, log):
    def write(path, data):
        assert path == journal.HEAD
        assert volume.read("journal/" + volume.listdir("journal")[-1]).endswith(volume.read(path))
        written.append(data)
        replace(path, data)

    written = []
    replace = volume.write
    mocker.patch.object(volume, "write", side_effect=write)
    book.add(log, 3 * IN_SEGMENT + 1)
    assert len(written) == 3 * IN_SEGMENT // IN_HEAD
