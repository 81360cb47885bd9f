"""Meters, inverters, EV chargers and retailers, asynchronous: each a protocol, and the base that providers make theirs of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, Unpack, runtime_checkable

from openpower_core.capabilities import Feature
from openpower_core.checks import Number, Span, one_of
from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.control import CurrentLimits, CurrentScope
from openpower_core.devices import calls
from openpower_core.devices._async import (
    AsyncBaseDevice,
    AsyncDevice,
    AsyncReadable,
    DeviceOptions,
    with_documents,
    writer_of,
)
from openpower_core.devices._async_watch import OnFailure, watch
from openpower_core.devices.info import DeviceInfo, InverterInfo
from openpower_core.errors import PartialData, Unsupported
from openpower_core.prices._words import Channel
from openpower_core.readings import EVChargerReading, InverterReading, MeterReading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
    from datetime import datetime

    from openpower_core.prices import GridMix, Price, PriceSeries, Tariff, Usage
    from openpower_core.write import AsyncDocument
    from openpower_core.writes import Confirm, Receipt


@runtime_checkable
class AsyncMeter(AsyncDevice, Protocol):
    """The grid connection."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> AsyncIterator[MeterReading]:
        """Its readings as they change; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure, unchanged)

    async def read(self, *, max_age: Span | None = None) -> MeterReading:
        """Read it; see :meth:`AsyncInverter.read` for ``max_age``."""
        raise calls.unsupported(self, Feature.READ)

    async def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)


class AsyncBaseMeter(AsyncReadable[DeviceInfo, MeterReading], AsyncMeter):
    """The grid connection."""

    if TYPE_CHECKING:

        def __init__(self, info: DeviceInfo, **options: Unpack[DeviceOptions[MeterReading]]) -> None: ...


@runtime_checkable
class AsyncInverter(AsyncDevice, Protocol):
    """An inverter, and the PV behind it."""

    @property
    def info(self) -> InverterInfo: ...

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> AsyncIterator[InverterReading]:
        """Its readings as they change; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure, unchanged)

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
        return await writer_of(self, Feature.SET_EXPORT_LIMIT).confirm(self.info, receipt, timeout=timeout)


