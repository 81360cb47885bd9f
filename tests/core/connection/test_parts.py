"""Parts fail alone: what could not be found stands beside what could, is logged once, and is asked for again."""

from __future__ import annotations

import inspect
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.clock import ManualClock
from openpower_core.connection import connect, connect_async
from openpower_core.connection._async_fetch import AsyncSharedFetch
from openpower_core.connection.parts import Gaps, Lost
from openpower_core.devices._async_roles import AsyncBaseMeter
from openpower_core.devices._sync_roles import BaseMeter
from openpower_core.devices.info import DeviceInfo, Role
from openpower_core.errors import (
    AuthenticationFailed,
    NetworkError,
    OpenPowerError,
    PermissionDenied,
    ServiceUnavailable,
)
from openpower_core.provider import AsyncBaseBackend, BaseBackend, ProviderSpec
from openpower_core.readings import Quality

CAN = Capabilities(features={Feature.READ: Capability(support=Support.FULL)})
DOWN = ServiceUnavailable("the service is down.", provider="acme")


def info(serial: str) -> DeviceInfo:
    return DeviceInfo(id=f"{serial}/meter", provider="acme", serial=serial, role=Role.METER)


class Native:
    """No vendor."""

    _session = None

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class Account:
    """Two stations, each with a meter; a test breaks them."""

    def __init__(self, flavour: str) -> None:
        self.flavour = flavour
        self.clock = ManualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
        self.errors: dict[str, Exception] = {}
        self.serials = ["AB000001", "AB000002"]
        self.asked = 0

    def home(self) -> Any:
        spec = ProviderSpec(name="acme", connect=self._sync, connect_async=self._async)
        return (connect if self.flavour == "sync" else connect_async)(spec, clock=self.clock, state_dir=None)

    def _found(self, parts: Any, kind: Any) -> list[Any]:
        self.asked += 1
        found = []
        for serial in self.serials:
            with parts.attempt(f"station {serial[:2]}…{serial[-2:]}"):
                if error := self.errors.get(serial):
                    raise error
                found.append(kind(info(serial), capabilities=CAN))
        return found

    def _sync(self, context: Any) -> Any:
        account = self

        class Backend(BaseBackend[Any]):
            def discover(self) -> Any:
                return account._found(self.parts, BaseMeter)

        return Backend(Native(), context)

    def _async(self, context: Any) -> Any:
        account = self

        class Backend(AsyncBaseBackend[Any]):
            async def discover(self) -> Any:
                return account._found(self.parts, AsyncBaseMeter)

        return Backend(Native(), context)


@pytest.fixture(params=["sync", "async"])
def account(request: pytest.FixtureRequest) -> Account:
    return Account(request.param)


async def ok(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def serials(home: Any, **options: Any) -> list[str]:
    return [device.info.serial for device in await ok(home.devices(**options))]


async def test_one_part_fails_and_the_rest_is_there(account: Account) -> None:
    account.errors["AB000002"] = DOWN
    home = account.home()

    assert home.failures == ()
    assert await serials(home) == ["AB000001"]
    assert [(each.provider, each.part, each.error) for each in home.failures] == [("acme", "station AB…02", DOWN)]


async def test_it_is_logged_once_and_once_when_it_is_back(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "openpower")
    account.errors["AB000002"] = DOWN
    home = account.home()
    for _ in range(3):
        await serials(home, refresh=True)
    account.errors.clear()
    for _ in range(2):
        assert await serials(home, refresh=True) == ["AB000001", "AB000002"]

    assert home.failures == ()
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in lines] == ["WARNING", "INFO"]
    assert "station AB…02" in lines[0][1]
    assert "station AB…02 is back" in lines[1][1]


async def test_what_is_missing_is_asked_for_again_after_five_minutes(account: Account) -> None:
    account.errors["AB000002"] = DOWN
    home = account.home()
    await serials(home)
    account.errors.clear()

    account.clock.advance(timedelta(minutes=4))
    assert await serials(home) == ["AB000001"]
    account.clock.advance(timedelta(minutes=1))
    assert await serials(home) == ["AB000001", "AB000002"]
    account.clock.advance(timedelta(days=1))
    await serials(home)
    assert account.asked == 2


async def test_asking_again_in_vain_loses_nothing(account: Account) -> None:
    """Unless the caller asked for it: then the error tells."""
    account.errors["AB000002"] = DOWN
    home = account.home()
    await serials(home)
    account.errors["AB000001"] = NetworkError("no network.")
    account.clock.advance(timedelta(minutes=6))

    assert await serials(home) == ["AB000001"]
    with pytest.raises(NetworkError):
        await ok(home.devices(refresh=True))
    assert await serials(home) == ["AB000001"]


