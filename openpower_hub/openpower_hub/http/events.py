"""Server-sent events: what changes, as it changes; each event has the whole state of its device or home."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import StreamingResponse

from openpower_core.convert import to_dict
from openpower_core.errors import RateLimited
from openpower_hub.changes import Change, What
from openpower_hub.http.endpoints import Ask, without_serials
from openpower_hub.http.models import DeviceView, HomeView
from openpower_hub.http.receipts import ReceiptView

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

HEARTBEAT_S: Final = 15.0
"""After how long without a change the stream says that it is alive."""
_MOST: Final = 64
_MOST_OF_ONE: Final = 8
"""How many streams are open at once, of all and of one caller."""
_SLOWEST_S: Final = 30.0
"""How long a reader may take for one event."""


class Streams:
    """The open streams of a server."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    async def follow(self, ask: Ask) -> StreamingResponse:
        """Everything that changes, from the whole state on.

        Raises:
            RateLimited: too many streams are open.
        """
        client = ask.request.client
        who = ask.caller.name if ask.caller.how in ("bearer", "cookie") else client.host if client else ""
        if self._open.total() >= _MOST or self._open[who] >= _MOST_OF_ONE:
            raise RateLimited("too many event streams are open.", retry_after=timedelta(seconds=30), nothing_sent=True)
        if "home" in ask.given:
            ask.home  # noqa: B018 - it raises where there is none
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return EventStream(self._events(ask, who), media_type="text/event-stream", headers=headers)

    async def _events(self, ask: Ask, who: str) -> AsyncIterator[str]:
        hub, only = ask.hub, ask.given.get("home")
        self._open[who] += 1
        try:
            with hub.bus.subscribe() as changes:
                yield "retry: 2000\n\n" + event(ask, "state", state_of(ask))
                closing = asyncio.ensure_future(ask.request.app.state.closing.wait())
                coming = asyncio.ensure_future(changes.next())
                try:
                    while not closing.done():
                        await asyncio.wait({closing, coming}, timeout=HEARTBEAT_S, return_when="FIRST_COMPLETED")
                        if coming.done():
                            change = coming.result()
                            if only in (None, change.home) and change.home in hub.homes:
                                yield event(ask, change.what.value, content_of(ask, change))
                            coming = asyncio.ensure_future(changes.next())
                        elif not closing.done():
                            yield event(ask, "heartbeat", {"now": to_dict(hub.clock.now())})
                finally:
                    closing.cancel()
                    coming.cancel()
        finally:
            self._open[who] -= 1


class EventStream(StreamingResponse):
    """A stream that ends when its reader takes nothing any more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(_SLOWEST_S):
                await send(message)

        with suppress(TimeoutError):
            await super().__call__(scope, receive, send_in_time)


def state_of(ask: Ask) -> dict[str, Any]:
    """All homes and devices, or those of the home that was asked for."""
    homes = [home for name, home in ask.hub.homes.items() if ask.given.get("home") in (None, name)]
    return {
        "now": to_dict(ask.hub.clock.now()),
        "homes": [to_dict(HomeView.of(home)) for home in homes],
        "devices": [to_dict(DeviceView.of(state)) for home in homes for state in home.devices.values()],
    }


def content_of(ask: Ask, change: Change) -> dict[str, Any]:
    """What an event carries."""
    home = ask.hub.homes[change.home]
    content: dict[str, Any] = {"now": to_dict(ask.hub.clock.now()), "home": to_dict(HomeView.of(home))}
    if change.device is not None:
        content["device"] = to_dict(DeviceView.of(change.device))
    if change.what is What.DEVICES:
        content["devices"] = [to_dict(DeviceView.of(state)) for state in home.devices.values()]
    if change.receipt is not None and change.device is not None:
        content["receipt"] = to_dict(ReceiptView.of(change.device, change.receipt, change.by, change.error))
    return content


def event(ask: Ask, name: str, content: dict[str, Any]) -> str:
    """An event as the protocol writes it; JSON has no line breaks."""
    return f"event: {name}\ndata: {without_serials(ask.hub, json.dumps(content, ensure_ascii=False))}\n\n"
