"""State machines: the assembler's words and checks, and the models of the programs against an emulated PIO."""

# The bodies of PIO programs use words that only the assembler knows.
# ruff: noqa: F821
# pyright: reportUndefinedVariable=false, reportCallIssue=false

import machine
import pytest
import rp2
from rp2040py.peripherals.pio import RPPIO
from rp2040py.rp2040 import RP2040

from thecal.drivers.rotation_rp2 import edge_counter
from thecal.drivers.step_train_rp2 import motor_guard, step_train
from virtual_bench import pio
from virtual_bench.pio_assembler import MAX_INSTRUCTIONS

STEP, ENABLE_N, ROTOR = 2, 3, 5
# Offsets in the RP2040 datasheet, 3.7.
TXF0, INSTR_MEM0, EXECCTRL, SHIFTCTRL, PINCTRL = 0x010, 0x048, 0x0CC, 0x0D0, 0x0DC
RXF0, NEXT_MACHINE = 0x020, 0x18


class EmulatedMachines:
    """State machines of an emulated PIO block, from 0 on, one cycle at a time; a cycle stands for 1 us."""

    def __init__(self, *programs):
        self.chip = RP2040()
        self.block = RPPIO(self.chip, "PIO0", 7, 0)
        self.chip.pio[0] = self.block
        start = 0
        for number, program in enumerate(programs):
            self._load(number, program, start)
            start += len(program.words)
        self.chip.gpio[ROTOR].pad_value |= 1 << 6  # input enable
        self.cycle = 0
        self.block.stopped = False
        self.block.recompute_due()

    def _load(self, number, program, start):
        for index, word in enumerate(program.words):
            moved = word + start if word >> 13 == 0 else word
            self.block.write_uint32(INSTR_MEM0 + 4 * (start + index), moved)
        at = number * NEXT_MACHINE
        # Whole program wraps; side-set of one pin at ENABLE_N, set at STEP, in and jmp at ROTOR.
        wrap = (start + len(program.words) - 1) << 12 | start << 7
        self.block.write_uint32(EXECCTRL + at, ROTOR << 24 | wrap)
        self.block.write_uint32(SHIFTCTRL + at, 3 << 18)
        pins = program.sideset_count << 29 | 1 << 26 | ROTOR << 15 | ENABLE_N << 10 | STEP << 5
        self.block.write_uint32(PINCTRL + at, pins)
        machine_ = self.block.machines[number]
        machine_.pc = start
        machine_.next_due_fp = 0
        machine_.enabled = True

    def pins(self):
        return (self.block.pin_values >> STEP & 1, self.block.pin_values >> ENABLE_N & 1)

    def run(self, cycles):
        for _ in range(cycles):
            self.block.advance(1)
            self.cycle += 1


# Edges of the rotor's sensor, in cycles after the power is on: none, one a step, too many.
ROTORS = ((), (60, 170), (10, 14, 31, 47, 52, 60, 91, 107))


