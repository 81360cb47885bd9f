"""The user's charges and tax: figures of price sheets and of other clients, days and hours on the home's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openpower_core.errors import InvalidValue
from openpower_dayahead.charges import Charge, Contract, total

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
NIGHT = datetime(2025, 6, 2, 1, tzinfo=UTC)
"""Monday, 03:00 in Berlin."""

HAMM = [
    {"name": "supply", "per_kwh": "0.0220"},
    {"name": "network", "per_kwh": "0.0676"},
    {"name": "concession", "per_kwh": "0.0199"},
    {"name": "electricity tax", "per_kwh": "0.0205"},
    {"name": "levies", "per_kwh": Decimal("0.02651")},
]
"""Stadtwerke Hamm's price sheet of 2025, net: 15.651 ct."""


def paid(spot: str, start: datetime = NIGHT, **options: Any) -> Decimal:
    """What an hour costs."""
    contract = Contract.of(tz="Europe/Berlin", **options)
    ((_, parts),) = contract.importing(start, start + HOUR, Decimal(spot))
    return total(parts)


@pytest.mark.parametrize(
    ("spot", "gross"), [("0.09285", "0.2967384"), ("-0.02000", "0.1624469"), ("0.08218", "0.2840411")]
)
def test_a_german_price_sheet(spot: str, gross: str) -> None:
    """(9.285 + 15.651) ct × 1.19 = 29.67384 ct; and the same at −20 and 82.18 EUR/MWh."""
    assert paid(spot, charges=HAMM, tax_rate="0.19") == Decimal(gross)
    assert paid(spot, charges=0.15651, tax_rate=0.19) == Decimal(gross)


def test_an_austrian_example() -> None:
    """openHAB's: 10 ct of the market, 10 ct on top, 20 %: 24 ct."""
    assert paid("0.1", charges=0.1, tax_rate=0.2) == Decimal("0.24")


def test_tax_on_a_negative_price_is_linear() -> None:
    """−20 ct with 12 ct of charges and 19 % is −9.52 ct; nothing is clipped at zero."""
    assert paid("-0.20", charges="0.12", tax_rate="0.19") == Decimal("-0.0952")


def test_a_percentage_is_of_the_price_without_its_sign() -> None:
    """So that it is a surcharge at negative prices as well."""
    surcharge = [{"name": "margin", "pct": 12}, {"name": "fee", "per_kwh": "0.0193"}]

    assert paid("0.1", charges=surcharge) == Decimal("0.1313")
    assert paid("-0.1", charges=surcharge) == Decimal("-0.0687")


def test_no_decimal_context_of_the_program_changes_money() -> None:
    with localcontext(prec=3):
        assert paid("0.09285", charges=HAMM, tax_rate="0.19") == Decimal("0.2967384")


def test_the_parts_are_named_and_add_up() -> None:
    """Also those that do not apply at that time, so that means over several hours have the same parts."""
    contract = Contract.of(
        tz="Europe/Berlin", charges=[*HAMM, {"name": "peak", "per_kwh": 1, "hours": "17-20"}], tax_rate=0
    )
    ((_, parts),) = contract.importing(NIGHT, NIGHT + HOUR, Decimal("0.1"))

    assert list(parts) == ["energy", *(str(each["name"]) for each in HAMM), "peak", "tax"]
    assert parts["peak"] == 0
    assert total(parts) == Decimal("0.25651")


def at(local: str, **charge: Any) -> bool:
    """Whether a charge applies at a time of Berlin's clock."""
    start = datetime.fromisoformat(local).replace(tzinfo=BERLIN).astimezone(UTC)
    return paid("0", start, charges=[{"per_kwh": 1, **charge}]) == 1


@pytest.mark.parametrize(
    ("charge", "inside", "outside"),
    [
        ({"hours": "17-20"}, "2025-06-02T17:00", "2025-06-02T20:00"),
        ({"hours": ["0-6", "21:00-24:00"]}, "2025-06-02T21:00", "2025-06-02T06:00"),
        ({"hours": "22-6"}, "2025-06-02T05:00", "2025-06-02T06:00"),
        ({"hours": "22-6", "days": "fri"}, "2025-06-07T05:00", "2025-06-06T05:00"),  # past midnight, Friday's
        ({"days": "mon-fri"}, "2025-06-06T23:00", "2025-06-07T00:00"),
        ({"days": ["sat", "sun"]}, "2025-06-07T12:00", "2025-06-06T12:00"),
        ({"months": "oct-mar"}, "2025-01-01T12:00", "2025-09-30T23:00"),
        ({"months": [1, 7]}, "2025-07-31T23:00", "2025-08-01T00:00"),
        ({"months": "jan-mar", "days": "wed", "hours": "7-8"}, "2025-03-05T07:00", "2025-03-06T07:00"),
    ],
)
def test_hours_days_and_months(charge: dict[str, Any], inside: str, outside: str) -> None:
    """On the home's clock."""
    assert at(inside, **charge)
    assert not at(outside, **charge)


