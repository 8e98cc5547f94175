"""Both PIO blocks of an RP2040 without its processor, loaded with the drivers' own programs: no image is needed.

The words come from the virtual bench's assembler, run over the drivers' program bodies. REAL holds what the real
MicroPython makes of the same bodies; a program that changes needs its words read again from the emulated chip.
"""

from typing import NamedTuple

from rp2040py.rp2040 import RP2040
from rp2040py.simulator import Simulator
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from thecal.drivers import four_phase_rp2, quadrature_rp2, rotation_rp2, step_train_rp2
from thecal_tools.emulated_board import Lines, SlottedDisc
from thecal_tools.emulated_pio import PioPacer

STEP, ENABLE_N, ROTOR, ROTOR_B = 2, 3, 5, 6
PHASES = (8, 9, 10, 11)
EXCESS = 4  # edges beyond the train's own, see drivers.rotor_edges
PROGRAMS = {
    "step_train": step_train_rp2.step_train,
    "motor_guard": step_train_rp2.motor_guard,
    "phase_train": four_phase_rp2.phase_train,
    "edge_counter": rotation_rp2.edge_counter,
    "direction_counter": quadrature_rp2.direction_counter,
}


class RealProgram(NamedTuple):
    """Of the list that asm_pio gives on the board: words, EXECCTRL with the wrap, SHIFTCTRL."""

    words: list[int]
    execctrl: int
    shiftctrl: int = 0


# Read from MicroPython 1.28 (RPI_PICO) on the emulated chip.
REAL = {
    "step_train": RealProgram(
        [
            *(0x80A0, 0xA027, 0x80A0, 0x20C4, 0xA047, 0x0085, 0xE001),
            *(0xA047, 0x0088, 0xA042, 0xE000, 0xA047, 0x008C, 0x0046),
        ],
        0xD000,
    ),
    "motor_guard": RealProgram(
        [
            *(0x90A0, 0xB047, 0x90A0, 0xB027, 0xC004, 0x00CB, 0x00C9, 0x0046, 0x100F),
            *(0x008B, 0x100F, 0x00CE, 0x0086, 0x100F, 0x004B, 0xB0C2, 0x9000),
        ],
        0x10000,
    ),
    "phase_train": RealProgram(
        [0x80A0, 0xA027, 0x80A0, 0xA0C7, 0x80A0, 0x20C4, 0x6004, 0xA046, 0x0088, 0x0046, 0xA003], 0xA000, 0x80000
    ),
    "edge_counter": RealProgram([0x20A0, 0x0042, 0x2020, 0x0040], 0x3000),
    "direction_counter": RealProgram(
        [
            *(0x20A0, 0x00C9, 0x0043, 0x2020, 0x00CD, 0xA029, 0x0047),
            *(0xA029, 0x0000, 0xA029, 0x004B, 0xA029, 0x0003, 0x0040),
        ],
        0xD000,
    ),
}
SET_X_0, MOV_ISR_NOT_X, PUSH_NOBLOCK, IRQ_CLEAR_4 = 0xE020, 0xA0C9, 0x8000, 0xC044
SET_X_4, MOV_X_REVERSE_X, MOV_X_NOT_X = 0xE024, 0xA031, 0xA029

# RP2040 datasheet, 3.7: registers of a PIO block, those of state machine 0 and the distance to the next one's.
CTRL, TXF0, RXF0, INSTR_MEM0 = 0x000, 0x010, 0x020, 0x048
CLKDIV, EXECCTRL, SHIFTCTRL, INSTR, PINCTRL = 0x0C8, 0x0CC, 0x0D0, 0x0D8, 0x0DC
NEXT_MACHINE, NEXT_FIFO = 0x18, 4
GUARD_TXF, GUARD_RXF = TXF0 + NEXT_FIFO, RXF0 + NEXT_FIFO
ALL_ONES = 0xFFFFFFFF
MEMORY_WORDS = 32
# 125 MHz to the 1 MHz at which the drivers run their programs.
DIVIDER = 125 << 16
CYCLE_NS = 1000
FUNCTION_PIO0 = 6  # RP2040 datasheet, 2.19.2
INPUT_ENABLE = 1 << 6  # RP2040 datasheet, 2.19.6.3


