"""The client of Nordlys Kraft, and its one device."""

from datetime import datetime, timedelta
from typing import Any

from openpower_core.provider import AsyncBaseRetailer, AsyncHttpClient, Channel, Context, Price, PriceSeries, Secret

from .models import CAPABILITIES, QUERY, URL, House, to_house, to_present, to_series, to_signer


class AsyncHome:
    def __init__(self, context: Context, *, token: Secret) -> None:
        self.clock = context.clock
        self.context = context
        self.native = AsyncHttpClient.over(context, URL, sign=to_signer(token), secrets=[token])

    async def house(self) -> House:
        ask = {"query": QUERY}
        return to_house(await self.native.request("POST", "/graphql", operation="home", json=ask))

    async def discover(self) -> list[Any]:
        return [AsyncNordlys(await self.house(), self)]

    async def aclose(self) -> None:
        await self.native.aclose()


class AsyncNordlys(AsyncBaseRetailer):
    def __init__(self, house: House, home: AsyncHome) -> None:
        super().__init__(house.info, capabilities=CAPABILITIES, context=home.context)
        self._home, self._native = home, home.native

    async def prices(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        channel: Channel | str | None = None,
        resolution: timedelta | float | None = None,
    ) -> PriceSeries:
        now = self._home.clock.now()
        series = to_series(await self._home.house(), now)
        return series.select(start, end, channel, resolution, now=now)

    async def current_price(self, channel: Channel | str = Channel.IMPORT) -> Price:
        return to_present((await self.prices(channel=channel)), self._home.clock.now())
