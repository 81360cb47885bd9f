"""What is remembered of writes: the entry of each one, and the restore point of each document."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from openpower_core.checks import aware, aware_or_none
from openpower_core.secrets import mask
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from openpower_core.devices.info import DeviceInfo

__all__ = ["RELEASE", "Entry", "RestorePoint", "Stage", "box_of"]


RELEASE: Final = "release"
"""The operation of a write that restores."""


class Stage(StrEnum):
    """How far a write got, as far as is known on disk."""

    INTENT = "intent"
    """It was about to be sent. Whether it was, only reading can tell."""
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    NOT_APPLIED = "not_applied"
    UNVERIFIABLE = "unverifiable"
    REJECTED = "rejected"
    """The vendor refused it, or it never left."""

    @property
    def may_hold(self) -> bool:
        """Whether the vendor is taken to hold it."""
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
    """What a document held before a command, what the command made of it, and when that has to end."""

    before: Any
    wrote: Any
    entry: str
    """The id of the write that the vendor holds."""
    at: datetime = field(converter=aware)
    due: datetime | None = field(default=None, converter=aware_or_none)
    recurs_at: datetime | None = field(default=None, converter=aware_or_none)


@frozen(kw_only=True)
class Entry:
    """One write. It is recorded before anything is sent, so that no crash can hide it."""

    id: str
    box: str
    """Which physical box, without naming it; see :func:`box_of`."""
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
    """The restore point if the vendor does not hold this write."""
    point_after: RestorePoint | None = None
    """The restore point if it does; None when there is nothing left to restore."""
    receipt: Any = None
    command: Any = None
    """The battery command that was asked for, as JSON; None where it was something else."""

    @property
    def device_id(self) -> str:
        """The device that was written to; several devices may share a box."""
        return "" if self.receipt is None else str(self.receipt["device_id"])

    @property
    def since(self) -> datetime:
        """The moment from which settling counts."""
        return self.answered_at or self.at

    @property
    def is_release(self) -> bool:
        """Whether it took back a command, and may have done so."""
        return self.operation == RELEASE and self.stage.may_hold

    @property
    def certain(self) -> bool:
        """Whether the vendor is known to have taken it, by its answer or by what could be read."""
        return self.answered_at is not None or self.stage is Stage.CONFIRMED

    @property
    def point(self) -> RestorePoint | None:
        """The restore point that follows from how far the write got."""
        return self.point_after if self.stage.may_hold else self.point_before


def box_of(info: DeviceInfo) -> str:
    """Name a physical box for the state folder: recognisable to its owner, unique, and not its serial.

    All devices of a box share the name, because the vendor knows only one of them.
    """
    import hashlib

    digest = hashlib.sha256(f"{info.provider}\0{info.serial}".encode()).hexdigest()
    return f"{info.provider}:{mask(info.serial)}:{digest[:16]}"