def test_of_one_name_the_last_counts() -> None:
    """A network charge with exceptions, such as of § 14a module 3."""
    network = [
        {"name": "network", "per_kwh": "0.08"},
        {"name": "network", "per_kwh": "0.13", "hours": "17-22", "months": "jan-mar,oct-dec"},
        {"name": "network", "per_kwh": "0.02", "hours": "0-6"},
    ]

    assert paid("0", NIGHT, charges=network) == Decimal("0.02")
    assert paid("0", NIGHT + 16 * HOUR, charges=network) == Decimal("0.08")  # June
    assert paid("0", datetime(2025, 1, 7, 18, tzinfo=UTC), charges=network) == Decimal("0.13")


def test_an_interval_is_cut_where_charges_change() -> None:
    """An hour of the market in which the price of the network changes at half past."""
    contract = Contract.of(tz="Europe/Berlin", charges=[{"per_kwh": 1, "hours": "05:30-06:45"}])
    five = datetime(2025, 6, 2, 3, tzinfo=UTC)
    parts = list(contract.importing(five, five + 2 * HOUR, Decimal(0)))

    assert [(start.strftime("%H:%M"), total(each)) for start, each in parts] == [
        ("03:00", 0),
        ("03:30", 1),
        ("04:45", 0),
    ]


def test_the_nights_in_which_the_clock_changes() -> None:
    """02:00–03:00 comes not at all in spring, and twice in autumn."""
    contract = Contract.of(tz="Europe/Berlin", charges=[{"per_kwh": 1, "hours": "2-3"}])

    def hours(start: datetime, count: int) -> list[Decimal]:
        """What each hour costs; no hour is cut."""
        found = [list(contract.importing(start + n * HOUR, start + (n + 1) * HOUR, Decimal(0))) for n in range(count)]
        return [total(parts) for ((_, parts),) in found]

    assert sum(hours(datetime(2025, 3, 29, 23, tzinfo=UTC), 23)) == 0
    assert hours(datetime(2025, 10, 25, 22, tzinfo=UTC), 25)[2:4] == [1, 1]


def test_feed_in_has_its_own_charges_and_no_tax() -> None:
    """What is paid is less than the market's price by the charges."""
    options = {"charges": "0.15", "tax_rate": "0.19", "feed_in_charges": [{"name": "marketing", "per_kwh": "0.004"}]}
    contract = Contract.of(tz="Europe/Berlin", **options)
    ((_, parts),) = contract.exporting(NIGHT, NIGHT + HOUR, Decimal("0.08"))

    assert parts == {"energy": Decimal("0.08"), "marketing": Decimal("-0.004")}
    taxed = Contract.of(tz="Europe/Berlin", feed_in_charges=0, feed_in_tax_rate="0.19")
    ((_, parts),) = taxed.exporting(NIGHT, NIGHT + HOUR, Decimal("0.08"))
    assert total(parts) == Decimal("0.0952")
    assert not list(Contract.of(tz="Europe/Berlin").exporting(NIGHT, NIGHT + HOUR, Decimal("0.08")))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"charges": [{"per_kwh": 1, "hour": "17-20"}]}, r"charges\[0\] has no key 'hour'"),
        ({"charges": [{"name": "x"}]}, "needs per_kwh or pct, and not both"),
        ({"charges": [{"per_kwh": 1, "pct": 1}]}, "needs per_kwh or pct, and not both"),
        ({"charges": [{"per_kwh": "a lot"}]}, "an amount of money"),
        ({"charges": "a lot"}, "an amount of money"),
        ({"charges": True}, r"charges\[0\]"),
        ({"charges": [{"per_kwh": 1, "hours": "20"}]}, "hours"),
        ({"charges": [{"per_kwh": 1, "hours": "17-25"}]}, "hours"),
        ({"charges": [{"per_kwh": 1, "hours": 17}]}, "hours"),
        ({"charges": [{"per_kwh": 1, "days": "funday"}]}, "days"),
        ({"charges": [{"per_kwh": 1, "months": "13"}]}, "months"),
        ({"charges": [{"per_kwh": 1, "months": "oct-"}]}, "months"),
        ({"charges": [{"name": "tax", "per_kwh": 1}]}, "a name other than"),
        ({"tax_rate": 19}, r"0.19 is 19 %"),
        ({"tax_rate": -0.1}, "tax_rate"),
        ({"standing_charges": [{"amount": 1, "per": "week"}]}, "per"),
        ({"standing_charges": [{"per": "year"}]}, "lacks the key 'amount'"),
    ],
)
def test_what_is_misspelt_is_refused(options: dict[str, Any], words: str) -> None:
    """With the place, before any request."""
    with pytest.raises(InvalidValue, match=words):
        Contract.of(tz="UTC", **options)


def test_charges_may_be_objects() -> None:
    assert paid("0", charges=[Charge(per_kwh=Decimal("0.1")), Charge(name="more", per_kwh=2)]) == Decimal("2.1")  # type: ignore[arg-type]
