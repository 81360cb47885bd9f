"""``uploadTime``, the system's wall clock without a zone, to moments in UTC; the repeated autumn hour too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

__all__ = ["moments", "wall_clock"]

_ROW: Final = timedelta(minutes=5)
"""How far apart rows are; two in one zone-hour that are much closer come from both of its passes."""


def wall_clock(text: str | None) -> datetime | None:
    """Read ``yyyy-MM-dd HH:mm:ss``; None where it is missing or no time."""
    try:
        return None if text is None else datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def moments(local: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    """Bring one day's wall-clock times to UTC.

    Args:
        local: the naive times **in the order received**, which may run either way: live captures run
            newest first, the documentation's examples oldest first. On the day on which the clock is
            put back, that order is what tells the first pass through the repeated hour from the second.
        zone: the system's zone.
    """
    backwards = _runs_backwards(local)
    ascending = list(reversed(local)) if backwards else list(local)
    folds = _folds(ascending, zone)
    found = [time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for time, fold in zip(ascending, folds, strict=True)]
    return list(reversed(found)) if backwards else found


def _runs_backwards(local: Sequence[datetime]) -> bool:
    falls = sum(later < earlier for earlier, later in pairwise(local))
    rises = sum(later > earlier for earlier, later in pairwise(local))
    return falls > rises


def _folds(ascending: Sequence[datetime], zone: ZoneInfo) -> list[int]:
    """0 for the first pass through a repeated hour, 1 for the second."""
    folds = [0] * len(ascending)
    repeated = [index for index, time in enumerate(ascending) if _happens_twice(time, zone)]
    if not repeated:
        return folds
    turn = _turn(ascending, repeated)
    if turn is not None:
        for index in repeated:
            folds[index] = int(index >= turn)
    elif _interleaved(ascending, repeated):
        for one, next_one in pairwise(repeated):
            if _close(ascending[one], ascending[next_one]) and not folds[one]:
                folds[next_one] = 1
    elif _only_second_pass(ascending, repeated):
        for index in repeated:
            folds[index] = 1
    return folds


def _happens_twice(time: datetime, zone: ZoneInfo) -> bool:
    first, second = (time.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def _turn(ascending: Sequence[datetime], repeated: Sequence[int]) -> int | None:
    """Where the clock jumps back: the first row of the second pass."""
    for one, next_one in pairwise(repeated):
        if ascending[one] - ascending[next_one] > 2 * _ROW:
            return next_one
    return None


def _interleaved(ascending: Sequence[datetime], repeated: Sequence[int]) -> bool:
    """Whether the vendor sorted by wall clock, so that both passes lie between one another."""
    close = sum(_close(ascending[one], ascending[other]) for one, other in pairwise(repeated))
    return close * 3 >= len(repeated)


def _close(one: datetime, other: datetime) -> bool:
    return abs(other - one) * 2 < _ROW


def _only_second_pass(ascending: Sequence[datetime], repeated: Sequence[int]) -> bool:
    """Whether a single pass fits the rows after it better than the rows before it."""
    first, last = repeated[0], repeated[-1]
    before = ascending[first] - ascending[first - 1] if first else None
    after = ascending[last + 1] - ascending[last] if last + 1 < len(ascending) else None
    if before is None:
        return after is not None and after < 3 * _ROW
    return after is not None and after < before
