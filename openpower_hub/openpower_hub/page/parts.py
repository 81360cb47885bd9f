"""The parts of the page: what each is made of, and when it has to be made anew."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zlib import crc32

from starlette.requests import Request

from openpower_core.devices.roles import Role
from openpower_hub import plans
from openpower_hub.http import auth
from openpower_hub.page import commands, energy, health, prices, words
from openpower_hub.page.live import Live, live_of, zone_of

if TYPE_CHECKING:
    from openpower_hub.control import Controller
    from openpower_hub.engine import Hub
    from openpower_hub.history import KeptReceipt
    from openpower_hub.homes import Home


class Parts:
    """What the templates of the page's parts are given.

    Args:
        hub: whose homes are shown.
        controller: what commands of the page go to.
    """

    def __init__(self, hub: Hub, controller: Controller) -> None:
        self._hub = hub
        self._controller = controller
        self.by_name: dict[str, Callable[[Home, Request], Awaitable[dict[str, Any]]]] = {
            "flow": self._flow,
            "strip": self._strip,
            "cards": self._cards,
            "prices": self._prices,
            "today": self._today,
            "energy": self._energy,
            "done": self._done,
            "health": self._health,
        }

    @property
    def _now(self) -> datetime:
        return self._hub.clock.now()

    async def all(self, home: Home, request: Request) -> dict[str, Any]:
        """What all of them are given together."""
        content: dict[str, Any] = {}
        for make in self.by_name.values():
            content |= await make(home, request)
        return content

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
        cost, since = words.NONE, ""
        if store is not None:
            (cost, since), _ = await energy.or_empty(energy.cost_today(store, home, now), (words.NONE, ""))
        return {"live": live_of(home, now), "running": found, "change": change, "cost": cost, "since": since}

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

    def versions(self, home: Home, live: Live) -> dict[str, str]:
        """A short mark for each part of the page, another one when it has to be asked for again."""
        now = self._now
        retailers = home.of_role(Role.RETAILER)
        receipts = [(each.id, each.state) for state in home.devices.values() for each, _ in state.receipts]
        planned = [(each.by, each.start, each.state) for each in plans.planned(self._hub, home.name)]
        five_minutes = int(now.timestamp() // 300)
        running = [
            (price.start, price.per_kwh)
            for state in retailers
            for channel in state.prices.channels
            if (price := state.price(channel)) is not None
        ]
        about = {
            "flow": [(node.id, node.name) for node in live.nodes],
            "strip": [running, five_minutes],
            "cards": [(card.key, card.command, card.overdue) for card in live.cards] + receipts[-1:],
            "prices": [[id(state.prices) for state in retailers], running, planned, five_minutes],
            "today": five_minutes,
            "energy": int(now.timestamp() // 3600),
            "done": receipts,
            "health": health.signature(self._hub, home),
        }
        return {name: f"{crc32(repr(each).encode()):08x}" for name, each in about.items()}


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None
