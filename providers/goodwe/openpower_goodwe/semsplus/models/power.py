"""Power and energy of a station: the flow of this minute, series, and sums by day, month or year."""

from __future__ import annotations

from typing import Any

from openpower_core.records import Record, key, record

__all__ = ["EnergyItem", "EnergyPoint", "Flow", "PowerItem", "PowerPoint", "PowerSeries", "Statistics"]


@record
class Flow(Record):
    """``flow``: powers (kW) of this minute.

    The vendor's signs: ``pBat`` + discharging, − charging; ``pGrid`` + **exporting**, − importing.
    What is missing is not known; at zero some keys are left out.
    """

    station_id: str | None = key("id", default=None, serial=True)
    name: str | None = None
    status: str | int | None = None
    pv_kw: float | None = key("pSystem", default=None, lenient=True)
    ac_kw: float | None = key("pAc", default=None, lenient=True)
    dc_kw: float | None = key("pDc", default=None, lenient=True)
    battery_kw: float | None = key("pBat", default=None, lenient=True)
    grid_kw: float | None = key("pGrid", default=None, lenient=True)
    load_kw: float | None = key("pConsum", default=None, lenient=True)
    third_kw: float | None = key("pThird", default=None, lenient=True)
    diesel_kw: float | None = key("pDiesel", default=None, lenient=True)
    ev_kw: float | None = key("pEvChar", default=None, lenient=True)
    heat_pump_kw: float | None = key("pHeatPump", default=None, lenient=True)
    soc: float | None = key("soc", default=None, lenient=True)
    flows: dict[str, Any] | None = None
    """From which source to which sinks power flows: ``{"pBat": ["pConsum", "pGrid"]}``."""
    refresh_time: str | None = key("refreshTime", default=None, also=("time",))
    """The station's wall clock, without a zone; it advances once a minute."""


@record
class PowerPoint(Record):
    """One minute of a series."""

    at: str | None = key("tp", default=None)
    power: float | None = key("power", default=None, lenient=True)


@record
class PowerItem(Record):
    """The series of one item; builds differ in the name of its list."""

    item: str
    points: list[PowerPoint] | None = key("statisticsList", default=None, also=("powerData",))


@record
class PowerSeries(Record):
    """``statisticsAndPreV2``: kW (and ``soc`` in %) by the minute, on the station's wall clock."""

    series: list[PowerItem] | None = key("dataList", default=None)


@record
class EnergyPoint(Record):
    """One day, month or year."""

    date: str | None = None
    val: float | None = key("val", default=None, lenient=True)


@record
class EnergyItem(Record):
    """The sums of one item."""

    item: str
    unit: str | None = None
    points: list[EnergyPoint] | None = key("statisticsList", default=None)


@record
class Statistics(Record):
    """``statistics``: energies (kWh) by item, and the totals of the span."""

    self_used_kwh: float | None = key("proSelfConsum", default=None, lenient=True)
    production_kwh: float | None = key("production", default=None, lenient=True)
    """At the AC side."""
    exported_kwh: float | None = key("proGrid", default=None, lenient=True)
    imported_kwh: float | None = key("proPurchase", default=None, lenient=True)
    load_kwh: float | None = key("proConsum", default=None, lenient=True)
    contribution_pct: float | None = key("contributionRate", default=None, lenient=True)
    series: list[EnergyItem] | None = key("dataList", default=None)