class AsyncBaseInverter(AsyncReadable[InverterInfo, InverterReading], AsyncInverter):
    """An inverter; ``export_limit`` is the document of its limit, which takes watts or None."""

    def __init__(
        self,
        info: InverterInfo,
        *,
        export_limit: AsyncDocument[Any, Any] | None = None,
        **options: Unpack[DeviceOptions[InverterReading]],
    ) -> None:
        self._settable = {"export_limit": export_limit}
        super().__init__(info, **with_documents(options, export_limit))

    async def export_limit(self) -> float | None:
        """The most power that it may export (W); None if it is not limited."""
        limit_w: float | None = await self._shown("export_limit", Feature.EXPORT_LIMIT)
        return limit_w

    async def set_export_limit(self, limit_w: Number | None, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Limit the exported power (W); None removes the limit."""
        return await self._write(
            self._document("export_limit", Feature.SET_EXPORT_LIMIT), limit_w, operation="set_export_limit", **options
        )


@runtime_checkable
class AsyncEVCharger(AsyncDevice, Protocol):
    """A charging point for a car."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> AsyncIterator[EVChargerReading]:
        """Its readings as they change; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure, unchanged)

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
        raise calls.unsupported(self, calls.of_scope(one_of(CurrentScope, scope, "scope")))

    async def confirm(self, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Wait until reading back shows the write or the settle time is over; see :meth:`AsyncBattery.confirm`."""
        return await writer_of(self, Feature.CHARGER_CURRENT).confirm(self.info, receipt, timeout=timeout)


class AsyncBaseEVCharger(AsyncReadable[DeviceInfo, EVChargerReading], AsyncEVCharger):
    """A charging point for a car.

    Args:
        info: what it is.
        charging: the switch, which takes True and False.
        current: the charger's own current limit (A).
        site_current: the limit (A) of the site that it shares.
        options: see :class:`AsyncBaseDevice`.
    """

    def __init__(
        self,
        info: DeviceInfo,
        *,
        charging: AsyncDocument[Any, Any] | None = None,
        current: AsyncDocument[Any, Any] | None = None,
        site_current: AsyncDocument[Any, Any] | None = None,
        **options: Unpack[DeviceOptions[EVChargerReading]],
    ) -> None:
        self._settable = {"charging": charging, CurrentScope.CHARGER: current, CurrentScope.SITE: site_current}
        super().__init__(info, **with_documents(options, charging, current, site_current))

    async def limits(self) -> CurrentLimits:
        """The range of its current limit, and the limit itself."""
        scope = CurrentScope.CHARGER if self._settable[CurrentScope.CHARGER] else CurrentScope.SITE
        setting: Any = self._document(scope, Feature.LIMITS)
        scale, present = setting.scale, await setting.read()
        return CurrentLimits(min_a=scale.low, max_a=scale.high, step_a=scale.step, scope=scope, present_a=present)

    async def start(self, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Start charging the car."""
        return await self._write(self._document("charging", Feature.START), True, operation="start", **options)

    async def stop(self, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Stop charging the car."""
        return await self._write(self._document("charging", Feature.STOP), False, operation="stop", **options)

    async def set_current_limit(
        self, amps: Number, *, scope: CurrentScope | str = CurrentScope.CHARGER, **options: Unpack[calls.WriteOptions]
    ) -> Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        document = self._document(CurrentScope(scope), calls.of_scope(scope))
        return await self._write(document, amps, operation="set_current_limit", **options)


@runtime_checkable
class AsyncRetailer(AsyncDevice, Protocol):
    """The company that sells and buys the electricity."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> AsyncIterator[Price]:
        """The running price as it changes; see :meth:`AsyncDevice.watch`."""
        return watch(self, interval, on_failure, unchanged)

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


_HINTS: Final = {"current_price": "Ask again in a few minutes; prices() has what is known."}


class AsyncBaseRetailer(AsyncBaseDevice[DeviceInfo], AsyncRetailer):
    """The company that sells and buys the electricity.

    Args:
        info: what it is.
        series: the prices that hold at some time of a range (start, end), in whole intervals; its end is None for all that is
            known. ``prices`` and ``current_price`` are made of them.
        tariffs: the tariffs that hold at some time of a range, in time order. ``tariff`` is the one that holds now.
        channels: those that the home has: a call for another one raises before any request; none says nothing.
        hints: what to do where there is no ``current_price`` or ``tariff`` now, by these names.
        options: see :class:`AsyncBaseDevice`.
    """

    def __init__(
        self,
        info: DeviceInfo,
        *,
        series: Callable[[datetime, datetime | None], Awaitable[PriceSeries]] | None = None,
        tariffs: Callable[[datetime, datetime], Awaitable[list[Tariff]]] | None = None,
        channels: Collection[Channel] = (),
        hints: Mapping[str, str] = _HINTS,
        **options: Unpack[DeviceOptions[Any]],
    ) -> None:
        super().__init__(info, **options)
        self._functions |= {"series": series, "tariffs": tariffs}
        self._channels, self._hints = channels, hints

    async def current_price(self, channel: Channel | str = Channel.IMPORT) -> Price:
        """The price of the running interval."""
        self._check_channel(channel, Feature.CURRENT_PRICE)
        series, asked = await self._around_now(channel, None)
        if (price := series.at(self._now(), channel)) is None and abs(self._now() - asked) > _AN_ANSWER:
            # What was kept is over, or the response has corrected the clock.
            series, _ = await self._around_now(channel, timedelta(0))
            price = series.at(self._now(), channel)
        if price is None:
            why = next((f": {gap.reason.rstrip('.')}" for gap in series.gaps if gap.channel in (None, channel)), "")
            raise self._nothing("current_price", f"no current {channel} price{why}")
        return price

    async def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | str | None = None,
        resolution: Span | None = None,
    ) -> PriceSeries:
        """Prices in ``[start, end)``; without times, from now to the end of the forecast."""
        self._check_channel(channel, Feature.PRICES)
        from openpower_core.prices._grid import grid_range  # which a program without prices does not load

        first, last = grid_range(start or self._now(), end, resolution, self.info.tz)
        series = await self._series(first, last, channel)
        return series.select(start, end, channel, resolution, now=self._now())

    async def tariff(self) -> Tariff:
        """What the contract charges beside the prices: standing and demand charges, tiers, tax."""
        if self._functions["tariffs"] is None:
            raise calls.unsupported(self, Feature.TARIFF)
        now = self._now()
        for tariff in await self.tariffs(now, now + _AN_INSTANT):
            return tariff
        raise self._nothing("tariff", "no tariff of now")

    async def tariffs(self, start: datetime, end: datetime) -> list[Tariff]:
        """The tariffs that hold at some time of ``[start, end)``, in time order: where one changed, several."""
        if (function := self._functions["tariffs"]) is None:
            return await super().tariffs(start, end)
        tariffs: list[Tariff] = await function(start, end)
        return tariffs

    def _nothing(self, operation: str, words: str) -> PartialData:
        info, hint = self.info, self._hints.get(operation)
        return PartialData(
            f"there is {words}.", provider=info.provider, device_id=info.id, operation=operation, hint=hint
        )

    def _check_channel(self, channel: Channel | str | None, feature: Feature) -> None:
        if channel is not None and self._channels and channel not in self._channels:
            raise Unsupported(
                f"there is no {channel} channel; nothing was sent.",
                feature=feature,
                alternatives=sorted(self._channels),
                provider=self.info.provider,
                device_id=self.info.id,
            )

    async def _around_now(self, channel: Channel | str, max_age: timedelta | None) -> tuple[PriceSeries, datetime]:
        """The prices around now, and the time that they were asked for; to be overridden where they are kept for longer."""
        del max_age
        now = self._now()
        return await self._series(now, now + _AN_INSTANT, channel), now

    async def _series(self, start: datetime, end: datetime | None, channel: Channel | str | None) -> PriceSeries:
        """The prices of a range; to be overridden where one channel takes fewer requests than all."""
        del channel
        if (function := self._functions["series"]) is None:
            raise calls.unsupported(self, Feature.PRICES)
        series: PriceSeries = await function(start, end)
        return series

    def _now(self) -> datetime:
        return (SYSTEM_CLOCK if self._context is None else self._context.clock).now()


_AN_INSTANT: Final = timedelta(microseconds=1)
_AN_ANSWER: Final = timedelta(seconds=1)
"""What a response takes; a clock that moves by more was corrected by it."""
