"""Virtual time: the wrap of the ticks, the order of events, early wakes, the watchdog and restarts."""

import machine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtual_bench import world as worlds

WRAP = 1 << 30


def test_ticks_wrap_one_minute_after_a_start_before_the_wrap():
    world = worlds.World(ticks_start=worlds.TICKS_MASK - 59_999)
    world.idle(59_999)
    assert world.ticks_ms() == WRAP - 1
    world.idle(1)
    assert world.ticks_ms() == 0
    assert world.elapsed_ms == 60_000


@given(
    st.integers(0, WRAP - 1), st.lists(st.integers(0, 8000), max_size=30), st.lists(st.integers(0, 90_000), max_size=5)
)
def test_ticks_follow_elapsed_time_however_it_is_slept(start, sleeps, events):
    world = worlds.World(ticks_start=start)
    for delay_ms in events:
        world.at_ms(delay_ms, lambda _: None)
    for ms in sleeps:
        before = world.elapsed_ms
        assert world.idle(ms) is False
        assert world.elapsed_ms == before + ms
        assert world.ticks_ms() == (start + world.elapsed_ms) % WRAP
        assert world.ticks_us() == (start + world.elapsed_ms) * 1000 % WRAP


def test_events_come_in_order_of_time_and_then_of_asking(world):
    seen = []
    for name, delay_ms in (("c", 5), ("a", 3), ("d", 5), ("b", 3), ("e", 5)):
        world.at_ms(delay_ms, seen.append, name)
    world.run_for(10)
    assert seen == ["a", "b", "c", "d", "e"]


def test_an_event_at_the_very_deadline_happens_before_idle_returns(world):
    seen = []
    world.at_ms(50, seen.append, 1)
    world.idle(50)
    assert seen == [1]


def test_an_event_may_ask_for_another_at_the_same_instant(world):
    seen = []
    world.at_ms(5, lambda _: world.at_ms(0, seen.append, "later"))
    world.run_for(5)
    assert seen == ["later"]


def test_idle_sleeps_through_what_concerns_only_the_bench(world):
    world.at_ms(10, lambda _: None)
    assert world.idle(50) is False
    assert world.elapsed_ms == 50


def test_idle_returns_when_something_for_the_firmware_came(world):
    world.at_ms(10, world.type_in, b"hello")
    assert world.idle(50) is True
    assert world.elapsed_ms == 10
    assert world.serial_in.any() == 5
    assert world.serial_in.read(2) == b"he"
    assert world.serial_in.read() == b"llo"
    assert world.serial_in.read() == b""
    assert world.idle(40) is False


def test_what_came_while_awake_ends_the_next_sleep_at_once(world):
    world.type_in(b"x")
    assert world.idle(50) is True
    assert world.elapsed_ms == 0


def test_pin_interrupt_runs_its_handler_and_wakes(world):
    seen = []
    pin = machine.Pin(10, machine.Pin.IN, machine.Pin.PULL_UP)
    pin.irq(lambda p: seen.append((p is pin, p(), world.elapsed_ms)), machine.Pin.IRQ_FALLING)
    world.at_ms(7, world.lines[10].set_external, 0)
    world.at_ms(9, world.lines[10].set_external, None)
    assert world.idle(100) is True
    assert seen == [(True, 0, 7)]
    assert world.idle(100) is False


def test_interrupts_wait_while_the_processor_is_busy(world):
    seen = []
    pin = machine.Pin(10, machine.Pin.IN, machine.Pin.PULL_UP)
    pin.irq(lambda _: seen.append(world.elapsed_ms), machine.Pin.IRQ_FALLING)
    world.at_ms(7, world.lines[10].set_external, 0)
    world.spend(45)
    assert seen == [45]
    state = machine.disable_irq()
    world.lines[10].set_external(None)
    world.lines[10].set_external(0)
    assert seen == [45]
    machine.enable_irq(state)
    assert seen == [45, 45]


def test_a_busy_processor_wakes_late_and_the_watchdog_knows(world):
    world.be_busy(70)
    world.idle(50)
    assert world.elapsed_ms == 70
    machine.WDT(timeout=1000)
    world.be_busy(1000)
    with pytest.raises(worlds.WatchdogReset):
        world.idle(50)


def test_watchdog_bites_when_nobody_feeds_it(world):
    dog = machine.WDT(timeout=8000)
    world.idle(7000)
    dog.feed()
    world.idle(7999)
    with pytest.raises(worlds.WatchdogReset):
        world.idle(5000)
    assert world.elapsed_ms == 15_000
    assert machine.reset_cause() == machine.WDT_RESET
    world.idle(60_000)  # it is not armed after the restart


def test_watchdog_bites_in_a_blocking_call(world):
    import rp2

    @rp2.asm_pio()
    def edge_counter():
        nop()  # noqa: F821  # pyright: ignore[reportUndefinedVariable]

    empty = rp2.StateMachine(4, edge_counter, in_base=machine.Pin(5))
    with pytest.raises(RuntimeError, match="for ever"):
        empty.get()
    machine.WDT(timeout=1000)
    with pytest.raises(worlds.WatchdogReset):
        empty.get()


def test_planned_reset_looks_like_the_watchdogs(world):
    assert machine.reset_cause() == machine.PWRON_RESET
    with pytest.raises(worlds.PlannedReset):
        machine.reset()
    assert machine.reset_cause() == machine.WDT_RESET
    assert world.restarts == 1


def test_power_cut_lets_the_outage_pass_and_frees_every_pin(world):
    world.lines[3].set_board_pull(1)
    machine.Pin(3, machine.Pin.OUT, value=0)
    world.ticks_start = 77
    with pytest.raises(worlds.PowerCut):
        world.cut_power(3_600_000)
    assert world.elapsed_ms == 3_600_000
    assert world.ticks_ms() == 77
    assert machine.reset_cause() == machine.PWRON_RESET
    assert world.lines[3].level == 1


def test_soft_reset_leaves_pins_and_watchdog_and_takes_handlers(world):
    machine.Pin(3, machine.Pin.OUT, value=1)
    button = machine.Pin(10, machine.Pin.IN, machine.Pin.PULL_UP)
    button.irq(lambda _: pytest.fail("the handler belongs to the interpreter that is gone"))
    machine.WDT(timeout=1000)
    with pytest.raises(worlds.SoftReset):
        machine.soft_reset()
    assert world.lines[3].level == 1
    world.lines[10].set_external(0)
    with pytest.raises(worlds.WatchdogReset):
        world.idle(1000)


def test_resets_pass_through_an_except_exception(world):
    with pytest.raises(worlds.PowerCut):
        try:
            world.cut_power(1)
        except Exception:
            pytest.fail("firmware must not be able to catch a reset")


def test_tick_jump_moves_the_ticks_alone(world):
    world.idle(1000)
    world.jump_ticks(-5000)
    assert world.ticks_ms() == WRAP - 4000
    assert world.elapsed_ms == 1000
