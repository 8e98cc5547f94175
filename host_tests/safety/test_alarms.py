"""The table of alarms and the states of its alarms, against a model of what SR-30 and SR-31 say."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from thecal.safety.alarms import Alarms
from thecal.tables import alarms, drugs, texts

COUNT = len(alarms.ALARMS)
NUMBERS = {
    name: value
    for name, value in vars(alarms).items()
    if name.isupper() and isinstance(value, int) and name.lower() in {row[0] for row in texts.ALARMS}
}
COLUMNS = (drugs.OVERDOSE_HARMS_MOST, drugs.WITHDRAWAL_HARMS_TOO)
SILENCE_S, ESCALATES_S, REMINDS_S, LOOKS_EVERY_S = 120, 600, 1_800, 60


def priority(alarm: int) -> int:
    return alarms.ALARMS[alarm][0]


def has(alarm: int, flag: int) -> bool:
    return bool(alarms.ALARMS[alarm][3] & flag)


def new(state: bytearray | None = None) -> Alarms:
    return Alarms(bytearray(COUNT) if state is None else state)


@pytest.mark.req("SR-30")
def test_the_table_is_complete_every_row_has_priority_legal_responses_text_and_what_the_operator_does():
    assert sorted(NUMBERS.values()) == list(range(COUNT))
    assert len(texts.ALARMS) == COUNT == len({row[0] for row in texts.ALARMS})
    for alarm, (name, text, action) in enumerate(texts.ALARMS):
        assert NUMBERS[name.upper()] == alarm
        assert text and action and text[0].isupper() and action[0].isupper()
        rank, most, too, flags = alarms.ALARMS[alarm]
        assert rank in (alarms.LOW, alarms.MEDIUM, alarms.HIGH)
        for response in (most, too):
            assert response in (alarms.CONTINUE, alarms.NO_BOLUS, alarms.MINIMUM_RATE, alarms.STOP)
        assert flags in range(8)
    assert len(texts.RESPONSE_COLUMNS) == len(COLUMNS)


@pytest.mark.req("SR-30", "SR-31")
@pytest.mark.parametrize("alarm", range(COUNT), ids=[row[0] for row in texts.ALARMS])
def test_each_row_keeps_the_rules_of_the_table(alarm):
    rank, most, too, flags = alarms.ALARMS[alarm]
    # Where withdrawal harms as well, the response is never the stronger one.
    assert too <= most
    # A stop is nothing that a low alarm announces, and a high or medium alarm latches; stopped over 48 h is over when
    # delivery goes on, and the alarm comes again with each 48 h.
    assert most < alarms.STOP or rank > alarms.LOW
    assert rank == alarms.LOW or flags & alarms.LATCHES or alarm == alarms.STOPPED_LONG
    # What responds until it is acknowledged, or ends by that, must wait for it.
    assert flags & alarms.LATCHES or not flags & ~alarms.LATCHES


@pytest.mark.req("SR-30")
@pytest.mark.parametrize(("drug", "column"), [("baclofen", 1), ("clonidine", 1), ("morphine", 0), ("", 0), ("?", 0)])
def test_a_drug_that_nobody_has_heard_of_takes_the_column_of_overdose(drug, column):
    assert drugs.response_column(drug) == column


class Machine(RuleBasedStateMachine):
    """Any order of causes, answers, minutes and resets."""

    def __init__(self):
        super().__init__()
        self.seconds = 5_000
        self.state = bytearray(COUNT)
        self.real = new(self.state)
        self.present: set[int] = set()
        self.acknowledged: set[int] = set()
        self.active: dict[int, int] = {}  # since when it waits for an answer, or for its cause to go
        self.silenced_until = 0

    @rule(alarm=st.integers(0, COUNT - 1))
    def cause_comes(self, alarm):
        before = self.real.response()
        self.real.set(alarm, True)
        assert self.real.response() >= before
        if alarm not in self.present:
            self.present.add(alarm)
            self.active.setdefault(alarm, self.seconds)
            self.silenced_until = 0

    @rule(alarm=st.integers(0, COUNT - 1))
    def cause_goes(self, alarm):
        self.real.set(alarm, False)
        if alarm in self.present:
            self.present.discard(alarm)
            if not has(alarm, alarms.LATCHES) or alarm in self.acknowledged:
                self.is_over(alarm)

    @rule()
    def acknowledge(self):
        waiting = set(self.active) - self.acknowledged
        assert self.real.acknowledge() == len(waiting)
        for alarm in waiting:
            self.acknowledged.add(alarm)
            self.active[alarm] = self.seconds
            if has(alarm, alarms.OVER_WHEN_ACKNOWLEDGED):
                self.present.discard(alarm)
            if alarm not in self.present:
                self.is_over(alarm)

    @rule()
    def silence(self):
        self.real.silence(self.seconds)
        if self.active:
            self.silenced_until = self.seconds + SILENCE_S
        assert self.real.silenced_until <= self.seconds + SILENCE_S

    @rule(minutes=st.integers(1, 35))
    def time_passes(self, minutes):
        for _ in range(minutes):
            self.seconds += LOOKS_EVERY_S
            was = self.real.silenced_until
            self.real.escalate(self.seconds)
            if self.real.silenced_until != was:
                self.silenced_until = 0
            for alarm in list(self.acknowledged):
                if priority(alarm) > alarms.LOW and self.seconds - self.active[alarm] >= REMINDS_S + LOOKS_EVERY_S:
                    self.acknowledged.discard(alarm)
                    self.active[alarm] = self.seconds
                elif not self.is_acknowledged(alarm):
                    # Reminded within the minute by which the model does not know when it began to count.
                    assert self.seconds - self.active[alarm] >= REMINDS_S
                    self.acknowledged.discard(alarm)
                    self.active[alarm] = self.seconds

    @rule()
    def reset(self):
        self.real = new(self.state)
        self.real.resume()
        for alarm in list(self.active):
            if not has(alarm, alarms.OVER_WHEN_ACKNOWLEDGED):
                self.present.discard(alarm)
                if not has(alarm, alarms.LATCHES) or alarm in self.acknowledged:
                    self.is_over(alarm)
                    continue
            self.active[alarm] = self.seconds
        self.silenced_until = 0

    def is_over(self, alarm):
        del self.active[alarm]
        self.acknowledged.discard(alarm)

    def is_acknowledged(self, alarm):
        return bool(self.real.state(alarm) & 1 << texts.ALARM_STATES.index("acknowledged"))

    def is_escalated(self, alarm):
        return bool(self.real.state(alarm) & 1 << texts.ALARM_STATES.index("escalated"))

    @invariant()
    def what_is_shown_waits_for_its_cause_to_go_and_for_an_answer(self):
        for alarm in range(COUNT):
            assert self.real.active(alarm) == (alarm in self.active)
            assert self.real.present(alarm) == (alarm in self.present)
            assert self.is_acknowledged(alarm) == (alarm in self.acknowledged)

    @invariant()
    def the_strongest_response_wins_in_both_columns(self):
        for column in COLUMNS:
            self.real.column = column
            responding = [
                alarm
                for alarm in self.active
                if alarm in self.present or has(alarm, alarms.RESPONDS_UNTIL_ACKNOWLEDGED)
            ]
            strongest = max((alarms.ALARMS[alarm][1 + column] for alarm in responding), default=alarms.CONTINUE)
            assert self.real.response() == strongest

    @invariant()
    def unanswered_alarms_escalate(self):
        for alarm, since in self.active.items():
            waited = self.seconds - since
            if priority(alarm) == alarms.LOW or alarm in self.acknowledged:
                assert not self.is_escalated(alarm)
            elif waited >= ESCALATES_S + LOOKS_EVERY_S:
                assert self.is_escalated(alarm)

    @invariant()
    def the_most_urgent_is_shown_and_heard_unless_silenced_or_acknowledged(self):
        def urgency(alarm):
            return priority(alarm) + self.is_escalated(alarm)

        assert self.real.highest() == max(map(urgency, self.active), default=0)
        first = self.real.first()
        assert first == -1 if not self.active else urgency(first) == self.real.highest()
        unanswered = [urgency(alarm) for alarm in self.active if alarm not in self.acknowledged]
        heard = 0 if self.seconds < self.silenced_until else max(unanswered, default=0)
        assert self.real.sounding(self.seconds) == heard


TestEveryOrder = pytest.mark.req("SR-30", "SR-31")(Machine.TestCase)
TestEveryOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.req("SR-31")
def test_an_alarm_that_comes_and_goes_and_that_nobody_answers_escalates_all_the_same():
    real = new()
    for second in range(1_000, 1_000 + ESCALATES_S + 2 * LOOKS_EVERY_S, LOOKS_EVERY_S):
        real.set(alarms.OCCLUSION, True)
        real.escalate(second)
        real.set(alarms.OCCLUSION, False)
    assert real.highest() == alarms.HIGH + 1


@pytest.mark.req("SR-31")
def test_an_alarm_is_not_escalated_before_its_time_and_is_heard_again_after_an_acknowledgement_that_mended_nothing():
    real, heard = new(), []
    real.set(alarms.SUPPLY_LOW, True)
    for second in range(1_000, 6_000, LOOKS_EVERY_S):
        real.escalate(second)
        heard.append((second, real.sounding(second)))
        if second == 1_960:
            real.acknowledge()
    changes = [now for before, now in zip([(0, 0), *heard], heard, strict=False) if before[1] != now[1]]
    assert changes == [
        (1_000, alarms.MEDIUM),
        (1_600, alarms.MEDIUM + 1),
        (2_020, 0),
        (3_820, alarms.MEDIUM),
        (4_420, alarms.MEDIUM + 1),
    ]


def test_changes_are_reported_once_and_in_order():
    real, seen = new(), []
    real.listen(lambda alarm, change: seen.append(change))
    for present in (True, True, False, False, True):
        real.set(alarms.UNDER_DELIVERY, present)
    real.acknowledge()
    real.set(alarms.UNDER_DELIVERY, False)
    assert seen == [real.RAISED, real.CAUSE_GONE, real.RAISED, real.ACKNOWLEDGED, real.CLEARED]


@pytest.mark.req("SR-31")
def test_each_change_is_reported_with_the_alarm_that_it_is_about():
    real, seen = new(), []
    real.listen(lambda *change: seen.append(change))
    real.set(alarms.UNDER_DELIVERY, True)
    real.silence(1_000)
    real.escalate(1_000)
    real.escalate(1_000 + ESCALATES_S)
    real.set(alarms.UNDER_DELIVERY, False)
    real.acknowledge()
    changes = (real.RAISED, real.SILENCED, real.ESCALATED, real.CAUSE_GONE, real.ACKNOWLEDGED, real.CLEARED)
    assert seen == [(alarms.UNDER_DELIVERY, change) for change in changes]


@pytest.mark.req("SR-31")
def test_what_comes_up_again_with_the_press_that_acknowledges_is_not_acknowledged_by_it():
    real = new()
    for alarm in (alarms.CLOCK_UNKNOWN, alarms.RECORDS_FAILING, alarms.OVER_DELIVERY_WARNING):
        real.set(alarm, True)
    real.set(alarms.RECORDS_FAILING, False)
    assert real.active(alarms.RECORDS_FAILING)
    # The record of the first acknowledgement cannot be written.
    real.listen(lambda alarm, change: change == real.ACKNOWLEDGED and real.set(alarms.RECORDS_FAILING, True))
    assert real.acknowledge() == 2
    assert real.sounding(1_000) == alarms.ALARMS[alarms.RECORDS_FAILING][0]
    assert real.acknowledge() == 1
    assert real.sounding(1_000) == 0


@pytest.mark.req("SR-30")
def test_an_alarm_whose_cause_is_looked_for_anew_leaves_the_background_and_no_other_does():
    real = new()
    assert (real.column, real.retried) == (0, -1)
    real.set(alarms.MOTOR_STALL, True)
    assert real.response() == alarms.STOP
    real.retried = alarms.MOTOR_STALL
    assert real.response() == alarms.NO_BOLUS
    real.retried = alarms.OCCLUSION
    assert real.response() == alarms.STOP


def test_of_two_alarms_as_urgent_as_each_other_the_first_of_the_table_is_shown():
    real = new()
    for alarm in (alarms.OCCLUSION, alarms.MOTOR_STALL):
        assert alarms.ALARMS[alarm][0] == alarms.HIGH
        real.set(alarm, True)
    assert real.first() == alarms.MOTOR_STALL


@pytest.mark.req("SR-31")
def test_silence_ends_with_its_last_second():
    real = new()
    real.set(alarms.OCCLUSION, True)
    real.silence(1_000)
    assert [real.sounding(1_000 + later) for later in (SILENCE_S - 1, SILENCE_S)] == [0, alarms.HIGH]


@pytest.mark.req("SR-31")
def test_an_alarm_that_does_not_latch_is_over_with_its_cause_and_after_a_reset():
    real, seen = new(), []
    assert not has(alarms.STOPPED_LONG, alarms.LATCHES)
    real.listen(lambda alarm, change: seen.append(change))
    real.set(alarms.STOPPED_LONG, True)
    real.set(alarms.STOPPED_LONG, False)
    assert seen == [real.RAISED, real.CLEARED]
    real.set(alarms.STOPPED_LONG, True)
    for second in (1_000, 1_000 + ESCALATES_S):
        real.escalate(second)
    real.resume()
    assert not real.active(alarms.STOPPED_LONG)
