"""Records that are gone, changed or unreadable, on real LittleFS."""

from functools import cache
from typing import Any

from power_cut import scenario
from power_cut.aftermath import booted
from rig import Rig
from thecal_tools.littlefs_flash import PICO_W_BLOCKS, NorFlash
from thecal_tools.littlefs_volume import LittlefsVolume, format_flash

CORRUPT = 84  # what MicroPython raises for LittleFS's LFS_ERR_CORRUPT


class UnreadableVolume(LittlefsVolume):
    """Raises OSError for each read of, or list of, one path."""

    unreadable = ""

    def read(self, path: str) -> bytes | None:
        self._refuse(path)
        return super().read(path)

    def listdir(self, path: str) -> list[str]:
        self._refuse(path)
        return super().listdir(path)

    def _refuse(self, path: str) -> None:
        if path == self.unreadable:
            raise OSError(CORRUPT)


def lived() -> UnreadableVolume:
    """The flash of a pump that has given eight hours of background and one patient bolus."""
    return UnreadableVolume(NorFlash(_lived()))


@cache
def _lived() -> tuple[bytes, ...]:
    pump = scenario.small()
    pump.run_for(21_600_000)
    return tuple(pump.flash.blocks)


def blank() -> LittlefsVolume:
    """A flash that a stock image has just formatted."""
    flash = NorFlash(PICO_W_BLOCKS)
    format_flash(flash)
    return LittlefsVolume(flash)


def spoil(volume: Any, path: str, how: str) -> None:
    """how: "missing", "empty", "one bit", "cut short", "unreadable", or a number: that bit of the file is turned."""
    content = bytearray(volume.read(path) or b"")
    assert content, path
    if how == "missing":
        volume.remove(path)
    elif how == "empty":
        volume.write(path, b"")
    elif how == "cut short":
        volume.write(path, content[:-1])
    elif how == "unreadable":
        volume.unreadable = path
    else:
        content[len(content) // 2] ^= 0x10
        volume.write(path, content)


def lives_on(volume: Any) -> Rig:
    """A pump that boots on it and runs for an hour, in which the patient asks once."""
    rig = booted(volume)
    rig.press("bolus", 1_100, 1_800_000)
    rig.run_for(3_600_000)
    return rig


WAYS = ("missing", "empty", "one bit", "cut short", "unreadable")
