"""Bills, to the cent: worked examples that retailers and regulators print, and what a bill says of what it lacks.

Figures are those of Ofgem, Hydro-Québec, BC Hydro, Ontario's Energy Board, Stadtwerke Hamm and other price sheets.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, getcontext, localcontext
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from openpower import (
    Bill,
    BillKind,
    Channel,
    DemandCharge,
    Gap,
    InvalidValue,
    MeterReading,
    Per,
    Price,
    PriceSeries,
    Quality,
    Stamp,
    StandingCharge,
    Tariff,
    Tier,
    Usage,
    UsageQuality,
    bill_of,
    usages_of,
)
from openpower_core.readings import EnergyCounter

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
D = Decimal


def at(day: str, tz: str = "UTC") -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(tz))


def usage(start: datetime, end: datetime, kwh: float, **more: Any) -> Usage:
    return Usage(start=start, end=end, kwh=kwh, **{"currency": "EUR", **more})


def flat(per_kwh: Any, **more: Any) -> Price:
    about = {"currency": "EUR", "tax_included": True, "tax_rate": "0.19", "estimate": False} | more
    return Price(start=at("2000-01-01"), end=None, per_kwh=per_kwh, **about)


def month_of(start: str, days: int, kwh: float, *, tz: str = "UTC", **more: Any) -> tuple[list[Usage], dict[str, Any]]:
    """One meter reading for a whole bill, and the bill's range."""
    begin = at(start, tz)
    end = (datetime.combine(begin.date() + days * DAY, begin.time(), begin.tzinfo)).astimezone(UTC)
    return [usage(begin, end, kwh, **more)], {"start": begin, "end": end, "tz": tz}


# Worked examples

OFGEM = [
    ("2024-07-01", "0.2236", "0.6012", "0.0548", "0.3141", "1568.00"),
    ("2025-01-01", "0.2486", "0.6097", "0.0634", "0.3165", "1738.38"),
    ("2025-07-01", "0.2573", "0.5137", "0.0633", "0.2982", "1719.00"),
    ("2025-10-01", "0.2635", "0.5368", "0.0629", "0.3403", "1754.94"),
]


@pytest.mark.parametrize(("start", "power", "power_day", "gas", "gas_day", "both"), OFGEM)
def test_ofgems_typical_household(start: str, power: str, power_day: str, gas: str, gas_day: str, both: str) -> None:
    """2,700 kWh of electricity and 11,500 kWh of gas in 365 days; prices hold 5 % VAT, which is not added again."""
    total = D(0)
    for kwh, price, day in ((2700, power, power_day), (11500, gas, gas_day)):
        used, range_ = month_of(start, 365, kwh, tz="Europe/London", currency="GBP")
        tariff = Tariff(
            name="cap", currency="GBP", tax_included=True, tax_rate=0.05, standing_charges=(StandingCharge(amount=day),)
        )
        bill = bill_of(used, PriceSeries([flat(price, currency="GBP", tax_rate="0.05")]), [tariff], **range_)
        total += sum(line.amount for line in bill.lines)

        assert bill.complete
        assert bill.tax == (bill.total - bill.total / D("1.05")).quantize(D("0.01"))

    assert total.quantize(D("0.01")) == D(both)


def test_ofgem_by_hand() -> None:
    """Oct 2025: 71,145 p and 19,593.20 p are £907.38."""
    used, range_ = month_of("2025-10-01", 365, 2700, tz="Europe/London", currency="GBP")
    tariff = Tariff(name="cap", currency="GBP", tax_included=True, standing_charges=(StandingCharge(amount="0.5368"),))
    bill = bill_of(used, PriceSeries([flat("0.2635", currency="GBP")]), [tariff], **range_)

    assert [line.amount for line in bill.lines] == [D("711.45"), D("195.932")]
    assert bill.total == D("907.38")


COSY = {"cheap": "0.1323168", "standard": "0.2698143", "peak": "0.4047225"}
COSY_HOURS = {"cheap": (4, 5, 6, 13, 14, 15, 22, 23), "peak": (16, 17, 18)}
COSY_KWH = {"cheap": 3.443, "standard": 2.885, "peak": 1.211}


