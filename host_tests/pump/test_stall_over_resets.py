"""A motor that stands in a pump that is reset again and again: found all the same, and tried no more (SR-19, SR-20)."""

from struct import unpack_from
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig import SIMPLE, Rig, example
from thecal.pump.stall import Stall
from thecal.records import files, ledger, mark, resume
from thecal.safety.rotation_check import RotationCheck
from thecal.tables import alarms, states

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
SLOW = example("morphine_simple", rate="0.48 mg/day", limits=None)  # 2 uL/h


def commanded(rig: Rig) -> int:
    return sum(rig.app.ledger.commanded)


def is_stalled(rig: Rig) -> bool:
    return rig.app.body.alarms.present(alarms.MOTOR_STALL)


def on_flash(rig: Rig) -> list[int]:
    """Unmoved steps and tries as the next boot finds them, without uncertain steps."""
    found = ledger.Ledger(None)
    counts = found.counts()
    recent = rig.app.body.gate.recent
    assert resume.resume_mark(rig.volume, mark.ReserveMark(rig.volume, rig.app.clock, counts, recent)) >= 0
    return list(found.stall)


def reset_after(rig: Rig, unmoved: int) -> None:
    """A reset after so many steps that were not confirmed."""
    rig.app.ledger.stall[0] = unmoved
    rig.app.body.mark.counted = -1
    rig.app.body.save_ledger()
    rig.power_on()


@pytest.fixture
def stalled() -> Rig:
    rig = Rig(SIMPLE)
    rig.bench.faults.set("stall")
    rig.run_for(31 * MINUTE_MS)
    assert is_stalled(rig)
    assert commanded(rig) == 20
    return rig


@pytest.mark.req("SR-19")
@pytest.mark.parametrize(
    ("prescription", "minutes"),
    [(SIMPLE, 2), (SIMPLE, 5), (SIMPLE, 20), (SIMPLE, 29), (SLOW, 20), (SLOW, 60)],
)
def test_a_motor_that_stands_is_found_within_5_ul_however_often_the_pump_is_reset(prescription, minutes):
    rig = Rig(prescription)
    rig.run_for(HOUR_MS)
    rig.bench.faults.set("stall")
    before = commanded(rig)
    for minute in range(1, 4 * 60):
        rig.run_for(MINUTE_MS)
        if is_stalled(rig):
            break
        if minute % minutes == 0:
            rig.power_on()
    assert commanded(rig) - before <= 20
    rig.power_on()
    assert is_stalled(rig)
    assert rig.app.pump.holds() & states.ALARM


@pytest.mark.req("SR-19")
@pytest.mark.parametrize("seconds", [100, 200, 600, 1_200])
def test_a_sound_motor_is_blamed_for_nothing_however_often_the_pump_is_reset(seconds):
    rig = Rig(SIMPLE)
    for _ in range(40):
        rig.run_for(seconds * 1000)
        rig.power_on()
        assert rig.app.ledger.stall[0] <= mark.BLOCK
        assert not is_stalled(rig)
    rig.run_for(HOUR_MS)
    assert rig.app.ledger.stall[0] == 0
    assert rig.bench.stepper.lost == 0 < commanded(rig)


