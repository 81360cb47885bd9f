"""An emulated AlphaESS service on a clock that tests move, and a caller that signs requests to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks
from openpower_alphaess.emulator.gate import signature
from openpower_core.clock import ManualClock

NOON_IN_BERLIN = datetime(2026, 8, 4, 10, 0, tzinfo=UTC)
SERIAL = "AL0000000000001"


class Caller:
    """Signs requests and hands them to the service, without a network between."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def headers(self, **changes: str | None) -> dict[str, str]:
        """The three headers, signed for now; None leaves one out."""
        stamp = changes.pop("timeStamp", None) or str(int(self.emulator.clock.now().timestamp()))
        secret = self.emulator.app_secret.reveal()
        headers: dict[str, str | None] = {
            "appId": self.emulator.app_id,
            "timeStamp": stamp,
            "sign": signature(self.emulator.app_id, secret, stamp),
            "content-type": "application/json",
            **changes,
        }
        return {name: value for name, value in headers.items() if value is not None}

    def get(self, endpoint: str, **params: Any) -> dict[str, Any]:
        """GET about the first system by default; the whole response."""
        return self.request("GET", endpoint, query={"sysSn": SERIAL, **params})

    def post(self, endpoint: str, **body: Any) -> dict[str, Any]:
        """POST about the first system by default; the whole response."""
        return self.request("POST", endpoint, body=json.dumps({"sysSn": SERIAL, **body}).encode())

    def request(
        self,
        method: str,
        endpoint: str,
        *,
        query: dict[str, str] | None = None,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        status: int = 200,
    ) -> dict[str, Any]:
        """Any request; its HTTP status must be the one expected."""
        reply = self.emulator.reply(
            method,
            f"/api/{endpoint}",
            headers=self.headers() if headers is None else headers,
            query=query or {},
            body=body,
        )

        assert reply.status == status
        return reply.body

    def data(self, endpoint: str, **params: Any) -> Any:
        """The data of a GET that must succeed."""
        answer = self.get(endpoint, **params)

        assert answer["code"] == 200, answer
        return answer["data"]


MakeCaller = Callable[..., Caller]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON_IN_BERLIN)


@pytest.fixture
def make(clock: ManualClock) -> MakeCaller:
    """Make a service around one system: options of its nameplate, ``quirks``, and the emulator's own."""

    def make(*, plate: dict[str, Any] | None = None, quirks: Quirks | None = None, **options: Any) -> Caller:
        system = EmulatedSystem(Nameplate(**plate or {}), start=clock.now(), quirks=quirks)
        return Caller(Emulator([system], clock=clock, **options))

    return make


@pytest.fixture
def caller(make: MakeCaller) -> Caller:
    """A service around one well-behaved system of the legacy generation."""
    return make()


@pytest.fixture
def periodic(make: MakeCaller) -> Caller:
    """A service around one system of a migrated region."""
    return make(quirks=Quirks(generation="periodic"))
