"""Whether a clinician's single bolus may start (PR-06)."""

from thecal.tables import doses


def answer_clinician(dose_nl, duration_s, background_nl_per_hour, ceiling_nl_per_hour, steps, busy_until):
    """(reason, pump second from which it no longer binds, or NEVER) for a clinician's single bolus.

    Volumes in nL, rates in nL/h. busy_until: pump second at which the bolus in progress ends, 0 where none is.
    """
    if steps < 1:
        return doses.TOO_SMALL, doses.NEVER
    if busy_until:
        return doses.BOLUS_RUNNING, busy_until
    if -(-dose_nl * 3600 // duration_s) + background_nl_per_hour > ceiling_nl_per_hour:
        return doses.RATE_CEILING, doses.NEVER
    return doses.GRANTED, 0
