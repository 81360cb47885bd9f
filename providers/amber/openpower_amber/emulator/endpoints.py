"""The five endpoints: from what a call asks for to the list that it gets, or to how Amber refuses it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from openpower_amber.client.requests import NEM, nem_date, nem_midnight
from openpower_amber.emulator.site import EmulatedSite, price_record, renewable_record, usage_record
from openpower_core.provider import PriceKind
from openpower_simulation import Market, metered
from openpower_simulation.market import MarketInterval

_DAY: Final = timedelta(days=1)
_LONGEST: Final = 8 * _DAY  # documented are 7 days, 8 have been accepted
_MOST: Final = 2048
_PRICES_KEPT: Final = 574 * _DAY
_USAGE_KEPT: Final = 90 * _DAY


class Refusal(Exception):
    """A refusal as Amber has been seen to send it: a status and its body, JSON or plain text."""

    def __init__(
        self, status: int, message: str, *, plain: bool = False, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = message if plain else json.dumps({"message": message})
        kind = "text/plain" if plain else "application/json"
        self.headers = {"Content-Type": kind, **(headers or {})}


UNAUTHORIZED: Final = Refusal(401, "Unauthorized")
FORBIDDEN: Final = Refusal(
    403, "User is not authorized to access this resource with an explicit deny in an identity-based policy"
)
SITE_NOT_FOUND: Final = Refusal(404, "Site not found")
UNROUTED: Final = Refusal(403, "Missing Authentication Token")
STATE_NOT_FOUND: Final = Refusal(404, "State not found")
BAD_REQUEST: Final = Refusal(400, "Bad request")
RANGE_TOO_LARGE: Final = Refusal(422, "Range requested is too large. Maximum 7 days.", plain=True)
TOO_MANY_INTERVALS: Final = Refusal(422, "Requested number of intervals is greater than 2048", plain=True)
THROTTLED: Final = Refusal(
    429,
    "Too Many Requests",
    headers={"x-amzn-ErrorType": "TooManyRequestsException", "X-Cache": "Error from cloudfront"},
)
"""What the gateway says under load: it does not say for how long."""
INTERNAL: Final = Refusal(502, "Internal server error")


def prices(site: EmulatedSite, query: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """``GET /sites/{siteId}/prices``: what was, is and will be on market days."""
    start, end = _days(query, now, required=False)
    start = max(start, nem_midnight(nem_date(now - _PRICES_KEPT)))
    resolution = _resolution(query, site.market)
    found = site.market.intervals(start, end, now=now, resolution=resolution) if start < end else []
    return _by_channel(site, found, now)


def current_prices(site: EmulatedSite, query: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """``GET /sites/{siteId}/prices/current``: the running interval and those around it."""
    found = _around(site.market, query, now, _resolution(query, site.market))
    return _by_channel(site, found, now)


def usage(site: EmulatedSite, query: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """``GET /sites/{siteId}/usage``: what was metered, up to yesterday."""
    start, end = _days(query, now, required=True)
    start = max(start, nem_midnight(nem_date(now - _USAGE_KEPT)))
    end = min(end, _published(site, now))
    if start >= end:
        return []
    found = metered(site.house, site.market, start, end, now=now)
    records = {channel: [m for m in found if m.channel is channel] for channel in site.channels}
    return [usage_record(site, m) for lane in records.values() for m in lane]


def renewables(market: Market, query: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """``GET /state/{state}/renewables/current``: the grid's share of renewables; half hours by default."""
    resolution = _resolution({"resolution": "30", **query}, market)
    if _count(query, "previous") + _count(query, "next") > _MOST:
        raise BAD_REQUEST  # the contract has 422 for prices only
    return [renewable_record(interval) for interval in _around(market, query, now, resolution)]


def _by_channel(site: EmulatedSite, found: Sequence[MarketInterval], now: datetime) -> list[dict[str, Any]]:
    return [price_record(site, interval, channel, now) for channel in site.channels for interval in found]


def _around(
    market: Market, query: Mapping[str, str], now: datetime, resolution: timedelta | None
) -> list[MarketInterval]:
    """The running interval, so many before it and so many after it, whatever their length."""
    before, after = _count(query, "previous"), _count(query, "next")
    if before + after > _MOST:
        raise TOO_MANY_INTERVALS
    unit = resolution or market.resolution
    first = now - (before + 1) * unit
    found = market.intervals(first, market.horizon(now), now=now, resolution=resolution)
    running = next(n for n, interval in enumerate(found) if interval.kind is PriceKind.CURRENT)
    return found[max(0, running - before) : running + after + 1]


def _published(site: EmulatedSite, now: datetime) -> datetime:
    """The instant up to which usage is there: a market midnight, yesterday's until the morning."""
    local = now.astimezone(NEM)
    days = 0 if local.time() >= site.nameplate.usage_published else 1
    return nem_midnight(local.date() - days * _DAY)


def _days(query: Mapping[str, str], now: datetime, *, required: bool) -> tuple[datetime, datetime]:
    first, last = (_date(query, name, now, required) for name in ("startDate", "endDate"))
    if last < first:
        raise BAD_REQUEST
    if last - first >= _LONGEST:
        raise RANGE_TOO_LARGE
    return nem_midnight(first), nem_midnight(last + _DAY)


def _date(query: Mapping[str, str], name: str, now: datetime, required: bool) -> date:
    value = query.get(name)
    if value is None and not required:
        return nem_date(now)
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        raise BAD_REQUEST from None


def _count(query: Mapping[str, str], name: str) -> int:
    value = query.get(name, "0")
    if not (value.isascii() and value.isdigit()):
        raise BAD_REQUEST
    return int(value)


def _resolution(query: Mapping[str, str], market: Market) -> timedelta | None:
    """5 or 30 minutes; None for what the site is billed by. Finer than that there is nothing."""
    value = query.get("resolution")
    if value not in (None, "5", "30"):
        raise BAD_REQUEST
    asked = None if value is None else timedelta(minutes=int(value))
    return None if asked is not None and asked < market.resolution else asked
