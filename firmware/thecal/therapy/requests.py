"""Whether a bolus may start: lockout, rolling count and the other reasons to refuse (PR-07, SR-05, SR-06).

Pure: pump time and history come as arguments. Every refusal names its reason and the pump second from which that reason
no longer binds, or NEVER. A refusal changes nothing.
"""

from thecal.tables import doses

DAY_S = 86_400


class GrantHistory:
    """Pump seconds of the last patient boluses that were granted, and when the last one ended.

    starts: array or list of 24 pump seconds, 0 where there was none; it is the ledger's own storage.
    """

    def __init__(self, starts):
        self.starts = starts
        self.last_end = 0

    def granted(self, seconds):
        """Keep a grant in place of the oldest."""
        oldest = 0
        for index in range(len(self.starts)):
            if self.starts[index] < self.starts[oldest]:
                oldest = index
        self.starts[oldest] = seconds

    def take_back(self, seconds):
        """Forget a grant of this second: nothing of it was given."""
        for index in range(len(self.starts)):
            if self.starts[index] == seconds:
                self.starts[index] = 0
                return

    def count(self, seconds):
        """Grants in the 24 h of pump time before `seconds`."""
        count = 0
        for start in self.starts:
            if start and seconds - start < DAY_S:
                count += 1
        return count

    def count_free_at(self, seconds, allowed):
        """Pump second from which fewer than `allowed` grants lie in the 24 h before; `seconds` itself if now."""
        if self.count(seconds) < allowed:
            return seconds
        recent = sorted(start for start in self.starts if start and seconds - start < DAY_S)
        return recent[-allowed] + DAY_S


def answer_patient(prescription, steps, history, seconds, running):
    """(reason, pump second from which it no longer binds) for a patient's request.

    steps: of one patient bolus, rounded down. running: True while a patient bolus is being given.
    The most limiting reason is named: the one that binds longest.
    """
    if not prescription.patient_dose:
        return doses.NOT_PRESCRIBED, doses.NEVER
    if steps < 1:
        return doses.TOO_SMALL, doses.NEVER
    count_free = history.count_free_at(seconds, prescription.patient_count)
    if running:
        end = max(history.starts) + prescription.patient_duration_s
        return doses.BOLUS_RUNNING, max(end + prescription.lockout_s, count_free)
    lockout_free = history.last_end + prescription.lockout_s if history.last_end else 0
    if count_free > seconds and count_free >= lockout_free:
        return doses.COUNT_24H, count_free
    if lockout_free > seconds:
        return doses.LOCKOUT, lockout_free
    return doses.GRANTED, seconds
