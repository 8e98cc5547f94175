"""Finite step trains on RP2040, clocked by PIO.

One state machine owns STEP and ENABLE. It pulls a count and a half period, powers the coils, gives exactly that many
steps and takes the power away again, so neither a dead processor nor a flash write can lengthen a train.

The program is kept referenced by the driver because the state machine keeps running across garbage collections.
"""

import rp2
from machine import Pin
from micropython import const

try:
    from typing import TYPE_CHECKING
except ImportError:
    TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2.asm_pio import *

_CLOCK_HZ = const(1_000_000)
# Cycles of one step outside its two delay loops; the loops run one turn more than their count.
_OVERHEAD_US = const(8)
MAX_STEPS = const(8)
MIN_PERIOD_US = const(100)
MAX_PERIOD_US = const(50_000)


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW, sideset_init=rp2.PIO.OUT_HIGH)
def step_train():
    wrap_target()
    pull().side(1)  # steps - 1
    mov(x, osr).side(1)
    pull().side(1)  # turns of one delay loop, less one
    mov(y, osr).side(0)
    label("lead")  # the coils hold the rotor for half a period before the first edge
    jmp(y_dec, "lead").side(0)
    label("step")
    set(pins, 1).side(0)
    mov(y, osr).side(0)
    label("high")
    jmp(y_dec, "high").side(0)
    nop().side(0)
    set(pins, 0).side(0)
    mov(y, osr).side(0)
    label("low")
    jmp(y_dec, "low").side(0)
    jmp(x_dec, "step").side(0)
    mov(isr, null).side(1)
    push(noblock).side(1)  # a word in the FIFO says the train is over
    wrap()


class StepTrain:
    """Sends trains of 1 to MAX_STEPS whole steps forwards; the hardware counts them.

    step_pin, enable_pin: GPIO numbers (enable is active low, with a pull-up on the board).
    machine_id: state machine 0 to 7.
    """

    def __init__(self, machine_id, step_pin, enable_pin):
        self._id = machine_id
        self._step_pin = Pin(step_pin)
        self._enable_pin = Pin(enable_pin)
        self._machine = rp2.StateMachine(machine_id)
        self._running = False
        self.arm()

    def arm(self):
        """Give STEP and ENABLE to the state machine, motor off, no train in flight."""
        self._machine.init(step_train, freq=_CLOCK_HZ, set_base=self._step_pin, sideset_base=self._enable_pin)
        self._machine.active(1)
        self._running = False

    def start(self, steps, period_us):
        """Start one train and return its length in ms, rounded up.

        steps: 1 to MAX_STEPS. period_us: MIN_PERIOD_US to MAX_PERIOD_US between steps.
        Raises ValueError outside those ranges or while a train is in flight.
        """
        if not 1 <= steps <= MAX_STEPS:
            raise ValueError("steps")
        if not MIN_PERIOD_US <= period_us <= MAX_PERIOD_US:
            raise ValueError("period")
        if self.busy():
            raise ValueError("train in flight")
        self._running = True
        self._machine.put(steps - 1)
        self._machine.put((period_us - _OVERHEAD_US) // 2)
        return (steps + 1) * period_us // 1000 + 1

    def busy(self):
        """True from start() until the hardware has given the last step and cut the coils."""
        if self._running and self._machine.rx_fifo():
            self._machine.get()
            self._running = False
        return self._running

    def abort(self):
        """Stop at once, in mid-train too, and cut the motor. arm() is needed before the next start()."""
        self._machine.active(0)
        self._enable_pin.init(Pin.OUT, value=1)
        self._step_pin.init(Pin.OUT, value=0)
        self._running = False
