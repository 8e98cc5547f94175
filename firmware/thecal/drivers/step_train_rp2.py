"""Finite step trains on RP2040, clocked, powered and guarded by PIO.

Two state machines of one PIO block. step_train gives exactly so many pulses on STEP, and waits for its guard before the
first. motor_guard owns ENABLE: it powers the coils for the time of one train, watches the rotor's sensor meanwhile, and
takes the power away at the end, or at once when the rotor has turned further than it may. So neither a dead processor
nor a flash write can lengthen a train, and none of them is needed to cut a motor that runs away (SR-21, SR-33).

Both programs together are 31 of the block's 32 instructions. They are kept referenced by the driver because the state
machines keep running across garbage collections.
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
_IRQ_CLEAR_4 = const(0xC044)  # irq(clear, 4), as a word: exec() of a text compiles it each time


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def step_train():
    wrap_target()
    pull()  # steps - 1
    mov(x, osr)
    pull()  # turns of one delay loop, less one
    wait(1, irq, 4)  # the guard has powered the coils  # pyright: ignore[reportArgumentType]
    mov(y, osr)
    label("lead")  # the coils hold the rotor for half a period before the first edge
    jmp(y_dec, "lead")
    label("step")
    set(pins, 1)
    mov(y, osr)
    label("high")
    jmp(y_dec, "high")
    nop()
    set(pins, 0)
    mov(y, osr)
    label("low")
    jmp(y_dec, "low")
    jmp(x_dec, "step")
    wrap()


@rp2.asm_pio(sideset_init=rp2.PIO.OUT_HIGH)
def motor_guard():
    wrap_target()
    pull().side(1)  # counts that the rotor may give
    mov(y, osr).side(1)
    pull().side(1)  # time with power: two cycles each, and four more, and two for each count
    mov(x, osr).side(1)
    irq(4).side(0)
    jmp(pin, "high").side(0)
    label("low")  # the sensor is low: its next edge rises
    jmp(pin, "rose").side(0)
    jmp(x_dec, "low").side(0)
    jmp("over").side(1)
    label("rose")
    jmp(y_dec, "high").side(0)
    jmp("over").side(1)
    label("high")
    jmp(pin, "still").side(0)
    jmp(y_dec, "low").side(0)
    jmp("over").side(1)
    label("still")
    jmp(x_dec, "high").side(0)
    label("over")
    mov(isr, y).side(1)  # counts left; all ones after one too many
    push(noblock).side(1)
    wrap()


class StepTrain:
    """Sends trains of 1 to MAX_STEPS whole steps forwards; the hardware counts them.

    machine_ids: of the train and of its guard, two state machines of one PIO block. step_pin, enable_pin (active low,
    with a pull-up on the board), rotor_pin: GPIO numbers; rotor_pin None where no sensor gives edges, so that the guard
    ends a train by its time alone. edges: edges that a train of so many steps (the index) may give, see rotor_edges.
    tripped: the guard has cut a train because the rotor turned too far; nothing starts until it is set to False.
    """

    def __init__(self, machine_ids, step_pin, enable_pin, rotor_pin, edges):
        self._step_pin = Pin(step_pin)
        self._enable_pin = Pin(enable_pin)
        # ENABLE itself is low all the time while the guard looks.
        self._rotor_pin = self._enable_pin if rotor_pin is None else Pin(rotor_pin, Pin.IN)
        self._edges = edges
        self._machine = rp2.StateMachine(machine_ids[0])
        self._guard = rp2.StateMachine(machine_ids[1])
        self._running = False
        self.tripped = False
        self.arm()

    def arm(self):
        """Give STEP and ENABLE to the state machines, motor off, no train in flight."""
        self._guard.init(motor_guard, freq=_CLOCK_HZ, jmp_pin=self._rotor_pin, sideset_base=self._enable_pin)
        self._load()
        # A train that was stopped at its very beginning may have left the guard's sign.
        self._machine.exec(_IRQ_CLEAR_4)
        self._machine.active(1)
        self._guard.active(1)
        self._running = False

    def start(self, steps, period_us):
        """Start one train and return its length in ms, rounded up.

        steps: 1 to MAX_STEPS. period_us: MIN_PERIOD_US to MAX_PERIOD_US between steps.
        Raises ValueError outside those ranges, while a train is in flight and after the guard has cut one.
        """
        if not 1 <= steps <= MAX_STEPS:
            raise ValueError("steps")
        if not MIN_PERIOD_US <= period_us <= MAX_PERIOD_US:
            raise ValueError("period")
        if self.busy() or self.tripped:
            raise ValueError("train in flight")
        self._running = True
        self._machine.put(steps - 1)
        self._feed(steps, period_us)
        self._guard.put(self._edges[steps])
        # Half a period before the first edge and after the last.
        self._guard.put((2 * steps + 1) * period_us // 4)
        return (steps + 1) * period_us // 1000 + 1

    def busy(self):
        """True from start() until the hardware has given the last step and cut the coils."""
        if self._running and self._guard.rx_fifo():
            if self._guard.get() >> 16:
                self.tripped = True
            self._running = False
        return self._running

    def is_off(self):
        """True where the enable pin itself, whatever drives it, has the motor without power."""
        return bool(self._enable_pin.value())

    def abort(self):
        """Stop at once, in mid-train too, and cut the motor. arm() is needed before the next start()."""
        self.busy()
        self._guard.active(0)
        self._machine.active(0)
        self._enable_pin.init(Pin.OUT, value=1)
        self._rest()
        self._running = False

    # What depends on the motor; four_phase_rp2 has another.

    def _load(self):
        self._machine.init(step_train, freq=_CLOCK_HZ, set_base=self._step_pin)

    def _feed(self, steps, period_us):
        self._machine.put((period_us - _OVERHEAD_US) // 2)

    def _rest(self):
        self._step_pin.init(Pin.OUT, value=0)