@pytest.mark.req("SR-20")
@pytest.mark.parametrize("seconds", [150, 420, 1_300])
def test_three_tries_are_all_however_often_the_pump_is_reset(stalled, seconds):
    for _ in range(7200 // seconds):
        stalled.run_for(seconds * 1000)
        stalled.power_on()
        assert is_stalled(stalled)
    # A reset begins a wait anew; left alone, the pump goes on with the tries that are left, and no more.
    stalled.run_for(2 * HOUR_MS)
    tries = [entry["retry"] for entry in stalled.events("stall_retried")]
    assert len(tries) == len(set(tries)) <= 3
    assert commanded(stalled) <= 20 + 3 * 4
    assert stalled.app.ledger.stall[1] == 3
    given = commanded(stalled)
    stalled.power_on()
    stalled.run_for(HOUR_MS)
    assert commanded(stalled) == given


@pytest.mark.req("SR-20")
def test_a_reset_keeps_the_tries_and_the_wait_that_grows_with_them(stalled):
    stalled.run_for(10 * MINUTE_MS)
    assert [entry["retry"] for entry in stalled.events("stall_retried")] == [1]
    for tries, wait_s in ((1, 300), (2, 900)):
        stalled.power_on()
        assert list(stalled.app.ledger.stall)[1] == tries
        start_s = stalled.app.clock.seconds
        for _ in range(1_200):
            if stalled.app.body.alarms.retried >= 0:
                break
            stalled.run_for(1_000)
        assert wait_s <= stalled.app.clock.seconds - start_s <= wait_s + 121
    stalled.power_on()
    given = commanded(stalled)
    stalled.run_for(3 * HOUR_MS)
    assert commanded(stalled) == given


@pytest.mark.req("SR-20", "SR-37")
def test_a_try_is_on_flash_before_its_first_step(stalled):
    assert on_flash(stalled) == [0, 0]
    for _ in range(3_000):
        if stalled.app.body.alarms.retried >= 0:
            break
        stalled.run_for(100)
    assert (commanded(stalled), on_flash(stalled)) == (20, [0, 1])


@pytest.mark.req("SR-20")
def test_an_acknowledgement_brings_new_tries_and_outlives_a_reset(stalled):
    stalled.run_for(2 * HOUR_MS)
    assert on_flash(stalled) == [0, 3]
    stalled.app.pump.acknowledge()
    assert on_flash(stalled) == [0, 0]
    stalled.power_on()
    assert not is_stalled(stalled)
    stalled.run_for(2 * HOUR_MS)
    assert [entry["retry"] for entry in stalled.events("stall_retried")] == [1, 2, 3, 1, 2, 3]


@pytest.mark.req("SR-20")
def test_tries_are_forgotten_after_20_ul_in_a_row_and_not_by_a_reset(stalled):
    stalled.bench.faults.clear("stall")
    stalled.run_for(5 * MINUTE_MS)
    assert not is_stalled(stalled)
    stalled.power_on()
    assert stalled.app.ledger.stall[1] == 1
    before = commanded(stalled)
    for _ in range(3 * 360):
        if not stalled.app.ledger.stall[1]:
            break
        stalled.run_for(10_000)
    assert commanded(stalled) - before == 80


def test_steps_without_motion_are_counted_to_the_next_that_is_confirmed():
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    assert list(rig.app.ledger.stall) == [0, 0]
    rig.bench.faults.set("stall")
    before = commanded(rig)
    rig.run_for(20 * MINUTE_MS)
    assert list(rig.app.ledger.stall) == [commanded(rig) - before, 0]
    rig.app.pump.acknowledge()
    assert list(rig.app.ledger.stall) == [0, 0]
    rig.run_for(5 * MINUTE_MS)
    assert rig.app.ledger.stall[0] == 3
    rig.bench.faults.clear("stall")
    rig.run_for(5 * MINUTE_MS)
    assert list(rig.app.ledger.stall) == [0, 0]


@pytest.mark.req("SR-19")
def test_after_a_reset_one_unmoved_step_is_needed_and_one_confirmed_step_takes_all_back():
    rig = Rig(SIMPLE)
    reset_after(rig, 500)
    rig.run_for(80_000)
    assert not is_stalled(rig)
    rig.run_for(20_000)
    assert (commanded(rig), on_flash(rig), rig.app.ledger.stall[0]) == (1, [0, 0], 0)
    rig.bench.faults.set("stall")
    rig.run_for(25 * MINUTE_MS)
    assert not is_stalled(rig)
    reset_after(rig, 500)
    given = commanded(rig)
    rig.run_for(100_000)
    assert is_stalled(rig)
    assert commanded(rig) == given + 1


@pytest.mark.req("SR-19")
def test_steps_that_are_not_confirmed_after_a_reset_take_nothing_back():
    rig = Rig(SIMPLE)
    reset_after(rig, 12)
    rig.bench.faults.set("stall")
    rig.run_for(200_000)
    assert (commanded(rig), rig.app.ledger.stall[0]) == (2, 14)
    rig.bench.faults.clear("stall")
    assert on_flash(rig)[0] == 12
    rig.run_for(90_000)
    assert (commanded(rig), on_flash(rig)) == (3, [0, 0])


def test_the_first_confirmed_step_of_a_boot_is_written_even_where_its_mark_was_just_saved():
    """As an alarm's own save is, that waits for the train to end."""
    body: Any = SimpleNamespace(ledger=ledger.Ledger(None), alarms=SimpleNamespace(retried=-1))
    body.mark = SimpleNamespace(counted=7)
    saved = []
    body.save_ledger = lambda: saved.append((body.mark.counted, *body.ledger.stall))
    check = RotationCheck(200, 200)
    stall = Stall(body, check)
    body.ledger.stall[0] = 5
    for confirmed in (0, 1, 1, 0):
        stall.step_over(confirmed)
    assert saved == [(-1, 0, 0)]
    assert list(body.ledger.stall) == [1, 0]


def test_the_first_confirmed_step_of_a_boot_costs_one_write_and_no_later_one_does(mocker):
    rig = Rig(SIMPLE)
    rig.run_for(2 * MINUTE_MS)
    rig.power_on()
    write = mocker.spy(rig.volume, "write")
    rig.run_for(9 * MINUTE_MS)
    written = [call.args[1] for call in write.call_args_list if call.args[0] == mark.PATH]
    marks = [unpack_from("<I", files.unseal(mark.MAGIC, data) or b"")[0] for data in written]
    # The block of six steps, and the same again with its first step confirmed.
    assert marks == [16, 16]


@given(st.integers(0, 300), st.integers(0, 300))
def test_uncertain_steps_speak_for_a_stall_but_no_more_than_a_block_of_them(unmoved, ahead):
    found = ledger.Ledger(None)
    found.stall[0] = unmoved
    assert resume.settle(found, ahead) == ahead
    assert list(found.stall) == [unmoved + min(ahead, mark.BLOCK), 0]


@given(st.integers(0, 300), st.sampled_from([(200, 200), (200, 400), (200, 40), (210, 100), (1_600, 400)]))
def test_what_a_reset_keeps_is_never_a_stall_by_itself(unmoved, rotor):
    steps_per_turn, counts_per_turn = rotor
    check = RotationCheck(steps_per_turn, counts_per_turn)
    check.calibrated(250_000)
    check.take_up(unmoved)
    steps = 0
    while not check.stalled and steps < 100:
        check.step_over(0)
        steps += 1
    assert steps == max(20 - unmoved, -(-steps_per_turn // counts_per_turn))


@pytest.mark.req("SR-19")
@given(st.integers(0, 300))
def test_one_confirmed_step_ends_what_a_reset_kept(unmoved):
    check = RotationCheck(200, 200)
    check.calibrated(250_000)
    check.take_up(unmoved)
    assert check.step_over(1) == 1
    for _ in range(19):
        check.step_over(0)
        assert not check.stalled
    check.step_over(0)
    assert check.stalled
