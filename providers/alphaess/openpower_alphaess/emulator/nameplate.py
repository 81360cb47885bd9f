"""One emulated system as a test describes it: what is printed on it, and how it behaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from attrs import define, field, frozen

Generation = Literal["legacy", "periodic"]
PvMetering = Literal["strings", "meter", "meter_uncounted"]


@frozen(kw_only=True)
class Tariff:
    """What the owner entered as tariff; without one eight figures of the summary are null."""

    currency: str = "EUR"
    import_per_kwh: float = 0.30
    export_per_kwh: float = 0.08

    def income(self, pv_kwh: float, exported_kwh: float) -> float:
        """What PV earned: what was sold, and what need not be bought."""
        return exported_kwh * self.export_per_kwh + (pv_kwh - exported_kwh) * self.import_per_kwh


@frozen(kw_only=True)
class Nameplate:
    """One system, as the vendor's list shows it, and what only its owner knows."""

    serial: str = "AL0000000000001"
    check_code: str = "CHECK1"
    """Printed on the label; needed to bind the system."""
    owner: str | None = "owner@example.org"
    """Where verification codes are mailed to; None: no user has registered the system (6002)."""
    inverter_model: str = "SMILE5-INV"
    battery_model: str = "SMILE-BAT-10.1P"
    inverter_kw: float = 5.0
    pv_kw: float = 6.0
    capacity_kwh: float = 10.1
    usable_pct: float = 90.0
    phases: int = 1
    strings: int = 2
    tz: str = "Europe/Berlin"
    """The zone of the system's clock, which the vendor's API never gives."""
    latitude: float = 52.5
    charger_models: tuple[str, ...] = ()
    """The EV chargers fitted, at most four, such as ``SMILE-EVCT11``."""
    tariff: Tariff | None = None

    @property
    def usable_kwh(self) -> float:
        """Capacity times usable share, to two places, halves up as the service rounds (4.1 × 95 % is 3.9)."""
        exact = Decimal(str(self.capacity_kwh)) * Decimal(str(self.usable_pct)) / 100
        return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


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
    """What a periodic write without its cycle flags does; it is unknown for the live service."""
    filler_is_whole_day: bool = False
    """Whether a 00:00–00:00 period counts as all day; that it never does is unconfirmed."""
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
