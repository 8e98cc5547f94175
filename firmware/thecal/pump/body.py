"""What all parts of the pump share: its collaborators, its prescription, and why delivery is held.

Collaborators come as arguments; this room constructs none of them.
"""

from binascii import crc32
from struct import pack

from thecal.tables import alarms, doses, drugs, events, states
from thecal.therapy.plan import TherapyPlan

# In the order of safety.alarms.Alarms.RAISED, CLEARED, ACKNOWLEDGED, SILENCED, ESCALATED, CAUSE_GONE.
_ALARM_EVENTS = (
    events.ALARM_RAISED,
    events.ALARM_CLEARED,
    events.ALARM_ACKNOWLEDGED,
    events.ALARM_SILENCED,
    events.ALARM_ESCALATED,
    events.ALARM_CAUSE_GONE,
)

# What shows each reason to hold; an alarm's own hold is shown by that alarm.
_HOLD_ALARMS = (
    (states.OPERATOR_STOP, alarms.PUMP_STOPPED),
    (states.SELF_TEST | states.RECORDS, alarms.SELF_TEST_FAILED),
    (states.NO_PRESCRIPTION | states.NO_CALIBRATION, alarms.PROGRAMME_INCOMPLETE),
    (states.NOT_COMMISSIONED, alarms.NOT_COMMISSIONED),
)


def _nobody():
    pass


class Body:
    """clock, journal, ledger, mark, windows, gate, alarm_states, start_stop: the collaborators, see their rooms.

    keep_time: callable(s since 2020-01-01 local) of a clock that goes on without power, see drivers; None without one.
    show: callable, called when an alarm has changed, so that it is seen and heard at once. is_reduced: an alarm has the
    minimum rate given in place of the programme.
    """

    def __init__(self, clock, journal, ledger, mark, windows, gate, alarm_states, start_stop, show):
        self.clock = clock
        self.journal = journal
        self.ledger = ledger
        self.mark = mark
        self.windows = windows
        self.gate = gate
        self.alarms = alarm_states
        alarm_states.listen(self.alarm_changed)
        self._start_stop = start_stop
        self._show = show
        self.keep_time = None
        self.is_reduced = False
        self.prescription = None
        self.volume_per_step = 0
        self.prescribed_checksum = 0
        self.plan = None
        self.holds = 0
        self._holds_changed = _nobody

    def listen(self, holds_changed):
        """holds_changed: callable, called after delivery was held or released."""
        self._holds_changed = holds_changed

    def record(self, event, form, *values):
        """Append a journal record; a volume that fails raises the alarm. True where it is safe."""
        if self.journal.add(event, pack(form, *values)):
            return True
        self.alarms.set(alarms.RECORDS_FAILING, True)
        return False

    def save_ledger(self):
        """Write the ledger, and the counts beside the mark; a volume that fails raises the alarm. True where it is
        safe."""
        try:
            if not self.ledger.is_lost:
                self.mark.save_counts()
            # Before a first checkpoint, and after a record that the flash refused, no record tells what it holds.
            sequence = self.journal.sequence if self.journal.checkpoint >= 0 else 0
            self.ledger.save(sequence, self.journal.seconds, self.holds)
        except OSError:
            self.alarms.set(alarms.RECORDS_FAILING, True)
            return False
        return True

    def save_windows(self):
        """Write the gate's windows; a volume that fails raises the alarm."""
        try:
            self.windows.save(self.mark.total, self.gate.snapshot())
        except OSError:
            self.alarms.set(alarms.RECORDS_FAILING, True)

    def prescribe(self, prescription, volume_per_step):
        """Run this prescription from now on. volume_per_step: pL."""
        self.prescription = prescription
        self.volume_per_step = volume_per_step
        self.alarms.column = drugs.response_column(prescription.drug)
        self.gate.set_limits(prescription.gate_1h_nl, prescription.gate_24h_nl, volume_per_step, self.clock.seconds)
        self.plan = TherapyPlan(prescription.concentration, volume_per_step)
        self.prescribed_checksum = self.checksum()
        rate = prescription.background(self.clock.minute_of_day(), self.clock.weekday())
        self.record(
            events.PROGRAMME, "<4sBBHI", prescription.crc, prescription.mode, 0, prescription.patient_count, rate
        )
        self.follow_alarms()

    def checksum(self):
        """Over the numbers in memory that decide doses, so that one that has changed by itself is found."""
        p, gate = self.prescription, self.gate
        numbers = (
            (self.volume_per_step, gate.hour.limit, gate.day.limit, p.limit_1h, p.limit_24h),
            (p.mode, p.concentration, p.rate, p.patterns, p.week, p.scheduled),
            (p.patient_dose, p.lockout_s, p.patient_duration_s, p.patient_count),
        )
        return crc32(repr(numbers).encode())

    def alarm_changed(self, alarm, change):
        """An alarm was raised, cleared, acknowledged, silenced or has escalated: record it and follow its response."""
        self._show()
        row = alarms.ALARMS[alarm]
        self.record(_ALARM_EVENTS[change], "<BBH", alarm, row[0], self.alarms.state(alarm))
        self.follow_alarms()
        self.save_ledger()
        if change == self.alarms.RAISED and row[1 + self.alarms.column] == alarms.STOP:
            if self._start_stop.stopped_by(alarm, self.clock.seconds):
                self.alarms.set(alarms.START_STOP_LIMIT, True)
        elif change == self.alarms.ACKNOWLEDGED and alarm == alarms.START_STOP_LIMIT:
            self._start_stop.clear()

    def follow_alarms(self):
        """Give what the strongest response of all alarms leaves."""
        response = self.alarms.response()
        is_reduced = response == alarms.MINIMUM_RATE
        if is_reduced != self.is_reduced:
            self.is_reduced = is_reduced
            self._holds_changed()
        if response == alarms.STOP:
            self.hold(states.ALARM)
        else:
            self.release(states.ALARM)

    @property
    def running(self):
        """True while drug flows as programmed (which may be no drug at all)."""
        return self.holds == 0 and not self.is_reduced

    def hold(self, reason):
        """Hold delivery for a reason of tables.states; ends every bolus and stops the background."""
        self._set_holds(self.holds | reason)

    def release(self, reason):
        """Take one reason to hold away; delivery goes on when none is left."""
        self._set_holds(self.holds & ~reason)

    def _set_holds(self, holds):
        before = self.holds
        if holds == before:
            return
        self.holds = holds
        self.record(events.STATE, "<BBH", holds, before, 0)
        self._holds_changed()
        self.save_ledger()
        # No hold without an alarm that shows it, and none of these alarms is over while its hold stands (SR-29).
        for bits, alarm in _HOLD_ALARMS:
            self.alarms.set(alarm, bool(holds & bits))

    def bolus_block(self):
        """The reason (tables.doses) why no bolus may start at all now, or GRANTED."""
        if self.holds or self.plan is None or self.prescription.mode == doses.STOPPED:
            return doses.PUMP_STOPPED
        if self.alarms.active(alarms.RECORDS_FAILING):
            return doses.RECORDS_FAILING
        if self.alarms.response() >= alarms.NO_BOLUS:
            return doses.ALARM_BLOCKS
        return doses.GRANTED
