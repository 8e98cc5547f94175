"""The drivers' own PIO programs on an emulated PIO block: exact counts and periods, without an image.

The words come from the virtual bench's assembler, run over the drivers' program bodies. REAL holds what the real
MicroPython makes of the same bodies; a program that changes needs its words read again from the emulated chip.
"""

from itertools import pairwise
from typing import NamedTuple

import pytest
from rp2040py.rp2040 import RP2040
from rp2040py.simulator import Simulator
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from thecal.drivers import rotation_rp2, step_train_rp2
from thecal_tools.emulated_board import Lines, SlottedDisc
from thecal_tools.emulated_pio import PioPacer

STEP, ENABLE_N, ROTOR = 2, 3, 5
PROGRAMS = {"step_train": step_train_rp2.step_train, "edge_counter": rotation_rp2.edge_counter}


class RealProgram(NamedTuple):
    """First and third field of the list that asm_pio gives on the board: words, and EXECCTRL with the wrap."""

    words: list[int]
    execctrl: int


# Read from MicroPython 1.28 (RPI_PICO) on the emulated chip.
REAL = {
    "step_train": RealProgram(
        [
            *(0x90A0, 0xB027, 0x90A0, 0xA047, 0x0084, 0xE001, 0xA047, 0x0087),
            *(0xA042, 0xE000, 0xA047, 0x008B, 0x0045, 0xB0C3, 0x9000),
        ],
        0xE000,
    ),
    "edge_counter": RealProgram([0x20A0, 0x0042, 0x2020, 0x0040], 0x3000),
}
SET_X_0, MOV_ISR_NOT_X, PUSH_NOBLOCK = 0xE020, 0xA0C9, 0x8000

# RP2040 datasheet, 3.7: registers of a PIO block, those of state machine 0.
CTRL, TXF0, RXF0, INSTR_MEM0 = 0x000, 0x010, 0x020, 0x048
CLKDIV, EXECCTRL, SHIFTCTRL, INSTR, PINCTRL = 0x0C8, 0x0CC, 0x0D0, 0x0D8, 0x0DC
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

    def load(self, index, name, offset=None):
        """Load a program as rp2.StateMachine.init() does: by default at the top of the memory, jumps moved along."""
        block = self.chip.pio[index]
        words, execctrl = REAL[name]
        start = MEMORY_WORDS - len(words) if offset is None else offset
        for number, word in enumerate(words):
            moved = word + start if word >> 13 == 0 else word
            block.write_uint32(INSTR_MEM0 + 4 * (start + number), moved)
        block.write_uint32(CLKDIV, DIVIDER)
        block.write_uint32(EXECCTRL, execctrl + (start << 12) + (start << 7))
        block.write_uint32(SHIFTCTRL, 0)
        block.write_uint32(INSTR, start)  # jmp
        return block

    def step_train(self, offset=None):
        block = self.load(0, "step_train", offset)
        block.write_uint32(PINCTRL, 1 << 29 | 1 << 26 | ENABLE_N << 10 | STEP << 5)
        block.pin_values_changed(1, ENABLE_N, 1)
        block.pin_directions_changed(0b11, STEP, 2)
        for pin in (STEP, ENABLE_N):
            self.chip.gpio[pin].ctrl = FUNCTION_PIO0
            self.chip.gpio[pin].check_for_updates()
        block.write_uint32(CTRL, 1)
        return block

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


@pytest.fixture
def bench():
    return Bench()


@pytest.mark.parametrize("name", PROGRAMS)
def test_words_are_those_of_the_real_assembler(name):
    assert PROGRAMS[name].words == REAL[name].words


def test_forced_instructions_are_the_real_words():
    assert rotation_rp2._SET_X_0 == SET_X_0
    assert rotation_rp2._MOV_ISR_NOT_X == MOV_ISR_NOT_X
    assert rotation_rp2._PUSH_NOBLOCK == PUSH_NOBLOCK


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_jump_leaves_its_program(name):
    # The loader adds the offset to the whole word: an address past the end becomes another condition.
    words = PROGRAMS[name].words
    assert all(word & 0x1F < len(words) for word in words if word >> 13 == 0)


@pytest.mark.req("SR-33")
@pytest.mark.parametrize(
    ("steps", "period_us"),
    [(1, 100), (2, 100), (8, 100), (1, 10_000), (2, 10_000), (8, 10_000), (2, 50_000)],
)
def test_train_has_exact_count_and_period_and_ends_by_itself(bench, steps, period_us):
    block = bench.step_train()
    bench.run_us(50)
    half = (period_us - step_train_rp2._OVERHEAD_US) // 2
    block.write_uint32(TXF0, steps - 1)
    block.write_uint32(TXF0, half)
    bench.run_us((steps + 3) * period_us)

    rises, falls = times_us(bench.lines.edges[STEP], 1), times_us(bench.lines.edges[STEP], 0)[-steps:]
    assert len(rises) == steps
    assert {later - earlier for earlier, later in pairwise(rises)} <= {period_us}
    assert {low - high for high, low in zip(rises, falls, strict=True)} == {period_us / 2}
    powered = [edge for edge in bench.lines.edges[ENABLE_N] if edge.nanos]
    assert [edge.level for edge in powered] == [0, 1]
    on, off = (edge.nanos / 1000 for edge in powered)
    # Half a period of holding before the first edge, less the loop's overhead, and half a one after the last.
    assert rises[0] - on == period_us / 2 - 2
    assert off - falls[-1] == period_us / 2
    assert block.machines[0].rx_fifo.item_count == 1
    assert block.read_uint32(RXF0) == 0
    assert bench.disc.steps == steps
    assert bench.pacer.backlog_drops == 0


def test_trains_follow_one_another(bench):
    block = bench.step_train()
    for steps in (3, 1, 8):
        block.write_uint32(TXF0, steps - 1)
        block.write_uint32(TXF0, 46)
        bench.run_us(1500)
        assert block.read_uint32(RXF0) == 0
    assert bench.disc.steps == 12
    assert bench.lines.level(ENABLE_N) == 1


@pytest.mark.req("SR-33")
def test_one_word_alone_powers_nothing(bench):
    block = bench.step_train()
    block.write_uint32(TXF0, 7)
    bench.run_us(100_000)
    assert bench.lines.level(ENABLE_N) == 1
    assert bench.disc.steps == 0


@pytest.mark.req("SR-19")
@pytest.mark.parametrize("offset", [None, 0, 13])
@pytest.mark.parametrize("level_at_start", [0, 1])
def test_counter_counts_every_edge_wherever_its_program_lies(bench, offset, level_at_start):
    if level_at_start:
        bench.disc.turn()
    block = bench.edge_counter(offset)
    bench.run_us(10)
    # A high level at the start counts as one edge; Rotation takes it off.
    first = count(block)
    assert first == level_at_start
    for turned in range(1, 12):
        bench.disc.turn()
        bench.run_us(10)
        assert count(block) - first == turned


@pytest.mark.req("SR-19")
def test_counter_sees_each_step_of_a_train(bench):
    train, counter = bench.step_train(), bench.edge_counter()
    train.write_uint32(TXF0, 7)
    train.write_uint32(TXF0, 46)
    bench.run_us(1500)
    assert count(counter) == bench.disc.steps == 8


def test_counter_sees_nothing_of_a_stalled_rotor(bench):
    bench.disc.stalled = True
    train, counter = bench.step_train(), bench.edge_counter()
    train.write_uint32(TXF0, 7)
    train.write_uint32(TXF0, 46)
    bench.run_us(1500)
    assert times_us(bench.lines.edges[STEP], 1)
    assert count(counter) == 0
