"""An outage is one line when it begins and one when it is over, with the provider and the masked device; attempts are no lines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stamina
from stamina.instrumentation import LoggingOnRetryHook, get_on_retry_hooks, set_on_retry_hooks

import openpower
from openpower_alphaess.emulator import Emulator as AlphaESS, Nameplate
from openpower_amber.emulator import Emulator as Amber
from openpower_core.clock import ManualClock
from openpower_core.errors import NetworkError
from openpower_core.http import client
from openpower_octopus.emulator import Emulator as Octopus
from openpower_simulation.emulation import ServedEmulator

EVENING = datetime(2026, 1, 12, 17, 7, 30, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
SERIAL = "AL0000000000001"


class Outage:
    """Carries requests to an emulator, but for so many of them."""

    def __init__(self, url: str, lost: int) -> None:
        self.url, self.lost, self.begun = url, lost, False
        self.told: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.begun and self.lost:
            self.lost -= 1
            if self.lost % 2:
                raise httpx.ConnectError("no route", request=request)
            return httpx.Response(503)
        answer = httpx.request(request.method, request.url, headers=request.headers, content=request.content)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def is_over(self) -> bool:
        """Begin after the first reading, and end after the last."""
        if self.begun and not self.lost:
            return True
        self.begun = True
        return False

    def watch(self, provider: str, role: str, **options: Any) -> None:
        with openpower.connect(provider, transport=httpx.MockTransport(self), state_dir=None, **options) as home:
            device: Any = getattr(home, role)()
            for _ in device.watch(HALF_AN_HOUR, on_failure=self.told.append):
                if self.is_over():
                    return

    async def watch_async(self, provider: str, role: str, **options: Any) -> None:
        transport = httpx.MockTransport(self)
        async with openpower.connect_async(provider, transport=transport, state_dir=None, **options) as home:
            device: Any = await getattr(home, role)()
            async for _ in device.watch(HALF_AN_HOUR, on_failure=self.told.append):
                if self.is_over():
                    return


MAKE: dict[str, tuple[Callable[[ManualClock], Any], str]] = {
    "alphaess": (lambda clock: AlphaESS([Nameplate(serial=SERIAL)], clock=clock), "battery"),
    "amber": (lambda clock: Amber(clock=clock, quota=None), "retailer"),
    "octopus": (lambda clock: Octopus(clock=clock), "retailer"),
}


@pytest.fixture(autouse=True)
def _hooks() -> Any:
    """What the process has of hooks is as it was, afterwards."""
    client.log_no_retries.cache_clear()
    before = get_on_retry_hooks()
    yield
    set_on_retry_hooks(before)
    client.log_no_retries.cache_clear()


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[logging.LogRecord]]:
    """The lines that a program which logs everything of INFO and above prints, without httpx's of each request."""
    caplog.set_level(logging.INFO)
    return lambda: [each for each in caplog.records if each.name not in ("httpx", "asyncio")]


@pytest.mark.parametrize("lost", [1, 3, 4, 30])
@pytest.mark.parametrize("provider", MAKE)
@pytest.mark.parametrize("flavour", ["sync", "async"])
def test_an_outage_is_two_lines(
    flavour: str, provider: str, lost: int, lines: Callable[[], list[logging.LogRecord]]
) -> None:
    """However many attempts it lasts; one that a retry cures is none."""
    make, role = MAKE[provider]
    clock = ManualClock(EVENING)
    with ServedEmulator(make(clock)) as served:
        outage = Outage(served.url, lost)
        options = {**served.options, "clock": clock}
        if flavour == "sync":
            outage.watch(provider, role, **options)
        else:
            asyncio.run(outage.watch_async(provider, role, **options))

    # Three attempts are one failure.
    assert [each.levelname for each in lines()] == ([] if lost < 3 else ["WARNING", "INFO"])
    assert all(each.getMessage().startswith(f"{provider}: ") for each in lines())
    assert not any(serial in each.getMessage() for each in lines() for serial in (SERIAL, "A-00000001"))
    assert [told is None for told in outage.told] == ([] if lost < 3 else [False, True])


def test_the_applications_own_retries_are_still_logged(lines: Callable[[], list[logging.LogRecord]]) -> None:
    """stamina is the application's as well."""
    set_on_retry_hooks([LoggingOnRetryHook])
    with (
        openpower.connect(
            "amber", token="psk_a", site="A" * 26, clock=ManualClock(EVENING), transport=httpx.MockTransport(refuse)
        ) as home,
        pytest.raises(NetworkError),
    ):
        home.native.list_sites()
    assert [each for each in lines() if each.name == "stamina"] == []

    @stamina.retry(on=ValueError, attempts=2, wait_initial=0, wait_max=0)
    def fails() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert [each.name for each in lines()] == ["stamina"]


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route", request=request)
