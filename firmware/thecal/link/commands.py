"""What the link answers, read-only so far: JSON-RPC 2.0, one request or reply per line of at most 512 bytes.

Replies carry numbers; their words are in tables.texts on the host.
"""

import json
from binascii import hexlify

from thecal import VERSION

_PARSE_ERROR = -32700
_INVALID_REQUEST = -32600
_METHOD_NOT_FOUND = -32601
_INVALID_PARAMS = -32602
_UNREADABLE = -32000
# Of an identity as JSON text, so that no reply passes 512 bytes.
_LONGEST_IDENTITY = 24


class Commands:
    """pump: pump.facade.Facade. board: its name."""

    def __init__(self, pump, board):
        self._pump = pump
        self._board = board
        self._methods = {
            "identify": self._identify,
            "status": self._status,
            "self_test": self._self_test,
            "journal.range": self._journal_range,
            "journal.read": self._journal_read,
        }

    def answer(self, line):
        """The reply to one line as text, or None for a notification."""
        try:
            request = json.loads(line)
        except ValueError:
            return _error(None, _PARSE_ERROR, "not JSON, or longer than 512 bytes")
        if (
            not isinstance(request, dict)
            or request.get("jsonrpc") != "2.0"
            or not isinstance(request.get("method"), str)
            or not _is_identity(request.get("id"))
        ):
            return _error(None, _INVALID_REQUEST, "not a JSON-RPC 2.0 request with a short id")
        reply = self._reply(request, request.get("id"))
        return reply if "id" in request else None

    def _reply(self, request, identity):
        method = self._methods.get(request["method"])
        if method is None:
            return _error(identity, _METHOD_NOT_FOUND, "methods: " + " ".join(sorted(self._methods)))
        params = request.get("params", {})
        if not isinstance(params, dict):
            return _error(identity, _INVALID_PARAMS, "params: an object")
        try:
            result = method(params)
        except (KeyError, ValueError) as error:
            return _error(identity, _INVALID_PARAMS, "params: %s" % error.args[0])
        except OSError:
            return _error(identity, _UNREADABLE, "the records cannot be read")
        # Without blanks, so that the status of a long life fits a line.
        return json.dumps({"jsonrpc": "2.0", "id": identity, "result": result}, separators=(",", ":"))

    def _identify(self, params):
        return {"product": "thecal", "version": VERSION, "board": self._board, "use": "bench only"}

    def _status(self, params):
        status = self._pump.status()
        return {key: status[key] for key in sorted(status)}

    def _self_test(self, params):
        failures, unproven = self._pump.self_test()
        return {
            "passed": failures == 0,
            "failures": failures,
            "unproven": unproven,
            "holds": self._pump.holds(),
        }

    def _journal_range(self, params):
        oldest, following = self._pump.journal_range()
        return {"oldest": oldest, "next": following}

    def _journal_read(self, params):
        sequence = params["sequence"]
        if type(sequence) is not int or not 0 <= sequence <= 0xFFFFFFFF:
            raise ValueError("sequence is a whole number of 32 bits")
        record = self._pump.journal_record(sequence)
        return {"sequence": sequence, "record": None if record is None else hexlify(record).decode()}


def _is_identity(identity):
    # type(), as True is an int on one interpreter and none on the other.
    return identity is None or (type(identity) in (int, str) and len(json.dumps(identity)) <= _LONGEST_IDENTITY)


def _error(identity, code, message):
    return json.dumps({"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message}})
