"""A stand-in for the service whose responses a test sets, and both flavours over it."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from openpower_alphaess import AlphaESS, AsyncAlphaESS
from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks
from openpower_alphaess.plugin import openpower_provider
from openpower_core.clock import ManualClock
from openpower_core.connection.connecting import connect, connect_async

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOW = datetime(2026, 8, 4, 18, 12, tzinfo=UTC)
WINTER_EVENING = datetime(2026, 1, 12, 21, 7, 30, tzinfo=UTC)  # Monday 22:07:30 in Berlin
BERLIN = ZoneInfo("Europe/Berlin")
SERIAL = "AL70110230300001"

SYSTEM = {
    "sysSn": SERIAL,
    "popv": 9.0,
    "minv": "SMILE5-INV",
    "poinv": 5.0,
    "cobat": 10.1,
    "mbat": "SMILE-BAT-10.1P",
    "surplusCobat": 9.09,
    "usCapacity": 90.0,
    "emsStatus": "Normal",
}


class Service:
    """Answers by endpoint: a list or dict is ``data``; a number is a return code; a response is itself."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"getEssList": [SYSTEM], "getEvChargerConfigList": []}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        name = request.url.path.rpartition("/")[2]
        answer = self.answers[name]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return answer
        if isinstance(answer, int):
            return httpx.Response(200, json={"code": answer, "msg": "…", "expMsg": None, "data": None})
        body = {"code": 200, "msg": "Success", "expMsg": None, "data": answer, "extra": None}
        return httpx.Response(200, json=body)

    @property
    def calls(self) -> Counter[str]:
        """How often each endpoint was asked."""
        return Counter(request.url.path.rpartition("/")[2] for request in self.requests)

    def params(self, index: int = -1) -> Mapping[str, str]:
        """The query of one request."""
        return dict(self.requests[index].url.params)

    def body(self, index: int = -1) -> Any:
        """The body of one request."""
        return json.loads(self.requests[index].content)


class Flavour:
    """Makes clients and connections of one flavour."""

    def __init__(self, name: str, service: Service) -> None:
        self.name = name
        self.service = service
        self.clock = ManualClock(NOW)

    def client(self, serial_number: str | None = SERIAL, **options: Any) -> Any:
        """A native client."""
        kind: Any = AlphaESS if self.name == "sync" else AsyncAlphaESS
        options = {"transport": httpx.MockTransport(self.service), "clock": self.clock} | options
        return kind("app", "secret", serial_number, **options)

    def connect(self, **options: Any) -> Any:
        """A connection."""
        open_it: Any = connect if self.name == "sync" else connect_async
        options = {"transport": httpx.MockTransport(self.service), "clock": self.clock} | options
        return open_it(openpower_provider(), app_id="app", app_secret="secret", **options)


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


_NUMBERS = count(1)


class Emulated:
    """An emulated system behind connections of one flavour, all on one clock, without a network between."""

    def __init__(self, flavour: str, quirks: Quirks, start: datetime = WINTER_EVENING, **plate: Any) -> None:
        self.flavour = flavour
        self.clock = ManualClock(start)
        # What is remembered of a box without a state folder is remembered by the process: each has its own.
        plate = {"serial": f"AL{next(_NUMBERS):013d}"} | plate
        system = EmulatedSystem(Nameplate(**plate), start=self.clock.now(), quirks=quirks)
        self.emulator = Emulator([system], clock=self.clock)
        self.lost = 0
        """How many answers to writes get lost on the way."""
        self.answer: httpx.Response | None = None
        """What everything is answered with, if not by the emulator."""

    def connect(self, **options: Any) -> Any:
        """A connection."""
        open_it: Any = connect if self.flavour == "sync" else connect_async
        # In memory, unless a test says otherwise: each has a history of its own.
        options = {"state_dir": None} | options
        options = {"tz": "Europe/Berlin", "clock": self.clock, "transport": self.transport()} | options
        return open_it(
            openpower_provider(), app_id=self.emulator.app_id, app_secret=self.emulator.app_secret.reveal(), **options
        )

    def transport(self) -> httpx.MockTransport:
        """What carries requests to the emulator."""
        return httpx.MockTransport(self._carry)

    def _carry(self, request: httpx.Request) -> httpx.Response:
        if self.answer is not None:
            return self.answer
        reply = self.emulator.reply(
            request.method,
            request.url.path,
            headers=request.headers,
            query=dict(request.url.params),
            body=request.content,
        )
        if request.method == "POST" and self.lost:
            self.lost -= 1
            raise httpx.ReadError("the connection broke", request=request)
        date = format_datetime(self.clock.now(), usegmt=True)
        return httpx.Response(reply.status, json=reply.body, headers={"Date": date})

    @property
    def system(self) -> EmulatedSystem:
        """The system."""
        return self.emulator.system

    @property
    def writes(self) -> list[str]:
        """The endpoints that were written to."""
        return [each.endpoint for each in self.emulator.requests if each.writes]

    def soc(self) -> float:
        """The state of charge now (%)."""
        return self.system.house.at(self.clock.now()).soc_pct

    def to(self, text: str) -> None:
        """Move the clock to the next time that Berlin's clocks show so."""
        hour, minute = map(int, text.split(":"))
        local = self.clock.now().astimezone(BERLIN)
        at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        at = at if at > local else at + timedelta(days=1)
        self.clock.advance(at - local)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["legacy", "periodic"])
def emulated(request: pytest.FixtureRequest, kind: str) -> Emulated:
    """A household system of either generation, on a winter evening."""
    return Emulated(kind, Quirks(generation=request.param))


@pytest.fixture
def legacy(kind: str) -> Emulated:
    """A household system of the legacy generation."""
    return Emulated(kind, Quirks())


@pytest.fixture
def begin(kind: str) -> Callable[[datetime], Emulated]:
    """Make a household system of the legacy generation whose simulation begins at a given time."""
    return lambda start: Emulated(kind, Quirks(), start)


@pytest.fixture
def migrated(kind: str) -> Emulated:
    """A household system of a migrated region."""
    return Emulated(kind, Quirks(generation="periodic"))


@pytest.fixture
def garage(kind: str) -> Emulated:
    """A system with an EV charger whose state the test sets."""
    return Emulated(kind, Quirks(), charger_models=("SMILE-EVCT11",))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest, service: Service) -> Flavour:
    return Flavour(request.param, service)
