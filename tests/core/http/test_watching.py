"""What watches or replaces httpx's transports sees what production sends."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openpower_core.http import _async_transport, _sync_transport
from openpower_core.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpower_testing.faults import FaultServer


@pytest.mark.parametrize(
    ("base", "ours"),
    [
        (httpx.HTTPTransport, _sync_transport.SharedTransport),
        (httpx.AsyncHTTPTransport, _async_transport.AsyncSharedTransport),
    ],
)
def test_httpx_keeps_its_pool_where_ours_is_put(base: Any, ours: Any) -> None:
    """The one private attribute that openpower relies on; where this fails, httpx has renamed it."""
    assert hasattr(base(), "_pool"), "httpx keeps its pool elsewhere now: adapt SharedTransport.__init__"
    route = Route.to("http://127.0.0.1")
    transport = ours(route, 1.0)

    assert transport._pool is transport.pool
    assert set(vars(transport)) - set(vars(base())) == {"pool"}


def test_a_tracer_sees_every_call(
    make: Callable[..., Any], server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patches of the transports' methods, as by tracers and respx, see the calls of production."""
    seen: list[str] = []
    handle, ahandle = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def watch(self: Any, request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return handle(self, request)

    async def awatch(self: Any, request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return await ahandle(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", watch)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", awatch)
    client = make()
    client.request()
    client.request("POST", "/y", write=True)

    assert seen == ["/api/x", "/api/y"]
    assert len(server.requests) == 2


RECORDED = """
import asyncio, pytest
from openpower_core.http import AsyncHttpClient, HttpClient

@pytest.mark.vcr
def test_blocking():
    with HttpClient(provider="acme", base_url={url!r}) as client:
        assert client.request("GET", "/x", operation="x").json() == {{"code": 200}}

@pytest.mark.vcr
def test_asyncio():
    async def ask():
        async with AsyncHttpClient(provider="acme", base_url={url!r}) as client:
            return (await client.request("POST", "/x", operation="x", json={{}}, write=True)).json()

    assert asyncio.run(ask()) == {{"code": 200}}
"""


def test_a_plain_cassette_records_and_replays(server: FaultServer, tmp_path: Path) -> None:
    """``@pytest.mark.vcr`` does its work in a stranger's project, without any plugin of ours."""
    (tmp_path / "test_x.py").write_text(RECORDED.format(url=server.url), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:openpower", "-p", "no:cacheprovider", "--rootdir=."]
    assert "2 passed" in _run([*command, "--record-mode=once"], tmp_path)
    assert len(server.requests) == 2
    server.stop()
    replayed = _run([*command, "--record-mode=none", "--block-network"], tmp_path)

    assert "2 passed" in replayed
    assert len(list(tmp_path.rglob("*.yaml"))) == 2


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr
