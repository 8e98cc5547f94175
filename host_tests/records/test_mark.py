"""The reserve mark: written a block at a time before the steps it covers, so that no cut leaves a step uncounted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import book
from rig import Rig, example
from thecal.records import files, ledger, mark, resume
from virtual_bench import world as worlds
from virtual_bench.volume import MemoryVolume

FASTEST = example("morphine_simple", rate="240 mg/day", limits=None)  # 1 mL/h: more than a step a second


def on_flash(volume) -> int:
    """Steps that the flash says may have been given, 0 without a mark."""
    body = files.unseal(mark.MAGIC, volume.read(mark.PATH))
    return int.from_bytes(body[:4], "little") if body is not None else 0


def counts() -> tuple:
    """Counts by kind as a ledger has them, no step yet."""
    return ledger.Ledger(None).counts()


def taken_up(volume) -> mark.ReserveMark:
    """The mark as the next boot finds it."""
    reserved = mark.ReserveMark(volume, book.Clock())
    resume.resume_mark(volume, reserved)
    return reserved


@given(st.integers(0, 60))
def test_every_step_is_on_flash_before_it_is_given_and_at_most_one_block_is_ahead(steps):
    volume = MemoryVolume()
    reserved = mark.ReserveMark(volume, book.Clock())
    for step in range(1, steps + 1):
        reserved.reserve()
        assert reserved.total == step
        assert step <= on_flash(volume) == reserved.committed < step + mark.BLOCK


def test_a_block_of_eight_steps_costs_one_write_of_one_small_file(mocker):
    volume = MemoryVolume()
    write = mocker.spy(volume, "write")
    reserved = mark.ReserveMark(volume, book.Clock(), counts())
    for _ in range(5 * mark.BLOCK):
        reserved.reserve()
    assert mark.BLOCK == 8
    assert [call.args[0] for call in write.call_args_list] == [mark.PATH] * 5
    # With LittleFS's own words and a time stamp it fits one page of 256 bytes.
    assert volume.size(mark.PATH) < 128


@given(st.lists(st.integers(0, 2**32 - 1), min_size=20, max_size=20))
def test_the_counts_come_back_as_they_were_when_the_block_began(numbers):
    volume = MemoryVolume()
    written, found = counts(), counts()
    for index, number in enumerate(numbers):
        written[index // 6][index % 6] = number
    before = mark.ReserveMark(volume, book.Clock(), written)
    before.reserve()
    written[0][0] = 0
    assert resume.resume_mark(volume, mark.ReserveMark(volume, book.Clock(), found)) == 0
    assert [number for array in found for number in array] == numbers
    assert resume.resume_mark(volume, mark.ReserveMark(volume, book.Clock())) == -1


def test_counts_are_written_again_only_when_steps_were_reserved(mocker):
    volume = MemoryVolume()
    reserved = mark.ReserveMark(volume, book.Clock(), counts())
    reserved.reserve()
    reserved.counts[0][0] = 1
    write = mocker.spy(volume, "write")
    reserved.save_counts()
    reserved.save_counts()
    assert (write.call_count, on_flash(volume)) == (1, mark.BLOCK)
    found = counts()
    resume.resume_mark(volume, mark.ReserveMark(volume, book.Clock(), found))
    assert found[0][0] == 1


@pytest.mark.parametrize("given_steps", range(1, 2 * mark.BLOCK + 1))
def test_after_a_restart_the_whole_block_counts_as_given(given_steps):
    volume = MemoryVolume()
    before = mark.ReserveMark(volume, book.Clock(77))
    for _ in range(given_steps):
        before.reserve()
    after = mark.ReserveMark(volume, book.Clock())
    assert resume.resume_mark(volume, after) == 77
    assert after.total == after.committed == before.committed
    after.reserve()
    assert on_flash(volume) == before.committed + mark.BLOCK


def test_a_block_that_cannot_be_written_reserves_nothing():
    volume = MemoryVolume()
    reserved = mark.ReserveMark(volume, book.Clock())
    volume.is_failing = True
    with pytest.raises(OSError):
        reserved.reserve()
    assert (reserved.total, reserved.committed) == (0, 0)
    volume.is_failing = False
    reserved.reserve()
    assert (reserved.total, reserved.committed) == (1, mark.BLOCK)


@pytest.mark.parametrize("content", [None, b"", mark.MAGIC, mark.MAGIC + bytes(12), bytes(16)])
def test_a_missing_or_damaged_mark_is_no_mark(content):
    volume = MemoryVolume()
    if content is not None:
        volume.write(mark.PATH, content)
    assert resume.resume_mark(volume, mark.ReserveMark(volume, book.Clock())) == -1


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.booleans()), max_size=12))
def test_no_power_cut_around_a_write_ever_loses_a_step(boots):
    volume = book.CutVolume()
    steps_given = 0
    for steps, cut_in, is_after in boots:
        reserved = taken_up(volume)
        volume.cut_in(cut_in, is_after)
        try:
            for _ in range(steps):
                reserved.reserve()
                steps_given += 1
                assert steps_given <= on_flash(volume)
        except book.CutHere:
            pass
        assert steps_given <= on_flash(volume)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 25), st.booleans()), min_size=1, max_size=6), st.integers(0, 3))
def test_on_the_whole_pump_every_step_edge_is_covered_by_the_flash_at_its_moment(cuts, bolus_at):
    rig = Rig(FASTEST)
    world, volume = rig.world, rig.volume
    enable_n = world.lines[rig.board.PUMP_ENABLE_N]
    uncovered = []

    def on_step(level: int) -> None:
        if level and not enable_n.level and rig.bench.stepper.edges > on_flash(volume):
            uncovered.append(world.elapsed_ms)

    world.lines[rig.board.PUMP_STEP].listen(on_step)
    for number, (operations, is_torn) in enumerate(cuts):
        if number == bolus_at:
            world.at_ms(100, lambda _: rig.app.pump.ask_clinician_bolus(100_000, 60))
        cut_after(rig, operations, is_torn)
        rig.run_for(60_000)
    assert rig.bench.stepper.edges > 0
    assert uncovered == []
    assert rig.app.body.mark.total >= rig.bench.stepper.edges
    assert set(rig.restarts) <= {"PowerCut"}


def test_a_mark_that_a_failing_flash_left_behind_keeps_no_pump_from_starting():
    rig = Rig()
    rig.run_for(3_600_000)
    rig.bench.faults.set("flash_failing")
    rig.run_for(3_600_000)
    rig.bench.faults.clear("flash_failing")
    rig.app.body.save_windows()
    behind = rig.bench.stepper.edges - on_flash(rig.volume)
    assert behind > 0
    rig.world.at_ms(0, lambda _: rig.world.cut_power(1_000))
    rig.run_for(3_600_000)
    assert rig.restarts == ["PowerCut"]
    # No kind is known of the steps that only the gate's windows tell, and of the block before them.
    assert behind <= rig.app.ledger.uncertain <= behind + mark.BLOCK
    assert rig.bench.stepper.edges <= rig.app.body.mark.total <= on_flash(rig.volume)


def cut_after(rig: Rig, operations: int, is_torn: bool) -> None:
    """Cut the power after so many more flash operations, or in the next one, of which nothing is then written."""
    left = [operations]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0 and is_torn:
            rig.bench.faults.set("flash_torn", 1)
        elif left[0] == 0:
            rig.volume.on_write = lambda: None
            worlds.current.cut_power(1_000)

    rig.volume.on_write = count
