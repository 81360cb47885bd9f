"""The routes of the page: the first view, its parts, the live events, commands, and signing in."""

from __future__ import annotations

import asyncio
import gzip
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, urlencode
from zlib import crc32

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from openpower_core.devices.roles import Role
from openpower_core.errors import DeviceNotFound, InvalidValue, OpenPowerError
from openpower_core.writes import Receipt, WriteState
from openpower_hub import plans
from openpower_hub.control import RELEASE, Order
from openpower_hub.http import auth, problems
from openpower_hub.page import commands, energy, health, picture, prices, static, words
from openpower_hub.page.live import Live, device_name, live_of, width, zone_of

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.history import KeptReceipt
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

GATHER_S: Final = 0.05
"""How long changes are gathered into one event: a vendor's answer brings several devices at once."""
BEAT_S: Final = 15.0
"""How often an event is sent without a change, for ages, and to show that the connection lives."""
CSP: Final = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
_MOST_SENT: Final = 200

TEMPLATES: Final = Environment(
    loader=PackageLoader("openpower_hub.page"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
cast("dict[str, Any]", TEMPLATES.globals).update(
    {
        "static": static.url,
        "curves": picture.CURVES,
        "idle_curves": picture.IDLE_CURVES,
        "centres": picture.CENTRES,
        "width": width,
        "words": words,
    }
)


class Page:
    """The page of a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._controller = hub.control.controller("page", hub.config.http.control)
        self._sent: OrderedDict[str, asyncio.Task[Receipt]] = OrderedDict()
        self._parts: dict[str, Callable[[Home, Request], Awaitable[dict[str, Any]]]] = {
            "flow": self._flow,
            "strip": self._strip,
            "cards": self._cards,
            "prices": self._prices,
            "today": self._today,
            "energy": self._energy,
            "done": self._done,
            "health": self._health,
        }

    def routes(self) -> list[BaseRoute]:
        """What is served."""
        return [
            Route("/", self._read(self.first)),
            Route("/part/{name}", self._read(self.part)),
            Route("/live", self._read(self.live)),
            Route("/today.json", self._read(self.today)),
            Route("/command/{key}", self._read(self.form), methods=["GET"]),
            Route("/command/{key}", self._read(self.command), methods=["POST"]),
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
            return self._html(request, "nothing.html")
        content: dict[str, Any] = {}
        for make in self._parts.values():
            content |= await make(home, request)
        live = content["live"]
        return self._html(
            request,
            "page.html",
            home=home,
            homes=list(self._hub.homes.values()),
            versions=self._versions(home, live),
            live_url=f"/live?{urlencode({'home': home.name})}",
            simulated=bool(home.devices) and home.simulated,
            **content,
        )

    async def part(self, request: Request) -> Response:
        """One part, anew."""
        name, home = request.path_params["name"], self._home(request)
        if name not in self._parts or home is None:
            raise problems.NotHere("there is no such part of the page.")
        content = await self._parts[name](home, request)
        versions = self._versions(home, live_of(home, self._now))
        return self._html(request, f"{name}.html", home=home, versions=versions, **content)

    async def _flow(self, home: Home, _request: Request) -> dict[str, Any]:
        return {"live": live_of(home, self._now)}

    async def _strip(self, home: Home, _request: Request) -> dict[str, Any]:
        now, zone = self._now, zone_of(home)
        found: list[dict[str, str]] = []
        change = ""
        for retailer in home.of_role(Role.RETAILER)[:1]:
            for price in filter(None, (retailer.price(each) for each in retailer.prices.channels)):
                word = prices.word_of(price, retailer.prices)
                found.append(
                    {"channel": price.channel.value, "price": words.price(price.per_kwh, price.currency), "word": word}
                )
            change = prices.next_change(retailer.prices, now, zone)
        store = energy.store_of(self._hub)
        cost = (
            words.NONE if store is None else (await energy.or_empty(energy.cost_today(store, home, now), words.NONE))[0]
        )
        return {"live": live_of(home, now), "running": found, "change": change, "cost": cost}

    async def _cards(self, home: Home, request: Request) -> dict[str, Any]:
        allowed = {key for key, state in home.devices.items() if self._controller.allows(state)}
        return {
            "live": live_of(home, self._now),
            "allowed": allowed,
            "may_control": auth.caller(request).may_control,
            "csrf": auth.csrf_token(request),
            "key_of_form": secrets.token_urlsafe(12),
        }

    async def _prices(self, home: Home, _request: Request) -> dict[str, Any]:
        retailers = home.of_role(Role.RETAILER)
        planned = plans.planned(self._hub, home.name)
        zone = zone_of(home)
        chart = prices.chart_of(retailers[0].prices, self._now, zone, planned) if retailers else None
        return {
            "chart": chart,
            "retailers": len(retailers),
            "planned": [prices.action_words(each, zone) for each in planned],
        }

    async def _today(self, home: Home, _request: Request) -> dict[str, Any]:
        store, now = energy.store_of(self._hub), self._now
        found: Any = None
        failure = (
            "The history is switched off, so there is no chart of today. Switch it on with [history] enabled = true."
        )
        if store is not None:
            found, failure = await energy.or_empty(energy.today_of(store, home, now), None)
        zone = zone_of(home)
        rows = [] if found is None else list(found.rows(zone))
        return {"day": found, "day_rows": rows, "day_failure": failure, "zone": str(zone)}

    async def _energy(self, home: Home, request: Request) -> dict[str, Any]:
        store, now = energy.store_of(self._hub), self._now
        asked = request.query_params.get("period", "week")
        period = asked if asked in energy.PERIODS else "week"
        bars: Any = None
        failure = ""
        if store is not None:
            bars, failure = await energy.or_empty(
                energy.bars_of(store, home, now, period, _day(request.query_params.get("day"))), None
            )
        return {"bars": bars, "bars_failure": failure, "period": period, "periods": energy.PERIODS}

    async def _done(self, home: Home, _request: Request) -> dict[str, Any]:
        store = energy.store_of(self._hub)
        kept: list[KeptReceipt] = []
        failure = ""
        if store is not None:
            kept, failure = await energy.or_empty(store.receipts(limit=50), kept)
        return {"done": commands.done_of(home, self._now, kept)[:12], "done_failure": failure}

    async def _health(self, home: Home, _request: Request) -> dict[str, Any]:
        return {"vendors": health.vendors(home, self._now), "problems": health.problems(self._hub)}

    def _versions(self, home: Home, live: Live) -> dict[str, str]:
        """A short mark for each part of the page, another one when it has to be asked for again."""
        now = self._now
        retailers = home.of_role(Role.RETAILER)
        receipts = [(each.id, each.state) for state in home.devices.values() for each, _ in state.receipts]
        planned = [(each.by, each.start, each.state) for each in plans.planned(self._hub, home.name)]
        five_minutes = int(now.timestamp() // 300)
        running = [
            (state.price(channel), len(state.prices)) for state in retailers for channel in state.prices.channels
        ]
        about = {
            "flow": [(node.id, node.name) for node in live.nodes],
            "strip": [running, five_minutes],
            "cards": [(card.key, card.command, card.overdue) for card in live.cards] + receipts[-1:],
            "prices": [running, [id(state.prices) for state in retailers], planned, five_minutes],
            "today": five_minutes,
            "energy": int(now.timestamp() // 3600),
            "done": receipts,
            "health": health.signature(self._hub, home),
        }
        return {name: f"{crc32(repr(each).encode()):08x}" for name, each in about.items()}

    # Live

    async def live(self, request: Request) -> Response:
        """Server-sent events: the whole live part, whenever something changes and every quarter of a minute."""
        home = self._home(request)
        if home is None:
            raise problems.NotHere("there is no such home.")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(request, home.name), headers=headers, media_type="text/event-stream")

    async def _events(self, request: Request, name: str) -> AsyncIterator[str]:
        closing: asyncio.Event | None = getattr(request.app.state, "closing", None)
        with self._hub.bus.subscribe() as changes:
            while closing is None or not closing.is_set():
                home = self._hub.homes.get(name)
                if home is None or not await self._still_allowed(request):
                    return
                yield f"data: {self._event(home)}\n\n"
                await _changed(changes.next, name, closing)
                await asyncio.sleep(GATHER_S)

    async def _still_allowed(self, request: Request) -> bool:
        """Whether the session that opened this connection lasts: it may have ended, or its token been taken away."""
        try:
            return auth.auth_of(request).caller(request).may_read
        except OpenPowerError:
            return False

    def _event(self, home: Home) -> str:
        live = live_of(home, self._now)
        return live.event(self._versions(home, live))

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
        return _packed(request, response)

    # Commands

    async def form(self, request: Request) -> Response:
        """What a device can be asked for."""
        home, state = self._found(request)
        return await self._sheet(request, "command.html", home, state, form={"until": "1h"})

    async def command(self, request: Request) -> Response:
        """Check, send or release: what the pressed button says."""
        form = await _form(request)
        auth.check_csrf(request, form.get("csrf"))
        auth.require(request, "control")
        home, state = self._found(request)
        step = form.get("step", "")
        if step == "back":
            return await self._sheet(request, "command.html", home, state, form=form)
        try:
            if step == "release":
                order = Order(operation=RELEASE)
            else:
                if step != "send":
                    form.pop("until_at", None)
                order = commands.order_of(form, home, state, self._now)
            if step in ("send", "release"):
                return await self._send(request, home, state, order, form)
            receipt = await self._controller.plan(state, order)
        except OpenPowerError as error:
            return await self._sheet(
                request,
                "command.html",
                home,
                state,
                status=422,
                form=form,
                failure=commands.error_words(error),
                sent="nothing",
            )
        now, zone = self._now, zone_of(home)
        return await self._sheet(
            request,
            "check.html",
            home,
            state,
            form=form | ({} if order.until is None else {"until_at": order.until.isoformat()}),
            title=commands.order_words(order, zone, now),
            effect=order.rule.effect,
            said=commands.plan_words(receipt, home, state, order, now),
            unchanged=receipt.state is WriteState.UNCHANGED,
        )

    async def _send(
        self, request: Request, home: Home, state: DeviceState, order: Order, form: dict[str, str]
    ) -> Response:
        now, zone = self._now, zone_of(home)
        shown: dict[str, Any] = {"title": commands.order_words(order, zone, now), "form": form}
        try:
            receipt = await self._once(form.get("key_of_form", ""), state, order)
        except OpenPowerError as error:
            sent = problems.sent(error)
            return await self._sheet(
                request,
                "result.html",
                home,
                state,
                **shown,
                failure=commands.error_words(error),
                sent=sent,
                receipt=None,
            )
        if not _wants_part(request):
            return RedirectResponse(f"/?{urlencode({'home': home.name})}#done", 303)
        return await self._sheet(
            request,
            "result.html",
            home,
            state,
            **shown,
            failure="",
            sent="",
            receipt=receipt.id[:8],
            result=commands.result_words(receipt, zone, now),
        )

    async def _once(self, key: str, state: DeviceState, order: Order) -> Receipt:
        """Send an order once, however often its form arrives."""
        if not key:
            raise InvalidValue("the form is incomplete; load the page again.")
        task = self._sent.get(key)
        if task is None:
            task = asyncio.create_task(self._controller.send(state, order))
            self._sent[key] = task
            while len(self._sent) > _MOST_SENT:
                self._sent.popitem(last=False)
        return await asyncio.shield(task)  # whoever asked may go away; the order is carried out all the same

    async def _sheet(
        self, request: Request, template: str, home: Home, state: DeviceState, *, status: int = 200, **content: Any
    ) -> Response:
        """A step of a command: a fragment for the dialog, or a page of its own without scripts."""
        given: dict[str, Any] = {
            "failure": "",
            "home": home,
            "state": state,
            "name": device_name(home, state),
            "choices": commands.choices(state),
            "untils": commands.UNTIL,
            "csrf": auth.csrf_token(request),
            "key_of_form": secrets.token_urlsafe(12),
            "allowed": self._controller.allows(state),
            "may_control": auth.caller(request).may_control,
            "how": auth.caller(request).how,
            "role": state.role.value,
            "features": state.device.capabilities,
            "fragment": _wants_part(request),
        }
        return self._html(request, template, status=status, **(given | content))

    # Signing in

    async def sign_in(self, request: Request) -> Response:
        """Take a token, give a session."""
        if request.method == "GET":
            return self._html(request, "sign_in.html", failure="")
        form = await _form(request)
        response = RedirectResponse("/", 303)
        try:
            auth.auth_of(request).sign_in(request, response, form.get("token", ""))
        except OpenPowerError as error:
            return self._html(
                request, "sign_in.html", failure=commands.error_words(error), status=problems.status_of(error)
            )
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session of this browser."""
        form = await _form(request)
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

    def _found(self, request: Request) -> tuple[Home, DeviceState]:
        try:
            return self._hub.find(request.path_params["key"])
        except DeviceNotFound:
            raise problems.NotHere("there is no such device.") from None

    def _html(self, request: Request, template: str, *, status: int = 200, **content: Any) -> Response:
        caller = auth.caller(request)
        about = {"caller": caller, "csrf": auth.csrf_token(request), "tokens": bool(self._hub.config.http.tokens)}
        text = TEMPLATES.get_template(template).render(**(about | content))
        # "no-referrer" would make browsers say "Origin: null" of this page's own forms.
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": CSP, "Referrer-Policy": "same-origin"}
        return _packed(request, Response(text, status, headers, media_type="text/html"))


def _wants_part(request: Request) -> bool:
    """Whether page.js asks, which needs the sheet alone."""
    return request.headers.get("x-part") == "1"


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, of which browsers make ``name=value&…``; the gate bounds its length."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), max_num_fields=50))


def _packed(request: Request, response: Response) -> Response:
    """The same, compressed where whoever asks unpacks it."""
    response.headers["Vary"] = "Accept-Encoding"
    if static.takes_gzip(request):
        response.body = gzip.compress(bytes(response.body), 6)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None


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