class Bench:
    """Both PIO blocks of an RP2040 without its processor, the board's wires and the disc on the rotor."""

    def __init__(self):
        self.chip = RP2040()
        self.chip.logger = ConsoleLogger(LogLevel.ERROR)
        # Without an owner rp2040py would run a started block by itself; time passes in run_us() alone.
        Simulator(rp2040=self.chip)
        self.pacer = PioPacer(self.chip)
        self.lines = Lines(self.chip, self.pacer, pull_ups=(ENABLE_N,))
        self.disc = SlottedDisc(self.lines, STEP, ENABLE_N, ROTOR)
        self.chip.gpio[ROTOR].pad_value |= INPUT_ENABLE

    def load(self, index, name, offset=None, machine=0, execctrl=0):
        """Load a program as rp2.StateMachine.init() does: by default at the top of the memory, jumps moved along."""
        block = self.chip.pio[index]
        words, wrap, shift = REAL[name]
        start = MEMORY_WORDS - len(words) if offset is None else offset
        for number, word in enumerate(words):
            moved = word + start if word >> 13 == 0 else word
            block.write_uint32(INSTR_MEM0 + 4 * (start + number), moved)
        at = machine * NEXT_MACHINE
        block.write_uint32(CLKDIV + at, DIVIDER)
        block.write_uint32(EXECCTRL + at, execctrl + wrap + (start << 12) + (start << 7))
        block.write_uint32(SHIFTCTRL + at, shift)
        block.write_uint32(INSTR + at, start)  # jmp
        return block

    def step_train(self, offset=0, guard_offset=None):
        """Both programs of a train: its state machine 0 and the guard's, 1."""
        block = self.load(0, "step_train", offset)
        self.load(0, "motor_guard", guard_offset, 1, execctrl=ROTOR << 24)
        block.write_uint32(PINCTRL, 1 << 26 | STEP << 5)
        block.write_uint32(PINCTRL + NEXT_MACHINE, 1 << 29 | ENABLE_N << 10)
        block.pin_values_changed(1, ENABLE_N, 1)
        block.pin_directions_changed(0b11, STEP, 2)
        for pin in (STEP, ENABLE_N):
            self.chip.gpio[pin].ctrl = FUNCTION_PIO0
            self.chip.gpio[pin].check_for_updates()
        block.write_uint32(CTRL, 0b11)
        return block

    def phase_train(self, offset=0, guard_offset=None):
        """As step_train(), for four phases."""
        block = self.load(0, "phase_train", offset)
        self.load(0, "motor_guard", guard_offset, 1, execctrl=ROTOR << 24)
        block.write_uint32(PINCTRL, 4 << 20 | PHASES[0])
        block.write_uint32(PINCTRL + NEXT_MACHINE, 1 << 29 | ENABLE_N << 10)
        block.pin_values_changed(1, ENABLE_N, 1)
        for pin, count_ in ((ENABLE_N, 1), (PHASES[0], 4)):
            block.pin_directions_changed((1 << count_) - 1, pin, count_)
        for pin in (*PHASES, ENABLE_N):
            self.chip.gpio[pin].ctrl = FUNCTION_PIO0
            self.chip.gpio[pin].check_for_updates()
        block.write_uint32(CTRL, 0b11)
        return block

    def start_phases(self, block, steps, period_us, first=0):
        """What FourPhaseTrain.start() puts into both machines."""
        block.write_uint32(TXF0, steps - 1)
        block.write_uint32(TXF0, period_us - four_phase_rp2._OVERHEAD_US)
        block.write_uint32(TXF0, four_phase_rp2._WORDS[first])
        block.write_uint32(GUARD_TXF, steps + EXCESS)
        block.write_uint32(GUARD_TXF, (2 * steps + 1) * period_us // 4)

    def pattern(self):
        return sum((self.lines.level(pin) or 0) << index for index, pin in enumerate(PHASES))

    def direction_counter(self, offset=None):
        self.chip.gpio[ROTOR_B].pad_value |= INPUT_ENABLE
        block = self.load(1, "direction_counter", offset, execctrl=ROTOR_B << 24)
        block.write_uint32(PINCTRL, ROTOR << 15)
        for word in (SET_X_4, MOV_X_REVERSE_X, MOV_X_NOT_X):
            block.write_uint32(INSTR, word)
        block.write_uint32(CTRL, 1)
        return block

    def start(self, block, steps, period_us):
        """What StepTrain.start() puts into both machines."""
        block.write_uint32(TXF0, steps - 1)
        block.write_uint32(TXF0, (period_us - step_train_rp2._OVERHEAD_US) // 2)
        block.write_uint32(GUARD_TXF, steps + EXCESS)
        block.write_uint32(GUARD_TXF, (2 * steps + 1) * period_us // 4)

    def edge_counter(self, offset=None):
        block = self.load(1, "edge_counter", offset)
        block.write_uint32(PINCTRL, ROTOR << 15)
        block.write_uint32(INSTR, SET_X_0)
        block.write_uint32(CTRL, 1)
        return block

    def run_us(self, us):
        self.chip.clock.tick(us * 1000)


def count(block):
    """What Rotation.count() does, without its mask."""
    block.write_uint32(INSTR, MOV_ISR_NOT_X)
    block.write_uint32(INSTR, PUSH_NOBLOCK)
    return (block.read_uint32(RXF0) + 1) & 0xFFFFFFFF


def times_us(edges, level):
    return [edge.nanos / 1000 for edge in edges if edge.level == level]
