"""An emulator served on loopback, and its faults on request."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from openpower_core.clock import ManualClock
from openpower_core.errors import ConfigurationError
from openpower_simulation.emulation import FaultKind, Faults, HttpEmulator, Refusals, serve, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


async def emulator(scope: Any, receive: Any, send: Any) -> None:
    """Answer everything with the same JSON."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"code": 200}'})


@pytest.fixture(scope="module")
def faults() -> Faults:
    return Faults(emulator)


@pytest.fixture(scope="module")
def url(faults: Faults) -> Iterator[str]:
    with serve(faults) as served:
        yield served.url


def get(url: str, path: str = "/") -> tuple[int, bytes]:
    """Ask with the standard library, on a new connection."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_serves_real_http(url: str) -> None:
    """It listens on loopback, on its own port."""
    status, body = get(url)

    assert url.startswith("http://127.0.0.1:")
    assert (status, json.loads(body)) == (200, {"code": 200})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("empty", b""), ("html", b"<!DOCTYPE html>"), ("not_json", b'{"code"'), ("wrong_type", b"\x89PNG")],
)
def test_spoils_the_next_answer_only(url: str, faults: Faults, kind: str, expected: bytes) -> None:
    """The next answer is spoilt as asked, and the one after it is right again."""
    faults.add(kind)
    status, body = get(url)

    assert status == 200
    assert body.startswith(expected)
    assert get(url) == (200, b'{"code": 200}')


def test_status_headers_and_path(url: str, faults: Faults) -> None:
    """A fault can wait for a path, last several answers, and carry a status."""
    faults.add(FaultKind.STATUS, status=503, times=2, path="/busy")
    statuses = [get(url, path)[0] for path in ("/", "/busy", "/", "/busy", "/busy")]

    assert statuses == [200, 503, 200, 503, 200]


def test_cuts_connections(url: str, faults: Faults) -> None:
    """A truncated answer ends before its length; a reset one never begins."""
    faults.add("truncated")
    with pytest.raises(http.client.IncompleteRead):
        get(url)
    faults.add("reset")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        get(url)


def test_a_huge_answer(url: str, faults: Faults) -> None:
    """Huge means fifty million bytes."""
    faults.add("huge")

    assert len(get(url)[1]) == 50_000_000


def test_stops_by_its_own_handle() -> None:
    """After the block nothing listens, and asking for the address says so."""
    with serve(emulator) as served:
        url = served.url

    with pytest.raises(ConnectionRefusedError):
        get(url)
    with pytest.raises(ConfigurationError, match="not running"):
        _ = served.url


def test_stops_at_once() -> None:
    """Neither an idle connection nor an answer under way holds it up, and no thread is left."""
    faults = Faults(emulator)
    before = set(threading.enumerate())
    with serve(faults) as served:
        idle = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
        idle.request("GET", "/")
        idle.getresponse().read()
        faults.add("delay", delay_s=60.0)
        waiting = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
        waiting.request("GET", "/")
        while faults.queued:
            time.sleep(0.001)
        stopping = time.perf_counter()
    took = time.perf_counter() - stopping

    assert took < 0.05
    assert set(threading.enumerate()) == before
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        waiting.getresponse()
    idle.close()


def test_answers_are_not_delayed(url: str) -> None:
    """On a connection that is used again no answer waits for a delayed ACK, which takes 40 ms."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    waits: list[float] = []
    for _ in range(10):
        asked = time.perf_counter()
        connection.request("GET", "/")
        connection.getresponse().read()
        waits.append(time.perf_counter() - asked)
    connection.close()

    assert sorted(waits)[2] < 0.03


def test_a_taken_port_is_named() -> None:
    """Starting on a port that is taken fails with the remedy."""
    with serve(emulator) as served:
        port = urlsplit(served.url).port
        assert port

        with pytest.raises(ConfigurationError, match="Port 0"), serve(emulator, port=port):
            pass


class Thermometer(HttpEmulator):
    """An API of two endpoints."""

    provider, title, prefix = "thermo", "Thermo", "/v1"

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(
            clock,
            {"GET /v1/rooms/{room}": self._room, "PUT /v1/rooms/{room}": self._set_room, "/{path:path}": self._nothing},
        )
        self.options = {"token": "t"}
        self.rooms = {"hall": 19}

    def _room(self, request: Request) -> Any:
        return {"celsius": self.rooms[request.path_params["room"]]}

    async def _set_room(self, request: Request) -> Any:
        self.rooms[request.path_params["room"]] = await request.json()
        return None

    def _nothing(self, _request: Request) -> Any:
        return self.json({"error": "unknown"}, 404)


def test_an_emulator_answers_by_its_own_clock() -> None:
    """Handlers are found by method and path, answer JSON, and the Date is that of the emulator's clock."""
    clock = ManualClock(datetime(2026, 8, 4, 10, tzinfo=UTC))
    with server_of(lambda: Thermometer(clock))() as served:
        connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
        connection.request("PUT", "/v1/rooms/hall", b"21")
        assert connection.getresponse().read() == b"null"
        connection.request("GET", "/v1/rooms/hall")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"celsius":21}')
        assert answer.headers["Date"] == "Tue, 04 Aug 2026 10:00:00 GMT"
        connection.request("GET", "/elsewhere")
        missing = connection.getresponse()
        assert (missing.status, missing.read()) == (404, b'{"error":"unknown"}')
        connection.close()

    assert served.emulator.title == "Thermo"


def test_refusals_are_used_up() -> None:
    """A refusal meets the next requests that it fits, as often as asked."""
    refusals = Refusals[int]()
    refusals.add("/busy", 429, times=2)
    refusals.add("", 500)

    assert [refusals.take("/busy"), refusals.take("/"), refusals.take("/a/busy"), refusals.take("/busy")] == [
        429,
        500,
        429,
        None,
    ]


@pytest.mark.parametrize("module", ["uvicorn", "starlette.applications"])
def test_what_an_emulator_needs_is_installed_from_the_checkout(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package index does not have openpower's parts before their release, and anybody could register them."""
    monkeypatch.setitem(sys.modules, module, None)

    with (
        pytest.raises(ConfigurationError) as caught,
        serve(HttpEmulator(ManualClock(datetime(2026, 8, 4, tzinfo=UTC)), {})),
    ):
        pass

    assert "install './openpower_simulation[emulator]'" in str(caught.value)
