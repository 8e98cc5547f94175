"""The link beside therapy: a host that stalls, floods or sends half lines delays nothing and changes nothing."""

import json
import random

import pytest

from link.lines_of import LONGEST, METHODS, Port, answer, link_of, request, send, strict
from rig import SIMPLE, Rig
from virtual_bench.results import journal_bytes

HOUR_MS = 3_600_000
SEED, FUZZED_LINES = 20260322, 2_000


def state_of(rig: Rig) -> tuple:
    """Everything of a pump that a request could change, time apart."""
    body = rig.app.body
    ledger = body.ledger.to_bytes()
    counts = (body.mark.total, body.mark.committed, body.volume_per_step, body.prescription.binary)
    gate = tuple((bytes(window.counts), window.total, window.limit) for window in (body.gate.hour, body.gate.day))
    alarms = (bytes(body.alarms._state), body.alarms.silenced_until)
    bolus = body.plan.bolus and (body.plan.bolus.kind, body.plan.bolus.given)
    wall = (body.clock.quality, body.clock.wall() - body.clock.seconds)
    return rig.volume.snapshot(), ledger, counts, gate, alarms, bolus, wall, body.holds


def mutated(source: random.Random) -> bytes:
    """One line near a valid request: bits turned, bytes lost, doubled, put in, or another value in a field."""
    values = [None, True, 0, -1, 2**31, 1e308, "", "x" * 30, [], {}, [[]], {"sequence": 0}, "\ud800", "status"]
    body = {"jsonrpc": "2.0", "id": 1, "method": source.choice(METHODS), "params": {"sequence": source.randrange(20)}}
    if source.random() < 0.3:
        body[source.choice(["jsonrpc", "id", "method", "params", "x"])] = source.choice(values)
    line = bytearray(json.dumps(body).encode())
    for _ in range(source.choice([0, 1, 1, 2, 5, 40])):
        at = source.randrange(len(line)) if line else 0
        what = source.randrange(5)
        if what == 0 and line:
            line[at] ^= 1 << source.randrange(8)
        elif what == 1:
            del line[at : at + source.randrange(1, 9)]
        elif what == 2:
            line[at:at] = bytes(source.randrange(256) for _ in range(source.randrange(1, 9)))
        elif what == 3:
            line[at:at] = line[: source.randrange(1, 200)]
        else:
            line[at:at] = source.choice([b"NaN", b"1e999", b"\\u0000", b"[[[[", b"}}", b'"', b"\0", b"-"])
    return bytes(line).replace(b"\n", b"")


def test_two_thousand_mutated_lines_raise_nothing_change_nothing_and_are_answered_in_json():
    rig = Rig(SIMPLE)
    rig.press("bolus", 1_100)
    rig.run_for(700_000)
    source = random.Random(SEED)
    before, boots = state_of(rig), len(rig.restarts)
    replies = errors = 0
    for _ in range(FUZZED_LINES // 50):
        for reply in send(rig, b"".join(mutated(source) + b"\n" for _ in range(50))):
            value = strict(reply)
            assert len(reply) < LONGEST
            assert value["jsonrpc"] == "2.0" and ("result" in value) != ("error" in value)
            replies += 1
            errors += "error" in value
    assert state_of(rig) == before
    assert (rig.events("task_fault"), len(rig.restarts)) == ([], boots)
    assert replies > 0.9 * FUZZED_LINES
    assert 0.3 * replies < errors < 0.95 * replies
    assert answer(rig, request("identify"))["result"]["product"] == "thecal"


@pytest.mark.parametrize("line", [request("status"), b"x" * 5_000, b"[" * 400], ids=["status", "too long", "nested"])
def test_a_flood_of_lines_delays_no_step_and_no_safety_task(line):
    quiet, flooded = Rig(SIMPLE), Rig(SIMPLE)
    edges = []
    for rig in (quiet, flooded):
        edges.append([])
        step = rig.world.lines[rig.board.PUMP_STEP]
        step.listen(lambda level, rig=rig, seen=edges[-1]: seen.append(rig.world.elapsed_ms) if level else None)
    for _ in range(20):
        flooded.world.type_in((line + b"\n") * 20)
        flooded.app.serial_arrived()
        flooded.run_for(15_000)
    quiet.run_for(20 * 15_000)
    assert edges[0] == edges[1] != []
    assert max(task.worst_late_ms for task in flooded.app.scheduler.tasks if task.safety) <= 50
    assert journal_bytes(flooded.volume) == journal_bytes(quiet.volume)


def test_more_lines_than_fit_one_turn_are_answered_in_turns():
    rig = Rig(SIMPLE)
    runs = next(task for task in rig.app.scheduler.tasks if task.name == "link").runs
    replies = send(rig, b"".join(request("identify", id=number) + b"\n" for number in range(20)))
    assert [strict(reply)["id"] for reply in replies] == list(range(20))
    assert next(task for task in rig.app.scheduler.tasks if task.name == "link").runs - runs >= 5


def test_a_host_that_stalls_costs_its_replies_and_nothing_else():
    rig = Rig(SIMPLE)
    lines = link_of(rig)._lines
    taken, lines._port.write = lines._port.write, lambda data: 0
    assert send(rig, (request("status") + b"\n") * 30) == []
    assert lines.dropped == 30
    rig.run_for(HOUR_MS)
    assert rig.bench.stepper.edges == 40
    assert (rig.restarts, rig.events("task_fault"), rig.app.body.holds) == ([], [], 0)
    lines._port.write = taken
    assert answer(rig, request("identify"))["id"] == 1


def test_a_host_that_stalls_in_mid_reply_gets_its_next_reply_as_a_line_of_its_own():
    rig = Rig(SIMPLE)
    lines = link_of(rig)._lines
    port = Port(room=100)
    taken, lines._port.write = lines._port.write, port.write
    send(rig, request("status") + b"\n")
    assert len(port.sent) == 100
    lines._port.write = taken
    assert strict(send(rig, request("identify") + b"\n")[-1])["id"] == 1


def test_half_a_line_waits_for_hours_and_is_answered_when_it_is_whole():
    rig = Rig(SIMPLE)
    line = request("status")
    assert send(rig, line[:20]) == []
    rig.run_for(3 * HOUR_MS)
    assert rig.world.serial_out.any() == 0
    assert answer(rig, line[20:])["id"] == 1


def test_half_a_line_before_a_power_cut_is_forgotten():
    rig = Rig(SIMPLE)
    send(rig, request("status")[:20])
    rig.world.at_ms(0, lambda _: rig.world.cut_power(1_000))
    rig.run_for(2_000)
    assert rig.restarts == ["PowerCut"]
    assert answer(rig, request("identify"))["result"]["product"] == "thecal"
