"""The HTTP API of the hub, ``/api/v1``: one table of endpoints, of which routes and the OpenAPI document are made."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openpower_core.connection.context import state_folder
from openpower_core.devices.roles import Role
from openpower_core.errors import InvalidValue
from openpower_core.prices import Channel, PriceSeries
from openpower_hub.figures import figures_of
from openpower_hub.homes import states_of
from openpower_hub.http import models, receipts as writes
from openpower_hub.http.auth import require
from openpower_hub.http.endpoints import INSTANT, ROOT, Ask, Endpoint, one_of, one_of_numbers, parameter, respond, whole
from openpower_hub.http.events import Streams
from openpower_hub.http.openapi import document
from openpower_hub.http.orders import KEY_HEADER, RELEASING, Presses, controller_of, order_of, order_schema, press_key
from openpower_hub.http.problems import NotHere, SwitchedOff
from openpower_hub.plans import planned

if TYPE_CHECKING:
    from starlette.requests import Request

    from openpower_hub.engine import Hub
    from openpower_hub.history import Store

__all__ = ["ROOT", "endpoints", "routes"]

_TEXT: Final = ({"type": "string", "minLength": 1}, str)
_DEVICE: Final = parameter("device", "The device's key.", _TEXT, "path")
_HOME: Final = parameter("home", "The name of the home.", _TEXT, "path")
_OF_HOME: Final = parameter("home", "Only of this home.", _TEXT)
_ROLE: Final = parameter("role", "Only of this kind.", one_of(tuple(Role)))
_CHANNEL: Final = parameter("channel", "Only of this channel.", one_of(tuple(Channel)))
_START: Final = parameter("start", "From when on.", INSTANT)
_END: Final = parameter("end", "Until when; not part of it.", INSTANT)
_STEPS: Final = (60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400, 604_800)
_LIMIT: Final = parameter("limit", "How many at most; 100 unless given.", whole(1, 1000))
_PRESS: Final = parameter(
    KEY_HEADER,
    "Anything that is new for every press of a button: a second request with it gets the answer of the first.",
    ({"type": "string", "pattern": "^[!-~]{1,128}$"}, press_key),
    "header",
)


async def hub_itself(ask: Ask) -> models.HubView:
    """The hub: its clock, its homes, what fails, and what the caller may do."""
    hub = ask.hub
    return models.HubView(
        version=version("openpower-hub"),
        now=hub.clock.now(),
        homes=tuple(hub.homes),
        caller=ask.caller.name,
        rights=tuple(sorted(ask.caller.rights)),
        control=tuple(sorted(hub.config.http.control)),
        problems={name: writes.masked(words) for name, words in hub.problems.items()},
    )


async def homes(ask: Ask) -> models.Homes:
    """All homes: their devices, and what flows now."""
    return models.Homes(homes=tuple(map(models.HomeView.of, ask.hub.homes.values())))


async def home(ask: Ask) -> models.HomeView:
    """One home."""
    return models.HomeView.of(ask.home)


async def home_planned(ask: Ask) -> models.Planned:
    """What rules and optimisers plan for a home within a day, and why."""
    return models.Planned(planned=tuple(planned(ask.hub, ask.home.name)))


async def devices(ask: Ask) -> models.Devices:
    """The devices with their figures of now."""
    wanted = ask.home.name if "home" in ask.given else None
    found = [
        models.DeviceView.of(state)
        for of, state in states_of(ask.hub.homes)
        if wanted in (None, of.name) and ask.given.get("role") in (None, state.role.value)
    ]
    return models.Devices(devices=tuple(found))


async def device(ask: Ask) -> models.DeviceView:
    """One device with its figures of now."""
    return models.DeviceView.of(ask.device)


async def device_reading(ask: Ask) -> models.ReadingView:
    """The last reading of a device, as long as it is live; a retailer has prices instead."""
    if ask.device.role is Role.RETAILER:
        raise NotHere("retailers have no readings.", hint="Look at its prices.")
    return models.ReadingView.of(ask.device)


async def device_capabilities(ask: Ask) -> models.CapabilitiesView:
    """What a device can do, and what can be ordered of it."""
    return models.CapabilitiesView.of(ask.device, controller_of(ask))


async def device_prices(ask: Ask) -> models.PricesView:
    """The prices of a retailer: those of today and ahead, or those of a range, as far back as the history goes."""
    state = ask.device
    if state.role is not Role.RETAILER:
        raise NotHere(f"{state.role.words}s have no prices.", hint="Look at its reading.")
    start, end = ask.given.get("start"), ask.given.get("end")
    _check_range(start, end)
    series = state.prices
    if start is not None and (series.start is None or start < series.start) and "history" in ask.hub.integrations:
        until = end or ask.hub.clock.now()
        channels = [ask.given["channel"]] if "channel" in ask.given else list(Channel)
        kept = [await _store(ask).prices(state.key, Channel(each), start, until) for each in channels]
        series = PriceSeries.firmest([*(price for each in kept for price in each), *series], tz=state.info.tz)
    if start is not None or end is not None:
        first = series[0].start if series else ask.hub.clock.now()
        series = series.between(start or min(first, end or first), end)
    if "channel" in ask.given:
        series = series.on(ask.given["channel"])
    return models.PricesView(
        device=state.key,
        currency=series.currency,
        known_until=series.known_until,
        next_published_at=state.prices.next_published_at,
        gaps=series.gaps,
        prices=tuple(series),
    )


async def device_history(ask: Ask) -> models.HistoryView:
    """A figure of a device over time: means, least and highest values, and energies."""
    state, name = ask.device, ask.given["figure"]
    figures = {each.name: each for each in figures_of(state.role)}
    if (figure := figures.get(name)) is None:
        raise NotHere(f"{state.role.words}s have no figure {name!r}; there is {', '.join(figures) or 'none'}.")
    end = ask.given.get("end") or ask.hub.clock.now()
    start = ask.given.get("start") or end - timedelta(days=1)
    _check_range(start, end)
    step = timedelta(seconds=ask.given.get("step", 300))
    cells = await _store(ask).series(state.key, name, start, end, step=step)
    return models.HistoryView(
        device=state.key, figure=name, unit=figure.unit, step_s=step.total_seconds(), cells=tuple(cells)
    )


async def receipts(ask: Ask) -> writes.Receipts:
    """What writes became of, newest first; without a history those of this process alone."""
    key, limit = ask.given.get("device"), ask.given.get("limit", 100)
    if key is not None:
        ask.hub.find(key)
    start, end = ask.given.get("start"), ask.given.get("end")
    _check_range(start, end)
    if "history" in ask.hub.integrations:
        kept = await _store(ask).receipts(key, start, end, limit)
        return writes.Receipts(receipts=tuple(map(writes.ReceiptLine.of_kept, kept)))
    found = [
        writes.ReceiptLine.of(state, receipt, by)
        for _, state in states_of(ask.hub.homes)
        if key in (None, state.key)
        for receipt, by in state.receipts
        if (start is None or receipt.at >= start) and (end is None or receipt.at < end)
    ]
    return writes.Receipts(receipts=tuple(sorted(found, key=lambda each: each.at, reverse=True)[:limit]))


async def audit(ask: Ask) -> writes.Audit:
    """The writes of every process that shares the state folder, oldest first."""
    from openpower_core.write import read_audit

    limit, before = ask.given.get("limit", 100), ask.given.get("before")
    lines = await asyncio.to_thread(read_audit, state_folder(), limit=limit, before=before)
    return writes.Audit(audit=tuple(map(writes.AuditLine.of, lines)))


async def device_plan(ask: Ask) -> writes.ReceiptView:
    """What an order would do: what would be sent, and where the vendor can only approximate it. Nothing is sent."""
    controller = controller_of(ask)
    receipt = await controller.plan(ask.device, order_of(ask.body))
    return writes.ReceiptView.of(ask.device, receipt, controller.by)


def _check_range(start: Any, end: Any) -> None:
    if start is not None and end is not None and end <= start:
        raise InvalidValue(f"end ({end.isoformat()}) is not after start ({start.isoformat()}).", argument="end")


def _store(ask: Ask) -> Store:
    """The history.

    Raises:
        SwitchedOff: there is none.
    """
    history: Any = ask.hub.integrations.get("history")
    if history is None:
        raise SwitchedOff("the hub keeps no history.", hint="Set enabled = true in [history].")
    return history.store  # type: ignore[no-any-return]


def endpoints(hub: Hub) -> list[Endpoint]:
    """Everything that the API has."""
    presses, streams = Presses(hub), Streams()

    async def device_command(ask: Ask) -> Response:
        """Order something. The answer is the receipt; reading back follows, and is told as an event."""
        return await presses.send(ask, order_of(ask.body), ask.given.get(KEY_HEADER))

    async def device_release(ask: Ask) -> Response:
        """End what openpower commanded: what was set before is put back. Nothing commanded, nothing done."""
        return await presses.send(ask, RELEASING, ask.given.get(KEY_HEADER))

    async def events(ask: Ask) -> Response:
        """What changes, as server-sent events: first everything (``state``), then each change with the whole state of its device."""
        return await streams.follow(ask)

    figure = parameter("figure", "The figure's name.", _TEXT, "path")
    step = parameter("step", "How long a cell is (s); 300 unless given.", one_of_numbers(_STEPS))
    before = parameter("before", "Only lines with a smaller number.", whole(1, 999_999_999))
    of_device = parameter("device", "Only of this device.", _TEXT)
    return [
        Endpoint(path="", call=hub_itself, answer=models.HubView, cached=False),
        Endpoint(path="/homes", call=homes, answer=models.Homes),
        Endpoint(path="/homes/{home}", call=home, answer=models.HomeView, parameters=(_HOME,)),
        Endpoint(path="/homes/{home}/planned", call=home_planned, answer=models.Planned, parameters=(_HOME,)),
        Endpoint(path="/devices", call=devices, answer=models.Devices, parameters=(_OF_HOME, _ROLE)),
        Endpoint(path="/devices/{device}", call=device, answer=models.DeviceView, parameters=(_DEVICE,)),
        Endpoint(
            path="/devices/{device}/reading", call=device_reading, answer=models.ReadingView, parameters=(_DEVICE,)
        ),
        Endpoint(
            path="/devices/{device}/capabilities",
            call=device_capabilities,
            answer=models.CapabilitiesView,
            parameters=(_DEVICE,),
        ),
        Endpoint(
            path="/devices/{device}/prices",
            call=device_prices,
            answer=models.PricesView,
            parameters=(_DEVICE, _CHANNEL, _START, _END),
        ),
        Endpoint(
            path="/devices/{device}/history/{figure}",
            call=device_history,
            answer=models.HistoryView,
            parameters=(_DEVICE, figure, _START, _END, step),
        ),
        Endpoint(
            path="/devices/{device}/plan",
            call=device_plan,
            answer=writes.ReceiptView,
            parameters=(_DEVICE,),
            method="POST",
            body=order_schema,
        ),
        Endpoint(
            path="/devices/{device}/command",
            call=device_command,
            answer=writes.ReceiptView,
            parameters=(_DEVICE, _PRESS),
            right="control",
            method="POST",
            body=order_schema,
        ),
        Endpoint(
            path="/devices/{device}/release",
            call=device_release,
            answer=writes.ReceiptView,
            parameters=(_DEVICE, _PRESS),
            method="POST",
            right="control",
        ),
        Endpoint(path="/receipts", call=receipts, answer=writes.Receipts, parameters=(of_device, _START, _END, _LIMIT)),
        Endpoint(path="/audit", call=audit, answer=writes.Audit, parameters=(_LIMIT, before)),
        Endpoint(path="/figures", call=_figures, answer=models.Figures),
        Endpoint(
            path="/events",
            call=events,
            answer=None,
            parameters=(_OF_HOME,),
            media_type="text/event-stream",
            cached=False,
        ),
    ]


async def _figures(_ask: Ask) -> models.Figures:
    """Every figure that devices report: its name, its unit, and what it measures."""
    return models.Figures(figures=tuple(each for role in Role for each in models.FigureView.all(role)))


def routes(hub: Hub) -> list[BaseRoute]:
    """The API, and the document that describes it."""
    table = endpoints(hub)
    made: dict[str, Any] = {}

    async def openapi(request: Request) -> Response:
        require(request, "read")
        if not made:
            made.update(await asyncio.to_thread(document, table))  # it reads source files
        return respond(hub, request, made)

    return [*(each.route(hub) for each in table), Route(f"{ROOT}/openapi.json", openapi, methods=["GET"])]
