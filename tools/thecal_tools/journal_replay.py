"""Rebuilds the pump's ledger from its journal: what was given by the hour, lockouts, holds and alarms.

The ledger on flash holds nothing but what the records before it tell, so the replayed one must be equal to the byte. A
replay begins with a checkpoint (a first one is written at a pump's first boot), so it also works once the oldest
segments are gone. At a boot the pump goes on from the ledger that it found, which may be older than the last record;
the boot record says how many records that ledger accounts for. A grant is in the ledger before its record is written;
where a power cut came between the two, the next boot writes GRANT_TAKEN_UP in that record's place.

The counts by dose kind go with the reserve mark. Of these the journal tells what each bolus was given.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from struct import calcsize, pack, unpack, unpack_from

from thecal.records import files, ledger, mark, record
from thecal.safety.alarms import Alarms
from thecal.tables import doses, event_fields, events, texts
from thecal.therapy.requests import GrantHistory
from thecal_tools.errors import ThecalError

_LAYOUTS = {code: layout for code, _, layout, _ in event_fields.FIELDS}
_GRANT_EVENTS = (events.BOLUS_GRANTED, events.GRANT_TAKEN_UP)
_DAY_S = 86_400
_PART = 10


class Ledger:
    """A ledger's content by name, and commanded: steps of each kind as far as records tell them, up to the last bolus
    that ended; for the background up to the last hour."""

    def __init__(self, body: bytes):
        values = list(unpack(ledger.FORMAT, body))
        self.fixed = dict(zip(ledger.FIXED, values, strict=False))
        self.arrays: dict[str, list[int]] = {}
        at = len(ledger.FIXED)
        for name, size in array_sizes().items():
            self.arrays[name] = values[at : at + size]
            at += size
        self.commanded = list(self.arrays["reported"])
        for kind, granted in enumerate(self.arrays["bolus_granted"]):
            if granted:
                self.commanded[kind] = self.arrays["bolus_from"][kind]

    def to_bytes(self) -> bytes:
        """The content of the file, without its seal."""
        return pack(ledger.FORMAT, *self.fixed.values(), *(n for counts in self.arrays.values() for n in counts))

    def account_for(self, sequence: int, seconds: int) -> None:
        """Say how many records are in it. seconds: of the last one."""
        self.fixed["sequence"] = sequence
        self.fixed["seconds"] = max(seconds, self.fixed["last_bolus_end"], *self.arrays["grant_starts"])

    def grant(self, kind: int, slot: int, steps: int, started: int, settled_day: int) -> None:
        """A bolus was granted. started: pump s."""
        self.arrays["bolus_granted"][kind] = steps
        self.arrays["bolus_from"][kind] = self.commanded[kind]
        if kind == doses.PATIENT:
            GrantHistory(self.arrays["grant_starts"]).granted(started)
        elif kind == doses.SCHEDULED:
            self.arrays["slot_days"][slot] = settled_day

    def take_grant_of(self, other: "Ledger") -> None:
        """The grant that another ledger says is being made: what cannot be known from records is taken from it."""
        slot, kind = divmod(other.fixed["granting"] - 1, doses.KINDS)
        steps, settled_days = other.arrays["bolus_granted"][kind], other.arrays["slot_days"]
        if not steps or slot >= len(settled_days):
            return
        self.grant(kind, slot, steps, max(other.arrays["grant_starts"]), settled_days[slot])
        self.fixed["granting"] = other.fixed["granting"]
        self.account_for(self.fixed["sequence"], self.fixed["seconds"])

    def end_bolus(self, kind: int, steps: int, seconds: int) -> None:
        """A bolus is over after so many steps."""
        self.commanded[kind] = self.arrays["bolus_from"][kind] + steps
        self.arrays["bolus_granted"][kind] = 0
        if kind == doses.PATIENT:
            self.fixed["last_bolus_end"] = seconds

    def boot(self) -> None:
        """What a pump makes of the ledger that it takes up."""
        self.fixed["holds"] = self.fixed["granting"] = 0
        state = bytearray(self.arrays["alarms"])
        Alarms(state).resume()
        self.arrays["alarms"] = list(state)

    def grants_in_24h(self) -> int:
        """Patient boluses that count at the ledger's second."""
        return GrantHistory(self.arrays["grant_starts"]).count(self.fixed["seconds"])


def array_sizes() -> dict[str, int]:
    """Numbers in each array of the ledger file."""
    empty = ledger.Ledger(None)
    return {name: len(getattr(empty, name)) for name in ledger.ARRAYS}


