"""The abstract state of a pump: what of it decides how it answers, with quantities reduced to their classes."""

from typing import NamedTuple

from exploration.pump_copy import Pump
from thecal.tables import alarms


class State(NamedTuple):
    """holds: bits of tables.states. reduced: minimum rate by an alarm. response: the strongest of all alarms.

    signal, sound: rows of tables.alarms.SIGNALS seen and heard. settled: acknowledged alarms whose cause is there.
    lingering: alarms without their cause. caused: a cause was put there. owed: an alarm responds until it is
    acknowledged. bolus: kind being given, 0 none. waiting: kinds suspended. answer: what a patient's request would get.
    failing: the flash takes nothing. journal_open, ledger_lost: of the records. clock: the time of day is known. mode:
    of the prescription, -1 none.
    """

    holds: int
    reduced: bool
    response: int
    signal: int
    sound: bool
    settled: bool
    lingering: bool
    caused: bool
    owed: bool
    bolus: int
    waiting: tuple
    answer: int
    failing: bool
    journal_open: bool
    ledger_lost: bool
    clock: bool
    mode: int


# What is left out of a state, so that all of them can be visited: together the two are every part of it.
VIEWS = {
    "alarms": ("clock", "mode", "waiting", "answer"),
    "programmes": ("signal", "sound", "settled", "lingering", "owed"),
}
WHOLE = ""


def seen(state: State, view: str) -> State:
    """The state without what the view leaves out, None in its place."""
    return state if view == WHOLE else state._replace(**dict.fromkeys(VIEWS[view]))


def state_of(pump: Pump) -> State:
    kinds: tuple[int, ...] = pump.kinds()
    active, present = pump.active(), pump.present()
    return State(
        holds=pump.body.holds,
        reduced=pump.body.is_reduced,
        response=pump.alarms.response(),
        signal=pump.facade.signal(),
        sound=pump.facade.sounding() > 0,
        settled=bool(present - pump.unanswered),
        lingering=bool(active - present),
        caused=bool(pump.causes),
        owed=any(alarms.ALARMS[alarm][3] & alarms.RESPONDS_UNTIL_ACKNOWLEDGED for alarm in active),
        bolus=kinds[0] if kinds else 0,
        waiting=kinds[1:],
        answer=pump.facade.next_patient_bolus()[0],
        failing=pump.volume.is_failing,
        journal_open=pump.app.journal.is_open,
        ledger_lost=pump.app.ledger.is_lost,
        clock=pump.app.clock.wall() > 0,
        mode=pump.mode(),
    )
