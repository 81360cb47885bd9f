"""Releases commands when they are due, or their target is reached, while the connection is open."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, Final
from weakref import WeakSet

from openpower_core.clock import SystemClock, machine_clock
from openpower_core.control import BatteryCommand, BatteryMode
from openpower_core.convert import structure
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import ConfigurationError, OpenPowerError
from openpower_core.secrets import mask
from openpower_core.waiting import AsyncBackground
from openpower_core.write._async_attempt import stored
from openpower_core.write._async_document import AsyncDocument
from openpower_core.write.request import WriteContext, local, role_of
from openpower_core.write.store import RestorePoint
from openpower_core.writes import Receipt

_log = logging.getLogger("openpower.write")

LONGEST_PAUSE_S: Final = 60.0
"""Clocks are set and machines sleep: check the clock, and a battery whose target ends a command, at least that often."""

OTHER_CLOCK_PAUSE_S: Final = 0.05
"""How often to check a clock that is not the machine's, whose speed is unknown."""

ALL_KNOWN_PAUSE_S: Final = 1.0
"""How long after the last new document to look at all of them."""

FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(minutes=15)


class AsyncReleaser:
    """Knows the documents, and calls ``release`` for each whose restore point is due.

    It learns of them when devices are made: a connection that never looks for its devices releases nothing.
    """

    def __init__(
        self, context: WriteContext, release: Callable[[DeviceInfo, AsyncDocument[Any, Any]], Awaitable[Receipt | None]]
    ) -> None:
        self.context = context
        self._release = release
        self._documents: dict[tuple[str, str], tuple[DeviceInfo, AsyncDocument[Any, Any]]] = {}
        self._fresh: list[tuple[str, str]] = []
        """Those that were adopted since the last step."""
        self._reads: dict[str, Callable[[], Awaitable[Any]]] = {}
        self._failures: dict[tuple[str, str], tuple[int, float]] = {}
        self.background = AsyncBackground(self._step, name="openpower-releaser")
        """Watches what is to be released later; to be woken when there is more of it."""

    def adopt(
        self, info: DeviceInfo, document: AsyncDocument[Any, Any], read: Callable[[], Awaitable[Any]] | None
    ) -> None:
        """Add a document, so that a command of an earlier process can be released."""
        self._documents[info.id, document.name] = (info, document)
        self._fresh.append((info.id, document.name))
        if read is not None:
            self._reads[info.id] = read

    def documents(self) -> list[tuple[DeviceInfo, AsyncDocument[Any, Any]]]:
        """The documents that are known, each with its device."""
        return list(self._documents.values())

    def look(self) -> None:
        """Check soon whether an earlier process has left something to release; a new folder has nothing."""
        _open.add(self)
        if not self.context.store.untouched:
            self.background.wake()

    async def release_due(self) -> list[Receipt]:
        """Release everything that is due now or has reached its target; the first failure is raised after all were tried."""
        receipts: list[Receipt] = []
        failure: OpenPowerError | None = None
        for key, point in (await self._points()).items():
            try:
                receipt = await self._try(key, point) if await self._is_over(key, point) else None
            except OpenPowerError as error:
                failure = failure or error
                continue
            if receipt is not None:
                receipts.append(receipt)
        if failure is not None:
            raise failure
        return receipts

    async def aclose(self, *, warns: bool) -> None:
        """Stop watching; the next connection releases the rest."""
        await self.background.aclose()
        _open.discard(self)
        if warns:
            await stored(self.context.store, self.warn, "this connection is closed before that")

    def warn(self, why: str) -> None:
        """Log what nothing releases any more; it may block."""
        store, now = self.context.store, self.context.clock.now()
        try:
            points = self._known()
            points = {
                key: point
                for key, point in points.items()
                if not store.supervised(store.box(self._documents[key][0]), now)
            }
        except ConfigurationError as error:
            _log.warning("Commands that are due for release cannot be looked up: %s", error)
            return
        for key, point in points.items():
            if point.command_at(now, key[0]) is not None and _is_watched(point):
                info = self._documents[key][0]
                due = "when its target is reached" if point.due is None else f"at {local(point.due, info.tz)}"
                _log.warning("The %s of %s is to be released %s, and %s.", _described(point), mask(info.id), due, why)

    async def _points(self, keys: Iterable[tuple[str, str]] = ()) -> dict[tuple[str, str], RestorePoint]:
        return await stored(self.context.store, self._known, keys)

    def _known(self, keys: Iterable[tuple[str, str]] = ()) -> dict[tuple[str, str], RestorePoint]:
        """The restore points of some documents, or of all that were adopted; it may block."""
        store = self.context.store
        documents: dict[tuple[str, str, str], tuple[str, str]] = {}
        for key in keys or self._documents.copy():
            info, _ = self._documents[key]
            documents[store.box(info), key[1], role_of(info)] = key
        found = store.points({box for box, _, _ in documents}) if documents else []
        pairs = ((documents.get((box, name, point.role)), point) for box, name, point in found)
        return {key: point for key, point in pairs if key is not None}

    async def _try(self, key: tuple[str, str], point: RestorePoint) -> Receipt | None:
        info, document = self._documents[key]
        try:
            receipt = await self._release(info, document)
        except OpenPowerError as error:
            self._failed(key, point, error)
            raise
        self._failures.pop(key, None)
        return receipt

    def _failed(self, key: tuple[str, str], point: RestorePoint, error: OpenPowerError) -> None:
        count = self._failures.get(key, (0, 0.0))[0]
        # Twice as long after each failure, so that a vendor in trouble is not pestered; bounded, so that no battery
        # charges on for hours once it is back.
        wait = min(FIRST_RETRY * 2 ** min(count, 10), LONGEST_RETRY)
        self._failures[key] = (count + 1, self.context.clock.monotonic() + wait.total_seconds())
        info, _ = self._documents[key]
        again = local(self.context.clock.now() + wait, info.tz)
        _log.warning(
            "The %s of %s could not be released (%s); the next attempt is at %s.",
            _described(point),
            mask(info.id),
            type(error).__name__,
            again,
        )

    async def _step(self) -> float | None:
        """Release what is due and return how many real seconds to wait; None if nothing is left to watch."""
        try:
            return await self._watch()
        except ConfigurationError as error:
            _log.warning("Commands that are due for release cannot be looked up: %s", error)
            return None
        except Exception:  # noqa: BLE001  (whatever it is, what is due must stay watched)
            _log.exception("Looking for commands that are due for release failed; it is repeated.")
            return LONGEST_PAUSE_S

    async def _watch(self) -> float | None:
        clock, released = self.context.clock, False
        # An account may have hundreds of systems, which are adopted one by one: only those that are new are looked at.
        fresh, self._fresh = self._fresh, []
        points = await self._points(fresh)
        for key, point in points.items():
            if not _is_watched(point) or self._failures.get(key, (0, 0.0))[1] > clock.monotonic():
                continue
            try:
                if await self._is_over(key, point):
                    released = True
                    await self._try(key, point)
            except OpenPowerError:
                continue
        if released:  # which has removed or moved what was due
            points = await self._points(fresh)
        watched = {key: point for key, point in points.items() if _is_watched(point)}
        if not watched and not fresh:
            return None
        if not isinstance(machine_clock(clock), SystemClock):
            return OTHER_CLOCK_PAUSE_S
        if fresh:  # all are looked at once there are no more
            return ALL_KNOWN_PAUSE_S
        return max(0.1, min(LONGEST_PAUSE_S, *[self._pause(key, point) for key, point in watched.items()]))

    def _pause(self, key: tuple[str, str], point: RestorePoint) -> float:
        clock = self.context.clock
        due = LONGEST_PAUSE_S if point.due is None else (point.due - clock.now()).total_seconds()
        return max(due, self._failures.get(key, (0, 0.0))[1] - clock.monotonic())

    async def _is_over(self, key: tuple[str, str], point: RestorePoint) -> bool:
        """Whether a command's time has come, or its target is reached."""
        clock = self.context.clock
        if point.due is not None and point.due <= clock.now():
            if not getattr(clock, "unsure", False):
                return True
            # The machine slept, or its clock was set. Any answer shows the vendor's.
            await self._documents[key][1].read()
            return point.due <= clock.now()
        command, read = _target(point), self._reads.get(key[0])
        if command is None or read is None or command.target_soc_pct is None:
            return False
        soc_pct = (await read()).soc_pct
        if soc_pct is None:
            return False
        exports = command.mode is BatteryMode.EXPORT
        return bool(soc_pct <= command.target_soc_pct if exports else soc_pct >= command.target_soc_pct)


def _is_watched(point: RestorePoint) -> bool:
    """Whether something is to be done about it later."""
    return point.due is not None or _target(point) is not None


def _target(point: RestorePoint) -> BatteryCommand | None:
    """The command of a restore point, if openpower ends it once its target is reached."""
    if not point.active or point.command is None:
        return None
    command = structure(BatteryCommand, point.command)
    if point.due is None and command.then == "hold":  # the device ends it by itself
        return None
    ends = command.target_soc_pct is not None and (command.until is None or command.then == "release")
    return command if ends else None


def _described(point: RestorePoint) -> str:
    """What a command is called in messages."""
    return point.operation if point.command is None else str(point.command["mode"])


_open: WeakSet[AsyncReleaser] = WeakSet()


def _at_exit() -> None:
    for releaser in list(_open):
        releaser.warn("the program ends before that")
        releaser.context.store.close()


atexit.register(_at_exit)
