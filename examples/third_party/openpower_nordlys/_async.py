"""The client of Nordlys Kraft, and its one device."""

from datetime import datetime

from openpower_core import provider as core

from .models import CAPABILITIES, QUERY, URL, House, to_house, to_series


class AsyncNordlys(core.AsyncNativeClient):
    async def get_house(self) -> House:
        ask = {"query": QUERY}
        return to_house(await self._session.request("POST", "/graphql", operation="get_house", json=ask))


class AsyncHome(core.AsyncBaseBackend[AsyncNordlys]):
    async def discover(self) -> list[core.AsyncDevice]:
        info = (await self.native.get_house()).info
        return [core.AsyncBaseRetailer(info, capabilities=CAPABILITIES, backend=self, series=self.series)]

    async def series(self, _start: datetime, _end: datetime | None) -> core.PriceSeries:
        return to_series(await self.native.get_house(), self.context.clock.now())


def connect(context: core.Context, *, token: core.Secret) -> AsyncHome:
    http = core.AsyncHttpClient.over(context, URL, sign=core.bearer(token), secrets=[token])
    return AsyncHome(AsyncNordlys(http), context)
