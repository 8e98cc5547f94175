"""The board's file system on real files: the rest of the records rooms rely on nothing else."""

import os

import pytest

from records import book
from rig import SIMPLE, Rig
from thecal.drivers.flash_volume import FlashVolume
from thecal.records import journal, record, resume
from thecal_tools import journal_export


@pytest.fixture
def volume(tmp_path):
    return FlashVolume(str(tmp_path / "records"))


def test_a_file_that_is_not_there_is_none(volume):
    assert volume.read("nothing") is None
    assert volume.read("no/folder") is None


def test_what_is_written_replaces_and_what_is_appended_adds(volume):
    volume.write("a", b"long content")
    volume.write("a", b"short")
    volume.append("a", b" and more")
    volume.append("new", b"made")
    assert (volume.read("a"), volume.read("new")) == (b"short and more", b"made")
    volume.remove("a")
    assert volume.read("a") is None


def test_a_file_is_closed_before_a_call_returns(tmp_path, volume):
    for number in range(300):
        volume.append("a", b"%03d" % number)
        assert (tmp_path / "records/a").stat().st_size == 3 * (number + 1)
    assert len(os.listdir("/proc/self/fd")) < 200


def test_folders_are_made_once_and_listed_in_order(volume):
    for _ in range(2):
        volume.mkdir("journal")
    for name in ("00000096", "00000000", "00000192"):
        volume.append("journal/" + name, b"x")
    assert volume.listdir("journal") == ["00000000", "00000096", "00000192"]


def test_records_of_before_are_there_again_after_a_restart(tmp_path, volume):
    volume.write("mark", b"content")
    assert FlashVolume(str(tmp_path / "records")).read("mark") == b"content"


@pytest.mark.parametrize(
    "act",
    [
        lambda volume: volume.remove("nothing"),
        lambda volume: volume.listdir("nothing"),
        lambda volume: volume.append("no/folder", b"x"),
        lambda volume: volume.write("no/folder", b"x"),
        lambda volume: volume.read("."),
    ],
    ids=["remove", "listdir", "append", "write", "read a folder"],
)
def test_what_cannot_be_done_raises_oserror(volume, act):
    with pytest.raises(OSError):
        act(volume)


def test_a_folder_that_cannot_be_made_is_no_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError):
        FlashVolume(str(tmp_path / "file" / "records"))


@pytest.mark.parametrize("count", [0, 5, 12, 13, 109, 250])
def test_a_journal_on_real_files_goes_on_after_a_restart(volume, count):
    book.add(book.restarted(volume), count)
    log = journal.Journal(volume, book.Clock())
    resume.resume_journal(volume, log)
    book.add(log, 14)
    for sequence in range(count + 14):
        assert record.sequence_of(log.read(sequence)) == sequence
    assert journal_export.verify(book.raw(volume)).sound


def test_a_whole_pump_keeps_its_records_on_real_files(volume):
    rig = Rig(SIMPLE, volume=volume)
    rig.press("bolus", 1_100)
    rig.run_for(3_600_000)
    steps = rig.bench.stepper.edges
    rig.world.at_ms(0, lambda _: rig.world.cut_power(1_000))
    rig.run_for(3_600_000)
    assert rig.restarts == ["PowerCut"]
    assert [boot["reserved_total_steps"] for boot in rig.events("boot")] == [0, steps + -steps % 8]
    assert rig.events("bolus_granted")[0]["steps"] == 20
    assert rig.app.ledger.grant_starts[0] > 0
