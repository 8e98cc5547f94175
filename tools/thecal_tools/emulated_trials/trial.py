"""One row of what was tried, and copies of an emulation to try things in."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

from thecal_tools.errors import ThecalError

Result = TypeVar("Result")


class Trial(NamedTuple):
    """what was tried, what was seen in words, and whether it is as it should be; figures: for programs."""

    name: str
    what: str
    seen: str
    ok: bool
    figures: dict[str, Any]


def aside(call: Callable[[], Result]) -> Result:
    """What call returns, from a copy of this process that is gone afterwards.

    A boot takes most of a trial's time. So it is emulated once, and each trial goes on from the same moment in a copy.
    Raises ThecalError for what call raised, and where the system makes no copies of processes.
    """
    try:
        context = multiprocessing.get_context("fork")
    except ValueError:
        raise ThecalError("emulate: trials need a system that can copy a process (fork)") from None
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(call, sender))
    process.start()
    sender.close()
    try:
        result, error = receiver.recv()
    except EOFError:
        raise ThecalError("emulate: a trial ended without a result") from None
    finally:
        process.join()
    if error is not None:
        raise ThecalError(error)
    return result


def _call(call: Callable[[], Any], sender: Connection) -> None:
    try:
        outcome = (call(), None)
    except ThecalError as error:
        outcome = (None, str(error))
    sender.send(outcome)
