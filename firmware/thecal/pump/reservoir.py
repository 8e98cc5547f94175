"""The reservoir by both witnesses, and the alarms that follow: low, empty, apart from each other, not believed."""

from micropython import const

from thecal.tables import alarms, events

_UNKNOWN = const(0)


class Reservoir:
    """body: of this room. sensor: drivers' level sensor, which reads empty_reading to full_reading (u16) over
    reservoir_ul, or -1 where it has no valid reading. checks: safety's ReservoirCheck, LevelCheck and VolumeCheck.
    """

    def __init__(self, body, sensor, empty_reading, full_reading, reservoir_ul, checks):
        self._body = body
        self._sensor = sensor
        self._empty_reading = empty_reading
        # Both divided by four, so that their products stay small integers for 40 mL too.
        self._span = (full_reading - empty_reading) // 4
        self._quarter_ul = reservoir_ul // 4
        self._check, self._level, self._volumes = checks

    def update(self):
        """Look at the sensor, once a minute; allocates nothing while nothing changes."""
        body = self._body
        if body.prescription is None or not body.ledger.reservoir_set_nl:
            return
        computed_nl = self.computed_nl()
        computed_ul = computed_nl // 1000
        level = self._level
        reading = self._sensor.read()
        if reading < 0:
            # The sensor gives nothing: that is bad, but speaks of no volume.
            level.update(reading, level.apart_ul)
        else:
            level.update(reading, (reading - self._empty_reading) * self._quarter_ul // self._span - computed_ul)
        body.alarms.set(alarms.LEVEL_INVALID, not level.sensor.valid)
        # Where the sensor is not believed, the count alone watches (SR-26).
        measured_nl = computed_nl + level.apart_ul * 1000 if level.known else computed_nl
        self._check.update(computed_nl, measured_nl)
        body.alarms.set(alarms.RESERVOIR_LOW, self._check.low)
        body.alarms.set(alarms.RESERVOIR_EMPTY, self._check.empty)
        if level.settled:
            self._compare(computed_ul)

    def measured(self):
        """Volume by the level sensor in 10 uL, -1 where it gives none that can be believed."""
        if not self._level.known:
            return -1
        return min(max(self.computed_nl() // 1000 + self._level.apart_ul, 0), 4 * self._quarter_ul) // 10

    def computed_nl(self):
        """Volume by counted steps in nL, negative where more was counted than was filled in."""
        body = self._body
        steps = body.ledger.since_refill
        # Split, so that the products stay small integers.
        volume = body.volume_per_step
        return body.ledger.reservoir_set_nl - steps * (volume // 1000) - steps * (volume % 1000) // 1000

    def prescribed(self, prescription):
        """Take over the level of the low-reservoir warning."""
        self._check.low_nl = prescription.low_reservoir_ul * 1000

    def refilled(self):
        """The reservoir was filled: forget the readings of before."""
        self._level.forget()
        self._body.ledger.measured_set_nl = _UNKNOWN

    def _compare(self, computed_ul):
        body = self._body
        ledger = body.ledger
        set_ul = ledger.reservoir_set_nl // 1000
        if ledger.measured_set_nl == _UNKNOWN:
            # What the sensor would have shown at the refill; from here on both changes since then can be compared.
            ledger.measured_set_nl = max(set_ul + self._level.apart_ul, 1) * 1000
            body.record(events.LEVEL_REFERENCE, "<I", ledger.measured_set_nl)
            body.save_ledger()
        volumes = self._volumes
        measured_set_ul = ledger.measured_set_nl // 1000
        volumes.update(set_ul - computed_ul, measured_set_ul - computed_ul - self._level.apart_ul)
        body.alarms.set(alarms.OVER_DELIVERY_WARNING, volumes.over == volumes.WARNING)
        body.alarms.set(alarms.OVER_DELIVERY, volumes.over == volumes.ALARM)
        body.alarms.set(alarms.UNDER_DELIVERY_WARNING, volumes.under == volumes.WARNING)
        body.alarms.set(alarms.UNDER_DELIVERY, volumes.under == volumes.ALARM)
