"""The harness in which one check tries one provider: a home, its clock, connections of one flavour, and a relay.

The relay stands between client and emulator. It counts requests and spoils responses on demand, as a fault server
does; besides, it rewrites bodies, loses responses to writes, and accepts writes without carrying them out.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import inspect
import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, Self
from urllib.parse import urlsplit

from openpower_core.capabilities import Capability, Feature, Support
from openpower_core.clock import SYSTEM_CLOCK, Clock, ManualClock
from openpower_core.connection import connect, connect_async
from openpower_testing.enrolment import Enrolment, Nonconformance, NotApplicable, Transport, Unproven
from openpower_testing.faults import FaultServer, Received, ServerAnswer, Trouble
from openpower_testing.recording import Cassette

_PASSED: Final = ("content-type", "date", "retry-after", "location")
_NOT_PASSED: Final = {"host", "connection", "accept-encoding", "content-length"}
SECONDS: Final = 900.0
SILENCE_S: Final = 1.5
"""After that long a silent server hangs up, so that a client without a timeout is noticed instead of hanging the check."""
UPSTREAM_TIMEOUT_S: Final = 60.0


class Relay(FaultServer):
    """Passes requests on to ``upstream``, except for requested faults.

    Args:
        upstream: the emulator's address; only its host and port matter.
        is_write: says which requests change something.
    """

    def __init__(self, upstream: str, *, is_write: Callable[[Received], bool]) -> None:
        super().__init__(max_requests=1_000_000, seconds=SECONDS, silence=SILENCE_S)
        self._upstream = urlsplit(upstream)
        self._is_write = is_write
        self._yes: ServerAnswer | None = None
        self._thread = threading.local()
        self.rewrite: Callable[[Any], Any] | None = None
        """Changes the JSON of every response before it is passed on."""
        self.only: Callable[[Received], bool] | None = None
        """Which requests meet the faults and the rewriting; None for all."""
        self.lose = 0
        """How many responses to writes are lost after the write was carried out."""
        self.pretend = False
        """Whether writes get the same response as the last one, and are not carried out."""

    @property
    def address(self) -> str:
        """The emulator's prefix, at this relay's address."""
        return f"{self.url}{self._upstream.path}"

    @property
    def writes(self) -> list[Received]:
        """The requests so far that change something."""
        return [each for each in self.requests if self._is_write(each)]

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._open)

    def _serve(self, connection: socket.socket) -> None:
        # One connection to the emulator for each one to the relay, kept as long: connecting is half the cost of a request.
        host, port = self._upstream.hostname or "127.0.0.1", self._upstream.port
        with contextlib.closing(http.client.HTTPConnection(host, port, timeout=UPSTREAM_TIMEOUT_S)) as upstream:
            self._thread.upstream = upstream
            super()._serve(connection)

    def _next(self, request: Received) -> ServerAnswer | None:
        if self._meets(request):
            return super()._next(request)
        self._note(request)
        return None

    def _meets(self, request: Received) -> bool:
        return self.only is None or self.only(request)

    def _usual(self, request: Received) -> ServerAnswer:
        is_write = self._is_write(request)
        if is_write and self.pretend and self._yes is not None:
            return self._yes
        reply = self._forward(request)
        if is_write:
            self._yes = reply
            if self.lose:
                self.lose -= 1
                return replace(reply, trouble=Trouble.RESET)
        return self._rewritten(reply) if self._meets(request) else reply

    def _forward(self, request: Received) -> ServerAnswer:
        connection: http.client.HTTPConnection = self._thread.upstream
        try:
            headers = {k: v for k, v in request.headers.items() if k not in _NOT_PASSED}
            connection.request(request.method, request.target, request.body or None, headers)
            answer = connection.getresponse()
            passed = {
                name.title(): value
                for name, value in answer.getheaders()
                if name.lower() in _PASSED or name.lower().startswith("ratelimit")
            }
            return ServerAnswer(status=answer.status, headers=passed, body=answer.read())
        except (http.client.HTTPException, OSError) as broken:
            connection.close()  # the next request opens it again
            raise ConnectionError("the emulator closed the connection") from broken

    def _rewritten(self, reply: ServerAnswer) -> ServerAnswer:
        if self.rewrite is None:
            return reply
        try:
            body = json.dumps(self.rewrite(json.loads(reply.body))).encode()
        except ValueError:
            return reply
        return replace(reply, body=body)


Flavour = Literal["sync", "async"]
PATIENCE_S: Final = 20.0
"""The timeout of calls without faults; checks of faults set their own."""


class Harness:
    """Everything that a check works with; it ends itself by :meth:`fail` and :meth:`skip`.

    async with Harness(enrolled, flavour="async") as harness:
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read")
    """

    def __init__(
        self,
        enrolled: Enrolment,
        *,
        flavour: Flavour,
        start: datetime | None = None,
        live: bool = False,
        cassette: Cassette | None = None,
        thorough: bool = False,
    ) -> None:
        self.enrolled = enrolled
        self.flavour: Flavour = flavour
        self.live = live
        self.thorough = thorough
        """Whether a check that can be run in part is run in full."""
        self._cassette = cassette
        self._manual = ManualClock(start or enrolled.start)
        self._moved_start = start is not None
        self._inside = contextlib.ExitStack()
        self._connections: list[Any] = []
        self._others: list[Harness] = []
        self._relay: Relay | None = None
        self._vendors = ""
        self._main: Any = None
        self.served: Any = None
        """The value of the provider's ``home``."""
        self.proved: set[tuple[str, str]] = set()
        self.capabilities: dict[str, dict[str, dict[str, Any]]] = {}

    # Opening and closing

    async def __aenter__(self) -> Self:
        if self.live:
            return self
        try:
            tells_time = self.enrolled.tells_time()
            home = self.enrolled.home(*((self._manual,) if tells_time else ()))
            self.served = self._inside.enter_context(home)
            if self._cassette is not None:
                self._vendors = self._inside.enter_context(
                    self._cassette.over(self.served, self.secrets(), self.enrolled.private_keys)
                )
            elif self.enrolled.transport is Transport.HTTP:
                upstream = str(self.served.options.get("base_url") or self.served.url)
                relay = Relay(upstream, is_write=self.enrolled.is_write)
                self._relay = self._inside.enter_context(relay)
        except BaseException:
            self._inside.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            for harness in self._others:
                await harness.__aexit__()
            for connection in self._connections:
                await self.close(connection)
        finally:
            self._inside.close()

    async def another(self, *, start: datetime | None = None, flavour: Flavour | None = None) -> Harness:
        """Another harness for the same provider: at another time, or of the other flavour."""
        harness = Harness(self.enrolled, flavour=flavour or self.flavour, start=start or self._manual.now())
        self._others.append(await harness.__aenter__())
        return harness

    def folder(self) -> Path:
        """An empty folder that lasts as long as the harness."""
        temporary = tempfile.TemporaryDirectory(prefix="openpower-", ignore_cleanup_errors=True)
        return Path(self._inside.enter_context(temporary))

    # Outcomes

    def fail(self, cause: str, remedy: str = "") -> NoReturn:
        """Fail with what is wrong, and what the author can do about it."""
        raise Nonconformance(f"{cause} {remedy}".strip())

    def skip(self, reason: str) -> NoReturn:
        """End the check as not applicable, with the reason: what it is about is not there."""
        raise NotApplicable(reason)

    def unproven(self, gap: str) -> NoReturn:
        """End the check as unproven: what it is about is there, but nothing was seen of it. Fails without a reason."""
        raise Unproven(gap)

    def prove(self, device: Any, *features: Feature) -> None:
        """Record that features of a device were proved to work."""
        self.proved |= {(str(device.info.role), str(feature)) for feature in features}

    # Time

    @property
    def clock(self) -> Clock:
        """The clock that the home uses."""
        return self._manual if self.is_timed else SYSTEM_CLOCK

    @property
    def is_timed(self) -> bool:
        """Whether the kit can move the home's clock."""
        return not self.live and self.enrolled.tells_time()

    def later(self, **by: float) -> None:
        """Let time pass for the home and for the connection; only if the home uses the kit's clock."""
        self.need_clock()
        self._manual.advance(timedelta(**by))

    def until(self, time: datetime) -> None:
        """Let time pass until an instant; none if it is over."""
        self.later(seconds=max(0.0, (time - self._manual.now()).total_seconds()))
        # The house needs a while for a long jump, in which its emulator would not answer in time.
        if (house := self.enrolled.house(self.served)) is not None:
            house.at(self._manual.now())

    def need_clock(self) -> None:
        """The check does not apply unless the kit can move the home's clock."""
        if not self.is_timed:
            self.skip("the home does not use the kit's clock: add the parameter clock to home()")

    def need_house(self) -> Any:
        """The simulated house of the home; without one the check does not apply."""
        self.need_clock()
        house = self.enrolled.house(self.served)
        if house is None:
            self.skip("there is no simulated house: return it from house()")
        return house

    # Requests

    @property
    def relay(self) -> Relay:
        """The relay to the emulator; without HTTP the check does not apply."""
        if self._relay is None:
            self.skip("it does not speak HTTP" if not self.live else "not against a live service")
        return self._relay

    @property
    def has_relay(self) -> bool:
        """Whether there is HTTP to relay."""
        return self._relay is not None

    def requests(self) -> tuple[Received, ...]:
        """The requests so far; none where they are not seen."""
        return tuple(self._relay.requests) if self._relay is not None else ()

    def sent(self) -> int:
        """How many requests there were so far; if they are not counted, the check does not apply."""
        if self._relay is not None:
            return len(self._relay.requests)
        count = None if self.live else self.enrolled.requests_of(self.served)
        return self.skip("its requests are not counted: define requests_of()") if count is None else count

    def written(self) -> int:
        """How many requests that change something there were so far."""
        if self._relay is not None:
            return len(self._relay.writes)
        count = None if self.live else self.enrolled.writes_of(self.served)
        return self.skip("its writes are not counted: define writes_of()") if count is None else count

    # Connections and their devices

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of ``connect`` that reach the home."""
        if self.live:
            return {"timeout": PATIENCE_S}
        options = {"timeout": PATIENCE_S, **self.served.options}
        if self._relay is not None:
            options["base_url"] = self._relay.address
        if self._vendors:
            options["base_url"] = self._vendors
        if self.is_timed:
            options["clock"] = self._manual
        return options

    def connect(self, **options: Any) -> Any:
        """A connection of this harness's flavour, closed at the end."""
        open_it: Any = connect if self.flavour == "sync" else connect_async
        # In memory: what another connection of the same check remembers may be of another clock.
        connection = open_it(self.enrolled.provider, **{"state_dir": None, **self.options, **options})
        self._connections.append(connection)
        return connection

    async def close(self, connection: Any) -> None:
        """Close a connection of either flavour."""
        await self.ok(connection.close() if self.flavour == "sync" else connection.aclose())

    @property
    def home(self) -> Any:
        """The check's usual connection."""
        if self._main is None:
            self._main = self.connect()
        return self._main

    async def ok(self, value: Any) -> Any:
        """The result of a call of either flavour."""
        return await value if inspect.isawaitable(value) else value

    async def devices(self, connection: Any = None) -> list[Any]:
        """The devices of a connection, the inactive ones left out."""
        found = await self.ok((connection or self.home).devices())
        active = [device for device in found if getattr(device.info, "active", True)]
        self._describe(active)
        return active

    async def device(self, device_id: str, connection: Any = None) -> Any:
        """The device of an id, as a connection has it."""
        (found,) = [device for device in await self.devices(connection) if device.info.id == device_id]
        return found

    async def having(self, feature: Feature, *, role: str | None = None) -> list[Any]:
        """The devices that have a feature; if none has, the check does not apply."""
        devices = await self.devices()
        found = [each for each in devices if each.capabilities[feature] and (role is None or each.info.role == role)]
        if not found:
            whose = f"{role} that has" if role else "device that has"
            self.skip(f"no {whose} {feature.value!r}")
        return found

    async def call(self, device: Any, method: str, *arguments: Any, **keywords: Any) -> Any:
        """The result of a device's method, in either flavour."""
        result = await self.ok(getattr(device, method)(*arguments, **keywords))
        self._describe([device])
        return result

    async def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """The results (or errors) of concurrent calls."""
        if self.flavour == "sync":
            running = [asyncio.to_thread(call) for call in calls]
        else:
            running = [self.ok(call()) for call in calls]
        return await asyncio.gather(*running, return_exceptions=True)

    def secrets(self) -> dict[str, str]:
        """The home's secrets, unmasked, by name."""
        options = {} if self.live else dict(self.served.options)
        names = [each.name for each in self.enrolled.spec.credentials if each.secret]
        return {name: str(options[name]) for name in names if options.get(name)}

    def _describe(self, devices: Iterable[Any]) -> None:
        for device in devices:
            reported = self.capabilities.setdefault(str(device.info.role), {})
            for feature, capability in device.capabilities.items():
                reported[str(feature)] = _plain(capability)


def _plain(capability: Capability) -> dict[str, Any]:
    return {
        "support": str(capability.support),
        "note": capability.note,
        "verified": capability.verified and capability.support is not Support.UNKNOWN,
    }
