"""The programme in time: background rate by day and week, scheduled boluses, hourly totals, checkpoints."""

from micropython import const

from thecal.tables import alarms, doses, events, ticks
from thecal.therapy import background

# The gate's windows are written this often while steps are given.
CHECKPOINT_MS = const(600_000)
# A scheduled bolus later than this at its wake is missed, not made up (SR-09).
_ON_TIME_MS = const(5_000)
_UNKNOWN_MINUTE = const(0xFFFF)
# A checkpoint is due with the first hour after so many pump seconds, or so many records, since the last one.
_CHECKPOINT_S = const(84_600)
_CHECKPOINT_RECORDS = const(1_000)


def _nothing():
    pass


class Programme:
    """body, boluses: of this room. measured: callable, reservoir volume by the level sensor in 10 uL, or -1.

    computed_nl: callable, reservoir volume by counted steps in nL. check_journal: callable, looks at some old records
    and is true where damage is found.
    """

    def __init__(self, body, boluses, wake_delivery, measured, computed_nl, check_journal):
        self._body = body
        self._boluses = boluses
        self._wake_delivery = wake_delivery
        self._measured = measured
        self._computed_nl = computed_nl
        self._check_journal = check_journal
        self._hour = -1
        self._confirmed_reported = 0
        self._rate = 0
        self._boundary = 0
        self._saved_total = -1
        body.listen(self.apply_holds)
        self._recheck = _nothing

    def listen(self, recheck):
        """recheck: callable, called now and then where something is written anyway."""
        self._recheck = recheck

    def start(self, now):
        """Begin with the programme of this moment; scheduled boluses of earlier today are settled, not made up."""
        self._hour = self._hour_index()
        self._settle_past_slots(record=False)
        self._boundary = now
        self._confirmed_reported = sum(self._body.ledger.confirmed)
        self._set_rate(now)
        if self._body.plan is None or not self._body.plan.background.running:
            self._boluses.background_is(0)
        self._save_checkpoint()

    def run(self, now):
        """Task body: act on what this moment asks for and return ms until the next boundary."""
        body = self._body
        self._hourly()
        self._save_windows()
        self._boluses.follow_history()
        if body.plan is None:
            return CHECKPOINT_MS
        self._set_rate(self._boundary if 0 <= ticks.diff(now, self._boundary) <= _ON_TIME_MS else now)
        self._scheduled(now)
        wait = self._until_boundary()
        self._boundary = ticks.add(now, wait)
        return wait

    def clock_changed(self, before):
        """After the wall time was set, lost or found: totals of the old hour, the new time's rate, nothing repeated.

        before: the wall time that was, 0 unknown.
        """
        body = self._body
        self._report_hour()
        self._hour = self._hour_index()
        if body.clock.quality:
            body.record(events.CLOCK_SET, "<IIB", before, body.clock.wall(), body.clock.quality)
        else:
            body.record(events.CLOCK_LOST, "<I", before)
        self._settle_past_slots(record=bool(before))
        now = body.clock.now()
        self._boundary = now
        self._set_rate(now)
        # The boundary that was waited for was one of the old time.
        self._wake_delivery()

    def apply_holds(self):
        """Delivery was held or released: boluses end when held, and the background follows."""
        body = self._body
        if body.plan is None:
            return
        if not body.running:
            self._boluses.end_all(doses.STOPPED_EARLY)
        now = body.clock.now()
        self._boundary = now
        self._set_rate(now)
        self._wake_delivery()

    def _set_rate(self, at):
        body = self._body
        prescription = body.prescription
        if prescription is None:
            return
        minute, weekday = body.clock.minute_of_day(), body.clock.weekday()
        rate = prescription.background(minute, weekday) if body.running else 0
        # Its mode asks for it, or an alarm does; what gives no background at all is not given one by an alarm.
        minimum = prescription.mode == doses.MINIMUM_RATE or (body.is_reduced and prescription.rate > 0)
        minimum = minimum and not body.holds
        body.alarms.set(
            alarms.CLOCK_UNKNOWN, minute < 0 and (prescription.mode == doses.FLEX or len(prescription.scheduled) > 0)
        )
        if rate == self._rate and body.plan.background.running == (minimum or rate > 0):
            return
        self._rate = rate
        earn = background.earn_of_dose(rate)
        if minimum:
            earn = background.earn_of_minimum_rate(prescription.concentration)
        self._boluses.background_is(background.dose_of_earn(earn))
        body.plan.background.change_rate(at, earn)
        body.record(events.BACKGROUND_RATE, "<IHB", rate, minute if minute >= 0 else _UNKNOWN_MINUTE, weekday & 0xFF)
        self._wake_delivery()

    def _scheduled(self, now):
        body = self._body
        clock = body.clock
        day, minute = clock.day(), clock.minute_of_day()
        if day < 0:
            return
        slots = body.prescription.scheduled
        for slot in range(len(slots)):
            if not self._due_today(slot, day, minute):
                continue
            body.ledger.slot_days[slot] = day + 1
            late = -clock.ms_until_minute(slots[slot][0])
            reason = doses.PUMP_STOPPED
            if late <= _ON_TIME_MS:
                reason = self._boluses.start_scheduled(slot, now)
            if reason != doses.GRANTED:
                self._missed(slot, reason)

    def _due_today(self, slot, day, minute):
        at, days, _, _ = self._body.prescription.scheduled[slot]
        # A day not after the one settled last is one that the clock was set back to: nothing is repeated (SR-38).
        return at <= minute and days >> self._body.clock.weekday() & 1 and self._body.ledger.slot_days[slot] <= day

    def _settle_past_slots(self, record):
        body = self._body
        day = body.clock.day()
        if day < 0 or body.prescription is None:
            return
        minute = body.clock.minute_of_day()
        slots = body.prescription.scheduled
        settled = 0
        for slot in range(len(slots)):
            at = slots[slot][0]
            if self._due_today(slot, day, minute) and -body.clock.ms_until_minute(at) > _ON_TIME_MS:
                body.ledger.slot_days[slot] = day + 1
                if record:
                    self._missed(slot, doses.CLOCK_MOVED)
                else:
                    settled |= 1 << slot
        if settled:
            body.record(events.SLOTS_SETTLED, "<HH", settled, day + 1)

    def _missed(self, slot, reason):
        minute, _, dose, _ = self._body.prescription.scheduled[slot]
        body = self._body
        body.record(events.SCHEDULED_MISSED, "<BBHIH", slot, reason, minute, dose, body.ledger.slot_days[slot])
        self._body.alarms.set(alarms.DOSES_MISSED, True)
        self._body.alarms.set(alarms.DOSES_MISSED, False)

    def _hour_index(self):
        clock = self._body.clock
        return (clock.wall() or clock.seconds) // 3600

    def _hourly(self):
        hour = self._hour_index()
        if hour != self._hour:
            self._report_hour()
            self._hour = hour

    def _report_hour(self):
        body = self._body
        ledger = body.ledger
        counts = []
        for kind in range(len(ledger.commanded)):
            counts.append(ledger.commanded[kind] - ledger.reported[kind])
            ledger.reported[kind] = ledger.commanded[kind]
        confirmed = sum(ledger.confirmed)
        body.record(events.HOUR_TOTALS, "<6H", *counts)
        if sum(counts):
            ledger.moved_s = body.journal.seconds
        is_safe = body.record(
            events.HOUR_WITNESS,
            "<IHHI",
            sum(ledger.commanded),
            confirmed - self._confirmed_reported,
            max(self._measured(), 0),
            max(self._computed_nl(), 0),
        )
        self._confirmed_reported = confirmed
        if body.save_ledger() and is_safe:
            # The flash takes records again; boluses stay blocked until somebody has acknowledged that it did not.
            body.alarms.set(alarms.RECORDS_FAILING, False)
        self._look_at_journal()
        self._save_checkpoint()

    def _save_checkpoint(self):
        journal = self._body.journal
        is_due = journal.checkpoint < 0 or journal.sequence - journal.checkpoint >= _CHECKPOINT_RECORDS
        if not is_due and self._body.clock.seconds - journal.checkpoint_s < _CHECKPOINT_S:
            return
        ledger = self._body.ledger
        if sum(ledger.reported) < sum(ledger.commanded):
            # Right after the totals there is no step that a checkpoint would not tell; this comes back here.
            self._report_hour()
            return
        from thecal.pump import checkpoint

        checkpoint.write(self._body)

    def _look_at_journal(self):
        self._recheck()
        # Where something is written anyway: a wake that writes nothing shall allocate nothing.
        try:
            is_damaged = self._check_journal()
        except OSError:
            is_damaged = True
        if is_damaged:
            self._body.alarms.set(alarms.RECORDS_DAMAGED, True)

    def _save_windows(self):
        body = self._body
        if body.mark.total != self._saved_total:
            self._saved_total = body.mark.total
            body.save_windows()
            self._look_at_journal()

    def _until_boundary(self):
        body = self._body
        clock = body.clock
        until_hour = 3_600_000 - (clock.wall() or clock.seconds) % 3600 * 1000 - clock.millis
        wait = min(CHECKPOINT_MS, until_hour)
        minute = clock.minute_of_day()
        if minute < 0:
            return wait
        day, weekday = clock.day(), clock.weekday()
        wait = min(wait, clock.ms_until_minute(body.prescription.next_change(minute, weekday)))
        slots = body.prescription.scheduled
        for slot in range(len(slots)):
            at, days, _, _ = slots[slot]
            if days >> weekday & 1 and at > minute and body.ledger.slot_days[slot] <= day:
                wait = min(wait, clock.ms_until_minute(at))
        return max(wait, 1)
