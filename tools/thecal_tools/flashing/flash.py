"""Flashing a board, from whatever runs on it to the self-test of the new firmware."""

import datetime
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from thecal import VERSION
from thecal.records.planned import PlannedReset
from thecal.tables import checks as check_bits
from thecal.tables import restarts, states
from thecal_tools.flashing import FlashError, checks, commissioning, installing
from thecal_tools.flashing.on_board import RECORDS, Facts, OnBoard
from thecal_tools.flashing.serial_board import GONE, MAINTENANCE, PROMPT, PUMP
from virtual_bench.volume import MemoryVolume

WAIT_S = 120.0
# What must fail on a pump that is not commissioned: it has no settings and no records.
_OF_NO_COMMISSION = check_bits.PRESCRIPTION | check_bits.CALIBRATION | check_bits.RECORDS
_ASKED_AGAIN = 5
_BETWEEN_LOOKS_S = 0.3
_HOW_TO_ENTER = (
    "the pump runs and takes no maintenance over USB: switch its power off, hold ALARM and STOP, switch it on, "
    "and let go when the light is steady white"
)
_STARTS = 8
_LET_GO_S = 2.0
_LET_GO = "the board went into maintenance again: let go of its buttons"
_NO_ANSWER = "the firmware is complete and started, but does not answer"


class Board(Protocol):
    """serial_board.SerialBoard, or a test's."""

    patience: float

    def probe(self) -> str: ...
    def ask(self, method: str) -> dict[str, Any]: ...
    def enter(self) -> None: ...
    def run(self, source: str) -> str: ...
    def restart(self) -> bool: ...


class Watcher:
    """What is told while it goes on; this one tells nobody. Each may be overridden."""

    def stage(self, title: str) -> None:
        """The next part begins."""

    def told(self, text: str) -> None:
        """The operator must do something."""

    def waiting(self, seconds_left: float) -> None:
        """Still waiting for the operator."""

    def size(self, total: int) -> None:
        """So many bytes will be copied."""

    def copied(self, path: str, count: int) -> None:
        """So many more bytes of a file are on the board."""


@dataclass
class Result:
    """What was done and found. self_test: as the link answers."""

    board: str
    facts: Facts
    version_before: str
    copied: list[str]
    unchanged: int
    removed: list[str]
    damaged_records: list[str]
    clock: datetime.datetime
    self_test: dict[str, Any] = field(default_factory=dict)

    @property
    def is_commissioned(self) -> bool:
        return not self.self_test.get("holds", 0) & states.NOT_COMMISSIONED

    @property
    def failures(self) -> int:
        """Bits of tables.checks that failed and should not have."""
        failures = self.self_test.get("failures", 0)
        return failures if self.is_commissioned else failures & ~_OF_NO_COMMISSION


