"""The firmware on an emulated RP2040: boots it, asks it over its link, and reads its pins and its flash.

pump = EmulatedPump(find_image())
pump.boot()
pump.steps(3)
print(pump.figures, pump.ask("status"), pump.trains(), len(pump.journal()))
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from thecal.records.journal import FOLDER, HEAD
from thecal_tools import journal_export
from thecal_tools.emulated_chip import EmulatedPico, EmulatorTooSlow
from thecal_tools.emulation_image import BOARD, MEASURED, RECORDS, bare_files, pump_files
from thecal_tools.errors import ThecalError
from thecal_tools.scenario_file import board_module

# One busy second of the chip takes about 25 s of a PC, a sleeping one next to nothing.
WALL_LIMIT_S = 300.0
BOOT_LIMIT_S = 5.0
ANSWER_LIMIT_S = 1.0
USB_MV = 5_000
_TRACEBACK = b"Traceback (most recent call last)"
_REST_OF_TRACEBACK_S = 0.05
_SELF_TEST = "self_test"

# Called while the emulation runs: what it waits for, and the emulated time in s.
Progress = Callable[[str, float], None]


class EmulationError(ThecalError):
    """The emulated firmware did not do what was waited for; the text is one line."""


class Figures(NamedTuple):
    """What main.py measured on the chip, in ms since power-on and bytes; after a collection each."""

    at_main_ms: int
    at_main_in_use: int
    at_main_free: int
    composed_ms: int
    composed_in_use: int
    composed_free: int
    interpreter: str


@dataclass(frozen=True)
class Train:
    """One time that the motor was powered, in ns since power-on; edges: of each step, rising."""

    powered: int
    cut: int
    edges: tuple[int, ...]


class Emulation:
    """One power-on of the emulated Pico, waited for with progress. files: path to content, or a flash as a whole."""

    def __init__(self, uf2: Path, files: dict[str, bytes] | bytes, progress: Progress | None = None):
        self.pico = EmulatedPico(uf2, files)
        self.figures: Figures | None = None
        self._progress = progress

    def wait(self, what: str, condition: Callable[[], object], limit: float) -> None:
        """Run until condition() is true. Raises EmulationError after limit emulated seconds, or where Python ended."""

        def look() -> bool:
            if self._progress is not None:
                self._progress(what, self.pico.seconds)
            return bool(condition()) or self._ended()

        try:
            self.pico.run_until(look, limit=limit, wall_limit=WALL_LIMIT_S)
        except EmulatorTooSlow as error:
            raise EmulationError(f"waiting for {what}: this machine is too slow: {error}") from None
        if self._ended():
            self.pico.run_for(_REST_OF_TRACEBACK_S)
        if not condition():
            reason = "the program ended" if self._ended() else f"did not come within {limit} emulated seconds"
            raise EmulationError(f"waiting for {what}: {reason}: {self._last_words()}")

    def wait_for_figures(self) -> Figures:
        """Run until main.py has printed its figures."""
        mark = MEASURED.encode() + b" "
        self.wait("the firmware to start", lambda: any(line.startswith(mark) for line in self._lines()), BOOT_LIMIT_S)
        line = next(line for line in self._lines() if line.startswith(mark))
        *numbers, interpreter = line[len(mark) :].decode(errors="replace").split(" ", 6)
        main_ms, main_in_use, main_free, composed_ms, in_use, free = map(int, numbers)
        self.figures = Figures(main_ms, main_in_use, main_free, composed_ms, in_use, free, interpreter)
        return self.figures

    def _lines(self) -> list[bytes]:
        return [line for _, line in self.pico.output_lines]

    def _ended(self) -> bool:
        return _TRACEBACK in self.pico.output

    def _last_words(self) -> str:
        # The prompt's greeting follows a traceback.
        said = [line for line in self._lines() if line and not line.startswith((b"MicroPython ", b'Type "help()"'))]
        return f"its last line is {said[-1].decode(errors='replace')}" if said else "it said nothing"


class EmulatedPump(Emulation):
    """Our firmware with a commissioned pump's records. files: the flash of an earlier run, for a power cycle."""

    def __init__(self, uf2: Path, progress: Progress | None = None, files: bytes | None = None):
        super().__init__(uf2, pump_files() if files is None else files, progress)
        self.board = board = board_module(BOARD)
        self.pico.set_adc(board.RESERVOIR_LEVEL, board.LEVEL_FULL_U16)
        self.pico.set_adc(board.SUPPLY_VOLTAGE, USB_MV * 65_535 // board.SUPPLY_FULL_SCALE_MV)
        self.pico.set_adc(board.LINE_PRESSURE, board.PRESSURE_ZERO_U16)
        self.self_test_ns: int | None = None
        self._operations = -1
        self._requests = 0
        self._lines_before = 0

    def boot(self) -> Figures:
        """Run until the pump is composed; self_test_ns is then when its self-test stood in the flash."""
        self.wait("the self-test", self._self_test_recorded, BOOT_LIMIT_S)
        return self.wait_for_figures()

    def steps(self, count: int, limit: float = 6.0) -> None:
        """Run until that many steps of the pump's life are over and the motor is off."""
        trains = self.trains
        self.wait(f"step {count}", lambda: sum(len(train.edges) for train in trains()) >= count, limit)
        # The processor reads the rotor after the train.
        self.pico.run_for(0.1)

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a request, as a host sends it. Raises EmulationError for an error reply, or for none."""
        reply = self.request(method, **params)
        if "result" not in reply:
            raise EmulationError(f"{method}: {reply.get('error')}")
        return reply["result"]

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole reply to a request."""
        self._requests += 1
        self._lines_before = len(self._lines())
        request = {"jsonrpc": "2.0", "id": self._requests, "method": method, "params": params}
        self.pico.send(json.dumps(request).encode() + b"\n")
        self.wait(f"the answer to {method}", lambda: self._reply(self._requests), ANSWER_LIMIT_S)
        reply = self._reply(self._requests)
        assert reply is not None
        return reply

    def trains(self) -> list[Train]:
        """Every time that the motor was powered and is off again."""
        rising = [edge.nanos for edge in self.pico.edges(self.board.PUMP_STEP) if edge.level]
        found = []
        powered = None
        for edge in self.pico.edges(self.board.PUMP_ENABLE_N):
            if edge.level == 0:
                powered = edge.nanos
            elif powered is not None:
                within = tuple(nanos for nanos in rising if powered < nanos < edge.nanos)
                found.append(Train(powered, edge.nanos, within))
                powered = None
        return found

    def unpowered_steps(self) -> int:
        """Step edges that came outside every train."""
        rising = sum(1 for edge in self.pico.edges(self.board.PUMP_STEP) if edge.level)
        return rising - sum(len(train.edges) for train in self.trains())

    def rotor_counts(self) -> int:
        """Edges of the rotor's sensor, as the pins had them."""
        return len(self.pico.edges(self.board.ROTOR)) - 1

    def motor_off_ns(self) -> int | None:
        """When boot.py began to hold the motor off."""
        starts = self.pico.drive_starts(self.board.PUMP_ENABLE_N)
        return starts[0] if starts else None

    def driven_earlier(self) -> list[int]:
        """Pins that the chip drove before it held the motor off."""
        off = self.motor_off_ns()
        others = set(range(30)) - {self.board.PUMP_ENABLE_N}
        return [pin for pin in sorted(others) if any(off is None or at <= off for at in self.pico.drive_starts(pin))]

    def journal(self) -> bytes:
        """The pump's journal as it lies in the emulated flash now: 40-byte records, oldest first."""
        files = self.pico.files_after()
        segments = sorted(path for path in files if path.startswith(f"{RECORDS}/{FOLDER}/"))
        return b"".join(files[path] for path in segments) + files.get(f"{RECORDS}/{HEAD}", b"")

    def _reply(self, number: int) -> dict[str, Any] | None:
        for line in self._lines()[self._lines_before :]:
            try:
                reply = json.loads(line)
            except ValueError:
                continue
            if isinstance(reply, dict) and reply.get("id") == number:
                return reply
        return None

    def _self_test_recorded(self) -> bool:
        # The flash is read again only when it has changed.
        if self.self_test_ns is None and self.pico.flash_use.operations != self._operations:
            self._operations = self.pico.flash_use.operations
            if any(entry.get("event") == _SELF_TEST for entry in journal_export.read(self.journal())):
                self.self_test_ns = self.pico.nanos
        return self.self_test_ns is not None


def bare(uf2: Path, progress: Progress | None = None) -> tuple[Figures, int]:
    """The stock image without our firmware: its figures, and when a one-line boot.py has a pin driven, in ns."""
    emulation = Emulation(uf2, bare_files(), progress)
    figures = emulation.wait_for_figures()
    return figures, emulation.pico.drive_starts(board_module(BOARD).PUMP_ENABLE_N)[0]
