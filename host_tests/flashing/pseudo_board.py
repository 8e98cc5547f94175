"""A board in memory at a real pseudo-terminal: MicroPython's prompts, or a pump's link, as bytes."""

import contextlib
import json
import os
import pty
import threading
import tty

from thecal_tools.flashing import FlashError
from thecal_tools.flashing.serial_board import PUMP

RAW = b"raw REPL; CTRL-B to exit\r\n"
GREETING = b"\r\nMicroPython v1.28.0\r\n>>> "


class PseudoBoard:
    """board: MemoryBoard. Use as a context manager; name is the terminal's."""

    def __init__(self, board):
        self._board = board
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)
        self._is_raw = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        # With its last holder gone the thread's read ends.
        os.close(self._slave)
        self._thread.join(5)
        os.close(self._master)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                self._take(self._next())

    def _next(self):
        byte = os.read(self._master, 1)
        if not byte:
            raise OSError
        return byte

    def _say(self, text):
        os.write(self._master, text)

    def _take(self, byte):
        if self._board.runs == PUMP:
            self._link(byte)
        elif byte == b"\x01":
            self._is_raw = True
            self._say(RAW + b">")
        elif byte == b"\x02":
            self._is_raw = False
            self._say(GREETING)
        elif byte == b"\x03":
            self._say(b"\r\n>" if self._is_raw else b"\r\n>>> ")
        elif self._is_raw:
            self._piece(byte)
        elif byte == b"\x04":
            self._say(b"\r\nMPY: soft reboot\r\n")
            self._say(b"THECAL  bench\r\n" if self._board.restart() else b"STOPPED  program incomplete\r\n>>> ")
        elif byte in b"\r\n":
            self._say(b"\r\n>>> ")
        else:
            self._say(byte)

    def _link(self, byte):
        line = b""
        while byte != b"\n":
            line += byte
            byte = self._next()
        if line.strip():
            with contextlib.suppress(ValueError):
                request = json.loads(line)
                reply = {"jsonrpc": "2.0", "id": request["id"], **self._board.ask(request["method"])}
                self._say(json.dumps(reply).encode() + b"\r\n")

    def _piece(self, byte):
        if byte in b"\r":
            return
        piece = byte
        while not piece.endswith(b"\x04"):
            piece += self._next()
            if piece == b"\x05A\x01":
                # Raw paste is known, and not offered.
                self._say(b"R\x00")
                return
        self._say(b"OK")
        try:
            self._say(self._board.run(piece[:-1].decode()).encode() + b"\x04\x04>")
        except FlashError as error:
            self._say(b"\x04Traceback\r\n" + str(error).rpartition("says ")[2].encode() + b"\r\n\x04>")
