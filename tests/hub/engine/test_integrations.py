"""Integrations fail alone: what one of them raises, or takes, costs neither the homes nor the others."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hubs import config_of, connecting, manual, passes, running, until

from openpower_core.clock import ManualClock
from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError, NetworkError
from openpower_hub import integration


class Fake:
    """An integration that does what the test says."""

    runs: ClassVar[list[float]] = []
    raises: ClassVar[list[Exception]] = []
    ended: ClassVar[list[bool]] = []

    def __init__(self, hub: Any) -> None:
        self._hub = hub

    async def run(self) -> None:
        """Raise what is next, or stay."""
        self.runs.append(self._hub.clock.monotonic())
        if self.raises:
            raise self.raises.pop(0)
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.append(True)


class Unmakeable:
    """An integration that cannot even be made."""

    def __init__(self, hub: Any) -> None:
        raise LookupError("no template")


@pytest.fixture
def clock() -> ManualClock:
    """Time that the test moves."""
    return manual()


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> type[Fake]:
    """One integration, which every configuration wants."""
    for each in (Fake.runs, Fake.raises, Fake.ended):
        each.clear()
    monkeypatch.setattr(integration, "import_module", lambda name: {"fake": _Module}[name])
    monkeypatch.setattr(
        integration,
        "INTEGRATIONS",
        {"mqtt": ("fake:Fake", lambda _: True), "predbat": ("fake:Unmakeable", lambda _: True)},
    )
    return Fake


class _Module:
    Fake = Fake
    Unmakeable = Unmakeable


async def test_a_failure_is_said_once_and_tried_again(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An unreachable broker: one line, pauses of 1, 2, 4 … s, and the homes are read meanwhile."""
    Fake.raises[:] = [NetworkError("the broker does not answer", provider="mqtt") for _ in range(6)]
    with caplog.at_level(logging.WARNING):
        async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
            home = hub.homes["home"]
            await until(lambda: len(Fake.runs) == 7, clock, seconds=200)
            assert home.of_role(Role.BATTERY)[0].live
            assert "does not answer" in hub.problems["mqtt"]
    pauses = [round(later - earlier) for earlier, later in zip(Fake.runs, Fake.runs[1:], strict=False)]
    assert pauses == [1, 2, 4, 8, 16, 32]
    assert len([each for each in caplog.messages if "does not answer" in each]) == 1
    assert Fake.ended == [True]


async def test_what_the_configuration_has_wrong_is_not_tried_again(
    clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line that says what to do; the rest runs."""
    Fake.raises[:] = [ConfigurationError("the port 8484 is in use.", hint="Choose another one.")]
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        await until(lambda: hub.problems.get("mqtt"), clock)
        await passes(clock, 300, step=5)
        assert len(Fake.runs) == 1
        assert hub.homes["home"].of_role(Role.BATTERY)[0].live
    assert "mqtt: the port 8484 is in use. Choose another one." in caplog.messages


async def test_one_that_cannot_be_made_costs_itself_alone(clock: ManualClock, tmp_path: Path) -> None:
    """The others run, and the homes too."""
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        await until(lambda: hub.homes["home"].devices and Fake.runs, clock)
        assert hub.problems["predbat"] == "LookupError: no template"
        assert list(hub.integrations) == ["mqtt"]


async def test_a_reload_starts_anew_what_changed(clock: ManualClock, tmp_path: Path) -> None:
    """With the same configuration it goes on; with another one for it, or other homes, it starts again."""
    connect = connecting(clock, tmp_path)
    async with running(config_of(mqtt={"host": "a"}), clock=clock, connect=connect) as hub:
        await until(lambda: Fake.runs, clock)
        await hub.reload(config_of(mqtt={"host": "a"}))
        assert len(Fake.runs) == 1
        await hub.reload(config_of(mqtt={"host": "b"}))
        await until(lambda: len(Fake.runs) == 2, clock)
        await hub.reload(config_of(("other", ("demo",)), mqtt={"host": "b"}))
        await until(lambda: len(Fake.runs) == 3, clock)
        assert Fake.ended == [True, True]


async def test_a_broker_that_is_away_for_days_is_tried_on(clock: ManualClock, tmp_path: Path) -> None:
    """More than a thousand failures in a row, 17 hours of a minute each: the pauses stay a minute, and none is the last."""
    Fake.raises[:] = [NetworkError("the broker does not answer", provider="mqtt") for _ in range(1100)]
    config = config_of(("home", ("nobody",)))
    async with running(config, clock=clock, connect=connecting(clock, tmp_path)):
        for _ in range(1200):
            clock.advance(60)
            for _ in range(4):
                await asyncio.sleep(0)
        assert len(Fake.runs) == 1101


async def test_integrations_end_before_the_homes_of_a_reload(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an integration puts back at its end needs the home's connection."""
    open_still: list[bool] = []

    async def run(self: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            if home := self._hub.homes.get("home"):
                await asyncio.sleep(0.05)
                await home.of_role(Role.BATTERY)[0].device.read()
                open_still.append(True)

    monkeypatch.setattr(Fake, "run", run)
    async with running(config_of(), clock=clock, connect=connecting(clock, tmp_path)) as hub:
        await until(lambda: hub.homes["home"].devices and hub.homes["home"].of_role(Role.BATTERY), clock)
        await hub.reload(config_of(("other", ("demo",))))
        assert open_still == [True]


async def test_one_that_fails_at_its_end_does_not_run_on(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is lost while the connection to it is closed: a reload neither waits for ever nor leaves two of them."""

    async def run(self: Any) -> None:
        self.runs.append(0.0)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise NetworkError("the connection was lost") from None

    monkeypatch.setattr(Fake, "run", run)
    connect = connecting(clock, tmp_path)
    async with running(config_of(mqtt={"host": "a"}), clock=clock, connect=connect) as hub:
        await until(lambda: Fake.runs, clock)
        reload = asyncio.create_task(hub.reload(config_of(mqtt={"host": "b"})))
        await until(reload.done, clock)
        await until(lambda: len(Fake.runs) == 2, clock)
        await passes(clock, 30)
        assert len(Fake.runs) == 2
