"""When the line counts as blocked, by its pressure in 0.1 kPa (SR-23).

The limit is the usual occlusion alarm of infusion pumps, 10 psi or 69 kPa. It lies far above what an open line shows
(1.3 kPa of the spine, and for some ms 8 kPa after each step) and far below the 250 kPa at which the motor stalls.
"""

from micropython import const

from thecal.safety.believable import Believable

_BLOCKED = const(690)
_RELEASED = const(345)


class OcclusionCheck:
    """blocked: the line is. sensor: safety.believable of the pressure sensor."""

    def __init__(self):
        self.sensor = Believable()
        self.blocked = False

    def update(self, pressure):
        """pressure: 0.1 kPa. A blocked line is free again at half the limit. Allocates nothing."""
        self.blocked = pressure >= (_RELEASED if self.blocked else _BLOCKED)

    def give_up(self):
        """Nothing shows any more whether the line is blocked."""
        self.blocked = False
