"""Fake esp32 module: the names, parameters and argument checks of MicroPython 1.28-1.29, as far as drivers use them."""

from virtual_bench import lines, world

_SOURCE_HZ = 80_000_000
_DEFAULT_HZ = 10_000_000
_OWN_SYMBOLS = {"ESP32": 64, "ESP32S3": 48}  # symbols (two pulses each) in a channel's own memory
_CHANNELS = {"ESP32": 8, "ESP32S3": 4}
_ENODEV = 19
_LARGEST = 32_767
_UNSET = -1_000_000
_PLACES = 2
_NOT_FOUND = -0x105  # ESP_ERR_NOT_FOUND


def _parts():
    if world.current.chip == "RP2040":
        raise ImportError("no module named 'esp32'")
    return world.current.parts


class RMT:
    """One sequence at a time, from the channel's own memory; what would need an interrupt to refill it is refused."""

    PULSE_MAX = _LARGEST

    def __init__(
        self,
        id=-1,
        *,
        pin,
        resolution_hz=None,
        clock_div=None,
        idle_level=False,
        tx_carrier=None,
        num_symbols=48,
    ):
        parts = _parts()
        if resolution_hz is not None and clock_div is not None:
            raise ValueError("resolution_hz and clock_div are mutually exclusive")
        if clock_div is not None and not 1 <= clock_div <= 255:
            raise ValueError("clock_div must be between 1 and 255")
        if tx_carrier is not None:
            raise NotImplementedError("the bench's RMT has no carrier")
        self._world = world.current
        self._symbols = _OWN_SYMBOLS[self._world.chip]
        self._hz = resolution_hz or (_SOURCE_HZ // clock_div if clock_div else _DEFAULT_HZ)
        self._idle_level = 1 if idle_level else 0
        self._line = pin._line
        self._generation = 0
        self._end_us = 0
        self._key = None
        for number in range(_CHANNELS[self._world.chip]):
            if ("rmt", number) not in parts:
                self._key = ("rmt", number)
                break
        if self._key is None:
            raise OSError(_ENODEV)
        parts[self._key] = self
        # As the chip does it: low until the first sequence, whatever the idle level.
        self._line.take(lines.OWNER_RMT, True, 0)
        self._line.pin = self

    def end(self):
        """The chip is reset."""
        self._generation += 1
        self._key = None

    def deinit(self):
        if self._key is not None:
            self.active(False)
            if self._is_connected():
                self._line.take(lines.OWNER_NONE, False)
            del self._world.parts[self._key]
            self._key = None

    def write_pulses(self, duration, data=True):
        self._check()
        if not self.wait_done():
            self._world.wait_for(self.wait_done, "RMT.write_pulses()")
        if not isinstance(data, (tuple, list)):
            first = 1 if data else 0
            pulses = [(duration[index], (first + index) % 2) for index in range(len(duration))]
        elif isinstance(duration, int):
            pulses = [(duration, data[index]) for index in range(len(data))]
        else:
            if len(duration) != len(data):
                raise ValueError("duration and data must have same length")
            pulses = [(duration[index], data[index]) for index in range(len(data))]
        if not pulses:
            raise ValueError("No pulses")
        for ticks, _ in pulses:
            if not 1 <= ticks <= _LARGEST:
                raise ValueError("duration out of range")
        # The last symbol of the memory is the mark of the end.
        if (len(pulses) + 1) // 2 >= self._symbols:
            raise NotImplementedError("the bench's RMT sends what fits into its memory")
        began = self._world.now_us()
        self._generation += 1
        at = 0
        for ticks, level in pulses:
            due_us = began + at * 1_000_000 // self._hz
            argument = (self._generation, 1 if level else 0)
            if at:
                self._world.at_us(due_us, self._write, argument)
            else:
                self._write(argument)
            at += ticks
        # One tick is less than a us where the resolution is finer.
        self._end_us = began + -(-at * 1_000_000 // self._hz)
        self._world.at_us(self._end_us, self._write, (self._generation, self._idle_level))

    def wait_done(self, *, timeout=0):
        self._check()
        while self._world.now_us() < self._end_us:
            if timeout == 0:
                return False
            self._world.run_for(1)
            timeout -= 1
        return True

    def active(self, value=None):
        if value is None:
            return not self.wait_done()
        if value:
            raise ValueError("activate by calling write_pulses()")
        if not self.wait_done():
            self._generation += 1
            self._end_us = 0
            self._write((self._generation, self._idle_level))
        return False

    def loop(self, enable_loop):
        raise NotImplementedError("no train may be without an end")

    def loop_count(self, count):
        raise NotImplementedError("no train may be without an end")

    @classmethod
    def source_freq(cls):
        return _SOURCE_HZ

    def clock_div(self):
        return _SOURCE_HZ // self._hz

    def _check(self):
        if self._key is None:
            raise OSError("already deinitialized")

    def _is_connected(self):
        return self._line.owner == lines.OWNER_RMT and self._line.pin is self

    def _write(self, generation_and_level):
        generation, level = generation_and_level
        if generation == self._generation and self._is_connected():
            self._line.drive(level)


class _PcntIrq:
    def __init__(self, unit):
        self._unit = unit

    def flags(self):
        flags = self._unit.flags
        self._unit.flags = 0
        return flags


class _Unit:
    """What survives of a pulse counter's unit when Python forgets its object."""

    def __init__(self, on_world):
        self.world = on_world
        self.channels = {}  # by number: line, mode line, listener
        self.actions = [(0, 0, 0, 0), (0, 0, 0, 0)]
        self.count = 0
        self.minimum = self.maximum = 0
        self.thresholds = [_UNSET, _UNSET]
        self.watched = []  # thresholds that the hardware watches, in its two places
        self.effective = ()  # of them, since the counter was last cleared
        self.counts = False
        self.handler = None
        self.trigger = 0
        self.flags = 0
        self.pin = None  # what the handler is called with; the world calls it as it calls a pin's

    def end(self):
        for number in range(2):
            self.connect(number, None, None)

    def connect(self, number, line, mode_line):
        before = self.channels.pop(number, None)
        if before is not None:
            before[0].unlisten(before[2])
        if line is not None:

            def listener(level):
                self._edge(number, level)

            self.channels[number] = (line, mode_line, listener)
            line.listen(listener)

    def _edge(self, number, level):
        rising, falling, low, high = self.actions[number]
        action = rising if level else falling
        mode_line = self.channels[number][1]
        mode = (high if mode_line.level else low) if mode_line is not None else 0
        if not self.counts or not action or mode == PCNT.HOLD:
            return
        self.count += 1 if (action == PCNT.INCREMENT) == (mode != PCNT.REVERSE) else -1
        if self.maximum and self.count >= self.maximum:
            self._event(PCNT.IRQ_MAX)
            self.count = 0
        elif self.minimum and self.count <= self.minimum:
            self._event(PCNT.IRQ_MIN)
            self.count = 0
        if self.count == 0:
            self._event(PCNT.IRQ_ZERO)
        if self.count in self.effective:
            if self.count == self.thresholds[0]:
                self._event(PCNT.IRQ_THRESHOLD0)
            if self.count == self.thresholds[1]:
                self._event(PCNT.IRQ_THRESHOLD1)

    def clear(self):
        self.count = 0
        self.effective = tuple(self.watched)

    def watch(self, trigger):
        """As in the driver on pulse_cnt: it takes away the thresholds that it knows now, so that one which was changed
        while it was watched stays where it is."""
        for threshold in self.thresholds:
            if threshold in self.watched:
                self.watched.remove(threshold)
        wanted = (trigger & PCNT.IRQ_THRESHOLD0, trigger & PCNT.IRQ_THRESHOLD1)
        for threshold, is_wanted in zip(self.thresholds, wanted):
            if is_wanted and threshold != _UNSET:
                if len(self.watched) == _PLACES:
                    raise OSError(_NOT_FOUND)
                self.watched.append(threshold)

    def _event(self, event):
        if self.trigger & event:
            self.flags |= event
            self.world.interrupt(self)


class PCNT:
    """Unit id of the pulse counter, 0 to 7 (ESP32-S3: 0 to 3)."""

    IRQ_MIN = 16
    INCREMENT = 1
    IRQ_MAX = 32
    IRQ_ZERO = 64
    IRQ_THRESHOLD0 = 8
    IRQ_THRESHOLD1 = 4
    NORMAL = 0
    IGNORE = 0
    REVERSE = 1
    DECREMENT = 2
    HOLD = 2

    def __init__(self, id, **kwargs):
        parts = _parts()
        if not 0 <= id < (8 if world.current.chip == "ESP32" else 4):
            raise ValueError("invalid id")
        key = ("pcnt", id)
        if key not in parts:
            parts[key] = _Unit(world.current)
        self._unit = parts[key]
        self._unit.pin = self
        self.init(**kwargs)

    def init(self, **kwargs):
        unit = self._unit
        channel = kwargs.pop("channel", 0)
        if "pin" in kwargs:
            pin, mode_pin = kwargs.pop("pin"), kwargs.pop("mode_pin", None)
            unit.connect(channel, pin and pin._line, mode_pin and mode_pin._line)
        elif "mode_pin" in kwargs:
            raise ValueError("pin")
        actions = [kwargs.pop(name, None) for name in ("rising", "falling", "mode_low", "mode_high")]
        if actions != [None] * 4:
            unit.actions[channel] = tuple([action or 0 for action in actions])
        clears = False
        for name, value in kwargs.items():
            if name == "value":
                _within(name, value, 0, 0)
            elif name == "min":
                unit.minimum = _within("minimum", value, -32_768, 0)
            elif name == "max":
                unit.maximum = _within("maximum", value, 0, _LARGEST)
            elif name in ("threshold0", "threshold1"):
                unit.thresholds[name == "threshold1"] = _within(name, value, -32_768, _LARGEST)
            elif name == "filter":
                _within(name, value, 0, 1023)
                continue
            else:
                raise TypeError("extra keyword arguments given")
            clears = True
        if unit.trigger:
            unit.watch(unit.trigger)
        if clears:
            unit.clear()

    def start(self):
        self._unit.counts = True

    def stop(self):
        self._unit.counts = False

    def deinit(self):
        self._unit.end()
        self._unit.counts = False
        self._unit.trigger = 0

    def value(self, value=None):
        count = self._unit.count
        # Pending interrupts run before a value is given.
        if self._unit.flags and self._unit.handler is not None:
            self._unit.handler(self)
        if value is not None:
            _within("value", value, 0, 0)
            self._unit.clear()
        return count

    def irq(self, handler=None, trigger=IRQ_ZERO):
        """No handler, but a trigger: all events off. The chip takes irq(None) for that too, which here is as irq()."""
        unit = self._unit
        if handler is not None or trigger != PCNT.IRQ_ZERO:
            unit.handler = handler
            unit.trigger = 0 if handler is None else trigger
            unit.watch(unit.trigger)
        return _PcntIrq(unit)


def _within(name, value, least, most):
    if not least <= value <= most:
        raise ValueError(name)
    return value
