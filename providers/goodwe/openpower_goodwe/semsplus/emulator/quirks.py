"""What stands in an emulated station, and how it and its cloud behave."""

from __future__ import annotations

from datetime import timedelta

from attrs import define, frozen

__all__ = ["Plate", "Quirks"]


@frozen(kw_only=True)
class Plate:
    """A station's parts."""

    station_id: str = "00000000-0000-4000-8000-000000000001"
    inverter: str = "GW0000000000001"
    battery: str = "BA0000000000001"
    meter: str = "SM0000000000001"
    charger: str | None = "EV0000000000001"
    charger_model: str = "GW7K-HCA-20"
    name: str = "Emulated station"
    tz: str = "Europe/Amsterdam"
    latitude: float = 52.4
    model: str = "GW5048-ET"
    inverter_kw: float = 5.0
    pv_kw: float = 6.0
    battery_kwh: float = 10.0


@define(kw_only=True)
class Quirks:
    """How a station and its cloud behave; may be changed while they run."""

    permissions: tuple[str, ...] = ("INVERTER_REMOTE", "INVERTER_REMOTE_READ", "STATION_VIEW")
    work_mode: str = "3.0"
    """Generation of the work modes: slots exist from 2.0 on, four or eight of them."""
    export_functions: bool = True
    """Whether the function tree has the export limit."""
    limit_functions: bool = True
    """Whether it has the least and greatest state of charge."""
    write_delay_s: float = 0.0
    """How long an inverter takes to acknowledge."""
    ev_delay_s: float = 0.0
    """How long a charger takes; real ones 60 to 90 s."""
    reverts_after: timedelta | None = None
    """After what time every setting flips back by itself."""
    ignores_ev_writes: bool = False
    """The charger acknowledges and does nothing."""
    offline: bool = False
    """The station does not report: no powers, status 0."""
    visitor: bool = False
    """Telemetry is refused with 100025."""
    flow_without_signs: bool = False
    """Powers as magnitudes, their direction in ``flows`` only."""
