"""The history as integrations read and write it: asynchronous, with one thread behind it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from attrs import frozen
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from openpower_core.checks import instant, one_of, step as checked_step
from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.connection.context import state_folder
from openpower_core.errors import ConfigurationError, InvalidValue
from openpower_core.prices import Channel, Price, PriceKind, PriceSeries
from openpower_core.readings import Reading
from openpower_hub.figures import Figure, figures_of
from openpower_hub.history.cells import Cell, to_cells, to_ms, to_time
from openpower_hub.history.database import FOREVER, Database, Device, Sample
from openpower_hub.history.rows import reading_of

if TYPE_CHECKING:
    from openpower_hub.config import HistoryConfig

T = TypeVar("T")
FILE: Final = "history.sqlite"


@frozen(kw_only=True)
class KeptReceipt:
    """A state that a write reached, without the serial number of its device."""

    id: str
    """The write's id; the same for all its states."""
    key: str
    """The device's key."""
    home: str
    """The name of its home."""
    at: datetime
    """When it was planned (UTC)."""
    seen_at: datetime
    """When it reached this state (UTC)."""
    state: str
    """A value of :class:`~openpower_core.writes.WriteState`."""
    operation: str
    """openpower's name for it."""
    by: str
    """Who asked for it."""
    error: str = ""
    """Why it failed, in words; empty if it did not."""
    note: str = ""
    """Anything else to know, in words."""
    mode: str | None = None
    """Of a battery command: its mode, and so the next three."""
    until: datetime | None = None
    power_w: float | None = None
    target_soc_pct: float | None = None
    release_due: datetime | None = None
    """When it has to be released; None where the device ends it."""


def location(config: HistoryConfig) -> URL:
    """Where the history is: as the environment says, or the configuration, or in the state folder.

    Raises:
        ConfigurationError: it is no URL, or the configuration file holds a password.
    """
    given = os.environ.get("OPENPOWER_HISTORY_URL") or config.url
    if given is None:
        return URL.create("sqlite", database=str(state_folder() / FILE))
    try:
        url = make_url(given)
    except ArgumentError:
        raise ConfigurationError(
            "the URL of the history cannot be read.", hint="Write postgresql+psycopg://user@host/database."
        ) from None
    if url.password and given == config.url:
        raise ConfigurationError(
            "url in [history] holds a password, and this file holds no secrets.",
            hint="Put the URL into OPENPOWER_HISTORY_URL, or the password into PGPASSWORD or ~/.pgpass.",
        )
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


