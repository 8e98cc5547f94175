"""ESP32-S3 with a STEP/DIR driver, a slotted disc on the rotor and analogue sensors.

Data only: pins by function (GPIO numbers), the mechanism, and what the board can do.
"""

NAME = "ESP32_GENERIC_S3"
CHIP = "ESP32S3"
# The light of the development board, by its revision.
RESERVED_PINS = (38, 48)
# Kinds of parts; docs/boards.md has them all.
MOTOR = "STEP_DIR"
ROTATION = "SLOTS"
LEVEL = "ANALOGUE"

PUMP_STEP = 47
PUMP_ENABLE_N = 21
PUMP_DIR = 39
ROTOR = 7
BUTTON_BOLUS = 10
BUTTON_ALARM = 11
BUTTON_STOP = 12
LIGHT_RED = 42
LIGHT_GREEN = 41
LIGHT_BLUE = 40
SOUND = 1
RESERVOIR_LEVEL = 4
SUPPLY_VOLTAGE = 5
LINE_PRESSURE = 6

# Of the head as built, nominal; what a step of this pump really gives is measured by calibration.
MICROLITRES_PER_REVOLUTION = 50
STEPS_PER_REVOLUTION = 200
ROTOR_COUNTS_PER_REVOLUTION = 200  # 100 slots, both edges
# What holds the rotor while the coils are off: the roller's friction on the occluded tube and the motor's detent.
ROTOR_HELD_BY = "friction and detent"
STEP_PERIOD_US = 10_000

RESERVOIR_UL = 20_000
# Readings (u16) are of 0 to 3.3 V, of which the converter reads 0 to 3.1 V truly. So each sensor, 10 % to 90 % of
# 3.3 V, comes through a divider of 10 and 20 kOhm. Level sensor at an empty and at a full reservoir.
LEVEL_EMPTY_U16 = 4_369
LEVEL_FULL_U16 = 39_321
# Line pressure sensor between pump and catheter, 0 to 250 kPa: readings (u16) at both ends.
PRESSURE_ZERO_U16 = 4_369
PRESSURE_FULL_U16 = 39_321
PRESSURE_FULL_KPA = 250
# Supply divider: millivolts of the cells at full scale of a reading (two equal resistors on 3.3 V).
SUPPLY_FULL_SCALE_MV = 6_600
