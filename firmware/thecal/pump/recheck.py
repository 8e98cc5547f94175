"""What the power-on self-test found good is looked at again while the pump runs (SR-35).

Each look reads one file of the firmware; once an hour the settings are read as well, and what runs is compared with
them. The tick counter has no second witness on these boards, as all of a chip's counters hang on one crystal: one that
stands ends in a watchdog reset, and one that jumps is found by the supervisor.
"""

from struct import unpack_from

from micropython import const

from thecal.tables import checks, events, states

_SETTINGS_EVERY_S = const(3_600)


class Recheck:
    """body: of this room. prescription, calibration: callables that give the settings' bytes, None where both copies
    are bad. program: drivers.program_files.ProgramFiles, or None where there are no such files.
    """

    def __init__(self, body, prescription, calibration, program):
        self._body = body
        self._prescription = prescription
        self._calibration = calibration
        self._program = program
        self._settings_due = 0
        self._by_operator = 0
        self._confirmed = 0
        self.failures = 0
        self._unproven = checks.UNPROVEN_AT_START

    def begin(self, failures, by_operator):
        """Record the result of the power-on self-test and go on from it. by_operator: bits that were confirmed at
        commissioning and have not been proven since."""
        self.failures = failures
        self._by_operator = by_operator
        self._confirmed = sum(self._body.ledger.confirmed)
        self._record()

    def unproven(self):
        """Bits of tables.checks that nothing has proven so far."""
        unproven = self._unproven
        if sum(self._body.ledger.confirmed) > self._confirmed:
            unproven &= ~checks.ROTATION
        if self._program is not None and self._program.proven:
            unproven &= ~checks.PROGRAM_FILES
        return unproven

    def run(self):
        """Look again; a failure is recorded and holds delivery. To be called where something is written anyway: it
        takes heap."""
        body = self._body
        failures = 0
        if self._program is not None and not self._program.check_next():
            failures = checks.PROGRAM
        if body.clock.seconds >= self._settings_due:
            self._settings_due = body.clock.seconds + _SETTINGS_EVERY_S
            if body.prescription is not None and not self._settings_agree():
                failures |= checks.SETTINGS
        if failures & ~self.failures:
            self.failures |= failures
            self._record()
            body.hold(states.SELF_TEST)

    def _record(self):
        self._body.record(events.SELF_TEST, "<III", self.failures, self.unproven(), self._by_operator)

    def _settings_agree(self):
        body = self._body
        calibration = self._calibration()
        return (
            self._prescription() == body.prescription.binary
            and calibration is not None
            and unpack_from("<I", calibration)[0] == body.volume_per_step
            and body.checksum() == body.prescribed_checksum
        )
