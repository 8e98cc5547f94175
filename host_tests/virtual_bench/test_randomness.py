"""The bench's random numbers: spread as stated, apart by seed and stream, and small enough to take no memory."""

import statistics

import pytest

from virtual_bench.randomness import Random


def test_bell_has_the_spread_it_states():
    random = Random(5)
    draws = [random.bell() for _ in range(20_000)]
    assert statistics.mean(draws) == pytest.approx(0, abs=400)
    assert statistics.stdev(draws) == pytest.approx(15_149, rel=0.02)
    assert -45_447 <= min(draws) < -40_000
    assert 40_000 < max(draws) <= 45_446


def test_fractions_are_even():
    random = Random(6)
    tens = [0] * 10
    for _ in range(20_000):
        tens[random.below(10)] += 1
    assert min(tens) > 1850
    assert max(tens) < 2150


def test_seeds_and_streams_are_apart_and_repeat():
    first = [Random(seed, stream).bell() for seed in range(50) for stream in range(6)]
    assert len(set(first)) > 290
    assert first == [Random(seed, stream).bell() for seed in range(50) for stream in range(6)]
    assert statistics.stdev(first) == pytest.approx(15_149, rel=0.2)
    assert abs(statistics.correlation(first, first[6:] + first[:6])) < 0.15


def test_tolerance_stays_inside_its_width():
    widths = [Random(seed).tolerance(0.05) for seed in range(500)]
    assert max(widths) < 0.05
    assert min(widths) > -0.05
    assert statistics.mean(widths) == pytest.approx(0, abs=0.003)
