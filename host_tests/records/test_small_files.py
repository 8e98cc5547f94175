"""Ledger, windows and settings on flash: what is read is what was written, and damage is seen."""

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.records import calibration, files, ledger, resume, windows
from thecal.tables import quantities
from virtual_bench.volume import MemoryVolume

u8, u16, u32 = st.integers(0, 255), st.integers(0, 65_535), st.integers(0, 2**32 - 1)
magics = st.binary(min_size=4, max_size=4)
LOWEST, HIGHEST = quantities.hard_range("calibration")


def plain(book_: ledger.Ledger) -> tuple:
    """Everything that a ledger's file holds."""
    return tuple(getattr(book_, name) for name in ledger.FIXED), [list(getattr(book_, name)) for name in ledger.ARRAYS]


def fill(counts, values: Sequence[int]) -> None:
    for index in range(len(counts)):
        counts[index] = values[index % len(values)]


@given(
    st.lists(st.integers(0, 2**31), min_size=8, max_size=8),
    u8,
    st.lists(st.integers(0, 2**28), min_size=1),
    st.lists(u16, min_size=1),
    st.lists(u8, min_size=1),
)
def test_a_ledger_comes_back_as_it_was_saved(fixed, holds, wide, narrow, bytes_):
    volume = MemoryVolume()
    written = ledger.Ledger(volume)
    for name, value in zip([name for name in ledger.FIXED if name not in ("holds", "granting")], fixed, strict=False):
        setattr(written, name, value)
    written.granting = holds // 3
    for number, name in enumerate(ledger.ARRAYS):
        counts = getattr(written, name)
        values = bytes_ if isinstance(counts, bytearray) else wide if counts.typecode == "I" else narrow
        fill(counts, values[number % len(values) :] + values)
    written.save(fixed[0], fixed[1], holds)
    assert (written.sequence, written.holds) == (fixed[0], holds)
    assert written.seconds == max(fixed[1], written.last_bolus_end, *written.grant_starts)
    found = ledger.Ledger(volume)
    assert resume.resume_ledger(volume, found) is True
    assert plain(found) == plain(written)


def test_a_ledger_keeps_the_storage_that_others_hold():
    volume = MemoryVolume()
    ledger.Ledger(volume).save(0, 0, 0)
    found = ledger.Ledger(volume)
    starts = found.grant_starts
    resume.resume_ledger(volume, found)
    assert found.grant_starts is starts


@given(st.data())
def test_a_ledger_with_any_byte_changed_or_cut_is_unsound_and_is_not_taken_up(data):
    volume = MemoryVolume()
    ledger.Ledger(volume).save(8, 5, 1)
    content = bytearray(volume.read(ledger.PATH) or b"")
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    volume.write(ledger.PATH, content)
    found = ledger.Ledger(volume)
    empty = plain(found)
    assert resume.resume_ledger(volume, found) is False
    assert plain(found) == empty


def test_a_sound_file_of_another_length_is_no_ledger():
    volume = MemoryVolume()
    volume.write(ledger.PATH, files.seal(ledger.MAGIC, bytes(20)))
    assert resume.resume_ledger(volume, ledger.Ledger(volume)) is False


def test_a_ledger_takes_one_inline_file_of_the_flash():
    volume = MemoryVolume()
    ledger.Ledger(volume).save(0, 0, 0)
    assert volume.size(ledger.PATH) <= 512


def test_every_field_of_the_file_is_a_field_of_the_ledger_and_fits_its_format():
    numbers = len(struct.unpack(ledger.FORMAT, bytes(struct.calcsize(ledger.FORMAT))))
    empty = ledger.Ledger(None)
    assert numbers == len(ledger.FIXED) + sum(len(getattr(empty, name)) for name in ledger.ARRAYS)
    assert empty.to_bytes() == bytes(len(empty.to_bytes()))


@given(st.data())
def test_a_reset_accounts_for_every_step_that_may_have_been_given(data):
    small = st.integers(0, 500)
    book_ = ledger.Ledger(None)
    for kind in range(6):
        book_.reported[kind] = data.draw(small)
        given_since = data.draw(small)
        book_.reserved[kind] = book_.commanded[kind] = book_.reported[kind] + given_since
        # A mark that the flash refused is behind the ledger.
        if data.draw(st.booleans()):
            book_.reserved[kind] = book_.commanded[kind] = book_.reported[kind] // 2
        book_.bolus_from[kind] = data.draw(st.integers(0, 1_000))
        book_.bolus_granted[kind] = data.draw(small)
    book_.uncertain = was_uncertain = data.draw(small)
    known = sum(max(pair) for pair in zip(book_.reserved, book_.reported, strict=True)) + was_uncertain
    ahead = data.draw(st.integers(0, 50))
    book_.refill_total = data.draw(st.integers(0, known))
    assert resume.settle(book_, known + ahead) == ahead
    assert (book_.total(), book_.uncertain) == (known + ahead, was_uncertain + ahead)
    assert book_.since_refill == known + ahead - book_.refill_total
    for kind in range(6):
        assert book_.commanded[kind] >= book_.reported[kind]
        assert 0 <= book_.bolus_given[kind] <= book_.bolus_granted[kind]


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
