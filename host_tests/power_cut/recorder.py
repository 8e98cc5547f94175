"""A pump on real LittleFS that notes, before each flash operation, what has happened in the world and been promised."""

from collections.abc import Callable
from dataclasses import replace
from struct import calcsize
from typing import Any

from power_cut.truth import History, Truth
from rig import SIMPLE, Rig
from thecal.assembly import Assembly
from thecal.records import commission, journal, record
from thecal.tables import doses, events, texts, ticks
from thecal_tools.littlefs_flash import NorFlash, Operation
from thecal_tools.littlefs_volume import LittlefsVolume
from virtual_bench.results import journal_bytes

_PAYLOAD_AT = calcsize("<BBHIIHI")  # of thecal.records.record


class WatchedVolume(LittlefsVolume):
    """Keeps what it is asked for, and the records that it acknowledged."""

    def __init__(self, flash: NorFlash):
        self.doing = ("mount", "")
        self.acknowledged: list[bytes] = []
        super().__init__(flash)

    def write(self, path: str, data: bytes) -> None:
        self.doing = ("write", path)
        super().write(path, data)
        if path == journal.HEAD:
            self.acknowledged.append(bytes(data))

    def append(self, path: str, data: bytes) -> None:
        self.doing = ("append", _kind_of(path))
        super().append(path, data)
        if path == journal.HEAD:
            self.acknowledged.append(bytes(data))

    def remove(self, path: str) -> None:
        self.doing = ("remove", _kind_of(path))
        super().remove(path)

    def mkdir(self, path: str) -> None:
        self.doing = ("mkdir", path)
        super().mkdir(path)


