"""Hubs in this process, on a clock that the test moves: what happens to homes within hours, in seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_hub.changes import Change
from openpower_hub.config import HubConfig
from openpower_hub.config_file import parse_config
from openpower_hub.engine import Hub

NOON = datetime(2026, 6, 20, 2, tzinfo=UTC)
"""In Sydney, where the simulated home is."""
QUIET = {"http": {"enabled": False}, "history": {"enabled": False}, "prometheus": {"enabled": False}}


def config_of(*homes: tuple[str, tuple[str, ...]], **tables: Any) -> HubConfig:
    """Homes alone, without integrations; further tables as in the file."""
    named = {name: {"profiles": list(profiles)} for name, profiles in homes or (("home", ("demo",)),)}
    return parse_config({"homes": named, **QUIET, **tables}, "the test")


def manual() -> ManualClock:
    """Time that stands still until the test moves it."""
    return ManualClock(NOON, sleeping_advances=False)


def connecting(clock: Any, folder: Path, **options: Any) -> Callable[..., Any]:
    """What connects profiles on a clock, and remembers in a folder; other options only to the simulated home."""

    def connect(name: str, **given: Any) -> Any:
        more = options if name == "demo" else {}
        return connect_async(name, clock=clock, state_dir=folder, **{**more, **given})

    return connect


@asynccontextmanager
async def running(config: HubConfig, **options: Any) -> AsyncIterator[Hub]:
    """A hub, until the block is left."""
    hub = Hub(config, **options)
    task = asyncio.create_task(hub.run())
    await asyncio.sleep(0)  # it has started
    try:
        yield hub
    finally:
        hub.stop()
        await asyncio.wait_for(task, 20)


async def passes(clock: ManualClock, seconds: float, *, step: float = 1.0) -> None:
    """Let time pass; what wakes meanwhile has a moment to do its work, some of it in threads."""
    for _ in range(round(seconds / step)):
        clock.advance(step)
        await asyncio.sleep(0.002)


async def until(condition: Callable[[], Any], clock: ManualClock | None = None, *, seconds: float = 60) -> Any:
    """Wait for something to become true, on the test's clock or for real."""
    for _ in range(round(seconds / 0.5) if clock else round(seconds / 0.02)):
        if found := condition():
            return found
        if clock is not None:
            clock.advance(0.5)
        await asyncio.sleep(0.005 if clock else 0.02)
    raise AssertionError("it did not happen")


def collected(hub: Hub) -> list[Change]:
    """All changes from now on, in order."""
    changes: list[Change] = []
    hub.bus.publish = lambda change, publish=hub.bus.publish: (changes.append(change), publish(change))[1]  # type: ignore[method-assign,misc,assignment,func-returns-value]
    return changes
