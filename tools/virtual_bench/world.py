"""Virtual time, events, pins and the serial line: what the fake machine and rp2 modules stand on.

Time runs only inside World.idle(), run_for() and spend(); the processor's own work takes none. Everything that happens
at one instant happens in the order in which it was asked for, so that a run repeats itself exactly.
"""

import heapq

from virtual_bench.i2c_bus import I2cBus
from virtual_bench.lines import Line
from virtual_bench.pio import StateMachineCore
from virtual_bench.wall import WallClock

TICKS_MASK = (1 << 30) - 1  # MicroPython's ticks_ms and ticks_us wrap at 2^30
_NEVER_MS = 1 << 62
PWRON_RESET = 1  # as in machine, MicroPython's RP2 port
WDT_RESET = 3
# Pins from GPIO0 on, and those with an ADC. RP2040 datasheet, 2.19; ESP32 and ESP32-S3 datasheets, pin lists (of the
# two converters only the first, which Wi-Fi leaves alone).
CHIPS = {"RP2040": (30, 26, 30), "ESP32": (40, 32, 39), "ESP32S3": (49, 1, 10)}
HARD_RESET = 2  # as machine.reset() is reported by MicroPython's ESP32 port
STATE_MACHINES = 8

current = None


class Reset(BaseException):
    """The processor restarts: RAM is lost, the firmware must be composed anew. cause is what reset_cause() gives."""

    cause = PWRON_RESET


class PowerCut(Reset):
    """The supply went away and came back."""


class WatchdogReset(Reset):
    """Nobody fed the watchdog in time."""

    cause = WDT_RESET


class PlannedReset(Reset):
    """machine.reset(): RP2040 reports it as a watchdog reset."""

    cause = WDT_RESET


class SoftReset(Reset):
    """machine.soft_reset(): the interpreter restarts; state machines and pins stay as they are."""


def use(world):
    """Make that world the one which the fake machine and rp2 modules talk to."""
    global current
    current = world
    return world


class ByteQueue:
    """Bytes on their way; write at one end, read at the other."""

    def __init__(self):
        self._bytes = bytearray()

    def write(self, data):
        """Add bytes; returns how many."""
        self._bytes.extend(data)
        return len(data)

    def read(self, limit=-1):
        """At most limit bytes (all of them when negative), b"" when there are none."""
        if not self._bytes or limit == 0:
            return b""
        if limit < 0:
            limit = len(self._bytes)
        data = bytes(self._bytes[:limit])
        self._bytes = self._bytes[limit:]
        return data

    def any(self):
        """How many bytes wait."""
        return len(self._bytes)


