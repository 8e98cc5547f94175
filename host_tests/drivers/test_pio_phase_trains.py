"""The four-phase train's PIO program on an emulated PIO block: exact patterns and periods."""

from itertools import pairwise

import pytest

from drivers.pio_block import ALL_ONES, CYCLE_NS, ENABLE_N, EXCESS, GUARD_RXF, GUARD_TXF, PHASES, TXF0
from thecal.drivers import four_phase_rp2

PATTERNS = [0b0011, 0b0110, 0b1100, 0b1001]
# Edge cases: the shortest train, two steps, one that ends within the word's first half, the longest; the shortest
# period, an odd one, a usual one; the longest, whose idle cycles cost the emulation most, with one step only.
STEPS = [1, 2, 3, 8]
PERIODS = [100, 101, 2_000]
LONGEST_PERIOD = 50_000


@pytest.mark.req("SR-27")
def test_every_word_of_patterns_goes_forwards_from_its_own_phase():
    for first, word in enumerate(four_phase_rp2._WORDS):
        assert [word >> 4 * step & 0xF for step in range(8)] == [PATTERNS[(first + step) % 4] for step in range(8)]
    assert list(four_phase_rp2._PATTERNS) == PATTERNS


@pytest.mark.req("SR-33")
@pytest.mark.parametrize(
    ("steps", "period_us"), [*((steps, period_us) for steps in STEPS for period_us in PERIODS), (1, LONGEST_PERIOD)]
)
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