async def test_where_nothing_is_found_the_first_failure_is_raised(account: Account) -> None:
    account.errors = {"AB000001": DOWN, "AB000002": PermissionDenied("no.", provider="acme")}

    with pytest.raises(ServiceUnavailable):
        await ok(account.home().devices())


async def test_a_refused_credential_concerns_all(account: Account) -> None:
    """Asking for the other parts might lock the account."""
    account.errors["AB000002"] = AuthenticationFailed("wrong password.", provider="acme")

    with pytest.raises(AuthenticationFailed):
        await ok(account.home().devices())


async def test_a_mistake_of_the_provider_costs_its_part_only(account: Account) -> None:
    account.errors["AB000002"] = KeyError("soc")
    home = account.home()

    assert await serials(home) == ["AB000001"]
    assert [type(each.error).__name__ for each in home.failures] == ["BadResponse"]


async def test_a_device_that_is_listed_twice_is_one(account: Account) -> None:
    account.serials = ["AB000001", "AB000001"]
    home = account.home()

    assert await serials(home) == ["AB000001"]
    assert (await ok(home.meter())).info.serial == "AB000001"


async def test_an_id_that_cannot_be_one_costs_its_device_only(account: Account) -> None:
    account.serials = ["AB000001", "--"]
    home = account.home()

    assert await serials(home) == ["AB000001"]
    assert "id cannot be one" in str(home.failures[0].error)


async def test_what_is_older_than_the_providers_own_age_is_cached() -> None:
    """The caller allowed it, and the stamp says so."""
    clock = ManualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))

    async def fetch() -> int:
        return 1

    fetched = AsyncSharedFetch(fetch, max_age=timedelta(seconds=10), clock=clock)
    qualities = [(await fetched.get(3600)).stamp(source="x").quality]
    for seconds in (10, 1):
        clock.advance(seconds)
        answer = await fetched.get(3600)
        qualities.append(answer.stamp(source="x").quality)
        assert answer.stamp(quality=Quality.AVERAGE).quality is Quality.AVERAGE

    assert qualities == [Quality.LIVE, Quality.LIVE, Quality.CACHED]
    assert (await fetched.get()).stamp().quality is Quality.LIVE


DAYS = [date(2026, 8, day) for day in range(1, 21)]


def _series(
    lost: dict[date, Lost], clock: ManualClock, asker: str, failing: dict[date, OpenPowerError]
) -> tuple[list[date], list[date]]:
    """What one device of a box asks for, and what it gets."""
    gaps = Gaps(logging.getLogger("openpower.acme"), "AB…01: ", lost=lost, asker=asker, clock=clock)
    asked: list[date] = []
    found: list[date] = []
    for day in gaps.among(DAYS):
        with gaps.attempt(day):
            asked.append(day)
            if day in failing:
                raise failing[day]
            found.append(day)
    gaps.check(found)
    return asked, found


def test_a_failed_day_is_asked_for_once_for_all_devices_of_a_box(caplog: pytest.LogCaptureFixture) -> None:
    """The others believe it for a minute; the device that met it asks again. It is logged once, until it is back."""
    lost: dict[date, Lost] = {}
    clock, failing = ManualClock(datetime(2026, 6, 1, 12, tzinfo=UTC)), {DAYS[3]: DOWN}
    rest = [day for day in DAYS if day != DAYS[3]]

    assert _series(lost, clock, "meter", failing) == (DAYS, rest)
    assert _series(lost, clock, "battery", failing) == (rest, rest)
    assert _series(lost, clock, "meter", failing) == (DAYS, rest)
    clock.advance(61)
    assert _series(lost, clock, "battery", failing) == (DAYS, rest)
    assert _series(lost, clock, "battery", {}) == (DAYS, DAYS)
    assert lost == {}
    assert [record.getMessage() for record in caplog.records] == [f"AB…01: the series has gaps, 2026-08-04: {DOWN}"]


def test_a_series_gives_up_after_five_days_without_network(caplog: pytest.LogCaptureFixture) -> None:
    """The rest is a gap, for the other devices too; refusals of single days never end it."""
    lost: dict[date, Lost] = {}
    gone = NetworkError("no network.")
    clock = ManualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))

    assert _series(lost, clock, "meter", dict.fromkeys(DAYS[2:], gone)) == (DAYS[:7], DAYS[:2])
    assert _series(lost, clock, "battery", {}) == (DAYS[:2], DAYS[:2])
    assert len(caplog.records) == 1
    assert "2026-08-07 and 13 more" in caplog.records[0].getMessage()
    assert _series({}, clock, "meter", dict.fromkeys(DAYS[2:], DOWN)) == (DAYS, DAYS[:2])


def test_a_series_of_gaps_alone_raises() -> None:
    with pytest.raises(ServiceUnavailable):
        _series({}, ManualClock(datetime(2026, 6, 1, 12, tzinfo=UTC)), "meter", dict.fromkeys(DAYS, DOWN))
