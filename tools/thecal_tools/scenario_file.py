"""The scenario file, "thecal.scenario/1": read strictly, checked, and compiled to the plain dict that a runner takes.

The file's fields and rules are in docs/scenario_file.md, its structure in schemas/scenario.schema.json. A compiled
scenario holds whole numbers, texts and lists only, so that JSON carries it unchanged into MicroPython.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from thecal.tables import quantities, texts
from thecal_tools import prescription_file, units
from thecal_tools.fault_values import FAULT_UNITS, fault_value
from thecal_tools.files import Source, check_format, check_schema, read_json
from thecal_tools.therapy import Therapy

FORMAT = "thecal.scenario/1"
UNKNOWN_WALL = -1
TICKS_PERIOD_MS = 1 << 30
LONGEST_MS = 400 * units.DAY_S * 1000
LONGEST_HOLD_MS = 600_000
LONGEST_REQUEST = 512  # bytes of JSON that the board parses
BOARDS = Path(__file__).resolve().parents[2] / "boards"
NO_PLACE = Source("scenario")


@dataclass(frozen=True)
class Scenario:
    """One checked scenario.

    compiled: what a runner takes. events, expect: as in the file. therapy: the prescription at the start.
    """

    title: str
    what: str
    compiled: dict[str, Any]
    events: list[dict[str, Any]]
    expect: dict[str, Any]
    therapy: Therapy


def load(path: Path) -> Scenario:
    """The checked scenario in a file. Raises FileError, for a prescription file that it names too."""
    return read(read_json(path), Source(path))


def compile_scenario(document: Any, source: Source = NO_PLACE) -> dict[str, Any]:
    """The runner's plain dict of a scenario document. Raises FileError."""
    return read(document, source).compiled


def read(document: Any, source: Source = NO_PLACE) -> Scenario:
    """The checked scenario of a document (parsed JSON). Raises FileError.

    source: its place; paths in the document are relative to that file.
    """
    check_format(document, FORMAT, source)
    check_schema(document, "scenario", source)
    return _Reader(document, source).scenario()


