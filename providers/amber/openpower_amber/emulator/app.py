"""The emulator as an ASGI app: who may come in, how often, and to which endpoint."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from openpower_amber.emulator import endpoints, refusals
from openpower_amber.emulator.limits import Counter, Quota
from openpower_amber.emulator.refusals import Refusal
from openpower_amber.emulator.site import EmulatedSite, Nameplate
from openpower_amber.models import State
from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret
from openpower_simulation import Market, Plant
from openpower_simulation.emulation import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send


TOKEN: Final = "psk_000000000000000000000000000e3a7e"  # noqa: S105 - it opens nothing real
_PREFIX: Final = "/v1"


class Emulator:
    """Amber's API over simulated houses; an ASGI app, to be served or called in-process.

    Args:
        sites: the sites of the account, or their nameplates; one active site by default.
        clock: what the service, the houses and the market live by.
        token: the one that may come in.
        seed: the seed of the houses that are made from nameplates, and of the states' grids.
        quota: the calls that each of the two counters allows; None for no limit.
    """

    def __init__(
        self,
        sites: Iterable[EmulatedSite | Nameplate] = (Nameplate(),),
        *,
        clock: Clock = SYSTEM_CLOCK,
        token: str | Secret = TOKEN,
        seed: int = 1,
        quota: Quota | None = Quota(),  # noqa: B008 - frozen
    ) -> None:
        self.clock = clock
        self.token = Secret(token)
        self.sites = [_site(each, clock, seed) for each in sites]
        self.seen: list[str] = []
        """The path and query of each request that arrived, for tests that count."""
        self._refusals: list[tuple[str, Refusal]] = []
        self._counters = {name: Counter(quota) for name in ("account", "prices") if quota}
        self._grids = {state: Market(Plant(seed=seed + place, tz=_ZONES[state])) for place, state in enumerate(State)}
        self.faults = Faults(Starlette(routes=self._routes()))
        """Transport faults on request: delays, HTML, cut bodies, resets."""

    @property
    def provider(self) -> str:
        """Who connects to it."""
        return "amber"

    @property
    def title(self) -> str:
        """The vendor's name."""
        return "Amber"

    @property
    def prefix(self) -> str:
        """What the vendor's paths begin with."""
        return _PREFIX

    @property
    def options(self) -> dict[str, Any]:
        """The token that may come in, whole."""
        return {"token": self.token.reveal()}

    @property
    def site(self) -> EmulatedSite:
        """The first site."""
        return self.sites[0]

    def refuse(self, refusal: Refusal, *, path: str = "", times: int = 1) -> None:
        """Refuse the next requests (whose path ends so) as told, such as with ``refusals.THROTTLED``."""
        self._refusals += [(path, refusal)] * times

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        await self.faults(scope, receive, send)

    def _routes(self) -> list[Route]:
        site = f"{_PREFIX}/sites/{{site}}"
        table: dict[str, Callable[[Request], Response]] = {
            f"{_PREFIX}/sites": self._list_sites,
            f"{site}/prices": self._of_site("prices", endpoints.prices),
            f"{site}/prices/current": self._of_site("prices", endpoints.current_prices),
            f"{site}/usage": self._of_site("account", endpoints.usage),
            f"{_PREFIX}/state/{{state}}/renewables/current": self._renewables,
            "/{path:path}": _unrouted,
        }
        return [Route(path, self._guarded(answer)) for path, answer in table.items()]

    def _guarded(self, answer: Callable[[Request], Response]) -> Callable[[Request], Any]:
        async def guarded(request: Request) -> Response:
            query = f"?{request.url.query}" if request.url.query else ""
            self.seen.append(f"{request.url.path}{query}")
            try:
                self._refuse_if_told(request.url.path)
                response = answer(request)
            except Refusal as refusal:
                response = _refused(refusal)
            response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
            return response

        return guarded

    def _refuse_if_told(self, path: str) -> None:
        for place, (end, refusal) in enumerate(self._refusals):
            if path.endswith(end):
                del self._refusals[place]
                raise refusal

    def _list_sites(self, request: Request) -> Response:
        headers = self._admit(request, "account")
        return JSONResponse([site.record() for site in self.sites], headers=headers)

    def _of_site(
        self, counter: str, endpoint: Callable[[EmulatedSite, Mapping[str, str], Any], list[dict[str, Any]]]
    ) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            headers = self._admit(request, counter)
            site = self._find(request.path_params["site"])
            records = endpoint(site, request.query_params, self.clock.now())
            return JSONResponse(records, headers=headers)

        return answer

    def _renewables(self, request: Request) -> Response:
        """The one endpoint that asks for no token and tells no limits."""
        try:
            market = self._grids[State(request.path_params["state"])]
        except ValueError:
            raise refusals.STATE_NOT_FOUND from None
        return JSONResponse(endpoints.renewables(market, request.query_params, self.clock.now()))

    def _admit(self, request: Request, counter: str) -> Mapping[str, str]:
        """Let a request in by its token, count it, and give the headers that tell what is left."""
        credential = request.headers.get("authorization")
        if credential is None:
            raise refusals.UNAUTHORIZED
        if credential != f"Bearer {self.token.reveal()}":
            raise refusals.FORBIDDEN
        if counter not in self._counters:
            return {}
        return self._counters[counter].count(self.clock.monotonic())

    def _find(self, site_id: str) -> EmulatedSite:
        for site in self.sites:
            if site.nameplate.id == site_id:
                return site
        raise refusals.SITE_NOT_FOUND


_ZONES: Final = {
    State.NEW_SOUTH_WALES: "Australia/Sydney",
    State.QUEENSLAND: "Australia/Brisbane",
    State.SOUTH_AUSTRALIA: "Australia/Adelaide",
    State.VICTORIA: "Australia/Melbourne",
}


def _site(site: EmulatedSite | Nameplate, clock: Clock, seed: int) -> EmulatedSite:
    if isinstance(site, EmulatedSite):
        return site
    return EmulatedSite(site, seed=seed, start=clock.now())


def _unrouted(_request: Request) -> Response:
    raise refusals.UNROUTED


def _refused(refusal: Refusal) -> Response:
    refusal.__traceback__ = None  # they are raised again and again
    return Response(refusal.body, refusal.status, headers=refusal.headers)
