"""Connections are shared by all clients of a process, kept long enough, closed in time, and never by two loops or processes."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from http_servers import ANSWER, RawServer, receive_head

from openpower_core import limits
from openpower_core.errors import ConfigurationError, NetworkError
from openpower_core.http import AsyncHttpClient, HttpClient, RateLimiter, _async_transport, _sync_transport
from openpower_testing.faults import FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Counting(FaultServer):
    """Counts the connections that it has accepted."""

    accepted = 0

    def _serve(self, connection: socket.socket) -> None:
        self.accepted += 1
        super()._serve(connection)

    def open_connections(self) -> int:
        """How many are open once those that were closed have been noticed."""
        time.sleep(0.1)
        return len(self._open)


@pytest.fixture
def server() -> Iterator[Counting]:
    with Counting(seconds=1000, max_requests=20_000) as running:
        yield running


def ask(client: HttpClient) -> int:
    return client.request("GET", "/x", operation="getX").status


async def aask(client: AsyncHttpClient) -> int:
    return (await client.request("GET", "/x", operation="getX")).status


def test_accounts_share_connections(server: Counting) -> None:
    """Two hundred accounts asked in turn need one connection; the last one to close ends it."""
    clients = [HttpClient(provider="acme", base_url=server.url) for _ in range(200)]
    assert [ask(client) for client in clients] == [200] * 200
    assert server.accepted == 1

    for client in clients[1:]:
        client.close()
    assert ask(clients[0]) == 200
    assert server.accepted == 1
    clients[0].close()
    assert server.open_connections() == 0


async def test_accounts_share_connections_in_a_loop(server: Counting) -> None:
    """The same in asynchronous code."""
    clients = [AsyncHttpClient(provider="acme", base_url=server.url) for _ in range(200)]
    assert [await aask(client) for client in clients] == [200] * 200
    assert server.accepted == 1

    for client in clients:
        await client.aclose()
    assert await asyncio.to_thread(server.open_connections) == 0


async def test_a_thousand_in_flight_share_a_hundred(server: Counting) -> None:
    """However many calls are in flight, no host sees more connections than a transport may have."""
    clients = [AsyncHttpClient(provider="acme", base_url=server.url) for _ in range(10)]
    statuses = await asyncio.gather(*(aask(client) for client in clients for _ in range(100)))

    assert statuses == [200] * 1000
    assert server.accepted <= _async_transport.MAX_CONNECTIONS
    for client in clients:
        await client.aclose()


def test_a_client_outlives_its_loop(server: Counting) -> None:
    """A second ``asyncio.run`` has its own connections, and those of the first are closed."""
    client = AsyncHttpClient(provider="acme", base_url=server.url)

    async def twice() -> list[int]:
        return [await aask(client), await aask(client)]

    assert [asyncio.run(twice()) for _ in range(3)] == [[200, 200]] * 3
    assert server.accepted == 3
    assert server.open_connections() <= 1
    asyncio.run(client.aclose())
    assert server.open_connections() == 0


def test_loops_in_threads(server: Counting) -> None:
    """One client serves several loops at the same time."""
    client = AsyncHttpClient(provider="acme", base_url=server.url)
    statuses: list[int] = []

    async def many() -> None:
        statuses.extend(await asyncio.gather(*(aask(client) for _ in range(20))))

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert statuses == [200] * 80


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Let time pass at once, for everything that looks at the monotonic clock."""
    real, passed = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: real() + passed[0])

    def pass_by(seconds: float) -> None:
        passed[0] += seconds

    yield pass_by
    for transports in (_sync_transport.TRANSPORTS, _async_transport.TRANSPORTS):
        transports._sweep_at = 0.0  # else nothing is swept until this machine's clock gets there


def test_polling_once_a_minute_keeps_its_connection(
    make: Callable[..., Any], server: Counting, later: Callable[[float], None]
) -> None:
    """A read finds the connection of a minute ago; after more than two minutes it makes another one."""
    client = make(base_url=server.url)
    for _ in range(5):
        client.request()
        later(60)
    assert server.accepted == 1
    later(61)
    client.request()

    assert server.accepted == 2


def test_a_write_meets_no_old_connection(
    make: Callable[..., Any], server: Counting, later: Callable[[float], None]
) -> None:
    """Connections for writes are kept for five seconds, since servers close theirs without a word."""
    client = make(base_url=server.url)
    for seconds in (1, 3, 6, 0):
        client.request("POST", write=True)
        later(seconds)

    assert server.accepted == 2


