"""Fake machine module: the names, parameters and argument checks of MicroPython 1.27-1.29 on RP2040.

It serves ESP32 boards too, with the world's chip: pins, converter and reset causes are that chip's; the numbers behind
the names of constants stay RP2040's.
"""

from virtual_bench import lines, world

PWRON_RESET = world.PWRON_RESET
HARD_RESET = world.HARD_RESET
WDT_RESET = world.WDT_RESET
_UNIQUE_ID = b"THECALVB"  # eight bytes, as the Pico's flash chip gives
_SYSTEM_HZ = 125_000_000
_WATCHDOG_MAX_MS = 8388  # ports/rp2/machine_wdt.c: 24 bits that run down by two each us


def reset():
    world.current.restart(world.PlannedReset())


def soft_reset():
    world.current.restart(world.SoftReset())


def reset_cause():
    return world.current.reset_cause


def idle():
    """Wait for an interrupt, at most one ms: on the chip a timer wakes it too."""
    world.current.idle(1)


def unique_id():
    return _UNIQUE_ID


def freq(hz=None):
    if hz is None:
        return _SYSTEM_HZ
    raise NotImplementedError("the bench's processor has one speed")


def disable_irq():
    return world.current.mask_interrupts(True)


def enable_irq(state):
    world.current.mask_interrupts(state)


def _find_line(id):
    if isinstance(id, Pin):
        return id._line
    if isinstance(id, str):
        if id == "LED":
            id = 25
        elif id[:2] == "GP" and id[2:].isdigit():
            id = int(id[2:])
        else:
            raise ValueError('unknown named pin "{}"'.format(id))
    if not isinstance(id, int):
        raise TypeError("can't convert to int")
    if not 0 <= id < world.CHIPS[world.current.chip][0]:
        raise ValueError("invalid pin")
    return world.current.lines[id]


class _PinIrq:
    def __init__(self, line):
        self._line = line

    def __call__(self):
        if self._line.handler is not None:
            self._line.handler(self._line.pin)

    def flags(self):
        return self._line.flags

    def trigger(self, trigger=None):
        previous = self._line.trigger
        if trigger is not None:
            self._line.trigger = trigger
        return previous


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    ALT = 3
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None, alt=None, hold=None):
        self._line = _find_line(id)
        if (mode, pull, value, drive, alt, hold) != (-1, -1, None, None, None, None):
            self.init(mode, pull, value=value, drive=drive, alt=alt, hold=hold)

    def init(self, mode=-1, pull=-1, *, value=None, drive=None, alt=None, hold=None):
        line = self._line
        if world.current.chip == "RP2040" and (drive is not None or hold is not None):
            raise TypeError("extra keyword arguments given")
        if drive is not None or alt is not None:
            raise NotImplementedError("the bench's pins have one strength and one function")
        if mode not in (-1, Pin.IN, Pin.OUT, Pin.OPEN_DRAIN):
            if mode == Pin.ALT:
                raise NotImplementedError("the bench's pins have no other function")
            raise ValueError("invalid mode")
        if pull is None:
            line.set_pull(None)
        elif pull == Pin.PULL_UP:
            line.set_pull(1)
        elif pull == Pin.PULL_DOWN:
            line.set_pull(0)
        elif pull != -1:
            raise ValueError("invalid pull")
        level = None if value is None else (1 if value else 0)
        if mode == -1:
            if level is not None:
                line.drive(level)
        elif mode == Pin.OPEN_DRAIN:
            line.take(lines.OWNER_SIO, level == 0, 1 if level is None else level, True)
        else:
            line.take(lines.OWNER_SIO, mode == Pin.OUT, level)
        if hold is not None:
            line.hold(False)
            if hold:
                line.hold(True)

    def __call__(self, x=None):
        return self.value(x)

    def value(self, x=None):
        if x is None:
            return self._line.level
        if self._line.owner == lines.OWNER_SIO:
            self._line.drive(1 if x else 0)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def high(self):
        self.value(1)

    def low(self):
        self.value(0)

    def toggle(self):
        self.value(1 - self._line.latch)

    def irq(self, handler=None, trigger=IRQ_FALLING | IRQ_RISING, *, hard=False):
        if handler is not None and not callable(handler):
            raise ValueError("handler must be None or callable")
        if trigger & ~(1 | 2 | Pin.IRQ_FALLING | Pin.IRQ_RISING):
            raise ValueError("invalid trigger")
        line = self._line
        line.pin = self
        line.handler = handler
        line.trigger = trigger if handler is not None else 0
        line.flags = 0
        return _PinIrq(line)


class ADC:
    CORE_TEMP = 4
    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3

    def __init__(self, id, *, sample_ns=None, atten=None):
        is_rp2040 = world.current.chip == "RP2040"
        if is_rp2040 and not sample_ns is atten is None:
            raise TypeError("extra keyword arguments given")
        is_channel = is_rp2040 and isinstance(id, int) and 0 <= id <= 4
        number = 26 + id if is_channel else _find_line(id).number
        _, first, last = world.CHIPS[world.current.chip]
        if not first <= number <= last:
            raise ValueError("Pin doesn't have ADC capabilities")
        if not is_rp2040 and atten != ADC.ATTN_11DB:
            raise NotImplementedError("the bench's sensors need the whole range")
        self._source = world.current.analog.get(number, _unconnected)

    def read_u16(self):
        return self._source()

    def read_uv(self):
        """ESP32: what its own calibration makes of a reading; 3.3 V at full scale."""
        return self._source() * 3_300_000 // 65_535


def _unconnected():
    return 0


