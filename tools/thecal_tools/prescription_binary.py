"""Writes the compiled form of a prescription; its layout is documented where the board reads it."""

from binascii import crc32
from struct import pack

from thecal.therapy.prescription_check import HEADER, MAGIC, VERSION


def pack_header(*fields: int | bytes) -> bytes:
    """Header bytes from its fields after magic and version, in the order of thecal.therapy.prescription."""
    return pack(HEADER, MAGIC, VERSION, *fields)


def seal(body: bytes) -> bytes:
    """The compiled prescription: the length is filled into the header and the CRC-32 appended."""
    body = body[:6] + pack("<H", len(body) + 4) + body[8:]
    return body + pack("<I", crc32(body))