@pytest.mark.req("SR-21", "SR-33")
@pytest.mark.parametrize("rotor", ROTORS)
@pytest.mark.parametrize(("steps", "period_us"), [(1, 100), (3, 100), (8, 250), (2, 10_000)])
def test_the_model_of_the_train_is_the_emulated_one(world, steps, period_us, rotor):
    loops, allowed, turns = (period_us - 8) // 2, steps + 4, (2 * steps + 1) * period_us // 4
    emulated = EmulatedMachines(step_train, motor_guard)
    emulated.run(20)
    for fifo, words in ((TXF0, (steps - 1, loops)), (TXF0 + 4, (allowed, turns))):
        for word in words:
            emulated.block.write_uint32(fifo, word)
    real, before, level, on = [], emulated.pins(), 0, None
    for _ in range((steps + 2) * period_us):
        emulated.run(1)
        if emulated.pins() != before:
            before = emulated.pins()
            on = emulated.cycle if on is None else on
            real.append((emulated.cycle - on, *before))
        if on is not None and emulated.cycle - on in rotor:
            level = 1 - level
            emulated.chip.gpio[ROTOR].set_input_value(bool(level))

    train, guard = rp2.StateMachine(0), rp2.StateMachine(1)
    guard.init(motor_guard, freq=1_000_000, jmp_pin=machine.Pin(ROTOR), sideset_base=machine.Pin(ENABLE_N))
    train.init(step_train, freq=1_000_000, set_base=machine.Pin(STEP))
    train.active(1)
    guard.active(1)
    modelled = []

    def note(_):
        modelled.append((world.now_us(), world.lines[STEP].level, world.lines[ENABLE_N].level))

    world.lines[STEP].listen(note)
    world.lines[ENABLE_N].listen(note)
    for machine_, words in ((train, (steps - 1, loops)), (guard, (allowed, turns))):
        for word in words:
            machine_.put(word)
    for number, at in enumerate(rotor):
        world.at_us(at, world.lines[ROTOR].set_external, 1 - number % 2)
    world.run_for(1 + (steps + 2) * period_us // 1000)
    # The guard looks every other cycle, so that an edge is seen a few cycles late.
    assert [change[1:] for change in modelled] == [change[1:] for change in real]
    for (model_us, *_), (real_us, *_) in zip(modelled, real, strict=True):
        assert -1 <= real_us - model_us <= 4
    assert guard.get() == emulated.block.read_uint32(RXF0 + 4)
    assert guard.rx_fifo() == train.rx_fifo() == 0


@pytest.mark.parametrize("level_at_start", [0, 1])
def test_the_model_of_the_counter_is_the_emulated_one(world, level_at_start):
    emulated = EmulatedMachines(edge_counter)
    emulated.chip.gpio[ROTOR].set_input_value(bool(level_at_start))
    world.lines[ROTOR].set_external(level_at_start)
    emulated.block.machines[0].x = 0
    counter = rp2.StateMachine(4, edge_counter, freq=1_000_000, in_base=machine.Pin(ROTOR, machine.Pin.IN))
    counter.exec("set(x, 0)")
    counter.active(1)
    level = level_at_start
    for _ in range(7):
        emulated.run(30)
        counter.exec("mov(isr, invert(x))")
        counter.exec("push(noblock)")
        assert counter.get() == ~emulated.block.machines[0].x & 0xFFFFFFFF
        level = 1 - level
        emulated.chip.gpio[ROTOR].set_input_value(bool(level))
        world.lines[ROTOR].set_external(level)


def test_assembled_words_are_those_of_the_datasheet():
    # RP2040 datasheet, 3.4: encodings by hand.
    assert rp2.asm_pio_encode("set(0, 1)", 0) == 57_345  # the real module's own example
    assert rp2.asm_pio_encode("set(x, 0)", 0) == 0xE020
    assert rp2.asm_pio_encode("mov(isr, invert(x))", 0) == 0xA0C9
    assert rp2.asm_pio_encode("push(noblock)", 0) == 0x8000
    assert rp2.asm_pio_encode("push()", 0) == 0x8020
    assert rp2.asm_pio_encode("pull(ifempty)", 0) == 0x80E0
    assert rp2.asm_pio_encode("wait(1, pin, 0)", 0) == 0x20A0
    assert rp2.asm_pio_encode("wait(0, gpio, 5)", 0) == 0x2005
    assert rp2.asm_pio_encode("irq(rel(2))", 0) == 0xC012
    assert rp2.asm_pio_encode("in_(pins, 32)", 0) == 0x4000
    assert rp2.asm_pio_encode("out(exec, 16)", 0) == 0x60F0
    assert rp2.asm_pio_encode("nop()[7]", 0) == 0xA742
    assert rp2.asm_pio_encode("nop().side(1)", 1) == 0xB042


def program(body, **options):
    return rp2.asm_pio(**options)(body)


def test_assembler_refuses_what_the_real_one_refuses():
    def twice_the_same_label():
        label("a")
        label("a")

    def nowhere():
        jmp("a")

    def sideset_without_pins():
        nop().side(1)

    def sideset_too_large():
        nop().side(2)

    def delay_too_large():
        nop().side(1)[16]

    def no_such_instruction():
        halt()

    def no_bits():
        in_(pins, 0)

    one_pin = {"sideset_init": rp2.PIO.OUT_LOW}
    for body, options, error in (
        (twice_the_same_label, {}, rp2.PIOASMError),
        (nowhere, {}, rp2.PIOASMError),
        (sideset_without_pins, {}, rp2.PIOASMError),
        (sideset_too_large, one_pin, rp2.PIOASMError),
        (delay_too_large, one_pin, rp2.PIOASMError),
        (no_such_instruction, {}, NameError),
        (no_bits, {}, rp2.PIOASMError),
    ):
        with pytest.raises(error):
            program(body, **options)
    with pytest.raises(TypeError):
        rp2.asm_pio(side_set=1)
    with pytest.raises(rp2.PIOASMError):
        rp2.asm_pio_encode("nop()\nnop()", 0)
    assert pytest.raises is not None  # the module's globals are back


def test_optional_sideset_costs_one_bit_of_delay():
    def body():
        nop().side(1)[7]
        nop()

    assert program(body, sideset_init=rp2.PIO.OUT_LOW).words == [0xA042 | 1 << 12 | 1 << 11 | 7 << 8, 0xA042]


def test_instruction_memory_is_as_small_as_the_real_one(world):
    room = MAX_INSTRUCTIONS - len(step_train.words)

    def long():
        for _ in range(room + 1):
            nop()

    too_much = program(long)
    pio.register("long", pio.StepTrainBehaviour)
    rp2.StateMachine(0, step_train, set_base=machine.Pin(STEP))
    with pytest.raises(OSError, match="12"):
        rp2.StateMachine(1, too_much)
    rp2.StateMachine(4, too_much)  # the other block has room
    rp2.PIO(0).remove_program(step_train)
    rp2.StateMachine(1, too_much)
    del pio.BEHAVIOURS["long"]


def test_frequency_has_the_chips_limits(world):
    for freq in (1907, 125_000_001):
        with pytest.raises(ValueError, match="freq"):
            rp2.StateMachine(0, step_train, freq=freq)

    def unknown():
        nop()

    with pytest.raises(NotImplementedError, match="no model"):
        rp2.StateMachine(0, program(unknown), freq=1908)


def test_abort_stops_the_train_and_gives_the_pins_back(board, world, bench, motor):
    motor.train.start(8, 10_000)
    world.idle(32)
    edges = bench.stepper.edges
    assert 0 < edges < 8
    motor.train.abort()
    assert (world.lines[STEP].level, world.lines[ENABLE_N].level) == (0, 1)
    world.idle(1000)
    assert bench.stepper.edges == edges
    motor.train.arm()
    motor.turn(2)
    assert bench.stepper.edges == edges + 2


def test_stopping_alone_leaves_the_pins_as_they_are(board, world, bench, motor):
    motor.train.start(8, 10_000)
    world.idle(7)
    rp2.StateMachine(board.MOTOR_GUARD_MACHINE).active(0)
    rp2.StateMachine(board.STEP_TRAIN_MACHINE).active(0)
    world.idle(1000)
    assert (world.lines[STEP].level, world.lines[ENABLE_N].level) == (1, 0)


def test_a_train_survives_a_soft_reset_and_not_a_hard_one(board, world, bench, motor):
    from virtual_bench import world as worlds

    motor.train.start(8, 10_000)
    world.idle(12)
    with pytest.raises(worlds.SoftReset):
        machine.soft_reset()
    world.idle(1000)
    assert bench.stepper.edges == 8
    motor.train.arm()
    motor.train.start(8, 10_000)
    world.idle(12)
    with pytest.raises(worlds.PlannedReset):
        machine.reset()
    world.idle(1000)
    assert bench.stepper.edges == 9
    assert world.lines[ENABLE_N].level == 1


def test_put_blocks_while_the_fifo_is_full(world):
    stopped = rp2.StateMachine(0, step_train, set_base=machine.Pin(STEP))
    for word in range(4):
        stopped.put(word)
    assert stopped.tx_fifo() == 4
    with pytest.raises(RuntimeError, match=r"put\(\) blocks for ever"):
        stopped.put(5)
