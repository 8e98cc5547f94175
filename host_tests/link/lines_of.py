"""A serial port that tests fill and empty by hand, and the link of a whole pump."""

import json
from typing import Any

from rig import Rig
from thecal.link.link import Link

# JSON-RPC 2.0, section 5.1.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
METHODS = ("identify", "journal.range", "journal.read", "self_test", "status")
LONGEST = 512


class Port:
    """chunks: what each read() finds, one after another. room: how many bytes the host takes before it stalls."""

    def __init__(self, *chunks: bytes, room: int = 1 << 30):
        self.chunks = list(chunks)
        self.room = room
        self.sent = bytearray()

    def read(self) -> bytes:
        return self.chunks.pop(0) if self.chunks else b""

    def write(self, data: bytes) -> int:
        count = min(len(data), self.room)
        self.room -= count
        self.sent += data[:count]
        return count


def _refuse(constant: str) -> None:
    raise ValueError(constant + " is no JSON")


def strict(text: bytes | str) -> Any:
    """The value of a JSON text; NaN and Infinity are none."""
    return json.loads(text, parse_constant=_refuse)


def request(method: str, params: Any = None, **fields: Any) -> bytes:
    """One request as a line without its end."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method} | fields
    return json.dumps(body if params is None else body | {"params": params}).encode()


def link_of(rig: Rig) -> Link:
    return next(task.run.__self__ for task in rig.app.scheduler.tasks if task.name == "link")


def send(rig: Rig, data: bytes) -> list[bytes]:
    """Type bytes into a running pump; the lines that come back."""
    rig.world.type_in(data)
    rig.app.serial_arrived()
    rig.run_for(10 + 5 * data.count(b"\n"))
    return rig.world.serial_out.read().split(b"\n")[:-1]


def answer(rig: Rig, line: bytes) -> Any:
    """The reply to one line, parsed; every line that is no notification gets exactly one."""
    (reply,) = send(rig, line + b"\n")
    assert len(reply) < LONGEST
    return strict(reply)
