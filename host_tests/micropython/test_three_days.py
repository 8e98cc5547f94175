"""Three days from day 11 on, over the wrap of the ticks: exact steps, equal records on both interpreters, no growth."""

from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from rig import example
from thecal_tools import scenario_file
from thecal_tools.bench_figures import scenarios
from thecal_tools.bench_figures.inside import hours
from thecal_tools.day_report.prescribed import Programme
from virtual_bench import results
from virtual_bench.volume import MemoryVolume

START = datetime(2026, 3, 2)
DAYS = 3
# One hour more, because the heap is told at an hour's beginning.
END = START + timedelta(days=DAYS, hours=1)
WRAPS_AFTER_MS = 2**30 - 11 * 24 * 3_600_000
# Half the example's flow, so that no sum of the bench passes 2^30 pL, where it would become a heap object.
FLEX = example("baclofen_flex", concentration="4000 ug/mL")
EACH_DAY = [
    {"at": "6 h", "do": "press", "button": "bolus", "hold": "1500 ms"},
    {"at": "7 h", "do": "press", "button": "bolus", "hold": "1500 ms"},
    # The level sensor is not to be believed for two hours: an alarm, which is acknowledged and then clears.
    {"at": "12 h", "do": "fault", "fault": "level_offset", "value": "-16400 uL"},
    {"at": "13 h 50 min", "do": "press", "button": "alarm", "hold": "1200 ms"},
    {"at": "14 h", "do": "clear_fault", "fault": "level_offset"},
    {"at": "20 h", "do": "press", "button": "bolus", "hold": "1500 ms"},
]
PARTS = (
    """
import gc
import json
import board
import hours

with open("/in/scenario.json") as stream:
    days = hours.Hours(json.load(stream), board, hours.flash_volume("/records"))
""",
    "again = days.power_on()",
    "print(days.hours, gc.mem_alloc())\nagain = days.hour()",
    """
with open("/out/journal.bin", "wb") as stream:
    stream.write(days.journal())
""",
)


def scenario():
    events = [
        event | {"at": (f"{day} days " if day > 1 else "1 day " if day else "") + event["at"]}
        for day in range(DAYS)
        for event in EACH_DAY
    ]
    document = {
        "format": "thecal.scenario/1",
        "title": "three days over the wrap",
        "what": "Flex with presses and an acknowledged alarm every day.",
        "prescription": FLEX,
        "board": "RPI_PICO",
        "start": {"wall": f"{START:%Y-%m-%d %H:%M}", "pump_time": "11 days"},
        "reservoir": "18 mL",
        "duration": f"{DAYS} days 1 h",
        "seed": 11,
        "events": events,
    }
    return scenario_file.read(document)


@pytest.fixture(scope="module")
def cpython_days():
    """The result of the run, its journal among it."""
    compiled = scenario().compiled
    days = hours.Hours(compiled, scenario_file.board_module(compiled["board"]), MemoryVolume())
    while days.power_on():
        pass
    while days.hour():
        pass
    return days.run.results.collect()


@pytest.mark.req("PR-02", "SR-38")
def test_steps_over_the_wrap_are_exact(cpython_days):
    assert 24 * 3_600_000 < WRAPS_AFTER_MS < 2 * 24 * 3_600_000
    programme = Programme(scenario().therapy)
    due_nl = sum((spread.volume_nl for spread in programme.background(START, END)), Fraction(0))
    ideal = due_nl * 1000 / cpython_days["pl_per_step"]
    doses = dict(cpython_days["doses"])
    assert 0 <= ideal - doses["background"]["commanded"] < 1
    granted = [row["steps"] for row in cpython_days["requests"] if row["granted"]]
    assert len(granted) == 2 * DAYS
    assert doses["patient"]["commanded"] == sum(granted)
    assert [row["change"] for row in cpython_days["alarms"]] == ["raised", "acknowledged", "cleared"] * DAYS
    assert len(results.hours(cpython_days["journal"])) == 24 * DAYS
    assert cpython_days["restarts"] == []
    assert cpython_days["worst_late_ms"] == [[name, 0] for name, _ in cpython_days["worst_late_ms"]]


def test_micropython_gives_the_same_days_and_its_heap_does_not_grow(micropython, cpython_days):
    made = micropython.run_script(PARTS, scenarios.files(scenario().compiled, "hours"))
    assert made.files["journal.bin"] == cpython_days["journal"]
    heap = [int(line.split()[1]) for line in made.stdout.splitlines()]
    assert len(heap) == 24 * DAYS + 1
    growth = [now - heap[24] for now in heap[24:]]
    assert growth[-1] == 0, (
        f"{growth[-1]} bytes more are alive at the end of day {DAYS} than at the end of day 1;"
        f" hour by hour {' '.join(f'{count:+d}' for count in growth)}"
    )
