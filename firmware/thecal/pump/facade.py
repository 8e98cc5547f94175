"""All that panel and link may ask of the pump."""

from thecal.tables import states


class Facade:
    """body, boluses, delivery, programme, monitor: of this room. settings: records' two copies of the prescription."""

    def __init__(self, body, boluses, delivery, programme, monitor, settings, rotation_check):
        self._body = body
        self._boluses = boluses
        self._delivery = delivery
        self._programme = programme
        self._monitor = monitor
        self._settings = settings
        self._rotation_check = rotation_check
        self._self_test = (0, 0)

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
        """Acknowledge all alarms; a stall is looked for anew. Returns how many were acknowledged."""
        self._rotation_check.clear()
        return self._body.alarms.acknowledge()

    def silence(self):
        """No alarm sound for two minutes."""
        self._body.alarms.silence(self._body.clock.seconds)

    def program(self, binary):
        """Run a compiled prescription in place of the old one.

        Raises PrescriptionError (nothing changed) or OSError (the old one runs on).
        """
        from thecal.pump import clinic

        clinic.program(self._body, self._boluses, self._programme, self._monitor, self._settings, binary)

    def set_clock(self, wall, quality=states.WALL_SET):
        """wall: s since 2020-01-01 local; quality WALL_UNKNOWN takes the time away."""
        from thecal.pump import clinic

        clinic.set_clock(self._body, self._programme, wall, quality)

    def lose_clock(self):
        """The wall time is no longer known."""
        self.set_clock(0, states.WALL_UNKNOWN)

    def set_reservoir(self, volume_nl):
        """The reservoir was filled to this volume, in nL."""
        from thecal.pump import clinic

        clinic.set_reservoir(self._body, self._monitor, volume_nl)

    def journal_record(self, sequence):
        """The 40 bytes of one journal record, or None."""
        return self._body.journal.read(sequence)

    def journal_range(self):
        """(oldest, next) sequence numbers of the journal."""
        return self._body.journal.oldest(), self._body.journal.sequence

    def stopped_by_operator(self):
        """True while an operator's stop holds delivery."""
        return bool(self._body.holds & states.OPERATOR_STOP)

    def self_test_was(self, failures, unproven):
        """Keep the result of the power-on self-test: bits of safety.selftest."""
        self._self_test = (failures, unproven)

    def self_test(self):
        """(failures, unproven) of the power-on self-test."""
        return self._self_test

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
