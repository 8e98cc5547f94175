"""The calibration record: what one step of this pump delivers, and under which conditions that was measured."""

from struct import calcsize, pack, unpack

from thecal.tables import quantities

_FORMAT = "<IhHHH"


class Calibration:
    """volume_per_step: pL. temperature: 0.1 degC. tube: number of the tube set. day: days since 2020-01-01.

    relative_error: half width of the 95 % interval, in 0.01 %.
    """

    def __init__(self, volume_per_step, temperature, tube, day, relative_error):
        self.volume_per_step = volume_per_step
        self.temperature = temperature
        self.tube = tube
        self.day = day
        self.relative_error = relative_error

    def to_bytes(self):
        return pack(_FORMAT, self.volume_per_step, self.temperature, self.tube, self.day, self.relative_error)


def from_bytes(data):
    """The calibration, or None where the bytes are none or the volume per step is outside its hard range."""
    if data is None or len(data) != calcsize(_FORMAT):
        return None
    calibration = Calibration(*unpack(_FORMAT, data))
    lowest, highest = quantities.hard_range("calibration")
    return calibration if lowest <= calibration.volume_per_step <= highest else None
