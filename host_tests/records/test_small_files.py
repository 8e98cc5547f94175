"""Ledger, windows and settings on flash: what is read is what was written, and damage is seen."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import book
from thecal.records import calibration, files, ledger, resume, windows
from thecal.tables import quantities
from virtual_bench.volume import MemoryVolume

u8, u16, u32 = st.integers(0, 255), st.integers(0, 65_535), st.integers(0, 2**32 - 1)
magics = st.binary(min_size=4, max_size=4)
LOWEST, HIGHEST = quantities.hard_range("calibration")


def plain(book_: ledger.Ledger) -> tuple:
    """Everything that a ledger holds."""
    fixed = (book_.uncertain, book_.reservoir_set_nl, book_.since_refill, book_.last_bolus_end, book_.parked_s)
    return (*fixed, book_.seconds, book_.mark_total, book_.holds, *(list(counts) for counts in book_.arrays()))


def fill(counts, values: Sequence[int]) -> None:
    for index in range(len(counts)):
        counts[index] = values[index % len(values)]


@given(
    st.lists(u32, min_size=7, max_size=7),
    u8,
    st.lists(u32, min_size=1),
    st.lists(u16, min_size=1),
    st.lists(u8, min_size=1),
)
def test_a_ledger_comes_back_as_it_was_saved(fixed, holds, wide, narrow, bytes_):
    volume, clock = MemoryVolume(), book.Clock(fixed[0])
    written = ledger.Ledger(volume, clock)
    written.uncertain, written.reservoir_set_nl, written.since_refill, written.last_bolus_end = fixed[1:5]
    written.parked_s = fixed[6]
    for number, counts in enumerate(written.arrays()):
        values = bytes_ if isinstance(counts, bytearray) else wide if counts.typecode == "I" else narrow
        fill(counts, values[number % len(values) :] + values)
    written.save(fixed[5], holds)
    assert (written.seconds, written.mark_total, written.holds) == (fixed[0], fixed[5], holds)
    found = ledger.Ledger(volume, book.Clock())
    assert resume.resume_ledger(volume, found) is True
    assert plain(found) == plain(written)


def test_a_ledger_keeps_the_storage_that_others_hold():
    volume = MemoryVolume()
    ledger.Ledger(volume, book.Clock()).save(0, 0)
    found = ledger.Ledger(volume, book.Clock())
    starts = found.grant_starts
    resume.resume_ledger(volume, found)
    assert found.grant_starts is starts


@given(st.data())
def test_a_ledger_with_any_byte_changed_or_cut_is_unsound_and_is_not_taken_up(data):
    volume = MemoryVolume()
    ledger.Ledger(volume, book.Clock(5)).save(8, 1)
    content = bytearray(volume.read(ledger.PATH) or b"")
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    volume.write(ledger.PATH, content)
    found = ledger.Ledger(volume, book.Clock())
    empty = plain(found)
    assert resume.resume_ledger(volume, found) is False
    assert plain(found) == empty


def test_a_sound_file_of_another_length_is_no_ledger():
    volume = MemoryVolume()
    volume.write(ledger.PATH, files.seal(ledger.MAGIC, bytes(20)))
    assert resume.resume_ledger(volume, ledger.Ledger(volume, book.Clock())) is False


def test_a_ledger_takes_one_inline_file_of_the_flash():
    volume = MemoryVolume()
    ledger.Ledger(volume, book.Clock()).save(0, 0)
    assert volume.size(ledger.PATH) <= 512


@given(u32, st.binary(max_size=400))
def test_windows_come_back_as_they_were_saved(total, snapshot):
    volume = MemoryVolume()
    windows.WindowsFile(volume).save(total, snapshot)
    assert resume.load_windows(volume) == (total, snapshot)


def test_missing_or_damaged_windows_are_unknown():
    volume = MemoryVolume()
    assert resume.load_windows(volume) is None
    windows.WindowsFile(volume).save(1, b"snapshot")
    volume.write(windows.PATH, (volume.read(windows.PATH) or b"")[:-1])
    assert resume.load_windows(volume) is None


@given(magics, st.binary(max_size=60), st.data())
def test_a_sealed_file_opens_only_unchanged_and_under_its_own_name(magic, body, data):
    sealed = files.seal(magic, body)
    assert files.unseal(magic, sealed) == body
    other = data.draw(magics.filter(lambda other: other != magic))
    assert files.unseal(other, sealed) is None
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[at] ^= data.draw(st.integers(1, 255))
    assert files.unseal(magic, bytes(changed)) is None
    assert files.unseal(magic, sealed[:at]) is None


@given(st.integers(LOWEST, HIGHEST), st.integers(-400, 600), u16, u16, u16)
def test_a_calibration_comes_back_as_it_was_made(volume_per_step, temperature, tube, day, error):
    found = calibration.from_bytes(calibration.Calibration(volume_per_step, temperature, tube, day, error).to_bytes())
    assert found is not None
    assert (found.volume_per_step, found.temperature, found.tube, found.day, found.relative_error) == (
        volume_per_step,
        temperature,
        tube,
        day,
        error,
    )


@pytest.mark.parametrize(
    ("volume_per_step", "is_taken"),
    [(LOWEST - 1, False), (LOWEST, True), (HIGHEST, True), (HIGHEST + 1, False), (0, False), (2**32 - 1, False)],
)
def test_a_calibration_outside_its_hard_range_is_none(volume_per_step, is_taken):
    data = calibration.Calibration(volume_per_step, 200, 1, 0, 50).to_bytes()
    assert (calibration.from_bytes(data) is not None) is is_taken


@settings(max_examples=50)
@given(st.binary(max_size=40).filter(lambda data: len(data) != 12))
def test_bytes_of_another_length_are_no_calibration(data):
    assert calibration.from_bytes(data) is None
    assert calibration.from_bytes(None) is None
