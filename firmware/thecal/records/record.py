"""One journal record: 40 bytes, fixed header, sequence number, boot id, pump and wall time, hash chain, CRC-32.

    B event   B flags (bits 0-1: wall quality)   H boot id   I sequence   I pump seconds   H pump ms
    I wall seconds since 2020-01-01 local, 0 unknown   12s payload   6s chain   I CRC-32 of the 36 bytes before

The chain is the first six bytes of SHA-256 over the chain of the record before and this record's first 30 bytes. It
shows a record that was changed, removed or reordered; without a key it is no signature. Twelve records make one inline
LittleFS file, which is what keeps the erases per record low.
"""

from binascii import crc32
from hashlib import sha256
from struct import pack, pack_into, unpack_from

SIZE = 40
HEADER = 18
PAYLOAD = 12
CHAIN_START = b"\0\0\0\0\0\0"
_BODY = 30
_SEALED = 36


def write(event, flags, boot, sequence, seconds, millis, wall, payload, chain):
    """The record's 40 bytes. payload: at most 12 bytes; chain: six bytes of the record before.

    Raises ValueError where the payload is too long.
    """
    if len(payload) > PAYLOAD:
        raise ValueError("payload")
    record = bytearray(SIZE)
    pack_into("<BBHIIHI", record, 0, event, flags, boot, sequence, seconds, millis, wall)
    record[HEADER : HEADER + len(payload)] = payload
    record[_BODY:_SEALED] = link(chain, record)
    record[_SEALED:] = pack("<I", crc32(record[:_SEALED]))
    return bytes(record)


def link(chain, record):
    """The six chain bytes of a record that follows one with these chain bytes."""
    digest = sha256(chain)
    digest.update(record[:_BODY])
    return digest.digest()[:6]


def sound(record):
    """True where length and CRC-32 are right."""
    return len(record) == SIZE and unpack_from("<I", record, _SEALED)[0] == crc32(record[:_SEALED])


def sequence_of(record):
    return unpack_from("<I", record, 4)[0]


def boot_of(record):
    return unpack_from("<H", record, 2)[0]


def pump_seconds_of(record):
    return unpack_from("<I", record, 8)[0]


def chain_of(record):
    return record[_BODY:_SEALED]
