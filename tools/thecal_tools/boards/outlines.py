"""Where the pins of each development board are, seen from above.

left and right: what is printed beside each pin, from the top. A name that pins.csv has is a GPIO; POWER and GROUND are
the board's own; every other is left alone. Sources: pinout diagrams of Raspberry Pi Pico and Pico W; header blocks in
the user guides of ESP32-DevKitC V4 and ESP32-S3-DevKitC-1.
"""

from dataclasses import dataclass

GROUND = "GND"
POWER = ("3V3", "VSYS", "5V")


@dataclass(frozen=True)
class Outline:
    """One development board. supply: the pin that takes 5 V or the cells. usb: the end where its connector is, "top" or
    "bottom". is_counted: its pins are counted down the left side and up the right one.
    """

    title: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    supply: str
    usb: str = "bottom"
    is_counted: bool = False

    def number(self, side: int, row: int) -> int:
        """Of a pin on a board that counts them. side: 0 left. row: from 0."""
        return len(self.left) + len(self.right) - row if side else row + 1

    def place(self, label: str) -> str:
        """Where a pin is, in words: "left 4", or the pin's number on boards that count them."""
        side = 0 if label in self.left else 1
        row = (self.right if side else self.left).index(label)
        return f"pin {self.number(side, row)}" if self.is_counted else f"{'right' if side else 'left'} {row + 1}"


_PICO_LEFT = "GP0 GP1 GND GP2 GP3 GP4 GP5 GND GP6 GP7 GP8 GP9 GND GP10 GP11 GP12 GP13 GND GP14 GP15"
_PICO_RIGHT = "VBUS VSYS GND 3V3_EN 3V3 ADC_VREF GP28 GND GP27 GP26 RUN GP22 GND GP21 GP20 GP19 GP18 GND GP17 GP16"
_DEVKITC_LEFT = "3V3 EN VP VN IO34 IO35 IO32 IO33 IO25 IO26 IO27 IO14 IO12 GND IO13 D2 D3 CMD 5V"
_DEVKITC_RIGHT = "GND IO23 IO22 TX RX IO21 GND IO19 IO18 IO5 IO17 IO16 IO4 IO0 IO2 IO15 D1 D0 CLK"
_S3_LEFT = "3V3 3V3 RST IO4 IO5 IO6 IO7 IO15 IO16 IO17 IO18 IO8 IO3 IO46 IO9 IO10 IO11 IO12 IO13 IO14 5V GND"
_S3_RIGHT = "GND TX RX IO1 IO2 IO42 IO41 IO40 IO39 IO38 IO37 IO36 IO35 IO0 IO45 IO48 IO47 IO21 IO20 IO19 GND GND"


def _pico(title: str) -> Outline:
    return Outline(title, tuple(_PICO_LEFT.split()), tuple(_PICO_RIGHT.split()), "VSYS", "top", True)


OUTLINES = {
    "RPI_PICO": _pico("Raspberry Pi Pico"),
    "RPI_PICO_W": _pico("Raspberry Pi Pico W"),
    "ESP32_GENERIC": Outline(
        "ESP32-DevKitC V4 (WROOM-32)", tuple(_DEVKITC_LEFT.split()), tuple(_DEVKITC_RIGHT.split()), "5V"
    ),
    "ESP32_GENERIC_S3": Outline("ESP32-S3-DevKitC-1", tuple(_S3_LEFT.split()), tuple(_S3_RIGHT.split()), "5V"),
}
