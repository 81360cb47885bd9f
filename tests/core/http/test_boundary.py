"""Whatever a server or an option holds, one of openpower's errors of the right class comes out, in both flavours."""

from __future__ import annotations

import json
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from http_servers import ANSWER, RawServer, TlsServer, receive_head
from hypothesis import given, strategies as st

from openpower_core.clock import ManualClock
from openpower_core.convert import read_json
from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    ClockSkew,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    PermissionDenied,
    RateLimited,
    TemporaryError,
    Timeout,
)
from openpower_core.http.route import check_address
from openpower_core.limits import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_testing.faults import FaultServer

HTML = b"<!DOCTYPE html><html><title>Attention Required!</title></html>"
OK = b"HTTP/1.1 200 OK\r\n"

# What must not be taken for the answer to the next request.
LEFT_OVER = {
    "204 with a body": b'HTTP/1.1 204 No Content\r\nContent-Length: 14\r\n\r\n{"code": "old"}',
    "304 with a body": b'HTTP/1.1 304 Not Modified\r\n\r\n{"code": "old"}',
    "a length too short": OK + b'Content-Length: 2\r\n\r\n{}{"code": "old"}',
    "two answers": OK + b"Content-Length: 2\r\n\r\n{}" + OK + b'Content-Length: 15\r\n\r\n{"code": "old"}',
    "bytes after the chunks": OK + b'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n{"code": "old"}',
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("first", LEFT_OVER.values(), ids=LEFT_OVER)
def test_bytes_after_an_answer_never_answer_another_request(make: Callable[..., Any], first: bytes, late: bool) -> None:
    """The next request has a connection of its own, and its own answer."""

    def serve(connection: socket.socket) -> None:
        while receive_head(connection):
            if server.connections > 1:
                connection.sendall(ANSWER)
                continue
            head, end, rest = first.partition(b"\r\n\r\n")
            connection.sendall(head + end if late else first)
            if late:
                connection.sendall(rest)

    server = RawServer(serve)
    with server.running():
        client = make(base_url=server.url)
        try:
            client.request()
        except OpenPowerError as error:
            assert isinstance(error, BadResponse)  # noqa: PT017 - some of these answers are success

        assert client.request().json() == {"code": 200}
        assert server.connections == 2
        client.close()


def test_a_whole_answer_keeps_the_connection(make: Callable[..., Any]) -> None:
    """What closes connections above are the bytes left over: httpcore's private names are still as expected."""

    def serve(connection: socket.socket) -> None:
        while receive_head(connection):
            connection.sendall(ANSWER)

    server = RawServer(serve)
    with server.running():
        client = make(base_url=server.url)
        for _ in range(3):
            client.request()

        assert server.connections == 1
        client.close()


DATES = [
    ("Fri, 31 Dec 9999 23:59:59 -2300", None),
    ("Mon, 01 Jan 0001 00:00:00 +2300", timedelta(0)),
    ("Tue, 31 Feb 2026 25:61:61 GMT", None),
    ("Fri, 27 Nov 2026 00:00:00 +99999999", None),
    ("1e400", None),
    ("9" * 4000, None),
    ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta(0)),
    ("nan", timedelta(0)),
    ("-1", timedelta(0)),
    ("2592000", timedelta(days=30)),
]


@pytest.mark.parametrize(("sent", "meant"), DATES)
def test_any_retry_after_is_a_rate_limit(
    make: Callable[..., Any], server: FaultServer, clock: ManualClock, sent: str, meant: timedelta | None
) -> None:
    """It raises RateLimited with what the header says; the account is blocked for a minute at most."""
    server.fail("status", status=429, times=9, headers={"Retry-After": sent, "Date": sent})
    client = make(limiter=RateLimiter())
    with pytest.raises(RateLimited) as raised:
        client.request()
    server.clear()
    clock.advance(61)

    assert raised.value.retry_after == meant
    assert client.request().json() == {"code": 200}


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"])
def test_no_clock_is_corrected_to_an_impossible_year(
    make: Callable[..., Any], server: FaultServer, clock: ManualClock, date: str
) -> None:
    """Such a Date would break every later signature."""

    def check(answer: Any, _request: Any) -> None:
        if answer.headers.get("date") == date:
            raise ClockSkew("the timestamp is off", offset=timedelta(0))

    signed: list[Any] = []
    client = make(check=check, sign=lambda _request, now: signed.append(now) or {"X-Time": now.isoformat()})
    server.fail("status", status=200, headers={"Date": date})
    with pytest.raises(ClockSkew):
        client.request()
    client.request()

    assert signed[-1] == clock.now()