@dataclass(frozen=True)
class Row:
    """One field of the ledger, or count of the mark, as replayed and as found on flash."""

    name: str
    replayed: int | list[int]
    on_flash: int | list[int]

    @property
    def is_equal(self) -> bool:
        return self.replayed == self.on_flash


@dataclass(frozen=True)
class Comparison:
    """What replay and flash say.

    ledger: as found. rows: every field. is_equal: the ledger's bytes are those that replay gives, and the mark agrees.
    notes: what a reader should know besides.
    """

    ledger: Ledger
    rows: tuple[Row, ...]
    is_equal: bool
    notes: tuple[str, ...]


class ReplayError(ThecalError):
    """There is nothing to compare; the text says what is missing and what to do."""


class Replay:
    """Takes the records of a journal in order. after[n]: the ledger that accounts for n records, where known.

    differences: sequence numbers of checkpoints that say something else than the records before them.
    """

    def __init__(self, entries: Iterable[bytes] = ()):
        self.after: dict[int, Ledger] = {}
        self.records: dict[int, bytes] = {}
        self.checkpoints = 0
        self.differences: list[int] = []
        self._state: Ledger | None = None
        self._parts: dict[int, bytes] = {}
        self._parts_from = 0
        for entry in entries:
            self.take(entry)

    @property
    def next(self) -> int:
        """Number after the last record's."""
        return max(self.records, default=-1) + 1

    def take(self, entry: bytes) -> None:
        """One sound record."""
        event, _, _, sequence, seconds, _, wall = unpack_from("<BBHIIHI", entry)
        layout = _LAYOUTS.get(event, "<")
        values = unpack_from(layout, entry, record.HEADER)
        self.records[sequence] = entry
        if event == events.CHECKPOINT:
            self._checkpoint(sequence, *values)
        elif event == events.BOOT:
            self._state = self._taken_up(values[4], sequence)
        elif self._state is not None:
            _apply(self._state, event, values, seconds, wall)
        if self._state is not None:
            self._state.account_for(sequence + 1, seconds)
            self.after[sequence + 1] = deepcopy(self._state)

    def saved(self, sequence: int, is_granting: bool) -> Ledger | None:
        """The ledger as saved after so many records, or right before the record of the next one, a grant."""
        state = deepcopy(self.after.get(sequence))
        following = self.records.get(sequence)
        if state is not None and is_granting and following is not None and following[0] in _GRANT_EVENTS:
            event, _, _, _, seconds, _, wall = unpack_from("<BBHIIHI", following)
            values = unpack_from(_LAYOUTS[event], following, record.HEADER)
            _apply(state, event, values, seconds, wall)
            state.fixed["granting"] = values[1] * doses.KINDS + values[0] + 1
            state.account_for(sequence, state.fixed["seconds"])
        return state

    def _taken_up(self, ledger_sequence: int, sequence: int) -> Ledger | None:
        if not ledger_sequence:
            return None
        following = self.records.get(ledger_sequence, b"\0")
        is_granting = ledger_sequence < sequence and following[0] in _GRANT_EVENTS
        state = self.saved(ledger_sequence, is_granting)
        if state is not None:
            state.boot()
        return state

    def _checkpoint(self, sequence: int, part: int, parts: int, data: bytes) -> None:
        if part == 0:
            self._parts, self._parts_from = {}, sequence
        self._parts[part] = data
        if part != parts - 1 or 0 not in self._parts:
            return
        body = b"".join(self._parts.get(number, bytes(_PART)) for number in range(parts))
        self._parts = {}
        size = calcsize(ledger.FORMAT)
        if not size <= len(body) < size + _PART:
            return
        self.checkpoints += 1
        found = Ledger(body[:size])
        before = self.after.get(self._parts_from)
        if before is not None and before.to_bytes() == found.to_bytes():
            return
        if before is not None:
            self.differences.append(self._parts_from)
        self._state = found
        self.after[self._parts_from] = deepcopy(found)