def test_a_day_of_a_cosy_tariff() -> None:
    """Octopus, 17 March 2025: 172.40999454 p and 48.788145 p are £2.21."""
    start = at("2025-03-17", "Europe/London").astimezone(UTC)
    bands = [next((name for name, hours in COSY_HOURS.items() if hour in hours), "standard") for hour in range(24)]
    prices = [
        Price(
            start=start + hour * HOUR, end=start + (hour + 1) * HOUR, per_kwh=COSY[band], currency="GBP", period=band,
            tax_included=True, tax_rate="0.05",
        )
        for hour, band in enumerate(bands)
    ]  # fmt: skip
    used = [
        usage(
            start + hour * HOUR,
            start + (hour + 1) * HOUR,
            COSY_KWH[band] if bands.index(band) == hour else 0,
            currency="GBP",
        )
        for hour, band in enumerate(bands)
    ]
    tariff = Tariff(
        name="Cosy",
        currency="GBP",
        tax_included=True,
        tax_rate="0.05",
        standing_charges=(StandingCharge(amount="0.48788145"),),
    )
    bill = bill_of(used, PriceSeries(prices, tz="Europe/London"), [tariff], start=start, end=start + DAY)

    assert {line.period: line.amount for line in bill.lines if line.period} == {
        "cheap": D("0.4555667424"),
        "standard": D("0.7784142555"),
        "peak": D("0.4901189475"),
    }
    assert sum(line.amount for line in bill.lines) * 100 == D("221.19813954")
    assert (bill.total, bill.tax, bill.net) == (D("2.21"), D("0.11"), D("2.10"))


def test_a_summer_day_of_go_and_the_half_hour_without_a_price() -> None:
    """Octopus Go, 29 April 2025 local: 1,185.42354 p; the first half hour of the day before has no price in the sample."""
    start = at("2025-04-29", "Europe/London").astimezone(UTC)
    used = [usage(start + n * HOUR / 2, start + (n + 1) * HOUR / 2, 1, currency="GBP") for n in range(-48, 48)]
    night = [start + n * DAY + HOUR / 2 for n in (-1, 0, 1)]
    rows = [(begin, begin + 5 * HOUR, "0.0849975") for begin in night]
    rows += [(begin + 5 * HOUR, begin + DAY, "0.2895858") for begin in night]
    series = PriceSeries(Price(start=a, end=b, per_kwh=c, currency="GBP", tax_included=True) for a, b, c in rows)
    day = bill_of(used, series, start=start, end=start + DAY, tz="Europe/London")
    before = bill_of(used, series, start=start - DAY, end=start, tz="Europe/London")

    assert day.complete
    assert sum(line.amount for line in day.lines) * 100 == D("1185.42354")
    assert [(gap.start, gap.end, gap.reason) for gap in before.gaps] == [
        (start - DAY, start - DAY + HOUR / 2, "no price for 1 kWh")
    ]
    assert before.missing_share == pytest.approx(1 / 48)


@pytest.mark.parametrize(
    ("spot", "gross"), [("0.09285", "0.2967384"), ("-0.02", "0.1624469"), ("0.08218", "0.2840411")]
)
def test_a_german_dynamic_tariff(spot: str, gross: str) -> None:
    """Stadtwerke Hamm 2025: 15.651 ct net on top of the exchange, 19 % tax on the sum, 151.26 EUR a year."""
    used, range_ = month_of("2025-01-01", 365, 10000, tz="Europe/Berlin")
    net = D(spot) + D("0.15651")
    price = flat(net, tax_included=False)
    tariff = Tariff(
        name="Hamm", currency="EUR", tax_included=False, tax_rate="0.19",
        standing_charges=tuple(StandingCharge(amount=part, per=Per.YEAR) for part in ("34.45", "100.00", "16.81")),
    )  # fmt: skip
    bill = bill_of(used, PriceSeries([price]), [tariff], **range_)
    charges = bill_of([], PriceSeries([price]), [tariff], **range_)

    assert charges.total == D("180.00")  # 179.9994
    assert bill.total == (D(gross) * 10000 + D("179.9994")).quantize(D("0.01"))
    assert bill.net == (net * 10000 + D("151.26")).quantize(D("0.01"))