class _Reader:
    def __init__(self, document: dict[str, Any], source: Source):
        self._document = document
        self._source = source
        self._duration_ms = 0

    def scenario(self) -> Scenario:
        document, source = self._document, self._source
        therapy = self._prescription(document["prescription"], "prescription")
        board = self._board(document["board"])
        self._duration_ms = self._time_ms("duration", lowest=1, highest=LONGEST_MS)
        pump_s, ticks = self._start_times(document["start"])
        wall = UNKNOWN_WALL
        if document["start"]["wall"] != "unknown":
            wall = source.read(units.wall_time_s, document["start"]["wall"], "start", "wall")
        compiled = {
            "seed": document["seed"],
            "board": document["board"],
            "prescription": prescription_file.compiled(therapy).hex(),
            "concentration_ng_ml": therapy.concentration,
            "start_wall_s": wall,
            "start_pump_s": pump_s,
            "ticks_start": ticks,
            "duration_ms": self._duration_ms,
            "reservoir_ul": self._reservoir(board),
            "events": self._events(therapy),
        }
        expect = document.get("expect", {})
        self._check_names(expect, "reasons", texts.REASONS)
        self._check_names(expect, "alarms", tuple(row[0] for row in texts.ALARMS))
        return Scenario(document["title"], document["what"], compiled, document.get("events", []), expect, therapy)

    def _prescription(self, value: str | dict[str, Any], *where: str | int) -> Therapy:
        if isinstance(value, dict):
            return prescription_file.read(value, self._source.inside(*where))
        path = Path(self._source.path).parent / value
        if not _is_file(path):
            raise self._source.error(where, value, "no such file: give a path relative to this one")
        return prescription_file.load(path)

    def _board(self, name: str) -> ModuleType:
        if name not in boards():
            raise self._source.error(("board",), name, f"no such board: there is {', '.join(boards())}")
        return board_module(name)

    def _start_times(self, start: dict[str, Any]) -> tuple[int, int]:
        """(pump time in s, tick counter in ms) at the start. The counter is what it would be after that pump time."""
        pump_s = 0
        if "pump_time" in start:
            pump_s = self._source.read(units.duration_s, start["pump_time"], "start", "pump_time")
            if pump_s * 1000 > LONGEST_MS:
                raise self._source.error(("start", "pump_time"), start["pump_time"], "must be at most 400 days")
        if "before_wrap" not in start:
            return pump_s, pump_s * 1000 % TICKS_PERIOD_MS
        before_ms = self._source.read(units.duration_ms, start["before_wrap"], "start", "before_wrap")
        if not 0 < before_ms <= TICKS_PERIOD_MS:
            rule = "must be more than 0 s and at most 12 days: the tick counter wraps every 2^30 ms"
            raise self._source.error(("start", "before_wrap"), start["before_wrap"], rule)
        return pump_s, TICKS_PERIOD_MS - before_ms

    def _reservoir(self, board: ModuleType) -> int:
        value = self._document["reservoir"]
        volume_ul = self._source.read(units.volume_ul, value, "reservoir")
        if not 0 < volume_ul <= board.RESERVOIR_UL:
            rule = f"must be more than 0 and at most {board.NAME}'s {units.show_volume(board.RESERVOIR_UL * 1000)}"
            raise self._source.error(("reservoir",), value, f"{rule}: choose a volume that fits")
        return volume_ul

    def _events(self, therapy: Therapy) -> list[list[Any]]:
        compiled: list[list[Any]] = []
        in_force = therapy
        for index, event in enumerate(self._document.get("events", ())):
            where = ("events", index)
            at_ms = self._time_ms(*where, "at", highest=self._duration_ms)
            if compiled and at_ms < compiled[-1][0]:
                rule = "is earlier than the event before: sort the events"
                raise self._source.error((*where, "at"), event["at"], rule)
            if event["do"] == "program":
                in_force = self._prescription(event["prescription"], *where, "prescription")
            compiled.append([at_ms, event["do"], self._arguments(event, where, in_force)])
        return compiled

    def _arguments(self, event: dict[str, Any], where: tuple[str | int, ...], in_force: Therapy) -> list[Any]:
        source = self._source
        match event["do"]:
            case "press":
                return [event["button"], self._time_ms(*where, "hold", lowest=1, highest=LONGEST_HOLD_MS)]
            case "clinician_bolus":
                return self._clinician_bolus(event, where, in_force)
            case "set_clock":
                return [source.read(units.wall_time_s, event["to"], *where, "to")]
            case "program":
                return [prescription_file.compiled(in_force).hex(), in_force.concentration]
            case "power_cut":
                return [self._time_ms(*where, "off_for", lowest=1, highest=LONGEST_MS)]
            case "fault" | "clear_fault":
                return self._fault(event, where)
            case "link":
                return [self._request(event["request"], where)]
            case _:
                return []

    def _clinician_bolus(self, event: dict[str, Any], where: tuple[str | int, ...], in_force: Therapy) -> list[Any]:
        dose = self._source.read(units.mass_ng, event["dose"], *where, "dose")
        duration_s = self._source.read(units.duration_s, event["duration"], *where, "duration")
        volume = in_force.volume_nl(dose)
        lowest, highest = quantities.hard_range("bolus_volume")
        if not lowest <= volume <= highest:
            span = f"{units.show_volume(lowest)} to {units.show_volume(highest)}"
            rule = f"is {units.show_volume(volume)} at this concentration, must be {span}: choose a dose inside"
            raise self._source.error((*where, "dose"), event["dose"], rule)
        lowest, highest = quantities.hard_range("bolus_duration")
        if not lowest <= duration_s <= highest:
            rule = f"must be {units.show_duration(lowest)} to {units.show_duration(highest)}: choose a time inside"
            raise self._source.error((*where, "duration"), event["duration"], rule)
        return [dose, duration_s]

    def _fault(self, event: dict[str, Any], where: tuple[str | int, ...]) -> list[Any]:
        name = event["fault"]
        if name not in FAULT_UNITS:
            rule = f"no such fault: there are {', '.join(FAULT_UNITS)}"
            raise self._source.error((*where, "fault"), name, rule)
        if event["do"] == "clear_fault":
            return [name]
        text = event.get("value")
        return [name, *self._source.read(lambda _: fault_value(name, text), text, *where, "value")]

    def _request(self, request: dict[str, Any], where: tuple[str | int, ...]) -> str:
        try:
            text = json.dumps(request, separators=(",", ":"))
        except TypeError:  # a Decimal: the board decides nothing by fractions
            raise self._source.error((*where, "request"), None, "has a fraction in it: use whole numbers") from None
        if len(text) > LONGEST_REQUEST:
            rule = f"is {len(text)} bytes long, the board reads {LONGEST_REQUEST}: shorten it"
            raise self._source.error((*where, "request"), request, rule)
        return text

    def _time_ms(self, *where: str | int, lowest: int = 0, highest: int) -> int:
        value: Any = self._document
        for part in where:
            value = value[part]
        time_ms = self._source.read(units.duration_ms, value, *where)
        if time_ms > highest:
            rule = f"must be at most {units.show_duration(highest // 1000)}: choose a shorter time"
            raise self._source.error(where, value, rule)
        if time_ms < lowest:
            raise self._source.error(where, value, "must be more than 0 s: choose a longer time")
        return time_ms

    def _check_names(self, expect: dict[str, Any], field: str, known: tuple[str, ...]) -> None:
        for index, name in enumerate(expect.get(field, ())):
            if name not in known:
                rule = f"unknown name: known are {', '.join(known)}"
                raise self._source.error(("expect", field, index), name, rule)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long a name, or characters that no name may have
        return False


def boards() -> list[str]:
    """Names of all boards that there are."""
    return sorted(path.parent.name for path in BOARDS.glob("*/board.py"))


@cache
def board_module(name: str) -> ModuleType:
    """The data module boards/<name>/board.py."""
    spec = spec_from_file_location(f"board_{name}", BOARDS / name / "board.py")
    if spec is None or spec.loader is None:
        raise LookupError(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
