"""The gate holds whatever the planner asks for, in the full stack (SR-03)."""

import pytest

from rig import SIMPLE, Rig
from thecal.tables import alarms, doses
from thecal.therapy.plan import TherapyPlan

HOUR_MS = 3_600_000


class EndlessPlan(TherapyPlan):
    """A planner gone wild: a step of one kind is due at every moment, for ever."""

    kind = doses.BACKGROUND

    def next_due_in(self, now, longest):
        return 0

    def due_kind(self, now):
        return self.kind

    def given(self, kind, now):
        pass

    def refuse_background(self):
        pass

    def too_late_background(self, now):
        return 0


@pytest.mark.req("SR-03")
def test_a_planner_without_end_is_held_at_the_limits_of_the_prescription(monkeypatch):
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    gate, stepper = rig.app.body.gate, rig.bench.stepper
    rig.app.body.plan = EndlessPlan(2_000_000, 250_000)
    # A refused step would be asked for again at once, for ever; let the bench's time go on between two.
    refuse = rig.app.body.gate.grant

    def grant_and_let_time_pass(*step):
        granted = refuse(*step)
        if not granted:
            rig.world.run_for(200)
        return granted

    monkeypatch.setattr(gate, "grant", grant_and_let_time_pass)
    edges = [(rig.world.elapsed_ms, stepper.edges)]
    for _ in range(30):
        rig.run_for(HOUR_MS // 10)
        edges.append((rig.world.elapsed_ms, stepper.edges))
    per_hour = max(later - earlier for (_, earlier), (_, later) in zip(edges, edges[10:], strict=False))
    assert 0 < per_hour <= gate.hour.limit
    assert rig.app.pump.alarm() == alarms.GATE_LIMIT
    assert len(rig.events("gate_refused")) == 1


@pytest.mark.req("SR-03")
def test_a_planner_that_primes_without_end_gets_what_was_authorised_once_and_no_faster(monkeypatch):
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    body, stepper = rig.app.body, rig.bench.stepper
    body.plan = EndlessPlan(2_000_000, 250_000)
    body.plan.kind = doses.PRIME
    # A refused step would be asked for again at once, for ever; let the bench's time go on between two.
    refuse = body.gate.grant

    def grant_and_let_time_pass(*step):
        granted = refuse(*step)
        if not granted:
            rig.world.run_for(50)
        return granted

    monkeypatch.setattr(body.gate, "grant", grant_and_let_time_pass)
    monkeypatch.setattr(rig.app.pump._delivery, "_refused_by_gate", lambda kind, now: None)
    before, windows = stepper.edges, (body.gate.hour.total, body.gate.day.total)
    rig.run_for(100_000)  # until the task wakes for the step that was due before
    assert stepper.edges == before
    body.gate.allowance.authorise(doses.PRIME, 12, 1_000, 250_000, rig.app.clock.seconds + 60, rig.app.clock.seconds)
    rig.run_for(5_000)
    assert 5 <= stepper.edges - before <= 6
    rig.run_for(30_000)
    assert stepper.edges - before == body.gate.allowance.given == 12
    assert (body.gate.hour.total, body.gate.day.total) == windows
    # What is left of one is gone with its expiry, and with a reset.
    body.gate.allowance.authorise(doses.PRIME, 12, 1_000, 250_000, rig.app.clock.seconds + 2, rig.app.clock.seconds)
    rig.run_for(20_000)
    assert stepper.edges - before in (14, 15)
    assert rig.power_on().body.gate.allowance.granted == 0


@pytest.mark.req("SR-03")
def test_the_gates_limits_come_from_the_committed_prescription_and_stay_below_the_mechanisms():
    rig = Rig(SIMPLE)
    gate, prescription = rig.app.body.gate, rig.app.body.prescription
    assert prescription is not None
    volume = rig.app.body.volume_per_step
    assert gate.hour.limit == prescription.gate_1h_nl * 1000 // volume
    assert gate.day.limit == prescription.gate_24h_nl * 1000 // volume
    assert prescription.gate_1h_nl <= 1_000_000
    assert prescription.gate_24h_nl <= 24_000_000


@pytest.mark.req("SR-03")
def test_a_bolus_that_the_gate_stops_ends_there_and_the_rest_is_not_kept():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.app.body.gate.day.limit = rig.app.body.gate.day.total + 5
    rig.press("bolus", 1_200)
    rig.run_for(2 * HOUR_MS)
    (ended,) = rig.events("bolus_ended")
    assert ended["outcome"] == "stopped"
    assert ended["steps"] < ended["granted_steps"]
    assert rig.app.body.gate.day.total <= rig.app.body.gate.day.limit
