"""Parts fail alone: what could not be found is named beside what could, is logged once, and is asked for again."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection import AsyncSharedFetch, SharedFetch
from openpower_core.devices.info import BatteryInfo, Role
from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    ClockSkew,
    MissingCredential,
    PermissionDenied,
    ServiceUnavailable,
)
from openpower_core.provider import mask
from openpower_core.readings import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIALS = ("AL70110230300001", "AL70110230300002")
LOST = SERIALS[1]
PART = f"station {mask(LOST)}"


class Account:
    """Two stations, of which some fail; what a backend asks for."""

    def __init__(self) -> None:
        self.stations = list(SERIALS)
        self.broken: dict[str, Exception] = {LOST: ServiceUnavailable("the service is down.")}
        self.asked = 0

    def devices_of(self, backend: Any, serial: str) -> list[Any]:
        if serial in self.broken:
            raise self.broken[serial]
        info = BatteryInfo(id=f"{serial}/battery", provider="acme-cloud", serial=serial, role=Role.BATTERY)
        return [backend.battery(info, capabilities=backend.devices()[0].capabilities, context=backend.context)]

    def discover(self, backend: Any) -> list[Any]:
        self.asked += 1
        found: list[Any] = []
        for serial in self.stations:
            with backend.parts.attempt(f"station {mask(serial)}"):
                found += self.devices_of(backend, serial)
        return found


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 8, 1, tzinfo=UTC))


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def home(flavour: Any, account: Account, clock: ManualClock) -> Any:
    """A connection whose backend asks the account station by station."""
    from openpower_core.connection.parts import Parts

    made = flavour.home(clock=clock)
    backend = made._backend
    backend.parts = Parts("acme-cloud")

    async def discover_async() -> list[Any]:
        return account.discover(backend)

    backend.discover = (lambda: account.discover(backend)) if flavour.name == "sync" else discover_async
    return made


def _ids(devices: list[Any]) -> list[str]:
    return [device.info.serial for device in devices]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    with caplog.at_level(logging.INFO, logger="openpower"):
        yield lambda: [(each.levelname, each.getMessage()) for each in caplog.records if PART in each.getMessage()]


async def test_one_part_fails_and_the_rest_is_there(home: Any, settle: Any, log: Any) -> None:
    assert home.failures == ()  # before anything was asked

    assert _ids(await settle(home.devices())) == [SERIALS[0]]

    (failure,) = home.failures
    assert (failure.provider, failure.part) == ("acme-cloud", PART)
    assert isinstance(failure.error, ServiceUnavailable)
    assert LOST not in repr(failure)
    assert [level for level, _ in log()] == ["WARNING"]
    assert all(LOST not in message for _, message in log())


async def test_a_part_is_logged_once_when_lost_and_once_when_back(
    home: Any, account: Account, settle: Any, log: Any
) -> None:
    for _ in range(3):
        await settle(home.devices(refresh=True))
    account.broken.clear()
    for _ in range(3):
        assert _ids(await settle(home.devices(refresh=True))) == list(SERIALS)

    assert home.failures == ()
    assert [level for level, _ in log()] == ["WARNING", "INFO"]


async def test_what_is_missing_is_asked_for_again_after_five_minutes(
    home: Any, account: Account, settle: Any, clock: ManualClock
) -> None:
    await settle(home.devices())
    account.broken.clear()
    clock.advance(299)
    assert _ids(await settle(home.devices())) == [SERIALS[0]]
    clock.advance(1)
    assert _ids(await settle(home.devices())) == list(SERIALS)
    clock.advance(3600)
    await settle(home.devices())

    assert account.asked == 2  # a whole home is not asked for again


async def test_only_if_nothing_was_found_it_raises(home: Any, account: Account, settle: Any) -> None:
    account.broken = {serial: ServiceUnavailable(f"{number} is down.") for number, serial in enumerate(SERIALS)}
    with pytest.raises(ServiceUnavailable, match="0 is down"):
        await settle(home.devices())
    assert len(home.failures) == 2

    account.broken.clear()
    assert _ids(await settle(home.devices())) == list(SERIALS)  # a failure is not kept


@pytest.mark.parametrize(
    "error",
    [AuthenticationFailed("wrong"), ClockSkew("wrong"), MissingCredential("wrong")],
    ids=lambda error: type(error).__name__,
)
async def test_what_concerns_the_whole_account_raises(home: Any, account: Account, settle: Any, error: Any) -> None:
    account.broken = {LOST: error}
    with pytest.raises(type(error)):
        await settle(home.devices())


async def test_a_permission_that_is_missing_is_named_without_a_warning(
    home: Any, account: Account, settle: Any, log: Any
) -> None:
    account.broken = {LOST: PermissionDenied("not allowed.")}
    await settle(home.devices())

    assert [type(each.error) for each in home.failures] == [PermissionDenied]
    assert log() == []


async def test_code_of_a_provider_that_breaks_costs_one_part(home: Any, account: Account, settle: Any) -> None:
    account.broken = {LOST: KeyError("data")}
    assert _ids(await settle(home.devices())) == [SERIALS[0]]
    assert [type(each.error) for each in home.failures] == [BadResponse]


async def test_a_refresh_that_finds_nothing_raises_and_the_devices_stay(
    home: Any, account: Account, settle: Any, clock: ManualClock
) -> None:
    await settle(home.devices())
    account.broken = dict.fromkeys(SERIALS, ServiceUnavailable("down."))
    with pytest.raises(ServiceUnavailable):
        await settle(home.devices(refresh=True))

    assert _ids(await settle(home.devices())) == [SERIALS[0]]
    clock.advance(300)  # asked again by itself: it does not raise either
    assert _ids(await settle(home.devices())) == [SERIALS[0]]
    assert account.asked == 3


async def test_a_device_listed_twice_is_one_device(home: Any, account: Account, settle: Any) -> None:
    account.broken.clear()
    account.stations = [SERIALS[0], *SERIALS]
    assert _ids(await settle(home.devices())) == list(SERIALS)
    assert (await settle(home.battery(SERIALS[0]))).info.serial == SERIALS[0]


@pytest.mark.parametrize("name", ["--", "x" * 201, "a\x00b", "a\ufffdb"])
async def test_an_impossible_id_costs_only_its_device(home: Any, account: Account, settle: Any, name: str) -> None:
    account.broken.clear()
    account.stations = [SERIALS[0], name]
    assert _ids(await settle(home.devices())) == [SERIALS[0]]
    assert [type(each.error) for each in home.failures] == [BadResponse]


@pytest.mark.parametrize("shared", [SharedFetch, AsyncSharedFetch])
async def test_an_answer_older_than_the_providers_own_age_is_cached(
    settle: Any, clock: ManualClock, shared: Any
) -> None:
    async def ask_async() -> int:
        return 1

    fetch = shared((lambda: 1) if shared is SharedFetch else ask_async, max_age=timedelta(seconds=10), clock=clock)

    async def quality(max_age: float | None, **known: Any) -> Quality:
        return (await settle(fetch.get(max_age))).stamp(**known).quality

    assert await quality(None) is Quality.LIVE
    clock.advance(10)
    assert await quality(60) is Quality.LIVE
    clock.advance(1)
    assert await quality(60) is Quality.CACHED
    assert await quality(60, quality=Quality.DERIVED) is Quality.DERIVED  # says more than CACHED
    assert await quality(None) is Quality.LIVE  # asked anew
