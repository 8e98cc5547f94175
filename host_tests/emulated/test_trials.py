"""What must never give a step, jitter, power cuts and answers, tried on the stock image (docs/emulated_chip.md)."""

from functools import partial

import pytest

from thecal_tools import emulator_image
from thecal_tools.emulated_trials import answers, cuts, disturbed, jitter, safety
from thecal_tools.emulated_trials.trial import aside

pytestmark = pytest.mark.needs("uf2")
# Shorter than what `thecal emulate --trials` takes, as the figure is not the point here.
AWAKE_S = 30


def called(trials):
    """Trials as parameters with their names."""
    return [pytest.param(trial, id=trial.__name__) for trial in trials]


@pytest.fixture(scope="module")
def image():
    """The stock image."""
    return emulator_image.find_image(download=False)


@pytest.fixture(scope="module")
def running(image):
    """A pump in therapy, from which each trial goes on in a copy."""
    return disturbed.running(image)


@pytest.mark.req("SR-33", "SR-34")
@pytest.mark.parametrize("trial", called(safety.WHILE_RUNNING))
def test_no_step_beyond_the_train_in_flight(running, trial):
    row = aside(partial(trial, running))
    assert row.ok, row


@pytest.mark.req("SR-33")
@pytest.mark.parametrize("trial", called(safety.FROM_POWER_ON))
def test_what_never_comes_to_therapy_leaves_the_motor_off(image, trial):
    row = trial(image)
    assert row.ok, row


@pytest.mark.req("SR-33")
def test_edges_are_exact_while_the_processor_collects_garbage_and_erases_flash(running):
    row = aside(partial(jitter.busy_train, running))
    assert row.ok, row


@pytest.mark.req("SR-37")
def test_a_power_cut_in_an_erase_and_in_a_program(image):
    rows = cuts.trials(image, 2)
    assert [row.ok for row in rows] == [True, True], rows


def test_the_panel_answers_in_time_with_the_worst_legal_prescription(image):
    granted, awake = answers.trials_of_a_grant(image, AWAKE_S)
    assert granted.ok, granted
    assert 0 < awake.figures["step_ms"] < 50, awake


def test_a_refusal_after_the_longest_search_comes_in_time(image):
    row = answers.refused(image)
    assert row.ok, row
