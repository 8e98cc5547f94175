"""On MicroPython: bytes of heap that each look at a sensor takes, as lines NAME BYTES. Physics is off, as the bench's
sums are no firmware."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import gc

from thecal.drivers.i2c_bus import Bus
from thecal.drivers.level_hx711 import Hx711
from thecal.drivers.level_mpr import Mpr
from thecal.drivers.rotation_as5600 import As5600
from virtual_bench import as5600_encoder, mpr_pressure
from virtual_bench import world as worlds


class Cell:
    """The lines of an HX711 whose bits are all 0; the bench's own makes an event of each conversion."""

    def __init__(self, data, clock):
        self._data = data
        self._pulses = 0
        clock.listen(self._on_clock)

    def ready(self):
        """The next result is there."""
        self._pulses = 0
        self._data.set_external(0)

    def _on_clock(self, level):
        self._pulses += level
        if self._pulses == 25:
            self._data.set_external(1)


class AnswerTable:
    """A part without sums of its own: registers as a table of bytes. Each look turns its last register on by some."""

    def __init__(self, registers, turn):
        self._registers = registers
        self._turn = turn
        self._at = 0
        self._selected = False

    def begin(self):
        self._selected = False

    def receive(self, byte):
        if not self._selected:
            self._at = byte
            self._selected = True
        return True

    def fill(self, buffer):
        for index in range(len(buffer)):
            at = self._at + index
            buffer[index] = self._registers[at] if at < len(self._registers) else 0
        self._registers[0x0D] = (self._registers[0x0D] + self._turn) & 0xFF


world = worlds.use(worlds.World())
world.physics = False
bus = world.i2c_bus(world.lines[20], world.lines[21])
wire = Bus(20, 21)
registers = bytearray(16)
registers[0x0B] = 0x20
bus.attach(as5600_encoder.ADDRESS, AnswerTable(registers, 20))
pressure = bytearray(16)
for at in range(16):
    pressure[at] = 0x40
bus.attach(mpr_pressure.ADDRESS, AnswerTable(pressure, 0))
cell = Cell(world.lines[8], world.lines[9])
load = Hx711(8, 9, -30_000, 1_000_000)


def weigh():
    cell.ready()
    if load.read() < 0:
        raise ValueError("no reading")


SENSORS = (
    ("rotation", As5600(wire, 50).count),
    ("pressure", Mpr(wire).read),
    ("weight", weigh),
)


def taken(look):
    before = gc.mem_alloc()
    look()
    return gc.mem_alloc() - before


def most(look):
    found = 0
    for _ in range(20):
        gc.collect()
        found = max(found, taken(look))
    return found


gc.disable()
for name, look in SENSORS:
    look()
    print(name, most(look))


def rounds():
    return [1, 2, 3]


print("scale", most(rounds))
