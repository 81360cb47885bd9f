"""Asks vendors for what happened while nobody looked: little at a time, and only for as far back as readings are kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.devices.roles import Role
from openpower_core.errors import ConnectionClosed, OpenPowerError, RateLimited, TemporaryError
from openpower_core.secrets import mask
from openpower_hub.history.rows import device_of, vendor_samples
from openpower_hub.history.store import Store, price_row
from openpower_hub.state import DeviceState

if TYPE_CHECKING:
    from openpower_core.clock import Clock

_log = logging.getLogger("openpower.hub")

GAP: Final = timedelta(minutes=15)
"""How long a gap has to be until a vendor is asked; also longer than three intervals of the device."""
FARTHEST: Final = timedelta(days=7)
"""How far back a vendor is asked; a device without any history gets that much."""
_PIECE: Final = timedelta(days=1)
_FIRST_PAUSE_S: Final = 5.0
_PAUSE_S: Final = 5.0
"""Between two questions, so that readings and commands are not held up by a vendor's limits."""
_TRIES: Final = 3
_RETRY_S: Final = 300.0


@frozen
class _Piece:
    """A day of a gap, or less."""

    state: DeviceState
    start: datetime
    end: datetime


class Backfill:
    """Finds gaps, and fills them one after the other.

    Args:
        store: where the history is.
        clock: for pauses.
        keep: how long readings are kept.
        write: adds what a vendor says to the history.
    """

    def __init__(self, store: Store, clock: Clock, keep: timedelta, write: Callable[..., Awaitable[None]]) -> None:
        self._store = store
        self._clock = clock
        self._farthest = min(keep, FARTHEST)
        self._write = write
        self._until: dict[str, datetime] = {}
        self._pieces: list[_Piece] = []
        self._returned: asyncio.Queue[tuple[DeviceState, datetime | None, datetime]] = asyncio.Queue()

    def saw(self, state: DeviceState, at: datetime) -> None:
        """A device was read, or the prices of a retailer are known from ``at`` on."""
        before = self._until.get(state.key)
        self._until[state.key] = at
        needs = Feature.PRICES if state.role is Role.RETAILER else Feature.HISTORY
        longest = max(GAP, 3 * state.interval)
        if state.device.capabilities[needs] and (before is None or at - before > longest):
            self._returned.put_nowait((state, before, at))

    async def run(self) -> None:
        """Fill gaps until this is cancelled."""
        await self._clock.asleep(_FIRST_PAUSE_S)
        while True:
            if not self._pieces or not self._returned.empty():
                await self._cut(*await self._returned.get())
                continue
            # The last day of all devices first, which people look at first.
            piece = max(self._pieces, key=lambda each: each.end)
            self._pieces.remove(piece)
            try:
                await self._fill(piece)
            except OpenPowerError as error:
                self._pieces = [each for each in self._pieces if each.state is not piece.state]
                _log.info(
                    "%s: the history of %s before %s stays incomplete: %s",
                    piece.state.home, mask(piece.state.info.id), f"{piece.end:%Y-%m-%d %H:%M} UTC", error,
                )  # fmt: skip
            await self._clock.asleep(_PAUSE_S)

    async def _cut(self, state: DeviceState, before: datetime | None, at: datetime) -> None:
        """Add the days of the gap before a reading, if there is one."""
        try:
            if before is None:
                before = await self._store.known_until(state.key, at)
        except OpenPowerError:  # the recorder says it
            return
        start, end = max(before or at - self._farthest, at - self._farthest), at
        if end - start <= max(GAP, 3 * state.interval):
            return
        while end > start:
            self._pieces.append(_Piece(state, max(start, end - _PIECE), end))
            end -= _PIECE

    async def _fill(self, piece: _Piece) -> None:
        state = piece.state
        device, series = device_of(state), await self._ask(piece)
        if state.role is Role.RETAILER:
            await self._write(prices=[(device, [price_row(price) for price in series])])
        else:
            samples = vendor_samples(state.role, series, piece.start, piece.end)
            await self._write(samples=[(device, samples)])

    async def _ask(self, piece: _Piece) -> list[Any]:
        device: Any = piece.state.device
        ask = device.prices if piece.state.role is Role.RETAILER else device.history
        for tried in range(1, _TRIES + 1):
            try:
                return list(await ask(piece.start, piece.end))
            except ConnectionClosed:
                raise
            except TemporaryError as error:
                if tried == _TRIES:
                    raise
                asked_for = error.retry_after if isinstance(error, RateLimited) else None
                await self._clock.asleep(max(_RETRY_S, asked_for.total_seconds() if asked_for else 0.0))
        return []
