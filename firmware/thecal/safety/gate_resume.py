"""Puts the gate's windows back to what they were before a reset. Loaded at the start only."""

from struct import unpack_from

from thecal.safety.gate import SNAPSHOT_BYTES


def count_unknown(gate, steps, seconds):
    """Steps given at times that nobody knows count as given now."""
    for window in (gate.hour, gate.day):
        window.turn(seconds)
        window.add(min(steps, 65_535))


def restore(gate, data, uncertain, seconds):
    """Windows from a snapshot; steps that may have been given since count as given now.

    uncertain: steps. seconds: pump time. Raises ValueError where the snapshot has another length.
    """
    if len(data) != SNAPSHOT_BYTES:
        raise ValueError("snapshot")
    at = 0
    for window in (gate.hour, gate.day):
        window.newest, window.former_limit, window.former_until = unpack_from("<III", data, at)
        at += 12
        window.total = 0
        for index in range(len(window.counts)):
            window.counts[index] = unpack_from("<H", data, at)[0]
            window.total += window.counts[index]
            at += 2
        window.turn(seconds)
        window.add(uncertain)
