"""The file system in memory, and the board of fault switches."""

# pyright: reportOptionalSubscript=false

import machine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtual_bench import faults, volume
from virtual_bench import world as worlds
from virtual_bench.volume import MemoryVolume

NAMES = st.sampled_from(["a", "b", "journal/1", "journal/2", "deep/er/1"])


def test_files_and_folders():
    files = MemoryVolume()
    assert files.read("mark") is None
    files.write("mark", b"one")
    files.write("mark", bytearray(b"two"))
    files.append("journal/0001", b"ab")
    files.append("journal/0001", memoryview(b"cd"))
    files.write("journal/0000", b"")
    assert files.read("mark") == b"two"
    assert files.read("journal/0001") == b"abcd"
    assert files.listdir() == ["journal", "mark"]
    assert files.listdir("journal") == ["0000", "0001"]
    assert files.size("journal/0001") == 4
    files.mkdir("library")
    assert files.listdir("library") == []
    assert (files.reads, files.writes, files.appends, files.removes) == (3, 3, 2, 0)
    files.remove("mark")
    assert files.read("mark") is None
    files.mkdir("library")
    for call in (lambda: files.remove("mark"), lambda: files.listdir("nowhere")):
        with pytest.raises(OSError):
            call()


@given(st.lists(st.tuples(st.sampled_from("war"), NAMES, st.binary(max_size=40)), max_size=40))
def test_it_agrees_with_a_dictionary(operations):
    files = MemoryVolume()
    model = {}
    for what, name, data in operations:
        if what == "w":
            files.write(name, data)
            model[name] = data
        elif what == "a":
            files.append(name, data)
            model[name] = model.get(name, b"") + data
        elif name in model:
            files.remove(name)
            del model[name]
    assert dict(files.snapshot()) == model
    assert files.capacity_bytes - files.free_bytes() == sum(map(len, model.values()))
    other = MemoryVolume()
    other.restore(files.snapshot())
    assert other.snapshot() == files.snapshot()
    assert other.free_bytes() == files.free_bytes()


def test_a_full_volume_lets_files_be_read_and_removed():
    files = MemoryVolume(capacity_bytes=10)
    files.write("a", b"12345678")
    with pytest.raises(OSError) as full:
        files.append("a", b"90x")
    assert full.value.errno == volume.ENOSPC
    files.append("a", b"90")
    files.write("a", b"0987654321")
    assert files.free_bytes() == 0
    files.remove("a")
    files.is_full = True
    with pytest.raises(OSError):
        files.write("a", b"")
    assert files.read("a") is None


@pytest.mark.parametrize(
    ("operation", "reached", "left"),
    [
        ("write", 0, b"old"),
        ("write", 3, b"old"),
        ("write", 7, b"newnews"),
        ("append", 0, b"old"),
        ("append", 3, b"oldnew"),
        ("append", 7, b"oldnewnews"),
    ],
)
def test_a_torn_write_is_old_or_new_and_a_torn_append_a_beginning(world, bench, operation, reached, left):
    bench.volume.write("f", b"old")
    bench.faults.set("flash_torn", reached + 1)
    with pytest.raises(worlds.PowerCut):
        getattr(bench.volume, operation)("f", b"newnews")
    assert bench.volume.read("f") == left
    bench.volume.write("f", b"whole again")
    assert bench.volume.read("f") == b"whole again"


def test_failing_flash_fails_every_change(bench):
    bench.volume.write("f", b"1")
    bench.faults.set("flash_failing")
    for call in (
        lambda: bench.volume.write("f", b"2"),
        lambda: bench.volume.append("f", b"2"),
        lambda: bench.volume.remove("f"),
        lambda: bench.volume.mkdir("d"),
    ):
        with pytest.raises(OSError) as failed:
            call()
        assert failed.value.errno == volume.EIO
    assert bench.volume.read("f") == b"1"
    bench.faults.clear("flash_failing")
    bench.volume.write("f", b"2")
    bench.faults.set("flash_full")
    with pytest.raises(OSError):
        bench.volume.write("f", b"3")


def test_a_busy_flash_holds_the_processor_and_not_the_train(world, bench, motor):
    bench.faults.set("flash_busy", 45)
    motor.train.start(4, 10_000)
    bench.volume.append("f", b"x")
    assert world.elapsed_ms == 45
    assert bench.stepper.position == 4
    bench.faults.clear("flash_busy")
    bench.volume.append("f", b"x")
    assert world.elapsed_ms == 45


def test_every_switch_can_be_thrown_and_put_back(world, bench):
    for name, _, kind, meaning in faults.FAULTS + faults.FAULTS_OF_PARTS:
        assert kind in (faults.PHYSICAL, faults.ELECTRONIC)
        assert meaning
        if name == "brown_out":
            with pytest.raises(worlds.PowerCut):
                bench.faults.set(name, 100)
            continue
        bench.faults.set(name, 1)
        assert bench.faults.thrown() == ([] if name in faults.ACTS_ONCE else [name])
        assert bench.faults.get(name) == (0 if name in faults.ACTS_ONCE else 1)
        bench.faults.clear(name)
    bench.faults.set("slip", 0.5)
    bench.faults.set("stall")
    bench.faults.clear_all()
    assert bench.faults.thrown() == []
    assert bench.stepper.slip_fraction == 0
    for call in (bench.faults.set, bench.faults.clear, bench.faults.get):
        with pytest.raises(ValueError, match="no fault"):
            call("stahl")


def test_faults_can_be_scheduled(world, bench):
    bench.schedule_fault(1000, "occlusion", 0.5, duration_ms=2000)
    world.run_for(1500)
    assert bench.catheter.blockage == 0.5
    world.run_for(2000)
    assert bench.catheter.blockage == 0


def test_a_brown_out_interrupts_whatever_sleeps(world, bench, motor):
    bench.schedule_fault(1000, "brown_out", 500)
    motor.train.start(8, 50_000)
    world.idle(990)
    motor.train.busy()
    motor.train.start(8, 50_000)
    with pytest.raises(worlds.PowerCut):
        world.idle(60_000)
    assert world.elapsed_ms == 1500
    assert bench.stepper.edges == 8
    assert world.lines[bench.board.PUMP_ENABLE_N].level == 1


def test_clock_faults(world, bench):
    world.wall.set(1000)
    bench.faults.set("clock_jump", -300)
    assert machine.RTC().datetime()[4:7] == (0, 11, 40)
    bench.faults.set("clock_lost")
    assert not world.wall.is_set
    bench.faults.set("tick_jump", 250)
    assert (world.ticks_ms(), world.elapsed_ms) == (250, 0)


def test_hung_task_is_for_the_harness(bench):
    seen = []
    bench.faults.bind("hung_task", seen.append)
    bench.faults.set("hung_task", "monitor")
    assert bench.faults.get("hung_task") == "monitor"
    bench.faults.clear("hung_task")
    assert seen == ["monitor", 0]
