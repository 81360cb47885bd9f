"""The emulator as an ASGI app: who may come in, how often, and to which endpoint."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import define, frozen

from openpower_amber.emulator import endpoints
from openpower_amber.emulator.endpoints import Refusal
from openpower_amber.emulator.site import EmulatedSite, Nameplate
from openpower_amber.models import State
from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret
from openpower_simulation import Market, Plant
from openpower_simulation.emulation import Handler, HttpEmulator, Refusals, server_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

TOKEN: Final = "psk_000000000000000000000000000e3a7e"  # noqa: S105 - it opens nothing real
_ZONES: Final = {
    State.NEW_SOUTH_WALES: "Australia/Sydney",
    State.QUEENSLAND: "Australia/Brisbane",
    State.SOUTH_AUSTRALIA: "Australia/Adelaide",
    State.VICTORIA: "Australia/Melbourne",
}


@frozen(kw_only=True)
class Quota:
    """So many calls within so many seconds, on each counter."""

    limit: int = 50
    seconds: int = 300


@define
class Counter:
    """One counter of an account."""

    quota: Quota
    _ends: float = 0.0
    _used: int = 0

    def count(self, now: float) -> Mapping[str, str]:
        """Count a call and give the headers of its answer, or refuse it."""
        if now >= self._ends:
            self._ends, self._used = now + self.quota.seconds, 0
        refused = self._used >= self.quota.limit
        self._used += not refused
        headers = {
            "RateLimit-Limit": str(self.quota.limit),
            "RateLimit-Remaining": str(self.quota.limit - self._used),
            "RateLimit-Reset": str(math.ceil(self._ends - now)),
            "RateLimit-Policy": f"{self.quota.limit};w={self.quota.seconds}",
        }
        if refused:
            raise Refusal(429, "Too Many Requests", headers=headers)
        return headers


class Emulator(HttpEmulator):
    """Amber's API over simulated houses; an ASGI app, to be served or called in-process.

    Args:
        sites: the sites of the account, or their nameplates; one active site by default.
        clock: what the service, the houses and the market live by.
        token: the one that may come in.
        seed: the seed of the houses that are made from nameplates, and of the states' grids.
        quota: the calls that each of the two counters allows; None for no limit.
    """

    provider, title, prefix = "amber", "Amber", "/v1"

    def __init__(
        self,
        sites: Iterable[EmulatedSite | Nameplate] = (Nameplate(),),
        *,
        clock: Clock = SYSTEM_CLOCK,
        token: str | Secret = TOKEN,
        seed: int = 1,
        quota: Quota | None = Quota(),
    ) -> None:
        self.token = Secret(token)
        self.sites = [_site(site, clock, seed) for site in sites]
        self.seen: list[str] = []
        """The path and query of each request that arrived, for tests that count."""
        self._refusals: Refusals[Refusal] = Refusals()
        self._counters = {name: Counter(quota) for name in ("account", "prices") if quota}
        self._grids = {state: Market(Plant(seed=seed + place, tz=_ZONES[state])) for place, state in enumerate(State)}
        super().__init__(clock, self._routes())

    @property
    def options(self) -> dict[str, Any]:
        """The token that may come in, whole."""
        return {"token": self.token.reveal()}

    @property
    def site(self) -> EmulatedSite:
        """The first site."""
        return self.sites[0]

    def refuse(self, refusal: Refusal, *, path: str = "", times: int = 1) -> None:
        """Refuse the next requests (whose path ends so), such as with ``endpoints.THROTTLED``."""
        self._refusals.add(path, refusal, times=times)

    async def answer(self, handler: Handler, request: Request) -> Any:
        """Note the request, and refuse it where a test asked for that or the endpoint says so."""
        query = f"?{request.url.query}" if request.url.query else ""
        self.seen.append(f"{request.url.path}{query}")
        try:
            if refusal := self._refusals.take(request.url.path):
                raise refusal
            return handler(request)
        except Refusal as refusal:
            from starlette.responses import Response

            refusal.__traceback__ = None  # they are raised again and again
            return Response(refusal.body, refusal.status, headers=refusal.headers)

    def _routes(self) -> Mapping[str, Handler]:
        # The gateway knows no 405: another method is a path without a route.
        site = f"GET {self.prefix}/sites/{{site}}"
        return {
            f"GET {self.prefix}/sites": self._list_sites,
            f"{site}/prices": self._of_site("prices", endpoints.prices),
            f"{site}/prices/current": self._of_site("prices", endpoints.current_prices),
            f"{site}/usage": self._of_site("account", endpoints.usage),
            f"GET {self.prefix}/state/{{state}}/renewables/current": self._renewables,
            "/{path:path}": _unrouted,
        }

    def _list_sites(self, request: Request) -> Response:
        headers = self._admit(request, "account")
        return self.json([site.record() for site in self.sites], headers=headers)

    def _of_site(
        self, counter: str, endpoint: Callable[[EmulatedSite, Mapping[str, str], Any], list[dict[str, Any]]]
    ) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            headers = self._admit(request, counter)
            site = self._find(request.path_params["site"])
            records = endpoint(site, request.query_params, self.clock.now())
            return self.json(records, headers=headers)

        return answer

    def _renewables(self, request: Request) -> Any:
        """The one endpoint that needs no token and sends no limits."""
        try:
            market = self._grids[State(request.path_params["state"])]
        except ValueError:
            raise endpoints.STATE_NOT_FOUND from None
        return endpoints.renewables(market, request.query_params, self.clock.now())

    def _admit(self, request: Request, counter: str) -> Mapping[str, str]:
        """Let a request in by its token, count it, and give the headers that say what is left."""
        credential = request.headers.get("authorization")
        if credential is None:
            raise endpoints.UNAUTHORIZED
        if credential != f"Bearer {self.token.reveal()}":
            raise endpoints.FORBIDDEN
        if counter not in self._counters:
            return {}
        return self._counters[counter].count(self.clock.monotonic())

    def _find(self, site_id: str) -> EmulatedSite:
        for site in self.sites:
            if site.nameplate.id == site_id:
                return site
        raise endpoints.SITE_NOT_FOUND


def _site(site: EmulatedSite | Nameplate, clock: Clock, seed: int) -> EmulatedSite:
    if isinstance(site, EmulatedSite):
        return site
    return EmulatedSite(site, seed=seed, start=clock.now())


def _unrouted(_request: Request) -> Response:
    raise endpoints.UNROUTED


serve = server_of(Emulator)
