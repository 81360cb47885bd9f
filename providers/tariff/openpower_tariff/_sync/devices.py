# Generated from devices.py by openpower_testing; do not edit.
"""The connection to a document, and the retailer that it describes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from openpower_core import provider as core
from openpower_tariff import mapping
from openpower_tariff._sync.client import TariffBook
from openpower_tariff.client import Source

_HINTS: Final = {"current_price": "Look at the days from which its versions hold, and whether it has that channel."}


class TariffBackend(core.BaseBackend[TariffBook]):
    """One document: its native API, and its retailer with prices by the clock, known for all time ahead."""

    def __init__(self, source: Source, context: core.Context) -> None:
        self._calendar = source.calendar
        super().__init__(TariffBook(source), context)

    def discover(self) -> list[core.Device]:
        """The retailer."""
        calendar = self._calendar()
        retailer = core.BaseRetailer(
            mapping.to_info(calendar.document),
            capabilities=mapping.capabilities_of(calendar),
            backend=self,
            series=self._series,
            tariffs=self._tariffs,
            hints=_HINTS,
        )
        return [retailer]

    def _series(self, start: datetime, end: datetime | None) -> core.PriceSeries:
        return self._calendar().series(start, end)

    def _tariffs(self, start: datetime, end: datetime) -> list[core.Tariff]:
        return list(self._calendar().tariffs(start, end))


def connect(context: core.Context, *, file: Any = None, document: Any = None) -> TariffBackend:
    """Make the connection; the document is read when it is first needed."""
    context.refuse("base_url", "transport", hint="A tariff comes from a document; leave it out.")
    context.refuse("tz", hint="The document names its zone.")
    return TariffBackend(Source(file, document), context)