@pytest.mark.parametrize(
    ("per_kwh", "yearly", "gross", "gross_yearly"),
    [("0.2355", "80.00", "280.245", "95.20"), ("0.3358", "100.83", "399.602", "119.9877")],
)
def test_german_fixed_tariffs(per_kwh: str, yearly: str, gross: str, gross_yearly: str) -> None:
    """Clausthal and Bernburg, net to gross 19 %, for 1,000 kWh in a year."""
    used, range_ = month_of("2025-01-01", 365, 1000, tz="Europe/Berlin")
    charge = StandingCharge(amount=yearly, per=Per.YEAR)
    tariff = Tariff(name="x", currency="EUR", tax_included=False, tax_rate="0.19", standing_charges=(charge,))
    bill = bill_of(used, PriceSeries([flat(per_kwh, tax_included=False)]), [tariff], **range_)

    assert [line.amount * D("1.19") for line in bill.lines] == [D(gross), D(gross_yearly)]
    assert bill.total == (D(gross) + D(gross_yearly)).quantize(D("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(("start", "year", "days"), [("2025-04-01", 365, 30), ("2024-04-01", 366, 30)])
def test_a_yearly_charge_is_by_the_day(start: str, year: int, days: int) -> None:
    """120.00 / 365 × 30 is 9.8630; a leap year has 366, and the bill says so."""
    _, range_ = month_of(start, days, 0, tz="Europe/Berlin")
    tariff = Tariff(name="x", currency="EUR", standing_charges=(StandingCharge(amount=120, per=Per.YEAR),))
    bill = bill_of([], PriceSeries(), [tariff], **range_)

    assert bill.lines[0].amount.quantize(D("0.0001")) == (D(120) / year * 30).quantize(D("0.0001"))
    assert any("leap years by 366" in rule for rule in bill.rules)


QUEBEC = (Tier(above_kwh=0, per_kwh="0.0568"), Tier(above_kwh=30, per_kwh="0.0860", per=Per.DAY))


@pytest.mark.parametrize("even", [True, False])
def test_hydro_quebecs_threshold_is_of_the_period_and_not_of_each_day(even: bool) -> None:
    """62 days, 3,000 kWh: 228.8848 before tax, however they are spread."""
    used, range_ = month_of("2015-05-01", 62, 3000, tz="America/Toronto", currency="CAD")
    if not even:
        half = used[0].start + (used[0].end - used[0].start) / 2
        used = [usage(used[0].start, half, 0, currency="CAD"), usage(half, used[0].end, 3000, currency="CAD")]
    tariff = Tariff(name="D", currency="CAD", tiers=QUEBEC, standing_charges=(StandingCharge(amount="0.4064"),))
    bill = bill_of(used, PriceSeries([flat("0.0568", currency="CAD")]), [tariff], **range_)

    assert [line.amount for line in bill.lines] == [D("105.648"), D("98.04"), D("25.1968")]
    assert bill.total == D("228.88")


BC = (Tier(above_kwh=0, per_kwh="0.1097"), Tier(above_kwh="22.1918", per_kwh="0.1408", per=Per.DAY, round_kwh=True))


@pytest.mark.parametrize(("days", "threshold"), [(60, 1332), (58, 1287)])
def test_bc_hydros_threshold_is_rounded(days: int, threshold: int) -> None:
    used, range_ = month_of("2024-05-01", days, 1800, tz="America/Vancouver", currency="CAD")
    tariff = Tariff(name="BC", currency="CAD", tiers=BC)
    bill = bill_of(used, PriceSeries([flat("0.1097", currency="CAD")]), [tariff], **range_)

    assert [line.quantity for line in bill.lines] == [threshold, 1800 - threshold]
    if days == 60:
        assert bill.total == D("212.01")


def test_bc_hydros_time_of_day_comes_on_top_of_the_tiers() -> None:
    """1,800 kWh in 60 days, 700 of them overnight and 300 on-peak: 192.0148."""
    start = at("2024-07-01", "America/Vancouver")
    adds = {"overnight": (D("-0.05"), 700), "day": (D(0), 800), "on-peak": (D("0.05"), 300)}
    prices, used = [], []
    for place, (period, (add, kwh)) in enumerate(adds.items()):
        begin, end = start + place * 20 * DAY, start + (place + 1) * 20 * DAY
        prices.append(Price(start=begin, end=end, per_kwh=D("0.1097") + add, currency="CAD", period=period))
        used.append(usage(begin, end, kwh, currency="CAD"))
    tariff = Tariff(name="BC", currency="CAD", tiers=BC)
    bill = bill_of(used, PriceSeries(prices), [tariff], start=start, end=start + 60 * DAY, tz="America/Vancouver")

    assert sum(line.amount for line in bill.lines) == D("192.0148")
    assert {line.name: line.amount for line in bill.lines if line.kind is BillKind.ADJUSTMENT} == {
        "overnight": D("-35.00"),
        "on-peak": D("15.00"),
    }


@pytest.mark.parametrize(
    ("start", "days", "threshold", "total"), [("2022-12-01", 31, 1000, "107.60"), ("2022-07-01", 31, 600, "114.00")]
)
def test_ontarios_tiers_of_a_month(start: str, days: int, threshold: int, total: str) -> None:
    used, range_ = month_of(start, days, 1200, tz="America/Toronto", currency="CAD")
    tiers = (
        Tier(above_kwh=0, per_kwh="0.087", per=Per.MONTH),
        Tier(above_kwh=threshold, per_kwh="0.103", per=Per.MONTH),
    )
    bill = bill_of(
        used, PriceSeries([flat("0.087", currency="CAD")]), [Tariff(name="x", currency="CAD", tiers=tiers)], **range_
    )

    assert bill.total == D(total)


def test_a_counter_of_months_begins_anew_at_the_local_midnight() -> None:
    """900 kWh in each of two months never reach 1,000; one interval runs over the midnight, and is divided there."""
    tz = "America/Toronto"
    december, january = at("2022-12-01", tz), at("2023-01-01", tz)
    used = [
        usage(december, january - HOUR, 899, currency="CAD"),
        usage(january - HOUR, january + HOUR, 2, currency="CAD"),
        usage(january + HOUR, at("2023-02-01", tz), 899, currency="CAD"),
    ]
    tiers = (Tier(above_kwh=0, per_kwh="0.087", per=Per.MONTH), Tier(above_kwh=1000, per_kwh="0.103", per=Per.MONTH))
    bill = bill_of(
        used, PriceSeries([flat("0.087", currency="CAD")]), [Tariff(name="x", currency="CAD", tiers=tiers)],
        start=december, end=at("2023-02-01", tz), tz=tz,
    )  # fmt: skip

    assert [(line.name, line.quantity) for line in bill.lines] == [
        ("import 2022-12 above 0 kWh", D(900)),
        ("import 2023-01 above 0 kWh", D(900)),
    ]


def test_ontarios_hours() -> None:
    """100 kWh at each of off, mid and on: 32.70."""
    rows = [("off", "0.074"), ("mid", "0.102"), ("on", "0.151")]
    start = at("2022-11-01")
    prices = [
        Price(start=start + n * HOUR, end=start + (n + 1) * HOUR, per_kwh=c, currency="CAD", period=p)
        for n, (p, c) in enumerate(rows)
    ]
    used = [usage(start, start + 3 * HOUR, 300, currency="CAD")]
    bill = bill_of(used, PriceSeries(prices), start=start, end=start + 3 * HOUR)

    assert [(line.period, line.amount) for line in bill.lines] == [
        ("off", D("7.4")),
        ("mid", D("10.2")),
        ("on", D("15.1")),
    ]
    assert bill.total == D("32.70")
    assert any("not known whether they hold tax" in rule for rule in bill.rules)


# Rules


def test_a_change_of_tariff_splits_by_the_local_date() -> None:
    """Quebec's threshold is pro rata by days, and each part has its own standing charge."""
    tz = "America/Toronto"
    start, change, end = at("2026-03-01", tz), at("2026-03-11", tz), at("2026-03-31", tz)
    tariffs = [
        Tariff(name="old", currency="CAD", end=change, tiers=QUEBEC, standing_charges=(StandingCharge(amount="0.40"),)),
        Tariff(
            name="new", currency="CAD", start=change, tiers=QUEBEC, standing_charges=(StandingCharge(amount="0.50"),)
        ),
    ]
    used = [usage(start, change, 500, currency="CAD"), usage(change, end, 500, currency="CAD")]
    bill = bill_of(used, PriceSeries([flat("0.0568", currency="CAD")]), tariffs, start=start, end=end, tz=tz)

    assert [(line.name, line.quantity) for line in bill.lines] == [
        ("import above 0 kWh", 300),
        ("import above 300 kWh", 200),
        ("standing charge", 10),
        ("import above 0 kWh", 500),
        ("standing charge", 20),
    ]


def test_export_is_negative_and_untaxed() -> None:
    used, range_ = month_of("2026-10-01", 31, 100, tz="Europe/Berlin")
    used += [Usage(start=used[0].start, end=used[0].end, kwh=200, channel=Channel.EXPORT, currency="EUR")]
    prices = [flat("0.30", tax_included=False), flat("0.08", channel=Channel.EXPORT, tax_included=None, tax_rate=None)]
    tariff = Tariff(name="x", currency="EUR", tax_included=False, tax_rate="0.19")
    bill = bill_of(used, PriceSeries(prices), [tariff], **range_)

    assert [(line.channel, line.per_unit, line.amount) for line in bill.lines] == [
        (Channel.IMPORT, D("0.3"), D(30)),
        (Channel.EXPORT, D("0.08"), D(-16)),
    ]
    assert (bill.net, bill.tax, bill.total) == (D("14.00"), D("5.70"), D("19.70"))


def test_registers_have_lines_of_their_own_and_the_retailers_cost_counts() -> None:
    start = at("2026-10-01")
    used = [
        usage(start, start + DAY, 2, register="E1", cost="0.61"),
        usage(start, start + DAY, 3, register="E2", cost="0.33"),
    ]
    bill = bill_of(used, PriceSeries([flat("0.30")]), start=start, end=start + DAY)

    assert [(line.register, line.quantity, line.amount) for line in bill.lines] == [
        ("E1", 2, D("0.61")),
        ("E2", 3, D("0.33")),
    ]


@pytest.mark.parametrize(("window", "kw"), [(None, 8), (True, 4)])
def test_demand_is_the_highest_mean_power_of_the_window(window: bool | None, kw: int) -> None:
    """Two quarters of an hour make one half hour; the peak outside the window does not count."""
    start = at("2026-10-01")
    kwh = {
        at("2026-10-05T17:00"): 1.5,
        at("2026-10-05T17:15"): 0.5,
        at("2026-10-06T03:00"): 2,
        at("2026-10-06T03:15"): 2,
    }
    used = [usage(begin, begin + HOUR / 4, each) for begin, each in kwh.items()]
    hours = range(24 * 31)
    prices = [flat("0.30", demand_window=None if window is None else (start + n * HOUR).hour == 17) for n in hours]
    prices = [
        Price(
            start=start + n * HOUR,
            end=start + (n + 1) * HOUR,
            per_kwh="0.3",
            currency="EUR",
            demand_window=p.demand_window,
        )
        for n, p in zip(hours, prices, strict=True)
    ]
    tariff = Tariff(name="x", currency="EUR", demand_charges=(DemandCharge(per_kw=10),))
    bill = bill_of(used, PriceSeries(prices), [tariff], start=start, end=start + 31 * DAY)
    (line,) = (each for each in bill.lines if each.kind is BillKind.DEMAND_CHARGE)

    assert (line.quantity, line.amount) == (kw, kw * 10)


def test_what_is_missing_is_named_and_never_zero() -> None:
    """Ten of thirty-one days without usage, with the reason where it is known."""
    start, end = at("2026-10-01"), at("2026-11-01")
    used = [usage(start, start + 21 * DAY, 210)]
    bill = bill_of(
        used, PriceSeries([flat("0.30")]), start=start, end=end,
        gaps=[Gap(start=start + 21 * DAY, end=end, reason="not published yet")],
    )  # fmt: skip

    assert not bill.complete
    assert [(gap.start, gap.end, gap.channel, gap.reason) for gap in bill.gaps] == [
        (start + 21 * DAY, end, Channel.IMPORT, "no usage: not published yet")
    ]
    assert bill.missing_share == pytest.approx(10 / 31)
    assert bill.total == D("63.00")


def test_charges_that_are_not_known_are_said() -> None:
    """Without a tariff, and for the days before the one that is known."""
    used, range_ = month_of("2026-10-01", 31, 1)
    none = bill_of(used, PriceSeries([flat("0.3")]), **range_)
    late = Tariff(name="x", currency="EUR", start=at("2026-10-11"), standing_charges=(StandingCharge(amount=1),))
    some = bill_of(used, PriceSeries([flat("0.3")]), [late], **range_)

    assert "Standing and demand charges of 2026-10-01 to 2026-10-31 are not in it: they are not known." in none.rules
    assert "Standing and demand charges of 2026-10-01 to 2026-10-10 are not in it: they are not known." in some.rules


def test_money_does_not_follow_the_programs_decimal_context() -> None:
    used, range_ = month_of("2025-10-01", 365, 2700)
    before, getcontext().prec = getcontext().prec, 4
    try:
        bill = bill_of(used, PriceSeries([flat("0.2635")]), **range_)
    finally:
        getcontext().prec = before

    assert bill.lines[0].amount == D("711.45")


def test_two_currencies_and_an_empty_range_are_refused() -> None:
    used, range_ = month_of("2026-10-01", 31, 1)
    with pytest.raises(InvalidValue, match="one currency; there is EUR, GBP"):
        bill_of(used, PriceSeries([flat(1, currency="GBP")]), **range_)
    with pytest.raises(InvalidValue, match="an end after its start"):
        bill_of(used, PriceSeries(), start=range_["end"], end=range_["start"])


def test_a_bill_in_yen_has_no_sen() -> None:
    used, range_ = month_of("2026-10-01", 31, 10, tz="Asia/Tokyo", currency="JPY")
    bill = bill_of(used, PriceSeries([flat("30.05", currency="JPY", tax_rate="0.1")]), **range_)

    assert (str(bill.total), bill.tax) == ("301", 27)


@given(
    cuts=st.lists(st.integers(1, 24 * 31 * 4 - 1), unique=True, max_size=12),
    kwh=st.lists(st.integers(0, 500), min_size=3, max_size=3),
    changes=st.lists(st.integers(1, 30), unique=True, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_a_bill_is_the_sum_of_its_usage_however_it_is_cut(cuts: list[int], kwh: list[int], changes: list[int]) -> None:
    """Energy is kept, and one price for all gives the same bill whether or not prices and usage are cut."""
    start, end = at("2026-10-01", "Europe/London"), at("2026-11-01", "Europe/London")
    quarter = HOUR / 4
    lines = [
        start.astimezone(UTC),
        *(start.astimezone(UTC) + cut * quarter for cut in sorted(cuts)),
        end.astimezone(UTC),
    ]
    prices = [Price(start=a, end=b, per_kwh="0.25", currency="EUR") for a, b in pairwise(lines) if a < b]
    third = (end.astimezone(UTC) - start.astimezone(UTC)) / 3
    used = [
        usage(start.astimezone(UTC) + n * third, start.astimezone(UTC) + (n + 1) * third, each)
        for n, each in enumerate(kwh)
    ]
    days = [start, *(datetime(2026, 10, 1 + change, tzinfo=start.tzinfo) for change in sorted(changes)), end]
    tariffs = [
        Tariff(
            name="x",
            currency="EUR",
            start=a,
            end=b,
            standing_charges=(StandingCharge(amount="0.5"), StandingCharge(amount=31, per=Per.MONTH)),
        )
        for a, b in pairwise(days)
    ]
    bill = bill_of(used, PriceSeries(prices), tariffs, start=start, end=end, tz="Europe/London")

    assert bill.total == D(sum(kwh)) * D("0.25") + D("15.5") + 31
    with localcontext(prec=60):  # a sum of 28 digits is wrong by as much as the bound
        assert abs(sum(line.quantity for line in bill.lines if line.unit == "kWh") - sum(kwh)) < D("1e-24")


# The meter's history


def reading(when: datetime, power_w: float | None = None, counters: tuple[float, float] | None = None) -> MeterReading:
    stamp = Stamp(received_at=when, measured_at=when, quality=Quality.AVERAGE)
    energies = [EnergyCounter(total_kwh=each) for each in counters] if counters else [None, None]
    return MeterReading(stamp=stamp, power_w=power_w, import_energy=energies[0], export_energy=energies[1])


def spans(found: Iterable[Usage], channel: Channel) -> list[tuple[datetime, datetime, float]]:
    return [(each.start, each.end, each.kwh) for each in found if each.channel is channel]


def test_energy_from_mean_power_by_interval() -> None:
    """Import and export of each five minutes apart; where readings are missing, energy is."""
    start, step = at("2026-10-01"), timedelta(minutes=5)
    readings = [
        reading(start, 1200),
        reading(start + step, -600),
        reading(start + 2 * step, 2400),
        reading(start + 12 * step, 0),
    ]
    found = usages_of(readings, currency="EUR", start=start, end=start + DAY)

    assert spans(found, Channel.IMPORT) == [
        (start, start + step, pytest.approx(0.1)),
        (start + step, start + 2 * step, 0),
        (start + 2 * step, start + 3 * step, pytest.approx(0.2)),
        (start + 12 * step, start + 13 * step, 0),
    ]
    assert spans(found, Channel.EXPORT)[1] == (start + step, start + 2 * step, pytest.approx(0.05))
    assert {each.quality for each in found} == {UsageQuality.ESTIMATED}


def test_counters_come_before_power_and_bridge_an_hour_at_most() -> None:
    start = at("2026-10-01")
    readings = [
        reading(start, 9000, (100.0, 50.0)),
        reading(start + HOUR / 4, 0, (100.5, 50.0)),
        reading(start + HOUR / 2, 0, (101.0, 50.25)),
        reading(start + 5 * HOUR, 0, (109.0, 50.25)),
    ]
    found = usages_of(readings, currency="EUR", start=start, end=start + DAY)

    assert spans(found, Channel.IMPORT)[:2] == [
        (start, start + HOUR / 4, 0.5),
        (start + HOUR / 4, start + HOUR / 2, 0.5),
    ]
    assert spans(found, Channel.EXPORT)[1][2] == 0.25
    assert sum(each[2] for each in spans(found, Channel.IMPORT)) == 1.0


def test_bills_are_plain_data() -> None:
    """For a program they become JSON as any other object of the vocabulary."""
    from openpower_core.convert import to_dict

    used, range_ = month_of("2026-10-01", 31, 1)
    bill: Bill = bill_of(used, PriceSeries([flat("0.3")]), **range_)

    assert to_dict(bill)["lines"][0]["amount"] == "0.3"
    assert date(2026, 10, 31).isoformat() in bill.rules[0]


# What must not be wrong in silence


@pytest.mark.parametrize("hour", [0, 1, 10, 22])
def test_a_tariff_that_changes_during_a_day_is_charged_that_day_once(hour: int) -> None:
    """July has 31 days, at whatever hour the second tariff begins; midnight UTC is one o'clock in London."""
    change = at("2026-07-15") + hour * HOUR
    charge = (StandingCharge(amount="1"),)
    tariffs = [
        Tariff(name="old", currency="GBP", standing_charges=charge, end=change),
        Tariff(name="new", currency="GBP", standing_charges=charge, start=change),
    ]
    zone = "Europe/London"
    bill = bill_of([], PriceSeries(), tariffs, start=at("2026-07-01", zone), end=at("2026-08-01", zone), tz=zone)

    assert bill.total == 31
    assert [line.quantity for line in bill.lines] == [15, 16]  # the 15th began under the old one


def test_plain_words_mean_what_they_say() -> None:
    """``per="day"`` was taken for a month, and ``channel="export"`` for import."""
    start, end = at("2026-06-01"), at("2026-07-01")
    sold = usage(start, end, 10, channel="export")
    tariff = Tariff(name="x", currency="EUR", standing_charges=(StandingCharge(amount="0.5", per="day"),))
    bill = bill_of([sold], PriceSeries([flat("0.08", channel="export")]), [tariff], start=start, end=end)

    assert bill.total == D("15.00") - D("0.80")
    with pytest.raises(InvalidValue, match="channel"):
        PriceSeries([flat(1, channel="exporrt")])
    with pytest.raises(InvalidValue, match="per"):
        StandingCharge(amount=1, per="fortnight")


@pytest.mark.parametrize(
    "tiers",
    [
        (Tier(above_kwh=100, per_kwh=1),),
        (Tier(above_kwh=0, per_kwh=1), Tier(above_kwh=0, per_kwh=2)),
        # In June 10 kWh a day are 300, so that the tiers change places.
        (
            Tier(above_kwh=0, per_kwh=1),
            Tier(above_kwh=10, per_kwh=1, per=Per.DAY),
            Tier(above_kwh=200, per_kwh=1, per=Per.MONTH),
        ),
    ],
)
def test_tiers_that_lose_energy_or_count_it_twice_are_refused(tiers: tuple[Tier, ...]) -> None:
    with pytest.raises(InvalidValue, match="tier"):
        Tariff(name="x", currency="EUR", tiers=tiers)


def test_usage_never_has_the_price_of_another_register() -> None:
    """The price of E2 is missing on the second day; that of E1 is no substitute. Without a register it would be a guess."""
    first, second, third = at("2026-06-01"), at("2026-06-02"), at("2026-06-03")
    series = PriceSeries(
        [
            Price(start=first, end=third, register="E1", per_kwh=1, currency="EUR"),
            Price(start=first, end=second, register="E2", per_kwh=5, currency="EUR"),
        ]
    )
    used = [usage(first, second, 1, register="E2"), usage(second, third, 1, register="E2")]
    bill = bill_of(used, series, start=first, end=third)
    guess = bill_of([usage(first, third, 2)], series, start=first, end=third)

    assert bill.total == 5
    assert [(gap.start, gap.end, gap.reason) for gap in bill.gaps] == [(second, third, "no price for 1 kWh")]
    assert guess.total == 0
    assert not guess.complete


@pytest.mark.parametrize("kwh", [float("nan"), float("inf"), -5.0])
def test_usage_that_is_no_amount_is_refused(kwh: float) -> None:
    start, end = at("2026-06-01"), at("2026-06-02")
    with pytest.raises(InvalidValue, match="must be a number from 0"):
        bill_of([usage(start, end, kwh)], PriceSeries([flat(1)]), start=start, end=end)


def test_a_threshold_of_part_of_a_month_has_a_name_that_can_be_read() -> None:
    """100 kWh a month are 48.387… kWh for fifteen days of October; the quantity is not rounded."""
    start, end = at("2026-10-01"), at("2026-10-16")
    tiers = (Tier(above_kwh=0, per_kwh="0.2"), Tier(above_kwh=100, per_kwh="0.4", per=Per.MONTH))
    tariff = Tariff(name="x", currency="EUR", tiers=tiers)
    bill = bill_of([usage(start, end, 100)], PriceSeries([flat("0.2")]), [tariff], start=start, end=end)

    assert [line.name for line in bill.lines] == ["import 2026-10 above 0 kWh", "import 2026-10 above 48.387097 kWh"]
    # 48.387… x 0.2 + 51.612… x 0.4 = 9.677… + 20.645…
    assert bill.total == D("30.32")
