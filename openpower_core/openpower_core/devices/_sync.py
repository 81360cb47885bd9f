# Generated from _async.py by openpower_testing; do not edit.
"""The protocols that vendor-agnostic synchronous code is written against: what each kind of device can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from openpower_core.control import UNSET, CurrentScope, Unset
from openpower_core.prices import Channel

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_core.capabilities import Capabilities
    from openpower_core.control import BatteryCommand, BatterySettings, CurrentLimits, Schedule
    from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo
    from openpower_core.prices import GridMix, Price, PriceSeries, Usage
    from openpower_core.readings import BatteryReading, EVChargerReading, InverterReading, MeterReading
    from openpower_core.writes import Confirm, Receipt

__all__ = ["Battery", "Device", "EVCharger", "Inverter", "Meter", "Retailer"]


@runtime_checkable
class Device(Protocol):
    """What every device has."""

    @property
    def info(self) -> DeviceInfo:
        """Who it is."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; known after discovery."""
        ...

    @property
    def native(self) -> Any:
        """The vendor's own API for this device."""
        ...


@runtime_checkable
class Meter(Device, Protocol):
    """The grid connection."""

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        ...

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        ...


@runtime_checkable
class Inverter(Device, Protocol):
    """An inverter, and the PV behind it."""

    @property
    def info(self) -> InverterInfo: ...

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it.

        Args:
            max_age: how old the answer may be; None leaves it to the provider, zero asks anew. Devices
                of one box share a fetch, also when they are read at the same time.
        """
        ...

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        ...

    def export_limit(self) -> float | None:
        """The most power it may give to the grid (W); None when it is not limited."""
        ...

    def set_export_limit(
        self, limit_w: float | None, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Limit what it gives to the grid (W); None lifts the limit."""
        ...

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; see :meth:`Battery.confirm`."""
        ...


@runtime_checkable
class Battery(Device, Protocol):
    """A battery."""

    @property
    def info(self) -> BatteryInfo: ...

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        ...

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        ...

    def settings(self) -> BatterySettings:
        """Its standing settings."""
        ...

    def apply_settings(
        self,
        *,
        reserve_soc_pct: float | Unset = UNSET,
        max_soc_pct: float | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the settings that are named; the others stay as they are."""
        ...

    def schedule(self) -> Schedule:
        """The schedule that the vendor holds."""
        ...

    def set_schedule(self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Replace the schedule that the vendor holds."""
        ...

    def command(
        self, command: BatteryCommand, *, dry_run: bool = False, confirm: Confirm = "accepted", unattended: bool = False
    ) -> Receipt:
        """Carry out one command.

        Args:
            command: the mode, and from when until when.
            dry_run: plan only; the receipt shows what would be sent.
            confirm: ``"accepted"`` returns once the vendor took it, ``"readback"`` once it can be seen.
            unattended: accept that nothing will release it where the hardware does not keep its end.
        """
        ...

    def release(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Put back what the vendor held before the command, if it still holds the command."""
        ...

    def charge(
        self,
        *,
        target_soc_pct: float | None = None,
        power_w: float | None = None,
        start: datetime | None = None,
        until: datetime | None = None,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Charge, from the grid if need be; short for :meth:`command`."""
        ...

    def hold(
        self,
        *,
        start: datetime | None = None,
        until: datetime | None = None,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Keep what is in it, and take PV; short for :meth:`command`."""
        ...

    def idle(
        self,
        *,
        start: datetime | None = None,
        until: datetime | None = None,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Neither charge nor discharge; short for :meth:`command`."""
        ...

    def no_charge(
        self,
        *,
        start: datetime | None = None,
        until: datetime | None = None,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Serve the house and take nothing; short for :meth:`command`."""
        ...

    def export(
        self,
        *,
        target_soc_pct: float | None = None,
        power_w: float | None = None,
        start: datetime | None = None,
        until: datetime | None = None,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Discharge into the grid; short for :meth:`command`."""
        ...

    def auto(
        self,
        *,
        start: datetime | None = None,
        until: datetime | None = None,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Self-consumption, the vendor's default; short for :meth:`command`."""
        ...

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; works after a restart with a state folder.

        Returns the receipt as CONFIRMED, UNVERIFIABLE or NOT_APPLIED.
        """
        ...


@runtime_checkable
class EVCharger(Device, Protocol):
    """A charging point for a car."""

    def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        ...

    def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        ...

    def limits(self) -> CurrentLimits:
        """The range in which its current can be limited, and where the limit stands."""
        ...

    def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Begin charging the car."""
        ...

    def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop charging the car."""
        ...

    def set_current_limit(
        self,
        amps: float,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        ...

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; see :meth:`Battery.confirm`."""
        ...


@runtime_checkable
class Retailer(Device, Protocol):
    """Who sells, and buys, the electricity."""

    def current_price(self, channel: Channel = Channel.IMPORT) -> Price:
        """The price of the running interval."""
        ...

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | None = None,
        resolution: timedelta | None = None,
    ) -> PriceSeries:
        """Prices in ``[start, end)``; without times, from now to the end of the forecast."""
        ...

    def usage(self, start: datetime, end: datetime, *, channel: Channel | None = None) -> list[Usage]:
        """What was metered in ``[start, end)``."""
        ...

    def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[GridMix]:
        """The share of renewables in the grid; without times, the running interval and its forecast."""
        ...
