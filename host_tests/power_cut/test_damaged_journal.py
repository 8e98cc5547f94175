"""A journal that is damaged, unreadable or full on real LittleFS: it alarms, keeps the evidence, therapy goes on."""

import pytest

from power_cut import lost
from power_cut.aftermath import booted
from thecal.records import journal, record
from thecal.tables import alarms, doses
from thecal_tools import journal_export
from virtual_bench.results import journal_bytes

SEGMENT = journal.FOLDER + "/00000000"


def files_of(volume) -> dict[str, bytes]:
    paths = [journal.HEAD] + [f"{journal.FOLDER}/{name}" for name in volume.listdir(journal.FOLDER)]
    return {path: volume.read(path) or b"" for path in paths}


def assert_alarms_and_goes_on(rig, alarm=alarms.RECORDS_FAILING):
    """The background goes on, boluses are refused, and the alarm says why."""
    assert rig.app.body.alarms.active(alarm)
    assert rig.app.body.holds == 0
    before = rig.bench.stepper.edges
    rig.run_for(3_600_000)
    assert rig.bench.stepper.edges - before in (39, 40, 41)
    reason = doses.RECORDS_FAILING if alarm == alarms.RECORDS_FAILING else doses.ALARM_BLOCKS
    assert rig.app.pump.next_patient_bolus()[0] == reason
    assert rig.app.pump.ask_clinician_bolus(20_000, 600)[0] == reason


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("path", [journal.HEAD, SEGMENT])
@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_damaged_record_keeps_its_place_is_found_and_no_number_is_given_twice(path, which):
    volume = lost.lived()
    before = files_of(volume)
    damaged = bytearray(before[path])
    damaged[which * record.SIZE + 20] ^= 1
    volume.write(path, bytes(damaged))
    raw = journal_bytes(volume)
    last = record.sequence_of(raw[-record.SIZE :])
    rig = booted(volume)
    assert rig.app.journal.damaged == 1
    assert_alarms_and_goes_on(rig, alarms.RECORDS_DAMAGED)
    after = journal_bytes(volume)
    assert after.startswith(raw)
    new = [entry["seq"] for entry in journal_export.read(after[len(raw) :])]
    assert new == list(range(last + 1, rig.app.journal.sequence))
    findings = journal_export.verify(after).findings
    assert findings[0].what.startswith("checksum") and len(findings) <= 2


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("path", [journal.HEAD, SEGMENT, journal.FOLDER])
def test_an_unreadable_journal_is_not_written_over(path):
    volume = lost.lived()
    before = files_of(volume)
    volume.unreadable = path
    rig = booted(volume)
    assert_alarms_and_goes_on(rig)
    volume.unreadable = ""
    assert files_of(volume) == before


@pytest.mark.req("SR-39")
def test_a_full_flash_alarms_refuses_boluses_and_keeps_every_record():
    volume = lost.lived()
    for number in range(1_000):
        try:
            volume.append(f"filler{number}", bytes(4_000))
        except OSError:
            break
    before = journal_bytes(volume)
    rig = booted(volume)
    for _ in range(40):
        if rig.app.body.alarms.active(alarms.RECORDS_FAILING):
            break
        rig.run_for(3_600_000)
    assert_alarms_and_goes_on(rig)
    assert journal_bytes(volume).startswith(before)
    assert journal_export.verify(journal_bytes(volume)).sound


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("size", [1, 39])
@pytest.mark.parametrize("path", [journal.HEAD, SEGMENT])
def test_part_of_a_record_that_a_volume_kept_of_a_cut_append_is_taken_back(path, size):
    volume = lost.lived()
    before = files_of(volume)
    # LittleFS itself appends all or nothing; this is another volume's way, such as the virtual bench's.
    volume.write(path, before[path] + b"\x07" * size)
    rig = booted(volume)
    assert rig.app.journal.damaged == 0
    assert journal_export.verify(journal_bytes(volume)).sound
    assert journal_bytes(volume).startswith(before[SEGMENT] + before[journal.HEAD])


@pytest.mark.req("SR-39")
@pytest.mark.parametrize("copied", range(13))
def test_a_head_of_which_a_volume_copied_only_a_part_is_copied_whole_in_the_end(copied):
    volume = lost.lived()
    raw = journal_bytes(volume)
    head = volume.read(journal.HEAD) or b""
    volume.append(SEGMENT, head[: copied * record.SIZE])
    rig = booted(volume)
    rig.run_for(36_000_000)
    assert journal_export.verify(journal_bytes(volume)).sound
    assert journal_bytes(volume).startswith(raw)
    assert rig.app.journal.damaged == 0
