"""The ledger: what was given, by kind, and what the rules on boluses need to remember. One small checksummed file.

It is written at every bolus, every change of state and every ten minutes of delivery; the steps given since are known
from the reserve mark. Step counts are of the pump's life.
"""

from array import array
from struct import pack

from thecal.records import files
from thecal.tables import ceilings, doses

MAGIC = b"TLG1"
PATH = "ledger"
_KINDS = doses.KINDS
GRANTS = 24
SLOTS = ceilings.SCHEDULED_BOLUSES
# Fixed numbers, then the arrays in the order of Ledger.arrays.
FORMAT = "<IIIIIIB%dI%dI%dI%dI%dI%dH%dH%dH" % (_KINDS, _KINDS, _KINDS, _KINDS, GRANTS, SLOTS, _KINDS, _KINDS)


class Ledger:
    """Plain storage; volumes in nL, times in pump s.

    is_lost: what is on flash cannot be read, and is not written over: at the next boot it would pass for the history.
    reserved, commanded, confirmed, reported: steps by dose kind (reported: commanded steps already in hourly records).
    grant_starts: pump seconds of patient boluses, 0 none. slot_days: per scheduled bolus the day it was last settled,
    days since 2020-01-01 plus 1, 0 never. bolus_granted, bolus_given: steps of the boluses in progress by kind.
    """

    def __init__(self, volume, clock):
        self._volume = volume
        self._clock = clock
        self.is_lost = False
        self.seconds = 0
        self.mark_total = 0
        self.uncertain = 0
        self.reservoir_set_nl = 0
        self.since_refill = 0
        self.last_bolus_end = 0
        self.holds = 0
        self.reserved = _zeros("I", _KINDS)
        self.commanded = _zeros("I", _KINDS)
        self.confirmed = _zeros("I", _KINDS)
        self.reported = _zeros("I", _KINDS)
        self.grant_starts = _zeros("I", GRANTS)
        self.slot_days = _zeros("H", SLOTS)
        self.bolus_granted = _zeros("H", _KINDS)
        self.bolus_given = _zeros("H", _KINDS)

    def save(self, mark_total, holds):
        """Write all of it. mark_total: steps reserved so far. holds: tables.states. Raises OSError."""
        if self.is_lost:
            raise OSError(files.EIO)
        self.seconds = self._clock.seconds
        self.mark_total = mark_total
        self.holds = holds
        values = [
            self.seconds,
            mark_total,
            self.uncertain,
            self.reservoir_set_nl,
            self.since_refill,
            self.last_bolus_end,
            holds,
        ]
        for counts in self.arrays():
            values.extend(counts)
        self._volume.write(PATH, files.seal(MAGIC, pack(FORMAT, *values)))

    def arrays(self):
        """All counts, in the order of FORMAT."""
        return (
            self.reserved,
            self.commanded,
            self.confirmed,
            self.reported,
            self.grant_starts,
            self.slot_days,
            self.bolus_granted,
            self.bolus_given,
        )


def _zeros(kind, count):
    return array(kind, bytearray(count * (4 if kind == "I" else 2)))