def test_idle_connections_are_closed_by_others_calls(
    make: Callable[..., Any], server: Counting, later: Callable[[float], None]
) -> None:
    """What has been idle too long is closed when any client of the process is active, not at its own next call."""
    client = make(base_url=server.url)
    client.request()
    client.request("POST", write=True)
    assert server.open_connections() == 2
    with FaultServer(seconds=1000) as elsewhere:
        other = make(base_url=elsewhere.url).client

        def call_elsewhere() -> None:
            result = other.request("GET", "/x", operation="getX")
            if client.runner:
                client.runner.run(result)

        later(10)
        call_elsewhere()
        assert server.open_connections() == 1
        later(130)
        call_elsewhere()
        assert server.open_connections() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_has_its_own(server: Counting) -> None:
    """A child neither uses its parent's connection nor waits for a lock that a thread of the parent held."""
    limiter = RateLimiter()
    client = HttpClient(provider="acme", base_url=server.url, limiter=limiter)
    ask(client)
    busy = threading.Thread(target=_hold, args=(limits._LOCK,))
    busy.start()
    child = os.fork()
    if child == 0:
        try:
            status = ask(client)
            client.close()
        except BaseException:  # noqa: BLE001 - the child is not to run the rest of the tests
            os._exit(2)
        os._exit(0 if status == 200 else 1)
    _, code = os.waitpid(child, 0)

    busy.join()
    assert os.waitstatus_to_exitcode(code) == 0
    assert server.accepted == 2
    assert ask(client) == 200
    assert server.accepted == 2
    client.close()


def _hold(lock: threading.Lock) -> None:
    with lock:
        time.sleep(0.2)


def test_cookies_are_not_kept_and_queries_not_rewritten(make: Callable[..., Any]) -> None:
    """Accounts share connections and nothing else; what a signature covers arrives as it was signed."""
    heads: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while head := receive_head(connection):
            heads.append(head)
            connection.sendall(ANSWER.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1; Path=/\r\n\r\n", 1))

    odd = "a b&c=d+e/é|\\^~'(),;:@$!*[]{}%"
    with RawServer(serve).running() as raw:
        client = make(base_url=raw.url)
        for _ in range(2):
            client.request(path="/p%2Fq", params={"q": odd})
        client.close()

    expected = (
        b"GET /p%2Fq?q=a%20b%26c%3Dd%2Be%2F%C3%A9%7C%5C%5E~%27%28%29%2C%3B%3A%40%24%21%2A%5B%5D%7B%7D%25 HTTP/1.1"
    )
    assert [head.splitlines()[0] for head in heads] == [expected] * 2
    assert not any(b"cookie" in head.lower() for head in heads)


def test_international_host_names(make: Callable[..., Any], server: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host name that is not ASCII is looked up and sent in its encoded form."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def answer(host: str, *args: Any, **options: Any) -> Any:
        asked.append(host)
        return look_up("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    make(base_url=server.url.replace("127.0.0.1", "strom.bücher.example"), allow_http=True).request()

    assert set(asked) == {"strom.xn--bcher-kva.example"}
    assert server.requests[0].headers["host"].startswith("strom.xn--bcher-kva.example:")


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_a_proxy_without_a_scheme(make: Callable[..., Any], server: Counting, proxied: pytest.MonkeyPatch) -> None:
    """``HTTP_PROXY=host:port`` is understood, with a user and password as well."""
    proxied.setenv("http_proxy", server.url.replace("http://", "me:pw@"))
    client = make(base_url="http://vendor.invalid/v1", allow_http=True)
    client.request()

    assert server.requests[0].headers["proxy-authorization"] == "Basic bWU6cHc="
    assert "pw" not in repr(client.client._route)


def test_a_proxy_that_refuses_the_tunnel(
    make: Callable[..., Any], server: Counting, proxied: pytest.MonkeyPatch
) -> None:
    """A proxy that refuses https addresses: nothing was sent to the vendor."""
    proxied.setenv("https_proxy", server.url)
    server.fail("status", status=407, times=9)
    with pytest.raises(NetworkError, match="407") as raised:
        make(base_url="https://vendor.invalid/v1").request(write=True)

    assert raised.value.nothing_sent
    assert {(each.method, each.target) for each in server.requests} == {("CONNECT", "vendor.invalid:443")}


@pytest.mark.parametrize(("proxy", "hint"), [("socks5://127.0.0.1:1", "pip install socksio"), ("ftp://h", "http")])
def test_a_proxy_that_cannot_be_used(
    make: Callable[..., Any], proxied: pytest.MonkeyPatch, proxy: str, hint: str
) -> None:
    """Going round a proxy would be wrong; the error says what is missing."""
    proxied.setitem(sys.modules, "socksio", None)  # type: ignore[arg-type]
    proxied.setenv("all_proxy", proxy)
    with pytest.raises(ConfigurationError, match=hint):
        make(base_url="http://vendor.invalid", allow_http=True).request()
