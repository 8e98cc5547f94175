"""A running pump gets another prescription, and is reset soon after."""

import pytest

from rig import SIMPLE, Rig, example
from thecal.tables import doses
from thecal_tools import prescription_file

HIGH = example("morphine_simple", rate="12 mg/day", limits={"per_1h": "0.8 mg", "per_24h": "14 mg"})
LOW = example("morphine_simple", rate="1.2 mg/day", limits={"per_1h": "0.2 mg", "per_24h": "1.6 mg"})
HOUR_MS = 3_600_000


def program(rig: Rig, document: dict) -> None:
    rig.app.pump.program(prescription_file.compile_prescription(document))


def given(rig: Rig) -> int:
    return rig.app.ledger.total()


@pytest.mark.req("SR-03", "SR-29")
@pytest.mark.parametrize("stopped", [False, True])
def test_a_reset_after_a_lowered_limit_keeps_the_lower_background_going(stopped):
    rig = Rig(HIGH)
    rig.run_for(24 * HOUR_MS)
    if stopped:
        rig.app.pump.stop()
    program(rig, LOW)
    # Before a step, or while none is given, no new windows are written.
    rig.run_for(HOUR_MS if stopped else 5_000)
    rig.power_on()
    if stopped:
        rig.app.pump.resume()
    before = given(rig)
    rig.run_for(6 * HOUR_MS)
    assert given(rig) - before >= 6 * 20 - 1  # 50 uL/h at 10 mg/mL were 12 mg/day; 5 uL/h at 250 nL a step
    assert rig.events("gate_refused") == []


@pytest.mark.req("SR-07")
def test_a_bolus_that_a_new_prescription_ends_is_recorded_as_ended_once():
    rig = Rig(SIMPLE)
    rig.run_for(600_000)
    rig.press("bolus", 1_200)
    rig.run_for(120_000)
    assert len(rig.events("bolus_granted")) == 1
    program(rig, example("morphine_simple", rate="1.2 mg/day", patient_bolus=None))
    rig.run_for(20_000)
    rig.power_on()
    rig.run_for(10_000)
    assert [entry["outcome"] for entry in rig.events("bolus_ended")] == ["stopped"]


def rates(rig: Rig) -> list[int]:
    history = rig.app.pump._boluses._given
    return list(history.rates[: history.rate_count])


@pytest.mark.req("SR-04")
def test_admission_knows_the_minimum_rate_from_the_start():
    rig = Rig(example("morphine_simple", mode="minimum_rate", rate=None, limits=None))
    assert rates(rig)[-1] > 0
    rig.run_for(2 * HOUR_MS)
    assert given(rig) > 0
    rig.power_on()
    assert rates(rig)[-1] > 0


@pytest.mark.req("SR-04")
def test_admission_forgets_a_background_that_does_not_begin_again():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    assert rates(rig)[-1] > 0
    rig.app.pump.stop()
    rig.power_on()
    assert rates(rig)[-1] == 0
    assert rig.app.ledger.commanded[doses.BACKGROUND] > 0
