"""The periodic pair, ``getTimeChargeBySn`` and ``setTimeChargeBySn``: periods by day of the week."""

from __future__ import annotations

from openpower_core.provider import Record, VendorIntEnum, key, record

__all__ = ["CycleType", "StrategyType", "TimeCharge", "TimePeriod"]


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
    """``HH:mm``, quarter hours."""
    end_time: str | None = key("endTime", default=None)
    weeks: tuple[int, ...] | None = key(default=None)
    """ISO days, 1 is Monday, in any order; needed when the schedule is weekly."""
    charge_power: float | None = key("chargePower", default=None, lenient=True)
    """W, for discharge periods too; a period without it shows in the app and does nothing (2026-08)."""
    charge_limit: float | None = key("chargeLimit", default=None, lenient=True)
    """% from 10 to 100: upper bound of a charge period, lower bound of a discharge period."""
    execute_cycle_type: CycleType | None = key("executeCycleType", default=None)
    """Read only."""
    strategy_type: StrategyType | None = key("strategyType", default=None)
    """Read only."""
    sort: int | None = key(default=None, lenient=True)
    """Read only; counts from 1."""


@record
class TimeCharge(Record):
    """A periodic schedule. Its two cycle flags read 0 whatever was written, so never send it back as read."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    execute_cycle_type: CycleType | None = key("executeCycleType", default=None)
    grid_charge_cycle: int | None = key("gridChargeCycle", default=None, lenient=True)
    """Whether the charge periods are in force; write only (reads 0)."""
    ctr_dis_cycle: int | None = key("ctrDisCycle", default=None, lenient=True)
    """Whether the discharge periods are in force; write only (reads 0)."""
    charge_time_list: tuple[TimePeriod, ...] | None = key("chargeTimeList", default=None)
    discharge_time_list: tuple[TimePeriod, ...] | None = key("dischargeTimeList", default=None)
