"""Commissioning: the first records of a pump whose history is known to be empty."""

from struct import pack, unpack

from thecal.records import files, mark, windows
from thecal.records.ledger import Ledger
from thecal.records.mark import ReserveMark

_MAGIC = b"TCOM"
_PATH = "commissioned"
PRESCRIPTION = ("prescription", b"TRX0")
CALIBRATION = ("calibration", b"TCAL")


def setting(volume, name_and_magic):
    """The two copies of a setting: PRESCRIPTION or CALIBRATION of this module."""
    return files.TwoCopies(volume, *name_and_magic)


def commission(volume, clock, calibration, prescription, reservoir_nl):
    """Write settings and an empty history. calibration: bytes. prescription: compiled bytes or None.

    reservoir_nl: what the reservoir holds. Raises OSError; the board then stays not commissioned.
    """
    for path in (_PATH, windows.PATH):
        if volume.read(path) is not None:
            volume.remove(path)
    _replace(setting(volume, CALIBRATION), calibration)
    if prescription is not None:
        _replace(setting(volume, PRESCRIPTION), prescription)
    volume.mkdir(mark.FOLDER)
    ReserveMark(volume, clock).commit(0)
    ledger = Ledger(volume, clock)
    ledger.reservoir_set_nl = reservoir_nl
    ledger.save(0, 0)
    volume.write(_PATH, files.seal(_MAGIC, pack("<I", clock.seconds)))


def _replace(copies, content):
    # Loaded first, so that the new content counts as newer than what an earlier commissioning left.
    copies.load()
    copies.save(content)


def commissioned(volume):
    """True where the commissioning mark is there and sound."""
    try:
        body = files.unseal(_MAGIC, volume.read(_PATH))
    except OSError:
        return False
    return body is not None and len(body) == 4 and unpack("<I", body)[0] >= 0
