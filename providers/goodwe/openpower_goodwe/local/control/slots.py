"""The eco-mode slots of an inverter: four periods of the day in which it charges or discharges, as bytes and decoded.

Three layouts exist: 8 bytes (v1: power as a percentage), and 12 bytes (v2, since ARM firmware 19; ES 14), whose
switch byte also says the unit: 0xFF percent (205 platform), 0xF9 per mille (745 platform). Negative power
charges. Layouts and examples: ``eco_mode_v1.hex`` and ``eco_mode_v2.hex`` of the captures, library 0.4.10.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import evolve, field, frozen

from openpower_core.provider import EVERY_DAY, Weekday

SLOTS: Final = 4
"""How many slots the inverters have that the library knows."""

_ALL_MONTHS: Final = 0x0FFF


class SlotKind(Enum):
    """The layout and unit of a slot."""

    V1 = "v1"
    PERCENT = "percent"
    PER_MILLE = "per mille"

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return 8 if self is SlotKind.V1 else 12

    @property
    def steps(self) -> int:
        """How many steps of power make 100 %."""
        return 1000 if self is SlotKind.PER_MILLE else 100


# The switch byte (signed) of each kind that is about charging: on, off.
_SWITCH: Final = {SlotKind.V1: (-1, 0), SlotKind.PERCENT: (-1, 0), SlotKind.PER_MILLE: (-7, 6)}


@frozen(kw_only=True)
class EcoSlot:
    """One slot that is filled in."""

    kind: SlotKind
    on: bool = True
    start_minute: int
    end_minute: int
    """Of the same day; 23:59 is the latest that a slot can end."""
    days: frozenset[Weekday] = field(default=EVERY_DAY)
    power_pct: float
    """Of the rated power; negative charges, positive discharges."""
    soc_pct: int | None = None
    """Where charging stops; None where the layout has no field for it."""
    months: int = 0
    """Bits of the months, January first; 0 and 0x0FFF mean all."""


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def decode(raw: bytes) -> EcoSlot | None:
    """Read a slot; None for one that is empty, or about something else (peak shaving, dry contacts)."""
    v1 = len(raw) == SlotKind.V1.size
    switch = _signed(raw[6:7] if v1 else raw[4:5])
    kinds = (SlotKind.V1,) if v1 else (SlotKind.PERCENT, SlotKind.PER_MILLE)
    kind = next((each for each in kinds if switch in _SWITCH[each]), None)
    times = list(raw[:4])
    if kind is None or times[0] > 23 or times[2] > 23 or max(times[1], times[3]) > 59:
        return None  # 48:00 stands for "never set"
    slot = EcoSlot(
        kind=kind,
        on=switch == _SWITCH[kind][0],
        start_minute=times[0] * 60 + times[1],
        end_minute=times[2] * 60 + times[3],
        days=_days(raw[7] if v1 else raw[5]),
        power_pct=_signed(raw[4:6] if v1 else raw[6:8]) * 100 / kind.steps,
    )
    if v1:
        return slot
    return evolve(slot, soc_pct=_signed(raw[8:10]), months=_signed(raw[10:12]))


def encode(slot: EcoSlot) -> bytes:
    """Write a slot."""
    on, off = _SWITCH[slot.kind]
    switch = (on if slot.on else off).to_bytes(1, "big", signed=True)
    times = bytes([*divmod(slot.start_minute, 60), *divmod(slot.end_minute, 60)])
    power = round(slot.power_pct * slot.kind.steps / 100).to_bytes(2, "big", signed=True)
    if slot.kind is SlotKind.V1:
        return times + power + switch + bytes([_bits(slot.days)])
    soc = 100 if slot.soc_pct is None else slot.soc_pct
    # Both 0 and 0x0FFF mean all months; slots of the 745 platform are delivered with the months written out.
    months = slot.months or (_ALL_MONTHS if slot.kind is SlotKind.PER_MILLE else 0)
    rest = soc.to_bytes(2, "big") + months.to_bytes(2, "big")
    return times + switch + bytes([_bits(slot.days)]) + power + rest


def is_on(raw: bytes) -> bool:
    """Whether a slot of any kind is switched on: all their switches are negative then."""
    return _signed(raw[6:7] if len(raw) == SlotKind.V1.size else raw[4:5]) < 0


def switched_off(raw: bytes) -> bytes:
    """The same slot, switched off; all else of it stays, whatever kind it is of."""
    if not is_on(raw):
        return raw
    at = 6 if len(raw) == SlotKind.V1.size else 4
    # The library's rule for all kinds: off is -1 minus on.
    off = (-1 - _signed(raw[at : at + 1])).to_bytes(1, "big", signed=True)
    return raw[:at] + off + raw[at + 1 :]


def _days(bits: int) -> frozenset[Weekday]:
    """The days of a slot: bit 0 is Sunday."""
    return frozenset(day for day in Weekday if bits >> (day % 7) & 1)


def _bits(days: frozenset[Weekday]) -> int:
    return sum(1 << (day % 7) for day in days)
