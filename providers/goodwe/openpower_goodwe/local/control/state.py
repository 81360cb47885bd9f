"""Everything in an inverter that decides what its battery does, as it stands in the registers."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from attrs import evolve, field, frozen

__all__ = ["ControlState", "EmsMode", "FastCharge", "WorkMode"]


class WorkMode(IntEnum):
    """The work modes that openpower sets; there are more."""

    GENERAL = 0
    ECO = 3


class EmsMode(IntEnum):
    """The EMS modes that openpower sets (ET family); there are more. Their meaning is that of the library's comments."""

    AUTO = 1
    CONSERVE = 6
    BATTERY_STANDBY = 8
    CHARGE_BATTERY = 11
    DISCHARGE_BATTERY = 12


@frozen(kw_only=True)
class FastCharge:
    """Charging at once, until a state of charge is reached."""

    on: bool
    soc_pct: int
    power_pct: int | None = None
    """Of the rated power; None where the firmware has no such setting."""


@frozen(kw_only=True)
class ControlState:
    """Work mode, EMS mode, fast charging and eco slots; None for what an inverter has not."""

    work_mode: int
    ems_mode: int | None = None
    ems_w: int | None = None
    fast: FastCharge | None = None
    slots: tuple[bytes, ...] = ()
    """The eco slots byte for byte, so that what openpower does not understand stays as it is."""

    soc_pct: int | None = field(default=None, eq=False)
    """The state of charge at the time, where there is fast charging, which ends by it."""

    def ended(self, soc_pct: int | None) -> ControlState:
        """The same once fast charging has done its work, which it has at this state of charge; else as it is."""
        fast = self.fast
        if fast is None or not fast.on or soc_pct is None or soc_pct < fast.soc_pct:
            return self
        return evolve(self, fast=evolve(fast, on=False))

    def to_json(self) -> dict[str, Any]:
        """Plain data, for restore points."""
        fast = self.fast
        return {
            "work_mode": self.work_mode,
            "ems_mode": self.ems_mode,
            "ems_w": self.ems_w,
            "fast": None if fast is None else [fast.on, fast.soc_pct, fast.power_pct],
            "slots": [slot.hex() for slot in self.slots],
        }

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> ControlState:
        """What :meth:`to_json` gave."""
        fast = data["fast"]
        return cls(
            work_mode=data["work_mode"],
            ems_mode=data["ems_mode"],
            ems_w=data["ems_w"],
            fast=None if fast is None else FastCharge(on=fast[0], soc_pct=fast[1], power_pct=fast[2]),
            slots=tuple(bytes.fromhex(slot) for slot in data["slots"]),
        )