class Recorder(Rig):
    """A Rig that keeps (operation, truth) of all its flash operations in `notes`, and the blocks of before the first.

    flash: formatted. truth, history: of a flash that a power cut left behind; else history holds what the journal does.
    """

    def __init__(
        self,
        flash: NorFlash,
        history: History | None = None,
        truth: Truth | None = None,
        prescription: dict[str, Any] = SIMPLE,
        pump_s: int = 0,
    ):
        self.flash = flash
        self.notes: list[tuple[Operation, Truth]] = []
        self.history = history or History()
        self.truth = truth or Truth(pump_ms=pump_s * 1000)
        self._powered_before = self.truth.powered_ms
        self._off_ms = 0
        self._is_up = False
        self._boot_begins = 0
        self._answered: set[int] = set()
        self._watched = WatchedVolume(flash)
        self._adopt_record_in_hand()
        self._watched.acknowledged = self.history.entries
        self.first_blocks = list(flash.blocks)
        flash.before = self._note
        super().__init__(prescription, volume=self._watched, pump_s=pump_s)

    def power_on(self) -> Assembly:
        if self._is_first_boot():
            program = commission.setting(self.volume, commission.PRESCRIPTION).load()
            # A cut while a prescription was being stored leaves the lockout of either.
            lockout_ms = self.truth.lockout_ms if len(self.truth.programs) == 1 else 0
            self.truth = replace(self.truth, is_commissioned=True, programs=(program,), lockout_ms=lockout_ms)
            self._listen_for_steps()
        else:
            self._watched.mount()
        self._is_up = False
        self._answered.clear()
        self._boot_begins = len(self.history.entries)
        app = super().power_on()
        self.truth = replace(self.truth, ahead=app.body.mark.total - len(self.history.steps), bolus=())
        for name in ("ask_patient_bolus", "ask_clinician_bolus", "stop", "resume", "program", "set_reservoir"):
            setattr(app.pump, name, getattr(self, "_" + name)(getattr(app.pump, name)))
        self._is_up = True
        return app

    def cut_power_for(self, off_ms: int) -> None:
        """The power goes, between two flash operations, for so long."""
        self.truth = self.now()
        self._is_up = False
        self._off_ms += off_ms
        self.world.cut_power(off_ms)

    def now(self) -> Truth:
        """The truth of this moment."""
        truth = replace(
            self.truth,
            powered_ms=self._powered_ms(),
            steps=len(self.history.steps),
            records=self.history.first + len(self.history.entries),
            answers=len(self.history.answers),
            doing=(*self._watched.doing, self._state()),
        )
        if not self._is_up:
            return replace(truth, bolus=tuple(kind for kind in truth.bolus if kind not in self._ended_in_this_boot()))
        clock, ledger = self.app.clock, self.app.ledger
        # What clock.now() would say, which must not be called: it would change what the pump records.
        pump_ms = clock.seconds * 1000 + clock.millis + ticks.diff(self.world.ticks_ms(), clock._last)
        self._answered = {kind for kind in self._answered if ledger.bolus_granted[kind]}
        lockout_ms = self.app.body.prescription.lockout_s * 1000
        if doses.PATIENT not in self._answered:
            lockout_ms += ledger.last_bolus_end * 1000 - pump_ms if ledger.last_bolus_end else -lockout_ms
        return replace(truth, pump_ms=pump_ms, bolus=tuple(sorted(self._answered)), lockout_ms=lockout_ms)

    def _ended_in_this_boot(self) -> list[int]:
        entries = self.history.entries[self._boot_begins :]
        return [entry[_PAYLOAD_AT] for entry in entries if entry[0] == events.BOLUS_ENDED]

    def _note(self, operation: Operation) -> None:
        self.truth = self.now()
        self.notes.append((operation, self.truth))

    def _is_first_boot(self) -> bool:
        return not hasattr(self, "app")

    def _adopt_record_in_hand(self) -> None:
        # The record that was being written at the cut may have got there; from now on it is one like all others.
        kept = journal_bytes(self._watched) if journal.FOLDER in self._watched.listdir("") else b""
        last = kept[-record.SIZE :]
        if last and record.sequence_of(last) == self.history.first + len(self.history.entries):
            self.history.entries.append(last)

    def _powered_ms(self) -> int:
        return self._powered_before + self.world.elapsed_ms - self._off_ms

    def _listen_for_steps(self) -> None:
        enable_n = self.world.lines[self.board.PUMP_ENABLE_N]

        def on_step(level: int) -> None:
            if level and not enable_n.level:
                self.history.steps.append(self._powered_ms())

        self.world.lines[self.board.PUMP_STEP].listen(on_step)

    def _state(self) -> str:
        if not self._is_up:
            return "booting" if self.truth.is_commissioned else "commissioning"
        body = self.app.body
        if body.holds:
            return "stopped" if self.truth.is_stopped else "alarm"
        bolus = body.plan.bolus
        return (
            "background" if bolus is None else texts.DOSE_KINDS[bolus.kind] + " over another" * len(body.plan.suspended)
        )

    # What the facade answers, as the world hears it.

    def _ask_patient_bolus(self, ask: Callable) -> Callable:
        def asked():
            answer = ask()
            if answer[0] == doses.GRANTED:
                self.history.answers.append(self._powered_ms())
                self._answered.add(doses.PATIENT)
            return answer

        return asked

    def _ask_clinician_bolus(self, ask: Callable) -> Callable:
        def asked(dose, duration_s):
            answer = ask(dose, duration_s)
            if answer[0] == doses.GRANTED:
                self._answered.add(doses.CLINICIAN)
            return answer

        return asked

    def _stop(self, stop: Callable) -> Callable:
        def stopped():
            stop()
            self.truth = replace(self.truth, is_stopped=True)

        return stopped

    def _resume(self, resume: Callable) -> Callable:
        def resumed():
            self.truth = replace(self.truth, is_stopped=False)
            return resume()

        return resumed

    def _program(self, program: Callable) -> Callable:
        def programmed(binary):
            # While it is being stored, the old one or the new one may be found.
            self.truth = replace(self.truth, programs=(*self.truth.programs, binary))
            program(binary)
            self.truth = replace(self.truth, programs=(binary,))

        return programmed

    def _set_reservoir(self, set_reservoir: Callable) -> Callable:
        def filled(volume_nl):
            self.truth = replace(self.truth, refilled_at=len(self.history.steps))
            set_reservoir(volume_nl)

        return filled


def _kind_of(path: str) -> str:
    return "segment" if path.startswith(journal.FOLDER + "/") else path
