"""A wake that commits nothing takes no heap, on real MicroPython: every task, and the scheduler's pass around it."""

import pytest

from thecal_tools.bench_figures import wakes

TASKS = ("delivery", "programme", "monitor", "panel", "link", "supervisor")


@pytest.fixture(scope="module")
def found(micropython):
    """{(task, kind): (wakes, most bytes)}; the kinds are in tools/thecal_tools/bench_figures/inside/wakes.py."""
    return wakes.heap_of_wakes()


def check(found, task, kind, when):
    count, most = found.get((task, kind), (0, 0))
    assert count, f"{task}: no wake {when} came about: see the pieces in bench_figures/inside/wakes.py"
    assert most == 0, (
        f"{task}: a wake {when} takes up to {most} bytes of heap ({count} such wakes seen). What takes heap: a float,"
        " an integer beyond 2^30 or made by divmod() of such, a new tuple, list or text, a call with *, a closure"
    )


@pytest.mark.parametrize("task", TASKS)
def test_a_wake_with_nothing_to_do(found, task):
    check(found, task, "idle", "with nothing to do")


@pytest.mark.parametrize("task", TASKS)
def test_a_wake_while_an_alarm_is_on(found, task):
    check(found, task, "signal", "with nothing to do while an alarm is on")


def test_a_step_inside_a_reserved_block(found):
    check(found, "delivery", "step", "that gives a step of a reserved block")


def test_the_scale_shows_what_must_take_heap(found):
    assert found["delivery", "flash"][1] > 0
    assert found["programme", "flash"][1] > 0


def test_every_kind_of_wake_was_seen_often_enough(found):
    assert found["delivery", "step"][0] >= 50
    assert found["supervisor", "idle"][0] >= 300
    # The light of a high alarm flashes, and melodies are played.
    assert found["panel", "signal"][0] >= 100
