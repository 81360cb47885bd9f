"""The interface of emulators, the base of those of HTTP APIs, and how they are served."""

from __future__ import annotations

import argparse
import inspect
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, Self, TypeAlias, TypeVar

from openpower_core.clock import Clock, ScaledClock
from openpower_core.errors import ConfigurationError
from openpower_simulation.emulation._faults import Faults
from openpower_simulation.emulation._server import Served

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse

Handler: TypeAlias = "Callable[[Request], Any | Awaitable[Any]]"
"""Handles a kind of request: returns what is sent as JSON, or a response."""
_VERBS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
T = TypeVar("T")


class Emulator(Protocol):
    """A vendor's emulator: an ASGI app that knows its prefix and how to connect to it."""

    @property
    def provider(self) -> str:
        """The provider that connects to it, such as ``"alphaess"``."""
        ...

    @property
    def title(self) -> str:
        """The vendor's name for display."""
        ...

    @property
    def prefix(self) -> str:
        """What the vendor's paths begin with, such as ``/api``."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """Credentials and options that ``connect`` needs besides ``base_url``; secrets are unmasked."""
        ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request (ASGI)."""
        ...


EmulatorT = TypeVar("EmulatorT", bound=Emulator)


class HttpEmulator:
    """An emulator of an HTTP API; derive it, set provider, title, prefix and options, and pass its routes::

        class Emulator(HttpEmulator):
            provider, title, prefix = "acme", "Acme", "/v1"

            def __init__(self, *, clock: Clock = SYSTEM_CLOCK) -> None:
                super().__init__(clock, {"GET /v1/status": self._status, "PUT /v1/settings/{name}": self._set})

            async def _status(self, request: Request) -> Any:
                return {"pvW": self.house.at(self.clock.now()).pv_w}

    A handler takes Starlette's ``Request``, may be asynchronous, and returns what is sent as JSON, or a response
    (:meth:`json` makes one with a status or headers). Every answer carries the time of the emulator's own clock as
    its ``Date``, from which a client with a wrong clock can learn.

    Args:
        clock: the clock of the service.
        routes: handlers by method and path, the first match counts; without a method for every method.
    """

    provider: ClassVar[str]
    title: ClassVar[str]
    prefix: ClassVar[str]

    def __init__(self, clock: Clock, routes: Mapping[str, Handler]) -> None:
        self.clock = clock
        self.faults = Faults(_application({path: self._dated(handler) for path, handler in routes.items()}))
        """Transport faults on request: delays, HTML, truncated bodies, resets."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request (ASGI)."""
        await self.faults(scope, receive, send)

    def json(self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
        """A JSON response with a status or headers."""
        from starlette.responses import JSONResponse

        return JSONResponse(content, status, headers)

    async def answer(self, handler: Handler, request: Request) -> Any:
        """The response to a request; override it for what every handler shares, such as a check of tokens."""
        found = handler(request)
        return await found if inspect.isawaitable(found) else found

    def _dated(self, handler: Handler) -> Handler:
        from starlette.responses import Response

        async def respond(request: Request) -> Response:
            found = await self.answer(handler, request)
            response = found if isinstance(found, Response) else self.json(found)
            response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
            return response

        return respond


def _application(handlers: Mapping[str, Handler]) -> Starlette:
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route
    except ImportError as missing:
        from openpower_core.registry.loading import installing

        raise ConfigurationError(
            f"an emulator needs {missing.name}.", hint=f"Install it: {installing('openpower-simulation[emulator]')}"
        ) from None
    routes: list[Route] = []
    for route, handler in handlers.items():
        verb, _, path = route.rpartition(" ")
        routes.append(Route(path, handler, methods=[verb] if verb else _VERBS))
    return Starlette(routes=routes)


class Refusals(Generic[T]):
    """The refusals that a test has asked for, each for the next requests whose path ends as given."""

    def __init__(self) -> None:
        self._queue: list[tuple[str, T]] = []

    def add(self, end: str, refusal: T, *, times: int = 1) -> None:
        """Refuse the next requests whose path ends as given."""
        self._queue += [(end, refusal)] * times

    def take(self, path: str) -> T | None:
        """The refusal for a request, if any; it is then used up."""
        for place, (end, refusal) in enumerate(self._queue):
            if path.endswith(end):
                del self._queue[place]
                return refusal
        return None


class ServedEmulator(Generic[EmulatorT]):
    """A running emulator; stopped by :meth:`stop` or the end of its ``with`` block.

    with ServedEmulator(emulator) as served:
        connect("alphaess", **served.options)
    """

    def __init__(self, emulator: EmulatorT, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.emulator = emulator
        # The emulator sends its own Date, by its own clock.
        self._served = Served(emulator, host=host, port=port, own_headers=False)

    @property
    def url(self) -> str:
        """Its address with the vendor's prefix, for ``base_url=``."""
        return f"{self._served.url}{self.emulator.prefix}"

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of ``connect`` that reach it; secrets are unmasked."""
        return {**self.emulator.options, "base_url": self.url}

    @property
    def connect_line(self) -> str:
        """A line of Python that connects to it."""
        settings = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f'openpower.connect("{self.emulator.provider}", {settings})'

    def start(self) -> Self:
        """Start it and return once it listens."""
        self._served.start()
        return self

    def stop(self) -> None:
        """Stop it."""
        self._served.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


class Serve(Protocol[EmulatorT]):
    """A provider's ``serve``: it serves an emulator, or a new one; port 0 takes a free one."""

    def __call__(
        self, emulator: EmulatorT | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> ServedEmulator[EmulatorT]:
        """Return a handle that serves inside its ``with`` block."""
        ...


def server_of(make: Callable[[], EmulatorT]) -> Serve[EmulatorT]:
    """The function ``serve`` of a provider, which its specification names.

    Args:
        make: makes the emulator to serve if none is given.
    """

    def serve(
        emulator: EmulatorT | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> ServedEmulator[EmulatorT]:
        return ServedEmulator(make() if emulator is None else emulator, host=host, port=port)

    return serve


def command_line(module: str, description: str | None) -> argparse.ArgumentParser:
    """The options of every emulator's ``python -m``; a vendor adds its own."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to serve")
    parser.add_argument("--speed", type=float, default=1.0, help="times as fast as real time")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same house")
    return parser


def clock_of(options: argparse.Namespace) -> ScaledClock:
    """The clock that the options ask for, beginning now."""
    return ScaledClock(datetime.now(UTC), options.speed)


def serve_for(options: argparse.Namespace, emulator: Any, *, serve: Callable[..., Any] = ServedEmulator) -> int:
    """Serve, print where and how to connect, and return when the time is over or on an interrupt.

    Args:
        options: the options of the command line.
        emulator: what is served; it has a ``title``.
        serve: serves it, if that is not HTTP.
    """
    with serve(emulator, host=options.host, port=options.port) as served:
        sys.stdout.write(f"{emulator.title} emulator at {served.url}\n{served.connect_line}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait(options.minutes * 60)
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")
    return 0
