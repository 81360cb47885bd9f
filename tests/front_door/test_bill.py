"""``Site.bill``: usage of one vendor, prices of another, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import openpower
from openpower import AsyncSite, BillKind, Channel, Site
from openpower_core.clock import ManualClock

NOW = datetime(2026, 11, 4, 1, tzinfo=UTC)
START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 4, tzinfo=UTC)
FLAT: dict[str, Any] = {
    "name": "Flat",
    "currency": "AUD",
    "tz": "UTC",
    "tax_included": True,
    "tax_rate": 0.1,
    "import": {"price": 0.30},
    "export": {"price": 0.05},
    "standing_charges": [{"amount": 1.10}],
}


def demo(**options: Any) -> Any:
    return openpower.connect("demo", clock=ManualClock(NOW), tz="UTC", **options)


def tariff(**changes: Any) -> Any:
    return openpower.connect("tariff", clock=ManualClock(NOW), document=FLAT | changes)


def test_a_tariff_and_the_homes_own_meter() -> None:
    """Energy comes from the meter's five-minute means, marked as estimated, and costs what the document says."""
    with Site(demo(), tariff(), import_retailer="tariff-Flat") as home:
        bill = home.bill(START, END)
        history = home.meter().history(START, END)
    imported = sum(each.importing_w or 0 for each in history) / 12 / 1000
    exported = sum(each.exporting_w or 0 for each in history) / 12 / 1000
    lines = {(line.kind, line.channel): line for line in bill.lines}

    assert bill.complete
    assert bill.estimated_share == 1
    assert float(lines[BillKind.ENERGY, Channel.IMPORT].quantity) == pytest.approx(imported)
    assert float(lines[BillKind.ENERGY, Channel.EXPORT].amount) == pytest.approx(-exported * 0.05)
    assert lines[BillKind.STANDING_CHARGE, Channel.IMPORT].amount == Decimal("3.30")
    assert any("estimated from the history of the meter" in rule for rule in bill.rules)


async def test_the_retailers_own_usage_in_both_flavours() -> None:
    """The simulated retailer meters; its cost is charged, and nothing is estimated."""
    with Site(demo()) as home:
        bill = home.bill(START, END)
        used = home.retailer().usage(START, END)
    async with AsyncSite(openpower.connect_async("demo", clock=ManualClock(NOW), tz="UTC")) as same:
        other = await same.bill(START, END)
    energy = [line for line in bill.lines if line.kind is BillKind.ENERGY]

    assert bill == other
    assert bill.complete
    assert bill.estimated_share == 0
    assert sum(line.amount for line in energy) == sum(usage.cost for usage in used if usage.cost is not None)


def test_buyer_and_seller_may_differ() -> None:
    """What is sold has the buyer's price, what is bought the seller's."""
    buyer = openpower.connect(
        "tariff", clock=ManualClock(NOW), document=FLAT | {"name": "Buyer", "export": {"price": 0.20}}
    )
    with Site(demo(), tariff(), buyer, import_retailer="tariff-Flat", export_retailer="tariff-Buyer/retailer") as home:
        bill = home.bill(START, END)
        snapshot = home.snapshot()
    prices = {line.channel: line.per_unit for line in bill.lines if line.kind is BillKind.ENERGY}

    assert prices == {Channel.IMPORT: Decimal("0.3"), Channel.EXPORT: Decimal("0.2")}
    assert {channel: price.per_kwh for channel, price in snapshot.prices.items()} == {
        Channel.IMPORT: Decimal("0.3"),
        Channel.EXPORT: Decimal("0.2"),
    }


def test_several_retailers_and_none_chosen() -> None:
    with Site(demo(), tariff()) as home, pytest.raises(openpower.AmbiguousDevice, match="2 devices match"):
        home.bill(START, END)


def test_export_that_nobody_pays_is_said() -> None:
    with Site(demo(), tariff(export=None), import_retailer="tariff-Flat") as home:
        bill = home.bill(START, END)

    assert {line.channel for line in bill.lines} == {Channel.IMPORT}
    assert any("Export is not in it" in rule for rule in bill.rules)


