"""A bench with the Pico's board, and the firmware's own step train and witness on it."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def board():
    spec = importlib.util.spec_from_file_location("board_rpi_pico", ROOT / "boards/RPI_PICO/board.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def world():
    from virtual_bench import world

    return world.use(world.World(seed=1))


@pytest.fixture
def bench(board, world):
    from virtual_bench.bench import Bench

    return Bench(board, world, seed=0)


class Motor:
    """The pump turned by the firmware's own step train, and its witness."""

    def __init__(self, board, world):
        # Imported late: their PIO programs need the fake modules on the path.
        from thecal.drivers.rotation_rp2 import Rotation
        from thecal.drivers.rotor_edges import edges_allowed
        from thecal.drivers.step_train_rp2 import StepTrain

        self._world = world
        self._period_us = board.STEP_PERIOD_US
        machines = (board.STEP_TRAIN_MACHINE, board.MOTOR_GUARD_MACHINE)
        edges = edges_allowed(board)
        self.train = StepTrain(machines, board.PUMP_STEP, board.PUMP_ENABLE_N, board.ROTOR, edges)
        self.rotation = Rotation(board.ROTATION_MACHINE, board.ROTOR)

    def turn(self, steps, period_us=None, pause_ms=200):
        """Whole trains of at most eight steps, with a pause after each."""
        while steps:
            length = min(steps, 8)
            self._world.run_for(self.train.start(length, period_us or self._period_us))
            assert not self.train.busy()
            self._world.run_for(pause_ms)
            steps -= length


@pytest.fixture(scope="session")
def motor_of():
    """Callable (board, world) that puts the firmware's drivers on a bench."""
    return Motor


@pytest.fixture
def motor(board, world, bench):
    return Motor(board, world)
