"""The emulator as an ASGI app: HTTP on one side, the service on the other."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from openpower_alphaess.emulator.account import Account
from openpower_alphaess.emulator.auth import Gate
from openpower_alphaess.emulator.codes import Code, Language
from openpower_alphaess.emulator.envelope import Refusal
from openpower_alphaess.emulator.journal import Journal
from openpower_alphaess.emulator.limits import RateLimit, Turnstile
from openpower_alphaess.emulator.nameplate import Nameplate
from openpower_alphaess.emulator.service import PREFIX, Service
from openpower_alphaess.emulator.system import EmulatedSystem
from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret
from openpower_simulation.emulation import Faults

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from openpower_alphaess.emulator.account import Mail

__all__ = ["Emulator"]

_VERBS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Emulator:
    """The AlphaESS Open API over simulated houses; an ASGI app, to be served or called in-process.

    Args:
        systems: the systems that exist, or their nameplates; one household system by default.
        clock: what the service and the houses live by.
        app_id, app_secret: the developer account that may come in.
        seed: the seed of the houses that are made from nameplates.
        start: when their story begins; now, unless said.
        rate_limit: 6053 beyond it; None for no limit.
        language: of ``msg``.
        documented_skew_code: answer a wrong clock with 6006, as documented, instead of 6009.
    """

    def __init__(
        self,
        systems: Iterable[EmulatedSystem | Nameplate] = (Nameplate(),),
        *,
        clock: Clock = SYSTEM_CLOCK,
        app_id: str = "alpha0000000000000000",
        app_secret: str | Secret = "an-emulated-secret",  # noqa: S107 - it opens nothing real
        seed: int = 1,
        start: datetime | None = None,
        rate_limit: RateLimit | None = None,
        language: Language = "en",
        documented_skew_code: bool = False,
    ) -> None:
        begin = start or clock.now()
        self.clock = clock
        self.app_id = app_id
        self.app_secret = Secret(app_secret)
        self.account = Account(
            each if isinstance(each, EmulatedSystem) else EmulatedSystem(each, start=begin, seed=seed)
            for each in systems
        )
        self.requests = Journal()
        """Every request that arrived, for tests that count."""
        self.service = Service(
            account=self.account,
            gate=Gate(app_id=app_id, app_secret=self.app_secret, documented_skew_code=documented_skew_code),
            turnstile=Turnstile(rate_limit),
            journal=self.requests,
            clock=clock,
            language=language,
        )
        http = Starlette(routes=[Route("/{path:path}", self._handle, methods=_VERBS)])
        self.faults = Faults(http)
        """Transport faults on request: delays, HTML, cut bodies, resets."""

    @property
    def provider(self) -> str:
        """Who connects to it."""
        return "alphaess"

    @property
    def title(self) -> str:
        """The vendor's name."""
        return "AlphaESS"

    @property
    def prefix(self) -> str:
        """What the vendor's paths begin with."""
        return PREFIX

    @property
    def options(self) -> dict[str, Any]:
        """The credentials that may come in, whole, and the zone that the API never tells."""
        return {"app_id": self.app_id, "app_secret": self.app_secret.reveal(), "tz": self.system.nameplate.tz}

    @property
    def systems(self) -> list[EmulatedSystem]:
        """The systems that exist, bound or not."""
        return self.account.systems

    @property
    def system(self) -> EmulatedSystem:
        """The first system."""
        return self.account.systems[0]

    @property
    def mailbox(self) -> list[Mail]:
        """The verification codes mailed to owners."""
        return self.account.mailbox

    def refuse(self, endpoint: str, code: Code | int, *, times: int = 1, exp_msg: str | None = None) -> None:
        """Refuse the next requests to an endpoint with a code, such as 10001 from the legacy discharge write."""
        refusals = [Refusal(Code(code), exp_msg=exp_msg) for _ in range(times)]
        self.service.refusals.setdefault(endpoint, []).extend(refusals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        await self.faults(scope, receive, send)

    async def _handle(self, request: Request) -> Response:
        reply = self.service.reply(
            request.method,
            request.url.path,
            headers=request.headers,
            query=dict(request.query_params),
            body=await request.body(),
        )
        return JSONResponse(reply.body, reply.status, headers=self._headers())

    def _headers(self) -> dict[str, Any]:
        # The service's own clock, which a client with a wrong one can learn from.
        return {"Server": "nginx/1.20.1", "Date": format_datetime(self.clock.now(), usegmt=True)}
