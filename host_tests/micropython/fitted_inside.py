"""On MicroPython: three hours of a pump whose board.py names other parts than the Pico's, as host_tests/rig.py has it.

Prints the sum of its journal and what the bench knows. /parts.json: names and values; /prescription: compiled.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import json
from binascii import hexlify
from hashlib import sha256

import board as pico

from thecal.app import commission_new, compose, motor_off
from virtual_bench import bench as benches
from virtual_bench import results, scenario_run
from virtual_bench import world as worlds


class Fitted:
    """A board module's data."""


with open("/parts.json") as file:
    parts = json.load(file)
with open("/prescription", "rb") as file:
    prescription = file.read()
fitted = Fitted()
for name in dir(pico):
    if name[0] != "_":
        setattr(fitted, name, getattr(pico, name))
for name in parts["board"]:
    setattr(fitted, name, parts["board"][name])
world = worlds.use(worlds.World(seed=1))
bench = benches.Bench(fitted, world)
world.wall.set(parts["wall_s"])
bench.reservoir.aspirate()
bench.reservoir.fill(20_000 * 1_000_000)
clock = scenario_run.FixedClock(0)
commission_new(bench.volume, clock, benches.CALIBRATION_PL_PER_STEP, prescription, 20_000 * 1000)
motor_off(fitted)
app = compose(fitted, world.ticks_ms, world.idle, world.wake, bench.volume, scenario_run.Port(world))
bench.patient.press("bolus", 1_200, 60_000)


def wake(_):
    world.wake()


end_ms = world.elapsed_ms + 3 * 3_600_000
world.at_ms(3 * 3_600_000, wake)
while world.elapsed_ms < end_ms:
    app.scheduler.run_once()
app.clock.now()
print(hexlify(sha256(results.journal_bytes(bench.volume)).digest()).decode())
print(bench.truth())
