"""Which serial port is the board's, and what to do where none is."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from thecal_tools.flashing import FlashError

# USB vendor ids. Raspberry Pi's and Espressif's ports are in the chip itself; ESP32 boards have one of the others'.
_RASPBERRY_PI = 0x2E8A
_ESPRESSIF = 0x303A
_SERIAL_CHIPS = {0x10C4: "CP210x", 0x1A86: "CH34x", 0x0403: "FTDI"}
# The serial port of an Espressif chip's debug unit, whose lines reset the chip as a serial chip's do.
_DEBUG_UNIT = (_ESPRESSIF, 0x1001)
_VENDORS = {"RP2040": (_RASPBERRY_PI,), "ESP32": tuple(_SERIAL_CHIPS), "ESP32S3": (_ESPRESSIF, *_SERIAL_CHIPS)}
# Where systems mount the drive that an RP2040 shows with BOOTSEL held, and the file by which it is known.
_DRIVES = ("/media/*/RPI-RP2", "/run/media/*/RPI-RP2", "/Volumes/RPI-RP2", "/media/RPI-RP2")
_DRIVE_FILE = "INFO_UF2.TXT"


def find_port(chip: str, named: str | None, listed: Iterable[Any] | None = None, root: Path = Path("/")) -> str:
    """The port's name. Raises FlashError where none fits, or several do.

    chip: of board.py. named: PORT as the user gave it, taken as it is. listed: as pyserial lists ports.
    """
    if named:
        return named
    found = [port for port in (_listed() if listed is None else listed) if port.vid in _VENDORS.get(chip, ())]
    if len(found) == 1:
        return found[0].device
    if found:
        names = ", ".join(sorted(f"{port.device} ({_title(port)})" for port in found))
        raise FlashError(f"more than one board may be it: {names}: give one as PORT=…")
    raise FlashError(_how_to_get_one(chip, root))


def has_quiet_lines(device: str, listed: Iterable[Any] | None = None) -> bool:
    """True where DTR and RTS must stay low while the port is open, as they reset the board."""
    for port in _listed() if listed is None else listed:
        if port.device == device and port.vid is not None:
            return port.vid in _SERIAL_CHIPS or (port.vid, port.pid) == _DEBUG_UNIT
    return False


def _listed() -> list[Any]:
    from serial.tools import list_ports

    return list(list_ports.comports())


def _title(port: Any) -> str:
    return _SERIAL_CHIPS.get(port.vid) or port.product or f"{port.vid:04x}:{port.pid:04x}"


def _how_to_get_one(chip: str, root: Path) -> str:
    if chip == "RP2040":
        drives = [drive for pattern in _DRIVES for drive in root.glob(pattern.lstrip("/"))]
        drive = next((drive for drive in drives if (drive / _DRIVE_FILE).is_file()), None)
        if drive is not None:
            return (
                f"the board has no MicroPython yet, it waits for one at {drive}: copy the .uf2 of version 1.27 or "
                "later there, then run the same command again (or: mpflash flash)"
            )
        how = "hold BOOTSEL while you plug it in and copy a MicroPython .uf2 onto the drive RPI-RP2"
    else:
        how = "plug it in with a data cable and put MicroPython on it with `mpflash flash`"
    return f"no {chip} board is plugged in: plug it in; if it has no MicroPython yet, {how}; or give its port as PORT=…"
