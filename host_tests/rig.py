"""The whole pump on the virtual bench in virtual time: compose it, press a button, let time run, read its journal.

`rig = Rig(SIMPLE); rig.press("bolus", 1_200); rig.run_for(600_000); assert len(rig.events("bolus_granted")) == 1`
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from thecal.app import commission_new, compose, motor_off
from thecal.assembly import Assembly
from thecal.pump.body import Body
from thecal.tables import event_fields
from thecal_tools import journal_export, prescription_file
from thecal_tools.scenario_file import board_module
from virtual_bench import results, scenario_run
from virtual_bench import world as worlds
from virtual_bench.bench import CALIBRATION_PL_PER_STEP, Bench

BEFORE_WRAP = worlds.TICKS_MASK - 59_999  # ticks_start of a bench whose ticks wrap after one minute
MONDAY = datetime(2026, 3, 2, 8)
BOARD = board_module("RPI_PICO")
_EXAMPLES = Path(__file__).resolve().parents[1] / "examples/prescriptions"


def example(name: str, **changes: Any) -> dict[str, Any]:
    """The document of a prescription in examples/prescriptions, some fields changed, those changed to None removed."""
    document = json.loads((_EXAMPLES / (name + ".json")).read_text(encoding="utf-8")) | changes
    return {field: value for field, value in document.items() if value is not None}


_BOLUS = {"dose": "0.05 mg", "duration": "10 min", "lockout": "1 h", "max_per_24h": 4}
SIMPLE = example("morphine_simple", patient_bolus=_BOLUS)  # 10 uL/h, and patient boluses of 5 uL (20 steps)
FLEX = example("baclofen_flex")
BOLUS_ONLY = example("bolus_only")


_LAYOUTS = {code: (layout, fields) for code, _, layout, fields in event_fields.FIELDS}


def _by_the_table(record: Any) -> Any:
    """Body.record that takes nothing but what tables.event_fields says of the event."""

    def recorded(body: Body, event: int, form: str, *values: Any) -> bool:
        layout, fields = _LAYOUTS[event]
        assert form == layout, f"event {event} is laid out {layout}, not {form}"
        unused = [value for (name, _), value in zip(fields, values, strict=True) if name.startswith("unused")]
        assert not any(unused), f"event {event}: what is unused must be 0"
        return record(body, event, form, *values)

    return recorded


Body.record = _by_the_table(Body.record)


def host_seconds() -> int:
    """The host's date as the clock chip counts it; freezegun moves it. For Rig.world.wall.source."""
    return int((datetime.now() - datetime(2000, 1, 1)).total_seconds())


class Rig:
    """One pump, commissioned as new and powered on. A reset powers it on again and adds its name to `restarts`.

    prescription: a document as in a prescription file, or None. wall: local time of the clock chip, None unset.
    pump_s: pump seconds that have passed before. volume: the flash; one that was commissioned before goes on. board: a
    board module, or other data of its kind.
    """

    def __init__(
        self,
        prescription: dict[str, Any] | None = SIMPLE,
        *,
        wall: datetime | None = MONDAY,
        ticks_start: int = 0,
        pump_s: int = 0,
        reservoir_ul: int = 20_000,
        seed: int = 0,
        volume: Any = None,
        board: Any = BOARD,
    ):
        self.board = board
        self.world = worlds.use(worlds.World(seed=1, ticks_start=ticks_start))
        self.bench = Bench(board, self.world, seed, volume)
        self.volume = self.bench.volume
        self.restarts: list[str] = []
        if wall is not None:
            self.world.wall.set(int((wall - datetime(2000, 1, 1)).total_seconds()))
        self.bench.reservoir.aspirate()
        self.bench.reservoir.fill(reservoir_ul * 1_000_000)
        if self.volume.read("commissioned") is None:
            binary = None if prescription is None else prescription_file.compile_prescription(prescription)
            clock = scenario_run.FixedClock(pump_s)
            commission_new(self.volume, clock, CALIBRATION_PL_PER_STEP, binary, reservoir_ul * 1000)
        self.app: Assembly = self.power_on()

    def power_on(self) -> Assembly:
        """Boot as the board does; also what a test calls after it has cut the power itself."""
        world = self.world
        while True:
            try:
                motor_off(self.board)
                port = scenario_run.Port(world)
                self.app = compose(self.board, world.ticks_ms, world.idle, world.wake, self.volume, port)
                return self.app
            except worlds.Reset as reset:
                self.restarts.append(type(reset).__name__)

    def run_for(self, ms: int) -> None:
        """Let the pump run for so long. A task due at the very end runs first thing in the next run_for()."""
        end_ms = self.world.elapsed_ms + ms
        self.world.at_ms(ms, lambda _: self.world.wake())
        while self.world.elapsed_ms < end_ms:
            try:
                self.app.scheduler.run_once()
            except worlds.Reset as reset:
                self.restarts.append(type(reset).__name__)
                self.power_on()
        self.app.clock.now()

    def press(self, button: str, hold_ms: int, delay_ms: int = 0) -> None:
        """A patient holds "bolus", "alarm" or "stop", from delay_ms on; run_for() makes it happen."""
        self.bench.patient.press(button, hold_ms, delay_ms)

    def ask(self, method: str, **params: Any) -> Any:
        """A request over the link and its result, or its error."""
        self.world.type_in(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
        self.app.serial_arrived()
        self.run_for(10)
        reply = json.loads(self.world.serial_out.read())
        return reply["result"] if "result" in reply else reply["error"]

    def journal(self) -> list[dict[str, Any]]:
        """Every record on flash, decoded as in an export: seq, boot, pump_time_ms, wall, event, fields."""
        return journal_export.read(results.journal_bytes(self.volume))

    def events(self, name: str) -> list[dict[str, Any]]:
        """Fields of all records of one event."""
        return [record["fields"] for record in self.journal() if record["event"] == name]