def _apply(state: Ledger, event: int, values: tuple, seconds: int, wall: int) -> None:
    fixed, arrays = state.fixed, state.arrays
    if event == events.STATE:
        fixed["holds"] = values[0]
    elif event == events.BOLUS_GRANTED:
        kind, slot, steps = values[:3]
        # A scheduled bolus runs only while the wall time is known.
        state.grant(kind, slot, steps, seconds, wall // _DAY_S + 1)
    elif event == events.GRANT_TAKEN_UP:
        state.grant(*values)
    elif event == events.BOLUS_ENDED:
        state.end_bolus(values[0], values[2], seconds)
    elif event == events.HOUR_TOTALS:
        arrays["reported"] = [was + count for was, count in zip(arrays["reported"], values, strict=True)]
        state.commanded[doses.BACKGROUND] = arrays["reported"][doses.BACKGROUND]
        if any(values):
            fixed["moved_s"] = seconds
    elif event == events.UNCERTAIN:
        fixed["uncertain"] += values[0]
    elif event == events.RESERVOIR_SET:
        fixed["reservoir_set_nl"], fixed["refill_total"] = values[0], values[2]
        fixed["measured_set_nl"] = 0
    elif event == events.LEVEL_REFERENCE:
        fixed["measured_set_nl"] = values[0]
    elif event == events.SCHEDULED_MISSED:
        arrays["slot_days"][values[0]] = values[4]
    elif event == events.SLOTS_SETTLED:
        for slot in range(len(arrays["slot_days"])):
            if values[0] >> slot & 1:
                arrays["slot_days"][slot] = values[1]
    elif event == events.WATCHDOG_RESET:
        arrays["watchdog_resets"] = [*arrays["watchdog_resets"][1:], values[0]]
    elif event in _ALARM_EVENTS:
        arrays["alarms"][values[0]] = values[2]


_ALARM_EVENTS = (
    events.ALARM_RAISED,
    events.ALARM_CLEARED,
    events.ALARM_ACKNOWLEDGED,
    events.ALARM_SILENCED,
    events.ALARM_ESCALATED,
    events.ALARM_CAUSE_GONE,
)


def compare(entries: Iterable[bytes], ledger_file: bytes | None, mark_file: bytes | None) -> Comparison:
    """Replay sound records and compare with the ledger and the reserve mark on flash. Raises ReplayError."""
    body = files.unseal(ledger.MAGIC, ledger_file)
    if body is None or len(body) != calcsize(ledger.FORMAT):
        raise ReplayError("the ledger is missing or damaged: copy the file `ledger` from the pump again")
    found = Ledger(body)
    replay = Replay(entries)
    sequence = found.fixed["sequence"]
    if not sequence:
        raise ReplayError(
            "the records do not tell what the ledger holds: it is new, or the flash refused a record; the pump mends "
            "that with its next checkpoint, within an hour"
        )
    replayed = replay.saved(sequence, bool(found.fixed["granting"]))
    if replayed is None:
        reason = "no checkpoint before it is complete" if sequence <= replay.next else "they are not in this journal"
        raise ReplayError(f"the ledger accounts for {sequence} records: {reason}; read the whole journal from the pump")
    notes = [f"the checkpoint at record {at} differs from what the records before it tell" for at in replay.differences]
    if found.fixed["granting"] and sequence not in replay.records:
        notes.append("the ledger holds a grant whose record was cut off; the next boot takes it up and drops it")
        replayed.take_grant_of(found)
    rows = [Row(name, replayed.fixed[name], found.fixed[name]) for name in ledger.FIXED]
    rows += [Row(name, replayed.arrays[name], found.arrays[name]) for name in ledger.ARRAYS]
    is_equal = replayed.to_bytes() == body
    marked = mark_counts(mark_file)
    if marked is None:
        notes.append("the reserve mark is missing or damaged: copy the file `reserve/mark` from the pump again")
        return Comparison(found, tuple(rows), False, tuple(notes))
    committed, commanded = marked
    for kind, granted in enumerate(replayed.arrays["bolus_granted"]):
        if kind != doses.BACKGROUND and not granted:
            rows.append(Row(f"mark_{texts.DOSE_KINDS[kind]}_steps", replayed.commanded[kind], commanded[kind]))
            is_equal = is_equal and rows[-1].is_equal
    accounted = sum(replayed.arrays["reported"]) + replayed.fixed["uncertain"]
    if committed < accounted:
        notes.append(f"the reserve mark allows {committed} steps where {accounted} are accounted for")
        is_equal = False
    return Comparison(found, tuple(rows), is_equal and not replay.differences, tuple(notes))


def mark_counts(mark_file: bytes | None) -> tuple[int, list[int]] | None:
    """Steps that may have been given, and those commanded by kind when the mark was written."""
    body = files.unseal(mark.MAGIC, mark_file)
    if body is None or len(body) < 8 + 12 * doses.KINDS:
        return None
    counts = unpack_from(f"<II{3 * doses.KINDS}I", body)
    return counts[0], list(counts[2 + doses.KINDS : 2 + 2 * doses.KINDS])
