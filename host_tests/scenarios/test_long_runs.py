"""Weeks of therapy in the full stack, over wraps of the tick counter (SR-01, SR-38, PR-02)."""

from datetime import datetime, timedelta

import pytest

from flex_calendar import prescribed_rate
from rig import BEFORE_WRAP, FLEX, Rig

HOUR_MS = 3_600_000


@pytest.mark.req("PR-02", "SR-38")
def test_flex_follows_the_hosts_calendar_over_two_weeks_and_the_tick_wrap():
    rig = Rig(FLEX, wall=datetime(2026, 2, 26, 22, 0), ticks_start=BEFORE_WRAP)
    rig.run_for(14 * 24 * HOUR_MS)
    changes = [
        (datetime.fromisoformat(r["wall"]), r["fields"]["rate_ng_per_day"])
        for r in rig.journal()
        if r["event"] == "background_rate"
    ]
    assert len(changes) > 14 * 3
    for moment, rate in changes:
        assert rate == prescribed_rate(moment), moment
        before = moment - timedelta(minutes=1)
        if moment != changes[0][0]:
            assert rate != prescribed_rate(before), moment


@pytest.mark.req("SR-38", "SR-01")
def test_two_weeks_over_two_wraps_of_the_ticks_deliver_the_exact_count():
    rig = Rig(wall=None, ticks_start=BEFORE_WRAP)
    for _ in range(6):
        rig.run_for(60 * HOUR_MS)
        rig.bench.reservoir.fill(20_000_000_000)
        rig.app.pump.set_reservoir(20_000_000)
    ideal_pl = 10_000_000 * 360  # 10 uL/h
    assert abs(rig.bench.stepper.edges - ideal_pl / rig.app.body.volume_per_step) <= 1
    assert rig.app.clock.seconds == 360 * 3_600
