"""The fake machine and rp2 take what the real ones take and refuse what they refuse."""

# What the real module refuses, the type checker refuses too.
# pyright: reportCallIssue=false, reportArgumentType=false

import machine
import pytest
import rp2

from virtual_bench import world as worlds


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: machine.Pin(30), ValueError),
        (lambda: machine.Pin(-1), ValueError),
        (lambda: machine.Pin("NOPE"), ValueError),
        (lambda: machine.Pin(2.0), TypeError),
        (lambda: machine.Pin(2, 17), ValueError),
        (lambda: machine.Pin(2, machine.Pin.IN, 9), ValueError),
        (lambda: machine.Pin(2, machine.Pin.OUT, None, 1), TypeError),
        (lambda: machine.Pin(2, drive=1), TypeError),
        (lambda: machine.Pin(2, machine.Pin.IN).irq(7), ValueError),
        (lambda: machine.Pin(2, machine.Pin.IN).irq(print, priority=2), TypeError),
        (lambda: machine.Pin(2, machine.Pin.IN).irq(print, 64), ValueError),
        (lambda: machine.ADC(25), ValueError),
        (lambda: machine.ADC(machine.Pin(3)), ValueError),
        (lambda: machine.ADC(26, sample_ns=3), TypeError),
        (lambda: machine.WDT(timeout=8389), ValueError),
        (lambda: machine.WDT(id=1), ValueError),
        (lambda: machine.WDT(0, 1000, 2), TypeError),
        (lambda: machine.PWM(16, freq=7), ValueError),
        (lambda: machine.PWM(16, freq=62_500_001), ValueError),
        (lambda: machine.PWM(16, 440), TypeError),
        (lambda: machine.RTC().datetime((2026, 1, 1)), ValueError),
        (lambda: machine.RTC().datetime(5), TypeError),
        (lambda: machine.RTC().datetime((2026, 2, 30, 0, 0, 0, 0, 0)), ValueError),
        (lambda: rp2.StateMachine(8), ValueError),
        (lambda: rp2.StateMachine(0).init(None), TypeError),
        (lambda: rp2.PIO(2), ValueError),
    ],
)
def test_what_the_real_module_refuses_is_refused(world, call, error):
    with pytest.raises(error):
        call()


def test_watchdog_takes_the_longest_that_the_chip_has(world):
    machine.WDT(timeout=8388)


def test_pins_are_shared_by_number_and_by_name(world):
    first = machine.Pin(2, machine.Pin.OUT, value=1)
    assert machine.Pin("GP2").value() == 1
    assert machine.Pin(first)() == 1
    first.off()
    assert machine.Pin(2)() == 0
    machine.Pin(2).on()
    assert first() == 1
    first.toggle()
    assert first() == 0
    first("any true thing")
    assert first.value() == 1


def test_a_pin_object_without_mode_leaves_the_pin_alone(world):
    machine.Pin(2, machine.Pin.OUT, value=1)
    machine.Pin(2)
    assert world.lines[2].output


def test_output_keeps_its_level_when_it_becomes_one_again(world):
    pin = machine.Pin(2, machine.Pin.OUT, value=1)
    pin.init(machine.Pin.IN)
    assert pin() == 0
    pin.init(machine.Pin.OUT)
    assert pin() == 1


def test_an_input_follows_the_strongest(world):
    pin = machine.Pin(9, machine.Pin.IN, machine.Pin.PULL_UP)
    line = world.lines[9]
    assert pin() == 1
    line.set_board_pull(0)
    assert pin() == 1
    line.set_external(0)
    assert pin() == 0
    line.force(1)
    assert pin() == 1
    line.force(None)
    line.set_external(None)
    pin.init(pull=None)
    assert pin() == 0


def test_irq_object(world):
    seen = []
    pin = machine.Pin(9, machine.Pin.IN)
    irq = pin.irq(lambda p: seen.append(irq.flags()))
    world.lines[9].set_external(1)
    world.lines[9].set_external(0)
    assert seen == [machine.Pin.IRQ_RISING, machine.Pin.IRQ_FALLING]
    assert irq.trigger() == machine.Pin.IRQ_RISING | machine.Pin.IRQ_FALLING
    irq.trigger(machine.Pin.IRQ_RISING)
    world.lines[9].set_external(1)
    world.lines[9].set_external(0)
    assert len(seen) == 3
    pin.irq(None)
    world.lines[9].set_external(1)
    assert len(seen) == 3


def test_pwm_shows_on_its_line(world):
    seen = []
    world.lines[16].listen(lambda level: seen.append((level, world.lines[16].duty_u16)))
    tone = machine.PWM(machine.Pin(16), freq=440, duty_u16=0)
    tone.duty_u16(32_768)
    tone.duty_u16(70_000)
    assert (tone.freq(), tone.duty_u16()) == (440, 65_535)
    tone.deinit()
    assert seen == [(1, 32_768), (0, 0)]


def test_idle_waits_at_most_a_millisecond(world):
    machine.idle()
    assert world.elapsed_ms == 1


def test_the_rest_of_machine(world):
    assert machine.freq() == 125_000_000
    assert len(machine.unique_id()) == 8
    assert worlds.CHIPS["RP2040"][0] == 30
