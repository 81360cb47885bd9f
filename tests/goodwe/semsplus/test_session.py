"""Logins: one at a time, one more where a session ended, never a storm; each refusal its own outcome."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_simulation.emulation import FaultKind


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


async def test_the_first_call_logs_in(flavour: Any, api: Any) -> None:
    """And the region's gateway of the answer is used."""
    await ok(api.get_flow())
    await ok(api.get_flow())

    assert flavour.calls == ["cross-login", "flow", "flow"]
    assert flavour.emulator.requests[-1].path.startswith("/eu-gateway/web/sems/")
    assert api.session.region == "eu"


async def test_callers_at_the_same_time_share_one_login(flavour: Any, api: Any) -> None:
    """Each login ends the session before."""
    if flavour.name == "sync":
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: api.get_flow(), range(4)))
    else:
        await asyncio.gather(*(api.get_flow() for _ in range(4)))

    assert flavour.calls.count("cross-login") == 1


@pytest.mark.parametrize("code", ["100001", "100002", "C0602", "Z0100", "C0607"])
async def test_a_session_that_ended_is_renewed_once(flavour: Any, api: Any, code: str) -> None:
    """Whatever the code, the caller does not notice."""
    await ok(api.get_flow())
    flavour.emulator.refuse("flow", code)

    assert (await ok(api.get_flow())).pv_kw is not None
    assert flavour.calls.count("cross-login") == 2


async def test_expired_and_replaced_sessions(flavour: Any, api: Any) -> None:
    """By time, and by another login."""
    await ok(api.get_flow())
    flavour.clock.advance(timedelta(hours=6))
    await ok(api.get_flow())
    flavour.emulator.sessions.replace()
    await ok(api.get_flow())

    assert flavour.calls.count("cross-login") == 3


async def test_a_session_that_never_holds_raises(flavour: Any, api: Any) -> None:
    """One more login, and no third."""
    flavour.emulator.refuse("flow", "C0602", times=9)

    with pytest.raises(errors.AuthenticationFailed, match="not the session"):
        await ok(api.get_flow())
    assert flavour.calls == ["cross-login", "flow", "cross-login", "flow"]


async def test_logins_never_become_a_storm(flavour: Any, api: Any) -> None:
    """After five within five minutes nothing more is sent."""
    flavour.emulator.refuse("flow", "C0602", times=99)
    for _ in range(6):
        with pytest.raises(errors.AuthenticationFailed):
            await ok(api.get_flow())

    assert flavour.calls.count("cross-login") == 5


async def test_a_wrong_password(flavour: Any) -> None:
    """It says where to look and what else there is, and is not tried again at once."""
    client = flavour.client(password="not it", station_id="x")
    for _ in range(3):
        with pytest.raises(errors.AuthenticationFailed, match="goodwe-local") as refused:
            await ok(client.get_flow())

    assert refused.value.vendor_code == "100005"
    assert "not it" not in str(refused.value)
    assert flavour.calls == ["cross-login"]
    flavour.clock.advance(301)
    with pytest.raises(errors.AuthenticationFailed):
        await ok(client.get_flow())
    assert flavour.calls == ["cross-login", "cross-login"]
    await ok(client.close() if flavour.name == "sync" else client.aclose())


async def test_an_incomplete_token_with_a_success_code(flavour: Any, api: Any) -> None:
    """It is found out at the login, before any call fails for it."""
    flavour.emulator.sessions.incomplete = True

    with pytest.raises(errors.PartialData, match="not whole"):
        await ok(api.get_flow())
    assert flavour.calls == ["cross-login"]


async def test_a_login_refused_for_its_form(flavour: Any, api: Any) -> None:
    """100004 is not about the password."""
    flavour.emulator.refuse("cross-login", "100004")

    with pytest.raises(errors.BadResponse, match="not for the password"):
        await ok(api.get_flow())


async def test_a_gateway_of_another_region(flavour: Any, api: Any) -> None:
    """The account moves; the next login reports where."""
    await ok(api.get_flow())
    flavour.emulator.sessions.region = "us"
    await ok(api.get_flow())

    assert flavour.emulator.requests[-1].path.startswith("/us-gateway/")


@pytest.mark.parametrize("how", ["code", "status"])
async def test_the_rate_limit_pauses_everything(flavour: Any, api: Any, how: str) -> None:
    """For 300 s nothing is sent, and no login is tried for it."""
    await ok(api.get_flow())
    if how == "code":
        flavour.emulator.refuse("flow", "GY0429")
    else:
        flavour.emulator.faults.add(FaultKind.STATUS, status=429, path="/flow")
    for _ in range(2):
        with pytest.raises(errors.RateLimited) as limited:
            await ok(api.get_flow())
    asked = len(flavour.calls)

    assert limited.value.retry_after > timedelta(seconds=290)
    flavour.clock.advance(301)
    await ok(api.get_flow())
    assert len(flavour.calls) == asked + 1
    assert flavour.calls.count("cross-login") == 1


