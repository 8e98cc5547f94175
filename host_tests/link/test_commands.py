"""The link's methods and errors: JSON-RPC 2.0, read-only, replies of at most 512 bytes."""

import pytest

from link.lines_of import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    LONGEST,
    METHOD_NOT_FOUND,
    METHODS,
    PARSE_ERROR,
    answer,
    request,
    send,
    strict,
)
from rig import SIMPLE, Rig
from thecal import VERSION
from thecal.link.commands import Commands
from thecal.tables import states


@pytest.fixture
def rig():
    rig = Rig(SIMPLE)
    rig.press("bolus", 1_100)
    rig.run_for(700_000)
    return rig


def error_of(rig: Rig, line: bytes) -> tuple:
    """(id, code) of the error that a line gets; its message says something."""
    reply = answer(rig, line)
    assert set(reply) == {"jsonrpc", "id", "error"}
    assert reply["jsonrpc"] == "2.0"
    assert reply["error"]["message"]
    return reply["id"], reply["error"]["code"]


def test_identify_names_product_version_board_and_use(rig):
    assert rig.ask("identify") == {
        "product": "thecal",
        "version": VERSION,
        "board": "RPI_PICO",
        "use": "bench only",
    }


def test_status_is_what_the_pump_says_of_itself(rig):
    status = rig.ask("status")
    assert list(status) == sorted(status)
    assert status["commanded_steps"] == status["confirmed_steps"] == rig.bench.stepper.edges
    assert status["reserved_steps"] == rig.app.body.mark.total
    assert status["pump_s"] == 700
    assert status["wall_quality"] == states.WALL_CLOCK_CHIP
    assert (status["holds"], status["alarm"]) == (0, -1)
    assert status["patient_next_pump_s"] == rig.app.pump.next_patient_bolus()[1]
    assert abs(status["reservoir_counted_nl"] - (20_000_000 - rig.bench.stepper.edges * 250)) < 10


def test_status_follows_a_bolus_in_progress(rig):
    rig.run_for(4_000_000)
    rig.press("bolus", 1_100)
    rig.run_for(300_000)
    status = rig.ask("status")
    assert status["bolus_kind"] == 2
    assert 0 < status["bolus_given_steps"] < status["bolus_granted_steps"] == 20


def test_the_self_test_is_reported_with_its_failures_and_what_no_test_can_prove(rig):
    assert rig.ask("self_test") == {"passed": True, "failures": 0, "unproven": 11, "holds": 0}
    rig.bench.faults.set("button_stuck", 1)
    rig.power_on()
    assert rig.ask("self_test") == {
        "passed": False,
        "failures": 32,
        "unproven": 15,
        "holds": states.SELF_TEST | states.ALARM,
    }


def test_the_whole_journal_is_read_record_by_record(rig):
    kept = rig.ask("journal.range")
    assert kept == {"oldest": 0, "next": len(rig.journal())}
    for sequence, entry in enumerate(rig.journal()):
        assert rig.ask("journal.read", sequence=sequence) == {"sequence": sequence, "record": entry["raw"]}


@pytest.mark.parametrize("sequence", [10_000, 2**32 - 1])
def test_a_record_that_is_not_kept_is_null(rig, sequence):
    assert rig.ask("journal.read", sequence=sequence) == {"sequence": sequence, "record": None}


@pytest.mark.parametrize("identity", [0, 1, -5, 2**32, "a", "id 12", "", "ü", None], ids=repr)
def test_a_reply_carries_the_identity_of_its_request(rig, identity):
    reply = answer(rig, request("identify", id=identity))
    assert reply["id"] == identity
    assert type(reply["id"]) is type(identity)
    assert error_of(rig, request("no such method", id=identity)) == (identity, METHOD_NOT_FOUND)


def test_a_notification_is_never_answered_not_even_with_an_error(rig):
    for line in (
        b'{"jsonrpc": "2.0", "method": "status"}',
        b'{"jsonrpc": "2.0", "method": "no such method"}',
        b'{"jsonrpc": "2.0", "method": "journal.read", "params": {}}',
    ):
        assert send(rig, line + b"\n") == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"status",
        b"\xff\xfe",
        b'{"jsonrpc": "2.0", "id": 1, "method": "status"',
        b"[" * 512,
        b"x" * 513,
        b"\0",
    ],
    ids=lambda line: repr(line[:20]),
)
def test_what_is_no_json_or_too_long_is_a_parse_error(rig, line):
    assert error_of(rig, line) == (None, PARSE_ERROR)


def test_a_valid_request_of_more_than_512_bytes_is_not_parsed(rig):
    line = request("status") + b" " * 600
    assert error_of(rig, line) == (None, PARSE_ERROR)
    assert answer(rig, request("status").ljust(LONGEST))["id"] == 1


