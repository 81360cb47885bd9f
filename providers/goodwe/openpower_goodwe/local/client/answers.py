"""Which response belongs to a request: by unit, function and length, and only with the right checksum; pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_AA55_REQUEST: Final = bytes.fromhex("aa55c07f")
_AA55_RESPONSE: Final = bytes.fromhex("aa557fc0")
_READ, _WRITE, _WRITE_MANY = 0x03, 0x06, 0x10
_FAILED: Final = 0x80
"""This bit of the function marks an exception; its code follows."""


class DamagedAnswer(Exception):
    """A response with a wrong checksum: nobody knows what it was a response to."""


class ModbusError(Exception):
    """The inverter answered a request with a Modbus exception."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


def _table() -> tuple[int, ...]:
    values = list(range(256))
    for _ in range(8):
        values = [value >> 1 ^ (0xA001 if value & 1 else 0) for value in values]
    return tuple(values)


_CRC: Final = _table()


def crc16(data: bytes) -> bytes:
    """Modbus' checksum, low byte first.

    >>> crc16(bytes.fromhex("f703891c007d")).hex()
    '7ae7'
    """
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def sum16(data: bytes) -> bytes:
    """The checksum of AA55 frames."""
    return (sum(data) & 0xFFFF).to_bytes(2, "big")


def acceptor(request: bytes, *, tcp: bool) -> Callable[[bytes], bool | None]:
    """What tells whether some bytes are the response to a request.

    It gives None for the beginning of the response and False for a response to another request, and raises
    :class:`DamagedAnswer` or, for an exception in answer to this very request, :class:`ModbusError`.
    """
    if request.startswith(_AA55_REQUEST):
        return lambda data: _of_aa55(request, data)
    if request[7 if tcp else 1 : 8 if tcp else 2] not in (b"\x03", b"\x06", b"\x10"):
        return lambda _: True  # somebody's own command: only its sender knows what answers it
    if tcp:
        return lambda data: _of_tcp(request, data)
    return lambda data: _of_rtu(request, data)


def _of_aa55(request: bytes, data: bytes) -> bool | None:
    # Byte 6 counts the payload. The response's code is the request's with the highest bit of its second byte set.
    if len(data) < 7 or not data.startswith(_AA55_RESPONSE):
        return _foreign(data)
    whole = 9 + data[6]
    if len(data) < whole:
        return None
    if len(data) > whole or sum16(data[:-2]) != data[-2:]:
        raise DamagedAnswer
    return data[4:6] == bytes([request[4], request[5] | _FAILED])


def _of_rtu(request: bytes, data: bytes) -> bool | None:
    """A response begins with aa55, and has a checksum behind it."""
    length = _length(request, data[2:]) if data.startswith(b"\xaa\x55") else 0
    if length is None or 0 < length > len(data) - 4:
        return None
    if not length:
        return _foreign(data)
    body = data[2 : 2 + length]
    if crc16(body) != data[2 + length : 4 + length]:
        raise DamagedAnswer
    return _accepted(body)


def _of_tcp(request: bytes, data: bytes) -> bool | None:
    """A response begins with the request's number; its length field is not trusted: GoodWe's dongles get it wrong."""
    if data[2:4] not in (b"\0\0", b"\0", b""):
        raise DamagedAnswer
    length = _length(request[6:], data[6:])
    if length is None or length > len(data) - 6:
        return None
    return _accepted(data[6 : 6 + length]) if length else False


def _length(asked: bytes, body: bytes) -> int | None:
    """How long the response to a request is by its first bytes, from the unit on.

    None while there are too few of them to tell, and 0 where they answer another request.
    """
    if len(body) < 3:
        return None if asked.startswith(body[:1]) else 0
    unit, function = body[0], body[1]
    if unit != asked[0] or function & ~_FAILED != asked[1]:
        return 0
    if function & _FAILED:
        return 3
    if function == _READ:
        return 3 + body[2] if body[2] == 2 * int.from_bytes(asked[4:6], "big") else 0
    # A write is answered by its address, and its value or number of registers.
    return 6 if asked[2:6].startswith(body[2:6]) else 0


def _accepted(body: bytes) -> bool:
    if body[1] & _FAILED:
        raise ModbusError(body[2])
    return True


def _foreign(data: bytes) -> bool:
    """Refuse a response to another request; what has no valid checksum may be the damaged response to this one."""
    if crc16(data[2:-2]) == data[-2:] and data.startswith(b"\xaa\x55"):
        return False
    if sum16(data[:-2]) == data[-2:] and data.startswith(_AA55_RESPONSE):
        return False
    raise DamagedAnswer


def frame_length(stream: bytes) -> int | None:
    """How long the first Modbus TCP response in a stream is; None while its beginning is too short to tell.

    Raises:
        DamagedAnswer: there is none: the stream is out of step.
    """
    if stream[2:4] not in (b"\0\0", b"\0", b""):
        raise DamagedAnswer
    if len(stream) < 9:
        return None
    function = stream[7]
    if function & _FAILED:
        return 9
    if function in (_WRITE, _WRITE_MANY):
        return 12
    return 9 + stream[8]
