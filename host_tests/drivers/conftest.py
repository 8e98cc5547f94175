"""A world of its own for each test that needs pins but no pump, and emulated PIO blocks for programs alone."""

import pytest

from virtual_bench import world as worlds


@pytest.fixture
def world():
    return worlds.use(worlds.World())


@pytest.fixture
def bench():
    """Both PIO blocks of an emulated RP2040."""
    from drivers.pio_block import Bench

    return Bench()
