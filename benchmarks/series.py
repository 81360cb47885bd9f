"""A year of 5-minute data for two channels as typed records: at most 6 times ``orjson.loads`` of the same answers.

    python benchmarks/series.py

210,240 records of Amber's shape with made-up values, in the 53 answers of seven days that a year takes, decoded one
after the other and dropped. The two sides take turns, the garbage collector is on for both, and each figure is the
median of the turns. A week is compared with ``amberelectric``, the vendor's SDK, too: at least 5 times faster.

What a year of usage takes, as multiples of ``orjson.loads`` (CPython 3.11, 1.1 µs a record):

- 2.2: ``json.loads``, which is what openpower decodes with;
- 4.8: column by column, slots filled through their descriptors (kept);
- 6.9: column by column, each record by its ``__init__``;
- 6.8: row by row with a function that cattrs makes for each set of keys;
- 7.5: row by row with a function that cattrs makes for the class, without detailed validation;
- 48: the vendor's SDK.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from _measure import report

from openpower_amber.models import AnyInterval, Usage
from openpower_core.convert import decode_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WEEKS = 53
LIMIT = 6
SDK_TIMES = 5
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


def medians(works: Mapping[str, Callable[[], object]], *, turns: int = 5) -> dict[str, float]:
    """The median time (seconds) of each piece of work; in alternating rounds, of which the first is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for run in range(turns + 1):
        for name, work in works.items():
            gc.collect()
            begin = time.perf_counter()
            work()
            if run:
                taken[name].append(time.perf_counter() - begin)
    return {name: statistics.median(times) for name, times in taken.items()}


def sdk(kind: str) -> Callable[[bytes], object] | None:
    """What decodes an answer with the vendor's SDK; None where it is not installed."""
    try:
        from amberelectric.models import Interval as SdkInterval, Usage as SdkUsage
    except ImportError:
        return None
    model = SdkUsage if kind == "Usage" else SdkInterval
    return lambda content: [model.from_dict(row) for row in json.loads(content)]


def beside_sdk(title: str, content: bytes, ours: Callable[[], object], kind: str) -> bool:
    """Compare one weekly answer with the vendor's SDK; without it this fails."""
    theirs = sdk(kind)
    if theirs is None:
        print(f"{title}: NOT MEASURED, amberelectric is not installed; nox -s benchmarks installs it")
        return False
    taken = medians({"sdk": lambda: theirs(content), "ours": ours}, turns=3)
    return report(title, taken["sdk"], taken["ours"], limit=1 / SDK_TIMES)


def main() -> int:
    """Compare for usage and for prices; 1 when one of them is too slow."""
    passed = True
    for kind, cls in (("Usage", Usage), ("ActualInterval", AnyInterval)):
        contents = answers(kind)

        def read(content: bytes, cls: Any = cls) -> object:
            return decode_series(content, cls)

        works = {"orjson": lambda c=contents: _each(orjson.loads, c), "ours": lambda c=contents: _each(read, c)}
        taken = medians(works)
        title = f"a year of {kind}: decode_series / orjson.loads"
        passed &= report(title, taken["orjson"], taken["ours"], limit=LIMIT)
        title = f"  a week of {kind}: decode_series / amberelectric"
        passed &= beside_sdk(title, contents[0], lambda c=contents[0]: read(c), kind)
    return 0 if passed else 1


def _each(read: Callable[[bytes], object], contents: list[bytes]) -> None:
    for content in contents:
        read(content)


if __name__ == "__main__":
    sys.exit(main())
