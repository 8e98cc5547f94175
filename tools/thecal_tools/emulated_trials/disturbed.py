"""A pump on the emulated Pico that can be disturbed from inside, at a moment which the emulation chooses.

In front of main.py stand lines that are not the firmware's. They put something between the firmware and the state
machine of the motor's guard, so that a disturbance comes inside the delivery task, right after the hardware has its
train: nothing is commanded, recorded or witnessed yet. Which one, four pins say that the pump does not use.
"""

from pathlib import Path

from thecal_tools import board_files
from thecal_tools.emulated_flash import build_filesystem
from thecal_tools.emulation import BOOT_LIMIT_S, EmulatedPump, Progress
from thecal_tools.emulation_image import BOARD, commissioned_records, measuring
from thecal_tools.program_manifest import with_manifest

NOTHING, BEFORE_COMPOSE, SOFT_RESET, EXCEPTION, HANG, BUSY_TRAIN = range(6)
SELECTORS = (17, 18, 19, 20)
# The train that is given in place of the pump's own where the processor is kept busy.
BUSY_STEPS, BUSY_PERIOD_US = 8, 10_000
STAGED_ERROR = "staged"
NEXT_TRAIN_S = 2.0

_STAGED = f"""
import gc, machine, rp2, time
class Staged:
    pins = [machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_DOWN) for number in {SELECTORS}]
    StateMachine = rp2.StateMachine
    def chosen():
        return sum(pin.value() << index for index, pin in enumerate(Staged.pins))
    def machine(number, *arguments, **options):
        real = Staged.StateMachine(number, *arguments, **options)
        return Staged.Between(real, number) if number in (0, 1) else real
    class Between:
        def __init__(self, real, number):
            self.real, self.is_guard, self.puts = real, number == 1, 0
            self.init, self.exec, self.active, self.get, self.rx_fifo = (
                real.init, real.exec, real.active, real.get, real.rx_fifo)
        def put(self, value):
            self.puts += 1
            chosen = Staged.chosen()
            second = self.puts % 2 == 0
            if chosen == {BUSY_TRAIN}:
                if self.is_guard:
                    value = {(2 * BUSY_STEPS + 1) * BUSY_PERIOD_US // 4} if second else {2 * BUSY_STEPS}
                elif not second:
                    value = {BUSY_STEPS - 1}
            self.real.put(value)
            if self.is_guard and second:
                if chosen == {SOFT_RESET}:
                    machine.soft_reset()
                elif chosen == {EXCEPTION}:
                    raise RuntimeError("{STAGED_ERROR}")
                elif chosen == {HANG}:
                    while True:
                        time.sleep_ms(100)
                elif chosen == {BUSY_TRAIN}:
                    Staged.keep_busy(self.real)
    def keep_busy(guard):
        with open("/staged", "wb") as file:
            while not guard.rx_fifo():
                garbage = [bytes(50) for _ in range(50)]
                gc.collect()
                file.write(bytes(2048))
                file.flush()
if Staged.chosen() == {BEFORE_COMPOSE}:
    raise RuntimeError("{STAGED_ERROR}")
rp2.StateMachine = Staged.machine
"""


class DisturbedPump(EmulatedPump):
    """A commissioned pump that can be disturbed. at_start: what is to happen before the first train already."""

    def __init__(self, uf2: Path, progress: Progress | None = None, at_start: int = NOTHING):
        super().__init__(uf2, progress, build_filesystem(files()))
        self.choose(at_start)

    def choose(self, disturbance: int) -> None:
        """What is to happen from now on, at each train."""
        for index, pin in enumerate(SELECTORS):
            self.pico.lines.drive(pin, disturbance >> index & 1)

    def is_off(self) -> bool:
        """Whether the enable line stands high."""
        return self.pico.lines.level(self.board.PUMP_ENABLE_N) == 1

    def disturb(self, disturbance: int, once: bool = True) -> int:
        """Run into the next train, where it happens; returns when the motor was powered, in ns."""
        self.choose(disturbance)
        before = len(self.pico.edges(self.board.PUMP_ENABLE_N))
        # By its edge: what is disturbed may be off again before anybody looks.
        self.wait("a train", lambda: self._powered(before), NEXT_TRAIN_S)
        if once:
            # What it is to be has been read before the guard could begin.
            self.choose(NOTHING)
        return self._powered(before)[0]

    def _powered(self, before: int) -> list[int]:
        """When the motor was powered, in ns, after so many edges of its enable line."""
        return [edge.nanos for edge in self.pico.edges(self.board.PUMP_ENABLE_N)[before:] if edge.level == 0]

    def powered_steps(self, after_ns: int, before_ns: int | None = None) -> int:
        """Steps that the motor could follow, after one moment and before another."""
        end = self.pico.nanos if before_ns is None else before_ns
        return sum(1 for train in self.trains() for edge in train.edges if after_ns <= edge < end)


def files() -> dict[str, bytes]:
    """The firmware with disturbances to choose from, and a commissioned pump's records. Raises BuildError."""
    firmware = board_files.files(BOARD)
    firmware["main.py"] = (_STAGED + measuring(firmware["main.py"].decode())).encode()
    return with_manifest(firmware, BOARD) | commissioned_records()


def running(uf2: Path, progress: Progress | None = None) -> DisturbedPump:
    """A pump that has been started and has given a step."""
    pump = DisturbedPump(uf2, progress)
    pump.wait_for_figures()
    pump.steps(1, BOOT_LIMIT_S)
    return pump
