"""What differs from system to system and from region to region; each can be changed while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from attrs import define, field

__all__ = ["Generation", "PvMetering", "Quirks"]

Generation = Literal["legacy", "periodic"]
PvMetering = Literal["strings", "meter", "meter_uncounted"]


@define(kw_only=True)
class Quirks:
    """How one emulated system behaves. The defaults are those of a well-behaved household system."""

    generation: Generation = "legacy"
    """``legacy``: the periodic pair answers 6017. ``periodic``: the legacy writes answer 200 and nothing
    happens, and the legacy reads show defaults."""
    denied: frozenset[str] = frozenset()
    """Endpoints for which this system has no entitlement (6017)."""
    ems_status: str = "Normal"
    """``Normal``, ``Fault``, ``Protection`` …: health, not operating mode."""
    offline: Literal["listed", "refused", "nulls"] | None = None
    """The three faces of an offline system: ``emsStatus`` Offline and nulls; 6042; nulls alone."""
    telemetry: Literal["live", "null", "null_nested"] = "live"
    """All of ``getLastPowerData`` null with code 200, as on a Storion-S5; or null within the nested objects."""
    pv: PvMetering = "strings"
    """``meter``: PV sits behind a foreign inverter and shows in ``pmeterDc``. ``meter_uncounted``: besides,
    ``ppv`` stays 0, now and in the day series, and ``pload``, a residual, can turn negative."""
    readback_delay: timedelta = timedelta(seconds=35)
    """How long the config reads show the old settings."""
    effect_delay: timedelta = timedelta(minutes=2)
    """How long the inverter follows the old settings."""
    hold_charges_pv: bool = True
    """Whether PV still charges in a charge window whose target is at or below the state of charge."""
    flags_left_out: Literal["off", "unchanged"] = "off"
    """What a periodic write without its cycle flags does; nobody knows."""
    filler_is_whole_day: bool = False
    """Whether a 00:00–00:00 period counts as all day; nobody has confirmed that it never does."""
    charger_control_dead: bool = False
    """``remoteControlEvCharger`` answers 200 and nothing happens, as after EMS V0.00.73C."""
    midnight: Literal["busy", "null", "zero"] = "busy"
    """What a day's data are around local midnight: code 6026, all null, or all zero."""
    midnight_lasts: timedelta | None = None
    """How far "around local midnight" reaches, either way; None: the service works through it."""
    day_energy: Literal["counted", "null", "zero"] = "counted"
    """``zero``: the day's energies stay 0 for weeks, as on a VT1000. ``null``: all null with code 200, as after
    many dates in quick succession."""
    series_offset: timedelta = timedelta(minutes=4, seconds=4)
    """How far into each five minutes the day series' rows are stamped; it differs from site to site."""
    series_drift_every: int = 40
    """After how many rows of the day the stamp drifts by a second; 0: never."""
    series_duplicate_every: int = 0
    """Every how many rows one is repeated; 0: never."""
    series_gaps: tuple[tuple[str, str], ...] = ()
    """Stretches of the local day, ``HH:mm`` to ``HH:mm``, of which there are no rows."""
    commercial: bool = False
    """Whether it is a commercial system, which alone has the meter-offset pair."""
    overrides: Mapping[str, Mapping[str, Any]] = field(factory=dict[str, Mapping[str, Any]])
    """Figures to answer instead of the true ones, by endpoint: the service has sent an ``eChargingPile`` of
    −1482.404 kWh, an ``eselfSufficiency`` of −6.13514, and more grid charging than charging."""
