# Generated from _async_roles.py by openpower_testing; do not edit.
"""Meters, inverters, EV chargers and retailers, synchronous: each a protocol, and the base that providers make theirs of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, Unpack, runtime_checkable

from openpower_core.capabilities import Feature
from openpower_core.checks import Number, Span, one_of
from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.control import CurrentLimits, CurrentScope
from openpower_core.devices import calls
from openpower_core.devices._sync import BaseDevice, Device, DeviceOptions, Readable, with_documents, writer_of
from openpower_core.devices._sync_watch import OnFailure, watch
from openpower_core.devices.info import DeviceInfo, InverterInfo
from openpower_core.errors import PartialData, Unsupported
from openpower_core.prices._words import Channel
from openpower_core.readings import EVChargerReading, InverterReading, MeterReading

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from openpower_core.prices import GridMix, Price, PriceSeries, Tariff, Usage
    from openpower_core.write import Document
    from openpower_core.writes import Confirm, Receipt


@runtime_checkable
class Meter(Device, Protocol):
    """The grid connection."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> Iterator[MeterReading]:
        """Its readings as they change; see :meth:`Device.watch`."""
        return watch(self, interval, on_failure, unchanged)

    def read(self, *, max_age: Span | None = None) -> MeterReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        raise calls.unsupported(self, Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)


class BaseMeter(Readable[DeviceInfo, MeterReading], Meter):
    """The grid connection."""

    if TYPE_CHECKING:

        def __init__(self, info: DeviceInfo, **options: Unpack[DeviceOptions[MeterReading]]) -> None: ...