@pytest.mark.parametrize(
    "line",
    [
        *(b"1", b"null", b'"status"', b"[]", b"{}", b"true", b"[" + request("status") + b"]"),
        b'{"id": 1, "method": "status"}',
        b'{"jsonrpc": "1.0", "id": 1, "method": "status"}',
        b'{"jsonrpc": 2.0, "id": 1, "method": "status"}',
        b'{"jsonrpc": "2.0", "id": 1}',
        b'{"jsonrpc": "2.0", "id": 1, "method": 5}',
        b'{"jsonrpc": "2.0", "id": 1, "method": null}',
        b'{"jsonrpc": "2.0", "id": [1], "method": "status"}',
        b'{"jsonrpc": "2.0", "id": {}, "method": "status"}',
        b'{"jsonrpc": "2.0", "id": true, "method": "status"}',
        b'{"jsonrpc": "2.0", "id": 1.5, "method": "status"}',
        b'{"jsonrpc": "2.0", "id": 1e999, "method": "status"}',
        b'{"jsonrpc": "2.0", "id": NaN, "method": "status"}',
        b'{"jsonrpc": "2.0", "id": ' + b"9" * 400 + b', "method": "status"}',
        b'{"jsonrpc": "2.0", "id": "' + b"x" * 400 + b'", "method": "status"}',
        b'{"jsonrpc": "2.0", "id": "' + b"\\u0001" * 60 + b'", "method": "status"}',
    ],
    ids=lambda line: repr(line[:60]),
)
def test_what_is_no_request_of_json_rpc_is_an_invalid_request(rig, line):
    assert error_of(rig, line) == (None, INVALID_REQUEST)


@pytest.mark.parametrize("method", ["", "Status", "status ", "stop", "program", "set_clock", "__init__", "_status"])
def test_a_method_that_there_is_not_is_named_as_such_and_the_others_are_listed(rig, method):
    line = request(method)
    assert error_of(rig, line) == (1, METHOD_NOT_FOUND)
    assert answer(rig, line)["error"]["message"] == "methods: " + " ".join(METHODS)


WRONG_SEQUENCES = ["1", None, 1.0, True, [1], -1, 2**32, int("9" * 300)]
WRONG_PARAMS = [{}, {"Sequence": 1}, [1], [], "1", 5, False, "", *({"sequence": value} for value in WRONG_SEQUENCES)]


@pytest.mark.parametrize("params", WRONG_PARAMS, ids=lambda params: repr(params)[:40])
def test_params_that_do_not_fit_are_an_error_that_names_them(rig, params):
    assert error_of(rig, request("journal.read", params)) == (1, INVALID_PARAMS)


@pytest.mark.parametrize("method", METHODS)
def test_params_are_an_object_for_every_method(rig, method):
    assert error_of(rig, request(method, [0])) == (1, INVALID_PARAMS)


@pytest.mark.parametrize("method", METHODS)
def test_no_reply_is_longer_than_512_bytes_even_with_the_largest_numbers(mocker, rig, method):
    pump = mocker.Mock(wraps=rig.app.pump)
    pump.status.side_effect = lambda: dict.fromkeys(rig.app.pump.status(), 2**32 - 1)
    pump.self_test.return_value = (2**32 - 1, 2**32 - 1)
    pump.holds.return_value = 2**32 - 1
    pump.journal_range.return_value = (2**32 - 1, 2**32 - 1)
    commands = Commands(pump, "A_BOARD_WITH_A_LONG_NAME_OF_32_C")
    for identity in (2**32 - 1, "x" * 22, "no such id"):
        reply = commands.answer(request(method, {"sequence": 0}, id=identity))
        assert reply is not None
        # As for requests, the line's end comes on top.
        assert len(reply.encode()) <= LONGEST
        assert strict(reply)["id"] == identity


def test_a_flash_that_cannot_be_read_is_an_error_and_no_fault_of_the_link(mocker, rig):
    mocker.patch.object(rig.app.pump, "journal_record", side_effect=OSError(5))
    identity, code = error_of(rig, request("journal.read", {"sequence": 0}))
    assert identity == 1 and -32099 <= code <= -32000
    assert rig.events("task_fault") == []


def test_the_link_reaches_the_pump_through_methods_that_only_read(mocker, rig):
    pump = mocker.Mock(wraps=rig.app.pump)
    commands = Commands(pump, "RPI_PICO")
    for method in METHODS:
        commands.answer(request(method, {"sequence": 0}))
    called = {call[0] for call in pump.method_calls}
    assert called == {"status", "self_test", "holds", "journal_range", "journal_record"}
    assert tuple(sorted(commands._methods)) == METHODS
