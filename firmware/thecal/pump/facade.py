"""All that panel and link may ask of the pump."""

from thecal.tables import alarms, checks, restarts, states


class Facade:
    """body, boluses, delivery, programme, monitor, recheck: of this room. settings: records' two copies of the
    prescription. restart: callable(kind) that resets the chip as planned, see records.planned.
    """

    def __init__(self, body, boluses, delivery, programme, monitor, settings, recheck, restart):
        self._body = body
        self._boluses = boluses
        self._delivery = delivery
        self._programme = programme
        self._monitor = monitor
        self._settings = settings
        self._recheck = recheck
        self._restart = restart

    def ask_patient_bolus(self):
        """(reason, pump second) as in pump.boluses."""
        return self._boluses.ask_patient(self._body.clock.now())

    def next_patient_bolus(self):
        """(reason, pump second) that a request would get now."""
        return self._boluses.next_patient()

    def ask_clinician_bolus(self, dose, duration_s):
        """dose: ng. (reason, pump second). Raises PrescriptionError outside the hard ranges."""
        from thecal.pump import clinic

        return clinic.ask_bolus(self._body, self._boluses, dose, duration_s)

    def stop(self):
        """Stop delivery now, the train in flight too; boluses end."""
        self._delivery.stop_motor()
        self._body.hold(states.OPERATOR_STOP)

    def resume(self):
        """Take the operator's stop away. Returns True where delivery runs then."""
        self._body.release(states.OPERATOR_STOP)
        return self._body.running

    def acknowledge(self):
        """Acknowledge all alarms; what the motor does is looked at anew. Returns how many were acknowledged."""
        self._delivery.acknowledged()
        return self._body.alarms.acknowledge()

    def silence(self):
        """No alarm sound for two minutes."""
        self._body.alarms.silence(self._body.clock.seconds)

    def program(self, binary):
        """Run a compiled prescription in place of the old one.

        Raises PrescriptionError (nothing changed) or OSError (the old one runs on).
        """
        from thecal.pump import clinic

        clinic.program(self._body, self._boluses, self._programme, self._monitor.reservoir, self._settings, binary)
        self._recheck.failures &= ~checks.PRESCRIPTION

    def set_clock(self, wall, quality=states.WALL_SET):
        """wall: s since 2020-01-01 local; quality WALL_UNKNOWN takes the time away. Raises OSError where a clock chip
        does not take it; the pump's own time is not changed then."""
        from thecal.pump import clinic

        clinic.set_clock(self._body, self._programme, wall, quality)

    def lose_clock(self):
        """The wall time is no longer known."""
        self.set_clock(0, states.WALL_UNKNOWN)

    def set_reservoir(self, volume_nl):
        """The reservoir was filled to this volume, in nL."""
        from thecal.pump import clinic

        clinic.set_reservoir(self._body, self._monitor.reservoir, volume_nl)

    def journal_record(self, sequence):
        """The 40 bytes of one journal record, or None."""
        return self._body.journal.read(sequence)

    def journal_range(self):
        """(oldest, next) sequence numbers of the journal."""
        return self._body.journal.oldest(), self._body.journal.sequence

    def stopped_by_operator(self):
        """True while an operator's stop holds delivery."""
        return bool(self._body.holds & states.OPERATOR_STOP)

    def self_test(self):
        """(failures, unproven) of the self-test, at power-on and since: bits of tables.checks."""
        return self._recheck.failures, self._recheck.unproven()

    def restart(self, kind=restarts.RESTART):
        """Record it, cut the motor, save all state and reset the chip, which is marked as planned.

        Raises OSError where that cannot be marked; the pump then goes on.
        """
        from thecal.pump import clinic

        clinic.restart(self._body, self._delivery, self._restart, kind)

    def maintenance(self):
        """Restart into a boot that starts neither watchdog nor therapy (SR-33). As restart()."""
        self.restart(restarts.MAINTENANCE)

    def button_stuck(self, is_stuck):
        """A button of the panel stays pressed, or is free again."""
        self._body.alarms.set(alarms.BUTTON_STUCK, is_stuck)

    def holds(self):
        """Why delivery is held: bits of tables.states, 0 while drug flows as programmed."""
        return self._body.holds

    def alarm(self):
        """Number of the active alarm with the highest priority, -1 none."""
        return self._body.alarms.first()

    def signal(self):
        """Row of tables.alarms.SIGNALS to be shown now."""
        return self._body.alarms.highest()

    def sounding(self):
        """Row of tables.alarms.SIGNALS to be heard now, 0 none."""
        return self._body.alarms.sounding(self._body.clock.seconds)

    def silent_for(self):
        """ms until alarms that were silenced are heard again, 0 where none were."""
        return max(self._body.alarms.silenced_until - self._body.clock.seconds, 0) * 1000

    def status(self):
        """What a reader wants to know first, as a dict of numbers; units in the keys."""
        from thecal.pump.status import status

        return status(self._body, self._boluses, self._monitor)
