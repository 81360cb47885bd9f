# Generated from _async_base.py by openpower_testing; do not edit.
"""What provider authors derive devices from: every method raises ``Unsupported`` until it is overridden.

Override the public methods that exist; the bases see to the rest. Before an overridden method runs, its
arguments are checked against the device's own capabilities, times are brought to UTC, and after ``read`` the
reading goes to the sinks (``openpower_reading``).
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from openpower_core.capabilities import Feature
from openpower_core.control import UNSET, BatteryMode, CurrentScope, Unset
from openpower_core.devices._features import NEEDS, check_supported, in_utc, unsupported
from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo
from openpower_core.prices import Channel
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from openpower_core.capabilities import Capabilities
    from openpower_core.connection.context import Context
    from openpower_core.control import BatteryCommand, BatterySettings, CurrentLimits, Schedule
    from openpower_core.errors import Unsupported
    from openpower_core.prices import GridMix, Price, PriceSeries, Usage
    from openpower_core.readings import BatteryReading, EVChargerReading, InverterReading, MeterReading
    from openpower_core.write import Document, Writer
    from openpower_core.writes import Confirm, Receipt

__all__ = ["BaseBattery", "BaseDevice", "BaseEVCharger", "BaseInverter", "BaseMeter", "BaseRetailer"]

Info = TypeVar("Info", bound=DeviceInfo)


def _guarded(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Check a call before it is made, and pass a reading on after it."""
    needs = NEEDS[name]

    @wraps(method)
    def guarded(self: BaseDevice[Any], *arguments: Any, **keywords: Any) -> Any:
        for feature in needs(*arguments, **keywords):
            self.check_supported(feature)
        arguments, keywords = in_utc(name, arguments, keywords)
        result = method(self, *arguments, **keywords)
        # Only the outermost override reports, so that super().read() does not tell the sinks twice.
        if name == "read" and getattr(type(self), name) is guarded:
            self._publish(result)  # pyright: ignore[reportPrivateUsage]
        return result

    return guarded


def _command(mode: BatteryMode, **fields: Any) -> BatteryCommand:
    # Imported here, since programs that only read get on without it.
    from openpower_core.control import BatteryCommand

    return BatteryCommand(mode=mode, **fields)


