"""In the quiet state nothing wakes the processor but the watchdog, the steps and the minute's look at the reservoir."""

import pytest

from rig import SIMPLE, Rig, example
from thecal.runtime.supervisor import FEED_MS

HOUR_MS = 3_600_000
STOPPED = example("morphine_simple", mode="stopped", rate=None, limits=None)


def runs_of(rig: Rig) -> dict[str, int]:
    return {task.name: task.runs for task in rig.app.scheduler.tasks}


def one_hour(rig: Rig) -> tuple[dict[str, int], int]:
    """Runs by task and passes of one hour that starts three minutes after the full hour."""
    rig.run_for(HOUR_MS + 180_000)
    runs, passes = runs_of(rig), rig.app.scheduler.passes
    rig.run_for(HOUR_MS)
    return {name: count - runs[name] for name, count in runs_of(rig).items()}, rig.app.scheduler.passes - passes


def test_an_hour_without_delivery_wakes_for_the_watchdog_the_monitor_and_the_programme_alone():
    runs, passes = one_hour(Rig(STOPPED))
    assert runs == {
        "delivery": 1,
        "programme": 6,
        "monitor": 60,
        "panel": 1,
        "link": 1,
        "supervisor": HOUR_MS // FEED_MS,
    }
    # Each run and each sleep is a pass; one sleep more is cut short by the test's own end of the hour.
    assert passes <= 2 * sum(runs.values()) + 1


def test_an_hour_of_background_wakes_twice_more_for_each_step():
    runs, passes = one_hour(Rig(SIMPLE))
    steps = 40
    assert runs["delivery"] <= 2 * steps + 1
    assert runs["panel"] == runs["link"] == 1
    assert passes <= 2 * sum(runs.values()) + 1


@pytest.mark.parametrize("prescription", [STOPPED, SIMPLE], ids=["stopped", "simple"])
def test_no_safety_task_is_late_in_a_quiet_day(prescription):
    rig = Rig(prescription)
    rig.run_for(24 * HOUR_MS)
    assert {task.name: task.worst_late_ms for task in rig.app.scheduler.tasks if task.worst_late_ms > 1} == {}
