"""What the emulated inverters with a battery share: eco slots in registers, and words for what the battery does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_goodwe.local.slots import SLOTS, SlotKind, decode

if TYPE_CHECKING:
    from openpower_goodwe.local.emulator.registers import Registers
    from openpower_goodwe.local.slots import EcoSlot

__all__ = ["EcoRegisters", "charge_modes"]

_NEVER_SET = {
    SlotKind.V1: "3000300000640000",
    SlotKind.PER_CENT: "300030000000006400640000",
    SlotKind.PER_MILLE: "30003000060003e800640000",
}


class EcoRegisters:
    """Four eco slots that lie one behind the other."""

    def __init__(self, registers: Registers, first: int, kind: SlotKind) -> None:
        self._registers = registers
        self._kind = kind
        self._at = [first + index * kind.size // 2 for index in range(SLOTS)]

    def clear(self) -> None:
        """Put the slots in as they are delivered: never set."""
        for address in self._at:
            self._registers.put_bytes(address, bytes.fromhex(_NEVER_SET[self._kind]))

    def raw(self) -> list[bytes]:
        """The slots' bytes."""
        return [self._registers.read(address, self._kind.size // 2) for address in self._at]

    def slots(self) -> tuple[EcoSlot, ...]:
        """The slots that somebody filled in."""
        read = [decode(raw) for raw in self.raw()]
        return tuple(slot for slot in read if slot is not None)


def charge_modes(power_w: int) -> int:
    """The code of what a battery does: 1 standby, 2 discharge, 3 charge."""
    return 1 if power_w == 0 else 2 if power_w > 0 else 3
