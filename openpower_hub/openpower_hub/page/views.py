"""The routes of the page: the first view, its parts, the live events, and signing in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from openpower_core.errors import OpenPowerError, RateLimited
from openpower_hub.http import auth, problems
from openpower_hub.http.events import EventStream
from openpower_hub.page import commands, energy, static
from openpower_hub.page.live import live_of, zone_of
from openpower_hub.page.parts import Parts
from openpower_hub.page.rendering import form_of, html, packed
from openpower_hub.page.sheets import Sheets

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home

GATHER_S: Final = 0.05
"""How long changes are gathered into one event: a vendor's answer brings several devices at once."""
MOST_STREAMS: Final = 64
"""How many pages may be open at once."""
BEAT_S: Final = 15.0
"""How often an event is sent without a change, for ages, and to show that the connection lives."""


class Page:
    """The page of a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        controller = hub.control.controller("page", hub.config.http.control)
        self._parts = Parts(hub, controller)
        self._sheets = Sheets(hub, controller)
        self._streams = 0

    def routes(self) -> list[BaseRoute]:
        """What is served."""
        return [
            Route("/", self._read(self.first)),
            Route("/part/{name}", self._read(self.part)),
            Route("/live", self._read(self.live)),
            Route("/today.json", self._read(self.today)),
            Route("/command/{key}", self._read(self._sheets.form), methods=["GET"]),
            Route("/command/{key}", self._read(self._sheets.command), methods=["POST"]),
            Route("/sign-in", self.sign_in, methods=["GET", "POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/static/{name}", static.serve),
        ]

    def _read(self, view: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Only for those who may read; who is not signed in is asked to."""

        async def checked(request: Request) -> Response:
            if not auth.caller(request).may_read:
                if request.method == "GET" and request.url.path in ("/", "/command"):
                    return RedirectResponse("/sign-in", 303)
                auth.require(request, "read")
            return await view(request)

        return checked

    # The first view and its parts

    async def first(self, request: Request) -> Response:
        """The whole page."""
        home = self._home(request)
        if home is None:
            return html(request, "nothing.html")
        content = await self._parts.all(home, request)
        live = content["live"]
        return html(
            request,
            "page.html",
            home=home,
            homes=list(self._hub.homes.values()),
            versions=self._parts.versions(home, live),
            live_url=f"/live?{urlencode({'home': home.name})}",
            simulated=bool(home.devices) and home.simulated,
            **content,
        )

    async def part(self, request: Request) -> Response:
        """One part, anew."""
        name, home = request.path_params["name"], self._home(request)
        if name not in self._parts.by_name or home is None:
            raise problems.NotHere("there is no such part of the page.")
        content = await self._parts.by_name[name](home, request)
        versions = self._parts.versions(home, live_of(home, self._now))
        return html(request, f"{name}.html", home=home, versions=versions, **content)

    # Live

    async def live(self, request: Request) -> Response:
        """Server-sent events: the whole live part, whenever something changes and every quarter of a minute."""
        home = self._home(request)
        if home is None:
            raise problems.NotHere("there is no such home.")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(headers=headers, media_type="text/event-stream")
        if self._streams >= MOST_STREAMS:
            raise RateLimited("too many pages are open.", retry_after=timedelta(seconds=30), nothing_sent=True)
        return EventStream(self._events(request, home.name), headers=headers, media_type="text/event-stream")

    async def _events(self, request: Request, name: str) -> AsyncIterator[str]:
        closing: asyncio.Event | None = getattr(request.app.state, "closing", None)
        self._streams += 1
        try:
            with self._hub.bus.subscribe() as changes:
                while closing is None or not closing.is_set():
                    home = self._hub.homes.get(name)
                    if home is None or not await self._still_allowed(request):
                        return
                    yield f"data: {self._event(home)}\n\n"
                    await _changed(changes.next, name, closing)
                    await asyncio.sleep(GATHER_S)
        finally:
            self._streams -= 1

    async def _still_allowed(self, request: Request) -> bool:
        """Whether the session that opened this connection lasts: it may have ended, or its token been taken away."""
        try:
            return auth.auth_of(request).caller(request).may_read
        except OpenPowerError:
            return False

    def _event(self, home: Home) -> str:
        live = live_of(home, self._now)
        return live.event(self._parts.versions(home, live))

    async def today(self, request: Request) -> Response:
        """The lines of the chart of today."""
        home, store = self._home(request), energy.store_of(self._hub)
        if home is None or store is None:
            raise problems.NotHere("there is no history.")
        found = await energy.today_of(store, home, self._now)
        content = {
            "zone": str(zone_of(home)),
            "start": int(found.start.timestamp()),
            "end": int(found.end.timestamp()),
            "times": found.times,
            "lines": {
                name: [None if each is None else round(each) for each in line] for name, line in found.lines.items()
            },
        }
        response = JSONResponse(content, headers={"Cache-Control": "no-store"})
        return packed(request, response)

    # Signing in

    async def sign_in(self, request: Request) -> Response:
        """Take a token, give a session."""
        if request.method == "GET":
            return html(request, "sign_in.html", failure="")
        form = await form_of(request)
        response = RedirectResponse("/", 303)
        try:
            auth.auth_of(request).sign_in(request, response, form.get("token", ""))
        except OpenPowerError as error:
            return html(request, "sign_in.html", failure=commands.error_words(error), status=problems.status_of(error))
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session of this browser."""
        form = await form_of(request)
        auth.check_csrf(request, form.get("csrf"))
        response = RedirectResponse("/", 303)
        auth.auth_of(request).sign_out(response)
        return response

    # What all share

    @property
    def _now(self) -> datetime:
        return self._hub.clock.now()

    def _home(self, request: Request) -> Home | None:
        """The home that is asked for, or the first."""
        name = request.query_params.get("home")
        if name is None:
            return next(iter(self._hub.homes.values()), None)
        if (home := self._hub.homes.get(name)) is None:
            raise problems.NotHere("there is no such home.")
        return home


async def _changed(next_change: Callable[[], Awaitable[Any]], home: str, closing: asyncio.Event | None) -> None:
    """Wait for a change of a home, the end of the server, or a quarter of a minute."""

    async def of_home() -> None:
        while (await next_change()).home != home:
            pass

    waiting: list[asyncio.Task[Any]] = [asyncio.create_task(of_home())]
    if closing is not None:
        waiting.append(asyncio.create_task(closing.wait()))
    try:
        await asyncio.wait(waiting, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def routes(hub: Hub) -> list[BaseRoute]:
    """The page's routes, for the HTTP server."""
    return Page(hub).routes()
