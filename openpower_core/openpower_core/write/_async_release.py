"""Releases commands when they are due, while the connection is open."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from openpower_core.clock import SystemClock
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import ConfigurationError, OpenPowerError
from openpower_core.secrets import mask
from openpower_core.waiting import AsyncBackground
from openpower_core.write._async_document import AsyncDocument
from openpower_core.write.request import WriteContext
from openpower_core.writes import Receipt

_log = logging.getLogger("openpower.write")

LONGEST_PAUSE_S: Final = 60.0
"""Clocks are set and machines sleep: check the clock at least that often while something is due."""

OTHER_CLOCK_PAUSE_S: Final = 0.05
"""How often to check a clock that is not the machine's, whose speed is unknown."""

FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(minutes=15)


class AsyncReleaser:
    """Knows the documents, and calls ``release`` for each whose restore point is due.

    It learns of them when devices are made: a connection that never looks for its devices releases nothing.
    """

    def __init__(
        self, context: WriteContext, release: Callable[[DeviceInfo, AsyncDocument[Any, Any]], Awaitable[Receipt | None]]
    ) -> None:
        self._context = context
        self._release = release
        self._documents: dict[tuple[str, str], tuple[DeviceInfo, AsyncDocument[Any, Any]]] = {}
        self._failures: dict[tuple[str, str], tuple[int, datetime]] = {}
        self._background = AsyncBackground(self._step, name="openpower-releaser")

    def adopt(self, info: DeviceInfo, document: AsyncDocument[Any, Any]) -> None:
        """Add a document, so that a command of an earlier process can be released."""
        self._documents[info.id, document.name] = (info, document)

    def wake(self) -> None:
        """Check whether anything is due, and keep watching."""
        try:
            if self._dues():
                self._background.wake()
        except ConfigurationError as error:  # reading devices must go on; the next write raises it
            _log.warning("Commands that are due for release cannot be looked up: %s", error)

    async def release_due(self) -> list[Receipt]:
        """Release everything that is due now; the first failure is raised after all were tried."""
        now = self._context.clock.now()
        receipts: list[Receipt] = []
        failure: OpenPowerError | None = None
        for key, due in self._dues().items():
            if due > now:
                continue
            try:
                receipt = await self._try(key)
            except OpenPowerError as error:
                failure = failure or error
                continue
            if receipt is not None:
                receipts.append(receipt)
        if failure is not None:
            raise failure
        return receipts

    async def aclose(self) -> None:
        """Stop watching; the next connection releases the rest."""
        await self._background.aclose()
        try:
            dues = self._dues()
        except ConfigurationError:  # logged when it was looked up first
            return
        for (id_, name), due in dues.items():
            info, _ = self._documents[id_, name]
            _log.warning(
                "The %s of %s is due for release at %s, and this connection is closed before that.",
                name,
                mask(info.id),
                f"{due:%Y-%m-%d %H:%M} UTC",
            )

    def _dues(self) -> dict[tuple[str, str], datetime]:
        """When each document is due for release."""
        dues: dict[tuple[str, str], datetime] = {}
        infos = {info.id: info for info, _ in list(self._documents.values())}
        for id_, info in infos.items():
            for name, point in self._context.store.points(self._context.store.box(info)).items():
                if point.due is not None and (id_, name) in self._documents:
                    dues[id_, name] = point.due
        return dues

    async def _try(self, key: tuple[str, str]) -> Receipt | None:
        info, document = self._documents[key]
        try:
            receipt = await self._release(info, document)
        except OpenPowerError as error:
            self._failed(key, error)
            raise
        self._failures.pop(key, None)
        return receipt

    def _failed(self, key: tuple[str, str], error: OpenPowerError) -> None:
        count = self._failures.get(key, (0, None))[0]
        now = self._context.clock.now()
        # Twice as long after each failure, so that a vendor in trouble is not pestered; bounded, so that no battery
        # charges on for hours once it is back. A spent budget says itself when it allows the next write.
        wait = min(FIRST_RETRY * 2 ** min(count, 10), LONGEST_RETRY)
        again: datetime = getattr(error, "retry_at", None) or now + wait
        self._failures[key] = (count + 1, again)
        info, document = self._documents[key]
        _log.warning(
            "The %s of %s could not be released (%s); the next attempt is at %s.",
            document.name,
            mask(info.id),
            type(error).__name__,
            f"{again:%H:%M:%S} UTC",
        )

    async def _step(self) -> float | None:
        """Release what is due and return how many real seconds to wait; None if nothing is left to watch."""
        try:
            return await self._watch()
        except Exception:  # noqa: BLE001  (whatever it is, what is due must stay watched)
            _log.exception("Looking for commands that are due for release failed; it is repeated.")
            return LONGEST_PAUSE_S

    async def _watch(self) -> float | None:
        for key, due in self._dues().items():
            _, not_before = self._failures.get(key, (0, due))
            if max(due, not_before) <= self._context.clock.now():
                try:
                    await self._try(key)
                except OpenPowerError:
                    continue
        # Asked again, since each release has removed or moved what was due.
        dues = self._dues()
        if not dues:
            return None
        if not isinstance(self._context.clock, SystemClock):
            return OTHER_CLOCK_PAUSE_S
        now = self._context.clock.now()
        waits = [max(due, self._failures.get(key, (0, due))[1]) - now for key, due in dues.items()]
        return max(0.1, min(LONGEST_PAUSE_S, min(waits).total_seconds()))
