"""Boluses and background together in the full stack (PR-03, PR-04, PR-06, PR-07, SR-02, SR-06, SR-07)."""

import itertools
from datetime import datetime

import pytest

from rig import BOLUS_ONLY, SIMPLE, Rig, example
from thecal.tables import doses

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
SCHEDULED = [
    {"at": "08:30", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "dose": "0.1 mg", "duration": "15 min"}
]
ALL_MODES = example(
    "morphine_simple",
    patient_bolus={"dose": "0.05 mg", "duration": "10 min", "lockout": "1 h", "max_per_24h": 4},
    scheduled_boluses=SCHEDULED,
    limits=None,
)


def order_of_kinds(rig: Rig) -> list[tuple[str, str]]:
    names = ("bolus_granted", "bolus_suspended", "bolus_resumed", "bolus_ended")
    return [(r["event"], r["fields"]["dose_kind"]) for r in rig.journal() if r["event"] in names]


@pytest.mark.req("PR-06")
def test_a_clinicians_bolus_is_given_over_its_duration_and_the_prescription_goes_on():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    reason, _ = rig.app.pump.ask_clinician_bolus(100_000, 1_800)
    assert reason == doses.GRANTED
    rig.run_for(HOUR_MS)
    (ended,) = rig.events("bolus_ended")
    assert (ended["dose_kind"], ended["outcome"], ended["steps"]) == ("clinician", "completed", ended["granted_steps"])
    assert rig.app.ledger.commanded[doses.CLINICIAN] == ended["granted_steps"] == 40
    before = rig.app.ledger.commanded[doses.BACKGROUND]
    rig.run_for(HOUR_MS)
    assert abs(rig.app.ledger.commanded[doses.BACKGROUND] - before - 40) <= 1


@pytest.mark.req("SR-07")
@pytest.mark.parametrize("delays", list(itertools.product((0, 3 * MINUTE_MS, 11 * MINUTE_MS), repeat=2)))
def test_patient_over_clinician_over_schedule_and_everything_is_given_whole(delays):
    rig = Rig(ALL_MODES, wall=datetime(2026, 3, 2, 8, 29))
    rig.run_for(MINUTE_MS + 1_000)
    rig.run_for(delays[0])
    assert rig.app.pump.ask_clinician_bolus(100_000, 900)[0] == doses.GRANTED
    rig.run_for(delays[1])
    rig.press("bolus", 1_200)
    rig.run_for(2 * HOUR_MS)
    ends = [kind for event, kind in order_of_kinds(rig) if event == "bolus_ended"]
    assert sorted(ends) == ["clinician", "patient", "scheduled"]
    if delays == (0, 0):
        assert ends == ["patient", "clinician", "scheduled"]
    for ended in rig.events("bolus_ended"):
        assert (ended["outcome"], ended["steps"]) == ("completed", ended["granted_steps"])
    granted = {record["dose_kind"]: record["steps"] for record in rig.events("bolus_granted")}
    assert granted == {
        "scheduled": rig.app.ledger.commanded[doses.SCHEDULED],
        "clinician": rig.app.ledger.commanded[doses.CLINICIAN],
        "patient": rig.app.ledger.commanded[doses.PATIENT],
    }


@pytest.mark.req("SR-07")
def test_a_stop_ends_every_bolus_and_counts_exactly_what_was_given():
    rig = Rig(ALL_MODES, wall=datetime(2026, 3, 2, 8, 29))
    rig.run_for(MINUTE_MS + 1_000)
    rig.app.pump.ask_clinician_bolus(100_000, 900)
    rig.press("bolus", 1_200, delay_ms=MINUTE_MS)
    rig.run_for(4 * MINUTE_MS)
    before = rig.bench.stepper.edges
    rig.app.pump.stop()
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges == before
    ended = rig.events("bolus_ended")
    assert [record["outcome"] for record in ended] == ["stopped"] * 3
    given = sum(rig.app.ledger.commanded[kind] for kind in (doses.SCHEDULED, doses.CLINICIAN, doses.PATIENT))
    assert sum(record["steps"] for record in ended) == given
    rig.app.pump.resume()
    rig.run_for(HOUR_MS)
    assert order_of_kinds(rig)[-1][0] == "bolus_ended"  # nothing came back


