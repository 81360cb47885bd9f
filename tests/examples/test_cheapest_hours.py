"""The example that charges in the cheapest hours: on the demo, and on Amber with AlphaESS, unchanged."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

import openpower
from openpower_alphaess.emulator import Emulator as AlphaEmulator, Nameplate as AlphaNameplate, serve as serve_alpha
from openpower_amber.emulator import EmulatedSite, Emulator as AmberEmulator, serve
from openpower_core.clock import ManualClock
from openpower_core.prices import Channel, Price, PriceKind, PriceSeries
from openpower_goodwe.semsplus.emulator import Emulator as GoodWeEmulator, serve as serve_goodwe

if TYPE_CHECKING:
    from types import ModuleType

NOW = datetime(2026, 8, 4, 10, 0, 40, tzinfo=UTC)  # 20:00 in Brisbane
BY = datetime(2026, 8, 4, 20, 30, tzinfo=UTC)
TARGET = 90.0


def _load() -> ModuleType:
    path = Path(__file__).parents[2] / "examples" / "cheapest_hours.py"
    spec = importlib.util.spec_from_file_location("cheapest_hours", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


app = _load()


def half_hour(number: int, cents: int, expected: int | None = None) -> Price:
    start = BY + number * app.SLOT
    return Price(
        start=start,
        end=start + app.SLOT,
        per_kwh=Decimal(cents),
        currency="AUD",
        kind=PriceKind.FORECAST,
        expected_per_kwh=None if expected is None else Decimal(expected),
    )


def test_the_cheapest_slots_are_taken_and_joined() -> None:
    """By the retailer's own prediction where there is one; what has begun counts from now."""
    prices = [half_hour(0, 5), half_hour(1, 9), half_hour(2, 9, expected=1), half_hour(3, 6)]
    now = BY + timedelta(minutes=10)

    plan = app.cheapest(prices, timedelta(minutes=60), now)

    assert plan == [(now, BY + app.SLOT), (BY + 2 * app.SLOT, BY + 4 * app.SLOT)]
    assert app.cheapest(prices, timedelta(0), now) == []
    confirmed = evolve(prices[2], estimate=False)
    assert app.cheapest([*prices[:2], confirmed], app.SLOT, now - timedelta(minutes=10))[0][0] == BY
    assert app.cheapest([], timedelta(hours=1), now) == []


def test_a_stub_is_no_half_hour() -> None:
    """Of the last one five minutes are known, and they are the cheapest of all."""
    known = [half_hour(0, 5), half_hour(1, 9), evolve(half_hour(2, 1), end=BY + 2 * app.SLOT + timedelta(minutes=5))]

    class Shop:
        def prices(self, start: datetime, end: datetime, **options: Any) -> PriceSeries:
            return PriceSeries(known, tz="Australia/Brisbane").select(start, end, **options)

    assert [price.per_kwh for price in app.slots(Shop(), BY, BY + 3 * app.SLOT)] == [5, 9]


class Watched:
    """A home in which the example charges, and what came of it."""

    def __init__(self, retailer: Any, battery: Any, clock: ManualClock) -> None:
        self.retailer = retailer
        self.battery = battery
        self.clock = clock
        self.said: list[str] = []

    def run(self) -> None:
        before = self.battery.read().soc_pct
        forecast = self.retailer.prices(NOW, BY, channel=Channel.IMPORT, resolution=app.SLOT)

        reached = app.charge_cheaply(
            self.retailer, self.battery, target_pct=TARGET, by=BY, clock=self.clock, say=self.said.append
        )

        assert before < 70
        assert reached == pytest.approx(TARGET, abs=1.5)
        assert self.clock.now() <= BY
        assert any("charging until" in line for line in self.said)
        paid = self.price_while_charging()
        every = [price.best_per_kwh for price in forecast]
        assert paid < sum(every) / len(every)

    def price_while_charging(self) -> Decimal:
        """The mean of what an hour of charging cost, by the final prices."""
        settled = self.retailer.prices(NOW, self.clock.now(), channel=Channel.IMPORT)
        charged = [
            (reading.charging_w or 0, settled.at(reading.stamp.measured_at))
            for reading in self.battery.history(NOW, self.clock.now())
            if reading.charging_w
        ]
        known = [(Decimal(str(watts)), price.per_kwh) for watts, price in charged if price]
        return sum((w * p for w, p in known), Decimal(0)) / sum(w for w, _ in known)


def test_on_the_demo() -> None:
    """One connection has both."""
    clock = ManualClock(NOW)
    with openpower.connect("demo", clock=clock, tz="Australia/Brisbane") as home:
        Watched(home.retailer(), home.battery(), clock).run()


def test_on_amber_and_alphaess(tmp_path: Path) -> None:
    """Two vendors' emulators over one house, joined into a site; not a line differs."""
    clock = ManualClock(NOW)
    alpha = AlphaEmulator([AlphaNameplate(tz="Australia/Brisbane")], clock=clock)
    amber = AmberEmulator([EmulatedSite(start=NOW, house=alpha.system.house)], clock=clock)
    with serve_alpha(alpha) as power, serve(amber) as prices:
        common: dict[str, Any] = {"clock": clock, "state_dir": tmp_path}
        with openpower.Site(
            openpower.connect("amber", **prices.options, **common),
            openpower.connect("alphaess", **power.options, **common),
            clock=clock,
        ) as home:
            Watched(home.retailer(), home.battery(), clock).run()


def test_on_amber_and_goodwe(tmp_path: Path) -> None:
    """A third battery, through a night in Amsterdam."""
    clock, said = ManualClock(datetime(2026, 8, 4, 20, 0, 40, tzinfo=UTC)), list[str]()
    with serve_goodwe(GoodWeEmulator(clock=clock)) as power, serve(AmberEmulator(clock=clock)) as prices:
        common: dict[str, Any] = {"clock": clock, "state_dir": tmp_path}
        with openpower.Site(
            openpower.connect("amber", **prices.options, **common),
            openpower.connect("goodwe-sems", **power.options, **common),
            clock=clock,
        ) as home:
            reached = app.charge_cheaply(
                home.retailer(),
                home.battery(),
                target_pct=TARGET,
                by=datetime(2026, 8, 5, 4, tzinfo=UTC),
                clock=clock,
                say=said.append,
            )

    assert reached == pytest.approx(TARGET, abs=1.5)
    assert any("charging until" in line for line in said)


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run on the demo says the plan and sends nothing."""
    assert app.main(["demo", "--dry-run", "--target", "99"]) == 0

    assert "plan: " in capsys.readouterr().out
