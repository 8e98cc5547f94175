"""A board at a serial port: is a pump or a prompt there, requests to the one, pieces of MicroPython for the other."""

import contextlib
import io
import json
import time
from collections.abc import Callable
from typing import Any

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from thecal_tools.flashing import FlashError

PUMP, PROMPT, SILENT, GONE = "pump", "prompt", "silent", "gone"
MAINTENANCE = "maintenance"
_PROMPT = b">>> "
_RESET = b"\x02\x04"  # Ctrl-B, the friendly prompt; Ctrl-D, a soft reset
_BANNER = b"THECAL "
_STOPPED = b"STOPPED "
_BAUD = 115_200
_LOOK_S = 0.05
# Longest wait for an answer; the pump's link answers in some milliseconds, and boots in one second.
_ANSWER_S = 1.5
_BOOT_S = 10.0
# The longest of the pieces reads and hashes all files.
_PIECE_S = 20.0
# The emulated chip, at whose pseudo-terminal all takes longer.
_PATIENCE_OF_PTY = 12.0


class _Transport(SerialTransport):
    """mpremote's, with DTR and RTS as told from the start: it opens ports with both set, which resets some boards."""

    def __init__(self, device: str, lines: bool, timeout: float):
        self.in_raw_repl = False
        self.use_raw_paste = True
        self.device_name = device
        self.mounted = False
        self.is_pty = self._is_pty_device(device)
        self.serial = serial.Serial(baudrate=_BAUD, timeout=timeout, write_timeout=timeout, inter_byte_timeout=1)
        self.serial.port = device
        self.serial.exclusive = True
        self.serial.dtr = self.serial.rts = lines
        self.serial.open()


class SerialBoard:
    """device: the port's name. lines: DTR and RTS while it is open; native USB ports send nothing without DTR.

    Raises FlashError for whatever goes wrong with the port.
    """

    def __init__(self, device: str, lines: bool = True, patience: float | None = None):
        self.device = device
        self._lines = lines
        is_pty = device.startswith("/dev/pts/")
        self.patience = patience if patience is not None else _PATIENCE_OF_PTY if is_pty else 1.0
        self._transport: _Transport | None = None
        self._heard = b""
        self._requests = 0

    def open(self) -> None:
        """Open the port, anew where it was open."""
        self.close()
        try:
            self._transport = _Transport(self.device, self._lines, 10.0 * self.patience)
        except (OSError, serial.SerialException) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise FlashError(
                f"{self.device}: cannot be opened ({reason}): close other programs that use it, check its permissions"
            ) from None

    def close(self) -> None:
        """Close the port. Its lines fall with it."""
        transport, self._transport = self._transport, None
        if transport is not None:
            with contextlib.suppress(OSError, serial.SerialException):
                transport.close()

    # ------------------------------------------------------------------------------------------------ pump or prompt

    def probe(self) -> str:
        """What answers: PUMP, PROMPT, SILENT (something else runs, or nothing), or GONE (no port)."""
        self._heard = b""
        try:
            if self._transport is None:
                self.open()
            # One line for both: a request to a pump, and to a prompt a dictionary, which ends in another prompt.
            self._send_request("identify", b"\r\n")
            if self._wait(lambda: self._reply() is not None or self._prompted(), _ANSWER_S * self.patience):
                return PUMP if self._reply() is not None else PROMPT
            return SILENT
        except (FlashError, OSError, serial.SerialException):
            self.close()
            return GONE

    def ask(self, method: str) -> dict[str, Any]:
        """The pump's whole reply to a request, {} where none came."""
        with _told(self.device):
            self._heard = b""
            self._send_request(method)
            self._wait(lambda: self._reply() is not None, _ANSWER_S * self.patience)
            return self._reply() or {}

    def _send_request(self, method: str, before: bytes = b"") -> None:
        self._requests += 1
        request = {"jsonrpc": "2.0", "id": self._requests, "method": method}
        self._port.write(before + json.dumps(request).encode() + b"\r\n")

    def _reply(self) -> dict[str, Any] | None:
        for line in self._heard.splitlines():
            with contextlib.suppress(ValueError):
                reply = json.loads(line)
                # A prompt echoes the request.
                if isinstance(reply, dict) and reply.get("id") == self._requests and "method" not in reply:
                    return reply
        return None

    def _prompted(self) -> bool:
        return self._heard.endswith(_PROMPT)

    def _wait(self, condition: Callable[[], bool], limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            waiting = self._port.in_waiting
            if waiting:
                self._heard += self._port.read(waiting)
            else:
                time.sleep(_LOOK_S)
        return True

    @property
    def _port(self) -> serial.Serial:
        assert self._transport is not None, "open() first"
        return self._transport.serial

    # ------------------------------------------------------------------------------------------------- at the prompt

    def enter(self) -> None:
        """Interrupt what runs and take the prompt. On a pump that runs this changes nothing, and it raises."""
        assert self._transport is not None, "open() first"
        # mpremote prints what it got in place of a prompt.
        with _told(self.device), contextlib.redirect_stdout(io.StringIO()):
            self._transport.enter_raw_repl(soft_reset=False, timeout_overall=int(5 * self.patience))

    def run(self, source: str) -> str:
        """Run a piece at the prompt and return what it printed."""
        assert self._transport is not None, "open() first"
        with _told(self.device):
            output, error = self._transport.exec_raw(source, timeout=int(_PIECE_S * self.patience))
        if error:
            lines = error.decode(errors="replace").strip().splitlines()
            raise FlashError(f"the board says {lines[-1] if lines else 'nothing'}: run the same command again")
        return output.decode(errors="replace")

    def restart(self) -> bool:
        """Leave the prompt and start boot.py and main.py anew; True where our firmware said its first line.

        A soft reset: a hard one would take the clock's time on an RP2040.
        """
        with _told(self.device):
            self._heard = b""
            self._port.write(_RESET)
            said = (_BANNER, _STOPPED, _PROMPT)
            self._wait(lambda: any(mark in self._last_start() for mark in said), _BOOT_S * self.patience)
            return _BANNER in self._last_start()

    def _last_start(self) -> bytes:
        return self._heard.partition(b"soft reboot")[2]


@contextlib.contextmanager
def _told(device: str):
    """What mpremote and the port raise, as one line."""
    try:
        yield
    except (TransportError, OSError, serial.SerialException) as error:
        raise FlashError(f"{device}: the board does not answer as it should ({error}): try again") from None
