"""What must hold in every state, between any two, and on the way back to therapy. Findings are words.

The oracle of alarms reads the table and which alarms are there, and nothing else of the firmware's own conclusions.
"""

from exploration import programmes, stimuli
from exploration.pump_copy import STEADY, Pump
from thecal.tables import alarms, doses, states, texts
from virtual_bench.bench import CALIBRATION_PL_PER_STEP

# Held for these, the pump needs a restart once the cause is gone.
_NEEDS_RESTART = states.SELF_TEST | states.RECORDS | states.NO_CALIBRATION | states.NOT_COMMISSIONED
_REMINDS_MS = 1_800_000
_ESCALATES_MS = 600_000
# The monitor comes round once a minute, and an alarm's time counts from its first round.
_ROUNDS_MS = 125_000
_SLACK_STEPS = 1.01
_ACKNOWLEDGED = 4  # bit of an alarm's state, read only while a reminder may or may not have come
_NEEDS_COMMISSIONING = states.RECORDS | states.NO_CALIBRATION | states.NOT_COMMISSIONED


def strongest_response(pump: Pump) -> int:
    """By the table, in the column of the pump's drug."""
    column = programmes.DRUGS[pump.drug][1] if pump.body.prescription is not None else 0
    strongest = alarms.CONTINUE
    for alarm in pump.active():
        row = alarms.ALARMS[alarm]
        if pump.alarms.present(alarm) or row[3] & alarms.RESPONDS_UNTIL_ACKNOWLEDGED:
            # A stall is looked for anew with the background alone.
            most = alarms.NO_BOLUS if alarm == pump.alarms.retried else alarms.STOP
            strongest = max(strongest, min(row[1 + column], most))
    return strongest


def background_due(pump: Pump) -> bool:
    """True where the prescription has any background now and nothing holds it."""
    mode = pump.mode()
    return mode >= 0 and not pump.body.holds and max(programmes.RATES[mode]) > 0


def observe(pump: Pump) -> None:
    """Keep account of what came up and nobody has answered, and of what is due to be heard again."""
    active, now = pump.active(), pump.world.elapsed_ms
    for alarm in (active - pump.known) | {alarm for alarm in pump.present() if _reminds(pump, alarm)}:
        if alarm not in pump.unanswered:
            pump.unanswered.add(alarm)
            pump.raised_ms[alarm] = now
    pump.unanswered &= active
    pump.known = active


def _reminds(pump: Pump, alarm: int) -> bool:
    # After an acknowledgement that did not mend the cause; found within two rounds of the monitor.
    if alarms.ALARMS[alarm][0] == alarms.LOW or alarm in pump.unanswered:
        return False
    waited = pump.world.elapsed_ms - pump.acknowledged_ms.get(alarm, pump.world.elapsed_ms)
    if _REMINDS_MS <= waited < _REMINDS_MS + _ROUNDS_MS:
        return not pump.alarms.state(alarm) & _ACKNOWLEDGED
    return waited >= _REMINDS_MS


def state_findings(pump: Pump) -> list[str]:
    """What is wrong with a pump in this state."""
    return [*_reasons(pump), *_responses(pump), *_signals(pump), *_boluses(pump), *_accidents(pump)]


def _reasons(pump: Pump):
    # SR-29
    body = pump.body
    flows = body.plan is not None and body.plan.background.running
    if flows != background_due(pump):
        yield f"SR-29: background {'runs' if flows else 'is off'}, holds {body.holds}"
    if body.holds or body.is_reduced or body.prescription is None:
        if pump.facade.alarm() < 0 or not pump.facade.signal():
            yield f"SR-29: held ({body.holds}) or reduced ({body.is_reduced}) without an alarm"
        elif pump.light() == (0, 0, 0):
            yield "SR-29: held or reduced in the dark"


def _responses(pump: Pump):
    # SR-30
    body = pump.body
    expected = strongest_response(pump)
    if pump.alarms.response() != expected:
        yield f"SR-30: response {pump.alarms.response()}, by the table {expected}"
    if bool(body.holds & states.ALARM) != (expected == alarms.STOP):
        yield f"SR-30: holds {body.holds} under response {expected}"
    if body.is_reduced != (expected == alarms.MINIMUM_RATE):
        yield f"SR-30: reduced {body.is_reduced} under response {expected}"
    highest = max((alarms.ALARMS[alarm][0] for alarm in pump.active()), default=0)
    shown = pump.facade.signal()
    if not highest <= shown <= min(highest + 1, len(alarms.SIGNALS) - 1) or (shown and not highest):
        yield f"SR-30: signal {shown} is shown, the highest priority is {highest}"
    if pump.light() != STEADY[shown][0]:
        yield f"SR-30: the light shows {pump.light()} for signal {shown}"