def flash(
    board: Board,
    data: ModuleType,
    files: Mapping[str, bytes],
    watcher: Watcher | None = None,
    now: Callable[[], datetime.datetime] = datetime.datetime.now,
    wait_s: float = WAIT_S,
    new_records: Mapping[str, bytes] | None = None,
) -> Result:
    """Bring a board to this firmware. Raises FlashError at the first thing that is not as it must be.

    data: its board.py. files: what it gets, by path. wait_s: how long the operator may take to enter maintenance.
    new_records: of flashing.commissioning, for a pump that has no history.
    """
    watcher = watcher or Watcher()
    on_board = OnBoard(board)
    watcher.stage("entering")
    enter_maintenance(board, watcher, wait_s)
    watcher.stage("checking the board")
    facts = on_board.facts()
    checks.check_interpreter(facts)
    checks.check_chip(facts, data)
    plan = installing.plan(on_board, files, data.NAME)
    checks.check_version(plan.versions())
    seals = on_board.seals()
    damaged = checks.check_records(seals or [])
    if new_records is not None:
        commissioning.check_new(seals or [])
    checks.check_shadows(on_board.hashes(checks.shadows(files)))
    checks.check_space(facts, [files[path] for path in plan.changed], seals is not None)
    watcher.stage("copying")
    watcher.size(sum(len(files[path]) for path in plan.changed))
    installing.install(on_board, plan, watcher.copied)
    if new_records is not None:
        commissioning.write(on_board, new_records)
    watcher.stage("restarting")
    clock = now()
    _set_clocks(on_board, data, clock)
    if seals is not None:
        # The chip keeps its last reset's cause, and this start is not the watchdog's.
        on_board.write(f"{RECORDS}/{_PLANNED[0]}", _PLANNED[1])
    identity = _start(board, watcher)
    before = next((version for version in plan.versions() if version), "")
    unchanged = len(files) - len(plan.changed)
    result = Result(data.NAME, facts, before, plan.changed, unchanged, plan.obsolete, damaged, clock)
    if (identity.get("version"), identity.get("board")) != (VERSION, data.NAME):
        found = f"{identity.get('version')} for {identity.get('board')}"
        raise FlashError(f"the board runs Thecal {found}, not {VERSION} for {data.NAME}: flash it again")
    watcher.stage("reading the self-test")
    result.self_test = _answer(board, "self_test")
    if not result.self_test:
        raise FlashError(f"{_NO_ANSWER} self_test: restart the board")
    return result


def _set_clocks(on_board: OnBoard, data: ModuleType, clock: datetime.datetime) -> None:
    if not on_board.set_clock(clock):
        raise FlashError("the firmware is complete, but the chip's clock does not take the time: restart the board")
    if getattr(data, "CLOCK_CHIP", None) == "DS3231":
        try:
            is_set = on_board.set_clock_chip(clock, data.I2C_SDA, data.I2C_SCL)
        except FlashError:
            is_set = False
        if not is_set:
            raise FlashError("the firmware is complete, but the clock chip does not take the time: check its wiring")


def enter_maintenance(board: Board, watcher: Watcher, wait_s: float = WAIT_S) -> None:
    """Get to the prompt, with the operator's help where a pump runs. A board without our firmware is interrupted."""
    found = board.probe()
    if found == GONE:
        raise FlashError("the board's port is gone: plug the board in again and run the same command")
    if found == PUMP:
        if "result" not in board.ask(MAINTENANCE):
            watcher.told(_HOW_TO_ENTER)
        _wait_for_prompt(board, watcher, wait_s)
    board.enter()


def _wait_for_prompt(board: Board, watcher: Watcher, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while (left := deadline - time.monotonic()) > 0:
        watcher.waiting(left)
        # A board that loses its power takes its port with it; probe() opens it again.
        if board.probe() == PROMPT:
            return
        time.sleep(_BETWEEN_LOOKS_S)
    raise FlashError(f"no maintenance within {wait_s:.0f} s, nothing was changed: run the same command again")


def _start(board: Board, watcher: Watcher) -> dict[str, Any]:
    """Start the firmware; returns what it says it is."""
    for _ in range(_STARTS):
        if not board.restart():
            raise FlashError("the firmware is complete, but does not start: look at what it prints (mpremote)")
        identity = _answer(board, "identify")
        if identity:
            return identity
        if board.probe() != PROMPT:
            break
        watcher.told(_LET_GO)
        time.sleep(_LET_GO_S * board.patience)
    raise FlashError(f"{_NO_ANSWER} identify: restart the board")


def _answer(board: Board, method: str) -> dict[str, Any]:
    for _ in range(_ASKED_AGAIN):
        reply = board.ask(method)
        if "result" in reply:
            return reply["result"]
        if board.probe() == PROMPT:
            break
    return {}


def _planned_mark() -> tuple[str, bytes]:
    """Path and content of the mark of a planned reset, as the firmware itself writes it."""
    volume = MemoryVolume()
    PlannedReset(volume, None).mark(restarts.RESTART)
    ((path, content),) = ((path, content) for path, content in volume.snapshot() if content is not None)
    return path, content


_PLANNED = _planned_mark()
