"""The cost of polling through the vocabulary: ``read``, ``history`` and ``prices`` beside bare httpx and json.

    python benchmarks/devices.py [--json]

The baseline sends the same signed requests by ``httpx.Client``, decodes them with ``json``, and picks the figures into
plain tuples with aware times and ``Decimal`` money; it knows nothing of missing values, units or daylight saving.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from _measure import alternate, report, standin

import openpower

SERIAL = "AL0000000000000"
DAY = datetime(2026, 11, 20, tzinfo=ZoneInfo("Australia/Brisbane"))
FRESH = timedelta(0)


class Bare:
    """The same by hand."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, headers={"appId": "x", "timeStamp": "0", "sign": "0" * 128})

    def read(self) -> tuple[Any, ...]:
        data = self._get("/api/getLastPowerData", sysSn=SERIAL)["data"]
        return data["pbat"], data["soc"], datetime.now(UTC)

    def history(self) -> list[tuple[Any, ...]]:
        rows = self._get("/api/getOneDayPowerBySn", sysSn=SERIAL, queryDate="2026-11-20")["data"]
        return [
            (_instant(row), row["cbat"], row["load"] - row["ppv"] + row["feedIn"] - row["gridCharge"]) for row in rows
        ]

    def prices(self) -> list[tuple[Any, ...]]:
        return [
            (
                datetime.fromisoformat(row["startTime"]),
                datetime.fromisoformat(row["endTime"]),
                row["channelType"],
                row["type"],
                Decimal(str(row["perKwh"])) / 100,
                Decimal(str(row["spotPerKwh"])) / 100,
            )
            for row in self._get("/v1/sites/01SITE/prices/current", next="2048")
        ]

    def _get(self, path: str, **query: str) -> Any:
        return json.loads(self._client.get(path, params=query).content)


def _instant(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["uploadTime"]).replace(tzinfo=DAY.tzinfo).astimezone(UTC)


def _span(row: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(row["startTime"]), datetime.fromisoformat(row["endTime"])


def _money(cents: float) -> Decimal:
    return Decimal(str(cents)) / 100


def main() -> int:
    """Run the comparisons; the result is the exit status."""
    with ExitStack() as stack:
        url = stack.enter_context(standin(1))
        home = stack.enter_context(
            openpower.connect("alphaess", app_id="x", app_secret="y", base_url=f"{url}/api", tz="Australia/Brisbane")
        )
        shop = stack.enter_context(openpower.connect("amber", token="psk_" + "0" * 30, base_url=f"{url}/v1"))
        bare, battery, retailer = Bare(url), home.battery(), shop.retailer()
        end = DAY + timedelta(days=1)
        within = [
            report("battery.read()", *alternate(bare.read, lambda: battery.read(max_age=FRESH)), limit=1.25),
            report(
                "battery.history(a day)",
                *alternate(bare.history, lambda: battery.history(DAY, end), rounds=100),
                limit=4,
            ),
            report("retailer.prices()", *alternate(bare.prices, retailer.prices, rounds=200), limit=3),
        ]
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
