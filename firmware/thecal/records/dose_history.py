"""What was planned and given in the last 24 h of pump time, as admission sums it: background rates and boluses.

Its own small checksummed file, written before a bolus is granted, after one has ended and when the rate changes, so
that a power cut leaves it telling of too much rather than of too little. With a flex day of 24 steps and 24 boluses it
stays under the 512 bytes that LittleFS keeps inline, in a folder of its own, which costs an eighth of an erase. Both
lists are bounded: where one overflows, its two oldest entries become one that covers both.
"""

from array import array
from struct import pack

from micropython import const

from thecal.records import files

MAGIC = b"TDH1"
FOLDER = "given"
PATH = "given/doses"
# Rates: one for each step of a flex day, and holds. Boluses: more than lockout and count ever let a patient have.
RATES = const(32)
BOLUSES = const(40)
# Pump second it was written, known_from, number of rates and of boluses. Then each rate: 3 bytes since, I ng/day; and
# each bolus: I start and, in its highest byte, kind; I ng; 3 bytes from start to end. Since and start are seconds back
# from the end of the second it was written.
HEADER = "<IIBB"
RATE_BYTES = const(7)
BOLUS_BYTES = const(11)
_LONGEST = const(0xFFFFFF)
_DAY_S = const(86_400)


class DoseHistory:
    """Plain storage, oldest first; times in pump s, rates in ng/day, doses in ng.

    since, rates: background from that second on. starts, ends, doses, kinds: boluses; kind (tables.doses) 0 once over,
    and then `doses` is what was given. A second is counted from its beginning at a start and to its end at an end.
    known_from: pump second from which all of the last 24 h is known. is_lost: as in records.ledger.
    """

    def __init__(self, volume, clock):
        self._volume = volume
        self._clock = clock
        self.is_lost = False
        self.seconds = 0
        self.known_from = 0
        self.rate_count = 0
        self.since = array("I", bytearray(4 * RATES))
        self.rates = array("I", bytearray(4 * RATES))
        self.bolus_count = 0
        self.starts = array("I", bytearray(4 * BOLUSES))
        self.ends = array("I", bytearray(4 * BOLUSES))
        self.doses = array("I", bytearray(4 * BOLUSES))
        self.kinds = bytearray(BOLUSES)

    def save(self):
        """Write all of it. Raises OSError."""
        if self.is_lost:
            raise OSError(files.EIO)
        self.seconds = self._clock.seconds
        data = pack(HEADER, self.seconds, self.known_from, self.rate_count, self.bolus_count)
        after = self.seconds + 1
        for index in range(self.rate_count):
            data += pack("<I", min(after - self.since[index], _LONGEST))[:3] + pack("<I", self.rates[index])
        for index in range(self.bolus_count):
            start = self.starts[index]
            data += pack("<II", min(after - start, _LONGEST) | self.kinds[index] << 24, self.doses[index])
            data += pack("<I", min(self.ends[index] - start, _LONGEST))[:3]
        self._volume.write(PATH, files.seal(MAGIC, data))

    def rate_is(self, rate):
        """The background is planned at this rate from now on; True where that is a change. Allocates nothing else.

        A rise counts from the beginning of this second, a fall from its end.
        """
        count = self.rate_count
        before = self.rates[count - 1] if count else 0
        if rate == before:
            return False
        now = self._clock.seconds
        since = now if rate > before else now + 1
        while self.rate_count > 1 and self.since[1] <= now - _DAY_S:
            self._drop_oldest_rate()
        while self.rate_count and self.since[self.rate_count - 1] >= since:
            # Of the same second; above what came before, it counts from the beginning of that second.
            self.rate_count -= 1
            if self.rate_count and rate <= self.rates[self.rate_count - 1]:
                since = self.since[self.rate_count]
        if self.rate_count == RATES:
            self.rates[1] = max(self.rates[0], self.rates[1])
            self.since[1] = self.since[0]
            self._drop_oldest_rate()
        self.since[self.rate_count] = since
        self.rates[self.rate_count] = rate
        self.rate_count += 1
        return True

    def begin(self, kind, end, dose, duration_s):
        """A bolus of a kind (0: one that is over) begins now; what else is in progress may end later by its duration.

        end: pump second at which it is over at the latest.
        """
        now = self._clock.seconds
        index = 0
        while index < self.bolus_count:
            if self.kinds[index]:
                self.ends[index] += duration_s
            elif self.ends[index] < now - _DAY_S:
                self._take_out(index)
                continue
            index += 1
        if self.bolus_count == BOLUSES:
            self._merge_oldest()
        self._put(self.bolus_count, now, end, dose, kind)
        self.bolus_count += 1

    def end(self, kind, dose):
        """The bolus of a kind is over; dose: of the steps that it gave, rounded up."""
        for index in range(self.bolus_count):
            if self.kinds[index] == kind:
                self._put(index, self.starts[index], self._clock.seconds + 1, dose, 0)

    def latest_end(self):
        """The pump second at which the last bolus in progress is over at the latest; 0 where none is."""
        latest = 0
        for index in range(self.bolus_count):
            if self.kinds[index]:
                latest = max(latest, self.ends[index])
        return latest

    def _drop_oldest_rate(self):
        self.rate_count -= 1
        for index in range(self.rate_count):
            self.since[index] = self.since[index + 1]
            self.rates[index] = self.rates[index + 1]

    def _put(self, index, start, end, dose, kind):
        self.starts[index] = start
        self.ends[index] = end
        self.doses[index] = dose
        self.kinds[index] = kind

    def _take_out(self, index):
        self.bolus_count -= 1
        for at in range(index, self.bolus_count):
            self._put(at, self.starts[at + 1], self.ends[at + 1], self.doses[at + 1], self.kinds[at + 1])

    def _merge_oldest(self):
        # Of those that are over; one of each kind at the most is in progress.
        first = 0
        while self.kinds[first]:
            first += 1
        second = first + 1
        while self.kinds[second]:
            second += 1
        end = max(self.ends[first], self.ends[second])
        # At its end the sum stands above every limit.
        dose = min(self.doses[first] + self.doses[second], 0xFFFFFFFF)
        self._put(second, self.starts[first], end, dose, 0)
        self._take_out(first)
