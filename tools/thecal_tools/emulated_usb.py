"""The PC's side of the emulated USB serial port, with the traps of rp2040py's mended."""

from collections.abc import Callable

from rp2040py.peripherals.usb import (
    EP0_IN_BUFFER_CONTROL,
    INTE,
    INTR_DEV_SOF,
    SOF_RD,
    USB_BUF_CTRL_AVAILABLE,
    RPUSBController,
)
from rp2040py.rp2040 import RP2040
from rp2040py.usb.cdc import USBCDC

FRAME_NANOS = 1_000_000  # USB 2.0, 8.4.3: full speed, one start of frame each millisecond
_PACKET_BYTES = 64  # USB 2.0, 5.8.3: largest bulk packet at full speed


class _UsbController(RPUSBController):
    """rp2040py's controller, which never sends a start of frame, with frames while the firmware listens for them.

    MicroPython flushes what it printed before the host opened the port some frames after the opening; without frames
    that text stays in the chip until the next print.
    """

    def write_uint32(self, offset: int, value: int) -> None:
        super().write_uint32(offset, value)
        if offset == INTE and self._int_enable & INTR_DEV_SOF and not self._frames_on:
            self._frames_on = True
            self._frame_alarm.schedule(FRAME_NANOS)

    def read_uint32(self, offset: int) -> int:
        value = super().read_uint32(offset)
        if offset == SOF_RD and not self._host_mode:
            # RP2040 datasheet, INTR.DEV_SOF: cleared by reading SOF_RD.
            self._int_raw &= ~INTR_DEV_SOF
            self.check_interrupts()
        return value

    def dpram_updated(self, offset: int, value: int) -> None:
        if self._stalled and value & USB_BUF_CTRL_AVAILABLE and offset == EP0_IN_BUFFER_CONTROL + 8 * self.serial_in:
            self._held.append((offset, value))
        else:
            super().dpram_updated(offset, value)

    def reset(self) -> None:
        super().reset()
        self._held.clear()

    def stall(self, stalled: bool) -> None:
        """Let packets from the device wait, as with a host that does not read, or take them all."""
        self._stalled = stalled
        while self._held and not stalled:
            super().dpram_updated(*self._held.pop(0))

    def start(self) -> None:
        """Once, after the class of the object has changed."""
        self.serial_in = 0
        self._stalled = False
        self._held: list[tuple[int, int]] = []
        self._frames_on = False
        self._frame_alarm = self.rp2040.clock.create_alarm(self._frame)

    def _frame(self) -> None:
        self._frames_on = bool(self._int_enable & INTR_DEV_SOF) and self._connected
        if self._frames_on:
            self._sof_frame_number = (self._sof_frame_number + 1) & 0x7FF
            self._int_raw |= INTR_DEV_SOF
            self.check_interrupts()
            self._frame_alarm.schedule(FRAME_NANOS)


class UsbHost(USBCDC):
    """A PC at the other end of the cable: opens the port when the device appears, sends, collects.

    plugged: False for a pump on its battery, with no host on the bus.
    """

    def __init__(self, chip: RP2040, plugged: bool = True):
        controller = chip.usb_ctrl
        controller.__class__ = _UsbController
        assert isinstance(controller, _UsbController)
        controller.start()
        super().__init__(controller)
        self._controller = controller
        self._clock = chip.clock
        self._queue = bytearray()
        self._awaited = 0
        self._line_start = 0
        self.output = bytearray()
        self.lines: list[tuple[int, bytes]] = []
        self.on_bytes: Callable[[bytes], None] | None = None
        self._serve_control = controller.on_endpoint_read
        controller.on_endpoint_read = self._endpoint_read
        self.on_serial_data = self._collect
        if not plugged:
            controller.on_usb_enabled = None

    @property
    def is_open(self) -> bool:
        """The port is enumerated and open (DTR set)."""
        return self._initialized

    @property
    def queued(self) -> int:
        """How many bytes wait for the device."""
        return len(self._queue)

    def send(self, data: bytes) -> None:
        """Queue bytes for the device."""
        self._queue += data
        self._serve()

    def stall(self, stalled: bool = True) -> None:
        """Keep the port open but read nothing, until stall(False)."""
        self._controller.serial_in = self._in_endpoint
        self._controller.stall(stalled)

    def _endpoint_read(self, endpoint: int, size: int) -> None:
        if endpoint == self._out_endpoint:
            # rp2040py answers each request at once with an empty packet, the firmware asks again, and so on every
            # 10 us: the processor never sleeps. A real host sends nothing (NAK) until it has something to send.
            self._awaited = size
            self._serve()
        elif self._serve_control is not None:
            self._serve_control(endpoint, size)

    def _serve(self) -> None:
        if self._awaited and self._queue:
            size = min(self._awaited, len(self._queue), _PACKET_BYTES)
            packet = bytes(self._queue[:size])
            del self._queue[:size]
            self._awaited = 0
            self.usb.endpoint_read_done(self._out_endpoint, packet)

    def _collect(self, data: bytes | bytearray) -> None:
        self.output += data
        while True:
            end = self.output.find(b"\n", self._line_start)
            if end < 0:
                break
            self.lines.append((int(self._clock.nanos), bytes(self.output[self._line_start : end]).rstrip(b"\r")))
            self._line_start = end + 1
        if self.on_bytes is not None:
            self.on_bytes(bytes(data))

    def _on_controller_reset(self) -> None:
        super()._on_controller_reset()
        self._awaited = 0
        self._queue.clear()
