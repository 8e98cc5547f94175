"""Replay: from checkpoint, journal and reserve mark the ledger comes out as it is on flash, to the byte."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import book
from rig import BOLUS_ONLY, SIMPLE, Rig, example
from thecal.app import commission_new
from thecal.records import files, ledger, mark, record
from thecal.tables import events
from thecal_tools import journal_replay
from thecal_tools.journal_verify import chunks, verify
from thecal_tools.prescription_file import compile_prescription
from virtual_bench import results

HOUR_MS = 3_600_000
SEGMENT_RECORDS = 96
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SCHEDULED = example(
    "morphine_simple",
    patient_bolus=SIMPLE["patient_bolus"],
    scheduled_boluses=[
        {"at": "08:20", "days": DAYS, "dose": "0.1 mg", "duration": "20 min"},
        {"at": "09:00", "days": DAYS, "dose": "0.05 mg", "duration": "10 min"},
    ],
)


def raw_of(volume) -> bytes:
    return results.journal_bytes(volume)


def compared(volume, raw: bytes | None = None) -> journal_replay.Comparison:
    sound = chunks(raw_of(volume) if raw is None else raw)
    return journal_replay.compare(sound, volume.read(ledger.PATH), volume.read(mark.PATH))


def different(comparison: journal_replay.Comparison) -> list:
    """What a failing test shall show."""
    rows = [(row.name, row.replayed, row.on_flash) for row in comparison.rows if not row.is_equal]
    return [*rows, *comparison.notes] or ([] if comparison.is_equal else ["bytes differ"])


@cache
def lived():
    """The volume of a pump that gave, was stopped, was cut off and was refilled."""
    rig = Rig(SCHEDULED)
    rig.press("bolus", 1_200, 60_000)
    rig.run_for(2 * HOUR_MS)
    rig.app.pump.ask_clinician_bolus(200_000, 1_800)
    rig.run_for(600_000)
    rig.world.at_ms(0, lambda _: rig.world.cut_power(HOUR_MS))
    rig.run_for(4 * HOUR_MS)
    rig.app.pump.set_reservoir(15_000_000)
    rig.app.pump.stop()
    rig.run_for(HOUR_MS)
    rig.app.pump.resume()
    rig.press("bolus", 1_200)
    rig.run_for(30 * HOUR_MS)
    return rig.volume


@pytest.mark.req("PR-15")
def test_the_ledger_on_flash_is_what_the_pump_knows():
    rig = Rig(SCHEDULED)
    rig.press("bolus", 1_200, 60_000)
    rig.run_for(4 * HOUR_MS)
    rig.app.pump.stop()
    comparison = compared(rig.volume)
    book, found = rig.app.ledger, comparison.ledger
    assert different(comparison) == []
    for name in ledger.ARRAYS:
        assert found.arrays[name] == list(getattr(book, name))
    assert (found.fixed["last_bolus_end"], found.fixed["holds"]) == (book.last_bolus_end, rig.app.body.holds)
    assert found.grants_in_24h() == 1


ASKED = {
    "clinician": lambda pump, number: pump.ask_clinician_bolus(20_000 + 1_000 * number, 300),
    "refill": lambda pump, number: pump.set_reservoir(18_000_000 + number),
    "clock": lambda pump, number: pump.set_clock(194_572_800 + 3_600 * number),
    "no clock": lambda pump, _: pump.lose_clock(),
}
happening = st.one_of(
    st.tuples(st.sampled_from(["bolus", "stop", "alarm"]), st.integers(900, 3_500)),
    st.tuples(st.sampled_from(["cut", "failing", "stall", *ASKED]), st.integers(0, 40)),
)


@pytest.mark.req("PR-15")
@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 1_500_000), happening), max_size=8))
def test_whatever_happens_the_journal_replays_to_the_ledger_on_flash(happenings):
    rig = Rig(SCHEDULED)
    for ms, (what, number) in happenings:
        rig.run_for(ms)
        if what in ("bolus", "stop", "alarm"):
            rig.press(what, number)
        elif what == "cut":
            cut_at_operation(rig, number)
        elif what in ASKED:
            rig.world.at_ms(0, lambda asked: ASKED[asked[0]](rig.app.pump, asked[1]), (what, number))
        elif what == "stall":
            rig.bench.faults.set("stall")
            rig.run_for(1_800_000)
            rig.bench.faults.clear("stall")
        elif what == "failing":
            rig.bench.faults.set("flash_failing")
            rig.run_for(60_000 * number)
            rig.bench.faults.clear("flash_failing")
            # From the next hour's checkpoint on the journal tells all again.
            rig.run_for(HOUR_MS)
    assert different(compared(rig.volume)) == [] or "failing" in [what for _, (what, _) in happenings]
    rig.run_for(HOUR_MS)
    comparison = compared(rig.volume)
    assert all(row.is_equal for row in comparison.rows), different(comparison)


def cut_at_operation(rig: Rig, number: int) -> None:
    """The power goes right after so many more flash operations."""
    left = [number]

    def count() -> None:
        left[0] -= 1
        if left[0] <= 0:
            rig.volume.on_write = lambda: None
            rig.world.cut_power(60_000)

    rig.volume.on_write = count


@pytest.mark.req("PR-15", "SR-37")
@pytest.mark.parametrize("operation", range(12))
@pytest.mark.parametrize("kind", ["patient", "scheduled", "clinician"])
def test_a_cut_at_each_operation_of_a_grant_replays(kind, operation):
    rig = Rig(SCHEDULED)
    minutes = 19 if kind == "scheduled" else 10
    rig.run_for(minutes * 60_000)
    cut_at_operation(rig, operation)
    if kind == "patient":
        rig.press("bolus", 1_200)
    elif kind == "clinician":
        rig.world.at_ms(0, lambda _: rig.app.pump.ask_clinician_bolus(50_000, 300))
    rig.run_for(HOUR_MS)
    assert rig.restarts
    assert different(compared(rig.volume)) == []
    rig.run_for(2 * HOUR_MS)
    assert different(compared(rig.volume)) == []


def test_a_grant_whose_record_was_cut_off_is_allowed_for_and_taken_up_at_the_next_boot(mocker):
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    body = rig.app.body
    is_cut = mocker.patch.object(rig.volume, "append", side_effect=BaseExceptionGroup("cut", [KeyboardInterrupt()]))
    with pytest.raises(BaseExceptionGroup):
        rig.app.pump.ask_patient_bolus()
    mocker.stop(is_cut)
    comparison = compared(rig.volume)
    assert comparison.is_equal
    assert "record was cut off" in comparison.notes[0]
    assert comparison.ledger.grants_in_24h() == 1
    rig.power_on()
    taken_up = rig.events("grant_taken_up")
    assert [fields["dose_kind"] for fields in taken_up] == ["patient"]
    assert taken_up[0]["started_pump_s"] == max(body.ledger.grant_starts)
    assert rig.events("bolus_ended")[-1]["outcome"] == "dropped after reset"
    assert different(compared(rig.volume)) == []


@pytest.mark.req("PR-15", "SR-39")
def test_a_journal_whose_oldest_segments_are_gone_replays_from_its_checkpoint():
    volume = lived()
    raw = raw_of(volume)
    count = len(raw) // record.SIZE
    first_checkpoint = next(i for i, entry in enumerate(chunks(raw)) if entry[0] == events.CHECKPOINT)
    late = [i for i, entry in enumerate(chunks(raw)) if entry[0] == events.CHECKPOINT and not entry[record.HEADER]]
    assert late[-1] > first_checkpoint
    for gone in range(late[-1] + 1):
        assert different(compared(volume, raw[gone * record.SIZE :])) == []
    with pytest.raises(journal_replay.ReplayError, match="no checkpoint"):
        compared(volume, raw[(late[-1] + 1) * record.SIZE :])
    assert count > SEGMENT_RECORDS


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_ledger_that_was_changed_is_found(data):
    volume = lived()
    body = bytearray(files.unseal(ledger.MAGIC, volume.read(ledger.PATH)) or b"")
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    changed = files.seal(ledger.MAGIC, bytes(body))
    try:
        comparison = journal_replay.compare(chunks(raw_of(volume)), changed, volume.read(mark.PATH))
    except journal_replay.ReplayError:
        return
    assert not comparison.is_equal


def test_a_checkpoint_that_differs_from_the_records_before_it_is_told():
    replay = journal_replay.Replay(chunks(raw_of(lived())))
    assert (replay.checkpoints, replay.differences) == (2, [])
    forged, chain = [], record.CHAIN_START
    for entry in chunks(raw_of(lived())):
        event, flags, boot, sequence, seconds, millis, wall = journal_replay.unpack_from("<BBHIIHI", entry)
        payload = bytearray(entry[record.HEADER : record.HEADER + record.PAYLOAD])
        if event == events.HOUR_TOTALS and seconds < 20_000:
            payload[0] += 1
        made = record.write(event, flags, boot, sequence, seconds, millis, wall, bytes(payload), chain)
        chain = record.chain_of(made)
        forged.append(made)
    assert verify(b"".join(forged)).sound
    assert journal_replay.Replay(forged).differences != []


@pytest.mark.parametrize("name", [ledger.PATH, mark.PATH])
def test_a_missing_small_file_is_said(name):
    volume = lived()
    small = {path: volume.read(path) for path in (ledger.PATH, mark.PATH)} | {name: None}
    try:
        comparison = journal_replay.compare(chunks(raw_of(volume)), small[ledger.PATH], small[mark.PATH])
        assert not comparison.is_equal and "mark is missing" in comparison.notes[0]
    except journal_replay.ReplayError as error:
        assert "ledger is missing" in str(error)


def test_the_mark_tells_what_each_bolus_kind_was_given():
    rig = Rig(BOLUS_ONLY)
    rig.press("bolus", 1_200)
    rig.run_for(200_000)
    rig.app.pump.stop()
    given = rig.bench.stepper.edges
    rows = {row.name: (row.replayed, row.on_flash) for row in compared(rig.volume).rows}
    assert given % mark.BLOCK
    assert rows["mark_patient_steps"] == (given, given)


def test_a_ledger_that_a_failing_flash_kept_from_the_journal_says_so_until_the_next_checkpoint(mocker):
    rig = Rig(SIMPLE)
    rig.run_for(HOUR_MS)
    failing = mocker.patch.object(rig.volume, "append", side_effect=OSError(5))
    rig.app.pump.stop()
    mocker.stop(failing)
    rig.app.pump.acknowledge()
    with pytest.raises(journal_replay.ReplayError, match="the flash refused a record"):
        compared(rig.volume)
    rig.world.at_ms(0, lambda _: rig.world.cut_power(1_000))
    rig.run_for(60_000)
    comparison = compared(rig.volume)
    assert different(comparison) == []
    assert comparison.ledger.fixed["holds"] == rig.app.body.holds != 0


def test_a_pump_that_is_commissioned_anew_replays_from_its_first_boot():
    rig = Rig(SIMPLE)
    rig.press("bolus", 1_200)
    rig.run_for(HOUR_MS)
    commission_new(rig.volume, book.Clock(rig.app.clock.seconds), 250_000, compile_prescription(SIMPLE), 20_000_000)
    with pytest.raises(journal_replay.ReplayError, match="it is new"):
        compared(rig.volume)
    rig.power_on()
    rig.press("bolus", 1_200)
    rig.run_for(HOUR_MS)
    comparison = compared(rig.volume)
    assert different(comparison) == []
    assert comparison.ledger.grants_in_24h() == 1
