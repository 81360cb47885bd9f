"""The settings of an emulated inverter: registers and named settings, some of which flip back; and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_core.control import BatteryMode
from openpower_goodwe.semsplus.control.functions import CHARGE_NOW, CHARGE_POWER, CHARGE_TARGET, MAX_SOC, MIN_SOC
from openpower_goodwe.semsplus.control.slots import Slot, slot_of
from openpower_simulation import BatteryDirective

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from openpower_simulation import Situation

__all__ = ["Follower", "Registers"]

_SLOTS: Final = 8


class Registers:
    """What the inverter holds, by address or by name."""

    def __init__(self, rated_w: float) -> None:
        self.rated_w = rated_w
        self.values: dict[str, Any] = {
            "80017": 4,
            "47509": 0,
            "47510": int(rated_w),
            MIN_SOC: 10,
            MAX_SOC: 100,
            CHARGE_NOW: 0,
            CHARGE_TARGET: 100,
            CHARGE_POWER: 100,
            "TOUModeEnable": {"TOUModeEnable": 0},
            "INVCurrentWorkMode": {"INVCurrentWorkMode": 1},
        }
        for number in range(1, _SLOTS + 1):
            self.values[f"TOU{number}"] = {
                f"TOUStart{number}": "00:00",
                f"TOUEnd{number}": "00:00",
                f"TOUWeekEnable{number}": 85,
                f"TOUWeek{number}": [],
                f"ChargeDischargePW{number}": 0,
                f"ChargeCutOffSet{number}": 0,
                f"TOUMonth{number}": [],
            }
        self._pending: list[tuple[datetime, dict[str, Any]]] = []

    def write(self, values: Mapping[str, Any], now: datetime, back: timedelta | None) -> None:
        """Hold other values, for good or until they flip back."""
        if back is not None:
            before = {name: self.values.get(name) for name in values}
            self._pending.append((now + back, before))
        for name, value in values.items():
            known = self.values.get(name)
            self.values[name] = {**known, **value} if isinstance(known, dict) else value

    def flips(self, now: datetime) -> list[datetime]:
        """Carry out what has flipped back by now, and say when that was."""
        due = sorted((each for each in self._pending if each[0] <= now), key=lambda each: each[0])
        for _, before in due:
            self.values.update(before)
        self._pending = [each for each in self._pending if each[0] > now]
        return [at for at, _ in due]

    @property
    def export_limit_w(self) -> float | None:
        """What the limit means for the house."""
        return float(self.values["47510"]) if int(self.values["47509"]) else None

    def follower(self) -> Follower:
        """What the battery follows by these settings."""
        enabled = bool(self.values["TOUModeEnable"].get("TOUModeEnable"))
        slots = [slot_of(number, self.values[f"TOU{number}"]) for number in range(1, _SLOTS + 1)]
        charge: BatteryDirective | None = None
        if int(self.values[CHARGE_NOW]):
            share = int(self.values[CHARGE_POWER])
            charge = BatteryDirective(
                mode=BatteryMode.CHARGE,
                power_w=max(1.0, self.rated_w * share / 100),
                target_soc_pct=float(self.values[CHARGE_TARGET]),
                at_target=BatteryMode.AUTO,
            )
        working = tuple(each for each in slots if each.on) if enabled else ()
        return Follower(charge=charge, slots=working, rated_w=self.rated_w)


@frozen(kw_only=True)
class Follower:
    """The house's controller: the immediate charge, else the slot of the moment, else self-consumption."""

    charge: BatteryDirective | None
    slots: tuple[Slot, ...]
    rated_w: float

    def directive(self, situation: Situation, /) -> BatteryDirective:
        """What the battery is to do now."""
        if self.charge is not None:
            return self.charge
        local = situation.local
        minute, day = local.hour * 60 + local.minute, local.isoweekday() % 7
        for slot in self.slots:
            if day in slot.days and slot.start <= minute < slot.end and slot.per_mille:
                exporting = slot.per_mille > 0
                return BatteryDirective(
                    mode=BatteryMode.EXPORT if exporting else BatteryMode.CHARGE,
                    power_w=abs(slot.per_mille) * self.rated_w / 1000,
                    target_soc_pct=float(slot.cutoff_pct),
                )
        return BatteryDirective()
