"""Homes stay connected: parts fail alone, come back by themselves, and are not pestered meanwhile."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hubs import collected, config_of, connecting, manual, passes, running, until

from openpower_core.clock import ManualClock
from openpower_core.devices.roles import Role
from openpower_core.errors import (
    AuthenticationFailed,
    NetworkError,
    OpenPowerError,
    RateLimited,
    Timeout,
    UnknownProvider,
)
from openpower_core.prices import Channel
from openpower_hub.changes import What
from openpower_hub.homes import Home
from openpower_hub.state import Freshness


@pytest.fixture
def clock() -> ManualClock:
    """Time that the test moves."""
    return manual()


def of(home: Home, role: Role) -> Any:
    """The home's only device of a kind."""
    (state,) = home.of_role(role)
    return state


async def test_a_home_is_read_at_its_interval(clock: ManualClock, tmp_path: Path) -> None:
    """Within a minute at 10 s: six readings or seven, of each device, though the figures may be the same."""
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        changes = collected(hub)
        home = hub.homes["home"]
        await until(lambda: len([each for each in home.devices.values() if each.reading]) == 4, clock)
        changes.clear()
        await passes(clock, 60, step=0.5)

        battery = of(home, Role.BATTERY)
        readings = [each for each in changes if each.what is What.READING and each.device is battery]
        assert battery.interval >= battery.device.capabilities.interval
        expected = 60 / battery.interval.total_seconds()
        assert expected - 1 <= len(readings) <= expected + 1
        assert battery.freshness is Freshness.LIVE


