"""What an endpoint of the API is: its path, its parameters, its right and its answer, from which the document is made as well."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openpower_core._error import nearest
from openpower_core.convert import read_json, to_dict
from openpower_core.errors import InvalidValue, OpenPowerError
from openpower_core.secrets import mask
from openpower_hub.config import Right
from openpower_hub.homes import Home, states_of
from openpower_hub.http.auth import CSRF_HEADER, Caller, check_csrf, require
from openpower_hub.http.problems import NotHere, problem

if TYPE_CHECKING:
    from openpower_hub.engine import Hub  # noqa: TC004 - nothing resolves the annotations of these classes
    from openpower_hub.state import DeviceState

ROOT: Final = "/api/v1"


@frozen(kw_only=True)
class Parameter:
    """A parameter of a path or a query."""

    name: str
    text: str
    """What it is, for the document."""
    schema: Mapping[str, Any]
    """Its JSON Schema."""
    read: Callable[[str], Any]
    """Makes its value of the text; raises an InvalidValue."""
    where: Literal["path", "query", "header"] = "query"


@frozen(kw_only=True)
class Ask:
    """A request to an endpoint, checked."""

    hub: Hub
    request: Request
    caller: Caller
    given: Mapping[str, Any]
    """The parameters that were given, by name."""
    body: Any = None

    @property
    def device(self) -> DeviceState:
        """The device that the path names.

        Raises:
            DeviceNotFound: there is none.
        """
        return self.hub.find(self.given["device"])[1]

    @property
    def home(self) -> Home:
        """The home that the path or the query names.

        Raises:
            NotHere: there is none.
        """
        if (found := self.hub.homes.get(self.given["home"])) is None:
            names = ", ".join(self.hub.homes) or "none"
            raise NotHere(f"there is no home {self.given['home']!r}; there is {names}.")
        return found


@frozen(kw_only=True)
class Endpoint:
    """One method of one path."""

    path: str
    """Below :data:`ROOT`."""
    call: Callable[[Ask], Awaitable[Any]]
    """Makes the answer: an object of ``answer``, or a response."""
    answer: Any
    """The class of the answer."""
    parameters: tuple[Parameter, ...] = ()
    body: Callable[[], Mapping[str, Any]] | None = None
    """The JSON Schema of the body; None where there is none."""
    method: Literal["GET", "POST"] = "GET"
    right: Right = "read"
    media_type: str = "application/json"
    cached: bool = True
    """Whether the answer of a GET has an ETag."""

    @property
    def tagged(self) -> bool:
        """Whether an answer has an ETag."""
        return self.cached and self.method == "GET"

    def route(self, hub: Hub) -> Route:
        """What serves it."""

        async def serve(request: Request) -> Response:
            try:
                caller = require(request, self.right)
                if self.method == "POST":
                    check_csrf_of_cookie(request, caller)
                given = self._given(request)
                if request.method == "HEAD" and self.media_type != "application/json":
                    return Response(media_type=self.media_type)  # a stream would not end
                body = await _body(request) if self.body is not None else None
                answer = await self.call(Ask(hub=hub, request=request, caller=caller, given=given, body=body))
            except OpenPowerError as error:
                return problem(error, order=self.method == "POST")
            if isinstance(answer, Response):
                return answer
            return respond(hub, request, answer, cached=self.tagged)

        return Route(ROOT + self.path, serve, methods=[self.method], name=self.call.__name__)

    def _given(self, request: Request) -> dict[str, Any]:
        """The parameters of a request.

        Raises:
            InvalidValue: one is unknown, given twice or wrong.
        """
        known = {each.name: each for each in self.parameters if each.where == "query"}
        for name in request.query_params:
            if name not in known:
                words = ", ".join(known) or "none"
                raise InvalidValue(f"there is no parameter {name!r}; there is {words}.", hint=nearest(name, known))
            if len(request.query_params.getlist(name)) > 1:
                raise InvalidValue(f"{name} was given more than once.")
        sources = {"path": request.path_params, "query": request.query_params, "header": request.headers}
        found = {each.name: (each, sources[each.where].get(each.name)) for each in self.parameters}
        return {name: each.read(text) for name, (each, text) in found.items() if text is not None}


def check_csrf_of_cookie(request: Request, caller: Caller) -> None:
    """Refuse what another page may have sent in the name of somebody who is signed in here."""
    if caller.how == "cookie":
        check_csrf(request, request.headers.get(CSRF_HEADER))


async def _body(request: Request) -> Any:
    """The JSON that was sent; None if nothing was.

    Raises:
        InvalidValue: it is no JSON.
    """
    content = await request.body()
    if not content:
        return None
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidValue("the body is not said to be JSON.", hint="Send the header Content-Type: application/json.")
    try:
        return read_json(content)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"the body is no JSON: {error}.") from None


def respond(hub: Hub, request: Request, answer: object, *, cached: bool = True, status: int = 200) -> Response:
    """The response with an object, or none if the caller has that state of it already."""
    content = without_serials(hub, json.dumps(to_dict(answer), ensure_ascii=False)).encode("utf-8", "replace")
    if not cached:
        return Response(content, status, {"Cache-Control": "no-store"}, media_type="application/json")
    tag = f'"{blake2s(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, status, headers, media_type="application/json")


def without_serials(hub: Hub, text: str) -> str:
    """A text without the serial numbers of the hub's devices, wherever a vendor may have put them."""
    for serial in {state.info.serial for _, state in states_of(hub.homes)}:
        if len(serial) > 5 and sum(map(str.isdigit, serial)) > 3:  # shorter ones cannot be told from words
            text = text.replace(serial, mask(serial))
    return text


