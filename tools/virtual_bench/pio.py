"""State machines of the fake RP2040: FIFOs, pins, and a model of what each known PIO program does.

Programs are known by name. Their models keep the timing of the real instructions to the cycle (one cycle is 1 us at the
1 MHz that the drivers use); host tests compare them with an emulated PIO.
"""

from virtual_bench.lines import OWNER_PIO

FIFO_WORDS = 4  # RP2040 datasheet, 3.2
_ALL_ONES = 0xFFFFFFFF

BEHAVIOURS = {}


def register(program_name, behaviour):
    """Let behaviour (a class like StepTrainBehaviour) stand for the PIO program of that name."""
    BEHAVIOURS[program_name] = behaviour


class _NoProgram:
    """A state machine that nobody has given a program."""

    def start(self):
        """The machine is set active."""

    def stop(self):
        """The machine is stopped: pins keep their level."""

    def end(self):
        """The program is taken away."""

    def fed(self):
        """A word came into the TX FIFO of an active machine."""

    def flagged(self):
        """Another machine of the block has raised IRQ flag 4."""

    def execute(self, word):
        """An instruction from outside the program."""
        raise NotImplementedError("the state machine has no program")


_NO_PROGRAM = _NoProgram()


class StateMachineCore:
    """What survives of a state machine when Python forgets its object: FIFOs, pins and the running program."""

    def __init__(self, world, number):
        self.world = world
        self.number = number
        self.in_line = None
        self.set_line = None
        self.sideset_line = None
        self.jmp_line = None
        self.out_lines = ()
        self.behaviour = _NO_PROGRAM
        self.reset()

    def reset(self):
        """Stopped, without a program, FIFOs empty."""
        self.is_active = False
        self.tx = []
        self.rx = []
        self.frequency_hz = 1_000_000
        self.behaviour.end()
        self.behaviour = _NO_PROGRAM

    def load(self, program, frequency_hz, in_line, set_line, sideset_line, jmp_line=None, out_lines=()):
        """Take a program and its pins; stopped until set_active(True)."""
        self.reset()
        self.frequency_hz = frequency_hz
        self.in_line = in_line
        self.set_line = set_line
        self.sideset_line = sideset_line
        self.jmp_line = jmp_line
        self.out_lines = out_lines
        for index in range(len(out_lines)):
            _initialise(out_lines[index], program.out_init[index])
        if set_line is not None and program.set_init is not None:
            _initialise(set_line, program.set_init)
        if sideset_line is not None and program.sideset_init is not None:
            _initialise(sideset_line, program.sideset_init)
        behaviour = BEHAVIOURS.get(program.name)
        if behaviour is None:
            raise NotImplementedError("the bench has no model of the PIO program " + program.name)
        self.behaviour = behaviour(self)

    def set_active(self, value):
        if value == self.is_active:
            return
        self.is_active = value
        if value:
            self.behaviour.start()
        else:
            self.behaviour.stop()

    def put(self, word):
        """One word into the TX FIFO; blocks while it is full."""
        if len(self.tx) >= FIFO_WORDS:
            self.world.wait_for(self._has_room, "StateMachine.put()")
        self.tx.append(word & _ALL_ONES if word < 0 or word > _ALL_ONES else word)
        if self.is_active:
            self.behaviour.fed()

    def get(self):
        """One word out of the RX FIFO; blocks while it is empty."""
        if not self.rx:
            self.world.wait_for(self._has_word, "StateMachine.get()")
        return self.rx.pop(0)

    def push_word(self, word):
        """push(noblock): a word is lost when the RX FIFO is full."""
        if len(self.rx) < FIFO_WORDS:
            self.rx.append(word)

    def execute(self, word):
        """One encoded instruction from outside the program."""
        self.behaviour.execute(word)

    def _has_room(self):
        return len(self.tx) < FIFO_WORDS

    def _has_word(self):
        return len(self.rx) > 0


def _initialise(line, how):
    # IN_LOW 0, IN_HIGH 1, OUT_LOW 2, OUT_HIGH 3, as in rp2.PIO.
    line.take(OWNER_PIO, how >= 2, how & 1)


def _write(line, level):
    """The program writes a pin, in vain when the processor has taken it back."""
    if line.owner == OWNER_PIO:
        line.drive(level)


