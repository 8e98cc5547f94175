"""Breadth first through the states of a pump: every stimulus is tried in each state that is new."""

import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from exploration import rules
from exploration.abstract import WHOLE, State, seen, state_of
from exploration.pump_copy import Pump, load
from exploration.stimuli import Stimulus


@dataclass
class Explored:
    """view: of abstract.VIEWS, or WHOLE. states: in it, each with how it was reached first (the state before, the
    stimulus). tried: names of stimuli. findings: words and the shortest path to each. queue: states still to be
    expanded, each with its pump.
    """

    view: str = WHOLE
    states: dict[State, tuple[State, str] | None] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    expanded: int = 0
    transitions: int = 0
    recoveries: int = 0
    findings: dict[str, list[str]] = field(default_factory=dict)
    queue: deque[tuple[State, bytes]] = field(default_factory=deque)

    @classmethod
    def beginning(cls, pump: Pump, view: str = WHOLE) -> "Explored":
        """With that pump alone."""
        explored = cls(view)
        explored.states[explored.of(pump)] = None
        explored.add(explored.of(pump), pump.dump())
        explored.note(rules.state_findings(pump), [])
        return explored

    def of(self, pump: Pump) -> State:
        """The state that a pump is in."""
        return seen(state_of(pump), self.view)

    def add(self, state: State, data: bytes) -> None:
        self.queue.append((state, zlib.compress(data, 1)))

    def path(self, state: State) -> list[str]:
        """Stimuli from power-on to where that state was reached first."""
        found = []
        while (origin := self.states[state]) is not None:
            state, name = origin
            found.append(name)
        return found[::-1]

    def figures(self) -> dict[str, Any]:
        """Counts and findings, the same at each run."""
        return {
            "states": len(self.states),
            "expanded": self.expanded,
            "transitions": self.transitions,
            "recoveries": self.recoveries,
            "longest_path": max(len(self.path(state)) for state in self.states),
            "findings": self.findings,
        }

    def note(self, findings: Iterable[str], path: list[str]) -> None:
        for finding in findings:
            self.findings.setdefault(finding, path)


def explore(
    explored: Explored,
    stimuli: Iterable[Stimulus],
    worth: Callable[[State], bool] = lambda state: True,
    limit: int | None = None,
    keep: Callable[[], None] = lambda: None,
) -> Explored:
    """Go on until nothing is left to be expanded. worth: whether a new state is, and must lead back to therapy; all are
    judged. limit: of states that are expanded, None for all. keep: called after each of them."""
    while explored.queue and explored.expanded != limit:
        state, packed = explored.queue.popleft()
        data = zlib.decompress(packed)
        for stimulus in stimuli:
            pump = load(data)
            if not stimulus.possible(pump):
                continue
            explored.transitions += 1
            explored.tried.add(stimulus.name)
            path = [*explored.path(state), stimulus.name]
            explored.note(step(pump, stimulus), path)
            reached = explored.of(pump)
            if reached in explored.states:
                continue
            explored.states[reached] = (state, stimulus.name)
            if worth(reached):
                copy = pump.dump()
                explored.add(reached, copy)
                explored.recoveries += 1
                explored.note(rules.recover(load(copy)), [*path, "(recovery)"])
        explored.expanded += 1
        keep()
    return explored


def step(pump: Pump, stimulus: Stimulus) -> list[str]:
    """Do that to a pump; what is wrong with how it went and with the state it led to."""
    before = rules.Before(pump)
    pump.was_acknowledged = False
    try:
        stimulus.act(pump)
    except AssertionError as error:
        return [f"{stimulus.name}: {error}"]
    rules.observe(pump)
    return [*rules.step_findings(before, stimulus, pump), *rules.state_findings(pump)]