def _signals(pump: Pump):
    # SR-31
    missing = {alarm for alarm in pump.causes if not pump.alarms.present(alarm)}
    if missing:
        yield f"SR-31: a cause is there without its alarm: {_names(missing)}"
    sounding = pump.facade.sounding()
    if pump.world.elapsed_ms > pump.silent_until_ms and bool(pump.unanswered) != bool(sounding):
        yield f"SR-31: {_names(pump.unanswered)} unanswered, sounding {sounding}"
    for alarm in pump.unanswered:
        priority = alarms.ALARMS[alarm][0]
        waited = pump.world.elapsed_ms - pump.raised_ms[alarm]
        if priority > alarms.LOW and waited > _ESCALATES_MS + _ROUNDS_MS and pump.facade.signal() <= priority:
            yield f"SR-31: {texts.ALARMS[alarm][0]} unanswered for {waited // 60_000} min and not escalated"


def _boluses(pump: Pump):
    # SR-07
    kinds = pump.kinds()
    granted = tuple(kind for kind in range(doses.KINDS) if pump.app.ledger.bolus_granted[kind])
    if len(set(kinds)) != len(kinds) or tuple(sorted(kinds)) != granted:
        yield f"SR-07: boluses {kinds} in the plan, {granted} in the ledger"
    if kinds and (pump.body.holds or pump.body.is_reduced):
        yield f"SR-07: boluses {kinds} while held ({pump.body.holds}) or reduced"
    if kinds and pump.body.plan.bolus is None:
        yield f"SR-07: boluses {kinds} wait for nothing"


def _accidents(pump: Pump):
    if not pump.is_faulted and pump.alarms.active(alarms.TASK_FAULT):
        errors = [entry["fields"] for entry in pump.journal() if entry["event"] == "task_fault"]
        yield f"a task failed: {errors[-1:]}"
    if len(pump.restarts) != pump.resets_expected:
        yield f"restarted by itself: {pump.restarts[-1]}"


def recover(pump: Pump) -> list[str]:
    """What keeps a pump from therapy after its causes are gone and the operator has done what the alarms say."""
    if not pump.body.running:
        # Long enough for every task to have gone to sleep.
        stimuli.A_WHILE.act(pump)
    pump.bench.faults.clear("level_offset")
    pump.volume.is_failing = False
    stimuli.remove_causes(pump)
    if pump.alarms.active(alarms.RESERVOIR_LOW) or pump.alarms.active(alarms.RESERVOIR_EMPTY):
        stimuli.REFILL.act(pump)
    if pump.body.holds & _NEEDS_COMMISSIONING:
        stimuli.commission(pump)
    elif pump.body.holds & _NEEDS_RESTART:
        stimuli.cut_power(pump)
    if pump.mode() < 0 or not max(programmes.RATES[pump.mode()]):
        stimuli.program(doses.SIMPLE).act(pump)
    if pump.body.holds & states.OPERATOR_STOP:
        stimuli.press_stop(pump)
    for _ in range(2):
        stimuli.acknowledge(pump)
        pump.run_for(stimuli.MINUTE_MS)
    if pump.alarms.active(alarms.RECORDS_FAILING):
        # The flash is tried with the next hour's totals, and after half an hour the alarm reminds.
        pump.run_for(61 * stimuli.MINUTE_MS)
        stimuli.acknowledge(pump)
    if not pump.body.running:
        return [f"SR-29: no way back to therapy: holds {pump.body.holds}, alarms {_names(pump.active())}"]
    return list(_therapy(pump))


def _therapy(pump):
    before, wall = pump.app.ledger.commanded[doses.BACKGROUND], pump.app.clock.wall()
    stimuli.A_WHILE.act(pump)
    given = pump.app.ledger.commanded[doses.BACKGROUND] - before
    due = due_steps(pump, wall, stimuli.A_WHILE.passes_ms)
    if abs(given - due) > _SLACK_STEPS:
        yield f"SR-29: {given} background steps after recovery, {due:.1f} were due"
    staying = {alarm for alarm in pump.active() if alarms.ALARMS[alarm][0] > alarms.LOW}
    if staying:
        yield f"SR-29: {_names(staying)} stays after recovery"


