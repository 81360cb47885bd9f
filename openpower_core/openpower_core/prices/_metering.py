"""What a home used, from the history of its own meter, where no retailer says it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from openpower_core.prices._nouns import Usage
from openpower_core.prices._words import Channel, UsageQuality


def usages_of(readings: Iterable[Any], *, currency: str, start: datetime, end: datetime) -> list[Usage]:
    """What a meter's history says was used, marked as estimated: by its counters, else by power over time.

    A reading stands for the time up to the next one, at most for twice the usual distance of two; the rest is missing. Counters
    bridge up to an hour, since beyond that nobody knows at which prices it was used.
    """
    known = sorted(
        ((reading.stamp.measured_at, reading) for reading in readings if reading.stamp.measured_at),
        key=lambda pair: pair[0],
    )
    steps = sorted(after - before for (before, _), (after, _) in pairwise(known))
    usual = steps[len(steps) // 2] if steps else timedelta(minutes=5)
    found: list[Usage] = []
    for place, (begin, reading) in enumerate(known):
        after = known[place + 1] if place + 1 < len(known) else (begin + usual, None)
        stop = after[0] if after[0] - begin <= 2 * usual else begin + usual
        flows = _flows(reading, after[1], begin, after[0], stop)
        if flows is None or not (begin < end and start < flows[0]):
            continue
        stop, *energies = flows
        for channel, kwh in zip((Channel.IMPORT, Channel.EXPORT), energies, strict=True):
            found.append(
                Usage(
                    start=begin,
                    end=stop,
                    channel=channel,
                    kwh=kwh,
                    currency=currency,
                    quality=UsageQuality.ESTIMATED,
                    raw=reading,
                )
            )
    return found


def _flows(reading: Any, following: Any, begin: datetime, after: datetime, stop: datetime) -> tuple[Any, ...] | None:
    """Until when a reading counts, and the energy imported and exported in that time (kWh)."""
    counted = [_counted(getattr(reading, name), getattr(following, name, None)) for name in _COUNTERS]
    if after - begin <= timedelta(hours=1) and None not in counted:
        return after, *counted
    if reading.power_w is None:
        return None
    kwh = reading.power_w * ((stop - begin) / timedelta(hours=1)) / 1000
    return stop, max(kwh, 0.0), max(-kwh, 0.0)


_COUNTERS: Final = ("import_energy", "export_energy")


def _counted(before: Any, later: Any) -> float | None:
    """What a counter counted between two readings; None where one is missing, or it was reset."""
    first, last = getattr(before, "total_kwh", None), getattr(later, "total_kwh", None)
    return None if first is None or last is None or last < first else round(last - first, 9)
