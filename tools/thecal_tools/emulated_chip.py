"""The stock MicroPython image on an emulated Raspberry Pi Pico, with the pump's board around it.

    pico = EmulatedPico(find_image(), {"main.py": b"print('ready')"})
    pico.at(0.5, pico.press, 10)
    assert pico.run_until(lambda: b"ready" in pico.output)
    print(pico.seconds, pico.edges(2), pico.files_after())

Runs are deterministic: the firmware is staged as files, stimuli are alarms of the emulated clock, and no answer depends
on how fast the PC is. All times are emulated time since power on. The mends of rp2040py's traps are in emulated_pio,
emulated_usb, emulated_flash and emulated_board.
"""

import time
from collections.abc import Callable
from pathlib import Path

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2
from rp2040py.execute_batch import execute_batch
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.rp2040 import RP2040
from rp2040py.simulator import Simulator
from rp2040py.sio import RPSIO
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from thecal_tools.emulated_board import Edge, Lines, SlottedDisc
from thecal_tools.emulated_flash import (
    BLOCK_BYTES,
    PICO_BLOCKS,
    PICO_START,
    build_filesystem,
    mend_flash,
    read_filesystem,
)
from thecal_tools.emulated_pio import CYCLE_NANOS, PioPacer
from thecal_tools.emulated_usb import UsbHost

SECOND = 1_000_000_000
_ADC_FIRST_PIN = 26
_FILESYSTEM = slice(PICO_START, PICO_START + PICO_BLOCKS * BLOCK_BYTES)


class _Sio(RPSIO):
    """rp2040py's SIO, without the 8 cycles that a division adds to the processor's count but not to the clock."""

    def update_hardware_divider(self, signed: bool) -> None:
        core = self.rp2040.core
        cycles = core.cycles
        super().update_hardware_divider(signed)
        core.cycles = cycles


class EmulatorTooSlow(Exception):
    """The PC's time ran out before the emulated event came."""


