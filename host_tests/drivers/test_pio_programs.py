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


@pytest.fixture
def bench():
    return Bench()


@pytest.mark.req("SR-19", "SR-21", "SR-33")
@pytest.mark.parametrize("name", PROGRAMS)
def test_words_are_those_of_the_real_assembler(name):
    assert PROGRAMS[name].words == REAL[name].words


def test_forced_instructions_are_the_real_words():
    assert rotation_rp2._SET_X_0 == SET_X_0
    assert rotation_rp2._MOV_ISR_NOT_X == MOV_ISR_NOT_X
    assert rotation_rp2._PUSH_NOBLOCK == PUSH_NOBLOCK
    assert step_train_rp2._IRQ_CLEAR_4 == IRQ_CLEAR_4
    assert quadrature_rp2._SET_X_4 == SET_X_4
    assert quadrature_rp2._MOV_X_REVERSE_X == MOV_X_REVERSE_X
    assert quadrature_rp2._MOV_X_NOT_X == MOV_X_NOT_X


@pytest.mark.parametrize("train", ["step_train", "phase_train"])
def test_train_and_guard_fit_into_one_block(train):
    assert len(REAL[train].words) + len(REAL["motor_guard"].words) <= MEMORY_WORDS


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_jump_leaves_its_program(name):
    # The loader adds the offset to the whole word: an address past the end becomes another condition.
    words = PROGRAMS[name].words
    assert all(word & 0x1F < len(words) for word in words if word >> 13 == 0)


@pytest.mark.req("SR-33")
@pytest.mark.parametrize(
    ("steps", "period_us"),
    [(1, 100), (2, 100), (3, 102), (8, 100), (1, 10_000), (2, 10_000), (8, 10_000), (1, 50_000), (8, 50_000)],
)
def test_train_has_exact_count_and_period_and_ends_by_itself(bench, steps, period_us):
    block = bench.step_train()
    bench.run_us(50)
    bench.start(block, steps, period_us)
    bench.run_us((steps + 3) * period_us)

    rises, falls = times_us(bench.lines.edges[STEP], 1), times_us(bench.lines.edges[STEP], 0)[-steps:]
    assert len(rises) == steps
    assert {later - earlier for earlier, later in pairwise(rises)} <= {period_us}
    assert {low - high for high, low in zip(rises, falls, strict=True)} == {period_us / 2}
    powered = [edge for edge in bench.lines.edges[ENABLE_N] if edge.nanos]
    assert [edge.level for edge in powered] == [0, 1]
    on, off = (edge.nanos / 1000 for edge in powered)
    # Half a period of holding before the first edge and after the last, and the two cycles of the guard for each count.
    assert -1 <= rises[0] - on - period_us / 2 <= 1
    assert 0 <= off - falls[-1] - period_us / 2 <= 5 + 2 * steps
    assert block.machines[1].rx_fifo.item_count == 1
    assert block.read_uint32(GUARD_RXF) == EXCESS
    assert bench.disc.steps == steps
    assert bench.pacer.backlog_drops == 0


def test_trains_follow_one_another(bench):
    block = bench.step_train()
    for steps in (3, 1, 8):
        bench.start(block, steps, 100)
        bench.run_us(1500)
        assert block.read_uint32(GUARD_RXF) == EXCESS
    assert bench.disc.steps == 12
    assert bench.lines.level(ENABLE_N) == 1


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("fifos", [(TXF0,), (GUARD_TXF,), (TXF0, TXF0), (TXF0, GUARD_TXF)])
def test_words_of_half_a_train_power_nothing(bench, fifos):
    block = bench.step_train()
    for fifo in fifos:
        block.write_uint32(fifo, 7)
    bench.run_us(100_000)
    assert bench.lines.level(ENABLE_N) == 1
    assert bench.disc.steps == 0


@pytest.mark.req("SR-33")
def test_power_without_a_train_is_finite_too(bench):
    block = bench.step_train()
    block.write_uint32(GUARD_TXF, 5)
    block.write_uint32(GUARD_TXF, 5_000)
    bench.run_us(100)
    assert bench.lines.level(ENABLE_N) == 0
    bench.run_us(10_000)
    assert bench.lines.level(ENABLE_N) == 1
    assert bench.disc.steps == 0


