"""From power-on to therapy: what the records say, the self-test, and why delivery may be held."""

from micropython import const

from thecal.safety import gate_resume, selftest
from thecal.tables import alarms, checks, doses, events, states
from thecal.therapy.bolus import dose_of_steps
from thecal.therapy.prescription_check import PrescriptionError, checked

# Three unplanned resets by the watchdog within this time are a controller fault (SR-34). Pump time lags behind by what
# was not recorded before each, so that it is never less strict than a clock on the wall.
_WATCHDOG_WITHIN_S = 3_600

_DAY_S = const(86_400)
_MOST_FILES = const(255)


def take_up_records(body, history, given, resume, volume):
    """Go on from what the flash holds: times, counts, windows. Returns (bits of tables.checks, uncertain steps).

    given: records.dose_history.DoseHistory, read already. resume: the module records.resume. Steps that may have been
    given since the last checkpoint count as given (SR-37). A ledger or mark that cannot be read holds delivery, and
    stays as it is; without a journal the background goes on.
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
    then_reserved, snapshot = resume.load_windows(volume) or (0, None)
    # All that tells the time is asked before anything is counted as given now.
    body.clock.restore(max(journal_seconds, body.ledger.seconds, mark_seconds, given.seconds))
    history.last_end = body.ledger.last_bolus_end
    body.alarms.resume()
    if mark_seconds < 0 or not ledger_sound:
        body.ledger.is_lost = body.windows.is_lost = True
        return checks.RECORDS, 0
    # A mark that the flash refused to take is behind the others: the highest count is the one that was given.
    reserved = max(body.mark.committed, sum(body.ledger.reported) + body.ledger.uncertain, then_reserved)
    body.mark.total = body.mark.committed = reserved
    uncertain = resume.settle(body.ledger, reserved)
    try:
        gate_resume.restore(body.gate, snapshot, reserved - then_reserved, body.clock.seconds, body.mark.resumed)
    except ValueError:
        # Where steps were given, nobody knows when.
        body.gate.is_past_known = not reserved
    return 0, uncertain


def program_failure(ledger, program):
    """PROGRAM where the self-test of before had failed and not all of the firmware's files are sound now, else 0.

    program: drivers.program_files.ProgramFiles or None. A boot after a sound one has no time for them: pump.recheck.
    """
    if program is None or not ledger.holds & states.SELF_TEST:
        return 0
    # The manifest, without which there is no start, can no longer be read where so many looks prove nothing.
    for _ in range(_MOST_FILES):
        if not program.check_next():
            break
        if program.proven:
            return 0
    return checks.PROGRAM


def record_boot(body, reset_cause, planned, uncertain, failures):
    """First records of a boot; an operator's stop of before goes on. planned: of tables.restarts.

    failures: bits of tables.checks found so far. They hold delivery from here on, as what the ledger said of them is
    overwritten.
    """
    journal, ledger = body.journal, body.ledger
    # Each save of the ledger takes the holds of the moment, so they are read before the first.
    holds = ledger.holds & states.OPERATOR_STOP
    if failures:
        holds |= states.SELF_TEST
    if not ledger.sequence:
        # A ledger that was just commissioned: no record tells what it holds.
        journal.checkpoint = -1
    if ledger.granting and ledger.sequence == journal.sequence:
        # In the very place of the record that was cut off, so that the next boot finds the grant recorded.
        _record_grant(body, (ledger.granting - 1) % doses.KINDS, (ledger.granting - 1) // doses.KINDS)
    ledger.granting = 0
    body.record(events.BOOT, "<BBHII", reset_cause, planned, 0, body.mark.committed, ledger.sequence)
    if uncertain:
        body.record(events.UNCERTAIN, "<II", uncertain, body.mark.committed)
    body.hold(holds)
    if journal.damaged:
        body.alarms.set(alarms.RECORDS_DAMAGED, True)


def _record_grant(body, kind, slot):
    ledger = body.ledger
    started = max(ledger.grant_starts) if kind == doses.PATIENT else 0
    settled = ledger.slot_days[slot] if kind == doses.SCHEDULED else 0
    body.record(events.GRANT_TAKEN_UP, "<BBHIH", kind, slot, ledger.bolus_granted[kind], started, settled)


def maintenance_asked(buttons):
    """True where the buttons alarm and stop, and no other, are held down. buttons: (bolus, alarm, stop)."""
    bolus, alarm, stop = [button.pressed() for button in buttons]
    return alarm and stop and not bolus


def power_on_test(motor_was_off, level_reading, buttons, wait_took_ms):
    """Bits of tables.checks for what can be tested without moving anything."""
    failures = 0 if motor_was_off else checks.MOTOR_NOT_OFF
    failures |= selftest.level_sensor_failure(level_reading)
    failures |= selftest.clock_failure(wait_took_ms)
    return failures | (checks.STUCK_BUTTON if any(button.pressed() for button in buttons) else 0)


def take_up_programme(body, calibration, binary, rotation_check, reservoir):
    """Prescribe what the settings hold; what is missing or damaged holds delivery with a visible reason.

    calibration: records.calibration.Calibration or None. binary: compiled prescription or None.
    Returns bits of tables.checks.
    """
    if calibration is None:
        body.hold(states.NO_CALIBRATION)
        return checks.CALIBRATION
    body.volume_per_step = calibration.volume_per_step
    rotation_check.calibrated(calibration.volume_per_step)
    rotation_check.take_up(body.ledger.stall[0])
    body.record(events.CALIBRATION, "<I", calibration.volume_per_step)
    if binary is None:
        body.hold(states.NO_PRESCRIPTION)
        return checks.PRESCRIPTION
    try:
        prescription = checked(binary)
    except PrescriptionError:
        body.hold(states.NO_PRESCRIPTION)
        return checks.PRESCRIPTION
    body.prescribe(prescription, calibration.volume_per_step)
    reservoir.prescribed(prescription)
    return 0


def take_up_doses(body, boluses, given, is_known, dose_resume, uncertain):
    """Go on from the history of doses that the flash holds, after the programme was taken up.

    given: records.dose_history.DoseHistory; is_known: it could be read. dose_resume: the module of records. uncertain:
    steps that may have been given. Unknown history locks boluses until it is 24 h old; the background goes on (SR-04).
    """
    if body.ledger.is_lost:
        given.is_lost = True
        return
    clock, prescription = body.clock, body.prescription
    is_known = is_known or not body.mark.total
    is_changed = dose_resume.close(given, clock.seconds) or uncertain
    if uncertain and prescription is not None:
        dose = dose_of_steps(uncertain, prescription.concentration, body.volume_per_step)
        given.begin(0, clock.seconds + 1, dose, 0)
    if not body.gate.is_past_known and prescription is not None:
        # As boluses are locked, it need not know theirs; what the programme gave keeps the background from a refusal.
        cost = 27 * prescription.concentration * body.volume_per_step
        gate_resume.assume(body.gate, _background_before(clock, prescription), cost, body.mark.total, clock.seconds)
    if not is_known or not body.gate.is_past_known or (uncertain and prescription is None):
        given.known_from = clock.seconds + _DAY_S
        is_changed = True
    if is_changed:
        boluses.save_given()


def _background_before(clock, prescription):
    # In units of which a step costs 27 * ng/mL * pL (therapy.admission).
    wall, weekday = clock.wall(), clock.weekday()

    def earned_between(since, before):
        earned = 0
        for ago in range(since, before, 60):
            minute, day = -1, -1
            if wall:
                minute = (wall - ago) % _DAY_S // 60
                day = (weekday + (wall - ago) // _DAY_S - wall // _DAY_S) % 7
            earned += prescription.background(minute, day) * min(60, before - ago)
        return earned * 312_500

    return earned_between


def hold_for_failures(body, failures, commissioned, has_watchdog_bitten):
    """Holds that follow from the self-test; each raises its alarm. has_watchdog_bitten: without a plan."""
    body.follow_alarms()
    if has_watchdog_bitten:
        _count_watchdog_reset(body)
    if not commissioned:
        body.hold(states.NOT_COMMISSIONED)
    if failures & checks.RECORDS:
        body.hold(states.RECORDS)
    if failures & ~(checks.PRESCRIPTION | checks.CALIBRATION):
        body.hold(states.SELF_TEST)


def _count_watchdog_reset(body):
    resets = body.ledger.watchdog_resets
    resets[0], resets[1] = resets[1], resets[2]
    resets[2] = max(body.clock.seconds, 1)
    body.record(events.WATCHDOG_RESET, "<I", resets[2])
    body.save_ledger()
    if resets[0] and resets[2] - resets[0] <= _WATCHDOG_WITHIN_S:
        body.alarms.set(alarms.WATCHDOG_RESETS, True)


def drop_interrupted(body, boluses):
    """Boluses that were in progress at the reset are over, and count whole for lockout and count (SR-08)."""
    ledger = body.ledger
    for kind in range(len(ledger.bolus_granted)):
        granted = ledger.bolus_granted[kind]
        if granted:
            body.record(events.BOLUS_ENDED, "<BBHH", kind, doses.DROPPED_AFTER_RESET, ledger.bolus_given[kind], granted)
            boluses.forget(kind)
    body.save_ledger()
