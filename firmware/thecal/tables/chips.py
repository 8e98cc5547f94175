"""What a board.py may ask of its chip: pins and periods. Hosts read it too.

Pins are ranges (first, last). Left out are pins that the chip does not have and those that it needs itself. ESP32:
flash (6 to 11), console (1, 3), strapping pins, which decide how the chip starts (0, 2, 5, 12, 15). ESP32-S3: flash and
PSRAM (26 to 37), USB (19, 20), console (43, 44), strapping pins (0, 3, 45, 46). Sources: the chips' datasheets and the
GPIO tables of ESP-IDF. Of Espressif's two converters only ADC1: the second is not free while Wi-Fi runs.
"""

# Chip: pins, pins of the converter, pins that are inputs only and have no pull-up.
CHIPS = {
    "RP2040": (((0, 29),), ((26, 29),), ()),
    "ESP32": (((4, 4), (13, 14), (16, 19), (21, 23), (25, 27), (32, 39)), ((32, 39),), ((34, 39),)),
    "ESP32S3": (((1, 2), (4, 18), (21, 21), (38, 42), (47, 48)), ((1, 10),), ()),
}
# Of every step train driver, us between two steps of a train.
MIN_PERIOD_US = 100
MAX_PERIOD_US = 50_000
# SR-19: so many of any rotor, and of a head with over 50 uL a revolution so many more that a count is no more volume
# than there: two of them are half of the 5 uL after which a motor that stands is reported.
MIN_ROTOR_COUNTS = 40
MOST_NL_PER_COUNT = 1_250
