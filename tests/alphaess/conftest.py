"""A stand-in for the service that answers what a test lays down, and both flavours over it."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openpower_alphaess import AlphaESS, AsyncAlphaESS
from openpower_alphaess.plugin import openpower_provider
from openpower_core.clock import ManualClock
from openpower_core.connection._connect import connect, connect_async

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 8, 4, 18, 12, tzinfo=UTC)
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
        self.answers: dict[str, Any] = {
            "getEssList": [SYSTEM],
            "getEvChargerConfigList": [],
        }
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
            return httpx.Response(
                200, json={"code": answer, "msg": "…", "expMsg": None, "data": None}
            )
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


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest, service: Service) -> Flavour:
    return Flavour(request.param, service)
