# ruff: noqa: ARG002
"""The history as other integrations read it: asynchronous, with one thread behind it."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from openpower_core.prices import Channel, Price
from openpower_hub.history.cells import Cell


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


class Store:
    """Reads the history. Every call may raise an :class:`~openpower_core.errors.OpenPowerError` where it cannot be read."""

    async def series(self, key: str, figure: str, start: datetime, end: datetime, *, step: timedelta) -> list[Cell]:
        """A figure of a device in ``[start, end)``, in time order; only cells that have data.

        Args:
            key: the device's key.
            figure: its name in :data:`~openpower_hub.figures.FIGURES`.
            start: cells begin on whole steps of the home's clock; the first one is that which holds ``start``.
            end: UTC.
            step: the length of a cell; whole days are those of the home's clock.

        Raises:
            InvalidValue: there is no such figure, or it would be more than 20,000 cells.
        """
        return []

    async def prices(self, key: str, channel: Channel | str, start: datetime, end: datetime) -> list[Price]:
        """The prices of a retailer that touch ``[start, end)``, in time order, as they were known last."""
        return []

    async def receipts(
        self, key: str | None = None, start: datetime | None = None, end: datetime | None = None, limit: int = 100
    ) -> list[KeptReceipt]:
        """What writes became of, newest first; of one device or of all."""
        return []