REFUSALS: list[tuple[int, bytes, type[OpenPowerError], str]] = [
    (401, b'{"message": "no"}', AuthenticationFailed, "credentials"),
    (401, b"", AuthenticationFailed, "credentials"),
    (401, b"401: Unauthorized", AuthenticationFailed, "credentials"),
    (401, HTML, BadResponse, "HTML page"),
    (403, b'{"message": "no"}', PermissionDenied, "does not allow"),
    (403, b'\xef\xbb\xbf{"message": "no"}', PermissionDenied, r"\(no\)"),
    (403, HTML, BadResponse, "HTML page"),
    (403, b"Forbidden", BadResponse, "firewall"),
    (403, b"", BadResponse, "empty"),
    (403, b"[]", BadResponse, "firewall"),
    (403, b"[]", BadResponse, "the response is JSON, which does not come"),
]


@pytest.mark.parametrize(("status", "body", "error", "words"), REFUSALS)
def test_only_the_vendor_refuses_credentials(
    client: Any, server: FaultServer, status: int, body: bytes, error: type[OpenPowerError], words: str
) -> None:
    """The page of a CDN, a firewall's one word and an empty body say nothing about a password."""
    server.fail("status", status=status, body=body, headers={"Content-Type": "application/octet-stream"})
    with pytest.raises(error, match=words):
        client.request()


def test_too_early_is_temporary(client: Any, server: FaultServer) -> None:
    """HTTP 425 asks to send the same again."""
    server.fail("status", status=425)
    assert client.request().json() == {"code": 200}

    server.fail("status", status=425, times=9)
    with pytest.raises(TemporaryError, match="425"):
        client.request(write=True)


@pytest.mark.parametrize("body", [{"a": float("nan")}, {"a": "\ud800"}, {"a": object()}, {"a": {1, 2}}])
def test_a_body_that_is_no_json(client: Any, server: FaultServer, body: Any) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(InvalidValue, match="getX"):
        client.request("POST", json=body)

    assert not server.requests


@pytest.mark.parametrize(
    "options", [{"params": {"a": "\ud800"}}, {"headers": {"X-A": "é\ud800"}}, {"headers": {"X-A": "a\r\nb"}}]
)
def test_a_request_that_http_cannot_carry(client: Any, server: FaultServer, options: Any) -> None:
    """Queries and headers as well."""
    with pytest.raises(InvalidValue, match="getX"):
        client.request(**options)

    assert not server.requests
    assert client.request().json() == {"code": 200}


def test_a_header_that_is_not_ascii_is_named(client: Any, server: FaultServer) -> None:
    """A token with a letter that came from a word processor: the user must learn which value to look at."""
    with pytest.raises(InvalidValue, match=r"its header X-Token contains .* Check the credentials"):
        client.request(headers={"X-Token": "canaryé"})

    assert not server.requests


ADDRESSES: list[Any] = [
    "",
    "vendor.example",
    "ftp://vendor.example",
    "https://",
    "https://vendor.example:99999",
    "https://vendor.example:0",
    "https://vendor.example:port",
    "https://vendor .example",
    "https://vendor.example/a b",
    " https://vendor.example",
    "https://vendor.example\n",
    "https://[::1",
    "https://\ud800.example",
    "https://a%20b",
    f"https://{'a' * 64}.example",
    "https://vendor..example",
    443,
    b"https://vendor.example",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_is_an_invalid_value(make: Callable[..., Any], address: Any) -> None:
    """When the client is made, not by its first call."""
    with pytest.raises(InvalidValue, match="base_url"):
        check_address(address, provider="acme")
    if isinstance(address, str):
        with pytest.raises(InvalidValue, match="base_url"):
            make(base_url=address)


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("https://me:hunter22@vendor.example/v1", "user name"),
        ("https://hunter22@vendor.example", "user name"),
        ("https://vendor.example/v1?key=hunter22", "query"),
        ("https://vendor.example?", "query"),
        ("https://vendor.example/v1#hunter22", "fragment"),
    ],
)
def test_what_a_base_url_cannot_have(make: Callable[..., Any], address: str, part: str) -> None:
    """It would get lost, or a password would go to whoever reads the log: the part is named and not shown."""
    with pytest.raises(InvalidValue, match=f"base_url has a {part}") as raised:
        make(base_url=address)
    assert "hunter22" not in str(raised.value)


