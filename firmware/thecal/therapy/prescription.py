"""The prescription as the board holds it: checksummed binary, compiled by the host, every range checked again here.

Layout, little endian, version 1 (all doses in ng, rates in ng/day, volumes in nL unless named):

    4s   magic "TCRX"          B  version        B  mode (tables.doses)      H  length in bytes, checksum included
    16s  id, ASCII, zero padded                  12s drug, ASCII, zero padded
    I    concentration, ng/mL
    I    rate, ng/day: of simple continuous; of flex while the wall time is unknown (fallback)
    I    patient bolus dose, 0: none             I  lockout, s      H  duration, s     B  activations per 24 h
    I    limit per 1 h, ng     I  limit per 24 h, ng
    I    gate limit per 1 h    I  gate limit per 24 h
    I    low reservoir warning, uL
    B    number of flex patterns                 B  number of scheduled boluses
    7s   index of the pattern for Monday to Sunday
    each pattern: B number of steps, then each step: H start, minute of the day; I rate, ng/day
    each scheduled bolus: H minute of the day; B days (bit 0 Monday); I dose; H duration, s
    I    CRC-32 of all before it

The first step of a pattern starts at minute 0 and each following step later than the one before, so that the steps cover
the day once without gap or overlap by construction (SR-10).
"""

from binascii import crc32
from struct import calcsize, pack, unpack_from

from thecal.tables import doses, quantities

_HEADER = "<4sBBH16s12sIIIIHBIIIIIBB7s"
_MAGIC = b"TCRX"
VERSION = 1


class PrescriptionError(ValueError):
    """A compiled prescription that the board refuses; the text names the field and the rule."""


class Prescription:
    """Values of one compiled prescription; see the module for units.

    patterns: tuple of tuples of (start minute, ng/day). scheduled: tuple of (minute, days, ng, seconds).
    """

    def __init__(self, binary):
        """Raises PrescriptionError where the binary is damaged, of another version or outside the hard ranges."""
        _check_envelope(binary)
        (
            _,
            _,
            self.mode,
            _,
            identity,
            drug,
            self.concentration,
            self.rate,
            self.patient_dose,
            self.lockout_s,
            self.patient_duration_s,
            self.patient_count,
            self.limit_1h,
            self.limit_24h,
            self.gate_1h_nl,
            self.gate_24h_nl,
            self.low_reservoir_ul,
            patterns,
            scheduled,
            self.week,
        ) = unpack_from(_HEADER, binary)
        self.id = identity.rstrip(b"\0").decode()
        self.drug = drug.rstrip(b"\0").decode()
        self.binary = bytes(binary)
        self._read_tables(patterns, scheduled)
        _check_ranges(self)

    def _read_tables(self, patterns, scheduled):
        binary, at = self.binary, calcsize(_HEADER)
        if patterns > quantities.FLEX_PATTERNS or scheduled > quantities.SCHEDULED_BOLUSES:
            raise PrescriptionError("too many flex patterns or scheduled boluses")
        try:
            found = []
            for _ in range(patterns):
                steps = binary[at]
                found.append(tuple(unpack_from("<HI", binary, at + 1 + 6 * i) for i in range(steps)))
                at += 1 + 6 * steps
            self.patterns = tuple(found)
            self.scheduled = tuple(unpack_from("<HBIH", binary, at + 9 * i) for i in range(scheduled))
        except (IndexError, ValueError):
            raise PrescriptionError("length: the tables do not fit") from None
        except Exception as error:  # struct.error has no name under MicroPython
            raise PrescriptionError("length: the tables do not fit") from error
        if at + 9 * scheduled + 4 != len(binary):
            raise PrescriptionError("length: bytes are left over")

    @property
    def crc(self):
        """The checksum as four bytes: what records call this prescription by."""
        return self.binary[-4:]

    def background(self, minute, weekday):
        """Background in ng/day at a minute of the day. Allocates nothing.

        minute: 0 to 1439 and weekday: 0 Monday to 6; or minute -1 while the wall time is unknown (fallback rate).
        """
        if self.mode == doses.SIMPLE or (self.mode == doses.FLEX and minute < 0):
            return self.rate
        if self.mode != doses.FLEX:
            return 0
        rate = 0
        for start, step_rate in self.patterns[self.week[weekday]]:
            if start > minute:
                break
            rate = step_rate
        return rate

    def next_change(self, minute, weekday):
        """The minute, up to 1440 for midnight, at which the flex rate may change next. Allocates nothing."""
        if self.mode == doses.FLEX and minute >= 0:
            for start, _ in self.patterns[self.week[weekday]]:
                if start > minute:
                    return start
        return 1440

    def highest_background(self):
        """The highest rate in ng/day that the programme ever asks for."""
        highest = self.rate if self.mode in (doses.SIMPLE, doses.FLEX) else 0
        for pattern in self.patterns:
            for _, rate in pattern:
                highest = max(highest, rate)
        return highest


def seal(body):
    """Compiled prescription from its bytes without checksum: the length is filled in and the CRC-32 appended."""
    body = body[:6] + pack("<H", len(body) + 4) + body[8:]
    return body + pack("<I", crc32(body))


def pack_header(*fields):
    """Header bytes from its fields in the order of the module's table, magic and version included."""
    return pack(_HEADER, _MAGIC, VERSION, *fields)


def _check_envelope(binary):
    if len(binary) < calcsize(_HEADER) + 4 or bytes(binary[:4]) != _MAGIC:
        raise PrescriptionError("not a compiled prescription")
    if binary[4] != VERSION:
        raise PrescriptionError("version %d, this firmware reads %d" % (binary[4], VERSION))
    if unpack_from("<H", binary, 6)[0] != len(binary):
        raise PrescriptionError("length")
    if unpack_from("<I", binary, len(binary) - 4)[0] != crc32(bytes(binary[:-4])):
        raise PrescriptionError("checksum")


def _within(name, value):
    lowest, highest = quantities.hard_range(name)
    if value == 0 and name in quantities.ZERO_IS_OFF:
        return
    if not lowest <= value <= highest:
        raise PrescriptionError("%s %d is outside %d to %d" % (name, value, lowest, highest))


def _check_ranges(p):
    if p.mode >= len(doses.MODES):
        raise PrescriptionError("mode %d" % p.mode)
    _within("concentration", p.concentration)
    if p.mode == doses.SIMPLE and not p.rate:
        raise PrescriptionError("rate: simple continuous needs one")
    _within("limit_1h", p.gate_1h_nl)
    _within("limit_24h", p.gate_24h_nl)
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
    if not 0 < len(pattern) <= quantities.FLEX_STEPS or pattern[0][0] != 0:
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
    # One bolus at a time runs on top of the background: the fastest of them with the highest background (SR-02).
    fastest = 0
    if p.patient_dose:
        fastest = _nanolitres(p, p.patient_dose) * 3600 // p.patient_duration_s
    for _, _, dose, duration in p.scheduled:
        fastest = max(fastest, _nanolitres(p, dose) * 3600 // duration)
    together = fastest + _nanolitres(p, p.highest_background()) // 24
    if together > quantities.CEILING_NL_PER_HOUR:
        raise PrescriptionError("background and bolus together pass the ceiling of 1 mL/h")


def _nanolitres(p, nanograms):
    # Rounded up, so that no limit is passed by a fraction.
    return -(-nanograms * 1_000_000 // p.concentration)
