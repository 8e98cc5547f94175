"""Reads the history of doses back after a reset, and begins an empty one. Loaded at the start only."""

from struct import calcsize, unpack_from

from thecal.records import dose_history, files


def write_empty(volume, clock):
    """The history of a pump that has given nothing yet. Raises OSError."""
    volume.mkdir(dose_history.FOLDER)
    dose_history.DoseHistory(volume, clock).save()


def resume_doses(volume, history):
    """Fill records.dose_history.DoseHistory from its file; False where that is missing, damaged or unreadable.

    A bolus that was in progress keeps its whole dose, as nobody knows how much of it was given.
    """
    try:
        volume.mkdir(dose_history.FOLDER)
        body = files.unseal(dose_history.MAGIC, volume.read(dose_history.PATH))
    except OSError:
        return False
    at = calcsize(dose_history.HEADER)
    if body is None or len(body) < at:
        return False
    history.seconds, history.known_from, rates, boluses = unpack_from(dose_history.HEADER, body)
    size = at + dose_history.RATE_BYTES * rates + dose_history.BOLUS_BYTES * boluses
    if rates > dose_history.RATES or boluses > dose_history.BOLUSES or len(body) != size:
        return False
    after = history.seconds + 1
    for index in range(rates):
        age, history.rates[index] = unpack_from("<I", body[at : at + 3] + b"\0")[0], unpack_from("<I", body, at + 3)[0]
        history.since[index] = max(after - age, 0)
        at += dose_history.RATE_BYTES
    for index in range(boluses):
        age, history.doses[index] = unpack_from("<II", body, at)
        start = max(after - (age & 0xFFFFFF), 0)
        history.kinds[index] = age >> 24
        history.starts[index] = start
        history.ends[index] = start + unpack_from("<I", body[at + 8 : at + 11] + b"\0")[0]
        at += dose_history.BOLUS_BYTES
    history.rate_count, history.bolus_count = rates, boluses
    return True


def close(history, seconds):
    """Boluses that were in progress at the reset are over, now at the latest. True where one was."""
    found = False
    for index in range(history.bolus_count):
        if history.kinds[index]:
            history.kinds[index] = 0
            history.ends[index] = max(history.ends[index], seconds + 1)
            found = True
    return found
