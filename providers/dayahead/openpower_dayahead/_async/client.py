"""The sources' own APIs for asyncio, typed."""

from __future__ import annotations

from datetime import date
from typing import Final

from openpower_core import provider as core
from openpower_dayahead import client
from openpower_dayahead.areas import Area, to_area
from openpower_dayahead.client import SERVICES, Source
from openpower_dayahead.models import Document

TOKENS_FROM: Final = "https://transparency.entsoe.eu, My Account Settings, once transparency@entsoe.eu has enabled it"


class AsyncDayAhead(core.AsyncNativeClient):
    """The day-ahead prices of one bidding zone as a source sends them: per MWh, without levies and tax.

    It may be used as a context manager; :meth:`aclose` releases the connections.

    Args:
        area: the bidding zone: ``"DE-LU"``, ``"NO2"``, an EIC.
        source: ``"energy-charts"``, ``"awattar"``, ``"entsoe"`` or ``"nordpool"``.
        token: ENTSO-E's security token; the others need none.
        currency: what Nord Pool converts prices to; None is that of the zone.
        base_url: replaces the source's own address: an emulator, a proxy.
        allow_http: whether ``base_url`` may send in cleartext to another machine.
        timeout: seconds within which a call has to end.
        transport: replaces the network.
        clock: replaces the system's clock.
    """

    _arguments = client.ARGUMENTS

    def __init__(
        self,
        area: Area | str,
        source: Source | str = Source.ENERGY_CHARTS,
        *,
        token: str | core.Secret | None = None,
        currency: str | None = None,
        base_url: str | None = None,
        allow_http: bool = False,
        timeout: core.Span = 30.0,
        transport: core.AsyncTransport | None = None,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        token = core.Secret(token) if token else None  # so that no traceback shows it
        self.source = client.to_source(source)
        self.area = to_area(area)
        self.service = client.service_of(self.source, self.area)
        self.currency = client.currency_of(
            self.source, self.area, None if currency is None else core.currency(currency)
        )
        self._token = core.credential(token, "token", provider="dayahead") if token else None
        if self._token is None and self.source is Source.ENTSOE:
            raise core.MissingCredential(
                "ENTSO-E needs a token, and none was given.", provider="dayahead", hint=f"Get one at {TOKENS_FROM}."
            )
        url = (base_url or self.service.base_url).rstrip("/")
        self._session: core.AsyncHttpClient = core.AsyncHttpClient(
            provider="dayahead",
            base_url=url,
            allow_http=allow_http,
            timeout=timeout,
            transport=transport,
            check=client.check(self.source),
            limiter=core.RateLimiter.shared((url, self._token), self.service.rate, clock=clock),
            clock=clock,
            secrets=[self._token] if self._token else [],
        )

    @property
    def licence(self) -> str:
        """What is known of what the prices may be used for, and of the source's other limits; energy-charts' documents name it as well."""
        return SERVICES[self.source].note

    async def get_prices(self, first: date | str, last: date | str | None = None) -> list[Document]:
        """The prices of days of the market, as they came: an answer for each call; empty where there are none (yet).

        An answer may hold more than was asked for. Days begin at midnight in Central European time in all zones.

        Args:
            first: the first day.
            last: the last one, included; None is the first.
        """
        days = client.days_between(first, first if last is None else last)
        found = [await self._get(run[0], run[-1]) for run in client.runs(days, self.service.days)]
        return [document for document in found if document is not None]

    async def _get(self, first: date, last: date) -> Document | None:
        call = client.call(self.source, self.area, first, last, currency=self.currency, token=self._token)
        answer = await self._session.request("GET", call.path, operation="get_prices", params=call.params)
        return client.read(self.source, answer)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.area.name} from {self.source}>"
