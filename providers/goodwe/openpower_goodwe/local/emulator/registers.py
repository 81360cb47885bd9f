"""A map of 16-bit registers: numbers and text are put in at their addresses, and stretches read out."""

from __future__ import annotations

import struct

from openpower_goodwe.local.emulator.frames import ModbusRefusal

__all__ = ["Registers"]


class Registers:
    """Registers by address. What nobody put in does not exist: reading or writing it is refused."""

    def __init__(self) -> None:
        self._words: dict[int, int] = {}

    def __contains__(self, address: object) -> bool:
        return address in self._words

    def __getitem__(self, address: int) -> int:
        return self._words[address]

    def read(self, first: int, count: int) -> bytes:
        """The registers as they go over the wire."""
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
        """Make a stretch exist."""
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
