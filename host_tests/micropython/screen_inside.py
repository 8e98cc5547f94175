"""On MicroPython, with its own framebuf and font: what a display's points are for given lines, as "#" and "."."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from thecal.drivers.display_ssd1306 import Display
from thecal.drivers.i2c_bus import Bus
from virtual_bench import ssd1306_screen
from virtual_bench import world as worlds

LINES = (
    "08:15 BENCH ONLY",
    "Bolus 45 %",
    "Reservoir sensor",
    "not believed",
    "",
    "Bolus in 1h25",
    "5.0uL 26h05 ago",
    "Reservoir 12.3mL",
)

world = worlds.use(worlds.World())
screen = ssd1306_screen.Ssd1306Screen()
world.i2c_bus(world.lines[20], world.lines[21]).attach(ssd1306_screen.ADDRESS, screen)
display = Display(Bus(20, 21))
for number in range(len(LINES)):
    if not display.show(number, LINES[number]):
        raise OSError("the display does not answer")
for row in screen.picture():
    print(row)
