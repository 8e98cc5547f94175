"""The bench gives the same bits on CPython and on MicroPython, and lets allocation be measured there."""

import os
import subprocess
import sys
from pathlib import Path

import places

HERE = Path(__file__).parent


def on_cpython(script):
    path = [str(places.ROOT / entry) for entry in (*places.PYTHONPATH, "boards/RPI_PICO")]
    return call([sys.executable, str(HERE / script)], {**os.environ, "PYTHONPATH": os.pathsep.join(path)})


def on_micropython(script):
    return call([str(places.NODE), str(HERE / "run_micropython.mjs"), str(places.ROOT), str(HERE / script)], None)


def call(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_an_hour_of_physics_is_the_same_to_the_bit():
    expected = on_cpython("raw_hour.py")
    assert len(expected) > 30
    assert on_micropython("raw_hour.py") == expected


def test_fakes_take_no_heap_when_nothing_physical_is_due():
    taken = [line.split() for line in on_micropython("no_allocation.py")]
    assert len(taken) > 12
    assert [(name, number) for name, number in taken if number != "0"] == []
