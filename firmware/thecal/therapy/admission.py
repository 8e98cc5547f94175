"""When a bolus may start so that every window of 1 h and of 24 h that it can fall in stays within its limit (SR-04).

Looking back is not enough: the background goes on after the bolus, so the window that a bolus makes too full may end
hours later. So the doses of the last day and the programme of the coming ones are summed over every window that touches
the bolus. Two rules keep that simple, and never let too much through:

* A bolus, past, running or to come, counts whole in every window that touches any part of it.
* The background counts exactly, and in each window is rounded up to whole steps.

What a window holds then only changes its slope where the rate changes at one of its ends, and only jumps where a bolus
begins or ends to touch it. So one walk over the windows, from one such moment to the next, finds all that are too full,
and with them the first second from which the bolus fits.

Pure: times in pump s, rates in ng/day, doses in ng, what a window holds of the background in ng/day * s. In these a
step is 27 * C * V / 312500 with C in ng/mL and V in pL.
"""

from micropython import const

from thecal.tables import doses
from thecal.therapy.background import dose_of_earn, earn_of_minimum_rate

_HOUR_S = const(3_600)
DAY_S = const(86_400)
# A scheduled bolus may still start so late after its time (SR-09).
_ON_TIME_S = const(5)
# Later than any moment that is looked at.
_FAR = const(0x3FFFFFFF)


def first_free(prescription, history, now, settled, bolus, limits, from_s):
    """(GRANTED, from_s), or the limit that binds and the pump second from which it does not, or NEVER.

    history: as records.dose_history.DoseHistory. now: (pump s, wall s or 0 unknown, weekday). settled: for each
    scheduled bolus the day on which it was last settled plus 1. bolus: (ng, s, pL per step); the s from its start to
    its end at the latest. limits: ng in (1 h, 24 h). from_s: not before now.
    """
    dose, span, volume_per_step = bolus
    last, until = _horizon(prescription, history, now, from_s, span)
    given = _boluses(prescription, history, now, settled, from_s, span, until)
    if not now[1]:
        # Somebody may set the clock at any moment, and so bring any day's boluses into any window.
        dose += _worst_day(prescription)
    step = prescription.concentration * volume_per_step
    reason = doses.GRANTED
    start = from_s
    while True:
        free = _free(prescription, history, now, given, dose, span, limits[1], step, DAY_S, start, last)
        if free > start:
            reason, start = doses.LIMIT_24H, free
        if start < doses.NEVER:
            free = _free(prescription, history, now, given, dose, span, limits[0], step, _HOUR_S, start, last)
            if free > start:
                reason, start = doses.LIMIT_1H, free
                if start < doses.NEVER:
                    continue
        return reason, start


class _Background:
    """Walks along a background: its rate at one moment, and when that changes next."""

    def __init__(self, changes, at):
        self._changes = changes
        self.rate = 0
        self._at = at
        self.next, self._next_rate = next(changes)
        self.walk(at)

    def walk(self, to):
        """Go on to a moment; returns what is given until then."""
        held = 0
        while self.next <= to:
            if self.next > self._at:
                held += self.rate * (self.next - self._at)
                self._at = self.next
            self.rate = self._next_rate
            self.next, self._next_rate = next(self._changes)
        held += self.rate * (to - self._at)
        self._at = to
        return held


