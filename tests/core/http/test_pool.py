"""Connections: kept alive, many at once, given up when stale, and nothing imported that is not needed."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openpower_core.http import AsyncHttpClient, HttpClient, _async_transport, mask_url, network, route
from openpower_core.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_testing.faults import FaultServer


async def test_many_calls_in_flight(server: FaultServer) -> None:
    """Five hundred calls at once all arrive, over no more connections than a client may have."""
    async with AsyncHttpClient(provider="acme", base_url=server.url) as client:
        calls = [client.request("GET", "/x", operation="getX") for _ in range(500)]
        answers = await asyncio.gather(*calls)

    assert [answer.status for answer in answers] == [200] * 500


def test_many_threads(server: FaultServer) -> None:
    """One client serves many threads."""
    statuses: list[int] = []
    with HttpClient(provider="acme", base_url=server.url) as client:

        def ask() -> None:
            statuses.extend(client.request("GET", "/x", operation="getX").status for _ in range(10))

        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert statuses == [200] * 200


async def test_a_cancelled_call_gives_its_place_back(server: FaultServer) -> None:
    """Cancelling a call leaves the client as it was."""
    async with AsyncHttpClient(provider="acme", base_url=server.url) as client:
        server.fail("silent")
        stuck = asyncio.create_task(client.request("GET", "/x", operation="getX"))
        await asyncio.to_thread(_until_asked, server)
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck

        assert (await client.request("GET", "/x", operation="getX")).status == 200


async def test_no_place_is_lost_with_a_response_that_nobody_reads(server: FaultServer) -> None:
    """A tracer may drop a response: its connection has come back already, and serves the next request."""
    transport = _async_transport.AsyncSharedTransport(Route.to(server.url), 120.0)
    transport.pool.clients.add(server)
    for _ in range(_async_transport.MAX_CONNECTIONS + 1):
        extensions = {"timeout": network.timeouts(10), "limit": 1000}
        await transport.handle_async_request(httpx.Request("GET", server.url, extensions=extensions))

    assert len(transport.pool._idle) == 1
    transport.pool.clients.clear()
    await transport.pool.sweep()
    assert len(transport.pool._idle) == 0


def test_an_address_that_this_machine_cannot_use(
    make: Callable[..., Any], server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host with an address of a family that is switched off here is reached at its other one."""
    look_up = socket.getaddrinfo

    def answer(host: str, *args: Any, **options: Any) -> Any:
        return [(999, socket.SOCK_STREAM, 6, "", ("::1", 1)), *look_up(host, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)

    assert make().request().status == 200


def _until_asked(server: FaultServer) -> None:
    while not server.requests:
        time.sleep(0.01)


def test_a_stale_connection_is_not_written_to(client: Any, server: FaultServer) -> None:
    """A write meets a connection that the server has closed meanwhile: it goes over a new one."""
    server.fail("html", headers={"Keep-Alive": "timeout=1"})
    client.request()
    for connection in list(server._open):
        connection.shutdown(2)
    time.sleep(0.05)

    assert client.request("POST", write=True).status == 200


def test_a_forgotten_client_leaves_no_warning(server: FaultServer, recwarn: pytest.WarningsRecorder) -> None:
    """A script that never closes its client ends quietly."""
    client = HttpClient(provider="acme", base_url=server.url)
    client.request("GET", "/x", operation="getX")
    del client
    gc.collect()

    assert [str(warning.message) for warning in recwarn] == []


def test_one_tls_context_for_all() -> None:
    """Every client shares the process's context."""
    first, second = Route.to("https://a.invalid").pool_options(), Route.to("https://b.invalid/v1").pool_options()
    assert first["ssl_context"] is second["ssl_context"]


def test_certificates_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE and SSL_CERT_DIR replace the authorities; without either the system's are used."""
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(ssl, "create_default_context", lambda **options: seen.append(options))
    monkeypatch.setattr(route, "shared_context", route.shared_context.__wrapped__)
    monkeypatch.setenv("SSL_CERT_FILE", "/a.pem")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    Route.to("https://a.invalid").pool_options()
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr(route, "_hashed_directory", lambda: "/certs")
    Route.to("https://a.invalid").pool_options()

    assert seen == [{"cafile": "/a.pem", "capath": None}, {"cafile": None, "capath": "/certs"}]


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import openpower_core", {"openpower_core.http", "httpx", "attrs"}),
        (
            "from openpower_core.http import HttpClient; HttpClient(provider='x', base_url='https://x.invalid')",
            {"httpx", "asyncio", "stamina", "cattrs"},
        ),
        ("from openpower_core.http import AsyncTransport, Transport", {"httpx", "asyncio"}),
    ],
)
def test_nothing_is_loaded_early(code: str, absent: set[str]) -> None:
    """A cold start pays only for what it uses."""
    command = [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)

    assert not absent & set(done.stdout.split())


def test_masking_addresses() -> None:
    """Addresses in messages show neither user, password nor a whole serial number; dates stay."""
    url = "https://me:pw@example.com/v1/sites/01F5A5CRKMZ5BCX9P1S4V990AM/prices?nmi=41020012345&day=2026-08-01"

    assert mask_url(url) == "https://example.com/v1/sites/01…90AM/prices?nmi=41…2345&day=2026-08-01"
