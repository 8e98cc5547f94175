"""A whole pump that can be copied as bytes, with causes of alarms that can be put there and taken away.

Only the panel's flashing is left out: its lights are steady and its melodies a minute apart, so that hours pass fast.
"""

import io
import pickle
from collections.abc import Set

from exploration import programmes
from rig import BOARD, Rig
from thecal.drivers import rotation_rp2, step_train_rp2
from thecal.safety.alarms import Alarms
from thecal.tables import alarms, doses
from virtual_bench import world as worlds
from virtual_bench.pio_assembler import Program

STEADY = tuple((colour, 0, melody, 60 if melody else 0) for colour, _, melody, _ in alarms.SIGNALS)
SETTLE_MS = 3_000


class CausedAlarms(Alarms):
    """Alarms with causes that no check of the firmware takes away, because none of them can see it."""

    causes: Set[int] = frozenset()

    def set(self, alarm, present):
        super().set(alarm, present or alarm in self.causes)


class Pump(Rig):
    """A rig and what an observer knows about it.

    causes: alarms whose cause was put there and has not gone. unanswered: alarms that came up and nobody acknowledged.
    known: alarms that were active when last looked at. raised_ms, acknowledged_ms: when, by alarm. was_acknowledged: in
    the last step.
    silent_until_ms: when a silence ends at the latest. is_faulted: a task was made to fail. is_spoiled: the volume was
    damaged or refused writes since it was commissioned, so that a reset may forget alarms. resets_expected: resets that
    were none of the firmware's doing. latest_wall: the latest time of day that was set, s since 2020-01-01.
    """

    def __init__(self, drug):
        self.drug = drug
        self.causes = set()
        self.unanswered = set()
        self.raised_ms = {}
        self.acknowledged_ms = {}
        self.was_acknowledged = False
        self.silent_until_ms = 0
        self.is_faulted = False
        self.is_spoiled = False
        self.resets_expected = 0
        self.latest_wall = 194_572_800
        super().__init__(programmes.document(drug, doses.SIMPLE))
        for line in self.world.lines:
            for listener in line._listeners[:]:
                if "Onlooker" in listener.__qualname__:
                    line.unlisten(listener)
        self.settle()

    def power_on(self):
        assembly = super().power_on()
        self.alarms.__class__ = CausedAlarms
        self.alarms.causes = self.causes
        for alarm in sorted(self.causes):
            self.alarms.set(alarm, True)
        # What was acknowledged before is looked for anew, and comes up again where it still is.
        self.known = self.active()
        self.unanswered = set(self.known)
        self.raised_ms = dict.fromkeys(self.unanswered, self.world.elapsed_ms)
        return assembly

    @property
    def body(self):
        return self.app.body

    @property
    def alarms(self):
        return self.app.body.alarms

    @property
    def facade(self):
        return self.app.pump

    def run_for(self, ms):
        """As in Rig, but leaves nothing behind that cannot be copied."""
        end_ms = self.world.elapsed_ms + ms
        self.world.at_ms(ms, _wake, self.world)
        while self.world.elapsed_ms < end_ms:
            try:
                self.app.scheduler.run_once()
            except worlds.Reset as reset:
                self.restarts.append(type(reset).__name__)
                self.power_on()
        self.app.clock.now()

    def settle(self):
        """Let what was done take effect: answers are given within two seconds."""
        self.run_for(SETTLE_MS)

    def hold_button(self, button, ms):
        self.press(button, ms)
        self.run_for(ms + 100)

    def reset(self, reset, outage_ms=0):
        """The chip restarts, for a reason that is none of the firmware's."""
        self.resets_expected += 1
        self.silent_until_ms = 0
        try:
            self.world.restart(reset, outage_ms)
        except worlds.Reset as raised:
            self.restarts.append(type(raised).__name__)
            self.power_on()

    def task(self, name):
        return next(task for task in self.app.scheduler.tasks if task.name == name)

    def light(self):
        """What the panel shows: red, green, blue."""
        lines = self.world.lines
        return tuple(lines[pin].level for pin in (BOARD.LIGHT_RED, BOARD.LIGHT_GREEN, BOARD.LIGHT_BLUE))

    def mode(self) -> int:
        """Of the prescription, -1 without one."""
        return -1 if self.body.prescription is None else self.body.prescription.mode

    def kinds(self) -> tuple[int, ...]:
        """Dose kinds of the boluses in progress, the one being given first."""
        plan = self.body.plan
        if plan is None:
            return ()
        given = () if plan.bolus is None else (plan.bolus.kind,)
        return given + tuple(sorted(bolus.kind for bolus in plan.suspended))

    def active(self):
        return {alarm for alarm in range(len(alarms.ALARMS)) if self.alarms.active(alarm)}

    def present(self):
        return {alarm for alarm in range(len(alarms.ALARMS)) if self.alarms.present(alarm)}

    def dump(self):
        """This pump as bytes, with the whole bench it sits on."""
        out = io.BytesIO()
        _Pickler(out, 5).dump(self)
        return out.getvalue()


def load(data):
    """The pump of these bytes, on the bench from now on."""
    pump = _Unpickler(io.BytesIO(data)).load()
    worlds.use(pump.world)
    return pump


def _wake(world):
    world.wake()


# What is one thing for all pumps: the board, and programs of state machines, which the bench knows by identity.
_SHARED = {"board": BOARD} | {
    name: value
    for module in (rotation_rp2, step_train_rp2)
    for name, value in vars(module).items()
    if isinstance(value, Program)
}
_NAMES = {id(value): name for name, value in _SHARED.items()}


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing):
        return _NAMES.get(id(thing))


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, name):
        return _SHARED[name]
