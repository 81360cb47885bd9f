"""What can be set: schedules, the current limit, and the meter offset."""

from __future__ import annotations

from openpower_core.provider import Record, VendorIntEnum, key, record

__all__ = [
    "ChargeSettings",
    "CycleType",
    "DischargeSettings",
    "EvCurrentSetting",
    "MeterOffset",
    "StrategyType",
    "TimeCharge",
    "TimePeriod",
]

# The legacy pair, ``getChargeConfigInfo`` and ``getDisChargeConfigInfo``: two windows each, every day.


@record
class ChargeSettings(Record):
    """When the battery may be charged from the grid; inside a window it does not discharge."""

    grid_charge: int | None = key("gridCharge", default=None, lenient=True)
    """Whether the windows are in force (0/1)."""
    time_chaf1: str | None = key("timeChaf1", default=None)
    """First window, from (``HH:mm``)."""
    time_chae1: str | None = key("timeChae1", default=None)
    """First window, end."""
    time_chaf2: str | None = key("timeChaf2", default=None)
    time_chae2: str | None = key("timeChae2", default=None)
    bat_high_cap: float | None = key("batHighCap", default=None, lenient=True)
    """State of charge (%) at which charging in the windows stops."""


@record
class DischargeSettings(Record):
    """When the battery may serve the house: a permission, not a command; nothing is exported by force."""

    ctr_dis: int | None = key("ctrDis", default=None, lenient=True)
    """Whether the windows are in force (0/1)."""
    time_disf1: str | None = key("timeDisf1", default=None)
    time_dise1: str | None = key("timeDise1", default=None)
    time_disf2: str | None = key("timeDisf2", default=None)
    time_dise2: str | None = key("timeDise2", default=None)
    bat_use_cap: float | None = key("batUseCap", default=None, lenient=True)
    """State of charge (%) below which the battery does not discharge."""


# The periodic pair, ``getTimeChargeBySn`` and ``setTimeChargeBySn``: periods by day of the week.


class CycleType(VendorIntEnum):
    """How a schedule comes back."""

    DAILY = 0
    WEEKLY = 1


class StrategyType(VendorIntEnum):
    """What a period is for."""

    CHARGE = 0
    DISCHARGE = 1


@record
class TimePeriod(Record):
    """One period; on write only the times, ``weeks``, ``charge_power`` and ``charge_limit`` count."""

    begin_time: str | None = key("beginTime", default=None)
    """``HH:mm``, on the vendor's time grid."""
    end_time: str | None = key("endTime", default=None)
    weeks: tuple[int, ...] | None = key(default=None)
    """ISO days, 1 is Monday, in any order; needed when the schedule is weekly."""
    charge_power: float | None = key("chargePower", default=None, lenient=True)
    """W, for discharge periods too; a period without it shows in the app and does nothing (2026-08)."""
    charge_limit: float | None = key("chargeLimit", default=None, lenient=True)
    """% from 10 to 100: upper bound of a charge period, lower bound of a discharge period."""
    execute_cycle_type: CycleType | None = key("executeCycleType", default=None, lenient=True)
    """Read only."""
    strategy_type: StrategyType | None = key("strategyType", default=None, lenient=True)
    """Read only."""
    sort: int | None = key(default=None, lenient=True)
    """Read only; counts from 1."""


@record
class TimeCharge(Record):
    """A periodic schedule. Its two cycle flags read 0 whatever was written, so never send it back as read."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    execute_cycle_type: CycleType | None = key("executeCycleType", default=None, lenient=True)
    grid_charge_cycle: int | None = key("gridChargeCycle", default=None, lenient=True)
    """Whether the charge periods are in force; write only (reads 0)."""
    ctr_dis_cycle: int | None = key("ctrDisCycle", default=None, lenient=True)
    """Whether the discharge periods are in force; write only (reads 0)."""
    charge_time_list: tuple[TimePeriod, ...] | None = key("chargeTimeList", default=None)
    discharge_time_list: tuple[TimePeriod, ...] | None = key("dischargeTimeList", default=None)


# ``getEvChargerCurrentsBySn``.


@record
class EvCurrentSetting(Record):
    """The household's current limit (A), which load balancing keeps; not the charger's own maximum."""

    currentsetting: float | None = key(default=None, lenient=True)


# ``getMeterOffsetConfigInfo``: the commercial systems' meter offset. No successful answer is on record.


@record
class MeterOffset(Record):
    """A power that is added to what the meter shows, in two windows."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    pm_offset: float | None = key("pmOffset", default=None, lenient=True)
    """kW, −500 to 500 in steps of 0.1."""
    pm_offset_en: int | None = key("pmOffsetEn", default=None, lenient=True)
    """Whether it is in force (0/1)."""
    pm_offset_s1: str | None = key("pmOffsetS1", default=None)
    """First window, start (``HH:mm``)."""
    pm_offset_e1: str | None = key("pmOffsetE1", default=None)
    pm_offset_s2: str | None = key("pmOffsetS2", default=None)
    pm_offset_e2: str | None = key("pmOffsetE2", default=None)
