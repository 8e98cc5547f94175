"""Stages of a supply that runs down (SR-36), in mV at the board's input with the motor off.

With the virtual bench's three alkaline cells and 10 mA they leave about 250 h, 70 h and 12 h; the last one is 0.7 V
above the brown-out, of which the motor's own current takes 0.15 V.
"""

from micropython import const

_STAGES_MV = (3_400, 3_000, 2_500)
# Cells recover when they rest: a stage is left only this much above its limit.
_HYSTERESIS_MV = const(150)


class SupplyCheck:
    """stage: FULL, LOW, VERY_LOW or DEPLETED."""

    FULL = 0
    LOW = 1
    VERY_LOW = 2
    DEPLETED = 3

    def __init__(self):
        self.stage = self.FULL

    def update(self, millivolts):
        """Take one reading, never of a moment at which the motor is powered. Allocates nothing."""
        stage = self.FULL
        while stage < self.DEPLETED:
            limit = _STAGES_MV[stage]
            if millivolts >= (limit + _HYSTERESIS_MV if stage < self.stage else limit):
                break
            stage += 1
        self.stage = stage
