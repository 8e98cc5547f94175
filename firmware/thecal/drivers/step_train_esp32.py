"""Finite step trains on ESP32 and ESP32-S3, clocked and powered by two channels of the RMT.

One channel gives the pulses on STEP, the other holds ENABLE low for so long and no longer. Each is one explicit
sequence that lies whole in the channel's own memory, never a loop: neither a dead processor nor a flash write (which
stalls this chip for about 80 ms, interrupts included) can lengthen a train, and none of them is needed to end it.

What is not cut by hardware here: a rotor that turns too far in a train. The pulse counter counts its edges and
interrupts at one too many; the handler cuts the power, normally within a millisecond, after a flash write within 80 ms,
and with a dead processor not at all: the train's own end is the limit then. No flash operation begins while the motor
is powered (records.quiet_volume).
"""

import esp32
from machine import Pin
from micropython import const

from thecal.tables import ticks

MAX_STEPS = const(8)
MIN_PERIOD_US = const(100)
MAX_PERIOD_US = const(50_000)
_TICKS_HZ = const(1_000_000)
# Both channels are started one after the other, ENABLE first. It holds the power for longer by so much; a processor
# that needs more between them starts no pulse.
_APART_US = const(2_000)
_APART_MS = const(2)
# The longest train in flight, for a new start after one was cut.
_LONGEST_MS = const(500)


class StepTrain:
    """Sends trains of 1 to MAX_STEPS whole steps forwards; the hardware counts them.

    step_pin, enable_pin (active low, with a pull-up on the board), rotor_pin: GPIO numbers; rotor_pin None where no
    sensor gives edges. counter: unit of the pulse counter. edges: edges that a train of so many steps (the index) may
    give, see rotor_edges. ticks_ms: callable, ms modulo 2^30.
    tripped: a train was cut because the rotor turned too far; nothing starts until it is set to False.
    """

    def __init__(self, step_pin, enable_pin, rotor_pin, counter, edges, ticks_ms):
        self._step_pin = Pin(step_pin, Pin.OUT, value=0)
        self._enable_pin = Pin(enable_pin, Pin.OUT, value=1)
        self._edges = edges
        # Edges at which the counter interrupts, 0 nowhere. Made once, because a bound method takes heap each time.
        self._watched = 0
        self._handler = self._turned_too_far
        self._ticks_ms = ticks_ms
        self._step_rmt = self._power_rmt = self._counter = None
        self._steps = self._period_us = 0
        self._pulses = self._power = self._low = ()
        self._armed = self._running = False
        self.tripped = False
        if rotor_pin is not None:
            both = esp32.PCNT.INCREMENT
            self._counter = esp32.PCNT(counter, pin=Pin(rotor_pin, Pin.IN), rising=both, falling=both)
            self._counter.start()
        self.arm()

    def arm(self):
        """Give STEP and ENABLE to the RMT, motor off, no train in flight. Waits for the end of one that was cut."""
        for rmt in (self._step_rmt, self._power_rmt):
            if rmt is not None:
                # A transmission ends by itself; stopping a long one panics the chip (ESP-IDF before 5.5.2).
                rmt.wait_done(timeout=_LONGEST_MS)
                rmt.deinit()
        # A new channel drives its pin low until its first sequence, whatever idle_level says. So the pad is held high
        # until that first sequence, one tick of high, has set the level.
        self._enable_pin.init(Pin.OUT, value=1, hold=True)  # pyright: ignore[reportCallIssue]  # hold: not in the stubs
        self._step_rmt = esp32.RMT(pin=self._step_pin, resolution_hz=_TICKS_HZ)
        self._power_rmt = esp32.RMT(pin=self._enable_pin, resolution_hz=_TICKS_HZ, idle_level=True)
        self._power_rmt.write_pulses((1,), True)
        self._power_rmt.wait_done(timeout=_LONGEST_MS)
        self._enable_pin.init(hold=False)  # pyright: ignore[reportCallIssue]
        self._armed, self._running = True, False

    def start(self, steps, period_us):
        """Start one train and return its length in ms, rounded up.

        steps: 1 to MAX_STEPS. period_us: MIN_PERIOD_US to MAX_PERIOD_US between steps.
        Raises ValueError outside those ranges, while a train is in flight and after one was cut; OSError where the
        processor was too late between power and pulses: the power is off again, and no step was given.
        """
        if not 1 <= steps <= MAX_STEPS:
            raise ValueError("steps")
        if not MIN_PERIOD_US <= period_us <= MAX_PERIOD_US:
            raise ValueError("period")
        if self.busy() or self.tripped:
            raise ValueError("train in flight")
        if not self._armed:
            self.arm()
        if steps != self._steps or period_us != self._period_us:
            self._prepare(steps, period_us)
        if self._counter is not None:
            self._watch(self._edges[steps] + 1)
        self._running = True
        began = self._ticks_ms()
        self._power_rmt.write_pulses(self._power, self._low)
        if ticks.diff(self._ticks_ms(), began) >= _APART_MS:
            self.abort()
            raise OSError(110)  # ETIMEDOUT
        self._step_rmt.write_pulses(self._pulses, False)
        return ((steps + 1) * period_us + _APART_US) // 1000 + 1

    def busy(self):
        """True from start() until the hardware has given the last step and cut the coils."""
        if self._running and self._power_rmt.wait_done():
            # Reading the counter runs a handler that is pending.
            if self._counter is not None and self._counter.value() > self._edges[self._steps]:
                self.tripped = True
            self._running = False
        return self._running

    def is_off(self):
        """True where the enable pin itself, whatever drives it, has the motor without power.

        That rests on a pin which can still be read when the RMT drives it. By its source (rmt_new_tx_channel) ESP-IDF
        5.3.1 switches the input off there: the pin reads low, and the pump shows the alarm motor_power from its start.
        Sources shortly before and after 6.0 leave it on. MicroPython 1.28 is made with 5.5.1, which was not looked at.
        """
        return bool(self._enable_pin.value())

    def abort(self):
        """Stop at once, in mid-train too, and cut the motor. The next start() waits for arm(), or does it."""
        # Both pins are taken from the RMT, which goes on for nobody.
        self._enable_pin.init(Pin.OUT, value=1)
        self._step_pin.init(Pin.OUT, value=0)
        self._armed = self._running = False

    def _watch(self, edges):
        counter = self._counter
        if edges != self._watched:
            # Without an interrupt in between, newer MicroPython (the driver pulse_cnt) leaves the old threshold in one
            # of the unit's two places, and the third one is an error.
            if self._watched:
                self._watched = 0
                counter.irq(None, esp32.PCNT.IRQ_THRESHOLD0)
            counter.init(threshold0=edges)
            counter.irq(self._handler, esp32.PCNT.IRQ_THRESHOLD0)
            self._watched = edges
        # A threshold counts from the next zero on.
        counter.value(0)

    def _prepare(self, steps, period_us):
        """Durations in us, none over 32767: half a period of holding before the first edge and after the last."""
        high = period_us // 2
        self._steps, self._period_us = steps, period_us
        self._pulses = (period_us - high,) + (high, period_us - high) * steps
        self._power = (_APART_US + period_us - high,) + (period_us - high, high) * steps
        self._low = (False,) * len(self._power)

    def _turned_too_far(self, counter):
        counter.irq().flags()
        if self._running:
            self.abort()
            self.tripped = True
