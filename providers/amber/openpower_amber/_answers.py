"""From the bytes of an answer to the records in it; whatever is wrong with them is named by its place."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from attrs import frozen

from openpower_amber.models import ChannelType, Interval
from openpower_core.provider import BadResponse, OpenPowerError, PartialData, structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_core.provider import Answer

__all__ = ["OnProgress", "Progress", "in_vendor_order", "records_of", "within"]

_R = TypeVar("_R", bound=Interval)

_PLACES: Final[dict[str, int]] = {kind: place for place, kind in enumerate(ChannelType)}


@frozen(kw_only=True)
class Progress:
    """How far a long range has come; given to ``progress=`` after each call."""

    calls: int
    """How many calls are done …"""
    of: int
    """… of how many."""
    first: date
    last: date
    """The market days that the last call brought."""
    records: int
    """How many records there are so far."""


OnProgress: TypeAlias = "Callable[[Progress], None]"
"""What ``progress=`` takes."""


def records_of(kind: Any, answer: Answer) -> list[Any]:
    """The records of an answer, which is a list of one kind (or of several that ``type`` tells apart).

    Raises:
        BadResponse: it is no such list; the message names each place.
        PartialData: there are records and all are empty.
    """
    try:
        records: list[Any] = structure(list[kind], answer.json())
    except BadResponse as error:
        raise _told(error, answer) from None
    if records and all(record.is_empty() for record in records):
        raise _told(PartialData(f"all {len(records)} records are empty."), answer)
    return records


def within(records: list[_R], first: date, last: date) -> list[_R]:
    """Those that belong to the market days asked for, should Amber send more."""
    return [each for each in records if (day := each.date) is None or first <= day <= last]


def in_vendor_order(records: list[_R]) -> list[_R]:
    """Joined answers in the order of a single one: channel by channel, in time order within each."""
    return sorted(records, key=lambda each: _PLACES.get(each.channel_type or "", len(_PLACES)))


def _told(error: OpenPowerError, answer: Answer) -> OpenPowerError:
    error.provider, error.operation = "amber", answer.operation
    if answer.operation and answer.operation not in error.message:
        error.message = f"{answer.operation}: {error.message}"
        error.args = (error.message,)
    return error
