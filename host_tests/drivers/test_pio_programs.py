"""The drivers' PIO programs on an emulated PIO block: their words, and STEP/DIR trains of exact counts and periods."""

from itertools import pairwise

import pytest

from drivers.pio_block import (
    ALL_ONES,
    ENABLE_N,
    EXCESS,
    GUARD_RXF,
    GUARD_TXF,
    INSTR,
    IRQ_CLEAR_4,
    MEMORY_WORDS,
    MOV_ISR_NOT_X,
    MOV_X_NOT_X,
    MOV_X_REVERSE_X,
    PROGRAMS,
    PUSH_NOBLOCK,
    REAL,
    SET_X_0,
    SET_X_4,
    STEP,
    TXF0,
    times_us,
)
from thecal.drivers import quadrature_rp2, rotation_rp2, step_train_rp2


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
    bench.run_us(100_000)
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
