"""Change events, and the bus that passes them from homes to integrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from openpower_core.writes import Receipt
from openpower_hub.state import DeviceState

MOST_WAITING: Final = 10_000
"""How many changes wait for one integration; the oldest are dropped beyond, which only receipts can reach."""


class What(StrEnum):
    """The kind of a change."""

    DEVICES = "devices"
    """Which devices a home has; or a part of it was lost or came back."""
    READING = "reading"
    """A device was read; its figures may be the same as before."""
    PRICES = "prices"
    """A retailer's running prices, or its forecast."""
    FRESHNESS = "freshness"
    """A device's figures became late, or are gone, or are live again."""
    COMMAND = "command"
    """What openpower has commanded, and not released."""
    RECEIPT = "receipt"
    """A write got somewhere; :attr:`Change.receipt` has it."""


@frozen(kw_only=True)
class Change:
    """A change at a home. The new state itself is in the home and device objects."""

    what: What
    """The kind of change."""
    home: str
    """The name of the home."""
    device: DeviceState | None = None
    """Of which device; None if it concerns the home."""
    receipt: Receipt | None = None
    """The receipt, of a RECEIPT; None of an order that failed before there was one."""
    by: str = ""
    """Who asked for the write: the name of an integration, or ``"release"`` for an end that came."""
    error: str = ""
    """Why a write failed, in words; empty if it did not."""

    @property
    def key(self) -> tuple[Any, ...]:
        """Changes with the same key replace each other while they wait: only the last state matters, save for receipts."""
        about = None if self.device is None else self.device.key
        unique = id(self) if self.what is What.RECEIPT else None
        return self.what, self.home, about, unique


class Bus:
    """Passes each change to all subscribers; a slow subscriber blocks neither the others nor the homes."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def publish(self, change: Change) -> None:
        """Pass a change on; it never waits."""
        for subscription in self._subscriptions:
            subscription.put(change)

    @contextmanager
    def subscribe(self, *kinds: What) -> Generator[Subscription]:
        """The changes from now on, of those kinds or of all."""
        subscription = Subscription(frozenset(kinds or What))
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)


class Subscription:
    """The queued changes of one subscriber: ``async for change in subscription``."""

    def __init__(self, kinds: frozenset[What]) -> None:
        self._kinds = kinds
        self._waiting: dict[tuple[Any, ...], Change] = {}
        self._arrived = asyncio.Event()

    def put(self, change: Change) -> None:
        """Add a change, in the place of an older one of the same key."""
        if change.what not in self._kinds:
            return
        self._waiting[change.key] = change
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._arrived.set()

    async def next(self) -> Change:
        """The oldest change that waits, or the next one to come."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.pop(next(iter(self._waiting)))

    async def __aiter__(self) -> AsyncIterator[Change]:
        while True:
            yield await self.next()
