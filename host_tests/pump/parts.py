"""Parts of the pump put together by hand over the real records, without hardware, tasks or a boot."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from rig import MONDAY, SIMPLE
from thecal.pump.body import Body
from thecal.pump.boluses import Boluses
from thecal.records.dose_history import DoseHistory
from thecal.records.journal import FOLDER, Journal
from thecal.records.ledger import Ledger
from thecal.records.mark import ReserveMark
from thecal.records.windows import WindowsFile
from thecal.runtime.clock import Clock
from thecal.safety.alarms import Alarms
from thecal.safety.gate import Gate
from thecal.safety.start_stop import StartStop
from thecal.tables import states, ticks
from thecal.therapy.prescription_check import checked
from thecal.therapy.requests import GrantHistory
from thecal_tools import journal_export, prescription_file
from virtual_bench.results import journal_bytes
from virtual_bench.volume import MemoryVolume

STARTED_S = 100_000  # later than a day, as a pump that was commissioned before
STEP_PL = 250_000


class Parts:
    """Body and boluses with every collaborator but the motor, at a time that tests turn.

    prescription: a document as in a prescription file, or None. wakes: how often delivery was woken.
    """

    def __init__(
        self,
        prescription: dict[str, Any] | None = SIMPLE,
        pump_s: int = STARTED_S,
        wall: datetime | None = MONDAY,
    ):
        self.volume = MemoryVolume()
        self._ms = 0
        self.clock = Clock(lambda: self._ms, pump_s)
        if wall is not None:
            self.clock.set_wall(int((wall - datetime(2020, 1, 1)).total_seconds()), states.WALL_SET)
        self.ledger = Ledger(self.volume)
        self.gate = Gate()
        self.alarms = Alarms(self.ledger.alarms)
        self.volume.mkdir(FOLDER)
        journal = Journal(self.volume, self.clock)
        journal.is_open = True
        mark = ReserveMark(self.volume, self.clock, self.ledger.counts(), self.gate.recent)
        windows = WindowsFile(self.volume)
        self.body = Body(
            self.clock, journal, self.ledger, mark, windows, self.gate, self.alarms, StartStop(), lambda: None
        )
        self.history = GrantHistory(self.ledger.grant_starts)
        self.given = DoseHistory(self.volume, self.clock)
        self.wakes = 0
        self.boluses = Boluses(self.body, self.history, self.given, self._wake)
        if prescription is not None:
            self.body.prescribe(checked(prescription_file.compile_prescription(prescription)), STEP_PL)

    @property
    def now(self) -> int:
        """The tick of this moment."""
        return self.clock.now()

    @property
    def plan(self) -> Any:
        """What is due; None without a prescription."""
        return self.body.plan

    def wait(self, ms: int) -> None:
        """Let time pass, in which nothing happens."""
        self._ms += ms
        self.clock.now()

    def give(self, steps: int) -> None:
        """So many steps of the bolus in progress are given and confirmed, each on time."""
        for _ in range(steps):
            bolus = self.plan.bolus
            self.wait(ticks.diff(bolus.due, self.now))
            self.ledger.commanded[bolus.kind] += 1
            self.plan.given(bolus.kind, self.now)
            self.boluses.step_given(self.now)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Fields of all records of one event."""
        records = journal_export.read(journal_bytes(self.volume))
        return [record["fields"] for record in records if record["event"] == name]

    def _wake(self) -> None:
        self.wakes += 1


class Motor:
    """A step train and its witness, one count for each step. tripped: as of a step train. periods_us: of each train.

    slips: it is told to step and does not turn. is_busy: the train goes on.
    """

    TRAIN_MS = 4

    def __init__(self) -> None:
        self.counts = 0
        self.slips = False
        self.is_busy = False
        self.tripped = False
        self.periods_us: list[int] = []

    def start(self, steps: int, period_us: int) -> int:
        self.periods_us.append(period_us)
        if not self.slips:
            self.counts += steps
        return self.TRAIN_MS

    def busy(self) -> bool:
        return self.is_busy

    def is_off(self) -> bool:
        return True


def reservoir(counted_nl: int, measured: int) -> Any:
    """A monitor whose reservoir counts so many nL and measures so many 10 uL, -1 not known."""
    return SimpleNamespace(reservoir=SimpleNamespace(computed_nl=lambda: counted_nl, measured=lambda: measured))
