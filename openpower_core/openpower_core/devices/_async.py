"""The kinds of devices, asynchronous: each a protocol whose bodies are the defaults, and the base that providers add to it.

Application code is written against the protocols; any class of the right structure fits. What a provider does
not override raises ``Unsupported`` before any request.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, Unpack, runtime_checkable

from openpower_core.capabilities import Capabilities, Feature
from openpower_core.checks import one_of
from openpower_core.control import (
    UNSET,
    BatteryCommand,
    BatteryMode,
    BatterySettings,
    CurrentLimits,
    CurrentScope,
    Schedule,
    Unset,
)
from openpower_core.devices import calls
from openpower_core.devices._async_watch import OnFailure, watch
from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo
from openpower_core.errors import ConnectionClosed
from openpower_core.plausibility import Plausibility
from openpower_core.prices._words import Channel
from openpower_core.readings import Reading
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from datetime import datetime

    from openpower_core.checks import Number, Span
    from openpower_core.connection.context import Context
    from openpower_core.prices import GridMix, Price, PriceSeries, Tariff, Usage
    from openpower_core.readings import BatteryReading, EVChargerReading, InverterReading, MeterReading
    from openpower_core.write import AsyncDocument, AsyncWriter
    from openpower_core.writes import ActiveCommand, Confirm, Receipt

Info_co = TypeVar("Info_co", bound=DeviceInfo, covariant=True)


@runtime_checkable
class AsyncDevice(Protocol):
    """What every device has."""

    @property
    def info(self) -> DeviceInfo:
        """Its identity."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; known after discovery."""
        ...

    @property
    def native(self) -> Any:
        """The vendor's own API for this device."""
        ...

    def watch(self, interval: Span | None = None, *, on_failure: OnFailure | None = None) -> AsyncIterator[Any]:
        """Its readings as they change, until the connection is closed or the iteration is left.

        Args:
            interval: how often it is read (a timedelta, or seconds); None for the vendor's own. Devices of one box share a
                fetch, so that watching all of them asks once.
            on_failure: called with the error when reading begins to fail, and with None when it works again. Either is logged
                once, and the iteration goes on: what can pass is waited for, at growing distance.

        Raises:
            OpenPowerError: what cannot pass by itself, such as a refused credential.
        """
        return watch(self, interval, on_failure)


_READINGS = ("read", "history")


