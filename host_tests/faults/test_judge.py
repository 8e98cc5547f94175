"""The judge's arithmetic on runs made by hand: 1 uL a minute, faulted at minute 10, cleared at 20, watched for 30."""

import pytest

from thecal_tools.fault_campaign.cases import POWER, SINGLE, Case, after
from thecal_tools.fault_campaign.judge import Moments, cost
from thecal_tools.fault_campaign.observer import HELD, NO_POWER, Record

UL = 1_000_000
MINUTE = 60_000
WHEN = Moments(10 * MINUTE, 15 * MINUTE, 20 * MINUTE)
CASE = Case("stall", (("stall", None),), SINGLE, ("motor_stall",), after(5, 0))


def run(flows=lambda minute: 1.0, **changes) -> Record:
    """A run with so many uL in each minute."""
    record = Record(pl_per_step=250_000, duration_ms=30 * MINUTE)
    total = 0
    for minute in range(1, 31):
        moved = int(flows(minute) * UL)
        if not moved:
            continue
        total += moved
        record.motion.append((minute * MINUTE, total, total))
    for name, value in changes.items():
        setattr(record, name, value)
    return record


def judged(seen: Record, case: Case = CASE, phase: str = "idle"):
    return cost(case, phase, WHEN, seen, run())


RAISED = [(12 * MINUTE, "motor_stall")]


def test_a_run_like_its_twin_costs_nothing_and_lacks_only_the_detection():
    found = judged(run())
    assert (found.over_prescribed, found.under, found.under_undeclared) == (0, 0, 0)
    assert found.failures == ["not detected"]
    assert judged(run(raised=RAISED)).failures == []


def test_an_alarm_of_before_the_fault_detects_nothing_and_another_one_is_only_named():
    assert judged(run(raised=[(9 * MINUTE, "motor_stall")])).failures == ["not detected"]
    found = judged(run(raised=[(11 * MINUTE, "doses_missed")]))
    assert (found.failures, found.also) == (["not detected"], ["doses_missed"])


def test_a_detection_that_comes_late_is_a_failure_that_says_when_it_was_due():
    found = judged(run(raised=[(16 * MINUTE, "motor_stall")]))
    assert found.failures == ["detected by motor_stall after 360 s, due after 300 s"]


def test_a_harmless_case_needs_no_detection_in_the_phases_it_names():
    harmless = Case("x", (), SINGLE, ("motor_stall",), after(5), {"idle": "because"})
    assert judged(run(), harmless).failures == []
    assert judged(run(), harmless, "train").failures == ["not detected"]


def test_a_burst_counts_as_delivered_beyond_prescribed_even_when_it_only_makes_up():
    stalled_then_burst = run(lambda minute: 0.0 if 10 < minute <= 13 else 13.0 if minute == 14 else 1.0, raised=RAISED)
    found = judged(stalled_then_burst)
    assert found.over_prescribed == pytest.approx(12)
    assert found.failures == ["delivered beyond prescribed: 12.0 uL, budget 10.0 uL"]


def test_steps_without_a_command_count_from_the_fault_on():
    found = judged(run(raised=RAISED, excess=[(MINUTE, 100), (11 * MINUTE, 100), (12 * MINUTE, 144)]))
    assert found.over_commanded == pytest.approx(11)
    assert found.failures == ["delivered beyond commanded: 11.0 uL, budget 10.0 uL"]


def test_what_is_missing_counts_until_the_alarm_tells_of_it_and_again_once_cleared():
    found = judged(run(lambda minute: 0.0 if minute > 10 else 1.0, raised=RAISED))
    assert found.under == pytest.approx(20)
    # A minute before the alarm, and ten after the fault was cleared.
    assert found.under_undeclared == pytest.approx(11)
    assert judged(run(lambda minute: 0.0 if 10 < minute <= 20 else 1.0, raised=RAISED)).failures == []


@pytest.mark.parametrize("response", [HELD, NO_POWER, "stop", "minimum rate"])
def test_what_a_declared_response_holds_back_is_not_missing(response):
    declared = [(11 * MINUTE, response), (26 * MINUTE, "")]
    found = judged(run(lambda minute: 0.0 if 11 < minute <= 26 else 1.0, raised=RAISED, declared=declared))
    assert found.under == pytest.approx(15)
    assert found.under_undeclared == pytest.approx(0)


def test_a_response_that_only_keeps_boluses_back_declares_no_missing_background():
    declared = [(11 * MINUTE, "background alone")]
    seen = run(lambda minute: 0.0 if minute > 10 else 1.0, declared=declared, active_at_end=["motor_stall"])
    assert judged(seen).failures[0].startswith("short without a declared response: 20.0 uL")
    assert judged(seen, phase="patient").failures == ["not detected"]


def test_the_motor_must_be_without_current_soon_after_a_declared_stop():
    declared = [(12 * MINUTE, HELD), (25 * MINUTE, "")]
    motor = [[10 * MINUTE, 10 * MINUTE + 14], [12 * MINUTE - 5, 12 * MINUTE + 95], [26 * MINUTE, 26 * MINUTE + 14]]
    found = judged(run(raised=RAISED, declared=declared, motor=motor))
    assert (found.off_after_ms, found.off_s, found.failures) == (95, 120.095, [])
    motor[1][1] = 12 * MINUTE + 101
    found = judged(run(raised=RAISED, declared=declared, motor=motor))
    assert found.failures == ["motor powered for 101 ms after the declared stop, budget 100 ms"]


def test_a_pump_that_stands_still_needs_an_active_alarm():
    standing = run(lambda minute: 0.0 if minute > 20 else 1.0, raised=RAISED, declared=[(20 * MINUTE, HELD)])
    assert judged(standing).failures == ["stands still without an alarm"]
    standing.active_at_end = ["motor_stall"]
    assert judged(standing).failures == []


def test_a_restart_counts_where_the_case_names_it():
    case = Case("brown_out", (), SINGLE, (POWER,), after(5))
    assert judged(run(raised=[(10 * MINUTE + 500, POWER)]), case).detected_s == 0.5
