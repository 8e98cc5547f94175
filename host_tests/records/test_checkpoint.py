"""Checkpoints: a new pump has one from its first boot on, then one a day; and the journal holds what it must hold."""

import pytest

from records import book
from rig import FLEX, SIMPLE, Rig
from thecal.records import journal, record, resume
from thecal.tables import alarms, events
from thecal_tools import journal_replay
from thecal_tools.journal_verify import chunks
from virtual_bench import results
from virtual_bench.volume import MemoryVolume

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
IN_SEGMENT, SEGMENTS = 96, 64
# One segment may just have been removed and the next hardly begun.
KEPT = IN_SEGMENT * (SEGMENTS - 1)


def first_parts(rig) -> list[int]:
    """Pump hours of the checkpoints."""
    rows = [row for row in rig.journal() if row["event"] == "checkpoint" and row["fields"]["part"] == 0]
    return [row["pump_time_ms"] // HOUR_MS for row in rows]


def test_a_pump_writes_one_at_its_first_boot_and_then_one_a_day():
    rig = Rig(wall=None)
    rig.run_for(3 * DAY_MS + HOUR_MS)
    assert first_parts(rig) == [0, 24, 48, 72]


def test_a_boot_writes_none_where_there_is_one_of_today():
    rig = Rig(wall=None)
    rig.run_for(2 * HOUR_MS)
    for _ in range(3):
        rig.world.at_ms(0, lambda _: rig.world.cut_power(1_000))
        rig.run_for(HOUR_MS)
    assert (first_parts(rig), rig.app.journal.checkpoint_s) == ([0], 0)


def test_zeros_are_left_out_but_the_first_and_the_last_part_say_that_it_is_whole():
    rig = Rig()
    parts = rig.events("checkpoint")
    numbers = [fields["part"] for fields in parts]
    assert (numbers[0], numbers[-1]) == (0, parts[0]["parts"] - 1)
    assert len(numbers) < parts[0]["parts"] // 2
    assert journal_replay.Replay(chunks(results.journal_bytes(rig.volume))).checkpoints == 1


def test_records_that_the_flash_refused_are_followed_by_a_checkpoint():
    rig = Rig(wall=None)
    rig.run_for(HOUR_MS + 60_000)
    rig.bench.faults.set("flash_failing")
    rig.app.pump.stop()
    rig.bench.faults.clear("flash_failing")
    assert rig.app.journal.checkpoint == -1
    rig.run_for(HOUR_MS)
    assert first_parts(rig) == [0, 2]


@pytest.mark.req("SR-39")
def test_thirty_days_of_an_ordinary_prescription_and_five_thousand_events_are_kept():
    assert KEPT >= 5_000
    rig = Rig(FLEX)
    # A patient who asks ten times a day, and an alarm.
    for hour in range(1, 11):
        rig.press("bolus", 1_200, hour * 2 * HOUR_MS)
    rig.world.at_ms(5 * HOUR_MS, lambda _: rig.app.pump.lose_clock())
    rig.world.at_ms(6 * HOUR_MS, lambda _: rig.app.pump.set_clock(194_594_400))
    rig.run_for(60_000)
    begin = rig.app.journal.sequence
    rig.run_for(DAY_MS)
    assert 30 * (rig.app.journal.sequence - begin) <= KEPT


def test_what_is_no_segment_is_left_alone_and_harms_nothing():
    volume = MemoryVolume()
    book.add(book.restarted(volume), 2 * IN_SEGMENT)
    foreign = ("readme.txt", "0000009", "000000960", "0000x000", ".DS_Store")
    for name in foreign:
        volume.write("journal/" + name, b"words")
    log = book.restarted(volume)
    assert (log.sequence, log.segments, log.damaged) == (2 * IN_SEGMENT, 2, 0)
    book.add(log, IN_SEGMENT)
    assert set(foreign) <= set(volume.listdir("journal"))


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("count", [64, 65, 66, 67, 100])
def test_more_segments_than_the_pump_ever_makes_alarm_and_keep_no_pump_from_starting(count):
    volume = MemoryVolume()
    for number in range(count):
        entries, chain = [], record.CHAIN_START
        for index in range(2):
            sequence = 2 * number + index
            made = record.write(book.EVENT, 1, 1, sequence, sequence, 0, 0, b"", chain)
            chain = record.chain_of(made)
            entries.append(made)
        volume.write(f"journal/{2 * number:08d}", b"".join(entries))
    log = journal.Journal(volume, book.Clock())
    assert resume.resume_journal(volume, log) == 2 * count - 1
    assert (log.sequence, log.damaged) == (2 * count, max(count - 65, 0))
    book.add(log, 3 * IN_SEGMENT)
    assert log.segments == SEGMENTS
    rig = Rig(SIMPLE, volume=volume)
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges in (39, 40, 41)
    if count > 65:
        assert rig.app.body.alarms.active(alarms.RECORDS_DAMAGED)


@pytest.mark.parametrize(("behind", "is_found"), [(0, True), (1, True), (2, True), (3, False)])
def test_a_boot_looks_for_the_newest_checkpoint_two_segments_back(behind, is_found):
    volume = MemoryVolume()
    log = book.restarted(volume)
    book.add(log, 10)
    assert log.add(events.CHECKPOINT, b"\6\10" + bytes(10))
    assert log.add(events.CHECKPOINT, b"\7\10" + bytes(10))
    # One that was cut off is none.
    assert log.add(events.CHECKPOINT, b"\0\10" + bytes(10))
    book.add(log, IN_SEGMENT - 13 + behind * IN_SEGMENT)
    found = book.restarted(volume).checkpoint
    assert found == (11 if is_found else -1)


@pytest.mark.parametrize("segment", [0, 1, 2, 3])
def test_a_boot_checks_the_records_since_the_newest_checkpoint(segment):
    volume = MemoryVolume()
    log = book.restarted(volume)
    book.add(log, 1 * IN_SEGMENT)
    log.add(events.CHECKPOINT, b"\0\1" + bytes(10))
    book.add(log, 3 * IN_SEGMENT - 1 + 5)
    path = log.path(segment)
    content = bytearray(volume.read(path) or b"")
    content[60] ^= 1
    volume.write(path, bytes(content))
    assert book.restarted(volume).damaged == (1 if segment >= 1 else 0)
