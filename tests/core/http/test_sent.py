"""A failure says "nothing was sent" only if it happened before the first byte of the request was written."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from http_servers import ANSWER, CERTIFICATE, RawServer, TlsServer, receive_head

from openpower_core.errors import BadResponse, NetworkError, OpenPowerError, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_testing.faults import FaultServer

RESET = struct.pack("ii", 1, 0)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _reset_at_once(connection: socket.socket) -> None:
    _reset(connection)


def _read_some_and_reset(connection: socket.socket) -> None:
    connection.recv(1)
    _reset(connection)


def _read_and_close(connection: socket.socket) -> None:
    receive_head(connection)


def _begin_an_answer(connection: socket.socket) -> None:
    receive_head(connection)
    connection.sendall(ANSWER[:40])


def _cut_the_body(connection: socket.socket) -> None:
    receive_head(connection)
    connection.sendall(ANSWER[:-5])


def _say_nothing(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.recv(65_536)


@pytest.mark.parametrize(
    "serve", [_read_some_and_reset, _read_and_close, _begin_an_answer, _cut_the_body, _say_nothing]
)
def test_after_connecting_a_write_may_have_left(
    make: Callable[..., Any], serve: Callable[[socket.socket], None]
) -> None:
    """Whatever breaks once there is a connection, the write is tried once and may have been carried out."""
    with RawServer(serve).running() as server:
        with pytest.raises(OpenPowerError) as raised:
            make(base_url=server.url, timeout=0.5).request("POST", json={}, write=True)

        assert not getattr(raised.value, "nothing_sent", False)
        assert server.connections == 1


@pytest.mark.parametrize("serve", [_reset_at_once, _read_and_close, _say_nothing])
def test_without_tls_nothing_has_left(make: Callable[..., Any], serve: Callable[[socket.socket], None]) -> None:
    """A handshake that fails, is cut or hangs comes before the request; the write is tried again."""
    with RawServer(serve).running() as server:
        with pytest.raises(NetworkError, match="cannot be reached") as raised:
            make(base_url=f"https://{server.address}", timeout=1).request("POST", json={}, write=True)

        assert raised.value.nothing_sent


def test_an_untrusted_certificate(make: Callable[..., Any]) -> None:
    """Nothing is sent to a server whose certificate is not trusted, and the error says what can be done."""
    with TlsServer() as server:
        with pytest.raises(NetworkError, match="SSL_CERT_FILE") as raised:
            make(base_url=server.url).request("POST", json={}, write=True)

        assert raised.value.nothing_sent
        assert server.requests == []


def test_http_where_tls_is_expected(make: Callable[..., Any]) -> None:
    """An https address of a plain server is distinguished from a failing network."""

    def refuse(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with RawServer(refuse).running() as server:
        with pytest.raises(NetworkError, match="http instead of https") as raised:
            make(base_url=f"https://{server.address}").request(write=True)

        assert raised.value.nothing_sent


class Careless(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that says of a request which was sent whole that it could not connect; some do."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        raise self.error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@pytest.mark.parametrize("error", [httpx.ConnectTimeout("late"), httpx.ConnectError("no"), httpx.PoolTimeout("full")])
def test_another_transports_word_is_no_proof(make: Callable[..., Any], error: Exception) -> None:
    """What a transport of the user's own says about connecting does not allow a write to be sent twice."""
    transport = Careless(error)
    with pytest.raises((NetworkError, Timeout)) as raised:
        make(transport=transport).request("POST", write=True)

    assert not raised.value.nothing_sent
    assert transport.sent == 1


def test_httpx_within_another_transport_is_proof(make: Callable[..., Any]) -> None:
    """An error that a transport passes on from httpcore is trusted."""
    import httpcore

    error = httpx.ConnectError("refused")
    error.__cause__ = httpcore.ConnectError("refused")
    transport = Careless(error)
    with pytest.raises(NetworkError) as raised:
        make(transport=transport).request("POST", write=True)

    assert raised.value.nothing_sent
    assert transport.sent == 3


@pytest.mark.parametrize("error", [ValueError("canary-7e1f"), KeyError("canary-7e1f"), RuntimeError("canary-7e1f")])
def test_nothing_foreign_leaves(make: Callable[..., Any], error: Exception) -> None:
    """Whatever a transport raises becomes an error of openpower, which does not quote it."""
    with pytest.raises(BadResponse, match=type(error).__name__) as raised:
        make(transport=Careless(error)).request(write=True)

    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_check_that_crashes(make: Callable[..., Any], server: FaultServer) -> None:
    """A provider that stumbles over an answer raises BadResponse, with the cause for debugging."""

    def check(answer: Any, request: Any) -> None:
        answer.json()["data"]["soc"]

    with pytest.raises(BadResponse, match=r"not understood \(KeyError\)") as raised:
        make(check=check).request()

    assert isinstance(raised.value.__cause__, KeyError)
    assert len(server.requests) == 1


def test_an_informational_answer_is_not_the_answer(make: Callable[..., Any]) -> None:
    """A server may send 103 before the final answer; the connection is fit for the next call afterwards."""

    def serve(connection: socket.socket) -> None:
        while receive_head(connection):
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ANSWER)

    with RawServer(serve).running() as server:
        client = make(base_url=server.url)
        answers = [client.request(), client.request()]
        client.close()

        assert [(answer.status, answer.json()) for answer in answers] == [(200, {"code": 200})] * 2
        assert server.connections == 1


def test_tls_end_to_end(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests and answers longer than a TLS record arrive whole, over one connection."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    body = b'"' + b"x" * 300_000 + b'"'
    with TlsServer(body) as server:
        client = make(base_url=server.url)
        for _ in range(3):
            assert client.request("POST", json="y" * 300_000).json() == "x" * 300_000
        client.close()

        assert [len(request.body) for request in server.requests] == [300_002] * 3


@pytest.mark.parametrize("trouble", ["slow_headers", "slow_body", "silent"])
def test_a_deadline_under_tls(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    """A server that drips under TLS does not hold a call beyond its deadline either."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with TlsServer(silence=10) as server:
        server.fail(trouble, times=3)
        with pytest.raises(Timeout):
            make(base_url=server.url, timeout=0.5).request(write=True)


def test_one_tls_version_behind(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that only know TLS 1.2 are served."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with TlsServer() as server:
        monkeypatch.setattr(server.context, "maximum_version", ssl.TLSVersion.TLSv1_2)

        assert make(base_url=server.url).request().json() == {"code": 200}
