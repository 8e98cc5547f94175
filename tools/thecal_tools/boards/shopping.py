"""What to buy for a bench pump on one board: types and figures that matter, no shops."""

from thecal_tools.boards.wiring import Wiring, markdown

_BOARDS = {
    "RPI_PICO": ("Raspberry Pi Pico with headers", ""),
    "RPI_PICO_W": ("Raspberry Pi Pico W with headers", "its radio stays off"),
    "ESP32_GENERIC": (
        "ESP32-DevKitC V4 with a WROOM-32 module, 4 MB flash",
        "on a WROVER module its RAM takes GPIO 16 and 17",
    ),
    "ESP32_GENERIC_S3": ("ESP32-S3-DevKitC-1, 8 MB flash", ""),
}


def table(wiring: Wiring) -> str:
    """The parts as a table of Markdown."""
    data = wiring.data
    is_rp2040 = data.CHIP == "RP2040"
    slots = data.ROTOR_COUNTS_PER_REVOLUTION // 2
    resistors = "10 kΩ (ENABLE), two of 100 kΩ (supply)"
    rows = [
        ("part", "type", "figures that matter"),
        ("board", *_BOARDS[data.NAME]),
        (
            "pump head",
            "peristaltic, three rollers or more, tube of 0.5 to 1 mm bore",
            f"about {data.MICROLITRES_PER_REVOLUTION} µL a turn; must occlude at rest; calibrate it yourself",
        ),
        (
            "motor",
            f"bipolar stepper, {data.STEPS_PER_REVOLUTION} steps a turn, NEMA 8 to 14",
            "0.2 to 0.4 A a phase; its detent torque helps to hold the rotor",
        ),
        ("driver", "A4988 or DRV8825 carrier", "current limit set to the motor's; ENABLE active low"),
        (
            "rotor sensor",
            "slotted optical switch over a disc on the rotor, 3.3 V",
            f"{slots} slots; at least 40 counts a turn (SR-19); edges under 20 µs",
        ),
        ("reservoir", f"syringe or bag, {data.RESERVOIR_UL / 1000:g} mL", "no air, water only"),
        (
            "level sensor",
            "ratiometric pressure or position sensor, 3.3 V",
            "10 % to 90 % of its supply from empty to full; better than 0.3 mL",
        ),
    ]
    if hasattr(data, "LINE_PRESSURE"):
        kind = f"ratiometric, gauge, 0 to {data.PRESSURE_FULL_KPA} kPa, 3.3 V"
        rows.append(("line pressure sensor", kind, "wetted parts for water; answers within 10 ms"))
    rows.append(("cells", "three alkaline D in a row", "4.7 V when new; or a bench supply of 4.5 V"))
    if not is_rp2040:
        rows.append(("step-up converter", "5 V, 0.5 A", "down to 2.5 V at its input, where the supply check stops"))
        resistors += ", 10 and 20 kΩ for each analogue sensor"
    rows += [
        (
            "motor supply",
            "bench supply or eight alkaline AA, 9 to 12 V",
            "at most 1 A; its ground joined to the board's",
        ),
        ("buttons", "three, momentary, to ground", ""),
        ("light", "RGB light-emitting diode, common cathode, and three of 330 Ω", "under 10 mA a colour"),
        ("sounder", "passive piezo and 100 Ω", "2 to 4 kHz"),
        ("resistors", resistors, "the one at ENABLE holds the motor off: fit it first"),
        ("capacitors", "100 µF at the driver, 100 nF at the supply divider", ""),
    ]
    return markdown(rows)
