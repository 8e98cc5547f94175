"""From power-on to therapy: grants whose record was cut off, the programme of the past, watchdog resets in a row."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from pump.parts import STARTED_S, Parts
from thecal.pump import startup
from thecal.tables import alarms, doses, restarts

SLOT = 3
WITHIN_S = 3_600


def cut_while_granting(kind: int) -> Parts:
    """A pump whose power went between the ledger and the record of a grant in SLOT; a patient had one before."""
    pump = Parts()
    ledger = pump.ledger
    ledger.grant_starts[0], ledger.grant_starts[1] = 2_000, 9_000
    ledger.slot_days[0], ledger.slot_days[SLOT] = 11, 44
    ledger.bolus_granted[kind] = 20
    ledger.granting = (SLOT if kind == doses.SCHEDULED else 0) * doses.KINDS + kind + 1
    ledger.sequence = pump.body.journal.sequence
    startup.record_boot(pump.body, 0, restarts.UNPLANNED, 0, 0)
    return pump


@pytest.mark.req("SR-37")
@pytest.mark.parametrize(
    ("kind", "taken_up"),
    [
        (doses.PATIENT, {"dose_kind": "patient", "slot": 0, "started_pump_s": 9_000, "settled_day": 0}),
        (doses.SCHEDULED, {"dose_kind": "scheduled", "slot": SLOT, "started_pump_s": 0, "settled_day": 44}),
        (doses.CLINICIAN, {"dose_kind": "clinician", "slot": 0, "started_pump_s": 0, "settled_day": 0}),
    ],
    ids=["patient", "scheduled", "clinician"],
)
def test_a_grant_whose_record_was_cut_off_is_recorded_at_the_next_boot(kind, taken_up):
    pump = cut_while_granting(kind)
    assert pump.events("grant_taken_up") == [taken_up | {"steps": 20}]
    assert len(pump.events("boot")) == 1
    assert pump.ledger.granting == 0


@pytest.mark.req("SR-03")
@pytest.mark.parametrize(
    ("now", "ago", "asked"),
    [
        (datetime(2026, 3, 2, 8, 0, 59), 0, (480, 0)),
        (datetime(2026, 3, 2, 8, 0, 59), 28_859, (0, 0)),
        (datetime(2026, 3, 2, 8, 0, 59), 28_860, (1_439, 6)),
        (datetime(2026, 3, 2, 8, 0, 59), 28_860 + 86_400, (1_439, 5)),
        (datetime(2026, 3, 4, 0, 0, 0), 1, (1_439, 1)),
        (datetime(2026, 3, 8, 23, 59, 59), 0, (1_439, 6)),
        (None, 60, (-1, -1)),
    ],
)
def test_the_past_is_reckoned_by_the_minute_and_the_weekday_that_it_had(now, ago, asked):
    pump = Parts(wall=now)
    askings = []
    programme = SimpleNamespace(background=lambda *when: askings.append(when) or 0)
    startup._background_before(pump.clock, programme)(ago, ago + 1)
    assert askings == [asked]


class Bitten(Parts):
    """A pump that the watchdog resets at chosen pump seconds."""

    def bite(self, seconds: int) -> bool:
        """Reset at that pump second; True where the alarm is there."""
        self.clock.seconds = seconds
        startup.hold_for_failures(self.body, 0, True, True)
        return self.alarms.present(alarms.WATCHDOG_RESETS)


@pytest.mark.req("SR-34")
@pytest.mark.parametrize(
    ("seconds", "is_alarm"),
    [
        ((STARTED_S, STARTED_S + 1, STARTED_S + WITHIN_S), True),
        ((STARTED_S, STARTED_S + WITHIN_S, STARTED_S + WITHIN_S + 1), False),
        # From the very first seconds of the pump's life.
        ((1, 2, 3), True),
        ((0, 0, 0), True),
    ],
)
def test_the_third_watchdog_reset_within_an_hour_raises_the_alarm_and_no_earlier_one(seconds, is_alarm):
    pump = Bitten(pump_s=0)
    assert [pump.bite(when) for when in seconds] == [False, False, is_alarm]
    assert list(pump.ledger.watchdog_resets) == [max(when, 1) for when in seconds]
    assert [reset["counted_at_pump_s"] for reset in pump.events("watchdog_reset")] == [max(when, 1) for when in seconds]
