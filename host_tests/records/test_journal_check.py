"""Old records are read again while the pump runs: damage anywhere is found once, and nothing sound is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import book
from rig import Rig
from thecal.records import journal, record
from thecal.records.journal_check import JournalCheck
from thecal.tables import alarms, doses
from virtual_bench.volume import MemoryVolume

AT_ONCE, IN_SEGMENT = 12, 96


def rounds(check: JournalCheck, log: journal.Journal, count: int = 1) -> list[bool]:
    """What enough calls for so many rounds say."""
    return [check.run() for _ in range(count * (log.sequence // AT_ONCE + 2 * log.segments + 4))]


@settings(max_examples=40)
@given(st.integers(0, 300))
def test_a_sound_journal_of_any_length_is_sound_in_every_round(count):
    log = book.restarted(MemoryVolume())
    book.add(log, count)
    assert not any(rounds(JournalCheck(log), log, 2))


@settings(max_examples=30)
@given(st.integers(20, 300), st.data())
def test_one_changed_byte_is_found_exactly_once(count, data):
    volume = MemoryVolume()
    log = book.restarted(volume)
    book.add(log, count)
    paths = [log.path(index) for index in range(log.segments)] + [journal.HEAD]
    path = data.draw(st.sampled_from(paths))
    content = bytearray(volume.read(path) or b"")
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    volume.write(path, bytes(content))
    assert rounds(JournalCheck(log), log, 3).count(True) == 1


def test_a_forged_record_with_a_fitting_checksum_is_found_by_its_chain():
    volume = MemoryVolume()
    log = book.restarted(volume)
    book.add(log, 2 * IN_SEGMENT)
    path = log.path(0)
    content = volume.read(path) or b""
    old = content[40 * 50 : 40 * 51]
    forged = record.write(book.EVENT, 1, 1, 50, 1, 0, 0, b"forged", record.chain_of(content[40 * 48 : 40 * 49]))
    assert record.sound(forged) and forged != old
    volume.write(path, content[: 40 * 50] + forged + content[40 * 51 :])
    assert rounds(JournalCheck(log), log, 2).count(True) == 1


@pytest.mark.parametrize("missing", [1, 40, IN_SEGMENT])
def test_records_that_are_gone_from_a_segment_are_found_and_the_round_goes_on(missing):
    volume = MemoryVolume()
    log = book.restarted(volume)
    book.add(log, 4 * IN_SEGMENT)
    path = log.path(1)
    volume.write(path, (volume.read(path) or b"")[: (IN_SEGMENT - missing) * record.SIZE])
    check = JournalCheck(log)
    assert rounds(check, log, 2).count(True) == 1
    later = log.path(2)
    content = bytearray(volume.read(later) or b"")
    content[25] ^= 1
    volume.write(later, bytes(content))
    assert rounds(check, log, 2).count(True) == 1


def test_a_round_goes_on_while_the_journal_grows_and_loses_its_oldest_segments():
    volume = MemoryVolume()
    log = book.restarted(volume)
    check = JournalCheck(log)
    for _ in range(700):
        book.add(log, 11)
        assert not check.run()
    assert log.oldest() > 0


def test_damage_that_the_boot_has_found_is_not_found_again():
    volume = MemoryVolume()
    book.add(book.restarted(volume), 30)
    head = bytearray(volume.read(journal.HEAD) or b"")
    head[25] ^= 1
    volume.write(journal.HEAD, head)
    log = book.restarted(volume)
    assert log.damaged == 1
    assert not any(rounds(JournalCheck(log), log, 3))


@pytest.mark.req("SR-39")
def test_damage_that_comes_while_the_pump_runs_alarms_and_blocks_boluses_and_the_background_goes_on():
    rig = Rig()
    rig.run_for(24 * 3_600_000)
    path = rig.app.journal.path(0)
    content = bytearray(rig.volume.read(path) or b"")
    content[40 * 30 + 20] ^= 1
    rig.volume.write(path, bytes(content))
    rig.run_for(3 * 3_600_000)
    assert rig.app.body.alarms.active(alarms.RECORDS_DAMAGED)
    assert rig.app.body.holds == 0
    assert rig.app.pump.ask_patient_bolus()[0] == doses.ALARM_BLOCKS
    before = rig.bench.stepper.edges
    rig.run_for(3_600_000)
    assert rig.bench.stepper.edges - before in (39, 40, 41)
    rig.app.pump.acknowledge()
    rig.run_for(12 * 3_600_000)
    assert not rig.app.body.alarms.active(alarms.RECORDS_DAMAGED)  # told once
