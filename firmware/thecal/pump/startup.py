"""From power-on to therapy: what the records say, the self-test, and why delivery may be held."""

from thecal.safety import gate_resume, selftest
from thecal.tables import alarms, doses, events, states
from thecal.therapy.prescription_check import PrescriptionError, checked


def take_up_records(body, history, resume, volume):
    """Go on from what the flash holds: times, counts, windows. Returns (selftest bits, uncertain steps).

    resume: the module records.resume. Steps that may have been given since the last checkpoint count as given (SR-37).
    A ledger or mark that cannot be read holds delivery, and stays as it is; without a journal the background goes on.
    """
    try:
        journal_seconds = resume.resume_journal(volume, body.journal)
    except OSError:
        journal_seconds = 0
    try:
        ledger_sound = resume.resume_ledger(volume, body.ledger)
        mark_seconds = resume.resume_mark(volume, body.mark)
    except OSError:
        ledger_sound, mark_seconds = False, -1
    then_reserved, snapshot = resume.load_windows(volume) or (0, b"")
    body.clock.restore(max(journal_seconds, body.ledger.seconds, mark_seconds))
    history.last_end = body.ledger.last_bolus_end
    body.alarms.resume()
    if mark_seconds < 0 or not ledger_sound:
        body.ledger.is_lost = body.windows.is_lost = True
        return selftest.RECORDS, 0
    # A mark that the flash refused to take is behind the others: the highest count is the one that was given.
    reserved = max(body.mark.committed, body.ledger.mark_total, then_reserved)
    body.mark.total = body.mark.committed = reserved
    uncertain = reserved - body.ledger.mark_total
    body.ledger.uncertain += uncertain
    body.ledger.since_refill += uncertain
    try:
        gate_resume.restore(body.gate, snapshot, reserved - then_reserved, body.clock.seconds)
    except ValueError:
        # No snapshot: steps were given and nobody knows when, so they count as given now.
        gate_resume.count_unknown(body.gate, reserved, body.clock.seconds)
    return 0, uncertain


def record_boot(body, reset_cause, uncertain):
    """First records of a boot."""
    body.record(events.BOOT, "<BBHI", reset_cause, 0, 0, body.mark.committed)
    if uncertain:
        body.record(events.UNCERTAIN, "<II", uncertain, body.mark.committed)
    if body.journal.damaged:
        body.alarms.set(alarms.RECORDS_FAILING, True)


def power_on_test(motor_was_off, level_reading, buttons_stuck, wait_took_ms):
    """Bits of safety.selftest for what can be tested without moving anything."""
    failures = 0 if motor_was_off else selftest.MOTOR_NOT_OFF
    failures |= selftest.level_sensor_failure(level_reading)
    failures |= selftest.clock_failure(wait_took_ms)
    return failures | (selftest.STUCK_BUTTON if buttons_stuck else 0)


def take_up_programme(body, calibration, binary, rotation_check, monitor):
    """Prescribe what the settings hold; what is missing or damaged holds delivery with a visible reason.

    calibration: records.calibration.Calibration or None. binary: compiled prescription or None.
    Returns selftest bits.
    """
    if calibration is None:
        body.hold(states.NO_CALIBRATION)
        return selftest.CALIBRATION
    body.volume_per_step = calibration.volume_per_step
    rotation_check.calibrated(calibration.volume_per_step)
    body.record(events.CALIBRATION, "<I", calibration.volume_per_step)
    if binary is None:
        body.hold(states.NO_PRESCRIPTION)
        return selftest.PRESCRIPTION
    try:
        prescription = checked(binary)
    except PrescriptionError:
        body.hold(states.NO_PRESCRIPTION)
        return selftest.PRESCRIPTION
    body.prescribe(prescription, calibration.volume_per_step)
    monitor.prescribed(prescription)
    return 0


def hold_for_failures(body, failures, commissioned):
    """Holds and alarms that follow from the self-test; an operator's stop of before goes on."""
    if body.ledger.holds & states.OPERATOR_STOP:
        body.hold(states.OPERATOR_STOP)
    body.follow_alarms()
    body.alarms.set(alarms.NOT_COMMISSIONED, not commissioned)
    if not commissioned:
        body.hold(states.NOT_COMMISSIONED)
    if failures & selftest.RECORDS:
        body.hold(states.RECORDS)
    incomplete = selftest.PRESCRIPTION | selftest.CALIBRATION
    body.alarms.set(alarms.PROGRAMME_INCOMPLETE, bool(failures & incomplete))
    if failures & ~incomplete:
        body.hold(states.SELF_TEST)
        body.alarms.set(alarms.SELF_TEST_FAILED, True)


def drop_interrupted(body, boluses):
    """Boluses that were in progress at the reset are over, and count whole for lockout and count (SR-08)."""
    ledger = body.ledger
    for kind in range(len(ledger.bolus_granted)):
        granted = ledger.bolus_granted[kind]
        if granted:
            body.record(events.BOLUS_ENDED, "<BBHH", kind, doses.DROPPED_AFTER_RESET, ledger.bolus_given[kind], granted)
            boluses.forget(kind)
