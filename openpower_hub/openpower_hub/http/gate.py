"""What every request passes before it reaches the page or the API: its host, its origin, who it comes from, and how often they ask."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from openpower_core.errors import OpenPowerError, RateLimited
from openpower_hub.http.auth import NotAllowed, known_host, same_origin
from openpower_hub.http.limits import Buckets
from openpower_hub.http.problems import plain_problem, problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openpower_core.clock import Clock
    from openpower_hub.http.auth import Auth

LONGEST_BODY: Final = 65_536
"""How long what is sent to the hub may be (bytes)."""
BURST: Final = 120
PER_S: Final = 10.0
"""How many requests anybody may send: so many at once, and so many a second in the long run."""
_SAFE: Final = ("GET", "HEAD", "OPTIONS", "TRACE")
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every response that does not have its own."""


class Gate:
    """Refuses what must not reach the application; the rest knows its caller (:func:`~openpower_hub.http.auth.caller`)."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        auth: Auth,
        hosts: Collection[str],
        clock: Clock,
        burst: float = BURST,
        per_s: float = PER_S,
    ) -> None:
        self._app = app
        self._auth = auth
        self._hosts = frozenset(hosts)
        self._pace = Buckets(clock, burst=burst, per_s=per_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = HTTPConnection(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if (refusal := self._refusal(request)) is not None:
            await refusal(scope, receive, send_with_headers)
        else:
            await self._app(scope, _Bounded(receive), send_with_headers)

    def _refusal(self, request: HTTPConnection) -> Response | None:
        """Why a request goes no further; None if it may."""
        scope = request.scope
        if not known_host(request.headers.get("host", ""), self._hosts):
            return plain_problem(
                421, f"This hub is not {request.headers.get('host', '')!r}. Add the name to hosts in [http] if it is."
            )
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            return plain_problem(413, f"A body has at most {LONGEST_BODY} bytes.")
        try:
            scope["openpower.caller"] = found = self._auth.caller(request)
            if scope["method"] not in _SAFE and found.how != "bearer" and not same_origin(request.headers):
                raise NotAllowed("another page sent this; nothing was done.")
            who = found.name if found.how in ("bearer", "cookie") else request.client.host if request.client else ""
            if wait := self._pace.take(f"{found.how} {who}"):
                raise RateLimited(
                    f"more than {BURST} requests at once; nothing was sent.",
                    retry_after=timedelta(seconds=wait),
                    nothing_sent=True,
                    hint="Ask less often, or follow /api/v1/events.",
                )
        except OpenPowerError as error:
            return problem(error)
        return None


class _Bounded:
    """Receives a body up to its longest, also where its length was not said."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = LONGEST_BODY

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            from starlette.exceptions import HTTPException

            raise HTTPException(413, f"A body has at most {LONGEST_BODY} bytes.")
        return message