@pytest.mark.req("SR-21")
@pytest.mark.parametrize("level_at_start", [0, 1])
@pytest.mark.parametrize("steps", [1, 8])
@pytest.mark.parametrize("extra_every_us", [100, 499, 1_200])
def test_one_edge_too_many_cuts_the_motor_at_once_and_for_good(bench, level_at_start, steps, extra_every_us):
    """No processor runs here at all: the guard alone does it."""
    if level_at_start:
        bench.disc.turn()
    before = bench.disc.steps
    block = bench.step_train()
    bench.start(block, steps, 10_000)
    bench.run_us(50)
    turned_us = 0
    while bench.lines.level(ENABLE_N) == 0 and turned_us < 1_000_000:
        bench.disc.turn()
        bench.run_us(4)
        if bench.lines.level(ENABLE_N):
            break
        bench.run_us(extra_every_us - 4)
        turned_us += extra_every_us
    assert bench.disc.steps - before == steps + EXCESS + 1
    bench.run_us(200_000)
    assert block.read_uint32(GUARD_RXF) == ALL_ONES
    assert bench.lines.level(ENABLE_N) == 1
    assert bench.disc.steps - before == steps + EXCESS + 1


@pytest.mark.req("SR-21")
def test_edges_that_are_allowed_cut_nothing(bench):
    block = bench.step_train()
    bench.start(block, 1, 10_000)
    bench.run_us(50)
    for _ in range(EXCESS):
        bench.disc.turn()
        bench.run_us(300)
    bench.run_us(20_000)
    assert bench.disc.steps == 1 + EXCESS
    assert block.read_uint32(GUARD_RXF) == 0


def test_a_sign_that_an_aborted_train_left_is_cleared(bench):
    block = bench.step_train()
    block.write_uint32(GUARD_TXF, 5)
    block.write_uint32(GUARD_TXF, 50)
    bench.run_us(1_000)
    block.write_uint32(INSTR, IRQ_CLEAR_4)
    block.write_uint32(TXF0, 0)
    block.write_uint32(TXF0, 46)
    bench.run_us(1_000)
    assert times_us(bench.lines.edges[STEP], 1) == []


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
    bench.start(train, 8, 100)
    bench.run_us(1500)
    assert count(counter) == bench.disc.steps == 8


def test_counter_sees_nothing_of_a_stalled_rotor(bench):
    bench.disc.stalled = True
    train, counter = bench.step_train(), bench.edge_counter()
    bench.start(train, 8, 100)
    bench.run_us(1500)
    assert times_us(bench.lines.edges[STEP], 1)
    assert count(counter) == 0


# Four phases.

PATTERNS = [0b0011, 0b0110, 0b1100, 0b1001]
# Edge cases: the shortest train, two steps, one that ends within the word's first half, the longest; the shortest
# period, an odd one, the longest.
STEPS = [1, 2, 3, 8]
PERIODS = [100, 101, 2_000, 50_000]


@pytest.mark.req("SR-27")
def test_every_word_of_patterns_goes_forwards_from_its_own_phase():
    for first, word in enumerate(four_phase_rp2._WORDS):
        assert [word >> 4 * step & 0xF for step in range(8)] == [PATTERNS[(first + step) % 4] for step in range(8)]
    assert list(four_phase_rp2._PATTERNS) == PATTERNS


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("period_us", PERIODS)
@pytest.mark.parametrize("steps", STEPS)
def test_phase_train_has_exact_patterns_and_periods_and_ends_with_its_coils_off(bench, steps, period_us):
    first = (steps + period_us) % 4
    block = bench.phase_train()
    bench.run_us(50)
    bench.start_phases(block, steps, period_us, first)
    bench.run_us((steps + 2) * period_us)
    levels, shown = [0, 0, 0, 0], []
    of_pins = [(index, edge) for index, pin in enumerate(PHASES) for edge in bench.lines.edges[pin]]
    for nanos, index, level in sorted((edge.nanos, index, edge.level) for index, edge in of_pins):
        levels[index] = level
        pattern = sum(level << index for index, level in enumerate(levels))
        if shown and shown[-1][0] == nanos:
            shown[-1] = (nanos, pattern)
        elif shown or pattern:
            shown.append((nanos, pattern))
    assert [pattern for _, pattern in shown] == [PATTERNS[(first + step) % 4] for step in range(steps)] + [0]
    assert {later[0] - earlier[0] for earlier, later in pairwise(shown)} == {period_us * 1000}
    on, off = [edge.nanos for edge in bench.lines.edges[ENABLE_N] if edge.nanos]
    # Power from a cycle before the first pattern until half a period after the last.
    assert 0 < shown[0][0] - on <= 2 * CYCLE_NS
    assert 0 <= off - shown[-1][0] - period_us * 500 <= 5 * CYCLE_NS
    assert block.read_uint32(GUARD_RXF) == steps + EXCESS
    assert bench.pacer.backlog_drops == 0


