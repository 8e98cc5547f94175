"""Cut at every change of the flash: what was there still runs whole, or nothing does; the next run mends it."""

import pytest

from flashing.firmwares import BOARD, RECORDS, complete, firmware, old_firmware, programme
from flashing.memory_board import MemoryBoard, PowerCut
from thecal.drivers.program_files import MANIFEST
from thecal_tools.flashing import installing
from thecal_tools.flashing.flash import flash
from thecal_tools.flashing.installing import CHANGING

STARTS = {"a bare board": dict, "an earlier version": old_firmware}


def cut(files, at):
    """A board that was flashed until the power went: (the board, whether it went)."""
    board = MemoryBoard(files | RECORDS)
    board.cut_at = at
    try:
        flash(board, BOARD, firmware(b"new"))
    except PowerCut:
        return board, True
    return board, False


@pytest.mark.req("SR-33", "SR-35", "SR-37")
@pytest.mark.parametrize("start", STARTS)
def test_a_cut_anywhere_leaves_the_old_firmware_whole_or_a_board_that_starts_nothing(start):
    before = STARTS[start]()
    after = complete(firmware(b"new"))
    seen = set()
    at, was_cut = 0, True
    while was_cut:
        at += 1
        board, was_cut = cut(before, at)
        state = board.boot()
        seen.add(state)
        if state == "started":
            # A cut after the manifest was written leaves at most the list of the copy behind.
            there = {path: content for path, content in programme(board).items() if path != installing.FRESH}
            there.pop(CHANGING, None)
            assert there in (before, after), at
            assert board.is_consistent(), at
        else:
            # Driven off, or left to the pull-up.
            assert board.pins.get(BOARD.PUMP_ENABLE_N, 1) == 1, at
            assert MANIFEST not in board.files, at
        if state == "stopped":
            assert board.pins[BOARD.LIGHT_RED] == 1, at
        board.cut_at = 0
        board.runs = "prompt"
        board.power_cycle()
        flash(board, BOARD, firmware(b"new"))
        assert programme(board) == after, at
        assert {path: board.files[path] for path in RECORDS} == RECORDS, at
    assert at > 20
    assert seen >= {"stopped", "started"}


def test_a_cut_of_one_version_and_then_another_leaves_nothing_behind():
    for at in range(1, 60):
        board, was_cut = cut(old_firmware(), at)
        if not was_cut:
            break
        board.cut_at = 0
        other = {path: content for path, content in firmware(b"other").items() if "clinic" not in path}
        board.power_cycle()
        flash(board, BOARD, other)
        assert programme(board) == complete(other), at
        assert "thecal/gone" not in board.folders, at
