"""The history on the page: today's lines, bars of energy, cost, days of 23 and 25 hours, and gaps that stay gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest

from openpower_core.errors import NetworkError
from openpower_core.prices import Channel, Price
from openpower_hub.engine import Hub
from openpower_hub.history import Cell, Store
from openpower_hub.page import energy
from openpower_hub.page.live import end_of_charge

SYDNEY = ZoneInfo("Australia/Sydney")


class Kept:
    """A history that holds what a test gives it, by figure."""

    def __init__(self, step: timedelta, **figures: dict[datetime, float]) -> None:
        self._step = step
        self._figures = figures
        self.prices_of: dict[Channel, list[Price]] = {}

    async def series(self, _key: str, figure: str, start: datetime, end: datetime, *, step: timedelta) -> list[Cell]:
        """Only cells that have data."""
        assert step == self._step
        known = self._figures.get(figure, {})
        return [
            Cell(
                start=time,
                end=time + step,
                mean=value,
                forward_kwh=max(0.0, value),
                backward_kwh=max(0.0, -value) if figure.endswith("_w") else None,
            )
            for time, value in sorted(known.items())
            if start <= time < end
        ]

    async def prices(self, _key: str, channel: Channel, _start: datetime, _end: datetime) -> list[Price]:
        """All that there are."""
        return self.prices_of.get(channel, [])

    async def receipts(self, *_: Any, **__: Any) -> list[Any]:
        """None."""
        return []


def store(step: timedelta, **figures: dict[datetime, float]) -> Any:
    """As the page takes it."""
    return cast("Store", Kept(step, **figures))


FIVE = timedelta(minutes=5)
DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 28, 13, tzinfo=UTC)
"""29 November 00:00 in Sydney."""


async def test_todays_lines(hub: Hub) -> None:
    """From the home's midnight on, every five minutes; where nothing is known there is None."""
    kept = store(FIVE, pv_w={MIDNIGHT: 0.0, MIDNIGHT + 2 * FIVE: 300.0})

    found = await energy.today_of(kept, hub.homes["house"], MIDNIGHT + timedelta(minutes=12))

    assert found.start == MIDNIGHT
    assert found.end == MIDNIGHT + DAY
    assert found.lines["solar"] == (0.0, None, 300.0)
    assert found.lines["house"] == (None, None, None)
    assert list(found.rows(SYDNEY)) == [("00:00", ["150 W", "–", "–", "–"])]


@pytest.mark.parametrize(
    ("now", "hours"),
    [(datetime(2026, 10, 4, 3, tzinfo=UTC), 23), (datetime(2026, 4, 5, 3, tzinfo=UTC), 25), (MIDNIGHT, 24)],
)
async def test_days_on_which_the_clock_changes(hub: Hub, now: datetime, hours: int) -> None:
    """They have 23 and 25 hours."""
    found = await energy.today_of(store(FIVE), hub.homes["house"], now)

    assert found.end - found.start == timedelta(hours=hours)
    assert found.empty


async def test_bars_of_a_week(hub: Hub) -> None:
    """Days of the home, Monday first; a day without data is unknown in the table and nothing in the drawing."""
    monday = datetime(2026, 11, 22, 13, tzinfo=UTC)
    kept = store(
        DAY,
        pv_energy_total_kwh={monday: 20.0, monday + DAY: 10.0},
        import_energy_total_kwh={monday: 2.0},
        export_energy_total_kwh={monday: 11.0},
    )

    found = await energy.bars_of(kept, hub.homes["house"], monday + 6 * DAY, "week", None)

    assert found.title == "23 Nov – 29 Nov 2026"
    assert [bar.label for bar in found.bars] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert [bar.kwh["solar"] for bar in found.bars[:3]] == [20.0, 10.0, None]
    assert found.summary == "30.0 kWh from solar, 2.0 kWh bought and 11.0 kWh sold."
    assert (found.before, found.after) == ("2026-11-22", "")
    # 22 kWh up and 11 down: zero is at two thirds, and heights are in proportion.
    assert found.zero == 66.0
    heights = {(name, x): height for name, x, _, _, height in found.drawn()}
    assert heights["solar", 20.0] == pytest.approx(2 * heights["solar", 162.9], abs=0.02)
    assert heights["solar", 20.0] == pytest.approx(10 * heights["imported", 20.0], abs=0.1)


