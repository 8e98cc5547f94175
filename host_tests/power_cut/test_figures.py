"""What the records cost on the Pico W's flash, against the budgets; the figures go to build/bench/records.json."""

import json
from dataclasses import asdict

import pytest

from thecal.records.mark import BLOCK
from thecal.tables import quantities
from thecal_tools import littlefs_figures as figures
from virtual_bench.bench import CALIBRATION_PL_PER_STEP


@pytest.mark.req("SR-39")
def test_erases_life_and_room_are_within_their_budgets():
    measured = figures.measure()
    figures.save(measured)
    print(measured)
    assert figures.over_budget(measured) == []
    written = json.loads(figures.RESULT.read_text(encoding="utf-8"))
    assert written["figures"] == asdict(measured)
    assert set(written["budgets"]) <= set(written["figures"])


def test_the_day_that_is_measured_is_one_at_the_highest_legal_rate():
    highest_nl = quantities.hard_range("background")[1]
    assert highest_nl * 1000 / 250_000 == figures.STEPS_PER_DAY
    assert abs(CALIBRATION_PL_PER_STEP - 250_000) < 100
    board = figures.Board()
    board.day()
    assert board.mark.committed == figures.STEPS_PER_DAY // BLOCK * BLOCK
    assert board.journal.sequence == 170


@pytest.mark.needs("proof")
def test_no_block_wears_faster_than_the_life_allows_over_sixty_days_at_the_highest_rate():
    wear = figures.worn_in(60)
    print(wear)
    assert wear.unevenness <= figures.UNEVENNESS
    assert wear.life_years > 10
