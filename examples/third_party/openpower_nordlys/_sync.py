# Generated from _async.py by openpower_testing; do not edit.
"""The client of Nordlys Kraft, and its one device."""

from datetime import datetime, timedelta
from typing import Any

from openpower_core.provider import BaseRetailer, Channel, Context, HttpClient, Price, PriceSeries, Secret

from .models import CAPABILITIES, QUERY, URL, House, to_house, to_present, to_series, to_signer


class Home:
    def __init__(self, context: Context, *, token: Secret) -> None:
        self.clock = context.clock
        self.context = context
        self.native = HttpClient.over(context, URL, sign=to_signer(token), secrets=[token])

    def house(self) -> House:
        ask = {"query": QUERY}
        return to_house(self.native.request("POST", "/graphql", operation="home", json=ask))

    def discover(self) -> list[Any]:
        return [Nordlys(self.house(), self)]

    def close(self) -> None:
        self.native.close()


class Nordlys(BaseRetailer):
    def __init__(self, house: House, home: Home) -> None:
        super().__init__(house.info, capabilities=CAPABILITIES, context=home.context)
        self._home, self._native = home, home.native

    def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | str | None = None,
        resolution: timedelta | float | None = None,
    ) -> PriceSeries:
        now = self._home.clock.now()
        series = to_series(self._home.house(), now)
        return series.select(start, end, channel, resolution, now=now)

    def current_price(self, channel: Channel | str = Channel.IMPORT) -> Price:
        return to_present((self.prices(channel=channel)), self._home.clock.now())
