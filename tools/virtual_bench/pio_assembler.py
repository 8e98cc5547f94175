"""PIO assembler with the checks and the encodings of MicroPython's rp2 module (ports/rp2/modules/rp2.py, 1.27-1.29)."""

MAX_INSTRUCTIONS = 32  # RP2040 datasheet, 3.2: instruction memory of one PIO block


class PIOASMError(Exception):
    pass


class Program:
    """An assembled program: its name, words, and what its pins start as."""

    def __init__(self, name, words, set_init, sideset_init, sideset_count, out_init=None, out_shiftdir=0):
        self.name = name
        self.words = words
        self.set_init = set_init
        self.sideset_init = sideset_init
        self.sideset_count = sideset_count
        self.out_init = out_init
        self.out_shiftdir = out_shiftdir


class Emitter:
    """Two passes over the program's body: labels first, words second."""

    def __init__(self, sideset_init=None):
        self.words = []
        self.labels = {}
        self.wrap_used = False
        self.wrap_target_at = 0
        self.wrap_at = 0
        self.number = 0
        self.sidesets = 0
        self.sideset_optional = False
        self.first_pass = True
        self.delay_max = 31
        if sideset_init is None:
            self.sideset_count = 0
        elif isinstance(sideset_init, int):
            self.sideset_count = 1
        else:
            self.sideset_count = len(sideset_init)

    def start_pass(self, is_first):
        if not is_first and not self.wrap_used and self.number:
            self.wrap()
        self.delay_max = 31
        if self.sideset_count and not is_first:
            self.sideset_optional = self.sidesets != self.number
            if self.sideset_optional:
                self.sideset_count += 1
        self.delay_max >>= self.sideset_count
        self.first_pass = is_first
        self.number = 0
        self.sidesets = 0

    def __getitem__(self, key):
        return self.delay(key)

    def delay(self, cycles):
        if not self.first_pass:
            if cycles > self.delay_max:
                raise PIOASMError("delay too large")
            self.words[-1] |= cycles << 8
        return self

    def side(self, value):
        self.sidesets += 1
        if not self.first_pass:
            bits = self.sideset_count - (1 if self.sideset_optional else 0)
            if bits == 0:
                raise PIOASMError("no sideset")
            if value >= 1 << bits:
                raise PIOASMError("sideset too large")
            self.words[-1] |= (1 if self.sideset_optional else 0) << 12 | value << (13 - self.sideset_count)
        return self

    def wrap_target(self):
        self.wrap_target_at = self.number

    def wrap(self):
        assert self.number
        self.wrap_at = self.number - 1
        self.wrap_used = True

    def label(self, label):
        if self.first_pass:
            if label in self.labels:
                raise PIOASMError("duplicate label {}".format(label))
            self.labels[label] = self.number

    def word(self, instruction, label=None):
        self.number += 1
        if not self.first_pass:
            address = 0
            if label is not None:
                if label not in self.labels:
                    raise PIOASMError("unknown label {}".format(label))
                address = self.labels[label]
            self.words.append(instruction | address)
        return self

    def nop(self):
        return self.word(0xA042)

    def jmp(self, condition, label=None):
        if label is None:
            label = condition
            condition = 0
        return self.word(condition << 5, label)

    def wait(self, polarity, source, index):
        if source == 6:  # pin
            source = 1
        elif source != 0:  # irq
            source = 2
        return self.word(0x2000 | polarity << 7 | source << 5 | index)

    def in_(self, source, data):
        if not 0 < data <= 32:
            raise PIOASMError("invalid bit count {}".format(data))
        return self.word(0x4000 | source << 5 | data & 0x1F)

    def out(self, destination, data):
        if destination == 8:  # exec
            destination = 7
        if not 0 < data <= 32:
            raise PIOASMError("invalid bit count {}".format(data))
        return self.word(0x6000 | destination << 5 | data & 0x1F)

    def push(self, value=0, value2=0):
        value |= value2
        if not value & 1:
            value |= 0x20  # block by default
        return self.word(0x8000 | value & 0x60)

    def pull(self, value=0, value2=0):
        value |= value2
        if not value & 1:
            value |= 0x20
        return self.word(0x8080 | value & 0x60)

    def mov(self, destination, source):
        if destination == 8:  # exec
            destination = 4
        return self.word(0xA000 | destination << 5 | source)

    def irq(self, modifier, index=None):
        if index is None:
            index = modifier
            modifier = 0
        return self.word(0xC000 | modifier & 0x60 | index)

    def set(self, destination, data):
        return self.word(0xE000 | destination << 5 | data)

    def names(self):
        """What a program's body, or an exec() string, may call."""
        names = {
            "gpio": 0,
            "pins": 0,
            "x": 1,
            "y": 2,
            "null": 3,
            "pindirs": 4,
            "pc": 5,
            "status": 5,
            "isr": 6,
            "osr": 7,
            "exec": 8,
            "not_x": 1,
            "x_dec": 2,
            "not_y": 3,
            "y_dec": 4,
            "x_not_y": 5,
            "pin": 6,
            "not_osre": 7,
            "noblock": 0x01,
            "block": 0x21,
            "iffull": 0x40,
            "ifempty": 0x40,
            "clear": 0x40,
            "invert": _invert,
            "reverse": _reverse,
            "rel": _rel,
        }
        for name in _DIRECTIVES:
            names[name] = getattr(self, name)
        for name in _INSTRUCTIONS:
            names[name] = getattr(self, name)
        names["in_"] = self.in_
        return names


_DIRECTIVES = ("wrap_target", "wrap", "label", "word")
_INSTRUCTIONS = ("nop", "jmp", "wait", "out", "push", "pull", "mov", "irq", "set")


def _invert(source):
    return source | 0x08


def _reverse(source):
    return source | 0x10


def _rel(index):
    return index | 0x10


def assemble(function, set_init, sideset_init, out_init=None, out_shiftdir=0):
    """Run the body of a program twice and return its Program."""
    emitter = Emitter(sideset_init)
    # As the real module does: the body sees the instructions as its globals, and nothing else.
    names = function.__globals__
    kept = {}
    kept.update(names)
    names.clear()
    names.update(emitter.names())
    try:
        emitter.start_pass(True)
        function()
        emitter.start_pass(False)
        function()
    finally:
        names.clear()
        names.update(kept)
    words, count = emitter.words, emitter.sideset_count
    return Program(function.__name__, words, set_init, sideset_init, count, out_init, out_shiftdir)


def encode(instruction, sideset_count, sideset_opt=False):
    """One instruction, written as in a program, as a word."""
    emitter = Emitter()
    emitter.sideset_count = sideset_count
    emitter.sideset_optional = sideset_opt
    emitter.delay_max = 31
    emitter.first_pass = False
    exec(instruction, emitter.names())
    if len(emitter.words) != 1:
        raise PIOASMError("expecting exactly 1 instruction")
    return emitter.words[0]
