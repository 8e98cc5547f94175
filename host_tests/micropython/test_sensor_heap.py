"""On real MicroPython a look at a sensor takes no heap, and the display's points are those that its own font draws."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
GOLDEN = HERE / "screen.txt"


def test_a_look_at_a_sensor_takes_no_heap(micropython):
    result = micropython.run_script([(HERE / "sensors_inside.py").read_text(encoding="utf-8")])
    taken = dict(line.split() for line in result.stdout.splitlines())
    assert int(taken.pop("scale")) > 0
    assert taken == {"rotation": "0", "pressure": "0", "weight": "0"}


@pytest.mark.req("PR-07")
def test_the_screen_is_the_golden_one_point_by_point(micropython):
    result = micropython.run_script([(HERE / "screen_inside.py").read_text(encoding="utf-8")])
    assert result.stdout.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()
