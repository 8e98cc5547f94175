"""What a clinician does to the pump. Loaded when it is first done, as it is done rarely."""

from thecal.tables import alarms, ceilings, doses, events, states
from thecal.therapy.clinician import answer_clinician
from thecal.therapy.prescription_check import check_bolus, checked, highest_background


def ask_bolus(body, boluses, dose, duration_s):
    """Grant or refuse a single bolus: (reason, pump second from which it no longer binds, or NEVER). dose: ng.

    Raises PrescriptionError for a duration or volume outside the hard ranges.
    """
    now = body.clock.now()
    reason, when, steps = body.bolus_block(), doses.NEVER, 0
    if reason == doses.GRANTED:
        prescription = body.prescription
        check_bolus(prescription, dose, duration_s)
        steps = boluses.steps(dose)
        volume = -(-dose * 1_000_000 // prescription.concentration)
        background = -(-highest_background(prescription) * 1_000_000 // prescription.concentration // 24)
        busy_until = _busy_until(body, boluses, now)
        ceiling = ceilings.CEILING_NL_PER_HOUR
        reason, when = answer_clinician(volume, duration_s, background, ceiling, steps, busy_until)
    if reason != doses.GRANTED:
        body.record(events.REFUSED, "<BBHI", doses.CLINICIAN, reason, steps, when)
        return reason, when
    return boluses.grant(doses.CLINICIAN, 0, steps, duration_s, dose, now), body.clock.seconds


def _busy_until(body, boluses, now):
    # A scheduled bolus does not keep a clinician's out: it is suspended.
    if not (boluses.running(doses.PATIENT) or boluses.running(doses.CLINICIAN)):
        return 0
    return body.clock.seconds + body.plan.bolus.ms_to_end(now) // 1000 + 1


def program(body, boluses, programme, monitor, setting, binary):
    """Check a compiled prescription, store it and run it in place of the old one.

    Raises PrescriptionError (nothing changed) or OSError (the old one runs on).
    """
    prescription = checked(binary)
    setting.save(prescription.binary)
    boluses.end_all(doses.STOPPED_EARLY)
    body.prescribe(prescription, body.volume_per_step)
    monitor.prescribed(prescription)
    body.release(states.NO_PRESCRIPTION)
    body.alarms.set(alarms.PROGRAMME_INCOMPLETE, False)
    programme.apply_holds()


def set_clock(body, programme, wall, quality):
    """wall: s since 2020-01-01 local; quality WALL_UNKNOWN takes the time away."""
    clock = body.clock
    before = clock.wall()
    if quality:
        clock.set_wall(wall, quality)
    else:
        clock.lose_wall()
    programme.clock_changed(before)


def set_reservoir(body, monitor, volume_nl):
    """The reservoir was filled to this volume, in nL."""
    body.ledger.reservoir_set_nl = volume_nl
    body.ledger.since_refill = 0
    monitor.refilled()
    body.record(events.RESERVOIR_SET, "<II", volume_nl, max(monitor.measured(), 0) * 10_000)
    body.save_ledger()