async def test_a_counter_that_jumped_over_a_gap_is_not_that_days() -> None:
    """After a gap the power counts; where days follow each other, the counter does; where nothing else is known, too."""
    kept = store(
        DAY,
        export_energy_total_kwh={MIDNIGHT + n * DAY: kwh for n, kwh in ((0, 5.0), (1, 6.0), (4, 20.0), (6, 4.0))},
        power_w={MIDNIGHT + n * DAY: -kwh for n, kwh in ((1, 6.2), (2, 7.0), (3, 6.5), (4, 6.4))},
    )

    found = await energy.energies(kept, "k", energy.FLOWED["exported"], MIDNIGHT + DAY, MIDNIGHT + 7 * DAY, DAY)

    assert found == {MIDNIGHT + n * DAY: kwh for n, kwh in ((1, 6.0), (2, 7.0), (3, 6.5), (4, 6.4), (6, 4.0))}


@pytest.mark.parametrize(
    ("period", "day", "count", "first", "title"),
    [
        ("month", date(2026, 2, 10), 28, "1", "February 2026"),
        ("month", date(2024, 2, 10), 29, "1", "February 2024"),
        ("year", date(2025, 7, 1), 12, "J", "2025"),
        ("week", date(2026, 1, 1), 7, "Mon", "29 Dec – 4 Jan 2026"),
        ("month", date(2030, 1, 1), 30, "1", "November 2026"),  # what lies ahead is today
    ],
)
async def test_periods(hub: Hub, period: str, day: date, count: int, first: str, title: str) -> None:
    """Weeks begin on Monday; months and years are the calendar's."""
    found = await energy.bars_of(store(DAY), hub.homes["house"], MIDNIGHT, period, day)

    assert (len(found.bars), found.bars[0].label, found.title) == (count, first, title)


async def test_what_today_cost(hub: Hub) -> None:
    """Each five minutes at their own price: 1 kWh at 20 cents and 2 at 30, less 4 kWh sold at 5."""
    kept = store(
        FIVE,
        import_energy_total_kwh={MIDNIGHT: 1.0, MIDNIGHT + 12 * FIVE: 2.0, MIDNIGHT + 13 * FIVE: 0.0},
        export_energy_total_kwh={MIDNIGHT + 12 * FIVE: 4.0},
    )
    hour = timedelta(hours=1)

    def price(n: int, per_kwh: str, channel: Channel) -> Price:
        start = MIDNIGHT + n * hour
        return Price(start=start, end=start + hour, per_kwh=Decimal(per_kwh), currency="AUD", channel=channel)

    kept.prices_of = {
        Channel.IMPORT: [price(0, "0.20", Channel.IMPORT), price(1, "0.30", Channel.IMPORT)],
        Channel.EXPORT: [price(0, "0.01", Channel.EXPORT), price(1, "0.05", Channel.EXPORT)],
    }
    now = MIDNIGHT + 2 * hour

    assert await energy.cost_today(kept, hub.homes["house"], now) == ("0.60 AUD", "energy only so far")

    del kept.prices_of[Channel.EXPORT][1]
    assert await energy.cost_today(kept, hub.homes["house"], now) == ("–", "")  # a price is not known
    assert await energy.cost_today(store(FIVE), hub.homes["house"], now) == ("–", "")

    kept.prices_of[Channel.EXPORT].append(price(1, "0.05", Channel.EXPORT))
    later = store(FIVE, import_energy_total_kwh={MIDNIGHT + 12 * FIVE: 2.0})
    later.prices_of = kept.prices_of
    assert await energy.cost_today(later, hub.homes["house"], now) == ("0.60 AUD", "energy only, since 01:00")


async def test_a_history_that_cannot_be_read(browser: httpx.AsyncClient, hub: Hub) -> None:
    """The page goes on and says so."""

    class Broken(Kept):
        async def series(self, *_: Any, **__: Any) -> list[Cell]:
            raise NetworkError("the database does not answer.")

    hub.integrations["history"] = cast("Any", type("History", (), {"store": Broken(FIVE)}))
    text = (await browser.get("/")).text

    assert text.count("The history cannot be read: the database does not answer.") == 2
    assert 'data-t="battery.v"' in text


@pytest.mark.parametrize(
    ("soc", "kwh", "watts", "hours"),
    [(50, 10, -2500, 2), (50, 10, 5000, 1), (100, 10, -500, None), (0, 10, 500, None), (50, 10, 150, None), (None, 10, 900, None),
     (50, None, 900, None), (90, 13.5, 300, None)],
)  # fmt: skip
def test_when_a_battery_is_full_or_empty(
    soc: float | None, kwh: float | None, watts: float, hours: float | None
) -> None:
    """What is left of its energy over its power; not where that is unknown, hardly flows, or is more than a day away."""
    assert end_of_charge(soc, kwh, watts) == (None if hours is None else timedelta(hours=hours))
