"""What the settings of an emulated hybrid inverter make the battery of the simulated house do.

The EMS modes are played as the library documents them (goodwe 0.4.10, ``inverter.py``), in whole watts.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from attrs import frozen

from openpower_core.provider import BatteryMode
from openpower_goodwe.local.control.slots import EcoSlot
from openpower_simulation import BatteryDirective, Situation

if TYPE_CHECKING:
    from datetime import datetime


_AUTO = BatteryDirective()


class WorkMode(IntEnum):
    """Register 47000 of the ET family, and its counterpart in the ES family."""

    GENERAL = 0
    OFF_GRID = 1
    BACKUP = 2
    ECO = 3
    PEAK_SHAVING = 4
    SELF_USE = 5


class EmsMode(IntEnum):
    """Register 47511 of the ET family."""

    AUTO = 1
    CHARGE_PV = 2
    DISCHARGE_PV = 3
    IMPORT_AC = 4
    EXPORT_AC = 5
    CONSERVE = 6
    OFF_GRID = 7
    BATTERY_STANDBY = 8
    BUY_POWER = 9
    SELL_POWER = 10
    CHARGE_BATTERY = 11
    DISCHARGE_BATTERY = 12


@frozen(kw_only=True)
class HybridController:
    """All settings that decide what the battery does; handed to the house again whenever one changes."""

    rated_w: int
    work_mode: int = WorkMode.GENERAL
    ems_mode: int = EmsMode.AUTO
    ems_w: int = 0
    fast_charge_soc_pct: int | None = None
    """Where fast charging ends; None while it is off."""
    fast_charge_pct: int = 100
    slots: tuple[EcoSlot, ...] = ()

    def directive(self, situation: Situation, /) -> BatteryDirective:
        """Fast charging first, then EMS, then the work mode with its slots."""
        target = self.fast_charge_soc_pct
        # Fast charging wins over everything, and is over by itself at its target.
        if target is not None and situation.soc_pct < target:
            return BatteryDirective(
                mode=BatteryMode.CHARGE,
                power_w=max(1, self.rated_w * self.fast_charge_pct // 100),
                target_soc_pct=target,
                at_target=BatteryMode.AUTO,
            )
        if self.ems_mode != EmsMode.AUTO:
            return self._ems(situation)
        if self.work_mode == WorkMode.BACKUP:
            return BatteryDirective(mode=BatteryMode.HOLD)
        if self.work_mode == WorkMode.ECO:
            return self._eco(situation.local)
        return _AUTO

    def _ems(self, situation: Situation) -> BatteryDirective:
        """One EMS mode: what it makes of PV (W), of what the house lacks, and of the power set."""
        pv, power = situation.pv_w, self.ems_w
        # + means that the house needs more than PV gives.
        lacking = situation.load_w + situation.ev_w - pv
        # By the library's words for each mode. HOLD where there is no PV to charge with: these modes keep the battery
        # for later, they do not serve the house from it.
        plays = {
            EmsMode.CHARGE_PV: lambda: _charge(pv + power, BatteryMode.HOLD),
            EmsMode.IMPORT_AC: lambda: _charge(pv + power, BatteryMode.HOLD),
            EmsMode.CONSERVE: lambda: _charge(pv, BatteryMode.HOLD),
            EmsMode.CHARGE_BATTERY: lambda: _charge(power, BatteryMode.IDLE),
            EmsMode.DISCHARGE_PV: lambda: _discharge(power),
            EmsMode.DISCHARGE_BATTERY: lambda: _discharge(power),
            EmsMode.EXPORT_AC: lambda: _discharge(power - pv),
            EmsMode.BATTERY_STANDBY: lambda: BatteryDirective(mode=BatteryMode.IDLE),
            EmsMode.BUY_POWER: lambda: _either(lacking - power),
            EmsMode.SELL_POWER: lambda: _either(lacking + power),
        }
        play = plays.get(EmsMode(self.ems_mode)) if self.ems_mode in tuple(EmsMode) else None
        return _AUTO if play is None else play()

    def _eco(self, local: datetime) -> BatteryDirective:
        for slot in self.slots:
            if slot.on and _covers(slot, local) and slot.power_pct:
                power = max(1.0, abs(slot.power_pct) * self.rated_w / 100)
                if slot.power_pct > 0:
                    return BatteryDirective(mode=BatteryMode.EXPORT, power_w=power)
                return BatteryDirective(mode=BatteryMode.CHARGE, power_w=power, target_soc_pct=slot.soc_pct)
        return _AUTO


def _covers(slot: EcoSlot, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    day = any(day == local.isoweekday() for day in slot.days)
    month = slot.months in (0, -1) or bool(slot.months >> (local.month - 1) & 1)
    return day and month and slot.start_minute <= minute < slot.end_minute


def _charge(power: float, at_nothing: BatteryMode) -> BatteryDirective:
    if power <= 0:
        return BatteryDirective(mode=at_nothing)
    return BatteryDirective(mode=BatteryMode.CHARGE, power_w=power)


def _discharge(power: float) -> BatteryDirective:
    if power <= 0:
        return BatteryDirective(mode=BatteryMode.IDLE)
    return BatteryDirective(mode=BatteryMode.EXPORT, power_w=power)


def _either(discharging: float) -> BatteryDirective:
    return _discharge(discharging) if discharging > 0 else _charge(-discharging, BatteryMode.IDLE)
