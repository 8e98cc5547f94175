"""Every check that a compiled prescription must pass on the board, whatever the host has checked before (SR-10, SR-14).

Loaded only while a prescription or a clinician's bolus is checked, so that the running pump does not hold it in memory.
"""

from binascii import crc32
from struct import calcsize, unpack_from

from micropython import const

from thecal.tables import ceilings, doses, quantities
from thecal.therapy.prescription import Prescription

# The header as therapy.prescription lays it out.
HEADER = "<4sBBH16s12sIIIIHBIIIIIBB7s"
MAGIC = b"TCRX"
VERSION = 1
# Where id and drug stand in the header.
_TEXT_FROM = const(8)
_TEXT_TO = const(36)


class PrescriptionError(ValueError):
    """A compiled prescription that the board refuses; the text names the field and the rule."""


def checked(binary):
    """The Prescription in these bytes.

    Raises PrescriptionError where they are damaged, of another version or outside the hard ranges.
    """
    _check_envelope(binary)
    _check_tables(binary)
    prescription = _decoded(bytes(binary))
    _check_ranges(prescription)
    return prescription


def check_bolus(prescription, dose, duration_s):
    """Raises PrescriptionError for a bolus outside the hard ranges. dose: ng."""
    _check_bolus(prescription, dose, duration_s)


def _check_envelope(binary):
    if len(binary) < calcsize(HEADER) + 4 or bytes(binary[:4]) != MAGIC:
        raise PrescriptionError("not a compiled prescription")
    if binary[4] != VERSION:
        raise PrescriptionError("version %d, this firmware reads %d" % (binary[4], VERSION))
    if unpack_from("<H", binary, 6)[0] != len(binary):
        raise PrescriptionError("length")
    if unpack_from("<I", binary, len(binary) - 4)[0] != crc32(bytes(binary[:-4])):
        raise PrescriptionError("checksum")


def _decoded(binary):
    header = unpack_from(HEADER, binary)
    patterns, scheduled = header[-3], header[-2]
    at = calcsize(HEADER)
    found = []
    for _ in range(patterns):
        steps = binary[at]
        found.append(tuple(unpack_from("<HI", binary, at + 1 + 6 * i) for i in range(steps)))
        at += 1 + 6 * steps
    boluses = tuple(unpack_from("<HBIH", binary, at + 9 * i) for i in range(scheduled))
    return Prescription(header, tuple(found), boluses, binary)


def _check_tables(binary):
    for character in binary[_TEXT_FROM:_TEXT_TO]:
        if character > 126:
            raise PrescriptionError("id or drug: not ASCII")
    at = calcsize(HEADER)
    patterns, scheduled = binary[at - 9], binary[at - 8]
    if patterns > ceilings.FLEX_PATTERNS or scheduled > ceilings.SCHEDULED_BOLUSES:
        raise PrescriptionError("too many flex patterns or scheduled boluses")
    for _ in range(patterns):
        if at >= len(binary):
            raise PrescriptionError("length: the tables do not fit")
        at += 1 + 6 * binary[at]
    if at + 9 * scheduled + 4 != len(binary):
        raise PrescriptionError("length: the tables do not fit")


def _within(name, value):
    lowest, highest = quantities.hard_range(name)
    if value == 0 and name in quantities.ZERO_IS_OFF:
        return
    if not lowest <= value <= highest:
        raise PrescriptionError("%s %d is outside %d to %d" % (name, value, lowest, highest))


def _check_ranges(p):
    if p.mode >= doses.MODES:
        raise PrescriptionError("mode %d" % p.mode)
    _within("concentration", p.concentration)
    if p.mode == doses.SIMPLE and not p.rate:
        raise PrescriptionError("rate: simple continuous needs one")
    _within("gate_1h", p.gate_1h_nl)
    _within("gate_24h", p.gate_24h_nl)
    _within("low_reservoir", p.low_reservoir_ul)
    _check_background(p, p.rate)
    if p.patient_dose:
        _check_bolus(p, p.patient_dose, p.patient_duration_s)
        _within("lockout", p.lockout_s)
        _within("boluses_per_24h", p.patient_count)
    if (p.mode == doses.FLEX) != bool(p.patterns):
        raise PrescriptionError("flex patterns belong to the flex mode")
    for pattern in p.patterns:
        _check_pattern(p, pattern)
    if p.patterns and max(p.week) >= len(p.patterns):
        raise PrescriptionError("week: no such pattern")
    for minute, days, dose, duration in p.scheduled:
        if minute >= 1440 or not 0 < days < 128:
            raise PrescriptionError("scheduled bolus: time or days")
        _check_bolus(p, dose, duration)
    _check_ceiling(p)


def _check_pattern(p, pattern):
    if not 0 < len(pattern) <= ceilings.FLEX_STEPS or pattern[0][0] != 0:
        raise PrescriptionError("flex pattern: the first step starts at 00:00")
    before = -1
    for start, rate in pattern:
        if not before < start < 1440:
            raise PrescriptionError("flex pattern: steps out of order")
        before = start
        _check_background(p, rate)


def _check_background(p, rate):
    _within("background", _nanolitres(p, rate))


def _check_bolus(p, dose, duration_s):
    _within("bolus_duration", duration_s)
    _within("bolus_volume", _nanolitres(p, dose))


def _check_ceiling(p):
    # One bolus at a time runs on top of the background: each of them with the highest background (SR-02), both as whole
    # nL per day times the bolus's seconds, so that no fraction of a nL is lost.
    background = _nanolitres(p, p.highest_background())
    boluses = [(p.patient_dose, p.patient_duration_s)] if p.patient_dose else []
    for _, _, dose, duration in p.scheduled:
        boluses.append((dose, duration))
    for dose, duration in boluses:
        if _nanolitres(p, dose) * 86_400 + background * duration > ceilings.CEILING_NL_PER_HOUR * 24 * duration:
            raise PrescriptionError("background and bolus together pass the ceiling of 1 mL/h")


def _nanolitres(p, nanograms):
    # Rounded up, so that no limit is passed by a fraction.
    return -(-nanograms * 1_000_000 // p.concentration)