def test_without_a_meter_usage_is_missing() -> None:
    """Standing charges are known all the same."""
    with Site(tariff()) as home:
        bill = home.bill(START, END)

    assert [line.kind for line in bill.lines] == [BillKind.STANDING_CHARGE]
    assert [(gap.start, gap.end, gap.reason) for gap in bill.gaps] == [(START, END, "no usage")]
    assert bill.missing_share == 1


def test_days_to_come_are_missing_and_not_free() -> None:
    """A bill up to the end of a month that has just begun."""
    with Site(demo()) as home:
        bill = home.bill(NOW - timedelta(days=3), NOW + timedelta(days=1))

    assert 0.2 < bill.missing_share < 0.6
    assert bill.gaps[-1].end == NOW + timedelta(days=1)


def test_a_failing_meter_is_a_gap_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site(demo(), tariff(), import_retailer="tariff-Flat") as home:
        meter = home.meter()

        def fail(start: datetime, end: datetime) -> Any:
            raise openpower.ServiceUnavailable("down for maintenance.")

        monkeypatch.setattr(meter, "history", fail)
        bill = home.bill(START, END)

    assert bill.gaps[0].reason == "no usage: the history of the meter could not be read: down for maintenance."


def test_export_that_another_retailer_metered_is_sold_to_the_buyer() -> None:
    """The seller's meter counts both directions; what it says of the cost of export is not what the buyer pays."""
    buyer = tariff(name="Buyer", export={"price": 0.20})
    with Site(demo(), buyer, import_retailer="DEMO0000000001/retailer", export_retailer="tariff-Buyer") as home:
        bill = home.bill(START, END)
        used = home.retailer().usage(START, END)
    sold = sum(Decimal(str(each.kwh)) for each in used if each.channel is Channel.EXPORT)
    lines = [line for line in bill.lines if line.channel is Channel.EXPORT]

    assert sold > 0
    assert [(sum(line.quantity for line in lines), sum(line.amount for line in lines))] == [
        (sold, -sold * Decimal("0.2"))
    ]


def test_what_the_buyer_metered_is_not_estimated_once_more() -> None:
    """Import has the price of the tariff, and both directions are the buyer's metering."""
    with Site(demo(), tariff(), import_retailer="tariff-Flat", export_retailer="DEMO0000000001/retailer") as home:
        bill = home.bill(START, END)
        used = home.retailer("DEMO0000000001/retailer").usage(START, END)
    energy = [line for line in bill.lines if line.kind is BillKind.ENERGY]

    for channel in (Channel.IMPORT, Channel.EXPORT):
        kwh = sum(Decimal(str(each.kwh)) for each in used if each.channel is channel)
        assert sum(line.quantity for line in energy if line.channel is channel) == kwh
    assert {line.per_unit for line in energy if line.channel is Channel.IMPORT} == {Decimal("0.3")}
    assert bill.estimated_share == 0


@pytest.mark.parametrize(("part", "words"), [("prices", "no price for"), ("tariffs", "the tariff could not be read")])
def test_a_part_that_fails_leaves_no_bill_that_looks_whole(
    monkeypatch: pytest.MonkeyPatch, part: str, words: str
) -> None:
    """Neither the money for export nor the charges vanish without a gap."""
    buyer = tariff(name="Buyer")
    with Site(demo(), tariff(), buyer, import_retailer="tariff-Flat", export_retailer="tariff-Buyer") as home:
        failing = home.retailer("tariff-Buyer" if part == "prices" else "tariff-Flat")

        def fail(*_: Any, **__: Any) -> Any:
            raise openpower.ServiceUnavailable("down for maintenance.")

        monkeypatch.setattr(failing, part, fail)
        bill = home.bill(START, END)

    assert not bill.complete
    assert words in bill.gaps[-1].reason
    assert not any("no retailer has prices" in rule for rule in bill.rules)


def test_a_tariff_that_the_retailer_does_not_find_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a product that was withdrawn: the energy is billed all the same."""
    with Site(demo()) as home:
        retailer = home.retailer()

        def fail(start: datetime, end: datetime) -> Any:
            raise openpower.DeviceNotFound("there is no such tariff.")

        monkeypatch.setattr(retailer, "tariffs", fail)
        bill = home.bill(START, END)

    assert bill.lines
    assert any("Standing and demand charges" in rule for rule in bill.rules)
