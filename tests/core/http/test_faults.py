"""Every way in which an answer can be wrong has its own error, in bounded time, in both flavours."""

from __future__ import annotations

import socket
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    PermissionDenied,
    RateLimited,
    RequestError,
    ServiceUnavailable,
    Timeout,
)
from openpower_core.secrets import Secret
from openpower_testing.faults import FaultServer, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_core.http import Request

CANARY = "canary-7e1f0c9b"
SERIAL = "AL70110230300001"

SPOILT = [
    ("html", BadResponse, "an HTML page"),
    ("empty", BadResponse, "empty"),
    ("not_json", BadResponse, "cut short"),
    ("not_utf8", BadResponse, "not UTF-8"),
    ("wrong_type", BadResponse, "image/png"),
    ("truncated", BadResponse, "cut short"),
    ("truncated_chunks", BadResponse, "cut short"),
    ("truncated_gzip", BadResponse, "cut short"),
    ("bad_gzip", BadResponse, "not encoded as its headers say"),
    ("huge", BadResponse, "larger than 10000000 bytes"),
    ("gzip_bomb", BadResponse, "larger than 10000000 bytes"),
    ("redirect", BadResponse, "elsewhere.example"),
    ("not_http", BadResponse, "not HTTP"),
    ("reset", NetworkError, "broke"),
    ("hang_up", NetworkError, "without an answer"),
    ("silent", Timeout, "deadline"),
    ("slow_headers", Timeout, "deadline"),
    ("slow_body", Timeout, "deadline"),
]

STATUSES = [
    (401, AuthenticationFailed),
    (403, PermissionDenied),
    (404, BadResponse),
    (400, InvalidValue),
    (422, InvalidValue),
    (408, Timeout),
    (429, RateLimited),
    (500, ServiceUnavailable),
    (502, ServiceUnavailable),
    (503, ServiceUnavailable),
    (504, Timeout),
    (418, BadResponse),
]


def test_a_right_answer(client: Any, server: FaultServer) -> None:
    """What is asked arrives at the server, and its JSON comes back."""
    answer = client.request("POST", "/x", params={"a": 1, "b": None, "c": True}, json={"ä": 1})

    assert answer.json() == {"code": 200}
    assert (answer.status, answer.headers["CONTENT-type"]) == (200, "application/json")
    received = server.requests[0]
    assert (received.method, received.target) == ("POST", "/api/x?a=1&c=true")
    assert received.body == '{"ä":1}'.encode()
    assert received.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("trouble", "error", "words"), SPOILT)
def test_each_trouble_has_its_error(
    make: Callable[..., Any], server: FaultServer, trouble: str, error: type[Exception], words: str
) -> None:
    """A spoilt answer raises its own error, which says what came, from whom and for which call."""
    server.fail(trouble, times=9)
    client = make(timeout=0.6 if error is Timeout else 30.0)
    with pytest.raises(error, match=words) as raised:
        client.request().json()

    failure = raised.value
    assert isinstance(failure, OpenPowerError)
    assert (failure.provider, failure.operation) == ("acme", "getX")
    assert "getX" in str(failure)


@pytest.mark.parametrize(("status", "error"), STATUSES)
def test_each_status_has_its_error(client: Any, server: FaultServer, status: int, error: type[OpenPowerError]) -> None:
    """HTTP statuses map to errors, and the vendor's code and words are kept."""
    server.fail("status", status=status, times=9, body=b'{"message": "no way"}')
    with pytest.raises(error, match="no way") as raised:
        client.request()

    assert (raised.value.vendor_code, raised.value.vendor_message) == (str(status), "no way")


def test_a_redirect_is_not_followed(client: Any, server: FaultServer) -> None:
    """A redirect to the same host is refused as well: the signed request is sent once."""
    server.fail("redirect", headers={"Location": "/api/y"})
    with pytest.raises(BadResponse, match="not followed"):
        client.request()

    assert len(server.requests) == 1


def test_an_unreachable_server(make: Callable[..., Any]) -> None:
    """A refused connection is a NetworkError which knows that nothing was sent."""
    with FaultServer() as gone:
        url = gone.url
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1 cannot be reached") as raised:
        make(base_url=url).request(write=True)

    assert raised.value.nothing_sent