class StepTrainBehaviour(_NoProgram):
    """step_train: two words (steps - 1, loops) and IRQ flag 4 give one train of steps on the set pin.

    The first edge comes loops + 3 cycles after the cycle that raised the flag (up to one more on the chip, where both
    machines keep their own time within a cycle), 2 * loops + 8 cycles from edge to edge,
    high phase and low phase alike. Known to execute(): irq(clear, 4).
    """

    def __init__(self, core):
        self._core = core
        self._world = core.world
        self._step = core.set_line
        self._block = core.number // 4
        self._generation = 0  # events of an aborted train carry an older one
        self._left = 0
        self._steps_word = -1
        self._loops = -1
        self._half_us = 0

    def start(self):
        if self._left:
            raise NotImplementedError("the bench does not resume a train that was stopped; init() first")
        self.fed()

    def stop(self):
        self._generation += 1

    def end(self):
        self._generation += 1

    def fed(self):
        """Pull what the program would pull."""
        if self._left or self._loops >= 0:
            return
        tx = self._core.tx
        if self._steps_word < 0 and tx:
            self._steps_word = tx.pop(0)
        if self._steps_word >= 0 and tx:
            self._loops = tx.pop(0)
            self.flagged()

    def flagged(self):
        """Begin where the words are there; else the flag waits for them."""
        if self._loops < 0 or not self._world.pio_flags[self._block] or not self._core.is_active:
            return
        self._world.pio_flags[self._block] = False
        frequency = self._core.frequency_hz
        self._half_us = (self._loops + 4) * 1_000_000 // frequency
        self._left = self._steps_word + 1
        self._steps_word = self._loops = -1
        self._world.at_us(self._world.now_us() + self._half_us - 1_000_000 // frequency, self._rise, self._generation)

    def _rise(self, generation):
        if generation == self._generation:
            _write(self._step, 1)
            self._world.at_us(self._world.now_us() + self._half_us, self._fall, generation)

    def _fall(self, generation):
        if generation == self._generation:
            _write(self._step, 0)
            self._left -= 1
            next_call = self._rise if self._left else self._finish
            self._world.at_us(self._world.now_us() + self._half_us, next_call, generation)

    def _finish(self, generation):
        if generation == self._generation:
            self.fed()

    def execute(self, word):
        if word != 0xC044:
            raise NotImplementedError("step_train: exec() of 0x%04x is not modelled" % word)
        self._world.pio_flags[self._block] = False


class PhaseTrainBehaviour(_NoProgram):
    """phase_train: three words (steps - 1, loops, patterns) and IRQ flag 4 give one train of patterns on the out pins,
    four bits each from the lowest on, and then none.

    The first pattern comes in the cycle after that in which the flag is taken, loops + 4 cycles from one to the next.
    Known to execute(): irq(clear, 4).
    """

    def __init__(self, core):
        self._core = core
        self._world = core.world
        self._block = core.number // 4
        self._generation = 0
        self._left = -1  # steps; -1: no train
        self._words = []
        self._step_us = 0

    def start(self):
        if self._left >= 0:
            raise NotImplementedError("the bench does not resume a train that was stopped; init() first")
        self.fed()

    def stop(self):
        self._generation += 1

    def end(self):
        self._generation += 1

    def fed(self):
        """Pull what the program would pull."""
        if self._left >= 0:
            return
        tx = self._core.tx
        while tx and len(self._words) < 3:
            self._words.append(tx.pop(0))
        self.flagged()

    def flagged(self):
        """Begin where the words are there; else the flag waits for them."""
        if len(self._words) < 3 or self._left >= 0 or not self._core.is_active:
            return
        if self._world.pio_flags[self._block]:
            self._world.pio_flags[self._block] = False
            self._step_us = (self._words[1] + 4) * 1_000_000 // self._core.frequency_hz
            self._left = self._words[0] + 1
            self._world.at_us(self._world.now_us() + 1, self._step, self._generation)

    def _step(self, generation):
        if generation == self._generation:
            pattern = self._words[2] & 0xF if self._left else 0
            self._words[2] >>= 4
            lines = self._core.out_lines
            for index in range(len(lines)):
                _write(lines[index], pattern >> index & 1)
            self._left -= 1
            if self._left >= 0:
                self._world.at_us(self._world.now_us() + self._step_us, self._step, generation)
            else:
                self._words = []
                self.fed()

    def execute(self, word):
        if word != 0xC044:
            raise NotImplementedError("phase_train: exec() of 0x%04x is not modelled" % word)
        self._world.pio_flags[self._block] = False


class MotorGuardBehaviour(_NoProgram):
    """motor_guard: two words (counts allowed, turns) power the side-set pin for 2 * turns + 4 cycles and two more for
    each edge of the jmp pin, and raise IRQ flag 4 in the first. One edge more than allowed ends it at once. Either way
    one word in the RX FIFO: the counts left, all ones after one too many.
    """

    def __init__(self, core):
        self._core = core
        self._world = core.world
        self._power = core.sideset_line
        self._rotor = core.jmp_line
        self._block = core.number // 4
        self._generation = 0
        self._allowed_word = -1
        self._left = -1  # edges; -1: no train
        self._late_us = 0
        self._listener = self._edge
        self._rotor.listen(self._listener)

    def start(self):
        self.fed()

    def stop(self):
        self._generation += 1
        self._left = -1

    def end(self):
        self._generation += 1
        self._rotor.unlisten(self._listener)

    def fed(self):
        """Pull what the program would pull."""
        if self._left >= 0:
            return
        tx = self._core.tx
        if self._allowed_word < 0 and tx:
            self._allowed_word = tx.pop(0)
        if self._allowed_word >= 0 and tx:
            self._left = self._allowed_word
            self._allowed_word = -1
            self._late_us = 0
            self._power_for(self._us(2 * tx.pop(0) + 4))

    def _us(self, cycles):
        return cycles * 1_000_000 // self._core.frequency_hz

    def _power_for(self, us):
        self._generation += 1
        self._world.at_us(self._world.now_us() + us, self._time_over, self._generation)
        _write(self._power, 0)
        self._world.pio_flags[self._block] = True
        for machine in self._world.state_machines[4 * self._block : 4 * self._block + 4]:
            machine.behaviour.flagged()

    def _edge(self, _level):
        if self._left > 0:
            self._left -= 1
            self._late_us += self._us(2)
        elif self._left == 0:
            self._over(_ALL_ONES)

    def _time_over(self, generation):
        if generation == self._generation and self._left >= 0:
            if self._late_us:
                self._world.at_us(self._world.now_us() + self._late_us, self._time_over, generation)
                self._late_us = 0
            else:
                self._over(self._left)

    def _over(self, word):
        self._left = -1
        self._generation += 1
        _write(self._power, 1)
        self._core.push_word(word)
        self.fed()


class _Counter(_NoProgram):
    """Something in X that runs with the edges of the in pin, rising and falling in turn, and is asked for by exec().

    A kind of counter has _edge(level), which is told of every edge, and _inverted(), X with all bits turned over. It
    names this class where super() would make an object each time on MicroPython.
    """

    def __init__(self, core):
        self._core = core
        self._line = core.in_line
        self._awaited = 1
        self._isr = 0
        self._listener = self._edge
        self._line.listen(self._listener)

    def _edge(self, level):
        raise NotImplementedError

    def _inverted(self):
        raise NotImplementedError

    def start(self):
        self._edge(self._line.level)

    def end(self):
        self._line.unlisten(self._listener)

    def execute(self, word):
        if word == 0xA0C9:  # mov(isr, invert(x))
            self._isr = self._inverted()
        elif word == 0x8000:  # push(noblock)
            self._core.push_word(self._isr)
            self._isr = 0
        else:
            raise NotImplementedError("counter: exec() of 0x%04x is not modelled" % word)


class EdgeCounterBehaviour(_Counter):
    """edge_counter: X runs down by one at each edge.

    Known to execute(): set(x, 0), mov(isr, invert(x)), push(noblock).
    """

    def __init__(self, core):
        self._count = 0  # X is -count
        _Counter.__init__(self, core)

    def _edge(self, level):
        if level == self._awaited and self._core.is_active:
            self._count += 1
            self._awaited = 1 - level

    def _inverted(self):
        return self._count - 1 if self._count else _ALL_ONES

    def execute(self, word):
        if word == 0xE020:  # set(x, 0)
            self._count = 0
        else:
            _Counter.execute(self, word)


class DirectionCounterBehaviour(_Counter):
    """direction_counter: X runs down by one at each edge that goes forwards, and up at any other.

    It goes forwards where the jmp pin has the in pin's level of before the edge.

    Known to execute(): set(x, 4), mov(x, reverse(x)), mov(x, invert(x)), mov(isr, invert(x)), push(noblock).
    """

    def __init__(self, core):
        self._second = core.jmp_line
        self._x = 0
        _Counter.__init__(self, core)

    def _edge(self, level):
        if level == self._awaited and self._core.is_active:
            self._x = (self._x + (-1 if self._second.level != level else 1)) & _ALL_ONES
            self._awaited = 1 - level

    def _inverted(self):
        return self._x ^ _ALL_ONES

    def execute(self, word):
        if word == 0xE024:  # set(x, 4)
            self._x = 4
        elif word == 0xA031:  # mov(x, reverse(x)), known for what the driver reverses
            if self._x != 4:
                raise NotImplementedError("direction_counter: reverse() of another word than 4")
            self._x = 1 << 29
        elif word == 0xA029:  # mov(x, invert(x))
            self._x ^= _ALL_ONES
        else:
            _Counter.execute(self, word)


register("step_train", StepTrainBehaviour)
register("phase_train", PhaseTrainBehaviour)
register("direction_counter", DirectionCounterBehaviour)
register("motor_guard", MotorGuardBehaviour)
register("edge_counter", EdgeCounterBehaviour)
