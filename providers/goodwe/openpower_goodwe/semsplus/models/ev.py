"""EV chargers of the HCA series (generations 1 and 2)."""

from __future__ import annotations

from typing import Any

from openpower_core.records import Record, VendorIntEnum, key, record

__all__ = ["ChargeLog", "ChargeMode", "ChargePoint", "EvCharger", "EvControls", "LastCharge"]


class ChargeMode(VendorIntEnum):
    """What a charger charges with."""

    FAST = 0
    PV = 1
    PV_AND_BATTERY = 2


@record
class EvCharger(Record):
    """``ev-charger/detail``: settings and state. Switches are on at 170 (0xAA)."""

    status: str | None = None
    """``available``, ``charging``, ``standby``, ``offline``, ``unavailable``, or the old portal's words."""
    work_state: str | None = key("workState", default=None)
    """Stale on some firmware; ``vehConnStu`` tells the plug better."""
    connected: str | int | None = key("vehConnStu", default=None)
    charge_mode: ChargeMode | None = key("chargeMode", default=None)
    set_kw: float | None = key("chargePowerSetted", default=None, lenient=True)
    """Generation 1."""
    max_kw: float | None = key("chargeMaxPower", default=None, lenient=True)
    """Generation 2."""
    allocated_kw: float | None = key("chargePower", default=None, lenient=True)
    """What is configured, not what flows."""
    site_limit_a: float | None = key("currentLimit", default=None, lenient=True)
    """The household's incoming limit for dynamic load management (A), not the car's current."""
    dynamic_load: int | None = key("dynamicLoad", default=None, lenient=True)
    phase_switch: int | None = key("phaseSwitch", default=None, lenient=True)
    ensure_minimum: int | None = key("ensureMinimumChargingPower", default=None, lenient=True)
    plug_and_charge: int | None = key("chargedNow", default=None, lenient=True)
    max_energy_kwh: float | None = key("maxEnergy", default=None, lenient=True)
    min_energy_kwh: float | None = key("minEnergy", default=None, lenient=True)
    soc: float | None = key("soc", default=None, lenient=True)
    finish_time: str | int | None = key("finishTime", default=None)
    started: bool | None = key("startStatus", default=None)
    """Not to be relied on."""

    @property
    def limit_kw(self) -> float | None:
        """The power that is set, under the name of either generation."""
        return self.set_kw if self.set_kw is not None else self.max_kw


@record
class ChargePoint(Record):
    """One minute of a charge."""

    at: str | None = key("tp", default=None)
    power: float | None = key("power", default=None, lenient=True)


@record
class ChargeLog(Record):
    """One charge: the running one, or the last."""

    charger_sn: str | None = key("chargePileSN", default=None, serial=True)
    session: str | int | None = key("chargeSerialNumber", default=None)
    started_at: str | None = key("chargeStartTime", default=None)
    ended_at: str | None = key("chargeEndTime", default=None)
    energy_kwh: float | None = key("currentChargeQuantity", default=None, lenient=True)
    minutes: float | None = key("chargeTimeLength", default=None, lenient=True)
    power_kw: float | None = key("pevChar", default=None, lenient=True)
    """What the car draws now."""
    work_status: str | int | None = key("workStu", default=None)
    """6 charging, 8 ended with the car still there."""
    mileage: float | None = key("mileage", default=None, lenient=True)


@record
class LastCharge(Record):
    """``getLastCharge``: the running or last charge, with its curve by the minute (kW)."""

    log: ChargeLog | None = key("chargeLog", default=None)
    curve: list[ChargePoint] | None = key("curveList", default=None)


@record
class EvControls(Record):
    """``control-item-content-list``: the model that writes have to name, and its ranges."""

    product_model: str | None = key("productModel", default=None)
    ranges: Any = key("controlItemRanges", default=None)
