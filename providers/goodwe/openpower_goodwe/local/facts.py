"""What is known of an inverter before it is read: its family, who it is, and what its firmware has."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from attrs import frozen

__all__ = ["Facts", "Family", "rated_by_name"]

_RATING: Final = re.compile(r"GW?(\d+(?:\.\d+)?)(K?)")


class Family(StrEnum):
    """The three kinds of inverters, by how they are spoken to."""

    ET = "ET"
    """Hybrids of the platforms 205, 745 and 753: ET, EH, BT, BH, GEH, newer ES."""
    ES = "ES"
    """Hybrids of the platform 105: ES, EM, BP."""
    DT = "DT"
    """Grid-tied inverters without a battery: DT, MS, D-NS, XS."""

    @property
    def unit(self) -> int:
        """The address that it listens to unless it was changed."""
        return 0x7F if self is Family.DT else 0xF7


@frozen(kw_only=True)
class Facts:
    """One inverter."""

    family: Family
    serial: str
    model: str | None = None
    rated_w: int | None = None
    firmware: str | None = None
    arm_firmware: str | None = None
    single_phase: bool = True
    slot_bytes: int | None = None
    """How long its eco slots are: 8 or 12 bytes; None without any."""
    slots_per_mille: bool = False
    """Whether the slots' power counts in per mille (745 platform) unless they say otherwise."""
    slots_at: int | None = None
    """The register of the first eco slot."""
    fast_charging: bool = False
    fast_charging_power: bool = False
    """Whether fast charging has a power setting."""


def rated_by_name(model: str | None) -> int | None:
    """The rated power (W) that a model's name tells; None where it tells none.

    >>> rated_by_name("GW50KS-MT"), rated_by_name("GW5000-MS"), rated_by_name("GW5048-ESA")
    (50000, 5000, 5000)
    """
    found = _RATING.search(model or "")
    if found is None:
        return None
    number = float(found[1])
    if found[2]:
        return round(number * 1000)
    # GW3648-ES, GW5048-EM: the battery's 48 V stand in the last two digits.
    return round(number) // 100 * 100 if number >= 1000 else None
