"""The ledger: what was given up to the last full hour, and what the rules on boluses need to remember. One small
checksummed file.

It is written whenever a record was added that changes it, and holds nothing that those records do not tell: a host
rebuilds it from the journal to the byte. Counts by dose kind, which change with every step, are saved beside the
reserve mark. Step counts are of the pump's life.
"""

from array import array
from struct import pack

from thecal.records import files
from thecal.tables import alarms, ceilings, doses

MAGIC = b"TLG2"
PATH = "ledger"
GRANTS = 24
WATCHDOG_RESETS = 3
# The file: these numbers, then these arrays; their words are in Ledger.
FIXED = (
    "seconds",
    "sequence",
    "uncertain",
    "reservoir_set_nl",
    "measured_set_nl",
    "refill_total",
    "last_bolus_end",
    "moved_s",
    "holds",
    "granting",
)
ARRAYS = (
    "reported",
    "bolus_from",
    "grant_starts",
    "watchdog_resets",
    "slot_days",
    "bolus_granted",
    "alarms",
)
FORMAT = "<IIIIIIIIBB%dI%dI%dI%dI%dH%dH%dB" % (
    doses.KINDS,
    doses.KINDS,
    GRANTS,
    WATCHDOG_RESETS,
    ceilings.SCHEDULED_BOLUSES,
    doses.KINDS,
    len(alarms.ALARMS),
)


class Ledger:
    """Plain storage; volumes in nL, times in pump s.

    is_lost: what is on flash cannot be read, and is not written over: at the next boot it would pass for the history.
    seconds: of the newest thing in the file. sequence: how many journal records it accounts for, 0 where they do not
    tell all. uncertain: steps that may have been given. since_refill: steps commanded or uncertain since the refill;
    refill_total: those before it.
    reserved, commanded, confirmed, reported: steps by dose kind (reported: commanded steps already in hourly records).
    grant_starts: pump seconds of patient boluses, 0 none. slot_days: per scheduled bolus the day it was last settled,
    days since 2020-01-01 plus 1, 0 never. bolus_granted, bolus_given: steps of the boluses in progress by kind;
    bolus_from: commanded steps of the kind when its last bolus was granted. granting: slot * KINDS
    + kind + 1 of the bolus that is being granted while its record is not written yet, 0 none.
    stall: steps since one was last confirmed, uncertain ones too, and tries of a stall since somebody looked into it.
    measured_set_nl: what the level sensor says of the volume at the refill, 0 not known. moved_s: pump second of the
    last hourly totals with a step, or of commissioning. watchdog_resets: pump seconds of the last unplanned ones, 0
    none.
    alarms: the state of each alarm (safety.alarms).
    """

    def __init__(self, volume):
        self._volume = volume
        self.is_lost = False
        self.seconds = 0
        self.sequence = 0
        self.uncertain = 0
        self.reservoir_set_nl = 0
        self.measured_set_nl = 0
        self.since_refill = 0
        self.refill_total = 0
        self.last_bolus_end = 0
        self.moved_s = 0
        self.holds = 0
        self.granting = 0
        self.reserved = _zeros("I", doses.KINDS)
        self.commanded = _zeros("I", doses.KINDS)
        self.confirmed = _zeros("I", doses.KINDS)
        self.stall = _zeros("I", 2)
        self.reported = _zeros("I", doses.KINDS)
        self.bolus_from = _zeros("I", doses.KINDS)
        self.grant_starts = _zeros("I", GRANTS)
        self.watchdog_resets = _zeros("I", WATCHDOG_RESETS)
        self.slot_days = _zeros("H", ceilings.SCHEDULED_BOLUSES)
        self.bolus_granted = _zeros("H", doses.KINDS)
        self.bolus_given = _zeros("H", doses.KINDS)
        self.alarms = bytearray(len(alarms.ALARMS))

    def save(self, sequence, seconds, holds):
        """Write all of it; arguments as in account_for(). Raises OSError."""
        if self.is_lost:
            raise OSError(files.EIO)
        self.account_for(sequence, seconds, holds)
        self._volume.write(PATH, files.seal(MAGIC, self.to_bytes()))

    def account_for(self, sequence, seconds, holds):
        """sequence: number of the next journal record, 0 where the records do not tell all. seconds: pump second of the
        one before. holds: tables.states."""
        self.sequence = sequence
        self.seconds = max(seconds, self.last_bolus_end, *self.grant_starts)
        self.holds = holds
        self.refill_total = self.total() - self.since_refill

    def to_bytes(self):
        """What the file says, without its seal."""
        values = [getattr(self, name) for name in FIXED]
        for name in ARRAYS:
            values.extend(getattr(self, name))
        return pack(FORMAT, *values)

    def counts(self):
        """What goes with the reserve mark: steps by dose kind, and what is known of a stall."""
        return self.reserved, self.commanded, self.confirmed, self.stall

    def total(self):
        """Steps of the pump's life that were commanded or may have been given."""
        return sum(self.commanded) + self.uncertain


def _zeros(kind, count):
    return array(kind, bytearray(count * (4 if kind == "I" else 2)))