def _guarded(name: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Check a call before it is made, and pass its reading to the sinks afterwards."""
    call = calls.Call(name, method)

    @wraps(method)
    async def guarded(self: AsyncBaseDevice[Any], *arguments: Any, **keywords: Any) -> Any:
        arguments, keywords, needs = call.checked(arguments, keywords)
        for feature in needs:
            self.check_supported(feature)
        try:
            self.check_open()
            result = await method(self, *arguments, **keywords)
        except Exception as error:
            traceback = error.__traceback__
            if isinstance(error, TypeError) and traceback is not None and traceback.tb_next is None:
                raise  # the call itself does not fit the method's parameters
            raise calls.to_error(error, self, name)  # noqa: B904 - it has its cause
        # Only the outermost override is checked and reported, so that super().read() is not twice.
        if name in _READINGS and getattr(type(self), name) is guarded:
            return self.judged(result) if name == "read" else self.judged_series(result)
        return self.running(result) if name == "current_price" else result

    return guarded


class AsyncBaseDevice(Generic[Info_co]):
    """The base of a provider's devices, besides their role: their identity, their capabilities, and the checks before each call.

    Override the methods of the role that exist; the others raise ``Unsupported``::

        class AcmeMeter(AsyncBaseMeter):  # AsyncBaseDevice[DeviceInfo] and AsyncMeter
            async def read(self, *, max_age=None): ...

    Before an overridden method runs, words become enums, the arguments are checked against the device's own
    capabilities, and times are brought to UTC. After it, what cannot be true is taken out of its readings
    (:class:`~openpower_core.plausibility.Plausibility`), and those of ``read`` go to the sinks (``openpower_reading``).
    """

    def __init__(
        self,
        info: Info_co,
        *,
        capabilities: Capabilities,
        native: Any = None,
        context: Context | None = None,
        writer: AsyncWriter | None = None,
        documents: Iterable[AsyncDocument[Any, Any]] = (),
    ) -> None:
        self._info = info
        self._capabilities = capabilities
        self._native = native
        self._context = context
        self._writer = writer
        self._plausibility: Plausibility | None = None
        if writer is not None:
            self._adopt(*documents)

    def _adopt(self, *documents: AsyncDocument[Any, Any]) -> None:
        """Make documents known to the writer, so that what an earlier process left of them can be released."""
        if self._writer is not None:
            read = getattr(self, "read", None) if isinstance(self._info, BatteryInfo) else None
            self._writer.adopt(self._info, *documents, read=read)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name in vars(cls).keys() & calls.NEEDS.keys():
            setattr(cls, name, _guarded(name, vars(cls)[name]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._info.provider} {mask(self._info.id)}>"

    @property
    def info(self) -> Info_co:
        """Its identity."""
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
        """Raise :class:`~openpower_core.errors.Unsupported` if the device does not support the feature."""
        calls.check_supported(self, feature)

    def check_open(self) -> None:
        """Raise :class:`~openpower_core.errors.ConnectionClosed` if the connection was closed."""
        if self._context is not None and self._context.closed.is_set():
            raise ConnectionClosed("the connection is closed; nothing was sent.", provider=self._info.provider)

    @property
    def writer(self) -> AsyncWriter | None:
        """The write pipeline of the connection; None for a read-only device."""
        return self._writer

    def judged(self, reading: Any) -> Any:
        """What was read, without what cannot be true; the sinks get it as well."""
        if isinstance(reading, Reading):
            reading = self._checks.check(reading)
        self.publish(reading)
        return reading

    def running(self, price: Any) -> Any:
        """A current price, if it runs by the vendor's clock."""
        return calls.running(price, self, self._context)

    def judged_series(self, readings: list[Any]) -> list[Any]:
        """A series without what cannot be true."""
        return self._checks.check_series(readings)

    @property
    def _checks(self) -> Plausibility:
        if self._plausibility is None:
            self._plausibility = Plausibility(self._info, self._context)
        return self._plausibility

    def publish(self, reading: Any) -> None:
        """Pass a reading to the sinks (``openpower_reading``)."""
        if self._context is not None:
            self._context.hooks.reading(self._info, reading)

    async def _command(
        self,
        document: AsyncDocument[Any, Any],
        command: BatteryCommand | BatteryMode | str,
        **options: Unpack[calls.CommandOptions],
    ) -> Receipt:
        """Carry out a battery command through a document; its release restores what was there before."""
        desired, sending = calls.to_command(command, options)
        calls.check_nameplate(self._info, desired)
        return await self._write(document, desired, operation="command", restorable=True, **sending)

    async def _apply(self, document: AsyncDocument[Any, Any], **options: Unpack[calls.SettingsOptions]) -> Receipt:
        """Change settings through a document, whose plan gets those that are named: ``{"reserve_soc_pct": 20}``."""
        desired, sending = calls.to_settings(options)
        return await self._write(document, desired, operation="apply_settings", **sending)

    async def _write(
        self,
        document: AsyncDocument[Any, Any],
        desired: Any,
        *,
        operation: str,
        restorable: bool = False,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Write the desired state through the write pipeline; see :meth:`AsyncWriter.write`."""
        if (writer := self.writer) is None:
            raise TypeError(f"{type(self).__name__} was made without writer=")
        return await writer.write(
            self._info,
            document,
            desired,
            operation=operation,
            dry_run=dry_run,
            confirm=confirm,
            restorable=restorable,
            unattended=unattended,
        )


def _writer(device: AsyncDevice, feature: Feature) -> AsyncWriter:
    writer: AsyncWriter | None = getattr(device, "writer", None)  # a class from elsewhere may have none
    if writer is None:
        raise calls.unsupported(device, feature)
    return writer


@runtime_checkable
class AsyncMeter(AsyncDevice, Protocol):
    """The grid connection."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None
    ) -> AsyncIterator[MeterReading]:
        """Its readings as they change; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure)

    async def read(self, *, max_age: Span | None = None) -> MeterReading:
        """Read it; see :meth:`AsyncInverter.read` for ``max_age``."""
        raise calls.unsupported(self, Feature.READ)

    async def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)


@runtime_checkable
class AsyncInverter(AsyncDevice, Protocol):
    """An inverter, and the PV behind it."""

    @property
    def info(self) -> InverterInfo: ...

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None
    ) -> AsyncIterator[InverterReading]:
        """Its readings as they change; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure)

    async def read(self, *, max_age: Span | None = None) -> InverterReading:
        """Read it.

        Args:
            max_age: how old the response may be (a timedelta, or seconds); None leaves it to the provider, zero makes a new request. Devices
                of one box share a fetch, also when they are read at the same time.
        """
        raise calls.unsupported(self, Feature.READ)

    async def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)

    async def export_limit(self) -> float | None:
        """The most power that it may export (W); None if it is not limited."""
        raise calls.unsupported(self, Feature.EXPORT_LIMIT)

    async def set_export_limit(
        self, limit_w: Number | None, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Limit the exported power (W); None removes the limit."""
        raise calls.unsupported(self, Feature.SET_EXPORT_LIMIT)

    async def confirm(self, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Wait until reading back shows the write or the settle time is over; see :meth:`AsyncBattery.confirm`."""
        return await _writer(self, Feature.SET_EXPORT_LIMIT).confirm(self.info, receipt, timeout=timeout)


@runtime_checkable
class AsyncBattery(AsyncDevice, Protocol):
    """A battery."""

    @property
    def info(self) -> BatteryInfo: ...

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None
    ) -> AsyncIterator[BatteryReading]:
        """Its readings as they change; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure)

    async def read(self, *, max_age: Span | None = None) -> BatteryReading:
        """Read it; see :meth:`AsyncInverter.read` for ``max_age``."""
        raise calls.unsupported(self, Feature.READ)

    async def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)

    async def settings(self) -> BatterySettings:
        """Its settings, which last until they are changed."""
        raise calls.unsupported(self, Feature.SETTINGS)

    async def apply_settings(
        self,
        *,
        reserve_soc_pct: Number | Unset = UNSET,
        max_soc_pct: Number | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        max_charge_w: Number | Unset | None = UNSET,
        max_discharge_w: Number | Unset | None = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the given settings; the others stay as they are.

        ``max_charge_w`` and ``max_discharge_w`` (:class:`PowerLimits`) hold in every mode; None lifts one.
        """
        raise calls.unsupported(self, Feature.RESERVE_SOC)

    async def schedule(self) -> Schedule:
        """The current schedule."""
        raise calls.unsupported(self, Feature.SCHEDULE)

    async def set_schedule(
        self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Replace the schedule."""
        raise calls.unsupported(self, Feature.SET_SCHEDULE)

    async def command(
        self, command: BatteryCommand | BatteryMode | str, **options: Unpack[calls.CommandOptions]
    ) -> Receipt:
        """Carry out one command.

        Args:
            command: a whole command; or a mode or its name (``"charge"``), with the rest as keywords.
            options: ``start``, ``until``, ``target_soc_pct`` and ``power_w`` of a command that is given by its mode;
                ``dry_run``: plan only, the receipt shows what would be sent; ``confirm``: ``"accepted"`` returns once
                the vendor accepted it, ``"readback"`` once reading back shows it; ``unattended``: accept that nothing
                releases it where the device does not end it by itself.
        """
        mode = calls.to_command(command, options)[0].mode
        raise calls.unsupported(self, Feature.of(mode))

    async def release(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Put back what was there before openpower's commands, wherever what they set is still in place.

        What somebody else has changed since stays as it is. Where nothing was commanded it does nothing, and the
        receipt's note says so.
        """
        calls.check_supported(self, Feature.RELEASE)
        return await _writer(self, Feature.RELEASE).release(self.info, dry_run=dry_run, confirm=confirm)

    async def active_command(self) -> ActiveCommand | None:
        """The command that :meth:`release` would end, as far as openpower remembers; None if there is none.

        It reads the connection's memory or its state folder and never asks the vendor.
        """
        writer: AsyncWriter | None = getattr(self, "writer", None)
        return None if writer is None else await writer.active_command(self.info)

    async def discard_restore_point(self) -> int:
        """Forget what there was before openpower's commands: what the battery holds now stays.

        Returns how many restore points there were. After that :meth:`release` has nothing to put back.
        """
        calls.check_supported(self, Feature.RELEASE)
        return await _writer(self, Feature.RELEASE).discard(self.info)

    async def charge(self, **options: Unpack[calls.CommandOptions]) -> Receipt:
        """Charge, from the grid if necessary; short for :meth:`command`."""
        return await self.command(BatteryMode.CHARGE, **calls.in_full(options))

    async def hold(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Keep the charge, and take PV; short for :meth:`command`."""
        return await self.command(BatteryMode.HOLD, **calls.in_full(options))

    async def idle(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Neither charge nor discharge; short for :meth:`command`."""
        return await self.command(BatteryMode.IDLE, **calls.in_full(options))

    async def no_charge(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Supply the house and do not charge; short for :meth:`command`."""
        return await self.command(BatteryMode.NO_CHARGE, **calls.in_full(options))

    async def export(self, **options: Unpack[calls.CommandOptions]) -> Receipt:
        """Discharge into the grid; short for :meth:`command`."""
        return await self.command(BatteryMode.EXPORT, **calls.in_full(options))

    async def auto(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Self-consumption, the vendor's default; short for :meth:`command`."""
        return await self.command(BatteryMode.AUTO, **calls.in_full(options))

    async def confirm(self, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Wait until reading back shows the write or the settle time is over; with a state folder also after a restart.

        Returns the receipt as CONFIRMED, PARTIAL, UNVERIFIABLE or NOT_APPLIED.
        """
        return await _writer(self, Feature.RELEASE).confirm(self.info, receipt, timeout=timeout)


@runtime_checkable
class AsyncEVCharger(AsyncDevice, Protocol):
    """A charging point for a car."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None
    ) -> AsyncIterator[EVChargerReading]:
        """Its readings as they change; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure)

    async def read(self, *, max_age: Span | None = None) -> EVChargerReading:
        """Read it; see :meth:`AsyncInverter.read` for ``max_age``."""
        raise calls.unsupported(self, Feature.READ)

    async def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)

    async def limits(self) -> CurrentLimits:
        """The range of its current limit, and the limit itself."""
        raise calls.unsupported(self, Feature.LIMITS)

    async def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Start charging the car."""
        raise calls.unsupported(self, Feature.START)

    async def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop charging the car."""
        raise calls.unsupported(self, Feature.STOP)

    async def set_current_limit(
        self,
        amps: Number,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        site = one_of(CurrentScope, scope, "scope") is CurrentScope.SITE
        raise calls.unsupported(self, Feature.SITE_CURRENT if site else Feature.CHARGER_CURRENT)

    async def confirm(self, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Wait until reading back shows the write or the settle time is over; see :meth:`AsyncBattery.confirm`."""
        return await _writer(self, Feature.CHARGER_CURRENT).confirm(self.info, receipt, timeout=timeout)


@runtime_checkable
class AsyncRetailer(AsyncDevice, Protocol):
    """The company that sells and buys the electricity."""

    def watch(self, interval: Span | None = None, *, on_failure: OnFailure | None = None) -> AsyncIterator[Price]:
        """The running price as it changes; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure)

    async def current_price(self, channel: Channel | str = Channel.IMPORT) -> Price:
        """The price of the running interval."""
        raise calls.unsupported(self, Feature.CURRENT_PRICE)

    async def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | str | None = None,
        resolution: Span | None = None,
    ) -> PriceSeries:
        """Prices in ``[start, end)``; without times, from now to the end of the forecast.

        Args:
            start: the beginning of the range; None for now.
            end: its end; None for as far as prices are known.
            channel: only this one; None for all that the home has.
            resolution: the length of the intervals (a timedelta, or seconds), as time-weighted means on a grid from the home's midnight;
                None for the retailer's own.

        Raises:
            Unsupported: the retailer has no such channel, or no prices.
        """
        raise calls.unsupported(self, Feature.PRICES)

    async def tariff(self) -> Tariff:
        """What the contract charges beside the prices: standing and demand charges, tiers, tax."""
        raise calls.unsupported(self, Feature.TARIFF)

    async def tariffs(self, start: datetime, end: datetime) -> list[Tariff]:
        """The tariffs that hold at some time of ``[start, end)``, in time order: where one changed, several."""
        found = await self.tariff()
        return [found] if calls.holds(found, start, end) else []

    async def usage(self, start: datetime, end: datetime, *, channel: Channel | str | None = None) -> list[Usage]:
        """Metered usage in ``[start, end)``; what of it could not be had is in its ``gaps`` (:class:`~openpower.Usages`)."""
        raise calls.unsupported(self, Feature.USAGE)

    async def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[GridMix]:
        """The share of renewables in the grid; without times, the running interval and its forecast."""
        raise calls.unsupported(self, Feature.GRID_MIX)


# The bases of a provider's devices: a role, and what all devices share.
class AsyncBaseMeter(AsyncBaseDevice[DeviceInfo], AsyncMeter):
    """The base of a provider's meters."""


class AsyncBaseInverter(AsyncBaseDevice[InverterInfo], AsyncInverter):
    """The base of a provider's inverters."""


class AsyncBaseBattery(AsyncBaseDevice[BatteryInfo], AsyncBattery):
    """The base of a provider's batteries."""


class AsyncBaseEVCharger(AsyncBaseDevice[DeviceInfo], AsyncEVCharger):
    """The base of a provider's EV chargers."""


class AsyncBaseRetailer(AsyncBaseDevice[DeviceInfo], AsyncRetailer):
    """The base of a provider's retailers."""