class World:
    """One board on one bench.

    seed: of every random draw. ticks_start: ms on the tick counter at the start and after each restart; tests start one
    minute before the wrap with TICKS_MASK - 59_999. physics: False stops motor, fluid and sensor sums, so that what the
    firmware itself allocates can be measured; pins, state machines and time go on.
    """

    def __init__(self, seed=1, ticks_start=0):
        self.seed = seed
        self.physics = True
        self.elapsed_ms = 0  # since the bench was switched on; restarts do not touch it
        self.ticks_start = ticks_start
        self.reset_cause = PWRON_RESET
        self.restarts = 0
        self.serial_in = ByteQueue()
        self.serial_out = ByteQueue()
        self.analog = {}  # GPIO number: callable that gives an ADC reading (u16)
        self.wall = WallClock(self)
        self.rtc = self.wall  # what the chip itself has for a clock; a board with a clock chip has another
        self._i2c = {}
        self._on_reset = []
        self._ticks = ticks_start
        self._us = 0
        self._events = []
        self._sequence = 0
        self._next_ms = _NEVER_MS
        self._watchdog_timeout_ms = 0
        self._watchdog_ms = _NEVER_MS
        self._woken = False
        self._masked = False
        self._pending = []
        self.lines = []
        self.parts = {}  # parts of an ESP32 that live until the next hard reset
        self.set_chip("RP2040")
        self.state_machines = []
        self.pio_programs = ([], [])  # programs in the instruction memory of PIO0 and PIO1
        self.pio_flags = [False, False]  # IRQ flag 4 of each block, the one that the drivers use
        for number in range(STATE_MACHINES):
            self.state_machines.append(StateMachineCore(self, number))

    def set_chip(self, chip):
        """Solder in another chip: one of CHIPS."""
        self.chip = chip
        for number in range(len(self.lines), CHIPS[chip][0]):
            self.lines.append(Line(self, number))

    # Time as the processor sees it

    def ticks_ms(self):
        """Milliseconds modulo 2^30."""
        return self._ticks

    def ticks_us(self):
        """Microseconds modulo 2^30."""
        return (self._ticks * 1000 + self._us) & TICKS_MASK

    def idle(self, ms):
        """Sleep up to ms; True at once when an interrupt ran or something for the firmware came, else False."""
        target = self.elapsed_ms + ms
        if target < self._next_ms and target < self._watchdog_ms and ms > 0 and not self._woken:
            self.elapsed_ms = target
            self._us = 0
            room = TICKS_MASK - self._ticks
            self._ticks = self._ticks + ms if ms <= room else ms - room - 1
            return False
        return self._advance(target * 1000, True)

    def spend(self, ms):
        """The processor is busy with interrupts off (a flash erase): hardware goes on, handlers run afterwards."""
        was_masked = self.mask_interrupts(True)
        self._advance((self.elapsed_ms + ms) * 1000, False)
        self.mask_interrupts(was_masked)

    def run_for(self, ms):
        """Let ms pass without any firmware."""
        self._advance((self.elapsed_ms + ms) * 1000, False)

    def wait_for(self, condition, what):
        """The processor blocks until condition() is true; blocked for ever, the watchdog bites or RuntimeError."""
        while not condition():
            due_us = self._watchdog_ms * 1000
            if self._events and self._events[0][0] < due_us:
                due_us = self._events[0][0]
            if due_us == _NEVER_MS * 1000:
                raise RuntimeError(what + " blocks for ever")
            self._advance(due_us, False)

    # Time as the bench sees it

    def now_us(self):
        """Microseconds since the bench was switched on."""
        return self.elapsed_ms * 1000 + self._us

    def at_ms(self, delay_ms, call, argument=None):
        """Call call(argument) in delay_ms from now."""
        self.at_us((self.elapsed_ms + delay_ms) * 1000 + self._us, call, argument)

    def at_us(self, due_us, call, argument=None):
        """Call call(argument) at due_us on the clock of now_us()."""
        self._sequence += 1
        heapq.heappush(self._events, (due_us, self._sequence, call, argument))
        self._next_ms = self._events[0][0] // 1000

    def wake(self):
        """Something for the firmware happened: idle() returns."""
        self._woken = True

    def type_in(self, data):
        """Bytes arrive on the serial line."""
        self.serial_in.write(data)
        self._woken = True

    def _advance(self, target_us, stops_when_woken):
        events = self._events
        watchdog_us = self._watchdog_ms * 1000  # only the firmware, which does not run here, can move it
        while True:
            if self._woken and stops_when_woken:
                self._woken = False
                return True
            due_us = events[0][0] if events else target_us + 1
            if watchdog_us <= target_us and watchdog_us < due_us:
                self._set_time(watchdog_us)
                self.restart(WatchdogReset())
            if due_us > target_us:
                break
            event = heapq.heappop(events)
            self._next_ms = events[0][0] // 1000 if events else _NEVER_MS
            self._set_time(due_us)
            event[2](event[3])
        if target_us > self.now_us():
            self._set_time(target_us)
        return False

    def _set_time(self, us):
        ms = us // 1000
        if ms > self.elapsed_ms:
            self._ticks = (self._ticks + ms - self.elapsed_ms) & TICKS_MASK
            self.elapsed_ms = ms
            self._us = us - ms * 1000
        elif ms == self.elapsed_ms and us - ms * 1000 > self._us:
            self._us = us - ms * 1000

    def jump_ticks(self, ms):
        """The tick counter goes wrong by ms; time itself does not."""
        self._ticks = (self._ticks + ms) & TICKS_MASK

    # Interrupts

    def interrupt(self, line):
        """Run a pin's handler now, or when interrupts are on again."""
        self._woken = True
        if self._masked:
            if line not in self._pending:
                self._pending.append(line)
        else:
            self._handle(line)

    def be_busy(self, ms):
        """At its next sleep the processor is busy for ms first, interrupts off: whatever was due comes late."""
        self.at_us(self.now_us(), self.spend, ms)

    def mask_interrupts(self, masked):
        """Hold interrupts back, or let them come; returns what it was before."""
        before = self._masked
        self._masked = masked
        while self._pending and not self._masked:
            self._handle(self._pending.pop(0))
        return before

    def _handle(self, line):
        handler = line.handler
        if handler is not None:
            handler(line.pin)
        line.flags = 0

    def i2c_bus(self, sda, scl):
        """The bus on two lines, with whatever hangs on it."""
        key = (sda.number, scl.number)
        if key not in self._i2c:
            self._i2c[key] = I2cBus(sda, scl)
        return self._i2c[key]

    # Watchdog and restarts

    def start_watchdog(self, timeout_ms):
        self._watchdog_timeout_ms = timeout_ms
        self.feed_watchdog()

    def feed_watchdog(self):
        self._watchdog_ms = self.elapsed_ms + self._watchdog_timeout_ms

    def on_reset(self, call):
        """Call call() at every restart of the chip."""
        self._on_reset.append(call)

    def cut_power(self, outage_ms, until=None):
        """The supply goes away for outage_ms, and until until() is true; raises PowerCut when it is back."""
        self.restart(PowerCut(), outage_ms, until)

    def restart(self, reset, outage_ms=0, until=None):
        """Reset the chip as that Reset does, let the outage pass, and raise it."""
        self._woken = False
        self._masked = False
        self._pending = []
        if not isinstance(reset, SoftReset):
            self._watchdog_ms = _NEVER_MS
            for machine in self.state_machines:
                machine.reset()
            self.pio_programs[0].clear()
            self.pio_programs[1].clear()
            self.pio_flags = [False, False]
            for part in self.parts.values():
                part.end()
            self.parts.clear()
            for line in self.lines:
                line.reset()
            self.serial_in.read()
            for call in self._on_reset:
                call()
            if outage_ms:
                self.wall.power_lost()
                if self.rtc is not self.wall:
                    self.rtc.power_lost()
                self._advance((self.elapsed_ms + outage_ms) * 1000, False)
            if until is not None:
                self.wait_for(until, "power cut")
            self._ticks = self.ticks_start
            self.reset_cause = reset.cause
            if self.chip != "RP2040" and isinstance(reset, PlannedReset):
                self.reset_cause = HARD_RESET
        else:
            for line in self.lines:
                line.handler = None
                line.trigger = 0
        self._woken = False
        self.restarts += 1
        raise reset
