"""A year of 5-minute data for two channels as typed records: at most 1.5 times ``orjson.loads`` of the same answers.

    python benchmarks/series.py

210,240 records of Amber's shape with made-up values, in the 53 answers of seven days that a year takes, decoded one by
one; the garbage collector is treated alike for all, and each figure is the least of several turns. ``cattrs`` is
:func:`structure` (the careful way); ``amberelectric`` is the vendor's SDK, compared where it is installed.

What was tried for making frozen attrs records out of msgspec structs, as multiples of ``orjson.loads`` for one hot
weekly answer of usage (the wire structs alone: 0.5–0.7):

- 1.1: a twin class without the frozen ``__setattr__``, whose assignments CPython specialises, then ``__class__``
  assigned (kept). The twin needs a ``__delattr__`` of its own too: with the inherited one it is 2.6;
- 2.0: the slots set through their descriptors in one generated loop;
- 2.0: the same column by column, with ``map`` over ``attrgetter``, nothing run by the interpreter;
- 2.9: the class's own ``__init__``;
- msgspec decoding straight into the attrs class: it knows no renamed fields and drops unknown ones without a word;
- the unknown kept by a second decoding into plain dicts: 1.0 more for every answer; now only items that hold
  something unknown are read again.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from _measure import report

from openpower_amber.models import AnyInterval, Usage
from openpower_core.convert import decode_series, structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WEEKS = 53
LIMIT = 1.5
_ZONE = timedelta(hours=10)
_STEP = timedelta(minutes=5)


def answers(kind: str) -> list[bytes]:
    """The year's answers; the last one is a single day."""
    start = datetime(2024, 12, 31, 14, tzinfo=UTC)
    dice = random.Random(kind)
    return [
        orjson.dumps(list(_rows(kind, dice, start + timedelta(days=7 * week), 7 if week < 52 else 1)))
        for week in range(WEEKS)
    ]


def _rows(kind: str, dice: random.Random, start: datetime, days: int) -> Iterator[dict[str, Any]]:
    for channel, identifier in (("general", "E1"), ("feedIn", "B1")):
        for index in range(288 * days):
            yield _row(kind, dice, start + index * _STEP, channel, identifier)


def _row(kind: str, dice: random.Random, begin: datetime, channel: str, identifier: str) -> dict[str, Any]:
    end = begin + _STEP
    row: dict[str, Any] = {
        "type": kind,
        "date": f"{begin + _ZONE:%Y-%m-%d}",
        "duration": 5,
        "startTime": f"{begin + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
        "endTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "nemTime": f"{end + _ZONE:%Y-%m-%dT%H:%M:%S}+10:00",
        "perKwh": round(dice.gauss(25, 8), 5),
        "renewables": dice.random() * 80,
        "spotPerKwh": round(dice.gauss(10, 8), 5),
        "channelType": channel,
        "spikeStatus": "none",
        "descriptor": dice.choice(["low", "neutral", "high"]),
    }
    if channel == "general":
        period = dice.choice(["peak", "shoulder", "offPeak"])
        row["tariffInformation"] = {"period": period, "demandWindow": dice.random() < 0.2}
    if kind == "Usage":
        kwh = round(dice.random(), 3)
        cost = round(kwh * row["perKwh"], 4)
        row |= {"channelIdentifier": identifier, "kwh": kwh, "quality": "billable", "cost": cost}
    return row


def least(read: Callable[[bytes], object], contents: list[bytes], *, turns: int) -> float:
    """The least time (seconds) of several turns over all answers, each answer dropped before the next."""
    return min(_once(read, contents) for _ in range(turns))


def _once(read: Callable[[bytes], object], contents: list[bytes]) -> float:
    gc.collect()
    begin = time.perf_counter()
    for content in contents:
        read(content)
    return time.perf_counter() - begin


def _sdk(kind: str) -> Callable[[bytes], object] | None:
    try:
        from amberelectric.models import Interval as SdkInterval, Usage as SdkUsage
    except ImportError:
        return None
    model = SdkUsage if kind == "Usage" else SdkInterval
    return lambda content: [model.from_dict(row) for row in json.loads(content)]


def main() -> int:
    """Compare for usage and for prices; 1 when one of them is too slow."""
    passed = True
    for kind, cls in (("Usage", Usage), ("ActualInterval", AnyInterval)):
        contents = answers(kind)
        turns = [
            (_once(orjson.loads, contents), _once(lambda c, cls=cls: decode_series(c, cls), contents)) for _ in range(5)
        ]
        base, ours = min(turn[0] for turn in turns), min(turn[1] for turn in turns)
        passed &= report(f"a year of {kind}: decode_series / orjson.loads", base, ours, limit=LIMIT)
        few = contents[:2]
        few_base = least(orjson.loads, few, turns=5)
        careful = least(lambda c, cls=cls: structure(list[cls], json.loads(c)), few, turns=2)
        print(f"  cattrs, two weeks: {careful / few_base:.1f} × orjson.loads")
        sdk = _sdk(kind)
        if sdk is not None:
            slow = least(sdk, few[:1], turns=1) / least(orjson.loads, few[:1], turns=5)
            print(f"  amberelectric, one week: {slow:.0f} × orjson.loads")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