def test_cleartext_stays_on_this_machine(make: Callable[..., Any]) -> None:
    """Another host needs consent, and the error names all ways to give it."""
    for host in ("127.0.0.1", "127.8.9.1:80", "[::1]:8080", "localhost", "localhost:1", "api.localhost"):
        make(base_url=f"http://{host}/v1")
    for host in (
        "vendor.example",
        "192.168.1.5",
        "10.0.0.1",
        "169.254.1.1",
        "box.local",
        "localhost.example",
        "0.0.0.0",
    ):
        for scheme in ("http", "HTTP"):
            with pytest.raises(InvalidValue, match="cleartext") as raised:
                make(base_url=f"{scheme}://{host}/v1")
            assert all(
                way in str(raised.value) for way in ("https://", "allow_http=True", "TOML", "-O allow_http=true")
            )
        make(base_url=f"http://{host}/v1", allow_http=True)
        make(base_url=f"https://{host}/v1")


def test_cleartext_in_the_homes_own_network(make: Callable[..., Any]) -> None:
    """A device of the local network needs no consent, another host does."""
    for host in ("192.168.1.5", "10.0.0.1:502", "172.16.3.4", "169.254.1.1", "box.local", "[fe80::1]", "[fd00::1]"):
        make(base_url=f"http://{host}", local=True)
    for host in ("vendor.example", "8.8.8.8", "172.32.0.1", "[2001:4860:4860::8888]", "local"):
        with pytest.raises(InvalidValue, match="cleartext"):
            make(base_url=f"http://{host}", local=True)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_tls_to_a_plain_port(make: Callable[..., Any], answer: bytes) -> None:
    """Servers take the handshake for a bad request, or hang up; the error says that there is no TLS, nothing was sent."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(answer)

    server = RawServer(serve)
    with server.running(), pytest.raises(NetworkError, match="http instead of https") as raised:
        make(base_url=server.url.replace("http:", "https:")).request(write=True)

    assert raised.value.nothing_sent


PLAIN_REFUSED = {
    "an alert": b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n",
    "a page": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 53\r\n\r\nThe plain HTTP request was sent to HTTPS port, sorry.",
    "silence": b"",
}


@pytest.mark.parametrize("answer", PLAIN_REFUSED.values(), ids=PLAIN_REFUSED)
def test_plain_http_to_a_tls_port(make: Callable[..., Any], answer: bytes) -> None:
    """Servers answer with an alert, with a page, or not at all; the hint is the same."""

    def serve(connection: socket.socket) -> None:
        receive_head(connection)
        connection.sendall(answer)

    server = RawServer(serve)
    with server.running(), pytest.raises((BadResponse, NetworkError), match="https instead of http"):
        make(base_url=server.url).request(write=True)


def test_plain_http_to_a_real_tls_server(make: Callable[..., Any]) -> None:
    """OpenSSL's own way to refuse it is understood."""
    with TlsServer() as server, pytest.raises((BadResponse, NetworkError), match="https instead of http"):
        make(base_url=server.url.replace("https:", "http:")).request(write=True)


TEXTS = st.text(st.characters(), max_size=20)  # all of Unicode, surrogates included
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)
)


@given(JSON, st.booleans(), st.booleans())
def test_no_lone_surrogate_comes_in(data: Any, ascii_only: bool, mark: bool) -> None:
    """Whatever JSON holds, what is read can be written to files and sockets; all other data stays as it is."""
    text = json.dumps(data, ensure_ascii=ascii_only)
    content = b"\xef\xbb\xbf" * mark + text.encode(errors="surrogatepass")
    found = json.dumps(read_json(content), ensure_ascii=False)

    found.encode()
    if text.isascii() and "\\ud" not in text:
        assert json.loads(found) == data


@pytest.mark.parametrize("trouble", ["silent", "slow_headers", "slow_body"])
def test_a_slow_server_takes_no_longer_than_the_timeout(
    make: Callable[..., Any], server: FaultServer, trouble: str
) -> None:
    """In real time, retries included, also where the client's own clock stands still."""
    server.fail(trouble, times=9)
    client = make(timeout=0.5)
    began = time.monotonic()
    with pytest.raises(Timeout):
        client.request()

    assert time.monotonic() - began < 0.5 * 1.1
