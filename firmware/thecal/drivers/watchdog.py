"""The chip's watchdog and why it started last."""

import machine


class Watchdog:
    """Starts the watchdog, which nothing can stop. timeout_ms: at most 8388 on RP2040."""

    def __init__(self, timeout_ms):
        self._watchdog = machine.WDT(timeout=timeout_ms)
        self.feed = self._watchdog.feed


def reset_cause():
    """The port's number of the last reset cause; a planned reset looks like a watchdog reset on RP2040."""
    return machine.reset_cause()


def has_bitten(cause):
    """True for the cause that a watchdog reset gives, or a planned one."""
    return cause == machine.WDT_RESET


reset = machine.reset