@pytest.mark.req("SR-06", "PR-07")
def test_a_storm_of_presses_grants_one_and_records_every_refusal_with_its_reason():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    for number in range(40):
        rig.press("bolus", 1_100, delay_ms=number * 2_000)
    rig.run_for(HOUR_MS)
    assert len(rig.events("bolus_granted")) == 1
    refused = rig.events("bolus_refused")
    assert len(refused) == 39
    assert {record["reason"] for record in refused} == {"a bolus is being given"}
    (end,) = [r["pump_time_ms"] for r in rig.journal() if r["event"] == "bolus_ended"]
    # The refusals did not move the lockout, which counts from the end of the bolus.
    assert rig.app.pump.next_patient_bolus() == (doses.LOCKOUT, end // 1000 + 3_600)
    rig.press("bolus", 1_100, delay_ms=end + HOUR_MS + 1_000 - 1_100 - rig.world.elapsed_ms + 2_000)
    rig.run_for(HOUR_MS)
    assert len(rig.events("bolus_granted")) == 2


@pytest.mark.req("PR-04")
def test_bolus_only_gives_nothing_but_what_was_asked_for():
    rig = Rig(BOLUS_ONLY)
    rig.run_for(6 * HOUR_MS)
    assert rig.bench.stepper.edges == 0
    rig.press("bolus", 1_200)
    rig.run_for(2 * HOUR_MS)
    (granted,) = rig.events("bolus_granted")
    assert rig.bench.stepper.edges == granted["steps"] > 0


@pytest.mark.req("SR-02")
@pytest.mark.parametrize("kind", ["scheduled", "clinician", "patient"])
@pytest.mark.parametrize("rate", ["24 mg/day", "120 mg/day", "450 mg/day"])
def test_no_mode_pair_drives_the_motor_faster_than_the_ceiling(rate, kind):
    """Background of up to 18 mL/day with the fastest bolus of each kind that the prescription check lets pass."""
    document = example(
        "morphine_simple",
        rate=rate,
        concentration="25 mg/mL",
        patient_bolus={"dose": "0.5 mg", "duration": "10 min", "lockout": "1 h", "max_per_24h": 4},
        scheduled_boluses=[{**SCHEDULED[0], "dose": "0.5 mg", "duration": "10 min"}],
        limits=None,
    )
    rig = Rig(document, wall=datetime(2026, 3, 2, 8, 29))
    edges: list[int] = []
    step = rig.world.lines[rig.board.PUMP_STEP]
    step.listen(lambda level: edges.append(rig.world.now_us()) if level else None)
    if kind == "clinician":
        rig.app.pump.ask_clinician_bolus(500_000, 600)
    if kind == "patient":
        rig.press("bolus", 1_200)
    rig.run_for(20 * MINUTE_MS)
    gaps = [later - earlier for earlier, later in itertools.pairwise(edges)]
    assert len(gaps) > 20
    # 249,935 pL at 1.2 mL/h: 749.8 ms
    assert min(gaps) >= 750_000
    assert len(rig.events("bolus_granted")) >= 1


@pytest.mark.req("PR-03", "SR-38")
def test_a_scheduled_bolus_comes_once_on_its_days():
    document = example("morphine_simple", scheduled_boluses=[{**SCHEDULED[0], "days": ["mon", "wed"]}], limits=None)
    rig = Rig(document, wall=datetime(2026, 3, 2, 0, 0))
    rig.run_for(7 * 24 * HOUR_MS)
    granted = [r for r in rig.journal() if r["event"] == "bolus_granted"]
    assert [r["wall"][:16] for r in granted] == ["2026-03-02T08:30", "2026-03-04T08:30"]


@pytest.mark.req("PR-06", "SR-07")
def test_a_second_clinicians_bolus_is_refused_until_the_end_of_the_first():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    rig.app.pump.ask_clinician_bolus(100_000, 900)
    rig.run_for(5 * MINUTE_MS)
    reason, when = rig.app.pump.ask_clinician_bolus(100_000, 900)
    assert reason == doses.BOLUS_RUNNING
    rig.run_for(11 * MINUTE_MS)
    (end_ms,) = [record["pump_time_ms"] for record in rig.journal() if record["event"] == "bolus_ended"]
    assert 0 <= when - end_ms / 1000 <= 2
    assert rig.app.pump.ask_clinician_bolus(100_000, 900)[0] == doses.GRANTED
