"""Commissioning: the first records of a pump whose history is known to be empty."""

from struct import pack

from thecal.records import dose_resume, files, mark, windows
from thecal.records.ledger import Ledger
from thecal.records.mark import ReserveMark

_MAGIC = b"TCOM"
_PATH = "commissioned"
PRESCRIPTION = ("prescription", b"TRX0")
CALIBRATION = ("calibration", b"TCAL")


def setting(volume, name_and_magic):
    """The two copies of a setting: PRESCRIPTION or CALIBRATION of this module."""
    return files.TwoCopies(volume, *name_and_magic)


def commission(volume, clock, calibration, prescription, reservoir_nl, confirmed=0):
    """Write settings and an empty history. calibration: bytes. prescription: compiled bytes, or None for a pump that is
    to have none.

    reservoir_nl: what the reservoir holds. confirmed: bits LIGHT and SOUND of tables.checks that an operator has seen
    and heard. Raises OSError; the board then stays not commissioned.
    """
    if volume.read(_PATH) is not None:
        volume.remove(_PATH)
    windows.WindowsFile(volume).save(0, b"")
    dose_resume.write_empty(volume, clock)
    _replace(setting(volume, CALIBRATION), calibration)
    if prescription is None:
        setting(volume, PRESCRIPTION).remove()
    else:
        _replace(setting(volume, PRESCRIPTION), prescription)
    volume.mkdir(mark.FOLDER)
    ledger = Ledger(volume)
    ledger.reservoir_set_nl = reservoir_nl
    ledger.moved_s = clock.seconds
    ReserveMark(volume, clock, ledger.counts()).commit(0)
    ledger.save(0, clock.seconds, 0)
    volume.write(_PATH, files.seal(_MAGIC, pack("<IB", clock.seconds, confirmed)))


def _replace(copies, content):
    # Loaded first, so that the new content counts as newer than what an earlier commissioning left.
    copies.load()
    copies.save(content)


def commissioned(volume):
    """True where the commissioning mark is there and sound."""
    return _mark(volume) is not None


def confirmed(volume):
    """Bits LIGHT and SOUND of tables.checks that an operator has confirmed at commissioning."""
    body = _mark(volume)
    return body[4] if body is not None and len(body) > 4 else 0


def _mark(volume):
    # A mark without the confirmed bits is of an earlier firmware.
    try:
        body = files.unseal(_MAGIC, volume.read(_PATH))
    except OSError:
        return None
    return body if body is not None and len(body) in (4, 5) else None
