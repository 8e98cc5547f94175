"""Boots the pump on what a power cut left on the flash, and says what does not agree with the truth of that moment."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from power_cut.truth import History, Truth
from rig import Rig
from thecal.records import commission, journal, ledger, mark, record
from thecal.tables import alarms, doses, states, texts
from thecal_tools import journal_export, journal_replay, journal_verify
from thecal_tools.littlefs_flash import NorFlash
from thecal_tools.littlefs_volume import LittlefsVolume

DAY_MS = 86_400_000
# What the journal keeps at the least (SR-39).
KEPT_RECORDS = 5_000
_WATCHED_MS = 900_000
# More records than a boot and a quarter of an hour write.
_NEWEST = 60 * record.SIZE
# And more than the whole scenario writes.
_SINCE_COMMISSIONING = 600 * record.SIZE


def booted(volume: Any) -> Rig:
    """A pump that boots on that volume, whatever is on it."""
    rig = Rig()
    rig.volume = rig.bench.volume = volume
    rig.power_on()
    return rig


class Aftermath:
    """The pump that boots on those blocks of a flash. Raises what mounting and booting raise."""

    def __init__(self, blocks: list[bytes], truth: Truth, history: History):
        self.truth = truth
        self.history = history
        self.volume = LittlefsVolume(NorFlash(blocks))
        self.was_commissioned = commission.commissioned(self.volume)
        self.rig = booted(self.volume)
        self.body = self.rig.app.body
        self.seconds = self.rig.app.clock.seconds

    def disagreements(self, goes_on: bool) -> Iterator[str]:
        """What is wrong, one text each. goes_on: also let the pump run for a quarter of an hour and boot again."""
        if self.truth.is_commissioned and not self.was_commissioned:
            yield "the commissioning mark is gone"
        yield from self._records()
        if not self.was_commissioned:
            yield from delivers_nothing(self.rig)
            return
        for check in (self._settings, self._counts, self._requests, self._windows, self._boluses, self._holds):
            yield from check()
        if goes_on:
            yield from self._goes_on()

    def _records(self) -> Iterator[str]:
        """Every acknowledged record is there, the chain goes on after it, and this boot has begun once."""
        data = self._newest_records(self.volume.listdir(journal.FOLDER))
        first, promised = self.history.first, self.truth.records
        oldest = record.sequence_of(data) if data else promised
        if oldest > max(first, promised - KEPT_RECORDS):
            yield f"the oldest record is {oldest} of {promised}"
        acknowledged = b"".join(self.history.entries[oldest - first : promised - first])
        if not data.startswith(acknowledged):
            yield "a record that was acknowledged is lost or changed"
        verdict = journal_export.verify(data[max(len(acknowledged) - record.SIZE, 0) :])
        if not verdict.sound:
            yield f"journal: {verdict.findings[0]}"
        yield from self._replay(data)
        boots = len(self._recorded("boot", data))
        if boots != 1:
            yield f"{boots} records of this boot"

    def _replay(self, data: bytes) -> Iterator[str]:
        """The ledger on flash is what the journal tells since commissioning, to the byte (PR-15)."""
        if not self.was_commissioned:
            return
        entries = journal_verify.chunks(data[-_SINCE_COMMISSIONING:])
        small = (self.volume.read(ledger.PATH), self.volume.read(mark.PATH))
        try:
            replayed = journal_replay.compare(entries, *small)
        except journal_replay.ReplayError as error:
            yield f"replay: {error}"
            return
        if not replayed.is_equal:
            names = [row.name for row in replayed.rows if not row.is_equal]
            yield f"replay: differs in {', '.join(names) or 'nothing but'} {'; '.join(replayed.notes)}"

    def _newest_records(self, segments: list[str]) -> bytes:
        data = [self.volume.read(f"{journal.FOLDER}/{name}") or b"" for name in segments]
        return b"".join(data) + (self.volume.read(journal.HEAD) or b"")

    def _recorded(self, event: str, data: bytes) -> list[dict[str, Any]]:
        entries = journal_export.read(data[-_NEWEST:])
        return [e["fields"] for e in entries if e.get("boot") == self.rig.app.journal.boot and e["event"] == event]

    def _settings(self) -> Iterator[str]:
        prescription = self.body.prescription
        if prescription is None:
            yield "no prescription"
            return
        if self.truth.is_commissioned and bytes(prescription.binary) not in self.truth.programs:
            yield "a prescription that was not committed, or had been replaced"
        if self.body.gate.day.limit != prescription.gate_24h_nl * 1000 // self.body.volume_per_step:
            yield "prescription and gate limits are a mix"

    def _counts(self) -> Iterator[str]:
        truth, ledger, counted = self.truth, self.body.ledger, self.body.mark.total
        if not truth.steps <= counted <= truth.steps + truth.ahead + mark.BLOCK:
            yield f"{counted} steps counted for {truth.steps} given (earlier cuts: {truth.ahead} ahead)"
        if sum(ledger.commanded) + ledger.uncertain != counted:
            yield f"ledger: {sum(ledger.commanded)} and {ledger.uncertain} uncertain of {counted} steps"
        if ledger.since_refill < truth.steps - truth.refilled_at:
            yield "the reservoir is counted fuller than it is"
        known = truth.records - self.history.first
        last_s = record.pump_seconds_of(self.history.entries[known - 1]) if known else 0
        if not last_s <= self.seconds <= truth.pump_ms / 1000:
            yield f"pump time {self.seconds} s at {truth.pump_ms} ms, last recorded {last_s} s"

    def _requests(self) -> Iterator[str]:
        truth, body = self.truth, self.body
        history = self.rig.app.pump._boluses._history
        recent = [at for at in self.history.answers[: truth.answers] if truth.powered_ms - at < DAY_MS]
        if history.count(self.seconds) < len(recent):
            yield f"{history.count(self.seconds)} of {len(recent)} granted boluses count"
        given = self.rig.app.pump._boluses._given
        if given.known_from:
            yield "the history of doses is unknown after a mere power cut"
        if given.bolus_count < len(recent) or any(given.kinds):
            yield f"admission knows {given.bolus_count} of {len(recent)} granted boluses"
        if len(truth.programs) > 1 or body.prescription is None or truth.lockout_ms <= 0:
            return
        wait_ms = (history.last_end + body.prescription.lockout_s - self.seconds) * 1000 if history.last_end else 0
        if wait_ms < truth.lockout_ms:
            yield f"lockout of {wait_ms} ms where {truth.lockout_ms} were left"
        if not body.holds and self.rig.app.pump.next_patient_bolus()[0] == doses.GRANTED:
            yield "a patient's request would be granted inside the lockout"

    def _windows(self) -> Iterator[str]:
        yield from self._window(self.body.gate.hour)
        yield from self._window(self.body.gate.day)

    def _window(self, window: Any) -> Iterator[str]:
        """No step is believed to be older than it is: it leaves the window no sooner than it may."""
        size = len(window.counts)
        steps = self.history.steps[: self.truth.steps]
        counted, at = 0, len(steps)
        for bucket in range(window.newest, window.newest - size, -1):
            counted += window.counts[bucket % size]
            age_ms = (self.seconds - bucket * window.bucket_s) * 1000
            while at and self.truth.powered_ms - steps[at - 1] <= age_ms:
                at -= 1
            if counted < len(steps) - at:
                yield f"gate: {counted} of {len(steps) - at} steps in the last {age_ms // 1000} s"
                return
        if counted != window.total:
            yield "gate: sum and buckets differ"

    def _boluses(self) -> Iterator[str]:
        """What was in progress is dropped, once, and nothing of it goes on."""
        body = self.body
        if body.plan is None or body.plan.bolus is not None or body.plan.suspended or sum(body.ledger.bolus_granted):
            yield "a bolus goes on after the cut"
        ended = self._recorded("bolus_ended", self._newest_records(self.volume.listdir(journal.FOLDER)[-2:]))
        found = Counter(fields["dose_kind"] for fields in ended)
        # One that was just being granted or ended may be dropped too.
        missing = [texts.DOSE_KINDS[kind] for kind in self.truth.bolus if not found[texts.DOSE_KINDS[kind]]]
        if missing or any(count > 1 for count in found.values()):
            yield f"dropped: {dict(found)}, missing: {missing}"
        if any(fields["outcome"] != "dropped after reset" for fields in ended):
            yield "a bolus ended otherwise than dropped"

    def _holds(self) -> Iterator[str]:
        if self.truth.is_stopped and not self.body.holds & states.OPERATOR_STOP:
            yield "the operator's stop is forgotten"
        if self.body.holds & ~states.OPERATOR_STOP:
            yield f"held after a mere power cut: {self.body.holds}"
        shown = self._shown_before()
        for number, (name, _, _) in enumerate(texts.ALARMS):
            is_due = number == alarms.PUMP_STOPPED and self.body.holds & states.OPERATOR_STOP
            if self.body.alarms.active(number) and name not in shown and not is_due:
                yield f"a mere power cut raises {name}"

    def _shown_before(self) -> set[str]:
        """Alarms that were shown when the power went, by the records: they survive it (SR-31).

        One that ended after the ledger was written last is shown again: each boot goes back to its ledger.
        """
        data = self._newest_records(self.volume.listdir(journal.FOLDER))
        shown: frozenset[str] = frozenset()
        before: frozenset[str] = frozenset()
        after: dict[int, frozenset[str]] = {}
        for entry in journal_export.read(data[-_SINCE_COMMISSIONING:]):
            fields = entry["fields"]
            if entry["event"] == "boot":
                before = shown
                shown = after.get(fields["ledger_sequence"] - 1, shown)
            elif entry["event"].startswith("alarm_") and entry["boot"] < self.rig.app.journal.boot:
                shown = shown | {fields["alarm"]} if fields["state"] else shown - {fields["alarm"]}
            after[entry["seq"]] = shown
        return set(before | shown)

    def _goes_on(self) -> Iterator[str]:
        rig, body = self.rig, self.body
        prescription = body.prescription
        rig.run_for(_WATCHED_MS)
        nl_per_hour = (
            prescription.background(body.clock.minute_of_day(), 0) * 1_000_000 / prescription.concentration / 24
        )
        due = 0 if body.holds else nl_per_hour * 1000 / body.volume_per_step * _WATCHED_MS / 3_600_000
        if abs(rig.bench.stepper.edges - due) > 2:
            yield f"{rig.bench.stepper.edges} steps in the quarter of an hour after, {due:.1f} are programmed"
        if body.alarms.active(alarms.TASK_FAULT) or rig.restarts:
            yield "a task failed"
        again = booted(LittlefsVolume(NorFlash(self.volume.flash.blocks))).app.body
        if again.holds != body.holds or again.mark.total < body.mark.total:
            yield "the next boot forgets"


def delivers_nothing(rig: Rig) -> Iterator[str]:
    """What is wrong with a pump that is not commissioned: it must deliver nothing, and say so."""
    if not rig.app.body.holds & states.NOT_COMMISSIONED or rig.app.pump.alarm() < 0:
        yield "not commissioned, and does not say so"
    rig.press("bolus", 1_100)
    rig.run_for(_WATCHED_MS)
    if rig.bench.stepper.edges:
        yield "not commissioned, and delivers"