class Before:
    """What is compared after a stimulus."""

    def __init__(self, pump: Pump):
        self.kinds = set(pump.kinds())
        self.response = strongest_response(pump)
        self.holds = pump.body.holds
        self.answer = pump.facade.next_patient_bolus()[0]
        self.unanswered = set(pump.unanswered)
        self.edges = pump.bench.stepper.edges
        self.commanded = list(pump.app.ledger.commanded)
        self.wall = pump.app.clock.wall()
        self.condition = _condition(pump)


def _condition(pump: Pump) -> tuple:
    return pump.body.holds, pump.body.is_reduced, pump.mode(), pump.app.clock.wall() > 0, len(pump.restarts)


def step_findings(before: Before, stimulus: stimuli.Stimulus, pump: Pump) -> list[str]:
    """What is wrong with how a pump went from one state to the next."""
    return [*_grants(before, stimulus, pump), *_flow(before, stimulus, pump), *_latches(before, pump)]


def _grants(before, stimulus, pump):
    # SR-07, SR-30
    begun = set(pump.kinds()) - before.kinds
    if begun and (min(before.response, strongest_response(pump)) >= alarms.NO_BOLUS or before.holds):
        yield f"SR-30: a bolus {begun} was granted under response {before.response}, holds {before.holds}"
    if begun - {stimulus.asks_bolus, doses.SCHEDULED}:
        yield f"SR-07: boluses {begun} that nobody asked for"
    # A flash that has just failed is noticed by the grant that cannot be recorded.
    if pump.volume.is_failing:
        return
    if stimulus.asks_bolus == doses.PATIENT and (before.answer == doses.GRANTED) != (doses.PATIENT in begun):
        yield f"PR-07: the answer was to be {texts.REASONS[before.answer]}, begun {begun}"
    is_due = stimulus.asks_bolus == doses.SCHEDULED and pump.mode() >= 0 and pump.body.prescription.scheduled
    # Refused where the doses of the last day are not known, or nobody has acknowledged that records failed; the alarm
    # of a missed dose tells.
    is_refused = before.answer in (doses.HISTORY_UNKNOWN, doses.RECORDS_FAILING)
    is_told = is_refused and pump.alarms.active(alarms.DOSES_MISSED)
    is_open = before.response < alarms.NO_BOLUS and not before.holds and not is_told
    if is_due and is_open and doses.SCHEDULED not in pump.kinds():
        yield "SR-29: a scheduled bolus came due and was not begun"


def _flow(before, stimulus, pump):
    # SR-29, by the motor's edges
    given = pump.bench.stepper.edges - before.edges
    if not stimulus.passes_ms or before.condition != _condition(pump):
        return
    if before.condition[0] or pump.mode() < 0:
        if given:
            yield f"SR-29: {given} steps while held"
        return
    if pump.kinds() or before.kinds or before.commanded[1:] != list(pump.app.ledger.commanded[1:]):
        return
    due = due_steps(pump, before.wall, stimulus.passes_ms)
    if abs(given - due) > _SLACK_STEPS:
        yield f"SR-29: {given} steps in {stimulus.name}, {due:.1f} were due"


def due_steps(pump: Pump, wall: int, ms: int) -> float:
    """Background steps due in a time from a wall time on, the prescription or the minimum rate being given."""
    mode = pump.mode()
    if pump.body.is_reduced and max(programmes.RATES[mode]) > 0:
        mode = doses.MINIMUM_RATE
    return programmes.due_ul(mode, wall, ms // 1000) * 1_000_000 / CALIBRATION_PL_PER_STEP


def _latches(before, pump):
    # SR-31
    if pump.is_spoiled:
        return
    for alarm in before.unanswered - pump.active():
        if alarms.ALARMS[alarm][3] & alarms.LATCHES and not pump.was_acknowledged:
            yield f"SR-31: {texts.ALARMS[alarm][0]} went without an answer"


def _names(numbers) -> str:
    return ", ".join(texts.ALARMS[alarm][0] for alarm in sorted(numbers)) or "nothing"
