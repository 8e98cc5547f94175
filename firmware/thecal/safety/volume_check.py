"""What has left the reservoir since the refill, by count and by measurement (SR-22). Volumes in uL."""

from micropython import const

_WARNING_UL = const(300)
_WARNING_PER_MILLE = const(50)
_ALARM_UL = const(600)
_ALARM_PER_MILLE = const(145)


class VolumeCheck:
    """over, under: NONE, WARNING or ALARM; over means that more has left than was counted."""

    NONE = 0
    WARNING = 1
    ALARM = 2

    def __init__(self):
        self.over = self.NONE
        self.under = self.NONE

    def update(self, counted_ul, measured_ul):
        """Take both changes since the refill. Allocates nothing."""
        apart = measured_ul - counted_ul
        self.over = _stage(apart, counted_ul, self.over)
        self.under = _stage(-apart, counted_ul, self.under)


def _stage(apart, counted, before):
    warning = max(_WARNING_UL, counted * _WARNING_PER_MILLE // 1000)
    alarm = max(_ALARM_UL, counted * _ALARM_PER_MILLE // 1000)
    # What was raised is over at four fifths of its limit, so that it does not come and go with the noise.
    if apart > alarm or (before == VolumeCheck.ALARM and apart > alarm * 4 // 5):
        return VolumeCheck.ALARM
    if apart > warning or (before != VolumeCheck.NONE and apart > warning * 4 // 5):
        return VolumeCheck.WARNING
    return VolumeCheck.NONE
