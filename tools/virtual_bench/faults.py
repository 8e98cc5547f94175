"""One table of fault switches, and the board of switches that any test, the command line and the console can throw.

A switch is off at 0. Its unit says what a value means; "on" switches take 1.
"""

PHYSICAL = "physical"
ELECTRONIC = "electronic"

# (name, unit, kind, what it does)
FAULTS = (
    ("stall", "on", PHYSICAL, "the rotor is blocked"),
    ("slip", "fraction of steps", PHYSICAL, "steps are lost at random"),
    ("back_drive", "fraction of holding torque", PHYSICAL, "what holds the resting rotor is lost"),
    ("occlusion", "fraction of bore", PHYSICAL, "the catheter is blocked; 1 closes it"),
    ("stall_tremble", "on", PHYSICAL, "a stalled rotor springs forth and back: two edges of the witness, no movement"),
    ("runaway_pulses", "steps per s", ELECTRONIC, "the driver chip steps by itself while enabled"),
    ("enable_stuck", "on", ELECTRONIC, "the enable line is shorted low: the coils stay powered"),
    ("level_stuck", "on", ELECTRONIC, "the level sensor keeps giving the reading of this moment"),
    ("level_offset", "uL", ELECTRONIC, "the level sensor's zero point is off by so much"),
    ("level_spike", "ADC units", ELECTRONIC, "one level reading in eight is off by so much"),
    ("level_drift", "uL per day", ELECTRONIC, "the level sensor's zero point wanders"),
    ("rotor_stuck", "on", ELECTRONIC, "the rotation sensor gives no edges"),
    ("pressure_dead", "on", ELECTRONIC, "the line pressure sensor's wire is off: it reads the bottom of its scale"),
    ("pressure_stuck", "on", ELECTRONIC, "the line pressure sensor keeps giving the reading of this moment"),
    ("supply_sag", "mV", ELECTRONIC, "the supply is lower by so much; below the board's brown-out the power is gone"),
    ("brown_out", "ms", ELECTRONIC, "the power goes now, for so long (acts once)"),
    ("clock_jump", "s", ELECTRONIC, "the clock chip jumps now (acts once)"),
    ("clock_lost", "on", ELECTRONIC, "the clock chip forgets its time now (acts once)"),
    ("tick_jump", "ms", ELECTRONIC, "the processor's tick counter jumps now (acts once)"),
    ("busy", "ms", ELECTRONIC, "the processor is held up at its next sleep, interrupts off (acts once)"),
    ("flash_full", "on", ELECTRONIC, "no room for any write"),
    ("flash_failing", "on", ELECTRONIC, "every write raises OSError"),
    ("flash_torn", "bytes + 1", ELECTRONIC, "power goes in the next write, after value - 1 bytes (acts once)"),
    ("flash_busy", "ms", ELECTRONIC, "every write holds the processor, interrupts off, for so long"),
    ("button_stuck", "1 bolus, 2 alarm, 3 stop", PHYSICAL, "a button stays pressed"),
    ("hung_task", "task name", ELECTRONIC, "a firmware task never returns (scenario_run acts on it)"),
    ("task_error", "task name", ELECTRONIC, "a firmware task fails whenever it runs (scenario_run acts on it)"),
    ("file_damaged", "file", ELECTRONIC, "one bit of a file of the records flips now (acts once)"),
)

# Switches of parts that not every board has; on a board without the part they do nothing.
FAULTS_OF_PARTS = (
    ("bus_error", "on", ELECTRONIC, "nobody on the I2C bus answers"),
    ("bus_stuck", "on", ELECTRONIC, "the I2C data line is held low: all bits read as zero, acknowledgements too"),
    ("level_silent", "on", ELECTRONIC, "the level sensor's chip converts no more: never ready, or busy for ever"),
    ("magnet_weak", "on", PHYSICAL, "the rotor's magnet is too far from its encoder"),
    ("display_dead", "on", ELECTRONIC, "the display does not answer"),
)

ACTS_ONCE = ("brown_out", "clock_jump", "clock_lost", "tick_jump", "busy", "flash_torn", "file_damaged")


class Faults:
    """The switches of one bench. Parts of the bench bind to the names that concern them."""

    def __init__(self):
        self._values = {}
        self._bound = {}
        for name, _, _, _ in FAULTS + FAULTS_OF_PARTS:
            self._values[name] = 0
            self._bound[name] = []

    def bind(self, name, act):
        """Call act(value) whenever the switch is thrown; 0 is off."""
        self._check(name)
        self._bound[name].append(act)

    def set(self, name, value=None):
        """Throw a switch to that value (1 when none is given). Those that act once are off again before they act."""
        self._check(name)
        if value is None:
            value = 1
        if name not in ACTS_ONCE:
            self._values[name] = value
        for act in self._bound[name]:
            act(value)

    def clear(self, name):
        """Put a switch back."""
        self._check(name)
        if self._values[name] != 0:
            self.set(name, 0)

    def clear_all(self):
        """Put every switch back."""
        for name, _, _, _ in FAULTS + FAULTS_OF_PARTS:
            self.clear(name)

    def get(self, name):
        """Where a switch stands."""
        self._check(name)
        return self._values[name]

    def thrown(self):
        """Names of all switches that are not off, in the table's order."""
        names = []
        for name, _, _, _ in FAULTS + FAULTS_OF_PARTS:
            if self._values[name] != 0:
                names.append(name)
        return names

    def _check(self, name):
        if name not in self._values:
            raise ValueError("no fault is called " + str(name))
