"""Sentences and figures in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from openpower_hub.page import words
from openpower_hub.page.flows import allocate

NOW = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_w", "expected"),
    [
        (
            {"solar": 4200, "house": -1300, "battery": -2400, "grid": -500},
            "Solar feeds the house and charges the battery. Selling 500 W at 8.0 ct.",
        ),
        ({"solar": 0, "house": -900, "battery": 900, "grid": 0}, "The battery feeds the house."),
        ({"solar": 0, "house": -900, "grid": 900}, "The grid feeds the house. Buying 900 W at 30.0 ct."),
        (
            {"solar": 0, "house": -300, "battery": 4000, "grid": -3700},
            "The battery feeds the house and the grid. Selling 3.7 kW at 8.0 ct.",
        ),
        (
            {"solar": 5000, "house": -1000, "battery": -3000, "car": -2000, "grid": 1000},
            "Solar feeds the house and charges the battery and the car. The grid charges the car. "
            "Buying 1.0 kW at 30.0 ct.",
        ),
        ({"solar": 12, "house": -20, "battery": 0, "grid": 8}, "Hardly any power flows."),
        (
            {"solar": 4200, "house": -1300, "battery": -2400, "grid": None},
            "Solar feeds the house and charges the battery. There is no data from the grid.",
        ),
        (
            {"solar": 4200, "house": None, "battery": None, "grid": -500},
            "Selling 500 W at 8.0 ct. There is no data from the house and the battery.",
        ),
        ({"solar": None, "house": None, "grid": None}, "There is no data from this home now."),
        ({}, "Waiting for the first data."),
    ],
)
def test_the_sentence(given_w: dict[str, float | None], expected: str) -> None:
    """It says what happens, what it costs, and what is unknown; never zero for what is not known."""
    found = words.sentence(allocate(given_w), given_w, import_price="30.0 ct", export_price="8.0 ct")

    assert found.replace(words.NO_BREAK, " ") == expected


def test_several_batteries() -> None:
    """They are spoken of in the plural."""
    given_w: dict[str, float | None] = {"solar": 0, "house": -900, "battery": 900, "grid": 0}

    assert words.sentence(allocate(given_w), given_w, several={"battery"}) == "The batteries feed the house."


@pytest.mark.parametrize(
    ("watts", "expected"),
    [(0, "0 W"), (-29, "0 W"), (30, "30 W"), (-830, "830 W"), (999.4, "999 W"), (999.6, "1.0 kW"), (4180, "4.2 kW"),
     (99_960, "100 kW"), (None, "–")],
)  # fmt: skip
def test_power(watts: float | None, expected: str) -> None:
    """W below a kilowatt, then kW with a decimal; direction is said in words, and unknown is a dash."""
    assert words.power(watts) == expected


@pytest.mark.parametrize(
    ("per_kwh", "currency", "expected"),
    [("0.2745", "EUR", "27.5 ct"), ("-0.004", "EUR", "−0.4 ct"), ("-0.0002", "AUD", "0.0 c"), ("1.5", "AUD", "1.50 AUD"),
     ("-1.5", "GBP", "−1.50 GBP"), ("0.31", "GBP", "31.0 p"), ("4.2", "CZK", "4.20 CZK"), ("0.9", "JPY", "0.90 JPY")],
)  # fmt: skip
def test_price(per_kwh: str, currency: str, expected: str) -> None:
    """In cents below one unit where the currency has them; with a real minus, and no minus zero."""
    assert words.price(Decimal(per_kwh), currency) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, "10:30"), (14, "tomorrow 00:30"), (-11, "yesterday 23:30"), (48, "Tue 10:30"), (24 * 8, "7 Dec 10:30")]
)  # fmt: skip
def test_clock(hours: int, expected: str) -> None:
    """On the home's clock, with the day where it is not today."""
    assert words.clock(NOW + timedelta(hours=hours), ZoneInfo("Australia/Sydney"), NOW) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0 seconds old"), (61, "1 minute old"), (899, "14 minutes old"), (7200, "2 hours old"), (200_000, "2 days old")]
)  # fmt: skip
def test_age(seconds: float, expected: str) -> None:
    """In its largest whole unit."""
    assert words.age(seconds) == expected
