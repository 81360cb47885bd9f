"""When the client retries, waits, corrects its clock and gives up: the same in both flavours."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openpower_core.clock import ManualClock
from openpower_core.errors import (
    AuthenticationFailed,
    ClockSkew,
    DeviceOffline,
    NetworkError,
    OpenPowerError,
    RateLimited,
    ServiceUnavailable,
)
from openpower_core.http import Answer, Rate, RateLimiter, Request, client as rules, network

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_testing.faults import FaultServer


@pytest.mark.parametrize("trouble", ["reset", "hang_up", "status"])
def test_reads_are_tried_again(client: Any, server: FaultServer, trouble: str) -> None:
    """A read survives two passing failures."""
    server.fail(trouble, times=2)

    assert client.request().json() == {"code": 200}
    assert len(server.requests) == 3


def test_three_attempts_and_no_more(client: Any, server: FaultServer) -> None:
    """A service that stays down is reported after the third attempt."""
    server.fail("status", status=503, times=9)
    with pytest.raises(ServiceUnavailable):
        client.request()

    assert len(server.requests) == 3


@pytest.mark.parametrize("trouble", ["reset", "hang_up", "status", "truncated", "silent"])
def test_writes_are_never_repeated(make: Callable[..., Any], server: FaultServer, trouble: str) -> None:
    """Whatever happens after a write may have left, it is not sent again."""
    server.fail(trouble, times=9)
    with pytest.raises(OpenPowerError) as raised:
        make(timeout=0.5).request("POST", write=True, json={})

    assert len(server.requests) == 1
    assert not getattr(raised.value, "nothing_sent", False)


def test_a_write_that_never_left_is_repeated(make: Callable[..., Any]) -> None:
    """When no connection could be made, even a write is tried again."""
    attempts: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        attempts.append(request.method)
        if len(attempts) < 3:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"code": 200})

    client = make(transport=httpx.MockTransport(refuse))

    assert client.request("POST", write=True).json() == {"code": 200}
    assert len(attempts) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_cannot_succeed_is_not_repeated(client: Any, server: FaultServer, status: int) -> None:
    """Refusals are final."""
    server.fail("status", status=status, times=9)
    with pytest.raises(OpenPowerError):
        client.request()

    assert len(server.requests) == 1


def test_an_offline_device_is_not_asked_again(make: Callable[..., Any], server: FaultServer) -> None:
    """A device that does not report will not do so a second later."""

    def check(answer: Answer, request: Request) -> None:
        raise DeviceOffline("the inverter does not report")

    with pytest.raises(DeviceOffline) as raised:
        make(check=check).request()

    assert len(server.requests) == 1
    assert (raised.value.provider, raised.value.operation) == ("acme", "getX")


def test_retry_after_in_seconds(client: Any, server: FaultServer, clock: ManualClock) -> None:
    """The client waits as long as the server asks, if the call has that time."""
    server.fail("status", status=429, headers={"Retry-After": "7"})
    client.request()

    assert clock.monotonic() == 7.0


def test_retry_after_as_a_date(client: Any, server: FaultServer, clock: ManualClock) -> None:
    """A date is understood by the server's own clock, so that ours may be off."""
    headers = {"Date": "Sat, 01 Aug 2026 09:00:00 GMT", "Retry-After": "Sat, 01 Aug 2026 09:00:12 GMT"}
    server.fail("status", status=503, headers=headers)
    server.fail("status", status=429, headers=headers)
    client.request()

    assert clock.monotonic() >= 12.0


def test_a_long_retry_after_is_raised(client: Any, server: FaultServer, clock: ManualClock) -> None:
    """A wait beyond the call's deadline is not waited for; the error says how long it is."""
    server.fail("status", status=429, headers={"Retry-After": "120"})
    with pytest.raises(RateLimited) as raised:
        client.request()

    assert raised.value.retry_after == timedelta(seconds=120)
    assert clock.monotonic() == 0
    assert len(server.requests) == 1


def test_a_storm_does_not_happen(client: Any, server: FaultServer) -> None:
    """When everything fails, the budget of retries runs out: calls are then made once each."""
    server.fail("status", status=503, times=1000)
    for _ in range(20):
        with pytest.raises(ServiceUnavailable):
            client.request()

    assert len(server.requests) == 20 + 10


def test_waiting_for_the_rate_limit(make: Callable[..., Any], server: FaultServer, clock: ManualClock) -> None:
    """The third call of two in ten seconds waits; one that would wait too long is not sent."""
    client = make(limiter=RateLimiter(Rate(2, timedelta(seconds=10))))
    for _ in range(3):
        client.request()
    assert clock.monotonic() == 10.0

    client.request(timeout=5)
    with pytest.raises(RateLimited, match="Nothing was sent") as raised:
        client.request(timeout=5)
    assert raised.value.nothing_sent
    assert raised.value.retry_after == timedelta(seconds=10)
    assert len(server.requests) == 4


def test_the_server_corrects_the_limiter(make: Callable[..., Any], server: FaultServer, clock: ManualClock) -> None:
    """What the RateLimit headers say is left counts for the next call."""
    said = {"RateLimit-Limit": "50", "RateLimit-Remaining": "0", "RateLimit-Reset": "20"}
    server.fail("status", status=200, headers=said)
    client = make(limiter=RateLimiter(Rate(50, timedelta(minutes=5))))
    client.request()
    client.request()

    assert clock.monotonic() == 20.0


