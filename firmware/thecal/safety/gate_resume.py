"""Puts the gate's windows back to what they were before a reset. Loaded at the start only."""

from struct import unpack_from

from micropython import const

from thecal.safety.gate import RECENT, SNAPSHOT_BYTES

# More steps than this since the snapshot, and it tells nothing of the last 24 h (15 mL; a count holds 65,535 steps).
_MOST_UNCERTAIN = const(60_000)


def restore(gate, data, since, seconds, recent=b""):
    """Windows from a snapshot, empty ones where it is empty. Of the steps that may have been given since, those that
    the newest buckets beside the reserve mark tell of are put there; the others count as given now.

    since: steps. seconds: pump time. recent: Gate.recent() of the last mark, empty where it has none. Raises ValueError
    where the snapshot is None, too old or of another length.
    """
    if data is None or since > _MOST_UNCERTAIN or len(data) not in (0, SNAPSHOT_BYTES):
        raise ValueError("snapshot")
    at = 0
    for window in (gate.hour, gate.day):
        if data:
            window.newest, window.last_limit, window.former_limit, window.former_until = unpack_from("<4I", data, at)
            at += 16
            window.total = 0
            for index in range(len(window.counts)):
                window.counts[index] = unpack_from("<H", data, at)[0]
                window.total += window.counts[index]
                at += 2
    if len(recent) == 4 + 2 * RECENT:
        since -= _put(gate, recent)
    for window in (gate.hour, gate.day):
        window.turn(seconds)
        window.add(max(since, 0))


def _put(gate, recent):
    # A bucket tells of as many steps as the one of both that was written later.
    hour, found = gate.hour, 0
    newest = unpack_from("<I", recent)[0]
    for back in range(RECENT - 1, -1, -1):
        bucket = newest - back
        if bucket < 0 or hour.newest - bucket >= len(hour.counts):
            continue
        seconds = bucket * hour.bucket_s
        hour.turn(seconds)
        more = unpack_from("<H", recent, 4 + 2 * back)[0] - hour.counts[bucket % len(hour.counts)]
        if more > 0:
            gate.day.turn(seconds)
            for window in (hour, gate.day):
                window.counts[seconds // window.bucket_s % len(window.counts)] += more
                window.total += more
            found += more
    return found


def assume(gate, earned_between, cost, most, seconds):
    """Fill the windows of a gate whose past is unknown with what a programme gave, in place of nothing.

    earned_between: callable(a, b), what was earned from a to b seconds before now, and each step cost so much of it.
    most: steps ever given. seconds: pump time.
    """
    for window in (gate.hour, gate.day):
        window.turn(seconds)
        earned = steps = since = 0
        for bucket in range(window.newest, max(window.newest - len(window.counts), -1), -1):
            before = seconds - bucket * window.bucket_s
            earned += earned_between(since, before)
            since = before
            given = min(earned // cost, most) - steps
            window.counts[bucket % len(window.counts)] = given
            window.total += given
            steps += given
