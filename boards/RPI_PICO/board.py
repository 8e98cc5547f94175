"""Raspberry Pi Pico with a STEP/DIR driver, a slotted disc on the rotor and analogue sensors.

Data only: pins by function (GPIO numbers), the mechanism, and what the board can do.
"""

NAME = "RPI_PICO"
CHIP = "RP2040"
# The regulator's mode, the sense of USB, the light and a divider are on the board itself.
RESERVED_PINS = (23, 24, 25, 29)
# Kinds of parts; docs/boards.md has them all.
MOTOR = "STEP_DIR"
ROTATION = "SLOTS"
LEVEL = "ANALOGUE"

PUMP_STEP = 2
PUMP_ENABLE_N = 3
PUMP_DIR = 4
ROTOR = 5
BUTTON_BOLUS = 10
BUTTON_ALARM = 11
BUTTON_STOP = 12
LIGHT_RED = 13
LIGHT_GREEN = 14
LIGHT_BLUE = 15
SOUND = 16
RESERVOIR_LEVEL = 26
SUPPLY_VOLTAGE = 27
LINE_PRESSURE = 28

# The first two in one PIO block, of which their programs take 31 of 32 instructions; the third in the other.
STEP_TRAIN_MACHINE = 0
MOTOR_GUARD_MACHINE = 1
ROTATION_MACHINE = 4

# Of the head as built, nominal; what a step of this pump really gives is measured by calibration.
MICROLITRES_PER_REVOLUTION = 50
STEPS_PER_REVOLUTION = 200
ROTOR_COUNTS_PER_REVOLUTION = 200  # 100 slots, both edges
# What holds the rotor while the coils are off: the roller's friction on the occluded tube and the motor's detent.
ROTOR_HELD_BY = "friction and detent"
STEP_PERIOD_US = 10_000

RESERVOIR_UL = 20_000
# Analogue level sensor: ADC reading (u16) at an empty and at a full reservoir.
LEVEL_EMPTY_U16 = 6_554
LEVEL_FULL_U16 = 58_982
# Line pressure sensor between pump and catheter, 0 to 250 kPa: ADC reading (u16) at both ends.
PRESSURE_ZERO_U16 = 6_554
PRESSURE_FULL_U16 = 58_982
PRESSURE_FULL_KPA = 250
# Supply divider: millivolts at full scale of the ADC (two equal resistors on 3.3 V).
SUPPLY_FULL_SCALE_MV = 6_600
