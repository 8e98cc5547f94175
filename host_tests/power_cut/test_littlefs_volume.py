"""Real LittleFS over the model of the flash: does what the board's volume does, and loses its power as a chip does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thecal.drivers.flash_volume import FlashVolume
from thecal_tools.littlefs_flash import (
    BEGINNING,
    BLOCK_BYTES,
    PAGE_BYTES,
    PARAMETERS,
    SOME_BITS,
    SOME_BYTES,
    WAYS,
    NorFlash,
    Operation,
    apply,
    tear,
)
from thecal_tools.littlefs_volume import LittlefsVolume, format_flash

PATHS = st.sampled_from(["a", "b", "folder/1", "folder/2"])
CALLS = st.lists(
    st.tuples(st.sampled_from(["write", "append", "remove"]), PATHS, st.binary(max_size=700)), min_size=1, max_size=12
)


class NoPower(BaseException):
    """The chip that called is gone."""


def fail() -> None:
    raise NoPower


def new_volume(blocks: int = 16) -> LittlefsVolume:
    flash = NorFlash(blocks)
    format_flash(flash)
    volume = LittlefsVolume(flash)
    volume.mkdir("folder")
    return volume


def contents(volume) -> dict[str, bytes | None]:
    return {path: volume.read(path) for path in ("a", "b", "folder/1", "folder/2")}


def call(volume, name: str, path: str, data: bytes) -> None:
    if name == "remove":
        if volume.read(path) is not None:
            volume.remove(path)
    else:
        getattr(volume, name)(path, data)


@settings(max_examples=60, deadline=None)
@given(CALLS)
def test_it_does_what_the_boards_volume_does(tmp_path_factory, calls):
    volume, board = new_volume(), FlashVolume(str(tmp_path_factory.mktemp("flash")))
    board.mkdir("folder")
    for name, path, data in calls:
        call(volume, name, path, data)
        call(board, name, path, data)
    assert contents(volume) == contents(board)
    assert volume.listdir("folder") == board.listdir("folder")
    volume.mount()
    assert contents(volume) == contents(board)


def test_what_is_not_there_is_none_or_an_error_as_on_the_board():
    volume = new_volume()
    volume.mkdir("folder")
    assert volume.read("nowhere") is None
    for act in (lambda: volume.remove("nowhere"), lambda: volume.listdir("nowhere")):
        with pytest.raises(OSError) as caught:
            act()
        assert caught.value.args[0] == 2
    with pytest.raises(OSError) as caught:
        volume.write("a", bytes(20 * BLOCK_BYTES))
    assert caught.value.args[0] == 28


def test_a_flash_that_was_never_formatted_cannot_be_mounted():
    with pytest.raises(OSError):
        LittlefsVolume(NorFlash(16))


@settings(max_examples=60, deadline=None)
@given(CALLS, st.integers(0, 60), st.sampled_from(WAYS), st.integers(0, 9))
def test_a_cut_leaves_each_file_as_it_was_or_as_it_was_to_be_and_a_new_one_perhaps_empty(calls, cut_in, way, seed):
    volume = new_volume()
    volume.power_failed = fail
    volume.flash.cut_at = volume.flash.operations + cut_in
    volume.flash.torn = (way, seed)
    before = after = contents(volume)
    for name, path, data in calls:
        before = after
        after = dict(before)
        after[path] = None if name == "remove" else data if name == "write" else (before[path] or b"") + data
        try:
            call(volume, name, path, data)
        except NoPower:
            created = before | {path: b""} if before[path] is None else before
            assert contents(volume) in (before, after, created)
            call(volume, "append", "b", b"goes on")
            return
    assert contents(volume) == after


def test_the_power_stays_away_for_the_rest_of_the_call_and_the_host_survives_it():
    volume = new_volume()
    volume.flash.cut_at = volume.flash.operations
    with pytest.raises(OSError) as caught:
        volume.append("a", bytes(3 * BLOCK_BYTES))
    assert caught.value.args[0] == 5
    assert not volume.flash.is_cut
    volume.append("a", b"again")
    assert volume.read("a") == b"again"


def test_a_program_only_clears_bits_and_an_erase_sets_them_all():
    blocks = [b"\x0f" * BLOCK_BYTES]
    apply(blocks, Operation(0, PAGE_BYTES, b"\x3c" * PAGE_BYTES))
    assert blocks[0] == b"\x0f" * PAGE_BYTES + b"\x0c" * PAGE_BYTES + b"\x0f" * (BLOCK_BYTES - 2 * PAGE_BYTES)
    apply(blocks, Operation(0, 0, None))
    assert blocks[0] == b"\xff" * BLOCK_BYTES


@pytest.mark.parametrize("way", [BEGINNING, SOME_BYTES, SOME_BITS])
@pytest.mark.parametrize("page", [b"\x3c" * PAGE_BYTES, None], ids=["program", "erase"])
def test_a_torn_operation_goes_part_of_the_way_and_the_same_part_each_time(page, way):
    old = b"\x0f" * BLOCK_BYTES
    whole = [old]
    apply(whole, Operation(0, 0, page))
    torn = [[old] for _ in range(20)]
    for seed, blocks in enumerate(torn):
        tear(blocks, Operation(0, 0, page), way, seed)
        again = [old]
        tear(again, Operation(0, 0, page), way, seed)
        assert again == blocks
        for was, found, will_be in zip(old, blocks[0], whole[0], strict=True):
            assert (found ^ was) & ~(was ^ will_be) == 0
    assert len({blocks[0] for blocks in torn}) > 10


def test_erases_and_programs_are_counted_by_block_and_page():
    volume = new_volume()
    flash = volume.flash
    assert sum(flash.erases) + sum(flash.programs) == flash.operations
    erases, programs = list(flash.erases), list(flash.programs)
    volume.write("a", bytes(range(256)) * 12)
    assert sum(flash.erases) > sum(erases)
    assert sum(flash.programs) - sum(programs) >= 12
    assert PARAMETERS["prog_size"] == PAGE_BYTES
