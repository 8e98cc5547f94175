"""The gate's windows after a reset: what snapshot and reserve mark tell of stands where it was given (SR-03, SR-37)."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig import Rig, example
from thecal.records.mark import BLOCK
from thecal.safety.gate import RECENT, Gate
from thecal.safety.gate_resume import restore
from thecal.tables import alarms, doses
from virtual_bench.world import WatchdogReset

SAVED_EVERY_S = 600


def gate_without_limits() -> Gate:
    gate = Gate()
    gate.set_limits(10_000_000, 10_000_000, 250_000, 0)
    return gate


class Given:
    """A gate, and what of it was on flash when the power went: a snapshot each ten minutes, a mark each block."""

    def __init__(self, start: int, pauses: list[int]):
        self.gate = gate_without_limits()
        self.now = self.saved_at = start
        self.snapshot, self.then, self.recent, self.committed, self.total = self.gate.snapshot(), 0, b"", 0, 0
        for pause_s in pauses:
            self.now += pause_s
            if self.now - self.saved_at >= SAVED_EVERY_S:
                # At the latest; the steps of a pause came before it.
                self.saved_at, self.snapshot, self.then = self.now, self.gate.snapshot(), self.total
            assert self.gate.grant(self.now, doses.BACKGROUND, 0)
            if self.total == self.committed:
                self.committed, self.recent = self.total + BLOCK, bytes(self.gate.recent())
            self.total += 1

    def restored(self, later_s: int) -> Gate:
        gate = gate_without_limits()
        restore(gate, self.snapshot, self.committed - self.then, self.now + later_s, self.recent)
        return gate


def younger_than(window, seconds: int, buckets: int) -> int:
    """Steps that a window believes to be in its newest buckets at that second."""
    newest = seconds // window.bucket_s
    return sum(window.counts[(newest - back) % len(window.counts)] for back in range(buckets))


PAUSES = st.lists(st.one_of(st.just(0), st.integers(0, 90), st.integers(0, 2_000)), max_size=120)


@pytest.mark.req("SR-03", "SR-37")
@given(st.integers(0, 200_000), PAUSES, st.integers(0, 5_000))
def test_no_step_is_believed_to_be_older_than_it_is_and_at_most_a_block_to_be_younger(start, pauses, later_s):
    pump = Given(start, pauses)
    seconds = pump.now + later_s
    restored = pump.restored(later_s)
    for found, true in ((restored.hour, pump.gate.hour), (restored.day, pump.gate.day)):
        true.turn(seconds)
        for buckets in range(1, len(true.counts) + 1):
            known, believed = younger_than(true, seconds, buckets), younger_than(found, seconds, buckets)
            assert known <= believed <= known + BLOCK
        assert found.total == sum(found.counts)


@pytest.mark.req("SR-03", "SR-37")
@pytest.mark.parametrize("recent", [b"", bytes(4 + 2 * RECENT - 1)])
def test_without_the_newest_buckets_all_since_the_snapshot_counts_as_given_now(recent):
    gate = gate_without_limits()
    restore(gate, b"", 30, 100_000, recent)
    assert younger_than(gate.hour, 100_000, 1) == younger_than(gate.day, 100_000, 1) == 30


@pytest.mark.req("SR-03", "SR-37")
@pytest.mark.parametrize("minutes", [69, 74, 79])
def test_a_reset_at_the_highest_rate_has_the_gate_refuse_nothing_that_is_programmed(minutes):
    rig = Rig(example("morphine_simple", concentration="20 mg/mL", rate="480 mg/day", patient_bolus=None, limits=None))
    rig.run_for(minutes * 60_000 + 50_000)
    edges = rig.bench.stepper.edges
    rig.world.at_ms(0, rig.world.restart, WatchdogReset)
    rig.run_for(5_400_000)
    assert rig.restarts == ["WatchdogReset"]
    assert not rig.app.body.alarms.active(alarms.GATE_LIMIT)
    assert abs(rig.bench.stepper.edges - edges - 6_000) <= 40


def tells(newest: int, **steps: int) -> bytes:
    """Newest buckets as a reserve mark has them. steps: b<number of the bucket>=count."""
    found = [steps.get(f"b{newest - back}", 0) for back in range(RECENT)]
    return pack(f"<I{RECENT}H", newest, *found)


def in_minutes(gate: Gate) -> dict[int, int]:
    """Steps by minute of pump time, as far as the hour's window goes."""
    hour = gate.hour
    minutes = range(max(hour.newest - len(hour.counts) + 1, 0), hour.newest + 1)
    return {minute: count for minute in minutes if (count := hour.counts[minute % len(hour.counts)])}


@pytest.mark.req("SR-03", "SR-37")
@pytest.mark.parametrize(
    ("newest", "steps", "given"),
    [
        # The oldest and the newest bucket of a mark, and all of them in a mark of the first minutes.
        (100, {"b90": 3, "b100": 4}, {90: 3, 100: 4}),
        (2, {"b0": 7, "b1": 1, "b2": 2}, {0: 7, 1: 1, 2: 2}),
        (0, {"b0": 5}, {0: 5}),
        # As many as a count holds.
        (100, {"b95": 40_000}, {95: 40_000}),
    ],
)
def test_each_bucket_of_the_mark_is_put_into_its_own_minute(newest, steps, given):
    gate = gate_without_limits()
    restore(gate, b"", sum(steps.values()), newest * 60 + 120, tells(newest, **steps))
    assert in_minutes(gate) == given
    assert gate.hour.total == gate.day.total == sum(steps.values())


@pytest.mark.req("SR-03", "SR-37")
def test_buckets_of_a_mark_that_have_left_the_hour_are_left_out_and_younger_ones_are_not():
    before = gate_without_limits()
    before.hour.turn(100 * 60)
    before.day.turn(100 * 60)
    gate = gate_without_limits()
    # The hour's ring has 61 buckets: at minute 100, that of the snapshot, the oldest is minute 40.
    restore(gate, before.snapshot(), 20, 101 * 60, tells(45, b38=6, b39=5, b41=3, b45=2))
    assert in_minutes(gate) == {41: 3, 45: 2, 101: 15}
    assert gate.hour.total == 20


@pytest.mark.req("SR-03", "SR-37")
def test_of_snapshot_and_mark_the_one_that_tells_of_more_steps_counts_and_the_rest_is_given_now():
    before = gate_without_limits()
    for minute, steps in ((50, 4), (51, 9)):
        for _ in range(steps):
            assert before.grant(minute * 60, doses.BACKGROUND, 0)
    gate = gate_without_limits()
    restore(gate, before.snapshot(), 10, 55 * 60, tells(52, b50=6, b51=8, b52=1))
    assert in_minutes(gate) == {50: 6, 51: 9, 52: 1, 55: 7}
    assert gate.hour.total == gate.day.total == 23
