"""Flash of the emulated Pico: how long it takes to write, and LittleFS images as MicroPython makes them."""

from collections.abc import Callable
from typing import Any

from littlefs import LittleFS, UserContext
from rp2040py.peripherals.ssi import CMD_BLOCK_ERASE, CMD_PAGE_PROGRAM, CMD_SECTOR_ERASE, FLASH_BLOCK_SIZE, RPSSI
from rp2040py.rp2040 import RP2040

BLOCK_BYTES = 4096
# MicroPython 1.28, ports/rp2/boards/RPI_PICO: the last 1408 KB of 2 MB.
PICO_BLOCKS = 352
PICO_START = 2 * 1024 * 1024 - PICO_BLOCKS * BLOCK_BYTES
# MicroPython 1.28, extmod/vfs_lfsx.c with the progsize of ports/rp2/modules/_boot.py.
_PARAMETERS: dict[str, Any] = {
    "block_size": BLOCK_BYTES,
    "read_size": 32,
    "prog_size": 256,
    "cache_size": 1024,
    "lookahead_size": 32,
    "block_cycles": 100,
}
# Version 2.0 of the format, which every MicroPython reads. The first write of a newer one makes 2.1 of it.
_OLDEST_FORMAT = 0x20000
# Winbond W25Q16JV, typical: sector erase 45 ms, block erase 150 ms, page program 0.4 ms.
SECTOR_ERASE_NANOS = 45_000_000
BLOCK_ERASE_NANOS = 150_000_000
PAGE_PROGRAM_NANOS = 400_000

_BUSY_NANOS = {
    CMD_SECTOR_ERASE: SECTOR_ERASE_NANOS,
    CMD_BLOCK_ERASE: BLOCK_ERASE_NANOS,
    CMD_PAGE_PROGRAM: PAGE_PROGRAM_NANOS,
}


def build_filesystem(files: dict[str, bytes], blocks: int = PICO_BLOCKS) -> bytes:
    """A LittleFS image with files (path to content); folders come from the paths."""
    context = UserContext(blocks * BLOCK_BYTES)
    filesystem = LittleFS(context=context, block_count=blocks, disk_version=_OLDEST_FORMAT, **_PARAMETERS)
    for path, content in files.items():
        folder = path.rpartition("/")[0]
        if folder:
            filesystem.makedirs(folder, exist_ok=True)
        with filesystem.open(path, "wb") as file:
            file.write(content)
    filesystem.unmount()
    return bytes(context.buffer)


def read_filesystem(image: bytes) -> dict[str, bytes]:
    """Every file of a LittleFS image: path to content."""
    context = UserContext(buffer=bytearray(image))
    filesystem = LittleFS(context=context, block_count=len(image) // BLOCK_BYTES, mount=False, **_PARAMETERS)
    filesystem.mount()
    found = {}
    for folder, _folders, names in filesystem.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with filesystem.open(path, "rb") as file:
                found[path.lstrip("/")] = file.read()
    return found


class FlashUse:
    """What the firmware asked of its flash.

    before: called with (operation number from 1, command, address) before an erase or program takes effect; what it
    raises leaves EmulatedPico.run_until(), so a power cut is a raise there. sent: what that program is to write.
    """

    def __init__(self) -> None:
        self.erases = 0
        self.pages = 0
        self.busy_nanos = 0
        self.before: Callable[[int, int, int], None] | None = None
        self.sent = b""

    @property
    def operations(self) -> int:
        """Erases and page programs together."""
        return self.erases + self.pages


class _TimedSsi(RPSSI):
    """rp2040py's flash, in which erase and program take their time.

    As shipped they take none, so nothing that the firmware does during a write could ever be late. On the chip the
    processor waits with interrupts off; the clock jumps here instead of polling the status register 45 ms long, which
    costs 1.2 s of the PC's time. Reads through XIP take no extra time, here as in rp2040py.
    """

    use: FlashUse

    def _apply_command(self) -> None:
        command = self._tx_buffer[0] if self._tx_buffer else 0
        busy = _BUSY_NANOS.get(command, 0) if self._write_enabled and len(self._tx_buffer) >= 4 else 0
        if busy:
            use = self.use
            if use.before is not None:
                use.sent = bytes(self._tx_buffer[4:])
                use.before(use.operations + 1, command, self._address_from_buffer())
            if command == CMD_PAGE_PROGRAM:
                use.pages += 1
            else:
                use.erases += FLASH_BLOCK_SIZE // BLOCK_BYTES if command == CMD_BLOCK_ERASE else 1
            use.busy_nanos += busy
        super()._apply_command()
        if busy:
            self.rp2040.clock.tick(busy)


def mend_flash(chip: RP2040) -> FlashUse:
    """Give the chip's flash its times. Returns the record of its use."""
    use = FlashUse()
    # In place of a new object: the old one has already hung itself on the chip-select line.
    ssi = chip.ssi
    ssi.__class__ = _TimedSsi
    assert isinstance(ssi, _TimedSsi)
    ssi.use = use
    return use