class BaseDevice(Generic[Info]):
    """What all devices share: who they are, what they can do, and the checks before each call."""

    def __init__(
        self,
        info: Info,
        *,
        capabilities: Capabilities,
        native: Any = None,
        context: Context | None = None,
        writer: Writer | None = None,
        documents: Iterable[Document[Any, Any]] = (),
    ) -> None:
        self._info = info
        self._capabilities = capabilities
        self._native = native
        self._context = context
        self._writer = writer
        if writer is not None:
            writer.adopt(info, *documents)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.__module__ == __name__:
            return
        for name in vars(cls).keys() & NEEDS.keys():
            setattr(cls, name, _guarded(name, vars(cls)[name]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._info.provider} {mask(self._info.id)}>"

    @property
    def info(self) -> Info:
        """Who it is."""
        return self._info

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; known after discovery."""
        return self._capabilities

    @property
    def native(self) -> Any:
        """The vendor's own API for this device."""
        return self._native

    def check_supported(self, feature: Feature) -> None:
        """Raise :class:`~openpower_core.errors.Unsupported` when the capabilities say that it is not there."""
        check_supported(self._info, self._capabilities, feature)

    def _unsupported(self, feature: Feature) -> Unsupported:
        return unsupported(self._info, self._capabilities, feature)

    def _write(
        self,
        document: Document[Any, Any],
        desired: Any,
        *,
        operation: str,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        restorable: bool = False,
        unattended: bool = False,
    ) -> Receipt:
        """Bring a wish to the vendor through the write pipeline; see :meth:`Writer.write`."""
        return self._writing().write(
            self._info,
            document,
            desired,
            operation=operation,
            dry_run=dry_run,
            confirm=confirm,
            restorable=restorable,
            unattended=unattended,
        )

    def _writing(self) -> Writer:
        if self._writer is None:
            raise TypeError(f"{type(self).__name__} was made without writer=")
        return self._writer

    def _confirm(self, receipt: Receipt, timeout: timedelta | None, feature: Feature) -> Receipt:
        if self._writer is None:
            raise self._unsupported(feature)
        return self._writer.confirm(self._info, receipt, timeout=timeout)

    def _publish(self, reading: Any) -> None:
        if self._context is not None:
            self._context.hooks.reading(self._info, reading)


class BaseMeter(BaseDevice[DeviceInfo]):
    """A grid connection that can do nothing yet."""

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        raise self._unsupported(Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise self._unsupported(Feature.HISTORY)


class BaseInverter(BaseDevice[InverterInfo]):
    """An inverter that can do nothing yet."""

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        raise self._unsupported(Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise self._unsupported(Feature.HISTORY)

    def export_limit(self) -> float | None:
        """The most power it may give to the grid (W); None when it is not limited."""
        raise self._unsupported(Feature.EXPORT_LIMIT)

    def set_export_limit(
        self, limit_w: float | None, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Limit what it gives to the grid (W); None lifts the limit."""
        raise self._unsupported(Feature.SET_EXPORT_LIMIT)

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; see :meth:`Battery.confirm`."""
        return self._confirm(receipt, timeout, Feature.SET_EXPORT_LIMIT)


class BaseBattery(BaseDevice[BatteryInfo]):
    """A battery that can do nothing yet; override :meth:`command`, and the short forms work."""

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        raise self._unsupported(Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise self._unsupported(Feature.HISTORY)

    def settings(self) -> BatterySettings:
        """Its standing settings."""
        raise self._unsupported(Feature.SETTINGS)

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
        raise self._unsupported(Feature.RESERVE_SOC)

    def schedule(self) -> Schedule:
        """The schedule that the vendor holds."""
        raise self._unsupported(Feature.SCHEDULE)

    def set_schedule(self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Replace the schedule that the vendor holds."""
        raise self._unsupported(Feature.SET_SCHEDULE)

    def command(
        self, command: BatteryCommand, *, dry_run: bool = False, confirm: Confirm = "accepted", unattended: bool = False
    ) -> Receipt:
        """Carry out one command; see :meth:`Battery.command`."""
        raise self._unsupported(Feature.of(command.mode))

    def release(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Put back what the vendor held before the command, if it still holds the command."""
        self.check_supported(Feature.RELEASE)
        if self._writer is None:
            raise self._unsupported(Feature.RELEASE)
        return self._writer.release(self._info, dry_run=dry_run, confirm=confirm)

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
        command = _command(BatteryMode.CHARGE, target_soc_pct=target_soc_pct, power_w=power_w, start=start, until=until)
        return self.command(command, dry_run=dry_run, confirm=confirm, unattended=unattended)

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
        command = _command(BatteryMode.HOLD, start=start, until=until)
        return self.command(command, dry_run=dry_run, confirm=confirm, unattended=unattended)

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
        command = _command(BatteryMode.IDLE, start=start, until=until)
        return self.command(command, dry_run=dry_run, confirm=confirm, unattended=unattended)

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
        command = _command(BatteryMode.NO_CHARGE, start=start, until=until)
        return self.command(command, dry_run=dry_run, confirm=confirm, unattended=unattended)

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
        command = _command(BatteryMode.EXPORT, target_soc_pct=target_soc_pct, power_w=power_w, start=start, until=until)
        return self.command(command, dry_run=dry_run, confirm=confirm, unattended=unattended)

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
        command = _command(BatteryMode.AUTO, start=start, until=until)
        return self.command(command, dry_run=dry_run, confirm=confirm, unattended=unattended)

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; see :meth:`Battery.confirm`."""
        return self._confirm(receipt, timeout, Feature.RELEASE)


class BaseEVCharger(BaseDevice[DeviceInfo]):
    """A charging point that can do nothing yet."""

    def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        raise self._unsupported(Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise self._unsupported(Feature.HISTORY)

    def limits(self) -> CurrentLimits:
        """The range in which its current can be limited, and where the limit stands."""
        raise self._unsupported(Feature.LIMITS)

    def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Begin charging the car."""
        raise self._unsupported(Feature.START)

    def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop charging the car."""
        raise self._unsupported(Feature.STOP)

    def set_current_limit(
        self,
        amps: float,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        (feature,) = NEEDS["set_current_limit"](amps, scope=scope)
        raise self._unsupported(feature)

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; see :meth:`Battery.confirm`."""
        return self._confirm(receipt, timeout, Feature.CHARGER_CURRENT)


class BaseRetailer(BaseDevice[DeviceInfo]):
    """A retailer that can tell nothing yet."""

    def current_price(self, channel: Channel = Channel.IMPORT) -> Price:
        """The price of the running interval."""
        raise self._unsupported(Feature.CURRENT_PRICE)

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | None = None,
        resolution: timedelta | None = None,
    ) -> PriceSeries:
        """Prices in ``[start, end)``; without times, from now to the end of the forecast."""
        raise self._unsupported(Feature.PRICES)

    def usage(self, start: datetime, end: datetime, *, channel: Channel | None = None) -> list[Usage]:
        """What was metered in ``[start, end)``."""
        raise self._unsupported(Feature.USAGE)

    def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[GridMix]:
        """The share of renewables in the grid; without times, the running interval and its forecast."""
        raise self._unsupported(Feature.GRID_MIX)