def _free(prescription, history, now, given, dose, span, limit, step, length, start, last):
    # The first second from `start` on at which a bolus touches no window of this length that it makes too full.
    window = start - length
    tail = _Background(_changes(prescription, history, now), window)
    head = _Background(_changes(prescription, history, now), window)
    held = head.walk(start)
    jumps = []
    for begin, end, amount in given:
        if end >= window:
            jumps.append((begin - length, amount))
            jumps.append((end + 1, -amount))
    jumps.append((_FAR, 0))
    jumps.sort()
    index = 0
    while True:
        while jumps[index][0] <= window:
            dose += jumps[index][1]
            index += 1
        # What the background may hold beside the boluses, rounded down to whole steps.
        room = (limit - dose) * 1_000_000_000 // step * 27 * step // 312_500 if dose <= limit else -1
        until = min(tail.next, head.next - length, jumps[index][0])
        slope = head.rate - tail.rate
        # The windows that begin at `window` up to, not including, `until`: which of them are too full?
        bad = until
        bad_to = until - 1
        if held > room:
            bad = window
            if slope < 0:
                bad_to = min(bad_to, window + (held - room - 1) // -slope)
        elif slope > 0:
            bad = window + (room - held) // slope + 1
        if bad < until:
            if bad > start + span:
                return start
            start = bad_to + length + 1
            if start > last:
                return doses.NEVER
        if until > start + span:
            return start
        if head.next <= until + length:
            head.walk(until + length)
        if tail.next <= until:
            tail.walk(until)
        held += slope * (until - window)
        window = until


def _changes(prescription, history, now):
    """(pump s, ng/day) of each change of the background, past and programmed, without end."""
    seconds, wall, weekday = now
    for index in range(history.rate_count):
        if history.since[index] < seconds:
            yield history.since[index], history.rates[index]
    if not wall or prescription.mode != doses.FLEX:
        # Somebody may set the clock at any moment, so any rate of a flex programme may be the one that comes.
        rate = prescription.highest_background()
        if prescription.mode == doses.MINIMUM_RATE:
            rate = dose_of_earn(earn_of_minimum_rate(prescription.concentration))
        yield seconds, rate
        while True:
            yield _FAR, rate
    yield seconds, prescription.background(wall % DAY_S // 60, weekday)
    midnight = seconds - wall % DAY_S
    while True:
        for minute, rate in prescription.patterns[prescription.week[weekday]]:
            if midnight + minute * 60 > seconds:
                yield midnight + minute * 60, rate
        midnight += DAY_S
        weekday = (weekday + 1) % 7


def _horizon(prescription, history, now, from_s, span):
    """(last second to be tried, first second that no window of it touches any more).

    Once every known bolus has left the windows, all that follows is the programme, which repeats daily or weekly.
    """
    last = max(now[0], from_s)
    for index in range(history.bolus_count):
        last = max(last, history.ends[index] + span)
    last += DAY_S + 1
    if now[1]:
        days = 1
        for slot in prescription.scheduled:
            days = 7 if slot[1] != 127 else days
        if prescription.mode == doses.FLEX:
            for pattern in prescription.week:
                days = 7 if pattern != prescription.week[0] else days
        if prescription.scheduled or prescription.mode == doses.FLEX:
            last += days * DAY_S
    return last, last + span + DAY_S


def _boluses(prescription, history, now, settled, from_s, span, until):
    """(start, end, ng) of every bolus, given, in progress or scheduled before `until`.

    One that can still be held back by the bolus that is asked for may end later by that.
    """
    found = []
    for index in range(history.bolus_count):
        end = history.ends[index]
        if history.kinds[index] and end >= from_s:
            end += span
        found.append((history.starts[index], end, history.doses[index]))
    seconds, wall, weekday = now
    if not wall:
        return found
    midnight = seconds - wall % DAY_S
    day = wall // DAY_S
    while midnight < until:
        for slot in range(len(prescription.scheduled)):
            minute, days, dose, duration_s = prescription.scheduled[slot]
            start = midnight + minute * 60
            if days >> weekday & 1 and settled[slot] <= day and start + _ON_TIME_S >= seconds:
                found.append((start, start + _ON_TIME_S + duration_s + span, dose))
        midnight += DAY_S
        day += 1
        weekday = (weekday + 1) % 7
    return found


def _worst_day(prescription):
    worst = 0
    for weekday in range(7):
        total = 0
        for _, days, dose, _ in prescription.scheduled:
            total += dose if days >> weekday & 1 else 0
        worst = max(worst, total)
    return worst
