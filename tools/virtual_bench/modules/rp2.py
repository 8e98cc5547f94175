"""Fake rp2 module: the names, parameters and argument checks of MicroPython 1.27-1.29 on RP2040."""

from virtual_bench import pio_assembler, world
from virtual_bench.pio_assembler import PIOASMError

__all__ = ("PIO", "PIOASMError", "StateMachine", "asm_pio", "asm_pio_encode")

_SYSTEM_HZ = 125_000_000  # clk_sys as the stock image sets it
_encoded = {}


class PIO:
    """One of the two PIO blocks; here only its constants and remove_program()."""

    IN_LOW = 0
    IN_HIGH = 1
    OUT_LOW = 2
    OUT_HIGH = 3
    SHIFT_LEFT = 0
    SHIFT_RIGHT = 1
    JOIN_NONE = 0
    JOIN_TX = 1
    JOIN_RX = 2
    IRQ_SM0 = 256
    IRQ_SM1 = 512
    IRQ_SM2 = 1024
    IRQ_SM3 = 2048

    def __init__(self, id):
        if not 0 <= id <= 1:
            raise ValueError("PIO({}) doesn't exist".format(id))
        self._programs = world.current.pio_programs[id]

    def add_program(self, program):
        _add_program(self._programs, program)

    def remove_program(self, program=None):
        if program is None:
            self._programs.clear()
        elif program in self._programs:
            self._programs.remove(program)


def asm_pio(
    *,
    out_init=None,
    set_init=None,
    sideset_init=None,
    side_pindir=False,
    in_shiftdir=PIO.SHIFT_LEFT,
    out_shiftdir=PIO.SHIFT_LEFT,
    autopush=False,
    autopull=False,
    push_thresh=32,
    pull_thresh=32,
    fifo_join=PIO.JOIN_NONE,
):
    """Decorator that turns a body of PIO instructions into a program."""

    def assemble(function):
        return pio_assembler.assemble(function, set_init, sideset_init, out_init, out_shiftdir)

    return assemble


def asm_pio_encode(instr, sideset_count, sideset_opt=False):
    """One instruction as a word."""
    return pio_assembler.encode(instr, sideset_count, sideset_opt)


def _add_program(programs, program):
    if program in programs:
        return
    used = 0
    for other in programs:
        used += len(other.words)
    if used + len(program.words) > pio_assembler.MAX_INSTRUCTIONS:
        raise OSError(12)  # ENOMEM
    programs.append(program)


def _line_of(pin):
    return None if pin is None else pin._line


class StateMachine:
    """State machine id, 0 to 7; optionally initialised with a program at once."""

    def __init__(self, id, program=None, **kwargs):
        if not 0 <= id < world.STATE_MACHINES:
            raise ValueError("StateMachine({}) doesn't exist".format(id))
        self._core = world.current.state_machines[id]
        self._programs = world.current.pio_programs[id // 4]
        self._sideset_count = 0
        if program is not None:
            self.init(program, **kwargs)
        elif kwargs:
            raise TypeError("program required")

    def init(
        self,
        program,
        *,
        freq=-1,
        in_base=None,
        out_base=None,
        set_base=None,
        jmp_pin=None,
        sideset_base=None,
        in_shiftdir=None,
        out_shiftdir=None,
        push_thresh=None,
        pull_thresh=None,
    ):
        if not isinstance(program, pio_assembler.Program):
            raise TypeError("program must come from asm_pio")
        if freq == -1:
            freq = _SYSTEM_HZ
        # The divider is 16.8 bits, from 1 to 65536.
        if not _SYSTEM_HZ // 65_536 < freq <= _SYSTEM_HZ:
            raise ValueError("freq out of range")
        _add_program(self._programs, program)
        self._sideset_count = program.sideset_count
        out_lines = ()
        if out_base is not None and program.out_init is not None:
            first = out_base._line.number
            out_lines = tuple(world.current.lines[first : first + len(program.out_init)])
        self._core.load(
            program, freq, _line_of(in_base), _line_of(set_base), _line_of(sideset_base), _line_of(jmp_pin), out_lines
        )

    def active(self, value=None):
        if value is not None:
            self._core.set_active(bool(value))
        return self._core.is_active

    def restart(self):
        raise NotImplementedError("the bench does not model StateMachine.restart(); use init()")

    def exec(self, instr):
        if isinstance(instr, str):
            word = _encoded.get(instr)
            if word is None:
                word = asm_pio_encode(instr, 0)
                _encoded[instr] = word
        else:
            word = instr
        self._core.execute(word)

    def get(self, buf=None, shift=0):
        if buf is None:
            return self._core.get() >> shift
        for index in range(len(buf)):
            buf[index] = self._core.get() >> shift
        return buf

    def put(self, value, shift=0):
        if isinstance(value, int):
            self._core.put(value << shift)
        else:
            for word in value:
                self._core.put(word << shift)

    def rx_fifo(self):
        return len(self._core.rx)

    def tx_fifo(self):
        return len(self._core.tx)

    def irq(self, handler=None, trigger=1, hard=False):
        raise NotImplementedError("the bench's PIO programs raise no interrupts")
