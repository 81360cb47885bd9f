"""From a document to a bill, with figures that retailers print: Ofgem, Hydro-Québec, BC Hydro, Ontario, German price sheets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import openpower
from openpower import Bill, BillKind, Usage, bill_of

HOUR = timedelta(hours=1)
D = Decimal


def bill(document: dict[str, Any], first: date, after: date, kwh: Any) -> Bill:
    """A bill of local days; ``kwh`` is that of an hour, given its beginning on the wall clock."""
    zone = ZoneInfo(document["tz"])
    start, end = (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in (first, after))
    used: list[Usage] = []
    at = start
    while at < end:
        amount = kwh(at.astimezone(zone))
        used.append(Usage(start=at, end=at + HOUR, kwh=amount, currency=document["currency"]))
        at += HOUR
    with openpower.connect("tariff", document=document) as home:
        retailer = home.retailer()
        return bill_of(used, retailer.prices(start, end), retailer.tariffs(start, end), start=start, end=end)


def evenly(total: float, days: int) -> Any:
    """As much in each day, in one of its hours."""
    return lambda at: total / days if at.hour == 12 else 0


def test_ofgem() -> None:
    """£907.38 for 2,700 kWh in the year from October 2025; the VAT is in the prices."""
    document = {
        "name": "Cap", "currency": "GBP", "tz": "Europe/London", "tax_included": True, "tax_rate": 0.05,
        "import": {"price": 0.2635}, "standing_charges": [{"amount": 0.5368}],
    }  # fmt: skip
    found = bill(
        document,
        date(2025, 10, 1),
        date(2026, 10, 1),
        lambda at: 2700 if at == at.replace(month=1, day=1, hour=0) else 0,
    )

    assert (found.total, found.tax) == (D("907.38"), D("43.21"))


def test_a_german_price_sheet() -> None:
    """Clausthal: 23.55 ct net is 28.0245 gross, 80.00 EUR a year is 95.20; over the end of a year and a leap year."""
    document = {
        "name": "Clausthal", "currency": "EUR", "tz": "Europe/Berlin", "tax_included": False, "tax_rate": 0.19,
        "import": {"price": 0.2355}, "standing_charges": [{"amount": 80, "per": "year"}],
    }  # fmt: skip
    year = bill(document, date(2025, 1, 1), date(2026, 1, 1), evenly(3650, 365))
    leap = bill(document, date(2024, 1, 1), date(2025, 1, 1), evenly(3660, 366))

    assert year.total == (D("0.280245") * 3650 + D("95.20")).quantize(D("0.01"))
    assert leap.total == (D("0.280245") * 3660 + D("95.20")).quantize(D("0.01"))


QUEBEC: dict[str, Any] = {
    "name": "Rate D",
    "currency": "CAD",
    "tz": "America/Toronto",
    "tax_included": False,
    "tax_rate": "0.14975",
    "import": {"tiers": [{"above_kwh": 0, "price": 0.0568}, {"above_kwh": 30, "price": 0.0860, "per": "day"}]},
    "standing_charges": [{"amount": 0.4064}],
}


@pytest.mark.parametrize("kwh", [evenly(3000, 62), lambda at: 3000 / 31 if at.month >= 6 and at.hour == 1 else 0])
def test_hydro_quebec(kwh: Any) -> None:
    """228.8848 before tax, whether the energy comes evenly or in the second half alone."""
    found = bill(QUEBEC, date(2015, 5, 1), date(2015, 7, 2), kwh)
    energy = sum(line.amount for line in found.lines if line.kind is BillKind.ENERGY)

    assert round(energy, 9) == D("203.688")
    assert found.net == D("228.88")
    assert found.total == (D("228.8848") * D("1.14975")).quantize(D("0.01"))


def test_bc_hydro() -> None:
    """1,800 kWh in 60 days, 700 of them between 23 and 7 and 300 between 16 and 21: 192.0148."""
    document = {
        "name": "BC Hydro", "currency": "CAD", "tz": "America/Vancouver",
        "import": {
            "tiers": [{"above_kwh": 0, "price": 0.1097}, {"above_kwh": 22.1918, "price": 0.1408, "per": "day", "round_kwh": True}],
            "rules": [{"period": "overnight", "add": -0.05, "hours": "23-7"}, {"period": "on-peak", "add": 0.05, "hours": "16-21"}],
        },
    }  # fmt: skip
    parts = {3: 700 / 60, 18: 300 / 60, 12: 800 / 60}
    found = bill(document, date(2024, 7, 1), date(2024, 8, 30), lambda at: parts.get(at.hour, 0))

    assert found.total == D("192.01")
    assert [(line.name, round(line.amount, 4)) for line in found.lines] == [
        ("import above 0 kWh", D("146.1204")),
        ("import above 1332 kWh", D("65.8944")),
        ("overnight", D("-35.0000")),
        ("on-peak", D("15.0000")),
    ]


ONTARIO: dict[str, Any] = {
    "name": "Ontario",
    "currency": "CAD",
    "tz": "America/Toronto",
    "holidays": {"country": "CA", "subdivision": "ON", "observed": "next_weekday", "also": ["Civic Holiday"]},
    "import": {
        "price": 0.074,
        "period": "off",
        "rules": [
            {"period": "on", "price": 0.151, "days": "mon-fri", "hours": "7-11,17-19", "holidays": False},
            {"period": "mid", "price": 0.102, "days": "mon-fri", "hours": "11-17", "holidays": False},
        ],
    },
}


def test_a_month_of_ontario() -> None:
    """December 2022 at 1 kWh an hour: 20 weekdays at 240.6 c, and 11 weekend days and holidays at 177.6 c.

    The 25th was a Sunday; Boxing Day is Monday, and Christmas is observed on the Tuesday.
    """
    found = bill(ONTARIO, date(2022, 12, 1), date(2023, 1, 1), lambda _: 1)

    assert {line.period: line.quantity for line in found.lines} == {"on": 120, "mid": 120, "off": 504}
    assert sum(line.amount for line in found.lines) == D("2.406") * 20 + D("1.776") * 11
    assert found.complete


def test_the_month_in_which_the_clock_is_put_back() -> None:
    """November 2022 has 721 hours; the one more is off-peak."""
    found = bill(ONTARIO, date(2022, 11, 1), date(2022, 12, 1), lambda _: 1)

    assert {line.period: line.quantity for line in found.lines} == {"on": 132, "mid": 132, "off": 457}


@pytest.mark.parametrize(("month", "total"), [(12, "107.60"), (7, "114.00")])
def test_ontarios_tiers(month: int, total: str) -> None:
    tiers = [
        {"above_kwh": 0, "price": 0.087},
        {"above_kwh": 600, "price": 0.103, "per": "month", "season": "may-oct"},
        {"above_kwh": 1000, "price": 0.103, "per": "month", "season": "nov-apr"},
    ]
    document = {"name": "Tiered", "currency": "CAD", "tz": "America/Toronto", "import": {"tiers": tiers}}
    after = date(2022 + month // 12, month % 12 + 1, 1)
    found = bill(document, date(2022, month, 1), after, lambda at: 1200 if (at.day, at.hour) == (9, 9) else 0)

    assert found.total == D(total)


def test_a_new_price_in_the_middle_of_a_month_has_lines_of_its_own() -> None:
    """Split by the local date, standing charges included."""
    document = {
        "name": "x", "currency": "EUR", "tz": "Europe/Berlin",
        "versions": [
            {"import": {"price": 0.30}, "standing_charges": [{"amount": 0.40}]},
            {"start": date(2026, 3, 29), "import": {"price": 0.35}, "standing_charges": [{"amount": 0.50}]},
        ],
    }  # fmt: skip
    found = bill(document, date(2026, 3, 1), date(2026, 4, 1), lambda _: 1)  # 743 hours; the 29th has 23

    assert [(line.quantity, line.per_unit, line.amount) for line in found.lines] == [
        (28 * 24, D("0.3"), D("201.6")),
        (28, D("0.4"), D("11.2")),
        (71, D("0.35"), D("24.85")),
        (3, D("0.5"), D("1.5")),
    ]


def test_demand_counts_in_its_window_only() -> None:
    document = {
        "name": "x", "currency": "AUD", "tz": "Australia/Sydney", "import": {"price": 0.3},
        "demand_charges": [{"per_kw": 12.5, "interval": 1800}],
        "demand_window": {"days": "mon-fri", "hours": "15-21"},
    }  # fmt: skip
    peaks = {(14, 14): 9, (14, 18): 4, (17, 18): 7}  # the 17th of October 2026 is a Saturday
    found = bill(document, date(2026, 10, 1), date(2026, 11, 1), lambda at: peaks.get((at.day, at.hour), 0.5))
    (demand,) = (line for line in found.lines if line.kind is BillKind.DEMAND_CHARGE)

    assert (demand.name, demand.quantity, demand.amount) == ("demand charge 2026-10", 4, D("50.0"))
