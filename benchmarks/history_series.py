"""A week of a vendor's series as readings: at most 10 times ``orjson.loads`` of the same answers.

    python benchmarks/history_series.py

AlphaESS has 2,016 rows in the seven answers that a week takes, and SEMS+ 50,400 points of 10,080 minutes. Each goes from the
bytes to the battery's readings (the device with the most figures), with core's look at whether they can be true. The two sides
take turns, and each figure is the median of the turns (processor time).

What AlphaESS takes, as multiples of ``orjson.loads`` (CPython 3.11):

- 28: a stamp, a reading and a look at the zone for each row, one after the other;
- 9.5: column by column, one offset from UTC a day, slots filled through their descriptors (kept).
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson
from _measure import report

from openpower_alphaess.client.protocol import several
from openpower_alphaess.mapping import series
from openpower_alphaess.models import PowerSample
from openpower_core.devices import BatteryInfo, Role
from openpower_core.http.call import Answer
from openpower_core.plausibility import Plausibility
from openpower_goodwe.semsplus.client.answers import data_of
from openpower_goodwe.semsplus.mapping import series as sems

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 10
_NOW = datetime(2026, 8, 9, tzinfo=UTC)
_BERLIN = ZoneInfo("Europe/Berlin")


def alphaess_day(day: date, dice: random.Random) -> bytes:
    """One answer of ``getOneDayPowerBySn``, newest first, as the service sends it."""
    midnight = datetime(day.year, day.month, day.day, 0, 0, 4)  # noqa: DTZ001 - a wall clock
    rows: list[dict[str, Any]] = [
        {
            "sysSn": "AL70110230300001",
            "uploadTime": f"{midnight + timedelta(minutes=5 * place):%Y-%m-%d %H:%M:%S}",
            "ppv": round(max(0.0, dice.gauss(1500, 1500)), 1),
            "load": round(abs(dice.gauss(800, 400)), 1),
            "cbat": round(dice.uniform(10, 100), 1),
            "feedIn": round(max(0.0, dice.gauss(0, 500)), 1),
            "gridCharge": round(max(0.0, dice.gauss(0, 500)), 1),
            "pchargingPile": 0,
        }
        for place in reversed(range(288))
    ]
    return orjson.dumps({"code": 200, "msg": "Success", "expMsg": None, "data": rows, "extra": None})


def alphaess() -> tuple[list[bytes], Callable[[bytes], object]]:
    """A week of answers, and what makes readings of one."""
    dice = random.Random("alphaess")
    checks = Plausibility(BatteryInfo(id="AL1/battery", provider="alphaess", role=Role.BATTERY, serial="AL1"), None)

    def read(content: bytes) -> object:
        answer = Answer(status=200, headers={}, content=content, url="https://openapi.alphaess.com/api")
        day = series.Day(several(PowerSample, answer), _BERLIN, _NOW)
        return checks.check_series(series.batteries(day, slice(0, len(day.at))))

    return [alphaess_day(date(2026, 8, 1) + timedelta(days=place), dice) for place in range(7)], read


def sems_day(day: date, dice: random.Random) -> bytes:
    """One answer of ``statisticsAndPreV2``: five items by the minute."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock
    times = [f"{midnight + timedelta(minutes=place):%Y-%m-%d %H:%M:%S}" for place in range(1440)]
    items = {"pSystem": (0, 5), "soc": (10, 100), "pBat": (-3, 3), "pConsum": (0, 4), "pGrid": (-4, 4)}
    rows = [
        {"item": name, "statisticsList": [{"tp": text, "power": round(dice.uniform(*ends), 5)} for text in times]}
        for name, ends in items.items()
    ]
    return orjson.dumps({"code": "00000", "data": {"dataList": rows}})


def sems_plus() -> tuple[list[bytes], Callable[[bytes], object]]:
    """A week of answers, and what makes readings of one."""
    dice = random.Random("sems")
    checks = Plausibility(BatteryInfo(id="GW1/battery", provider="goodwe-sems", role=Role.BATTERY, serial="GW1"), None)

    def read(content: bytes) -> object:
        answer = Answer(status=200, headers={}, content=content, url="https://eu-gateway.semsportal.com/web")
        day = sems.Day(data_of(answer), _BERLIN, _NOW)
        return checks.check_series(sems.batteries(day, slice(0, len(day.at))))

    return [sems_day(date(2026, 8, 1) + timedelta(days=place), dice) for place in range(7)], read


VENDORS = {"AlphaESS": alphaess, "SEMS+": sems_plus}


def medians(base: Callable[[], object], ours: Callable[[], object], *, turns: int = 15) -> tuple[float, float]:
    """The median processor time (seconds) of either, in alternating turns, of which the first is not counted."""
    taken: tuple[list[float], list[float]] = ([], [])
    for run in range(turns + 1):
        for work, times in zip((base, ours), taken, strict=True):
            gc.collect()
            begin = time.process_time()
            work()
            if run:
                times.append(time.process_time() - begin)
    return statistics.median(taken[0]), statistics.median(taken[1])


def main() -> int:
    """Compare for each vendor; 1 when one of them is too slow."""
    passed = True
    for name, make in VENDORS.items():
        contents, read = make()
        base, ours = medians(
            lambda c=contents: [orjson.loads(each) for each in c], lambda c=contents, r=read: [r(each) for each in c]
        )
        passed &= report(f"a week of {name}'s series as readings / orjson.loads", base, ours, limit=LIMIT)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
