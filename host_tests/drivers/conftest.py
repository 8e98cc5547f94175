"""A world of its own for each test that needs pins but no pump."""

import pytest

from virtual_bench import world as worlds


@pytest.fixture
def world():
    return worlds.use(worlds.World())