async def test_an_interval_of_the_configuration_is_kept(clock: ManualClock, tmp_path: Path) -> None:
    """Somebody who wants a minute gets a minute, and at most a twentieth more."""
    homes = {"home": {"profiles": ["demo"], "intervals": {"demo": "1 min"}}}
    async with running(config_of(homes=homes), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        battery = await until(lambda: hub.homes["home"].devices and of(hub.homes["home"], Role.BATTERY), clock)
        assert timedelta(seconds=60) <= battery.interval <= timedelta(seconds=63)


async def test_a_profile_that_fails_costs_itself_alone(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An unknown profile is one line of the log, however often it is tried; the other one is read."""
    config = config_of(("home", ("nobody", "demo")))
    with caplog.at_level(logging.WARNING):
        async with running(config, clock=clock, connect=connecting(clock, tmp_path)) as hub:
            home = hub.homes["home"]
            await until(lambda: of(home, Role.BATTERY).live if home.devices else None, clock)
            await passes(clock, 600, step=5)

            assert isinstance(home.failures["nobody"][0].error, UnknownProvider)
            assert of(home, Role.METER).live is not None
    assert len([each for each in caplog.messages if "nobody" in each]) == 1


async def test_a_mistake_of_a_provider_costs_its_profile_alone(clock: ManualClock, tmp_path: Path) -> None:
    """Not only the errors that are meant: whatever a plugin raises."""
    good = connecting(clock, tmp_path)

    def connect(name: str, **options: Any) -> Any:
        if name == "amber":
            raise ZeroDivisionError("a plugin's own mistake")
        return good(name, **options)

    async with running(config_of(("home", ("amber", "demo"))), clock=clock, connect=connect) as hub:
        home = hub.homes["home"]
        await until(lambda: of(home, Role.BATTERY).live if home.devices else None, clock)
        await passes(clock, 60)

        assert "ZeroDivisionError" in str(home.failures["amber"][0].error)
        assert of(home, Role.BATTERY).live is not None


async def test_a_device_that_fails_costs_itself_alone(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading that raises what no provider should raise: the meter is unknown, the battery goes on, and both end well."""
    from openpower_demo._async.devices import AsyncDemoMeter

    works: list[bool] = []
    read = AsyncDemoMeter.read

    async def broken(self: Any, **options: Any) -> Any:
        if not works:
            raise KeyError("figures")
        return await read(self, **options)

    monkeypatch.setattr(AsyncDemoMeter, "read", broken)
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        home = hub.homes["home"]
        await until(lambda: home.devices and of(home, Role.METER).error, clock)
        await until(lambda: of(home, Role.BATTERY).live, clock)
        assert of(home, Role.METER).values["power_w"] is None
        assert home.balance.grid_w is None

        works.append(True)
        await until(lambda: of(home, Role.METER).live, clock, seconds=120)
        assert of(home, Role.METER).error is None


class Refusing:
    """A vendor that cannot be reached."""

    def __init__(self, clock: ManualClock, error: OpenPowerError) -> None:
        self.tried: list[float] = []
        self._clock, self._error = clock, error

    def __call__(self, _name: str, **_options: Any) -> Any:
        self.tried.append(self._clock.monotonic())
        raise self._error

    @property
    def pauses(self) -> list[float]:
        """Between two attempts (s)."""
        return [later - earlier for earlier, later in zip(self.tried, self.tried[1:], strict=False)]


@pytest.mark.parametrize(
    ("error", "longest_s"),
    [(NetworkError("no route", provider="x"), 900), (AuthenticationFailed("wrong password", provider="x"), 7200)],
)
async def test_attempts_become_seldom(clock: ManualClock, error: OpenPowerError, longest_s: float) -> None:
    """Each pause is about twice the one before, up to a quarter of an hour; a wrong password is tried ten times in the first 20 h at most."""
    vendor = Refusing(clock, error)
    async with running(config_of(("home", ("x",))), clock=clock, connect=vendor):
        await passes(clock, 1000, step=4)
        await passes(clock, 71_000, step=40)

    assert all(later > earlier for earlier, later in zip(vendor.pauses[:4], vendor.pauses[1:5], strict=True))
    assert max(vendor.pauses) <= longest_s * 1.2 + 80
    assert min(vendor.pauses[-3:]) >= longest_s * 0.8
    assert longest_s == 900 or len(vendor.tried) <= 24


async def test_the_vendor_says_when_to_come_back(clock: ManualClock) -> None:
    """A limit of two hours is waited for."""
    vendor = Refusing(clock, RateLimited("too many", provider="x", retry_after=timedelta(hours=2)))
    async with running(config_of(("home", ("x",))), clock=clock, connect=vendor):
        await passes(clock, 15_000, step=10)

    assert len(vendor.tried) == 3
    assert all(7200 <= each <= 7220 for each in vendor.pauses)


async def test_a_reload_tries_again_at_once(clock: ManualClock) -> None:
    """Whoever has corrected a password does not wait for hours."""
    vendor = Refusing(clock, AuthenticationFailed("wrong password", provider="x"))
    config = config_of(("home", ("x",)))
    async with running(config, clock=clock, connect=vendor) as hub:
        await passes(clock, 3600, step=10)
        before = len(vendor.tried)
        await hub.reload(config)
        await until(lambda: len(vendor.tried) == before + 1, seconds=5)


async def test_credentials_that_are_refused_later_are_read_anew(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password that was changed: the profile is connected again, with what is stored by then."""
    from openpower_demo._async.devices import AsyncDemoMeter

    refused: list[bool] = []
    connections: list[Any] = []
    read, good = AsyncDemoMeter.read, connecting(clock, tmp_path)

    async def refusing(self: Any, **options: Any) -> Any:
        if refused and self.native is connections[0].native:
            raise AuthenticationFailed("wrong password", provider="demo")
        return await read(self, **options)

    def connect(name: str, **options: Any) -> Any:
        connections.append(good(name, **options))
        return connections[-1]

    monkeypatch.setattr(AsyncDemoMeter, "read", refusing)
    async with running(config_of(), clock=clock, connect=connect) as hub:
        home = hub.homes["home"]
        await until(lambda: home.devices and of(home, Role.METER).live, clock)
        refused.append(True)
        await until(lambda: home.failures.get("demo"), clock)
        await until(lambda: len(connections) == 2 and of(home, Role.METER).live, clock)
        assert connections[0].closed
        assert of(home, Role.METER).error is None
        assert not home.failures["demo"]


async def test_figures_become_late_and_go(clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After two intervals they are late, after a quarter of an hour gone; the last number is shown as neither; then it is back."""
    from openpower_demo._async.devices import AsyncDemoBattery

    away: list[bool] = []
    read = AsyncDemoBattery.read

    async def lost(self: Any, **options: Any) -> Any:
        if away:
            raise Timeout("no answer", provider="demo")
        return await read(self, **options)

    monkeypatch.setattr(AsyncDemoBattery, "read", lost)
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        changes = collected(hub)
        home = hub.homes["home"]
        state = await until(lambda: home.devices and of(home, Role.BATTERY).live and of(home, Role.BATTERY), clock)
        soc = state.values["soc_pct"]
        assert soc is not None
        away.append(True)
        seen = [state.freshness]
        for _ in range(1000):
            await passes(clock, 1)
            if state.freshness is not seen[-1]:
                seen.append(state.freshness)
            if state.freshness is not Freshness.LIVE:
                assert state.live is None
                assert state.values["soc_pct"] is None
        assert seen == [Freshness.LIVE, Freshness.LATE, Freshness.GONE]
        assert isinstance(state.error, Timeout)
        assert state.failing_since is not None
        told = [each for each in changes if each.what is What.FRESHNESS and each.device is state]
        assert len(told) >= 3  # it fails, is late, is gone

        away.clear()
        await until(lambda: state.live, clock, seconds=700)
        assert state.error is None
        assert state.failing_since is None


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(days=-20_600)])
async def test_a_wall_clock_that_is_set_does_no_harm(clock: ManualClock, tmp_path: Path, jump: timedelta) -> None:
    """Figures stay live, readings go on, and the prices are those of the new time."""
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        home = hub.homes["home"]
        battery = await until(lambda: home.devices and of(home, Role.BATTERY).live and of(home, Role.BATTERY), clock)
        retailer = of(home, Role.RETAILER)
        await until(lambda: retailer.price(Channel.IMPORT), clock)
        clock.jump(jump)
        first = battery.reading
        for _ in range(60):
            await passes(clock, 1)
            assert battery.freshness is Freshness.LIVE
        assert battery.reading is not first
        await until(lambda: retailer.price(Channel.IMPORT), clock, seconds=400)
        assert retailer.price(Channel.IMPORT).covers(clock.now())


async def test_a_reload_leaves_alone_what_stays(clock: ManualClock, tmp_path: Path) -> None:
    """A home that is the same in both goes on with the same connection; a new one comes, and one that is gone is closed."""
    connections: list[Any] = []
    good = connecting(clock, tmp_path)

    def connect(name: str, **options: Any) -> Any:
        connections.append(good(name, **options))
        return connections[-1]

    before = config_of(("stays", ("demo",)), ("goes", ("demo",)))
    async with running(before, clock=clock, connect=connect) as hub:
        await until(lambda: all(home.devices for home in hub.homes.values()), clock)
        stays = hub.homes["stays"]
        assert len(connections) == 2

        await hub.reload(config_of(("stays", ("demo",)), ("comes", ("demo",))))
        await until(lambda: len(connections) == 3 and hub.homes["comes"].devices, clock)

        assert hub.homes["stays"] is stays
        assert list(hub.homes) == ["stays", "comes"]
        assert [each.closed for each in connections] == [False, True, False]
        await passes(clock, 30)
        assert of(stays, Role.BATTERY).live is not None
    assert all(each.closed for each in connections)


async def test_reloads_that_come_close_together_do_no_harm(clock: ManualClock, tmp_path: Path) -> None:
    """Ten at once end with the last one's configuration."""
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        await until(lambda: hub.homes["home"].devices, clock)
        names = [f"home{number}" for number in range(10)]
        await asyncio.gather(*(hub.reload(config_of((name, ("demo",)))) for name in names))

        assert list(hub.homes) == ["home9"]
        await until(lambda: hub.homes["home9"].devices, clock)


async def test_a_box_that_two_profiles_have_is_used_once(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is read through one of them, and said once."""
    with caplog.at_level(logging.WARNING):
        async with running(
            config_of(("home", ("demo", "again"))),
            clock=clock,
            connect=lambda _, **options: connecting(clock, tmp_path)("demo", **options),
        ) as hub:
            await until(lambda: hub.homes["home"].devices, clock)
            await passes(clock, 3600 * 3, step=60)
            assert {state.profile for state in hub.homes["home"].devices.values()} == {"demo"}
    assert len([each for each in caplog.messages if "as well" in each]) == len(Role)


async def test_a_price_that_cannot_be_compared_ends_no_supervision(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the look at the age of figures raises: readings, and with them supervision, go on."""
    from openpower_hub.state import DeviceState

    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        home = hub.homes["home"]
        battery = await until(lambda: home.devices and of(home, Role.BATTERY).live and of(home, Role.BATTERY), clock)

        def broken(self: Any, channel: Channel) -> Any:
            raise ArithmeticError("a price")

        monkeypatch.setattr(DeviceState, "price", broken)
        await passes(clock, 60)
        assert battery.live is not None
        assert not hub._tasks["home home"].done()
    assert len([each for each in caplog.messages if "age of figures" in each]) == 1


async def test_a_connection_that_fails_as_it_is_closed_ends_all_the_same(clock: ManualClock, tmp_path: Path) -> None:
    """A reload that drops the home waits for it, and must not wait for ever."""
    good = connecting(clock, tmp_path)

    class Failing:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        async def __aenter__(self) -> Any:
            return await self._connection.__aenter__()

        async def __aexit__(self, *about: object) -> None:
            await self._connection.__aexit__(*about)
            raise OSError("the socket was closed already")

    config = config_of(("home", ("demo",)), ("other", ("demo",)))
    async with running(config, clock=clock, connect=lambda name, **given: Failing(good(name, **given))) as hub:
        await until(lambda: hub.homes["home"].devices, clock)
        reload = asyncio.create_task(hub.reload(config_of(("other", ("demo",)))))
        await until(reload.done, clock)
        assert list(hub.homes) == ["other"]
