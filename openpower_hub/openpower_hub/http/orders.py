"""Orders over HTTP: what a body may hold, and that pressing twice orders once."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import frozen
from starlette.responses import Response

from openpower_core._error import nearest
from openpower_core.checks import check_percentage
from openpower_core.control import UNTIL_RELEASED
from openpower_core.convert import to_dict
from openpower_core.errors import InvalidValue, OpenPowerError
from openpower_hub.control import OPERATIONS, RELEASE, Operation, Order
from openpower_hub.http.endpoints import Ask, instant_of, respond, without_serials
from openpower_hub.http.problems import problem, sent
from openpower_hub.http.receipts import ReceiptView

if TYPE_CHECKING:
    from openpower_hub.control import Controller
    from openpower_hub.engine import Hub

KEY_HEADER: Final = "Idempotency-Key"
_REMEMBERED: Final = timedelta(hours=24)
_MOST: Final = 1_000

_PERCENT: Final[Mapping[str, Any]] = {
    "type": "number",
    "minimum": 0,
    "maximum": 100,
    "not": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},  # 0.8 is meant as 80 %
    "description": "%",
}
_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "target_soc_pct": {**_PERCENT, "type": ["number", "null"], "description": "Where to stop (%)."},
    "power_w": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1e9, "description": "How fast (W)."},
    "until": {
        "anyOf": [{"type": "string", "format": "date-time"}, {"const": "released"}, {"type": "null"}],
        "description": 'When it ends; null for the home\'s command_duration, "released" for no end.',
    },
}


def order_schema() -> dict[str, Any]:
    """The JSON Schema of an order: one object for each operation."""
    return {"oneOf": [_schema(name, each) for name, each in OPERATIONS.items()]}


def _schema(name: str, operation: Operation) -> dict[str, Any]:
    properties: dict[str, Any] = {"operation": {"const": name}}
    for each in operation.takes:
        properties[each] = dict(_FIELDS[each]) if each in _FIELDS else _value(operation)
    return {
        "title": operation.title,
        "description": operation.effect,
        "type": "object",
        "properties": properties,
        "required": ["operation", *(["value"] if "value" in properties else [])],
        "additionalProperties": False,
    }


def _value(operation: Operation) -> dict[str, Any]:
    """The schema of the value of a setting; null removes a limit in watts."""
    if operation.unit == "%":
        return dict(_PERCENT)
    if operation.unit == "A":
        return {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6, "description": "A"}
    return {"type": ["number", "null"], "minimum": 0, "maximum": 1e9, "description": "W; null for no limit."}


def order_of(body: Any) -> Order:
    """An order from JSON.

    Raises:
        InvalidValue: it is none; the message says why.
    """
    if not isinstance(body, dict):
        raise InvalidValue("the body is not an object.", hint='Send, for example, {"operation": "hold"}.')
    given = cast("dict[str, Any]", body)
    name = given.get("operation")
    operation = OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        hint = nearest(str(name), OPERATIONS)
        raise InvalidValue(f"operation is {name!r}; it must be one of {', '.join(OPERATIONS)}.", hint=hint)
    for each in given:
        if each not in ("operation", *operation.takes):
            takes = ", ".join(operation.takes) or "nothing else"
            raise InvalidValue(f"{name} takes no {each!r}; it takes {takes}.", hint=nearest(each, operation.takes))
    if "value" in operation.takes and "value" not in given:
        raise InvalidValue(f"{name} lacks value.")
    numbers = {
        each: _number(given[each], each, operation) for each in operation.takes if each != "until" and each in given
    }
    return Order(operation=str(name), until=_until(given.get("until")), **numbers)


def _number(value: Any, name: str, operation: Operation) -> float | None:
    schema = _FIELDS.get(name) or _value(operation)
    if value is None and "null" in schema["type"]:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidValue(f"{name} is {value!r}; it must be a number.", argument=name)
    if "not" in schema:
        return check_percentage(name, value)
    low, above, high = schema.get("minimum", -math.inf), schema.get("exclusiveMinimum"), schema["maximum"]
    if not low <= value <= high or (above is not None and value <= above):
        bound = f"from {low:g}" if above is None else f"above {above:g}"
        raise InvalidValue(f"{name} is {value!r}; it must be {bound}, at most {high:g}.", argument=name)
    return float(value)


def _until(value: Any) -> datetime | None:
    if value is None or value == "released":
        return UNTIL_RELEASED if value else None
    return instant_of(value, "until")


def press_key(text: str) -> str:
    """The key of one press, as the header Idempotency-Key has it.

    Raises:
        InvalidValue: it is empty, longer than 128 characters, or has others than printable ASCII.
    """
    if not re.fullmatch(r"[\x21-\x7e]{1,128}", text):
        raise InvalidValue("it must have from 1 to 128 printable characters without spaces.")
    return text


@frozen(kw_only=True)
class _Press:
    """An order that was, or is being, carried out under a key."""

    order: str
    at: datetime
    answer: asyncio.Task[tuple[Response, bool]]


class Presses:
    """Carries out orders: two with the same key are one, and the second gets the first one's answer."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._presses: OrderedDict[tuple[str, str], _Press] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def send(self, ask: Ask, order: Order, key: str | None) -> Response:
        """Carry out an order of a request.

        Raises:
            InvalidValue: the key was used for another order.
        """
        device = ask.device
        what = json.dumps([device.key, repr(order)])
        who = (ask.caller.name, key or "")
        self._forget()
        press = self._presses.get(who) if key is not None else None
        if press is not None and press.order != what:
            raise InvalidValue(
                f"the {KEY_HEADER} was used for another order; nothing was sent.", hint="Use a new key for each order."
            )
        if press is None:
            # A task of its own: whoever hangs up does not stop an order half way.
            task = asyncio.create_task(self._carried_out(ask, order))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            press = _Press(order=what, at=self._hub.clock.now(), answer=task)
            if key is not None:
                self._presses[who] = press
        answer, kept = await asyncio.shield(press.answer)
        if not kept and self._presses.get(who) is press:
            del self._presses[who]  # nothing was sent: the same press may try again
        return answer

    async def _carried_out(self, ask: Ask, order: Order) -> tuple[Response, bool]:
        """The answer to an order, and whether anything may have been sent."""
        device, controller = ask.device, controller_of(ask)
        try:
            receipt = await controller.send(device, order)
        except OpenPowerError as error:
            more: dict[str, Any] = {}
            if (failed := getattr(error, "receipt", None)) is not None:
                view = to_dict(ReceiptView.of(device, failed, controller.by))
                more["receipt"] = json.loads(without_serials(self._hub, json.dumps(view)))
            return problem(error, order=True, **more), sent(error) != "nothing"
        view = ReceiptView.of(device, receipt, controller.by)
        return respond(self._hub, ask.request, view, cached=False), True

    def _forget(self) -> None:
        """Drop the presses of yesterday, and the oldest ones of too many."""
        now = self._hub.clock.now()
        while self._presses:
            oldest = next(iter(self._presses.values()))
            if len(self._presses) <= _MOST and now - oldest.at < _REMEMBERED:
                break
            self._presses.popitem(last=False)


def controller_of(ask: Ask) -> Controller:
    """What a request gives its orders to."""
    return ask.hub.control.controller(f"http:{ask.caller.name}", ask.hub.config.http.control)


RELEASING: Final = Order(operation=RELEASE)
