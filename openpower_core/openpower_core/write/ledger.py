"""The store as one box sees it: what goes in loses the serial, what comes out has it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from openpower_core.errors import Timeout
from openpower_core.write.entries import Entry, RestorePoint, box_of
from openpower_core.write.serials import masked, note_serial, with_serial, without_serial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from openpower_core.capabilities import WriteLimits
    from openpower_core.devices.info import DeviceInfo
    from openpower_core.write.lease import Holder
    from openpower_core.write.store import WriteStore

__all__ = ["Ledger"]


class Ledger:
    """What is remembered of one box; see :class:`~openpower_core.write.store.WriteStore` for the words."""

    def __init__(self, store: WriteStore, info: DeviceInfo) -> None:
        self._store = store
        self._serial = info.serial
        note_serial(info.serial)
        self.box = box_of(info)

    @property
    def key(self) -> str:
        """Names the box within this process: whoever shares memory shares the turn."""
        return f"{self._store.identity}|{self.box}"

    def acquire(self, now: datetime) -> tuple[Holder, bool]:
        """Take the lease: ours and True, or somebody else's and False."""
        return self._store.acquire(self.box, now)

    def give_back(self, lease: Holder) -> None:
        """Give the lease back."""
        self._store.give_back(self.box, lease)

    def begin(self, entry: Entry, limits: WriteLimits, lease: Holder) -> datetime | None:
        """Record an intent, or say when the budget allows it."""
        try:
            return self._store.begin(self._in(entry), limits, lease)
        except LookupError as error:
            raise Timeout(
                "this process stood still for so long that another one took over; nothing was sent.", hint="Try again."
            ) from error

    def allowed_at(
        self, budget: str, limits: WriteLimits, now: datetime, *, also: datetime | None = None
    ) -> datetime | None:
        """Say when the budget allows the next write, perhaps with one more before; None means now."""
        return self._store.allowed_at(self.box, budget, limits, now, also=also)

    def finish(self, entry: Entry, *, audit: Mapping[str, Any] | None = None, counts: bool = True) -> None:
        """Record how far a write got, and a line of the audit with it."""
        line = None if audit is None else self._line(audit)
        self._store.finish(self._in(entry), audit=line, counts=counts)

    def log(self, line: Mapping[str, Any]) -> None:
        """Add a line to the audit."""
        self._store.log(self._line(line))

    def find(self, id: str) -> Entry | None:  # noqa: A002
        """The entry with that id, if it is one of this box."""
        entry = self._store.find(id)
        return self._out(entry) if entry is not None and entry.box == self.box else None

    def last(self, document: str) -> Entry | None:
        """The newest write of a document that the vendor may hold."""
        entry = self._store.last(self.box, document)
        return None if entry is None else self._out(entry)

    def point(self, document: str) -> RestorePoint | None:
        """The restore point of a document."""
        return self._exchanged(self._store.point(self.box, document), with_serial)

    def points(self) -> dict[str, RestorePoint]:
        """The restore points by document, with those that an unsettled write may leave."""
        return self._store.points(self.box)

    def remember(self, document: str, point: RestorePoint | None) -> None:
        """Replace or forget the restore point of a document."""
        self._store.change_point(self.box, document, self._exchanged(point, without_serial))

    def _line(self, audit: Mapping[str, Any]) -> dict[str, Any]:
        line: dict[str, Any] = masked(dict(audit), self._serial)
        return line

    def _in(self, entry: Entry) -> Entry:
        return self._entry(entry, without_serial)

    def _out(self, entry: Entry) -> Entry:
        return self._entry(entry, with_serial)

    def _entry(self, entry: Entry, exchange: Callable[[Any, str], Any]) -> Entry:
        return attrs.evolve(
            entry,
            before=exchange(entry.before, self._serial),
            wanted=exchange(entry.wanted, self._serial),
            receipt=exchange(entry.receipt, self._serial),
            point_before=self._exchanged(entry.point_before, exchange),
            point_after=self._exchanged(entry.point_after, exchange),
        )

    def _exchanged(self, point: RestorePoint | None, exchange: Callable[[Any, str], Any]) -> RestorePoint | None:
        if point is None:
            return None
        return attrs.evolve(
            point, before=exchange(point.before, self._serial), wrote=exchange(point.wrote, self._serial)
        )
