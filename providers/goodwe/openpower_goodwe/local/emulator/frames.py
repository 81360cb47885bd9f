"""The three ways in which GoodWe inverters are spoken to, as plain bytes, and the registers that requests read and write.

* Modbus RTU in UDP: requests as on a serial line; responses begin with ``aa55``.
* Modbus TCP: the usual header with a transaction number.
* AA55: the older frames of the ES family, ``aa55c07f`` to the inverter and ``aa557fc0`` back.
"""

from __future__ import annotations

import struct
from enum import IntEnum, StrEnum
from typing import Final

from attrs import frozen

from openpower_goodwe.local.client.answers import crc16, sum16

_AA55_IN: Final = bytes.fromhex("aa55c07f")
_AA55_OUT: Final = bytes.fromhex("aa557fc0")


class Framing(StrEnum):
    """How a request is framed."""

    RTU = "rtu"
    TCP = "tcp"
    AA55 = "aa55"


class Function(IntEnum):
    """The Modbus functions that GoodWe's own protocol uses."""

    READ = 0x03
    WRITE = 0x06
    WRITE_MANY = 0x10


class ModbusRefusal(Exception):
    """The inverter refuses, with a Modbus exception code."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    FAILURE = 4
    BUSY = 6

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


@frozen(kw_only=True)
class ModbusRequest:
    """One request, however it was framed."""

    framing: Framing
    raw: bytes
    unit: int = 0
    """Which unit it addresses: 0xF7 hybrids, 0x7F grid-tied inverters."""
    function: int = 0
    """The Modbus function; for AA55 the two bytes of control and function code."""
    first: int = 0
    count: int = 0
    payload: bytes = b""
    """What is to be written (Modbus), or the frame's payload (AA55)."""

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        if self.framing is Framing.AA55:
            return self.function >> 8 in (0x02, 0x03)
        return self.function != Function.READ

    def __str__(self) -> str:
        if self.framing is Framing.AA55:
            return f"aa55 {self.function:04x} {self.payload.hex()}".rstrip()
        verb = "write" if self.writes else "read"
        return f"{verb} {self.first}×{self.count} {self.payload.hex()}".rstrip()


def parse(raw: bytes, *, tcp: bool = False) -> ModbusRequest | None:
    """Read a request; None for nonsense, which inverters do not answer."""
    if tcp:
        # The length field is not trusted: GoodWe's own dongles get it wrong.
        return _modbus(raw[6:], Framing.TCP, raw) if len(raw) >= 12 else None
    if raw.startswith(_AA55_IN):
        return _aa55(raw)
    if len(raw) < 8 or crc16(raw[:-2]) != raw[-2:]:
        return None
    return _modbus(raw[:-2], Framing.RTU, raw)


def _aa55(raw: bytes) -> ModbusRequest | None:
    if len(raw) < 9 or sum16(raw[:-2]) != raw[-2:]:
        return None
    return ModbusRequest(framing=Framing.AA55, raw=raw, function=int.from_bytes(raw[4:6], "big"), payload=raw[7:-2])


def _modbus(body: bytes, framing: Framing, raw: bytes) -> ModbusRequest:
    unit, function = body[0], body[1]
    first, value = int.from_bytes(body[2:4], "big"), body[4:6]
    number = int.from_bytes(value, "big")
    if function == Function.WRITE:
        count, payload = 1, value
    elif function == Function.WRITE_MANY:
        count, payload = number, body[7:]
    else:
        count, payload = number, b""
    return ModbusRequest(
        framing=framing, raw=raw, unit=unit, function=function, first=first, count=count, payload=payload
    )


def reply(request: ModbusRequest, data: bytes) -> bytes:
    """Frame an answer: the registers that were read, or (AA55) the payload; writes repeat what was asked."""
    if request.framing is Framing.AA55:
        # The answer's code is the request's with the highest bit of its second byte set.
        body = _AA55_OUT + (request.function | 0x80).to_bytes(2, "big") + bytes([len(data)]) + data
        return body + sum16(body)
    if request.writes:
        value = request.payload if request.function == Function.WRITE else request.count.to_bytes(2, "big")
        rest = request.first.to_bytes(2, "big") + value
    else:
        rest = bytes([len(data)]) + data
    return framed(request, bytes([request.unit, request.function]) + rest)


def refusal(request: ModbusRequest, code: int) -> bytes:
    """Frame a Modbus exception."""
    return framed(request, bytes([request.unit, request.function | 0x80, code]))


def data_of(request: ModbusRequest, answer: bytes) -> bytes:
    """What an answer made by :func:`reply` carries: the registers that were read, or (AA55) the payload."""
    if request.framing is Framing.TCP:
        return answer[9:]
    return answer[7:-2] if request.framing is Framing.AA55 else answer[5:-2]


def framed(request: ModbusRequest, body: bytes) -> bytes:
    """The body of a Modbus answer with what comes before and after it in the request's framing."""
    if request.framing is Framing.TCP:
        return request.raw[:4] + len(body).to_bytes(2, "big") + body
    return b"\xaa\x55" + body + crc16(body)


class Registers:
    """Registers by address. Those that were never set do not exist: reading or writing them is refused."""

    def __init__(self) -> None:
        self._words: dict[int, int] = {}

    def __contains__(self, address: object) -> bool:
        return address in self._words

    def __getitem__(self, address: int) -> int:
        return self._words[address]

    def read(self, first: int, count: int) -> bytes:
        """The registers as bytes."""
        try:
            return b"".join(self._words[address].to_bytes(2, "big") for address in range(first, first + count))
        except KeyError:
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_ADDRESS) from None

    def write(self, first: int, data: bytes) -> None:
        """Replace registers that exist."""
        words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
        if any(first + index not in self._words for index in range(len(words))):
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_ADDRESS)
        self._words.update({first + index: word for index, word in enumerate(words)})

    def fill(self, first: int, count: int, word: int = 0) -> None:
        """Create a range of registers."""
        self._words.update({first + index: word for index in range(count)})

    def put(self, address: int, kind: str, value: float) -> None:
        """Put a number in, packed as :mod:`struct` says: H, h, I, i, f or Q; out of range it is clipped."""
        if kind != "f":
            bits = 8 * struct.calcsize(kind)
            low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind.islower() else (0, (1 << bits) - 1)
            value = min(max(round(value), low), high)
        self.put_bytes(address, struct.pack(f">{kind}", value))

    def put_bytes(self, address: int, data: bytes) -> None:
        """Put bytes in, padded with zeros to whole registers."""
        padded = data + b"\0" * (len(data) % 2)
        for at in range(0, len(padded), 2):
            self._words[address + at // 2] = int.from_bytes(padded[at : at + 2], "big")

    def put_text(self, address: int, text: str, size: int) -> None:
        """Put ASCII text in, padded with spaces."""
        self.put_bytes(address, text.encode("ascii")[:size].ljust(size))
