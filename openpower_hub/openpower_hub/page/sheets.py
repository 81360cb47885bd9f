"""Commands, step by step: what can be asked for, its plan, sending it once, and the result."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from openpower_core.errors import DeviceNotFound, InvalidValue, OpenPowerError
from openpower_core.writes import Receipt, WriteState
from openpower_hub.control import RELEASE, Order
from openpower_hub.http import auth, problems
from openpower_hub.page import commands
from openpower_hub.page.live import device_name, zone_of
from openpower_hub.page.rendering import form_of, html, wants_part

if TYPE_CHECKING:
    from openpower_hub.control import Controller
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

_MOST_SENT: Final = 200


class Sheets:
    """The sheets in which a person commands a device.

    Args:
        hub: whose devices they are.
        controller: what the orders go to.
    """

    def __init__(self, hub: Hub, controller: Controller) -> None:
        self._hub = hub
        self._controller = controller
        self._sent: OrderedDict[str, tuple[tuple[str, Order], asyncio.Task[Receipt]]] = OrderedDict()

    @property
    def _now(self) -> datetime:
        return self._hub.clock.now()

    async def form(self, request: Request) -> Response:
        """What a device can be asked for."""
        home, state = self._found(request)
        return await self._sheet(request, "command.html", home, state, form={"until": "1h"})

    async def command(self, request: Request) -> Response:
        """Check, send or release: what the pressed button says."""
        form = await form_of(request)
        auth.check_csrf(request, form.get("csrf"))
        auth.require(request, "control")
        home, state = self._found(request)
        step = form.get("step", "")
        if step == "back":
            return await self._sheet(request, "command.html", home, state, form=form)
        try:
            order = self._order(step, form, home, state)
            if step in ("send", "release"):
                return await self._send(request, home, state, order, form)
            receipt = await self._controller.plan(state, order)
        except OpenPowerError as error:
            failure = commands.error_words(error)
            return await self._sheet(request, "command.html", home, state, status=422, form=form, failure=failure)
        now = self._now
        return await self._sheet(
            request,
            "check.html",
            home,
            state,
            form=form | ({} if order.until is None else {"until_at": order.until.isoformat()}),
            title=commands.order_words(order, zone_of(home), now),
            effect=order.rule.effect,
            said=commands.plan_words(receipt, home, state, order, now),
            unchanged=receipt.state is WriteState.UNCHANGED,
        )

    def _order(self, step: str, form: dict[str, str], home: Home, state: DeviceState) -> Order:
        """What the form means; Send means what was checked, to the minute."""
        if step == "release":
            return Order(operation=RELEASE)
        if step != "send":
            form.pop("until_at", None)
        return commands.order_of(form, home, state, self._now)

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
        if not wants_part(request):
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
        meant = (state.key, order)
        # A release does no harm twice, and on a page that is old it must not be taken for the one before.
        again = order.operation == RELEASE and key in self._sent and self._sent[key][1].done()
        if key not in self._sent or again:
            # A task of its own: whoever asked may go away, and the order is carried out all the same.
            task = asyncio.create_task(self._controller.send(state, order))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._sent[key] = meant, task
            while len(self._sent) > _MOST_SENT:
                self._sent.popitem(last=False)
        before, task = self._sent[key]
        if before != meant:
            raise InvalidValue("this form has sent another order already.", hint="Load the page again.")
        return await asyncio.shield(task)

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
            "fragment": wants_part(request),
        }
        return html(request, template, status=status, **(given | content))

    def _found(self, request: Request) -> tuple[Home, DeviceState]:
        try:
            return self._hub.find(request.path_params["key"])
        except DeviceNotFound:
            raise problems.NotHere("there is no such device.") from None