class Store:
    """The history. Every call may raise an :class:`~openpower_core.errors.OpenPowerError` where it cannot be read.

    Args:
        database: where it is.
        clock: for what the time is.
    """

    def __init__(self, database: Database, clock: Clock = SYSTEM_CLOCK) -> None:
        self._database = database
        self._clock = clock
        self._thread: ThreadPoolExecutor | None = None

    async def series(self, key: str, figure: str, start: datetime, end: datetime, *, step: timedelta) -> list[Cell]:
        """A figure of a device in ``[start, end)``, in time order; only cells that have data.

        Args:
            key: the device's key.
            figure: its name in :data:`~openpower_hub.figures.FIGURES`.
            start: the first cell is that which holds it; cells begin on whole steps of the home's clock.
            end: UTC.
            step: the length of a cell: what divides a day, or whole days, which are those of the home's clock. Below five
                minutes only readings that are still kept count.

        Raises:
            InvalidValue: there is no such figure, the step does not fit, or it would be more than 20,000 cells.
        """
        first, last = to_ms(instant(start, "start")), to_ms(instant(end, "end"))
        every = checked_step(step, "step") // timedelta(milliseconds=1)
        return await self.call(partial(self._series, key, figure, first, last, every))

    def _series(self, key: str, name: str, start: int, end: int, step: int) -> list[Cell]:
        if (figure := self._figure(key, name)) is None:
            return []
        return to_cells(figure, self._database.series(key, figure, start, end, step, to_ms(self._clock.now())))

    def _figure(self, key: str, name: str) -> Figure | None:
        """The figure of a device; None where there is no such device."""
        if (device := self._database.find(key)) is None:
            return None
        known = {figure.name: figure for figure in figures_of(device.role)}
        if name not in known:
            raise InvalidValue(f"figure is {name!r}; the {device.role.words} has {', '.join(known) or 'none'}.")
        return known[name]

    async def prices(self, key: str, channel: Channel | str, start: datetime, end: datetime) -> list[Price]:
        """The prices of a retailer that touch ``[start, end)``, in time order, as they were known last."""
        name = one_of(Channel, channel, "channel").value
        first, last = to_ms(instant(start, "start")), to_ms(instant(end, "end"))
        rows = await self.call(partial(self._database.prices, key, name, first, last))
        return list(PriceSeries.firmest(map(_price, rows)))

    async def receipts(
        self, key: str | None = None, start: datetime | None = None, end: datetime | None = None, limit: int = 100
    ) -> list[KeptReceipt]:
        """What writes became of, newest first; of one device or of all."""
        first = 0 if start is None else to_ms(instant(start, "start"))
        last = FOREVER if end is None else to_ms(instant(end, "end"))
        rows = await self.call(partial(self._database.receipts, key, first, last, limit))
        return [_receipt(row) for row in rows]

    async def readings(self, key: str, start: datetime, end: datetime) -> list[Reading]:
        """The readings of a device in ``[start, end)`` that are still kept, in time order."""
        first, last = to_ms(instant(start, "start")), to_ms(instant(end, "end"))
        device = await self.call(partial(self._database.find, key))
        rows = await self.call(partial(self._database.readings, key, first, last))
        return [reading_of(device.role, row) for row in rows] if device is not None else []

    async def known_until(self, key: str, before: datetime) -> datetime | None:
        """Up to when something is known of a device, before an instant; None if nothing is."""
        found = await self.call(partial(self._database.known_until, key, to_ms(before)))
        return None if found is None else to_time(found)

    async def write(
        self,
        samples: list[tuple[Device, list[Sample]]],
        prices: list[tuple[Device, list[dict[str, Any]]]],
        receipts: list[tuple[Device, dict[str, Any]]],
    ) -> None:
        """Add what is new: all of it or nothing."""
        now = to_ms(self._clock.now())
        await self.call(partial(self._database.write, samples, prices, receipts, now=now))

    async def roll(self, now: datetime, oldest: datetime | None) -> bool:
        """Make the cells that are complete, and delete readings from before ``oldest``; returns whether more are to be deleted."""
        await self.call(partial(self._database.roll, to_ms(now)))
        return oldest is not None and await self.call(partial(self._database.prune, to_ms(oldest)))

    async def call(self, work: Callable[[], T]) -> T:
        """Run something in the one thread that uses the database."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="openpower-history")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def aclose(self) -> None:
        """Close the database, once what is under way is done."""
        if self._thread is not None:
            await self.call(self._database.close)
            self._thread.shutdown(wait=False)
            self._thread = None


def price_row(price: Price) -> dict[str, Any]:
    """A price as it is kept."""
    return {
        "channel": price.channel.value,
        "register": price.register or "",
        "at": to_ms(price.start),
        "until": None if price.end is None else to_ms(price.end),
        "per_kwh": str(price.per_kwh),
        "currency": price.currency,
        "tax_included": price.tax_included,
        "kind": price.kind.value,
        "estimate": price.estimate,
        "spike": price.spike,
        "renewables_pct": price.renewables_pct,
        "period": price.period,
    }


def _price(row: dict[str, Any]) -> Price:
    del row["device"]
    start, end, register = row.pop("at"), row.pop("until"), row.pop("register")
    return Price(
        start=to_time(start),
        end=None if end is None else to_time(end),
        register=register or None,
        per_kwh=Decimal(row.pop("per_kwh")),
        channel=Channel(row.pop("channel")),
        kind=PriceKind(row.pop("kind")),
        **row,
    )


_TIMES: Final = ("at", "seen_at", "until", "release_due")


def _receipt(row: dict[str, Any]) -> KeptReceipt:
    del row["device"]
    times: dict[str, Any] = {name: to_time(row[name]) for name in _TIMES if row[name] is not None}
    return KeptReceipt(**row | times)