class EmulatedPico:
    """A Pico at power on, with files in its flash; run_until() lets it run.

    uf2: stock RPI_PICO image. files: path to content, or a whole file system image as flash_after() gives it, for a
    power cycle. usb: a PC at the other end that has opened the port. step, enable_n, rotor: pins of the motor.
    pull_ups: pins with a resistor to 3.3 V on the board.
    """

    def __init__(
        self,
        uf2: Path,
        files: dict[str, bytes] | bytes,
        usb: bool = True,
        step: int = 2,
        enable_n: int = 3,
        rotor: int = 5,
        pull_ups: tuple[int, ...] = (3, 10, 11, 12),
    ):
        self.chip = chip = RP2040()
        chip.logger = ConsoleLogger(LogLevel.ERROR)
        self._clock = chip.clock
        self._simulator = Simulator(rp2040=chip)
        self.pacer = PioPacer(chip)
        chip.sio.__class__ = _Sio
        chip.load_bootrom(BOOTROM_B1)
        load_uf2(uf2, chip)
        chip.flash[_FILESYSTEM] = files if isinstance(files, bytes) else build_filesystem(files)
        self.flash_use = mend_flash(chip)
        self.usb = UsbHost(chip, plugged=usb)
        self.lines = Lines(chip, self.pacer, pull_ups)
        self.disc = SlottedDisc(self.lines, step, enable_n, rotor)
        self.resets: list[int] = []
        self._cycles_before_reset = 0
        chip.watchdog.on_watchdog_trigger = self._watchdog_reset
        self.wall_seconds = 0.0
        self._stop_alarm = chip.clock.create_alarm(self._look)
        self._condition: Callable[[], object] | None = None
        self._met = False
        self._deadline = 0.0
        self._look_nanos = 0.0
        chip.core.pc = FLASH_START_ADDRESS

    # ------------------------------------------------------------------------------------------------------- running

    def run_until(
        self,
        condition: float | Callable[[], object],
        limit: float = 10.0,
        look_every: float = 0.001,
        wall_limit: float | None = None,
    ) -> bool:
        """Run to a time in emulated seconds, or until condition() is true; False where limit seconds passed first.

        The condition is asked every look_every emulated seconds, never in between, so where a run ends does not depend
        on the PC. Raises EmulatorTooSlow after wall_limit seconds of the PC's time.
        """
        started = time.monotonic()
        if callable(condition):
            self._condition = condition
            self._deadline = self._clock.nanos + limit * SECOND
            self._look_nanos = look_every * SECOND
        else:
            self._condition = None
            self._deadline = condition * SECOND
            self._look_nanos = float("inf")
        self._met = False
        self._simulator.stopped = False
        self._look()
        try:
            while not self._simulator.stopped:
                execute_batch(self._simulator, 1)
                if wall_limit is not None and time.monotonic() - started > wall_limit:
                    raise EmulatorTooSlow(f"{wall_limit} s passed here, {self.seconds:.3f} s there")
        finally:
            self._stop_alarm.cancel()
            self.wall_seconds += time.monotonic() - started
        return self._met

    def run_for(self, seconds: float) -> None:
        """Run for that many emulated seconds."""
        self.run_until(self.seconds + seconds)

    def _look(self) -> None:
        remaining = self._deadline - self._clock.nanos
        self._met = bool(self._condition()) if self._condition else remaining <= 0
        if self._met or remaining <= 0:
            self._simulator.stopped = True
        else:
            self._stop_alarm.schedule(min(self._look_nanos, remaining))

    def at(self, seconds: float, call: Callable[..., object], *arguments: object) -> None:
        """Call something at an emulated time (not before now)."""

        def fire() -> None:
            call(*arguments)

        self._clock.create_alarm(fire).schedule(max(0.0, seconds * SECOND - self._clock.nanos))

    @property
    def nanos(self) -> int:
        """Emulated time since power on, in ns."""
        return int(self._clock.nanos)

    @property
    def seconds(self) -> float:
        """Emulated time since power on, in s."""
        return self._clock.nanos / SECOND

    @property
    def awake_nanos(self) -> int:
        """Time the processor has worked or waited for the flash, rather than slept, in ns."""
        return (self._cycles_before_reset + self.chip.core.cycles) * CYCLE_NANOS + self.flash_use.busy_nanos

    def _watchdog_reset(self) -> None:
        # machine.reset() comes here too. The pins let go: the board's pull-ups decide until boot.py runs again.
        self.resets.append(self.nanos)
        self._cycles_before_reset += self.chip.core.cycles
        self.chip.enter_reset(from_watchdog=True)
        # A board stays at its prompt after a watchdog reset; rp2040py's watchdog goes on counting and bites again.
        self.chip.watchdog.alarm.enable = False
        self.chip.watchdog.timer.enable = False
        for pin in self.chip.gpio:
            pin.check_for_updates()
        self.chip.leave_reset()

    # ------------------------------------------------------------------------------------------------- pins and board

    def edges(self, pin: int) -> list[Edge]:
        """Every change of a pin since power on, to an emulated ns."""
        return self.lines.edges[pin]

    def first_time(self, pin: int, level: int) -> int | None:
        """When the chip or the board first brought a pin to a level, in ns."""
        return next((edge.nanos for edge in self.edges(pin) if edge.level == level), None)

    def drive_starts(self, pin: int) -> list[int]:
        """When the chip itself began to drive a pin, in ns: for ENABLE_N, when boot.py holds the motor off."""
        return self.lines.drive_starts[pin]

    def press(self, pin: int) -> None:
        """Press a button (to ground)."""
        self.lines.drive(pin, 0)

    def release(self, pin: int) -> None:
        """Let go of a button."""
        self.lines.drive(pin, None)

    def set_adc(self, pin: int, u16: int) -> None:
        """Voltage at an analogue pin (26 to 29) as the ADC would read it, 0 to 65535; the converter has 12 bits."""
        self.chip.adc.channel_values[pin - _ADC_FIRST_PIN] = u16 >> 4

    # ------------------------------------------------------------------------------------------------ USB and results

    def send(self, data: bytes) -> None:
        """Bytes from the PC."""
        self.usb.send(data)

    @property
    def output(self) -> bytes:
        """Everything the firmware wrote to USB."""
        return bytes(self.usb.output)

    @property
    def output_lines(self) -> list[tuple[int, bytes]]:
        """Complete lines from USB, each with the time its end came, in ns."""
        return self.usb.lines

    def flash_after(self) -> bytes:
        """The file system's part of the flash as it is now; a new EmulatedPico can start with it."""
        return bytes(self.chip.flash[_FILESYSTEM])

    def files_after(self) -> dict[str, bytes]:
        """Every file in the emulated flash as it is now: path to content."""
        return read_filesystem(self.flash_after())
