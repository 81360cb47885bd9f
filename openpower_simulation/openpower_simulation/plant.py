"""The equipment of the simulated house: its location and the sizes of its parts."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen

from openpower_core.checks import non_negative, percentage, positive
from openpower_core.errors import InvalidValue


def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; another one raises :class:`InvalidValue`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidValue(
            f"{name!r} is not an IANA time zone.", hint='Give an IANA name such as "Europe/Berlin".'
        ) from error


def _latitude(_instance: object, _attribute: object, value: float) -> None:
    if not -90 <= value <= 90:
        raise InvalidValue(f"latitude is {value}; latitudes range from -90 to 90.")


def _share(_instance: object, attribute: object, value: float) -> None:
    if not 0 < value <= 1:
        raise InvalidValue(f"{getattr(attribute, 'name', 'share')} is {value}; it must be in (0, 1].")


def _interval(_instance: object, _attribute: object, value: int) -> None:
    if value not in (5, 30):
        raise InvalidValue(f"price_interval_min is {value}; the market settles every 5 or 30 minutes.")


@frozen(kw_only=True)
class Plant:
    """One house. All powers are measured at its AC bus, where they balance to the watt."""

    seed: int = 1
    """Same seed, same weather, habits and market."""
    tz: str = "Australia/Sydney"
    latitude: float = field(default=-33.87, validator=_latitude)
    """Degrees, positive north."""
    longitude: float | None = None
    """Degrees east; None puts the house on its zone's meridian."""

    pv_kw: float = field(default=6.6, validator=non_negative)
    """Peak power of the panels, which face the equator."""
    inverter_w: int = field(default=6000, converter=int, validator=non_negative)
    """The most that PV delivers to the AC bus."""
    load_kwh_per_day: float = field(default=14.0, validator=non_negative)
    """The load on an average day, without the car."""

    battery_kwh: float = field(default=13.3, validator=non_negative)
    """The capacity of the battery's cells; 0 for a house without one."""
    battery_w: int = field(default=5000, converter=int, validator=non_negative)
    """Its maximum charging and discharging power at the AC bus."""
    min_soc_pct: float = field(default=5.0, validator=percentage)
    """Below this its own electronics stop it."""
    reserve_soc_pct: float = field(default=10.0, validator=percentage)
    """The initial reserve; it can be changed."""
    charge_efficiency: float = field(default=0.96, validator=_share)
    """From the bus into the cells; the rest becomes heat in the battery."""
    discharge_efficiency: float = field(default=0.96, validator=_share)
    """A share, from 0 to 1."""

    ev: bool = True
    """Whether a car comes home in the evening."""
    charger_max_a: float = field(default=32.0, validator=positive)
    charger_min_a: float = field(default=6.0, validator=positive)
    """IEC 61851 signals no current below 6 A."""
    voltage_v: float = field(default=230.0, validator=positive)
    site_limit_a: float = field(default=63.0, validator=positive)
    """The main fuse, at one phase."""

    currency: str = "AUD"
    price_interval_min: int = field(default=5, validator=_interval)
    tax_share: float = field(default=0.10, validator=non_negative)
    """Tax on what is bought, such as 0.1 for 10 %."""

    def __attrs_post_init__(self) -> None:
        zone(self.tz)

    @property
    def zone(self) -> ZoneInfo:
        """The house's zone."""
        return zone(self.tz)

    @property
    def meridian(self) -> float:
        """Its longitude, or that of the zone's standard time in January or July, whichever is less."""
        if self.longitude is not None:
            return self.longitude
        winter_and_summer = (datetime(2025, month, 1, tzinfo=self.zone).utcoffset() or timedelta(0) for month in (1, 7))
        return min(winter_and_summer).total_seconds() / 240

    @property
    def usable_kwh(self) -> float:
        """The energy that the electronics let out of the cells."""
        return self.battery_kwh * (1 - self.min_soc_pct / 100)
