"""Which port is the board's, what is said where there is none, and how the lines must stand."""

from types import SimpleNamespace

import pytest

from thecal_tools.flashing import FlashError, ports


def port(device, vid, pid=5, product=None):
    return SimpleNamespace(device=device, vid=vid, pid=pid, product=product)


PICO = port("/dev/ttyACM0", 0x2E8A, product="Board in FS mode")
BRIDGE = port("/dev/ttyUSB0", 0x10C4)
MODEM = port("/dev/ttyS0", None)
S3 = port("/dev/ttyACM1", 0x303A, 0x4001, "Espressif Device")
S3_DEBUG = port("/dev/ttyACM2", 0x303A, 0x1001, "USB JTAG/serial debug unit")


@pytest.mark.parametrize(
    ("chip", "listed", "found"),
    [
        ("RP2040", [MODEM, BRIDGE, PICO], "/dev/ttyACM0"),
        ("ESP32", [PICO, BRIDGE, MODEM], "/dev/ttyUSB0"),
        ("ESP32S3", [PICO, S3], "/dev/ttyACM1"),
        ("ESP32S3", [BRIDGE], "/dev/ttyUSB0"),
    ],
)
def test_the_port_that_fits_the_chip(chip, listed, found):
    assert ports.find_port(chip, None, listed) == found


def test_a_port_that_is_named_is_taken():
    assert ports.find_port("RP2040", "/dev/pts/9", [PICO]) == "/dev/pts/9"


def test_of_several_one_must_be_named():
    other = port("/dev/ttyACM7", 0x2E8A, product="Board in FS mode")
    with pytest.raises(FlashError, match=r"ttyACM0 \(Board in FS mode\), /dev/ttyACM7 .*PORT="):
        ports.find_port("RP2040", None, [PICO, other])


@pytest.mark.parametrize(("chip", "how"), [("RP2040", "BOOTSEL"), ("ESP32", "mpflash"), ("ESP32S3", "mpflash")])
def test_without_a_board_it_says_how_to_get_one(chip, how, tmp_path):
    with pytest.raises(FlashError, match=f"no {chip} board is plugged in.*{how}"):
        ports.find_port(chip, None, [MODEM], tmp_path)


def test_a_board_that_waits_for_micropython_is_seen(tmp_path):
    drive = tmp_path / "run/media/somebody/RPI-RP2"
    drive.mkdir(parents=True)
    (drive / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\n")
    with pytest.raises(FlashError, match=r"no MicroPython yet.*run/media/somebody/RPI-RP2: copy"):
        ports.find_port("RP2040", None, [], tmp_path)


def test_lines_that_reset_a_board_stay_low():
    listed = [PICO, BRIDGE, S3, S3_DEBUG, MODEM]
    quiet = {entry.device for entry in listed if ports.has_quiet_lines(entry.device, listed)}
    assert quiet == {BRIDGE.device, S3_DEBUG.device}
