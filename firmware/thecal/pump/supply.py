"""The supply in stages: hours left, no more boluses, and an orderly stop (SR-36)."""

from thecal.tables import alarms


class Supply:
    """body: of this room. sensor: drivers' supply sensor, full_scale_mv at 65535. check: safety.supply_check."""

    def __init__(self, body, sensor, full_scale_mv, check):
        self._body = body
        self._sensor = sensor
        self._full_scale_mv = full_scale_mv
        self._check = check

    def update(self):
        """Look at the supply, once a minute and never while the motor is powered; allocates nothing without a
        change."""
        check, body = self._check, self._body
        before = check.stage
        check.update(self._sensor.read() * self._full_scale_mv // 65_535)
        body.alarms.set(alarms.SUPPLY_LOW, check.stage >= check.LOW)
        body.alarms.set(alarms.SUPPLY_VERY_LOW, check.stage >= check.VERY_LOW)
        body.alarms.set(alarms.SUPPLY_DEPLETED, check.stage >= check.DEPLETED)
        if check.stage == check.DEPLETED != before:
            # The ledger is saved with the hold; the power may go at any time now.
            body.save_windows()
