"""Raw journals for the tests of export, verification and replay."""

from binascii import crc32
from struct import pack

from thecal.records import record
from thecal.tables import alarms, doses, events

WALL_S = 194_572_800  # 2026-03-02 00:00
PAYLOADS = (
    (events.BOOT, pack("<BBHI", 1, 0, 0, 0)),
    (events.STATE, pack("<BBH", 0, 1, 2)),
    (events.BOLUS_GRANTED, pack("<BBHII", doses.PATIENT, 0, 99, 600, 50_000)),
    (events.REFUSED, pack("<BBHI", doses.PATIENT, doses.LOCKOUT, 99, 5_400)),
    (events.REFUSED, pack("<BBHI", doses.PATIENT, doses.NOT_PRESCRIBED, 0, doses.NEVER)),
    (events.HOUR_TOTALS, pack("<6H", 72, 0, 99, 0, 0, 0)),
    (events.HOUR_WITNESS, pack("<IHHI", 171, 171, 1_785, 17_957_250)),
    (events.ALARM_RAISED, pack("<BBHI", alarms.RESERVOIR_LOW, alarms.LOW, 0, 0)),
    (events.TASK_FAULT, pack("<B11s", 2, b"ValueError")),
    (200, b"abc"),
)


def journal(entries=PAYLOADS, first_sequence=0) -> bytes:
    records, chain = [], record.CHAIN_START
    for index, (event, payload) in enumerate(entries):
        sequence = first_sequence + index
        made = record.write(event, 1, 3, sequence, 3_600 * index, 250, WALL_S + 3_600 * index, payload, chain)
        chain = record.chain_of(made)
        records.append(made)
    return b"".join(records)


def records_of(raw: bytes) -> list[bytes]:
    return [raw[at : at + record.SIZE] for at in range(0, len(raw), record.SIZE)]


def resealed(entry: bytes) -> bytes:
    """A forged record whose checksum was made to fit again."""
    return entry[:36] + pack("<I", crc32(entry[:36]))
