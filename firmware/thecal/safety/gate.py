"""The last gate in the step path: no step passes that puts a trailing 1 h or 24 h sum above its limit (SR-03).

It counts steps of therapy, whatever they are for, in rings of whole buckets. The oldest bucket is only partly inside
the window and counts whole, so the gate never sees less than was given. It shares no arithmetic with the code that
plans doses, and its limits come from the committed prescription as volumes of their own. Steps that are no therapy pass
under a one-use allowance with an account of its own (safety.allowance), and otherwise not.
"""

from array import array
from struct import pack_into

from micropython import const

from thecal.safety.allowance import Allowance
from thecal.tables import ceilings, doses

# For each window: newest bucket, last limit, former limit and its end, then the counts.
SNAPSHOT_BYTES = const(2 * 16 + 2 * (61 + 97))
# The newest buckets of an hour: a minute more than what may pass from one snapshot to the next.
RECENT = const(11)


class Window:
    """Steps in the last (buckets - 1) * bucket_s seconds of pump time, and up to one bucket more.

    limit: 0 until one is committed. last_limit: the one committed last, also before a reset.
    """

    def __init__(self, buckets, bucket_s):
        self.counts = array("H", bytearray(2 * buckets))
        self.bucket_s = bucket_s
        self.total = 0
        self.newest = 0
        self.limit = self.last_limit = 0
        self.former_limit = 0
        self.former_until = 0

    def change_limit(self, limit, seconds):
        """A new limit in steps. What was legal under the former one stays in the window and goes on being legal in it.

        Of two that are lowered within a window, the later one counts as the former: stricter than need be."""
        if self.last_limit > limit:
            self.former_limit = self.last_limit
            self.former_until = seconds + len(self.counts) * self.bucket_s
        self.limit = self.last_limit = limit

    def full(self, seconds):
        """True where one more step would pass the limit. Allocates nothing."""
        self.turn(seconds)
        limit = self.limit
        if seconds < self.former_until and self.former_limit > limit:
            limit = self.former_limit
        return self.total >= limit

    def turn(self, seconds):
        """Bring the ring up to a pump second: buckets that left the window are emptied. Allocates nothing."""
        bucket = seconds // self.bucket_s
        size = len(self.counts)
        if bucket - self.newest > size:
            self.newest = bucket - size
        while self.newest < bucket:
            self.newest += 1
            index = self.newest % size
            self.total -= self.counts[index]
            self.counts[index] = 0

    def add(self, steps):
        """Count steps now."""
        self.counts[self.newest % len(self.counts)] += steps
        self.total += steps


class Gate:
    """Grants steps one by one. Without limits (no prescription) it grants none of therapy.

    is_past_known: False where what was given before the start is unknown and taken to be none (safety.gate_resume).
    """

    def __init__(self):
        self.allowance = Allowance()
        self.is_past_known = True
        self.hour = Window(ceilings.GATE_HOUR_BUCKETS, ceilings.GATE_HOUR_BUCKET_S)
        self.day = Window(ceilings.GATE_DAY_BUCKETS, ceilings.GATE_DAY_BUCKET_S)
        self.refused_window_h = 0

    def set_limits(self, hour_nl, day_nl, volume_per_step, seconds):
        """Limits of a prescription committed at this pump second, as volumes in nL; volume_per_step in pL.

        Rounded down to whole steps. After a change the higher of old and new binds until the old doses left the window.
        """
        self.hour.change_limit(hour_nl * 1000 // volume_per_step, seconds)
        self.day.change_limit(day_nl * 1000 // volume_per_step, seconds)

    def grant(self, seconds, kind, now):
        """Count one step of a kind at this pump second and tick and return True, or return False and count nothing.

        Allocates nothing. After a refusal refused_window_h (1 or 24) names the limit that was reached; 0: no allowance.
        """
        if kind >= doses.PRIME:
            self.refused_window_h = 0
            return self.allowance.take(kind, seconds, now)
        if self.day.full(seconds):
            self.refused_window_h = 24
            return False
        if self.hour.full(seconds):
            self.refused_window_h = 1
            return False
        self.hour.add(1)
        self.day.add(1)
        return True

    def refused(self):
        """(window in h, steps counted in it, its limit) of the last refusal; window 0: of the allowance."""
        if not self.refused_window_h:
            return 0, self.allowance.given, self.allowance.granted
        if self.refused_window_h == 24:
            return 24, self.day.total, self.day.limit
        return 1, self.hour.total, self.hour.limit

    def recent(self):
        """The newest bucket's number and the counts of the last RECENT, newest first, as bytes for the reserve mark."""
        hour = self.hour
        data = bytearray(4 + 2 * RECENT)
        pack_into("<I", data, 0, hour.newest)
        for back in range(RECENT):
            pack_into("<H", data, 4 + 2 * back, hour.counts[(hour.newest - back) % len(hour.counts)])
        return bytes(data)

    def snapshot(self):
        """Both windows as bytes for the records."""
        data = bytearray(SNAPSHOT_BYTES)
        at = 0
        for window in (self.hour, self.day):
            pack_into("<4I", data, at, window.newest, window.last_limit, window.former_limit, window.former_until)
            at += 16
            for count in window.counts:
                pack_into("<H", data, at, count)
                at += 2
        return bytes(data)
