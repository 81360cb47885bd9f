"""The vendor's vocabulary: one record per response, Python names beside the vendor's keys."""

from __future__ import annotations

from datetime import datetime

from openpower_core.provider import Record, VendorEnum, key, record


class BoxStatus(VendorEnum):
    """The state of the box; a word that is not listed here is kept as it is."""

    OK = "ok"
    FAULT = "fault"


@record
class Status(Record):
    """``GET /status``: the power flows now, in W; ``gridW`` counts export as positive."""

    serial: str = key("serial", serial=True)
    at: datetime = key("at")
    state: BoxStatus | None = key("state")
    pv_w: float | None = key("pvW")
    load_w: float | None = key("loadW")
    grid_w: float | None = key("gridW")
    battery_w: float | None = key("batteryW")
    soc: float | None = key("soc")


@record
class Settings(Record):
    """``GET /settings``: the settings; ``PUT`` takes the same."""

    reserve: int = key("reserve")
