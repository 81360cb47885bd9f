"""What Acme's API sends, in Acme's words."""

from __future__ import annotations

from openpower_core.provider import Record, VendorEnum, key, record


class Status(VendorEnum):
    """How the box is."""

    NORMAL = "normal"
    FAULT = "fault"


@record
class Box(Record):
    """``GET /box``."""

    serial: str | None = key("serial")
    zone: str | None = key("zone")
    battery_kwh: float | None = key("batteryKwh")


@record
class Now(Record):
    """``GET /now``; battery + charging, grid + exporting, time on the box's wall clock."""

    time: str | None = key("time")
    status: str | None = key("status")
    pv: float | None = key("pv")
    load: float | None = key("load")
    battery: float | None = key("battery")
    grid: float | None = key("grid")
    soc: float | None = key("soc")
    imported: float | None = key("imported")
    exported: float | None = key("exported")


@record
class Row(Record):
    """One row of ``GET /day``: the means of five minutes, ``minute`` minutes after midnight."""

    minute: int | None = key("minute")
    pv: float | None = key("pv")
    load: float | None = key("load")
    battery: float | None = key("battery")
    grid: float | None = key("grid")


@record
class Tariff(Record):
    """One row of ``GET /prices``: cents; ``sell`` is negative when Acme pays."""

    start: int | None = key("start")
    minutes: int | None = key("minutes")
    buy: float | None = key("buy")
    sell: float | None = key("sell")
    low: float | None = key("low")
    high: float | None = key("high")
