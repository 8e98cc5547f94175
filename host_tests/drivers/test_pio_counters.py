"""The PIO programs that count the rotor's edges, on an emulated PIO block."""

import pytest

from drivers.pio_block import ROTOR, ROTOR_B, STEP, count, times_us


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
