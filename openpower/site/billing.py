"""Gathers what a site's bill is made of; a part that cannot be had is a gap of the bill."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import DataError, DeviceNotFound, InvalidValue, OpenPowerError, TemporaryError
from openpower_core.prices import Bill, Channel, Gap, Price, PriceSeries, Tariff, Usage, bill_of, usages_of
from openpower_core.readings import MeterReading
from openpower_core.secrets import mask

__all__ = ["EARLIER", "BillParts"]

EARLIER: Final = timedelta(minutes=15)
"""How long before a bill the history begins that it is estimated from."""


class BillParts:
    """Usage, prices and tariffs of one range, as far as they came.

    Args:
        start: the beginning of the range.
        end: its end.
    """

    def __init__(self, start: datetime, end: datetime) -> None:
        self._start, self._end = start, end
        self.tariffs: list[Tariff] = []
        self._prices: list[Price] = []
        self._usages: list[Usage] = []
        self._gaps: list[Gap] = []
        self._lost: dict[str, Gap] = {}
        self._rules: list[str] = []
        self._errors: list[OpenPowerError] = []

    @contextmanager
    def attempt(self, what: str, lost: Iterable[str] = ()) -> Generator[None, None, None]:
        """What fails in this block is missing from the bill, which names it.

        Args:
            what: what is read.
            lost: what of it the bill could do without and seem whole: ``"export"`` prices, the ``"tariff"``.
        """
        try:
            yield
        except (TemporaryError, DataError, DeviceNotFound) as error:
            self._errors.append(error)
            gap = Gap(start=self._start, end=self._end, reason=f"the {what} could not be read: {error.message}")
            self._gaps.append(gap)
            self._lost.update(dict.fromkeys(lost, gap))

    def add_prices(self, series: PriceSeries, channels: Iterable[Channel]) -> None:
        """The prices of a retailer, of the channels that it serves."""
        served = set(channels)
        self._prices += [price for price in series if price.channel in served]
        self._gaps += series.gaps

    def add_usage(self, usages: Iterable[Usage], channels: Iterable[Channel], foreign: Iterable[Channel] = ()) -> None:
        """What a retailer metered: of the channels that it serves, and without costs of those that another one does."""
        served, others = set(channels), set(foreign)
        self._usages += [
            usage if usage.channel in served else evolve(usage, cost=None, period=None)
            for usage in usages
            if usage.channel in served | others
        ]
        self._gaps += getattr(usages, "gaps", ())

    def estimate(self, readings: list[MeterReading], info: DeviceInfo) -> None:
        """Usage from the home's own meter, of what nobody else metered."""
        currencies = [price.currency for price in self._prices[:1]] + [tariff.currency for tariff in self.tariffs[:1]]
        if currencies:
            found = usages_of(readings, currency=currencies[0], start=self._start, end=self._end)
            metered = {usage.channel for usage in self._usages}
            found = [usage for usage in found if usage.channel not in metered]
            self._usages += found
            if found:
                self._rules.append(f"Usage is estimated from the history of the meter {mask(info.id)}.")

    def bill(self, tz: str | None) -> Bill:
        """The bill.

        Raises:
            OpenPowerError: nothing came that it could be made of.
        """
        if not self._usages and not self._prices and self._errors:
            raise self._errors[0]
        paid = Channel.EXPORT in self._lost or any(each.channel is Channel.EXPORT for each in self._prices)
        if not paid and not any(each.cost is not None for each in self._usages if each.channel is Channel.EXPORT):
            sold = [usage for usage in self._usages if usage.channel is Channel.EXPORT]
            if any(usage.kwh for usage in sold):
                self._rules.append("Export is not in it: no retailer has prices of export.")
            self._usages = [usage for usage in self._usages if usage.channel is not Channel.EXPORT]
        if not (self._usages or self._prices or self.tariffs):
            raise InvalidValue(
                "there is nothing to make a bill of: neither usage nor prices nor a tariff is known for these days."
            )
        found = bill_of(
            self._usages,
            PriceSeries(self._prices, tz=tz),
            self.tariffs,
            start=self._start,
            end=self._end,
            tz=tz,
            gaps=self._gaps,
            rules=self._rules,
        )
        # Without the tariff, charges are missing of all days, and its tiers of all energy.
        gap = self._lost.get("tariff")
        return found if gap is None else evolve(found, gaps=(*found.gaps, gap), missing_share=1.0)
