# Generated from _async.py by openpower_testing; do not edit.
"""The client of Nordlys Kraft, and its one device."""

from datetime import datetime

from openpower_core import provider as core

from .models import CAPABILITIES, QUERY, URL, House, to_house, to_series


class Nordlys(core.NativeClient):
    def get_house(self) -> House:
        ask = {"query": QUERY}
        return to_house(self._session.request("POST", "/graphql", operation="get_house", json=ask))


class Home(core.BaseBackend[Nordlys]):
    def discover(self) -> list[core.Device]:
        info = self.native.get_house().info
        return [core.BaseRetailer(info, capabilities=CAPABILITIES, backend=self, series=self.series)]

    def series(self, _start: datetime, _end: datetime | None) -> core.PriceSeries:
        return to_series(self.native.get_house(), self.context.clock.now())


def connect(context: core.Context, *, token: core.Secret) -> Home:
    http = core.HttpClient.over(context, URL, sign=core.bearer(token), secrets=[token])
    return Home(Nordlys(http), context)
