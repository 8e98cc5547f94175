"""A setting in two copies: one sound copy always stands, and what was replaced never comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import book
from thecal.records.files import TwoCopies
from virtual_bench.volume import MemoryVolume

NAME, MAGIC = "setting", b"TEST"
contents = st.binary(max_size=30)


def copies(volume) -> TwoCopies:
    """The setting as the next boot finds it."""
    return TwoCopies(volume, NAME, MAGIC)


def damage(volume, ending: str) -> None:
    data = bytearray(volume.read(NAME + ending))
    data[-1] ^= 1
    volume.write(NAME + ending, data)


def saved(*values: bytes) -> MemoryVolume:
    volume = MemoryVolume()
    setting = copies(volume)
    for value in values:
        setting.save(value)
    return volume


def test_a_setting_that_was_never_saved_is_none():
    assert copies(MemoryVolume()).load() is None


@given(st.lists(st.tuples(contents, st.booleans()), min_size=1, max_size=8))
def test_the_content_saved_last_is_read_over_any_number_of_restarts(saves):
    volume = MemoryVolume()
    setting = copies(volume)
    for content, is_restart in saves:
        setting.save(content)
        if is_restart:
            setting = copies(volume)
            assert setting.load() == content
    assert copies(volume).load() == saves[-1][0]


def test_both_copies_hold_what_was_saved_last():
    volume = saved(b"first", b"second")
    assert volume.read(NAME + ".a") == volume.read(NAME + ".b")
    assert b"second" in (volume.read(NAME + ".a") or b"")


@pytest.mark.parametrize("ending", [".a", ".b"])
def test_with_one_copy_damaged_the_other_counts_and_mends_it(ending):
    volume = saved(b"first", b"second")
    damage(volume, ending)
    assert copies(volume).load() == b"second"
    assert volume.read(NAME + ".a") == volume.read(NAME + ".b")
    damage(volume, ".a" if ending == ".b" else ".b")
    assert copies(volume).load() == b"second"


def test_a_copy_that_cannot_be_mended_costs_nothing():
    volume = saved(b"first", b"second")
    damage(volume, ".a")
    volume.is_failing = True
    assert copies(volume).load() == b"second"


def test_with_both_copies_damaged_there_is_none_and_a_new_one_can_be_saved():
    volume = saved(b"first", b"second")
    damage(volume, ".a")
    damage(volume, ".b")
    setting = copies(volume)
    assert setting.load() is None
    setting.save(b"third")
    assert copies(volume).load() == b"third"


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("cut_at", range(8))
def test_a_power_cut_at_any_write_leaves_the_old_or_the_new_content(cut_at, is_after):
    volume = book.CutVolume(cut_at, is_after)
    values = [b"%d" % number for number in range(5)]
    setting = copies(volume)
    with pytest.raises(book.CutHere):
        for value in values:
            setting.save(value)
    volume.cut_at = None
    newest = cut_at // 2 if is_after else (cut_at + 1) // 2 - 1
    assert copies(volume).load() == (values[newest] if newest >= 0 else None)


def test_a_save_that_the_flash_refuses_changes_nothing_and_may_be_repeated():
    volume = saved(b"first")
    setting = copies(volume)
    setting.load()
    volume.is_failing = True
    with pytest.raises(OSError):
        setting.save(b"second")
    volume.is_failing = False
    assert copies(volume).load() == b"first"
    setting.save(b"second")
    assert copies(volume).load() == b"second"


def test_a_setting_of_another_kind_in_its_place_is_not_read():
    volume = saved(b"first")
    assert TwoCopies(volume, NAME, b"ELSE").load() is None