def _refuse_unless(offset: timedelta) -> tuple[Any, Any]:
    """A signer and a check of a vendor whose clock is that far ahead of ours."""
    signed: list[datetime] = []

    def sign(request: Request, now: datetime) -> dict[str, str]:
        signed.append(now)
        return {}

    def check(answer: Answer, request: Request) -> None:
        if abs(signed[-1] - answer.date) > timedelta(seconds=5):  # type: ignore[operator]
            raise ClockSkew("the signature has expired")

    return sign, check


@pytest.mark.parametrize("write", [False, True])
def test_clock_skew_is_corrected_once(
    make: Callable[..., Any], server: FaultServer, write: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A signature refused for its time is made again by the vendor's clock, whose offset is remembered."""
    sign, check = _refuse_unless(timedelta(minutes=10))
    server.fail("status", status=200, times=3, headers={"Date": "Sat, 01 Aug 2026 12:10:00 GMT"})
    client = make(sign=sign, check=check)
    client.request(write=write)
    client.request(write=write)

    assert len(server.requests) == 3
    assert "clock is -600 s off" in caplog.text


def test_clock_skew_that_stays_is_raised(make: Callable[..., Any], server: FaultServer) -> None:
    """A vendor that refuses its own time as well is not asked forever, and the offset is reported."""

    def check(answer: Answer, request: Request) -> None:
        raise ClockSkew("the signature has expired")

    server.fail("status", status=200, times=9, headers={"Date": "Sat, 01 Aug 2026 12:10:00 GMT"})
    with pytest.raises(ClockSkew) as raised:
        make(check=check).request()

    assert raised.value.offset == timedelta(minutes=10)
    assert len(server.requests) == 2


def test_an_unreachable_host_is_reported_in_time(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    """A host that swallows connections is given up within 15 s, retries and all its addresses included."""
    for module in (network, rules):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic))
    tcp = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    addresses = [(*tcp, ("192.0.2.1", 80)), (*tcp, ("192.0.2.2", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(addresses))

    def swallow(sock: object, address: object, seconds: float) -> Any:
        clock.advance(seconds)
        raise TimeoutError

    async def aswallow(sock: object, address: object, seconds: float) -> Any:
        clock.advance(seconds)
        raise TimeoutError

    monkeypatch.setattr(network, "dial", swallow)
    monkeypatch.setattr(network, "adial", aswallow)
    with pytest.raises(NetworkError, match="it took too long"):
        make(base_url="http://192.0.2.1", allow_http=True).request(timeout=60)

    assert 5 < clock.monotonic() <= 15


def test_a_vendor_error_inside_http_200(make: Callable[..., Any], server: FaultServer) -> None:
    """The provider's check sees every answer and raises what it knows."""

    def check(answer: Answer, request: Request) -> None:
        if answer.json()["code"] != 200:
            raise AuthenticationFailed("wrong secret", vendor_code=str(answer.json()["code"]))

    server.fail("status", status=200, body=b'{"code": 6007}')
    client = make(check=check)
    with pytest.raises(AuthenticationFailed) as raised:
        client.request()

    assert raised.value.vendor_code == "6007"
    assert client.request().json() == {"code": 200}


def test_limiters_are_shared_by_account() -> None:
    """All clients of one account in the process have one limiter; another account has its own."""
    rate = Rate(10, timedelta(seconds=1))
    first, same = RateLimiter.shared(("acme", "a"), rate), RateLimiter.shared(("acme", "a"), rate)

    assert first is same
    assert RateLimiter.shared(("acme", "b"), rate) is not first


def test_limiters_belong_to_a_clock() -> None:
    """Waits by one clock mean nothing by another; all clients with the same clock share."""
    key, clock = ("acme", "a"), ManualClock(datetime(2026, 8, 1, tzinfo=UTC))
    usual, own = RateLimiter.shared(key), RateLimiter.shared(key, clock=clock)

    assert own is RateLimiter.shared(key, clock=clock)
    assert own is not usual
    assert usual is RateLimiter.shared(key)


def test_limiter_families_and_spellings() -> None:
    """Families are counted on their own, and each spelling of the headers is understood."""
    limiter = RateLimiter(Rate(1, timedelta(seconds=5)), families={"w": Rate(1, timedelta(seconds=60))})
    assert [limiter.reserve(0, "r"), limiter.reserve(0, "w")] == [0, 0]
    assert [limiter.reserve(0, "r"), limiter.reserve(0, "w")] == [5, 60]

    for headers in (
        {"ratelimit-remaining": "0", "ratelimit-reset": "30"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"},
        {"ratelimit": "limit=50, remaining=0, reset=30"},
        {"ratelimit": '"default";r=0;t=30'},
    ):
        fresh = RateLimiter()
        fresh.learn(0, headers)
        assert fresh.reserve(0) == 30
        assert fresh.reserve(31) == 0


def test_limiter_is_thread_safe() -> None:
    """Many threads together get no more slots than the rate allows."""
    limiter = RateLimiter(Rate(50, timedelta(seconds=100)))
    delays: list[float] = []
    threads = [threading.Thread(target=lambda: delays.extend(limiter.reserve(0) for _ in range(25))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(delays) == [0.0] * 50 + [100.0] * 50 + [200.0] * 50 + [300.0] * 50


def test_naive_times_never_reach_a_signer(make: Callable[..., Any]) -> None:
    """A signer gets the vendor's time as an aware time in UTC."""
    seen: list[datetime] = []

    def sign(request: Request, now: datetime) -> dict[str, str]:
        seen.append(now)
        return {}

    make(sign=sign).request()

    assert seen[0] == datetime(2026, 8, 1, 12, tzinfo=UTC)