async def test_success_without_data_is_an_error(flavour: Any, api: Any) -> None:
    """That is how SEMS+ fails most of the time."""
    await ok(api.get_flow())
    flavour.emulator.faults.add(FaultKind.STATUS, status=200, path="/flow", body=b'{"code":"00000","data":{}}')

    with pytest.raises(errors.PartialData, match="without data"):
        await ok(api.get_flow())


async def test_a_lost_login_is_not_repeated(flavour: Any, api: Any) -> None:
    """Repeating it would end the session that it may have begun."""
    flavour.emulator.faults.add(FaultKind.LOST, path="cross-login")

    with pytest.raises(errors.NetworkError):
        await ok(api.get_flow())
    assert flavour.emulator.sessions.logins == 1


async def test_nothing_of_a_session_is_shown(flavour: Any, api: Any) -> None:
    """Neither password nor token, in no repr."""
    await ok(api.get_flow())
    shown = f"{api!r} {api.session!r} {vars(api.session)!r}"

    assert "an-emulated-password" not in shown
    assert "token-0001" not in shown


@pytest.mark.parametrize("code", ["100025", "100001", "C0602", "A0301", "B0001", "X9999"])
async def test_a_login_refused_for_another_reason_than_the_password(flavour: Any, api: Any, code: str) -> None:
    """Too many attempts, a captcha, or nobody knows: it is not called a wrong password, and blocks no login."""
    flavour.emulator.refuse("cross-login", code)
    with pytest.raises(errors.BadResponse, match="not known to mean a wrong password") as refused:
        await ok(api.get_flow())

    assert refused.value.vendor_code == code
    await ok(api.get_flow())


async def test_logins_that_get_no_answer_block_nothing(flavour: Any, api: Any) -> None:
    """Six failures of the service are no storm of logins: the seventh attempt is made."""
    flavour.emulator.faults.add(FaultKind.STATUS, status=500, path="/cross-login", times=6)
    for _ in range(6):
        with pytest.raises(errors.ServiceUnavailable):
            await ok(api.get_flow())

    await ok(api.get_flow())


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b"<html>Access denied</html>", b"Forbidden", b"", b'{"message":"Forbidden"}'])
async def test_a_firewall_is_no_wrong_password(flavour: Any, api: Any, status: int, body: bytes) -> None:
    """SEMS+ refuses credentials by code; any 401 or 403 is of something in between, and blocks no login."""
    flavour.emulator.faults.add(FaultKind.STATUS, status=status, path="/cross-login", body=body)
    with pytest.raises(errors.BadResponse, match="does not come from the vendor's API"):
        await ok(api.get_flow())

    await ok(api.get_flow())


POISONED: list[dict[str, Any]] = [
    {"uid": 17},
    {"token": 17},
    {"token": ["x"]},
    {"token": "a\ud800"},
    {"token": "a\r\nb"},
    {"token": "a b"},
    {"token": "x" * 5000},
    {"uid": "\x00"},
    {"api": "http://["},
    {"api": "https://eu-gateway.semsportal.com:99999/web/sems"},
    {"api": "https://elsewhere.example"},
]


@pytest.mark.parametrize("poison", POISONED, ids=lambda given: str(given)[:20])
async def test_a_poisoned_session_is_not_kept(flavour: Any, api: Any, poison: dict[str, Any]) -> None:
    """What cannot be a token, an id or a gateway is a BadResponse; the next call logs in anew."""
    data = {"uid": "1", "timestamp": "1780000000000", "token": "t", "region": 5, **poison}
    body = json.dumps({"code": "00000", "data": data}).encode()
    flavour.emulator.faults.add(FaultKind.STATUS, status=200, path="/cross-login", body=body)
    with pytest.raises(errors.BadResponse):
        await ok(api.get_flow())

    await ok(api.get_flow())


@pytest.mark.parametrize("timeout", [0.5, timedelta(seconds=0.5)])
async def test_a_short_timeout_holds_for_writes_too(flavour: Any, timeout: Any) -> None:
    """Writes may take two minutes, but not where the user asks for less."""
    client = flavour.client(timeout=timeout, station_id="x")
    await ok(client.list_stations())
    flavour.emulator.faults.add(FaultKind.DELAY, path="/setDeviceFunctionParameters", delay_s=3.0)
    began = time.monotonic()
    with pytest.raises(errors.Timeout):
        await ok(client.set_parameters("SN", {"47510": 1}, {"47510": "1"}))
    await ok(client.close() if flavour.name == "sync" else client.aclose())

    assert time.monotonic() - began < 1
