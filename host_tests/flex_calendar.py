"""What the flex example prescribes at a moment of the host's calendar, read from its document alone."""

from datetime import datetime

from rig import FLEX

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def prescribed_rate(moment: datetime) -> int:
    """ng/day that the flex example asks for, read from its document and the host's calendar."""
    weekday = EVERY_DAY[moment.weekday()]
    rate = 0
    for step in FLEX["flex"]["patterns"][FLEX["flex"]["week"][weekday]]:
        hour, minute = step["start"].split(":")
        if int(hour) * 60 + int(minute) <= moment.hour * 60 + moment.minute:
            amount, unit = step["rate"].split(" ")
            rate = round(float(amount) * 1000 * (24 if unit == "ug/h" else 1))
    return rate
