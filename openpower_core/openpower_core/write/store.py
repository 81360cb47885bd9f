"""What is remembered of writes, what a budget makes of it, and the interface of whatever remembers it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

import attrs
from attrs import field, frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.checks import aware, aware_or_none
from openpower_core.convert import unstructure
from openpower_core.devices.info import DeviceInfo
from openpower_core.write.lease import Holder
from openpower_core.writes import WriteState

RELEASE: Final = "release"
"""The operation of a write that restores."""

DAY: Final = timedelta(hours=24)


class Stage(StrEnum):
    """How far a write got, as far as is recorded."""

    INTENT = "intent"
    """It was about to be sent. Whether it was, only reading can tell."""
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    NOT_APPLIED = "not_applied"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"
    """The vendor refused it, or it never left."""

    @property
    def may_apply(self) -> bool:
        """Whether the vendor is taken to have it."""
        return self in (Stage.ACCEPTED, Stage.CONFIRMED, Stage.UNVERIFIABLE)

    @property
    def state(self) -> WriteState:
        """The word that a receipt has for it."""
        return _STATES[self]


_STATES = {
    Stage.INTENT: WriteState.UNVERIFIABLE,
    Stage.ACCEPTED: WriteState.ACCEPTED,
    Stage.CONFIRMED: WriteState.CONFIRMED,
    Stage.NOT_APPLIED: WriteState.NOT_APPLIED,
    Stage.UNVERIFIABLE: WriteState.UNVERIFIABLE,
    Stage.REJECTED: WriteState.NOT_APPLIED,
}


@frozen(kw_only=True)
class RestorePoint:
    """What a document was before a command, what the command made of it, and when that has to end."""

    before: Any
    wrote: Any
    entry: str
    """The id of the write that the vendor has."""
    at: datetime = field(converter=aware)
    due: datetime | None = field(default=None, converter=aware_or_none)
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)


@frozen(kw_only=True)
class Entry:
    """One write. It is recorded before anything is sent, so that no crash can hide it."""

    id: str
    box: str
    """Which physical box, without its serial; see :meth:`WriteStore.box`."""
    role: str
    """Which of the box's devices was written to: what its id says behind the serial."""
    document: str
    """Empty for a native write."""
    budget: str
    operation: str
    at: datetime = field(converter=aware)
    """When it began; the budget counts from here."""
    answered_at: datetime | None = field(default=None, converter=aware_or_none)
    """When the vendor accepted it; settling counts from here."""
    stage: Stage = field(default=Stage.INTENT, converter=Stage)
    stands: bool = True
    """Whether nothing is known to have replaced it at the vendor's."""
    before: Any = None
    wanted: Any = None
    point_before: RestorePoint | None = None
    """The restore point if the vendor does not have this write."""
    point_after: RestorePoint | None = None
    """The restore point if it does; None when there is nothing left to restore."""
    command: Any = None
    """The battery command that was asked for, as JSON; None where it was something else."""

    @property
    def since(self) -> datetime:
        """The time from which settling counts."""
        return self.answered_at or self.at

    @property
    def is_release(self) -> bool:
        """Whether it took back a command, and may have done so."""
        return self.operation == RELEASE and self.stage.may_apply

    @property
    def certain(self) -> bool:
        """Whether the vendor is known to have taken it, by its answer or by what could be read."""
        return self.answered_at is not None or self.stage is Stage.CONFIRMED

    @property
    def point(self) -> RestorePoint | None:
        """The restore point that follows from how far the write got."""
        return self.point_after if self.stage.may_apply else self.point_before


def allowed_at(times: Sequence[datetime], limits: WriteLimits, now: datetime) -> datetime | None:
    """Say when the next write is allowed; None means now.

    Args:
        times: when earlier writes were made, in any order; those of the last 24 hours matter, and the last.
        limits: the pace, and how many there may be in any 24 hours.
        now: the present time.
    """
    earlier = sorted(times)
    waits: list[datetime] = []
    if earlier:
        waits.append(earlier[-1] + limits.min_interval)
    if limits.per_day is not None:
        recent = [time for time in earlier if time + DAY > now]
        if limits.per_day <= 0:
            waits.append(now + DAY)
        elif len(recent) >= limits.per_day:
            # Once this one is a day old, one fewer than the limit is left.
            waits.append(recent[-limits.per_day] + DAY)
    latest = max(waits, default=now)
    return latest if latest > now else None


def as_text(value: Any) -> str:
    """Write a value as JSON text. Documents are JSON already, so only what is not costs a Python call.

    Raises:
        TypeError: it cannot be written, as a Secret.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    return attrs.asdict(value, recurse=False) if hasattr(value, "__attrs_attrs__") else unstructure(value)


class WriteStore(Protocol):
    """What the pipeline needs to remember. Every method is one step that happens whole or not at all."""

    @property
    def identity(self) -> str:
        """The same for all stores that share their memory."""
        ...

    @property
    def durable(self) -> bool:
        """Whether it survives the process."""
        ...

    def box(self, info: DeviceInfo) -> str:
        """Name a device's physical box: recognisable to its owner, unique, and not its serial.

        All devices of a box share the name, because the vendor knows only one of them.
        """
        ...

    def acquire(self, box: str, now: datetime) -> tuple[Holder, bool]:
        """Take the lease of a box: the new one and True, or that of whoever has it and False."""
        ...

    def give_back(self, box: str, lease: Holder) -> None:
        """Give the lease back, if nobody has taken it over."""
        ...

    def begin(self, entry: Entry, limits: WriteLimits, lease: Holder) -> datetime | None:
        """Record the intent to write, or say when the budget allows it; None means that it is recorded.

        Raises:
            LookupError: somebody has taken the lease over.
        """
        ...

    def allowed_at(
        self, box: str, budget: str, limits: WriteLimits, now: datetime, *, also: datetime | None = None
    ) -> datetime | None:
        """Say when the budget allows the next write, counting one more at ``also``; None means now."""
        ...

    def finish(self, entry: Entry, *, audit: Mapping[str, Any] | None = None, counts: bool = True) -> None:
        """Record how far a write got, the restore point that follows from it, and a line of the audit."""
        ...

    def find(self, box: str, id: str) -> Entry | None:  # noqa: A002
        """The entry with that id, if it is one of the box."""
        ...

    def last(self, box: str, document: str) -> Entry | None:
        """The newest write of a document that the vendor may have."""
        ...

    def point(self, box: str, document: str) -> RestorePoint | None:
        """The restore point of a document."""
        ...

    def points(self, box: str) -> dict[str, RestorePoint]:
        """The restore points of a box by document, with those that an unsettled write may leave."""
        ...

    def change_point(self, box: str, document: str, point: RestorePoint | None) -> None:
        """Replace or forget a restore point, whatever is still to become of the last write."""
        ...

    def log(self, line: Mapping[str, Any]) -> None:
        """Add a line to the audit."""
        ...

    def audit(self) -> list[dict[str, Any]]:
        """The lines of the audit, oldest first."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...