# Readers of parameters


def whole(low: int, high: int) -> tuple[Mapping[str, Any], Callable[[str], int]]:
    """A whole number in a range: its schema and its reader."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise InvalidValue(f"{text!r} is no whole number from {low} to {high}.")
        return int(text)

    return {"type": "integer", "minimum": low, "maximum": high}, read


def one_of(words: tuple[str, ...]) -> tuple[Mapping[str, Any], Callable[[str], str]]:
    """One of several words: its schema and its reader."""

    def read(text: str) -> str:
        if text not in words:
            raise InvalidValue(f"{text!r} is none of {', '.join(words)}.", hint=nearest(text, words))
        return text

    return {"type": "string", "enum": list(words)}, read


def one_of_numbers(numbers: tuple[int, ...]) -> tuple[Mapping[str, Any], Callable[[str], int]]:
    """One of several whole numbers: its schema and its reader."""
    _, read = one_of(tuple(map(str, numbers)))
    return {"type": "integer", "enum": list(numbers)}, lambda text: int(read(text))


_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def instant_of(text: Any, name: str = "it") -> datetime:
    """An instant as RFC 3339 writes it: ``2026-08-01T06:00:00Z``, ``2026-08-01T16:00:00+10:00``.

    Raises:
        InvalidValue: it is none; also where it has no zone.
    """
    if isinstance(text, str) and _RFC3339.fullmatch(text):
        try:
            found = datetime.fromisoformat(text.upper())
            found.utctimetuple()  # the first and the last hours that there are may not exist in UTC
        except (ValueError, OverflowError):
            pass
        else:
            return found
    raise InvalidValue(
        f"{name} is {text!r}; it must be a time with its zone.", hint="Write, for example, 2026-08-01T06:00:00Z."
    )


INSTANT: Final[tuple[Mapping[str, Any], Callable[[str], datetime]]] = (
    {"type": "string", "format": "date-time"},
    instant_of,
)


def parameter(
    name: str,
    text: str,
    kind: tuple[Mapping[str, Any], Callable[[str], Any]],
    where: Literal["path", "query", "header"] = "query",
) -> Parameter:
    """A parameter of one of the kinds above; a message of its reader begins with its name."""
    schema, read = kind

    def named(value: str) -> Any:
        try:
            return read(value)
        except InvalidValue as error:
            raise InvalidValue(f"{name}: {error.message}", argument=name, hint=error.hint) from None

    return Parameter(name=name, text=text, schema=schema, read=named, where=where)
