"""The prescription as the board holds it: checksummed binary, compiled by the host.

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

The first step of a pattern starts at minute 0 and each following step later than the one before, so that the steps
cover the day once without gap or overlap by construction (SR-10).
"""

from thecal.tables import doses


class Prescription:
    """Values of one compiled prescription, filled in by therapy.prescription_check; see the module for units.

    patterns: tuple of tuples of (start minute, ng/day). scheduled: tuple of (minute, days, ng, seconds).
    """

    def __init__(self, header, patterns, scheduled, binary):
        """header: the fields of HEADER as unpacked; binary: all bytes."""
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
            _,
            _,
            self.week,
        ) = header
        self.id = identity.rstrip(b"\0").decode()
        self.drug = drug.rstrip(b"\0").decode()
        self.patterns = patterns
        self.scheduled = scheduled
        self.binary = binary

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

    def highest_background(self):
        """The highest rate in ng/day that the programme ever asks for; the minimum rate is none."""
        highest = self.rate if self.mode in (doses.SIMPLE, doses.FLEX) else 0
        for pattern in self.patterns:
            for _, rate in pattern:
                highest = max(highest, rate)
        return highest

    def next_change(self, minute, weekday):
        """The minute, up to 1440 for midnight, at which the flex rate may change next. Allocates nothing."""
        if self.mode == doses.FLEX and minute >= 0:
            for start, _ in self.patterns[self.week[weekday]]:
                if start > minute:
                    return start
        return 1440