@runtime_checkable
class Inverter(Device, Protocol):
    """An inverter, and the PV behind it."""

    @property
    def info(self) -> InverterInfo: ...

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> Iterator[InverterReading]:
        """Its readings as they change; see :meth:`Device.watch`."""
        return watch(self, interval, on_failure, unchanged)

    def read(self, *, max_age: Span | None = None) -> InverterReading:
        """Read it.

        Args:
            max_age: how old the response may be (a timedelta, or seconds); None leaves it to the provider, zero makes a new request. Devices
                of one box share a fetch, also when they are read at the same time.
        """
        raise calls.unsupported(self, Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)

    def export_limit(self) -> float | None:
        """The most power that it may export (W); None if it is not limited."""
        raise calls.unsupported(self, Feature.EXPORT_LIMIT)

    def set_export_limit(
        self, limit_w: Number | None, *, dry_run: bool = False, confirm: Confirm = "accepted"
    ) -> Receipt:
        """Limit the exported power (W); None removes the limit."""
        raise calls.unsupported(self, Feature.SET_EXPORT_LIMIT)

    def confirm(self, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Wait until reading back shows the write or the settle time is over; see :meth:`Battery.confirm`."""
        return writer_of(self, Feature.SET_EXPORT_LIMIT).confirm(self.info, receipt, timeout=timeout)


class BaseInverter(Readable[InverterInfo, InverterReading], Inverter):
    """An inverter; ``export_limit`` is the document of its limit, which takes watts or None."""

    def __init__(
        self,
        info: InverterInfo,
        *,
        export_limit: Document[Any, Any] | None = None,
        **options: Unpack[DeviceOptions[InverterReading]],
    ) -> None:
        self._settable = {"export_limit": export_limit}
        super().__init__(info, **with_documents(options, export_limit))

    def export_limit(self) -> float | None:
        """The most power that it may export (W); None if it is not limited."""
        limit_w: float | None = self._shown("export_limit", Feature.EXPORT_LIMIT)
        return limit_w

    def set_export_limit(self, limit_w: Number | None, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Limit the exported power (W); None removes the limit."""
        return self._write(
            self._document("export_limit", Feature.SET_EXPORT_LIMIT), limit_w, operation="set_export_limit", **options
        )


@runtime_checkable
class EVCharger(Device, Protocol):
    """A charging point for a car."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> Iterator[EVChargerReading]:
        """Its readings as they change; see :meth:`Device.watch`."""
        return watch(self, interval, on_failure, unchanged)

    def read(self, *, max_age: Span | None = None) -> EVChargerReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        raise calls.unsupported(self, Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)

    def limits(self) -> CurrentLimits:
        """The range of its current limit, and the limit itself."""
        raise calls.unsupported(self, Feature.LIMITS)

    def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Start charging the car."""
        raise calls.unsupported(self, Feature.START)

    def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop charging the car."""
        raise calls.unsupported(self, Feature.STOP)

    def set_current_limit(
        self,
        amps: Number,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        raise calls.unsupported(self, calls.of_scope(one_of(CurrentScope, scope, "scope")))

    def confirm(self, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Wait until reading back shows the write or the settle time is over; see :meth:`Battery.confirm`."""
        return writer_of(self, Feature.CHARGER_CURRENT).confirm(self.info, receipt, timeout=timeout)


class BaseEVCharger(Readable[DeviceInfo, EVChargerReading], EVCharger):
    """A charging point for a car.

    Args:
        info: what it is.
        charging: the switch, which takes True and False.
        current: the charger's own current limit (A).
        site_current: the limit (A) of the site that it shares.
        options: see :class:`BaseDevice`.
    """

    def __init__(
        self,
        info: DeviceInfo,
        *,
        charging: Document[Any, Any] | None = None,
        current: Document[Any, Any] | None = None,
        site_current: Document[Any, Any] | None = None,
        **options: Unpack[DeviceOptions[EVChargerReading]],
    ) -> None:
        self._settable = {"charging": charging, CurrentScope.CHARGER: current, CurrentScope.SITE: site_current}
        super().__init__(info, **with_documents(options, charging, current, site_current))

    def limits(self) -> CurrentLimits:
        """The range of its current limit, and the limit itself."""
        scope = CurrentScope.CHARGER if self._settable[CurrentScope.CHARGER] else CurrentScope.SITE
        setting: Any = self._document(scope, Feature.LIMITS)
        scale, present = setting.scale, setting.read()
        return CurrentLimits(min_a=scale.low, max_a=scale.high, step_a=scale.step, scope=scope, present_a=present)

    def start(self, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Start charging the car."""
        return self._write(self._document("charging", Feature.START), True, operation="start", **options)

    def stop(self, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Stop charging the car."""
        return self._write(self._document("charging", Feature.STOP), False, operation="stop", **options)

    def set_current_limit(
        self, amps: Number, *, scope: CurrentScope | str = CurrentScope.CHARGER, **options: Unpack[calls.WriteOptions]
    ) -> Receipt:
        """Limit the current (A) of the charger, or of the site that it shares."""
        document = self._document(CurrentScope(scope), calls.of_scope(scope))
        return self._write(document, amps, operation="set_current_limit", **options)


@runtime_checkable
class Retailer(Device, Protocol):
    """The company that sells and buys the electricity."""

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> Iterator[Price]:
        """The running price as it changes; see :meth:`Device.watch`."""
        return watch(self, interval, on_failure, unchanged)

    def current_price(self, channel: Channel | str = Channel.IMPORT) -> Price:
        """The price of the running interval."""
        raise calls.unsupported(self, Feature.CURRENT_PRICE)

    def prices(
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

    def tariff(self) -> Tariff:
        """What the contract charges beside the prices: standing and demand charges, tiers, tax."""
        raise calls.unsupported(self, Feature.TARIFF)

    def tariffs(self, start: datetime, end: datetime) -> list[Tariff]:
        """The tariffs that hold at some time of ``[start, end)``, in time order: where one changed, several."""
        found = self.tariff()
        return [found] if calls.holds(found, start, end) else []

    def usage(self, start: datetime, end: datetime, *, channel: Channel | str | None = None) -> list[Usage]:
        """Metered usage in ``[start, end)``; what of it could not be had is in its ``gaps`` (:class:`~openpower.Usages`)."""
        raise calls.unsupported(self, Feature.USAGE)

    def grid_mix(self, start: datetime | None = None, end: datetime | None = None) -> list[GridMix]:
        """The share of renewables in the grid; without times, the running interval and its forecast."""
        raise calls.unsupported(self, Feature.GRID_MIX)


_HINTS: Final = {"current_price": "Ask again in a few minutes; prices() has what is known."}


class BaseRetailer(BaseDevice[DeviceInfo], Retailer):
    """The company that sells and buys the electricity.

    Args:
        info: what it is.
        series: the prices that hold at some time of a range (start, end), in whole intervals; its end is None for all that is
            known. ``prices`` and ``current_price`` are made of them.
        tariffs: the tariffs that hold at some time of a range, in time order. ``tariff`` is the one that holds now.
        channels: those that the home has: a call for another one raises before any request; none says nothing.
        hints: what to do where there is no ``current_price`` or ``tariff`` now, by these names.
        options: see :class:`BaseDevice`.
    """

    def __init__(
        self,
        info: DeviceInfo,
        *,
        series: Callable[[datetime, datetime | None], PriceSeries] | None = None,
        tariffs: Callable[[datetime, datetime], list[Tariff]] | None = None,
        channels: Collection[Channel] = (),
        hints: Mapping[str, str] = _HINTS,
        **options: Unpack[DeviceOptions[Any]],
    ) -> None:
        super().__init__(info, **options)
        self._functions |= {"series": series, "tariffs": tariffs}
        self._channels, self._hints = channels, hints

    def current_price(self, channel: Channel | str = Channel.IMPORT) -> Price:
        """The price of the running interval."""
        self._check_channel(channel, Feature.CURRENT_PRICE)
        series, asked = self._around_now(channel, None)
        if (price := series.at(self._now(), channel)) is None and abs(self._now() - asked) > _AN_ANSWER:
            # What was kept is over, or the response has corrected the clock.
            series, _ = self._around_now(channel, timedelta(0))
            price = series.at(self._now(), channel)
        if price is None:
            why = next((f": {gap.reason.rstrip('.')}" for gap in series.gaps if gap.channel in (None, channel)), "")
            raise self._nothing("current_price", f"no current {channel} price{why}")
        return price

    def prices(
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
        series = self._series(first, last, channel)
        return series.select(start, end, channel, resolution, now=self._now())

    def tariff(self) -> Tariff:
        """What the contract charges beside the prices: standing and demand charges, tiers, tax."""
        if self._functions["tariffs"] is None:
            raise calls.unsupported(self, Feature.TARIFF)
        now = self._now()
        for tariff in self.tariffs(now, now + _AN_INSTANT):
            return tariff
        raise self._nothing("tariff", "no tariff of now")

    def tariffs(self, start: datetime, end: datetime) -> list[Tariff]:
        """The tariffs that hold at some time of ``[start, end)``, in time order: where one changed, several."""
        if (function := self._functions["tariffs"]) is None:
            return super().tariffs(start, end)
        tariffs: list[Tariff] = function(start, end)
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

    def _around_now(self, channel: Channel | str, max_age: timedelta | None) -> tuple[PriceSeries, datetime]:
        """The prices around now, and the time that they were asked for; to be overridden where they are kept for longer."""
        del max_age
        now = self._now()
        return self._series(now, now + _AN_INSTANT, channel), now

    def _series(self, start: datetime, end: datetime | None, channel: Channel | str | None) -> PriceSeries:
        """The prices of a range; to be overridden where one channel takes fewer requests than all."""
        del channel
        if (function := self._functions["series"]) is None:
            raise calls.unsupported(self, Feature.PRICES)
        series: PriceSeries = function(start, end)
        return series

    def _now(self) -> datetime:
        return (SYSTEM_CLOCK if self._context is None else self._context.clock).now()


_AN_INSTANT: Final = timedelta(microseconds=1)
_AN_ANSWER: Final = timedelta(seconds=1)
"""What a response takes; a clock that moves by more was corrected by it."""
