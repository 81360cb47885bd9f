"""What ``connect`` takes for each first-party provider, spelled out for type checkers and editors.

The providers' specifications are the truth; a test keeps these in step with them. Nothing here is loaded
when a program runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from openpower_core.clock import Clock
    from openpower_core.http import AsyncTransport, Transport
    from openpower_core.secrets import Secret
    from openpower_simulation.house import House

__all__ = [
    "AlphaESSOptions",
    "AmberOptions",
    "CommonOptions",
    "DemoOptions",
    "GoodWeLocalOptions",
    "GoodWeOptions",
    "SemsPlusOptions",
]


class CommonOptions(TypedDict, total=False):
    """What every provider takes."""

    base_url: str | None
    transport: Transport | AsyncTransport | None
    tz: str | ZoneInfo | None
    state_dir: str | Path | None
    timeout: float | None
    profile: str | None
    clock: Clock | None


class AlphaESSOptions(CommonOptions, total=False):
    """For ``connect("alphaess", …)``."""

    app_id: str | None
    app_secret: str | Secret | None
    serial_number: str | None
    device_serial_number: str | None
    writes_per_day: int | None


class AmberOptions(CommonOptions, total=False):
    """For ``connect("amber", …)``."""

    token: str | Secret | None
    site: str | None
    state: str | None
    wait: bool | timedelta | None


class DemoOptions(CommonOptions, total=False):
    """For ``connect("demo", …)``."""

    seed: int | None
    start: datetime | str | None
    speed: float | None
    latitude: float | None
    longitude: float | None
    pv_kw: float | None
    inverter_w: float | None
    load_kwh_per_day: float | None
    battery_kwh: float | None
    battery_w: float | None
    ev: bool | None
    site_limit_a: float | None
    house: House | None
    price_interval_min: int | None


class GoodWeOptions(CommonOptions, total=False):
    """For ``connect("goodwe", …)``."""

    account: str | None
    password: str | Secret | None
    region: str | None
    plant_id: str | None


class SemsPlusOptions(CommonOptions, total=False):
    """For ``connect("goodwe-sems", …)``."""

    account: str | None
    password: str | Secret | None
    region: str | None
    station_id: str | None
    phases: int | None


class GoodWeLocalOptions(CommonOptions, total=False):
    """For ``connect("goodwe-local", …)``."""

    host: str | None
    port: int | None
    protocol: str | None
    family: str | None
    unit: int | None
    min_poll: float | None
    answer_within: float | None
