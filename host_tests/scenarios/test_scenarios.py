"""Every scenario on CPython and on real MicroPython: equal journals, what each file expects, and what it shows."""

import json
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from thecal.tables import doses
from thecal_tools import scenario_file
from thecal_tools.expectations import differences
from thecal_tools.journal_export import read, verify
from thecal_tools.journal_replay import compare
from thecal_tools.journal_verify import chunks
from thecal_tools.simulate import simulate

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.json"))
HOUR_S = 3_600


@cache
def scenario(name):
    return scenario_file.load(FOLDER / f"{name}.json")


@cache
def on_cpython(name):
    return simulate(scenario(name))


def result(name):
    return on_cpython(name).document


def steps(name, kind):
    return result(name)["doses"][kind]["commanded"]


def requests(name, kind):
    return [row for row in result(name)["requests"] if row["kind"] == kind]


def events(name, *kinds):
    return [entry for entry in read(on_cpython(name).journal) if entry["event"] in kinds]


def ideal_steps(name, nanograms):
    """Exact steps that a dose of the scenario's first prescription takes."""
    nanolitres = scenario(name).therapy.volume_nl(nanograms)
    return nanolitres * 1000 / result(name)["pl_per_step"]


def background_ng(name, start_s, end_s):
    """Exact ng of the first prescription's background between two times since Monday 00:00."""
    total = Fraction(0)
    for day in range(start_s // 86_400, end_s // 86_400 + 1):
        for start, end, rate in scenario(name).therapy.day(day % 7):
            first, last = day * 86_400 + start * 60, day * 86_400 + end * 60
            total += max(min(last, end_s) - max(first, start_s), 0) * rate / 86_400
    return total


def comparable(document):
    """A result without what belongs to the host; MicroPython keeps no order in the objects of a reply."""
    replies = [json.loads(reply) for reply in document["replies"]]
    return document | {"host": None, "heap": None, "replies": replies}


def within_a_step(count, ideal):
    return abs(count - ideal) <= 1


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def path(request):
    """One scenario after the other, so that a worker which has run one asks everything of it."""
    return request.param


def test_a_scenario_ends_as_its_file_expects(path):
    assert differences(scenario(path.stem).expect, result(path.stem)) == []


def test_both_interpreters_write_the_same_journal(path):
    here, there = on_cpython(path.stem), simulate(scenario(path.stem), "micropython")
    assert (there.journal, there.files) == (here.journal, here.files)
    assert comparable(there.document) == comparable(here.document)


def test_the_journal_is_sound_and_accounts_for_every_step(path):
    assert verify(on_cpython(path.stem).journal).sound
    for account in result(path.stem)["doses"].values():
        assert account["confirmed"] <= account["commanded"] <= account["reserved"]
    hourly = [sum(hour["steps"][kind] for hour in result(path.stem)["hours"]) for kind in range(doses.KINDS)]
    assert hourly == [account["commanded"] for account in result(path.stem)["doses"].values()]


@pytest.mark.req("PR-15")
def test_the_journal_replays_to_the_ledger_on_flash(path):
    simulation = on_cpython(path.stem)
    comparison = compare(chunks(simulation.journal), simulation.files["ledger"], simulation.files["reserve/mark"])
    assert [(row.name, row.replayed, row.on_flash) for row in comparison.rows if not row.is_equal] == []
    assert (comparison.is_equal, comparison.notes) == (True, ())


@pytest.mark.req("PR-01", "SR-01")
def test_simple_continuous_gives_its_rate():
    assert within_a_step(
        steps("simple_day", "background"), ideal_steps("simple_day", background_ng("simple_day", 0, 26 * HOUR_S))
    )


@pytest.mark.req("PR-02", "SR-01", "SR-38")
def test_flex_follows_weekday_and_weekend_over_midnight_and_the_tick_wrap():
    name = "flex_into_weekend_over_wrap"
    friday_20h = (4 * 24 + 20) * HOUR_S
    due = background_ng(name, friday_20h, friday_20h + 26 * HOUR_S)
    assert within_a_step(steps(name, "background"), ideal_steps(name, due))
    rates = [(entry["wall"][11:16], entry["fields"]["rate_ng_per_day"]) for entry in events(name, "background_rate")]
    assert rates[1:] == [
        ("22:00", 864_000),
        ("07:00", 1_440_000),
        ("10:30", 960_000),
    ]


@pytest.mark.req("PR-03")
def test_scheduled_boluses_start_at_their_minute_on_their_days():
    given = [
        entry["wall"]
        for entry in events("scheduled_boluses", "bolus_granted")
        if entry["fields"]["dose_kind"] == "scheduled"
    ]
    assert given == ["2026-03-02T07:00:00", "2026-03-02T21:15:00", "2026-03-03T00:00:00", "2026-03-03T07:00:00"]
    whole = [int(ideal_steps("scheduled_boluses", dose)) for dose in (10_000, 15_000, 5_000, 10_000)]
    assert [row["steps"] for row in requests("scheduled_boluses", "scheduled")] == whole
    assert steps("scheduled_boluses", "scheduled") == sum(whole)


@pytest.mark.req("PR-04", "PR-07", "SR-05", "SR-06")
def test_a_storm_of_presses_moves_neither_lockout_nor_count():
    name = "bolus_only_press_storm"
    patient = scenario(name).therapy.patient
    assert patient is not None
    assert steps(name, "background") == 0
    granted = [row["pump_s"] for row in requests(name, "patient") if row["granted"]]
    ended = [entry["pump_time_ms"] / 1000 for entry in events(name, "bolus_ended")]
    for before, after in zip(ended, granted[1:], strict=False):
        assert after - before >= patient.lockout_s
    for index, start in enumerate(granted):
        assert sum(start - 86_400 < other <= start for other in granted[: index + 1]) <= patient.max_per_24h
    # Refusals between do not move the lockout: the next press after it is granted, and they come every 17 min.
    assert granted[1] - ended[0] - patient.lockout_s < 17 * 60


@pytest.mark.req("PR-05")
def test_the_minimum_rate_is_kept():
    volume_nl = steps("minimum_rate", "background") * Fraction(result("minimum_rate")["pl_per_step"], 1000)
    assert abs(volume_nl - 5_000) <= Fraction(result("minimum_rate")["pl_per_step"], 1000)


@pytest.mark.req("PR-06", "SR-07")
def test_a_patient_bolus_goes_first_and_the_clinician_s_is_given_whole():
    name = "clinician_bolus_interrupted"
    whole = int(ideal_steps(name, 50_000))
    assert (steps(name, "clinician"), steps(name, "patient")) == (whole, whole)
    order = [entry["event"] for entry in events(name, "bolus_suspended", "bolus_resumed", "bolus_ended")]
    assert order == ["bolus_suspended", "bolus_ended", "bolus_resumed", "bolus_ended"]


@pytest.mark.req("SR-09", "PR-05")
def test_what_was_missed_while_stopped_is_not_made_up():
    name = "stop_and_resume"
    start = 86_400 + 4 * HOUR_S + 1_800  # Tuesday 04:30
    stopped = ((35 * 60 + 3, 2 * HOUR_S), (6 * HOUR_S, 7 * HOUR_S))
    missed = sum(background_ng(name, start + first, start + last) for first, last in stopped)
    due = background_ng(name, start, start + 8 * HOUR_S) - missed
    assert within_a_step(steps(name, "background"), ideal_steps(name, due))
    ends = [entry["fields"]["outcome"] for entry in events(name, "bolus_ended")]
    assert ends == ["stopped", "completed"]


@pytest.mark.req("SR-38", "SR-05", "SR-09")
def test_a_clock_set_forwards_skips_no_lockout_and_makes_nothing_up():
    name = "clock_set_forwards"
    assert [row["granted"] for row in requests(name, "patient")] == [True, False, True]
    assert [row["granted"] for row in requests(name, "scheduled")] == [False]
    wednesday = 2 * 86_400
    due = background_ng(name, wednesday + 9 * HOUR_S, wednesday + 11 * HOUR_S)
    due += background_ng(name, wednesday + 19 * HOUR_S, wednesday + 23 * HOUR_S)
    assert within_a_step(steps(name, "background"), ideal_steps(name, due))


@pytest.mark.req("SR-38", "SR-05")
def test_a_clock_set_backwards_repeats_no_dose_and_keeps_the_lockout():
    name = "clock_set_backwards"
    assert [row["granted"] for row in requests(name, "scheduled")] == [True]
    assert [row["granted"] for row in requests(name, "patient")] == [True, False, True]


@pytest.mark.req("PR-02", "SR-38")
def test_with_the_time_unknown_flex_runs_at_its_fallback_rate():
    name = "clock_unknown"
    wednesday = 2 * 86_400
    known = background_ng(name, wednesday + 11 * HOUR_S + 50 * 60, wednesday + 15 * HOUR_S + 50 * 60)
    due = scenario(name).therapy.fallback_rate() * 5 / 24 + known
    assert within_a_step(steps(name, "background"), ideal_steps(name, due))


@pytest.mark.req("SR-05", "SR-08", "SR-09")
def test_a_bolus_cut_by_an_outage_is_dropped_and_counts_whole():
    name = "outage_in_bolus"
    ends = events(name, "bolus_ended")
    assert [entry["fields"]["outcome"] for entry in ends] == ["dropped after reset", "completed"]
    whole = int(ideal_steps(name, 50_000))
    assert steps(name, "patient") < 2 * whole
    # Four hours of lockout in pump time, which stood still while the power was off.
    assert [row["granted"] for row in requests(name, "patient")] == [True, False, False, True]


@pytest.mark.req("SR-19", "SR-20")
def test_a_blocked_catheter_stops_the_pump_and_nothing_is_made_up():
    name = "occlusion_to_stall"
    raised = [row for row in result(name)["alarms"] if row["change"] == "raised"]
    assert [row["alarm"] for row in raised] == ["pressure_invalid", "motor_stall"]
    account = result(name)["doses"]["background"]
    lost = account["commanded"] - account["confirmed"]
    # The stall, three tries of four steps each, and single steps lost on the way to it.
    assert 0 < lost * result(name)["pl_per_step"] <= 5_000_000 + (12 + 8) * result(name)["pl_per_step"]
    assert [entry["fields"]["retry"] for entry in events(name, "stall_retried")] == [1, 2, 3]


@pytest.mark.req("PR-10")
def test_a_reservoir_that_runs_low_warns_then_stops():
    raised = [row["alarm"] for row in result("reservoir_running_low")["alarms"] if row["change"] == "raised"]
    assert raised == ["reservoir_low", "reservoir_empty"]
    assert dict(result("reservoir_running_low")["truth"])["air_pl"] == 0


def test_a_new_prescription_ends_the_bolus_and_takes_over_at_once():
    name = "prescription_change"
    assert [entry["fields"]["outcome"] for entry in events(name, "bolus_ended")] == ["stopped", "completed"]
    rates = [entry["fields"]["rate_ng_per_day"] for entry in events(name, "background_rate")]
    assert rates == [960_000, 1_200_000, 0, 960_000]


def test_reading_the_link_changes_no_dose():
    name = "link_while_delivering"
    replies = result(name)["replies"]
    assert len(replies) == 4
    assert steps(name, "patient") == int(ideal_steps(name, 50_000))
