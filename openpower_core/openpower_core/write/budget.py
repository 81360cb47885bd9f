"""When a budget allows the next write; pure arithmetic over the times of the earlier ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.capabilities import WriteLimits

__all__ = ["DAY", "allowed_at"]

DAY: Final = timedelta(hours=24)


def allowed_at(times: Sequence[datetime], limits: WriteLimits, now: datetime) -> datetime | None:
    """Say when the next write is allowed; None means now.

    Args:
        times: when earlier writes were made, in any order; those of the last 24 hours matter, and the last.
        limits: the pace, and how many there may be in any 24 hours.
        now: the present moment.
    """
    earlier = sorted(times)
    waits: list[datetime] = []
    if earlier:
        waits.append(earlier[-1] + limits.min_interval)
    if limits.per_day is not None:
        recent = [each for each in earlier if each + DAY > now]
        if limits.per_day <= 0:
            waits.append(now + DAY)
        elif len(recent) >= limits.per_day:
            # Once this one is a day old, one fewer than the limit is left.
            waits.append(recent[-limits.per_day] + DAY)
    latest = max(waits, default=now)
    return latest if latest > now else None