class PWM:
    def __init__(self, dest, *, freq=None, duty_u16=None, duty_ns=None, invert=None):
        self._line = _find_line(dest)
        if invert:
            raise NotImplementedError("the bench models no inverted PWM")
        self.init(freq=freq, duty_u16=duty_u16, duty_ns=duty_ns)

    def init(self, *, freq=None, duty_u16=None, duty_ns=None, invert=None):
        self._line.take(lines.OWNER_PWM, True, 0)
        if freq is not None:
            self.freq(freq)
        if duty_u16 is not None:
            self.duty_u16(duty_u16)
        if duty_ns is not None:
            self.duty_ns(duty_ns)

    def freq(self, value=None):
        if value is None:
            return self._line.frequency_hz
        # The slice divides 125 MHz by 1 to 255 15/16 and counts to at most 65,535.
        if value < 8:
            raise ValueError("freq too small")
        if value > _SYSTEM_HZ // 2:
            raise ValueError("freq too large")
        self._line.frequency_hz = value

    def duty_u16(self, value=None):
        if value is None:
            return self._line.duty_u16
        self._line.set_duty(min(max(value, 0), 65_535))

    def duty_ns(self, value=None):
        raise NotImplementedError("the bench's PWM takes duty_u16")

    def deinit(self):
        self._line.set_duty(0)
        self._line.frequency_hz = 0
        self._line.take(lines.OWNER_NONE, False)


class WDT:
    def __init__(self, *, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT({}) doesn't exist".format(id))
        if timeout > _WATCHDOG_MAX_MS:
            raise ValueError("timeout exceeds 8388")
        self._world = world.current
        self._world.start_watchdog(timeout)

    def feed(self):
        self._world.feed_watchdog()


class RTC:
    def __init__(self, id=0):
        self._wall = world.current.rtc

    def datetime(self, datetimetuple=None):
        """Eight-tuple (year, month, day, weekday, hour, minute, second, subseconds); with one, set the clock."""
        if datetimetuple is None:
            return self._wall.datetime()
        if not isinstance(datetimetuple, (tuple, list)):
            raise TypeError("object not a tuple or list")
        if len(datetimetuple) != 8:
            raise ValueError("requested length 8 but object has length {}".format(len(datetimetuple)))
        self._wall.set_datetime(datetimetuple)


_EIO = 5
_ENODEV = 19
_ETIMEDOUT = 110


class I2C:
    """A controller of the chip; its pins are wired to it: data on even ones, clock on odd ones."""

    _OWNER = lines.OWNER_NONE
    _NOBODY = _EIO
    _STUCK_ENDS = True  # it loses the arbitration against whoever holds the data line low

    def __init__(self, id, *, scl=None, sda=None, freq=400_000, timeout=50_000):
        if id not in (0, 1):
            raise ValueError("I2C({}) doesn't exist".format(id))
        if scl is None or sda is None:
            raise NotImplementedError("the bench's controllers have no pins of their own")
        for name, pin, odd in (("SCL", scl, 1), ("SDA", sda, 0)):
            number = _find_line(pin).number
            if number & 1 != odd or number >> 1 & 1 != id:
                raise ValueError("bad {} pin".format(name))
        self._join(scl, sda)

    def _join(self, scl, sda):
        scl, sda = _find_line(scl), _find_line(sda)
        for line in (scl, sda):
            line.take(self._OWNER, False, 1, self._OWNER == lines.OWNER_SIO)
            line.set_pull(1)
        self._bus = world.current.i2c_bus(sda, scl)
        self._one = bytearray(1)

    def init(self, *, scl=None, sda=None, freq=400_000):
        raise NotImplementedError("the bench's controllers are made anew")

    def scan(self):
        found = []
        for address in range(0x08, 0x78):
            try:
                self._begin(address)
                found.append(address)
            except OSError:
                pass
        return found

    def readfrom(self, addr, nbytes, stop=True):
        buffer = bytearray(nbytes)
        self.readfrom_into(addr, buffer)
        return bytes(buffer)

    def readfrom_into(self, addr, buf, stop=True):
        part = self._begin(addr)
        if part is not None:
            part.fill(buf)
        else:
            for index in range(len(buf)):
                buf[index] = 0

    def writeto(self, addr, buf, stop=True):
        return self._send(self._begin(addr), buf)

    def writevto(self, addr, vector, stop=True):
        part = self._begin(addr)
        acknowledged = 0
        for buf in vector:
            acknowledged += self._send(part, buf)
        return acknowledged

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        buffer = bytearray(nbytes)
        self.readfrom_mem_into(addr, memaddr, buffer, addrsize=addrsize)
        return bytes(buffer)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        self._select(addr, memaddr, addrsize)
        self.readfrom_into(addr, buf)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self._send(self._select(addr, memaddr, addrsize), buf)

    def _begin(self, address):
        """The part that answers; None where the data line is stuck, which looks like an answer of zeros."""
        if self._bus.is_stuck():
            if self._STUCK_ENDS:
                raise OSError(_ETIMEDOUT)
            return None
        part = self._bus.begin(address)
        if part is None:
            raise OSError(self._NOBODY)
        return part

    def _select(self, address, register, size):
        if size != 8:
            raise NotImplementedError("the bench's parts have registers of 8 bits")
        part = self._begin(address)
        self._one[0] = register
        self._send(part, self._one)
        return part

    def _send(self, part, buf):
        if part is None:
            return len(buf)
        acknowledged = 0
        for byte in buf:
            if not part.receive(byte):
                break
            acknowledged += 1
        return acknowledged


class SoftI2C(I2C):
    """Bits by the processor, on any pins, which it leaves as pins of open drain."""

    _OWNER = lines.OWNER_SIO
    _NOBODY = _ENODEV
    _STUCK_ENDS = False

    def __init__(self, scl, sda, *, freq=400_000, timeout=50_000):
        self._join(scl, sda)
