# Generated from devices.py by openpower_testing; do not edit.
"""The retailer that a document describes, and the connection that has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from openpower_core import provider as core
from openpower_tariff import mapping
from openpower_tariff._sync.client import TariffBook
from openpower_tariff.client import Source


class TariffRetailer(core.BaseRetailer):
    """Prices by the clock, known for all time ahead, and what is charged beside them."""

    def __init__(self, source: Source, native: TariffBook, context: core.Context) -> None:
        calendar = source.calendar()
        super().__init__(
            mapping.to_info(calendar.document),
            capabilities=mapping.capabilities_of(calendar),
            native=native,
            context=context,
        )
        self._source, self._clock = source, context.clock

    def current_price(self, channel: core.Channel | str = core.Channel.IMPORT) -> core.Price:
        """The price that holds now. Of a tariff with tiers it is that of the first, with the others in ``low`` and ``high``."""
        now = self._clock.now()
        for price in self._source.calendar().prices(now, now + timedelta(seconds=1), [core.Channel(channel)]):
            if price.covers(now):
                return price
        raise core.PartialData(
            f"The tariff has no {core.Channel(channel)} price now.",
            provider="tariff",
            device_id=self.info.id,
            operation="current_price",
            hint="Look at the days from which its versions hold, and whether it has that channel.",
        )

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: core.Channel | str | None = None,
        resolution: core.Span | None = None,
    ) -> core.PriceSeries:
        """Prices of the intervals that overlap ``[start, end)``: firm, also ahead; a fixed one has no end.

        Without an end, prices that change by the clock are those of two days. Where no version holds is a gap.
        """
        calendar, now = self._source.calendar(), self._clock.now()
        chosen = calendar.channels if channel is None else [core.Channel(channel)]
        first, last = core.grid_range(start or now, end, resolution, self.info.tz)
        series = core.PriceSeries(
            calendar.prices(first, last, chosen), tz=self.info.tz, gaps=calendar.gaps(first, last)
        )
        return series.select(start, end, resolution=resolution, now=now)

    def tariff(self) -> core.Tariff:
        """What is charged today beside the prices: standing and demand charges, tiers, tax."""
        now = self._clock.now()
        for tariff in self._source.calendar().tariffs(now, now + timedelta(seconds=1)):
            return tariff
        raise core.PartialData(
            "No version of the tariff holds now.", provider="tariff", device_id=self.info.id, operation="tariff"
        )

    def tariffs(self, start: datetime, end: datetime) -> list[core.Tariff]:
        """What is charged in a range: one for each version, and for each season of its tiers."""
        return list(self._source.calendar().tariffs(start, end))


class TariffBackend(core.BaseBackend[TariffBook]):
    """One document: its native API, and its retailer."""

    def __init__(self, source: Source, context: core.Context) -> None:
        self._source = source
        super().__init__(TariffBook(source), context)

    def discover(self) -> Sequence[core.Device]:
        """The retailer."""
        return [TariffRetailer(self._source, self.native, self.context)]


def connect(context: core.Context, *, file: Any = None, document: Any = None) -> TariffBackend:
    """Make the connection; the document is read when it is first needed."""
    context.refuse("base_url", "transport", hint="A tariff comes from a document; leave it out.")
    context.refuse("tz", hint="The document names its zone.")
    return TariffBackend(Source(file, document), context)