@pytest.mark.req("SR-33")
def test_phase_trains_follow_one_another(bench):
    block = bench.phase_train()
    first = 0
    for steps in (3, 1, 8, 2):
        bench.start_phases(block, steps, 100, first)
        bench.run_us(50)
        assert bench.pattern() == PATTERNS[first % 4]
        bench.run_us(100 * (steps - 1))
        first = (first + steps) % 4
        assert bench.pattern() == PATTERNS[(first - 1) % 4]
        bench.run_us(1_000)
        assert (bench.pattern(), bench.lines.level(ENABLE_N)) == (0, 1)
        block.read_uint32(GUARD_RXF)


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("fifos", [(TXF0,), (GUARD_TXF,), (TXF0, TXF0), (TXF0, TXF0, TXF0), (TXF0, TXF0, GUARD_TXF)])
def test_words_of_half_a_phase_train_power_nothing(bench, fifos):
    block = bench.phase_train()
    for fifo in fifos:
        block.write_uint32(fifo, 7)
    bench.run_us(100_000)
    assert (bench.pattern(), bench.lines.level(ENABLE_N)) == (0, 1)


@pytest.mark.req("SR-21")
def test_the_guard_cuts_a_phase_train_as_well(bench):
    block = bench.phase_train()
    bench.start_phases(block, 2, 10_000)
    bench.run_us(50)
    for _ in range(2 + EXCESS):
        bench.disc.turn()
        bench.run_us(20)
    assert bench.lines.level(ENABLE_N) == 0
    bench.disc.turn()
    bench.run_us(20)
    assert bench.lines.level(ENABLE_N) == 1
    bench.run_us(100_000)
    assert (bench.pattern(), bench.lines.level(ENABLE_N)) == (0, 1)
    assert block.read_uint32(GUARD_RXF) == ALL_ONES


# Quadrature.

START = 1 << 29


def turn_encoder(bench, quarter):
    """Both channels at a quarter of a slot: forwards the second is low where the first rises."""
    bench.chip.gpio[ROTOR_B].set_input_value(bool((quarter + 1 >> 1 & 1) ^ 1))
    bench.chip.gpio[ROTOR].set_input_value(bool(quarter >> 1 & 1))
    bench.run_us(10)


@pytest.mark.req("SR-19")
@pytest.mark.parametrize("offset", [None, 0, 13])
@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_direction_counter_counts_forth_and_back_wherever_its_program_lies(bench, offset, start):
    turn_encoder(bench, start)
    block = bench.direction_counter(offset)
    bench.run_us(10)
    # A high level at the start counts as one edge, either way; Rotation takes it off.
    first = count(block)
    assert abs(first - START - 1) <= 1
    quarter = start
    for target in (9, 30, 12, -25, -24, 3, -40, 0, 1, 2, 1, 0, 17):
        while quarter != target:
            quarter += 1 if target > quarter else -1
            turn_encoder(bench, quarter)
            # The first channel's level changes with each second quarter.
            assert count(block) - first == quarter // 2 - start // 2


def test_direction_counter_counts_no_chatter(bench):
    turn_encoder(bench, 1)
    block = bench.direction_counter()
    bench.run_us(10)
    first = count(block)
    for quarter in (2, 1) * 20:
        turn_encoder(bench, quarter)
    assert count(block) == first


def test_the_counts_words_stay_small_integers_far_to_either_side():
    assert START + (1 << 28) < 1 << 30
    assert START - (1 << 28) > 0
