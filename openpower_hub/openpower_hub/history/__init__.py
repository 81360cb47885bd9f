"""The history: every reading, price and receipt, with means of five minutes, hours and days that are kept for ever."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import ConfigurationError, OpenPowerError
from openpower_hub.changes import Subscription, What
from openpower_hub.control import BUILT
from openpower_hub.history.backfill import Backfill
from openpower_hub.history.cells import LEVELS, Cell, to_ms
from openpower_hub.history.database import Database, Device, Sample
from openpower_hub.history.rows import device_of, live_sample
from openpower_hub.history.store import KeptReceipt, Store, location, price_row
from openpower_hub.homes import states_of

if TYPE_CHECKING:
    from openpower_core.writes import Receipt
    from openpower_hub.engine import Hub
    from openpower_hub.state import DeviceState

__all__ = ["Cell", "History", "KeptReceipt", "Store"]

_log = logging.getLogger("openpower.hub")

COMMIT_S: Final = 5.0
"""How often what is new is written; that much is lost at most when the process is killed."""
PRUNE: Final = timedelta(hours=1)
MOST_WAITING: Final = 20_000
"""How many readings wait while nothing can be written: five hours of ten devices; the oldest are dropped beyond."""


class History:
    """Records what the homes report; :attr:`store` reads it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._keep = hub.config.history.raw
        self.store = Store(Database(location(hub.config.history)), hub.clock)
        """What was recorded, as other integrations read it."""
        self._samples: deque[tuple[Device, Sample]] = deque(maxlen=MOST_WAITING)
        self._prices: dict[str, tuple[Device, dict[Any, dict[str, Any]]]] = {}
        self._receipts: deque[tuple[Device, dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._known_prices: dict[str, dict[Any, dict[str, Any]]] = {}
        self._failed = False
        self._rolled = 0
        self._pruned = BUILT

    async def run(self) -> None:
        """Record until this is cancelled.

        Raises:
            ConfigurationError: the history cannot be used as it is; the hub goes on without it.
        """
        backfill = Backfill(self.store, self._hub.clock, self._keep, self._write_past)
        tasks: set[asyncio.Task[None]] = set()
        # Before the database is opened: an overdue command is released first of all.
        with self._hub.bus.subscribe(What.READING, What.PRICES, What.RECEIPT) as changes:
            try:
                await self._flush()  # opens it, and says what is wrong with it
                parts = (self._listen(changes, backfill), self._commit(), backfill.run())
                tasks = {asyncio.ensure_future(each) for each in parts}
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                done.pop().result()  # which failed
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                if tasks:
                    await self._flush()
                await self.store.aclose()

    async def _listen(self, changes: Subscription, backfill: Backfill) -> None:
        for _, state in states_of(self._hub.homes):  # what arrived before
            self._take(state, backfill)
        async for change in changes:
            if change.device is None:
                continue
            if change.what is not What.RECEIPT:
                self._take(change.device, backfill)
            elif change.receipt is not None and self._hub.clock.now() >= BUILT:
                row = self._receipt_row(change.receipt, change.by, change.error)
                self._receipts.append((device_of(change.device), row))

    def _take(self, state: DeviceState, backfill: Backfill) -> None:
        """Remember what was read, unless this machine does not know when."""
        if self._hub.clock.now() < BUILT:
            return
        if len(state.prices):
            self._take_prices(state)
            backfill.saw(state, state.prices[0].start)
        elif state.reading is not None and state.read_at is not None and state.read_at >= BUILT:
            self._samples.append((device_of(state), live_sample(state)))
            backfill.saw(state, state.read_at)

    def _take_prices(self, state: DeviceState) -> None:
        """Remember the prices that are new, or another forecast."""
        rows = {(row["channel"], row["register"], row["at"]): row for row in map(price_row, state.prices)}
        known = self._known_prices.get(state.key, {})
        fresh = {place: row for place, row in rows.items() if known.get(place) != row}
        self._known_prices[state.key] = rows
        if fresh:
            self._prices.setdefault(state.key, (device_of(state), {}))[1].update(fresh)

    def _receipt_row(self, receipt: Receipt, by: str, error: str) -> dict[str, Any]:
        command = receipt.command
        until, due = command.until if command else None, receipt.release_due
        return {
            "id": receipt.id,
            "state": receipt.state.value,
            "seen_at": to_ms(self._hub.clock.now()),
            "at": to_ms(receipt.at),
            "operation": receipt.operation,
            "by": by,
            "error": error,
            "note": receipt.note,
            "mode": command.mode.value if command else None,
            "until": None if until is None else to_ms(until),
            "power_w": command.power_w if command else None,
            "target_soc_pct": command.target_soc_pct if command else None,
            "release_due": None if due is None else to_ms(due),
        }

    async def _commit(self) -> None:
        while True:
            await self._hub.clock.asleep(COMMIT_S)
            await self._flush()

    async def _flush(self) -> None:
        """Write what waits, and make the cells that are complete; what cannot be written waits on."""
        now = self._hub.clock.now()
        if now < BUILT:
            return
        samples, prices, receipts = list(self._samples), dict(self._prices), list(self._receipts)
        self._samples.clear()
        self._prices.clear()
        self._receipts.clear()
        try:
            await self._write_past(
                samples=_by_device(samples),
                prices=[(device, list(rows.values())) for device, rows in prices.values()],
                receipts=receipts,
            )
            samples, prices, receipts = [], {}, []
            await self._keep_up(now)
        except OpenPowerError as error:
            if isinstance(error, ConfigurationError):
                raise
            self._put_back(samples, prices, receipts)
            self._fail(error)
        else:
            self._recovered()

    async def _write_past(
        self,
        samples: list[tuple[Device, list[Sample]]] | None = None,
        prices: list[tuple[Device, list[dict[str, Any]]]] | None = None,
        receipts: list[tuple[Device, dict[str, Any]]] | None = None,
    ) -> None:
        await self.store.write(samples or [], prices or [], receipts or [])

    async def _keep_up(self, now: datetime) -> None:
        """Make cells every five minutes, and delete old readings every hour."""
        if to_ms(now) // LEVELS[0] == self._rolled:
            return
        prune = abs(now - self._pruned) >= PRUNE
        more = await self.store.roll(now, now - self._keep if prune else None)
        self._rolled = to_ms(now) // LEVELS[0]
        if prune and not more:
            self._pruned = now

    def _put_back(
        self,
        samples: list[tuple[Device, Sample]],
        prices: dict[str, tuple[Device, dict[Any, dict[str, Any]]]],
        receipts: list[tuple[Device, dict[str, Any]]],
    ) -> None:
        room = MOST_WAITING - len(self._samples)
        self._samples.extendleft(reversed(samples[-room:] if room else []))
        self._receipts.extendleft(reversed(receipts))
        for key, (device, rows) in prices.items():
            newer = self._prices.pop(key, (device, {}))[1]
            self._prices[key] = device, rows | newer

    def _fail(self, error: OpenPowerError) -> None:
        if not self._failed:
            _log.warning("history: %s Nothing is recorded until it can be; everything else goes on.", error)
        self._failed = True
        self._hub.problems["history"] = str(error)

    def _recovered(self) -> None:
        if self._failed:
            _log.info("history: recorded again")
        self._failed = False
        self._hub.problems.pop("history", None)


def _by_device(samples: list[tuple[Device, Sample]]) -> list[tuple[Device, list[Sample]]]:
    found: dict[str, tuple[Device, list[Sample]]] = {}
    for device, sample in samples:
        found.setdefault(device.key, (device, []))[1].append(sample)
    return list(found.values())
