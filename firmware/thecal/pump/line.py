"""The line behind the pump, where the board has a pressure sensor: occlusion and its release (SR-23).

Without a sensor, or with one that is not believed, the rotation check finds a blocked line by its stall (SR-19).
"""

from thecal.tables import alarms


class Line:
    """body: of this room. sensor: drivers' pressure sensor, or None; it reads zero_reading (u16) at 0 kPa and
    full_reading at full_kpa. check: safety.occlusion_check.
    """

    def __init__(self, body, sensor, zero_reading, full_reading, full_kpa, check):
        self._body = body
        self._sensor = sensor
        self._zero_reading = zero_reading
        self._span = full_reading - zero_reading
        self._full = full_kpa * 10
        self._check = check

    def step_over(self):
        """Look at the pressure that a step has left. Allocates nothing while nothing changes."""
        if self._sensor is not None and self._check.sensor.valid:
            self._look(self._sensor.read())

    def update(self):
        """Look at the sensor itself and at the pressure, once a minute; allocates nothing while nothing changes."""
        if self._sensor is None:
            return
        reading = self._sensor.read()
        is_usable = self._check.sensor.judge(reading, True)
        self._body.alarms.set(alarms.PRESSURE_INVALID, not self._check.sensor.valid)
        if is_usable:
            self._look(reading)

    def acknowledged(self):
        """An operator has looked: a sensor that is not believed keeps the line blocked no longer."""
        if not self._check.sensor.valid:
            self._check.give_up()
            self._body.alarms.set(alarms.OCCLUSION, False)

    def _look(self, reading):
        self._check.update((reading - self._zero_reading) * self._full // self._span)
        self._body.alarms.set(alarms.OCCLUSION, self._check.blocked)
