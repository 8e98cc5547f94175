"""The power is cut at the flash operations of a whole scenario, and what boots agrees with what happened before."""

import pytest

from power_cut import scenario
from power_cut.walk import CLEAN, some_cuts, walk, walk_twice
from thecal.records import commission, dose_history, journal, record
from thecal.tables import doses, events
from thecal_tools.littlefs_flash import NorFlash
from thecal_tools.littlefs_volume import LittlefsVolume

PARTS = 4


@pytest.fixture(scope="module")
def recorder():
    return scenario.recorded()


@pytest.mark.req("SR-05", "SR-08", "SR-37", "SR-39")
@pytest.mark.parametrize("part", range(PARTS))
def test_after_a_cut_at_any_kind_of_operation_the_pump_boots_and_agrees(recorder, part, record_property):
    chosen = some_cuts(recorder, every=12)
    walked = walk(recorder, {n: ways for at, (n, ways) in enumerate(chosen.items()) if at % PARTS == part})
    print(walked)
    record_property("cut_points", walked.points)
    assert walked.findings == {}
    assert walked.points > 50


def _in_a_bolus(recorder):
    return [n for n, (_, truth) in enumerate(recorder.notes) if truth.bolus][::20]


def _between_a_grant_and_its_record(recorder):
    """The ledger tells of the grant already, the journal does not yet: the first of each kind."""
    first, entries = recorder.history.first, recorder.history.entries
    found = {}
    for number, (_, truth) in enumerate(recorder.notes):
        entry = entries[truth.records - first] if truth.records - first < len(entries) else b"\0\0\0"
        if truth.doing[1] == journal.HEAD and entry[0] == events.BOLUS_GRANTED:
            found.setdefault(entry[record.HEADER], number)
    assert set(found) == {doses.PATIENT, doses.SCHEDULED, doses.CLINICIAN}
    return list(found.values())


def _where_the_doses_alone_know_the_time(recorder):
    """The history of doses was written last, longest after the last record."""
    truths = [truth for _, truth in recorder.notes]
    found = [n for n in range(1, len(truths)) if truths[n - 1].doing[1] == dose_history.PATH != truths[n].doing[1]]

    def unrecorded_s(number):
        last = recorder.history.entries[truths[number].records - recorder.history.first - 1]
        return truths[number].pump_ms // 1000 - record.pump_seconds_of(last)

    return [max(found, key=unrecorded_s)]


MOMENTS = (_in_a_bolus, _between_a_grant_and_its_record, _where_the_doses_alone_know_the_time)


@pytest.mark.req("SR-08", "SR-37")
@pytest.mark.parametrize("moments", MOMENTS)
def test_a_second_cut_while_the_pump_recovers_from_the_first_loses_nothing_either(recorder, moments, record_property):
    walked = walk_twice(recorder, dict.fromkeys(moments(recorder), (CLEAN,)), ways=2)
    print(walked)
    record_property("cut_points", walked.points)
    assert walked.findings == {}
    assert walked.points > 50


def test_the_scenario_has_what_it_is_for(recorder):
    names = {event["event"] for event in recorder.journal()}
    assert {"bolus_granted", "bolus_refused", "bolus_suspended", "alarm_raised", "programme", "uncertain"} <= names
    doing = {truth.doing[:2] for _, truth in recorder.notes}
    assert {("append", "segment"), ("write", journal.HEAD), ("remove", "segment")} <= doing
    kinds = [fields["outcome"] for fields in recorder.events("bolus_ended")]
    assert {"completed", "stopped", "dropped after reset"} == set(kinds)
    assert recorder.restarts == ["PowerCut", "PowerCut"]


@pytest.mark.req("SR-37")
def test_a_cut_at_any_operation_of_commissioning_anew_leaves_the_old_pump_the_new_one_or_one_that_says_it_is_neither():
    from power_cut.aftermath import booted, delivers_nothing
    from thecal_tools.littlefs_flash import WAYS, apply, tear

    pump = scenario.small()
    flash = pump.flash
    first, operations = list(flash.blocks), []
    flash.before = operations.append
    scenario.commission_anew(pump)
    given, blocks, commissioned = pump.app.body.mark.total, first, []
    for number, operation in enumerate(operations):
        torn = list(blocks)
        tear(torn, operation, WAYS[number % len(WAYS)], seed=number)
        for left in (blocks, torn):
            volume = LittlefsVolume(NorFlash(left))
            rig = booted(volume)
            if commission.commissioned(volume):
                commissioned.append((number, rig.app.body.mark.total >= given))
                assert rig.app.body.holds == 0
            else:
                assert list(delivers_nothing(rig)) == []
        apply(blocks, operation)
    # At first the old pump with all that it has given; at most the last write can have made it the new one already.
    assert commissioned[0] == (0, True)
    assert all(is_old or number == len(operations) - 1 for number, is_old in commissioned)
    new = booted(LittlefsVolume(NorFlash(blocks)))
    assert (new.app.body.mark.total, new.app.body.holds, new.app.body.gate.day.total) == (0, 0, 0)
