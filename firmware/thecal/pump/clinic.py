"""What a clinician does to the pump. Loaded when it is first done, as it is done rarely."""

from thecal.tables import ceilings, doses, events, states
from thecal.therapy.clinician import answer_clinician
from thecal.therapy.prescription_check import PrescriptionError, check_bolus, checked


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
        background = -(-prescription.highest_background() * 1_000_000 // prescription.concentration // 24)
        busy_until = _busy_until(body, boluses, now)
        ceiling = ceilings.CEILING_NL_PER_HOUR
        reason, when = answer_clinician(volume, duration_s, background, ceiling, steps, busy_until)
        reason, when = boluses.within(_limits(prescription), steps, duration_s, boluses.free_from(), reason, when)
    if reason != doses.GRANTED:
        body.record(events.REFUSED, "<BBHI", doses.CLINICIAN, reason, steps, when)
        return reason, when
    return boluses.grant(doses.CLINICIAN, 0, steps, duration_s, dose, now), body.clock.seconds


def _limits(prescription):
    # Where nobody set limits, those of admission leave room for the programme at its worst; a clinician's bolus that
    # the gate would cut short is not begun.
    per_ml = prescription.concentration
    return (
        min(prescription.limit_1h, prescription.gate_1h_nl * per_ml // 1_000_000),
        min(prescription.limit_24h, prescription.gate_24h_nl * per_ml // 1_000_000),
    )


def _busy_until(body, boluses, now):
    # A scheduled bolus does not keep a clinician's out: it is suspended.
    if not (boluses.running(doses.PATIENT) or boluses.running(doses.CLINICIAN)):
        return 0
    return body.clock.seconds + body.plan.bolus.ms_to_end(now) // 1000 + 1


def program(body, boluses, programme, reservoir, setting, binary):
    """Check a compiled prescription, store it and run it in place of the old one.

    Raises PrescriptionError (nothing changed) or OSError (the old one runs on).
    """
    prescription = checked(binary)
    if not body.volume_per_step:
        raise PrescriptionError("no calibration: calibrate first")
    setting.save(prescription.binary)
    boluses.end_all(doses.STOPPED_EARLY)
    body.prescribe(prescription, body.volume_per_step)
    reservoir.prescribed(prescription)
    body.release(states.NO_PRESCRIPTION)
    programme.apply_holds()
    # The boluses that ended are not to be found in progress after a reset, and recorded as dropped.
    body.save_ledger()


def set_clock(body, programme, wall, quality):
    """wall: s since 2020-01-01 local; quality WALL_UNKNOWN takes the time away. Raises OSError where the clock chip
    does not take it; the pump's own time is not changed then."""
    clock = body.clock
    before = clock.wall()
    if quality:
        if body.keep_time is not None:
            body.keep_time(wall)
        clock.set_wall(wall, quality)
    else:
        clock.lose_wall()
    programme.clock_changed(before)


def set_reservoir(body, reservoir, volume_nl):
    """The reservoir was filled to this volume, in nL."""
    body.ledger.reservoir_set_nl = volume_nl
    body.ledger.since_refill = 0
    reservoir.refilled()
    body.record(events.RESERVOIR_SET, "<III", volume_nl, max(reservoir.measured(), 0) * 10_000, body.ledger.total())
    body.save_ledger()


def restart(body, delivery, reset, kind):
    """Record a planned reset, cut the motor, save all state and reset. kind: of tables.restarts.

    reset: callable(kind), see records.planned. Raises OSError where the reset cannot be marked; none is done then.
    """
    delivery.stop_motor()
    body.record(events.PLANNED_RESET, "<B", kind)
    body.save_windows()
    body.save_ledger()
    reset(kind)
