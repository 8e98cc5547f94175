"""Where to find a stock MicroPython image for the emulated Pico."""

import os
from collections.abc import Mapping
from pathlib import Path

# The release whose RP2040 image the emulator was proved with; rp2040py's own default, 1.21, cannot load our .mpy files.
MICROPYTHON_VERSION = "1.28.0"
_UF2_MAGIC = b"UF2\n\x57\x51\x5d\x9e"
_RP2040_FAMILY = (0xE48BFF56).to_bytes(4, "little")
_HOW = (
    "give one with UF2=path (RPI_PICO from https://micropython.org/download/RPI_PICO/, version 1.27 or later), "
    "or run once with a network"
)


class NoImage(Exception):
    """No usable image; the text is one line that says why and how to get one."""


def find_image(
    option: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    download: bool = True,
) -> Path:
    """The image: the option, else $UF2, else rp2040py's cache or (with download) the network. Raises NoImage.

    Example: find_image("~/RPI_PICO-20260406-v1.28.0.uf2")
    """
    named = option or (os.environ if environment is None else environment).get("UF2")
    if named:
        return _checked(Path(named).expanduser())
    cached = _cached()
    if cached is not None:
        return _checked(cached)
    if not download:
        raise NoImage(f"no RP2040 MicroPython image at hand: {_HOW}")
    return _checked(_downloaded())


def _checked(path: Path) -> Path:
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise NoImage(f"{path}: {error.strerror or error}: {_HOW}") from None
    if head[:8] != _UF2_MAGIC or head[28:32] != _RP2040_FAMILY:
        raise NoImage(f"{path}: not a UF2 image for RP2040: {_HOW}")
    return path


def _url() -> str:
    from rp2040py.utils.firmware_retrieve import MICROPYTHON

    boards = MICROPYTHON.boards or {}
    return boards["pico"].fw[MICROPYTHON_VERSION]


def _cached() -> Path | None:
    # Where rp2040py.utils.firmware_retrieve keeps its downloads.
    path = Path.home() / ".cache" / "rp2040py" / _url().rpartition("/")[2]
    return path if path.is_file() else None


def _downloaded() -> Path:
    from rp2040py.boards import BOARDS, resolve_firmware

    try:
        image = resolve_firmware(BOARDS["pico"], "micropython", MICROPYTHON_VERSION).image
    except OSError as error:
        raise NoImage(f"the RP2040 image could not be fetched ({getattr(error, 'reason', error)}): {_HOW}") from None
    if image is None:
        raise NoImage(f"the RP2040 image could not be fetched: {_HOW}")
    return Path(image)