def test_an_unknown_host(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that cannot be resolved is a NetworkError as well."""

    def fail(*_: object, **__: object) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NetworkError, match="Name or service not known"):
        make(base_url="http://vendor.invalid", allow_http=True).request()


def test_a_closed_client(client: Any, server: FaultServer) -> None:
    """After close() a call says so, and sends nothing."""
    client.request()
    client.close()
    with pytest.raises(RequestError, match="the connection is closed"):
        client.request()

    assert len(server.requests) == 1


def test_a_base_url_without_a_scheme(make: Callable[..., Any]) -> None:
    """An invalid base URL is refused when the client is made."""
    with pytest.raises(InvalidValue, match="not an HTTP address"):
        make(base_url="openapi.alphaess.com")


@pytest.mark.parametrize("trouble", [*Trouble, "refused"])
def test_no_fault_shows_a_secret(
    make: Callable[..., Any], server: FaultServer, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A secret used in signing is in no exception, its context, its traceback or any log, whatever fails."""
    secret = Secret(CANARY)

    def sign(request: Request, now: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret.reveal()}"}

    caplog.set_level("DEBUG", logger="openpower.http")
    caplog.set_level("DEBUG", logger="stamina")
    options: dict[str, Any] = {"sign": sign, "secrets": [secret], "timeout": 0.5}
    if trouble == "refused":
        with FaultServer() as gone:
            options["base_url"] = gone.url
    else:
        server.fail(trouble, times=9, body=f'{{"message": "token {CANARY} of {SERIAL}"}}'.encode())
    client = make(**options)
    shown = [repr(client.client)]
    behind: list[BaseException] = []
    try:
        shown.append(repr(client.request(params={"sysSn": SERIAL})))
    except OpenPowerError as error:
        shown += [str(error), repr(error), repr(error.__dict__), *traceback.format_exception(error)]
        behind = [each for each in (error.__cause__, error.__context__) if each]
    text = "\n".join([*shown, caplog.text])

    assert CANARY not in text
    assert SERIAL not in text
    # An exception of httpx would hold the request with its headers.
    assert all(isinstance(each, OpenPowerError) for each in behind)


def test_a_vendor_that_echoes_secrets(make: Callable[..., Any], server: FaultServer) -> None:
    """A vendor's message that repeats the token or a serial number is cleaned before anyone sees it."""
    words = f'{{"message": "token {CANARY} may not read {SERIAL}"}}'.encode()
    server.fail("status", status=403, body=words)
    with pytest.raises(PermissionDenied) as raised:
        make(secrets=[Secret(CANARY)]).request()

    assert raised.value.vendor_message == "token … may not read AL…0001"
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize("credential", [f"{CANARY}\n", f"{CANARY}…"])
def test_a_credential_that_no_header_can_hold(make: Callable[..., Any], server: FaultServer, credential: str) -> None:
    """A token pasted with a line break or an odd character is refused without being quoted."""

    def sign(request: Request, now: object) -> dict[str, str]:
        return {"Authorization": credential}

    with pytest.raises(InvalidValue, match="cannot be sent") as raised:
        make(sign=sign).request()

    assert CANARY not in "".join(traceback.format_exception(raised.value))
    assert server.requests == []


def test_a_transport_of_the_users_own(make: Callable[..., Any]) -> None:
    """A transport that a user gives carries the requests, and its answers obey the same limit."""
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"code": 200})

    transport = httpx.MockTransport(handle)
    assert make(transport=transport).request(params={"q": "a b&c"}).json() == {"code": 200}
    assert seen[0].endswith("/api/x?q=a%20b%26c")
    with pytest.raises(BadResponse, match="larger than 3 bytes"):
        make(transport=transport, max_body_bytes=3).request()


def test_a_proxy_of_the_environment(
    make: Callable[..., Any], server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY and NO_PROXY are honoured, as other programs do."""
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert make(base_url="http://vendor.invalid/v1", allow_http=True).request().json() == {"code": 200}
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    make().request()

    assert [each.target for each in server.requests] == ["http://vendor.invalid/v1/x", "/api/x"]


def test_the_log_is_masked(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The log has method, masked address, status and time, and no headers."""
    caplog.set_level("DEBUG", logger="openpower.http")
    client.request("GET", f"/sites/{SERIAL}/x", params={"sysSn": SERIAL, "day": "2026-08-01"})
    line = next(record.getMessage() for record in caplog.records if record.name == "openpower.http")

    assert "GET http://127.0.0.1" in line
    assert "/sites/AL…0001/x?sysSn=AL…0001&day=2026-08-01 -> 200 in" in line
