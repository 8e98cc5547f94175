"""The emulated Pico at a pseudo-terminal, where mpremote and `thecal` find it as they find a board at its serial port.

Emulated time follows the clock on the wall where the chip sleeps, and falls behind where it works: a busy second of the
chip takes some 25 s here.
"""

import contextlib
import os
import pty
import select
import signal
import time
import tty
from collections.abc import Callable
from pathlib import Path

from thecal_tools import emulation_image
from thecal_tools.emulated_flash import build_filesystem
from thecal_tools.emulation import EmulatedPump
from thecal_tools.errors import ThecalError

PUMP, BARE, MAINTENANCE = "pump", "bare", "maintenance"
# How long the two buttons are held for maintenance; the boot looks at them after 0.5 s.
_HELD_S = 1.0
# What a board says when it can be spoken to, and how long a pump is then still busy with its start.
_READY = (b">>> ", b"THECAL ")
_READY_WITHIN_S, _STARTING_S = 5.0, 0.5
_SLICE_S = 0.002
_QUEUE_BYTES = 4096
_READ_BYTES = 1024
# What the emulation is behind by is not made up for beyond this.
_BEHIND_S = 0.1


def power_on(uf2: Path, start: str, kept: Path | None) -> EmulatedPump:
    """A Pico at power-on. start: PUMP, BARE or MAINTENANCE. kept: flash image of an earlier run, if the file is there.

    BARE has an empty file system; the others have a commissioned pump, where no image was kept.
    """
    if kept is not None and kept.exists():
        files = kept.read_bytes()
    else:
        files = build_filesystem({} if start == BARE else emulation_image.pump_files(measured=False))
    pump = EmulatedPump(uf2, files=files)
    if start == MAINTENANCE:
        for pin in (pump.board.BUTTON_ALARM, pump.board.BUTTON_STOP):
            pump.pico.press(pin)
            pump.pico.at(_HELD_S, pump.pico.release, pin)
    return pump


def serve(pump: EmulatedPump, opened: Callable[[str], None], kept: Path | None = None) -> None:
    """Run at a pseudo-terminal until interrupted. opened: called with its name. kept: where the flash is left then."""
    master, slave = pty.openpty()
    try:
        # No echo, and no byte that means something to the terminal.
        tty.setraw(slave)
        os.set_blocking(master, False)
        # A shell's background jobs take no Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            pump.pico.run_until(lambda: any(mark in pump.pico.usb.output for mark in _READY), limit=_READY_WITHIN_S)
            pump.pico.run_for(_STARTING_S)
            opened(os.ttyname(slave))
            _run(pump, master)
    finally:
        os.close(master)
        os.close(slave)
        if kept is not None:
            _keep(pump, kept)


def _run(pump: EmulatedPump, master: int) -> None:
    pico = pump.pico
    written = 0
    ahead_of = time.monotonic() - pico.seconds
    while True:
        if pico.usb.queued < _QUEUE_BYTES:
            with contextlib.suppress(BlockingIOError):
                pico.send(os.read(master, _READ_BYTES))
        pico.run_for(_SLICE_S)
        if written < len(pico.usb.output):
            with contextlib.suppress(BlockingIOError):
                written += os.write(master, pico.usb.output[written:])
        ahead = pico.seconds + ahead_of - time.monotonic()
        if ahead > 0:
            select.select([master], [], [], ahead)
        elif ahead < -_BEHIND_S:
            ahead_of -= ahead


def _keep(pump: EmulatedPump, kept: Path) -> None:
    fresh = kept.with_name(kept.name + ".new")
    try:
        fresh.write_bytes(pump.pico.flash_after())
        os.replace(fresh, kept)
    except OSError as error:
        raise ThecalError(f"{kept}: cannot be written ({error.strerror}): choose another file with --keep") from None
