"""The captures, where they are at hand: figures and times as their index gives them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "dayahead"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the captures are not at hand")

# File, source, area, rows, first and last beginning with their prices, mean.
CASES: list[tuple[str, str, str, int, tuple[str, str], tuple[str, str], float]] = [
    (
        "real_energycharts_de-lu_hourly_2024-12-10_11.json",
        "energy-charts",
        "DE-LU",
        48,
        ("2024-12-09T23:00", "92.85"),
        ("2024-12-11T22:00", "135.96"),
        208.23645833,
    ),
    (
        "real_energycharts_at_15min_2026-10-09.json",
        "energy-charts",
        "AT",
        96,
        ("2026-10-08T22:00", "154.5"),
        ("2026-10-09T21:45", "161.08"),
        196.49166667,
    ),
    (
        "rebuilt_energycharts_de-lu_dst_autumn_2024-10-27.json",
        "energy-charts",
        "DE-LU",
        25,
        ("2024-10-26T22:00", ""),
        ("2024-10-27T22:00", "102.99"),
        90.334,
    ),
    (
        "real_awattar_de_2024-06-14.json",
        "awattar",
        "DE-LU",
        24,
        ("2024-06-13T22:00", "83.13"),
        ("2024-06-14T21:00", ""),
        78.395,
    ),
    (
        "real_entsoe_BE_60M.xml",
        "entsoe",
        "BE",
        24,
        ("2024-10-07T22:00", "64.98"),
        ("2024-10-08T21:00", "50.00"),
        70.4983,
    ),
    (
        "real_entsoe_DE-LU_two_sequences_15M_2025-10-31.xml",
        "entsoe",
        "DE-LU",
        96,
        ("2025-10-30T23:00", "102.81"),
        ("2025-10-31T22:45", "42.37"),
        93.2431,
    ),
    (
        "real_nordpool_dayaheadprices_nl_2024-11-05.json",
        "nordpool",
        "NL",
        24,
        ("2024-11-04T23:00", "83.63"),
        ("2024-11-05T22:00", ""),
        156.4279,
    ),
    (
        "real_nordpool_indices_fi_15min_2025-05-07.json",
        "nordpool",
        "FI",
        96,
        ("2025-05-06T22:00", "22.34"),
        ("2025-05-07T21:45", ""),
        73.2071,
    ),
    (
        "real_nordpool_indices_multi_area_hourly_2025-05.json",
        "nordpool",
        "SE1",
        24,
        ("2025-05-06T22:00", "22.34"),
        ("2025-05-07T21:00", "94.17"),
        0,
    ),
]


@pytest.mark.parametrize(
    ("file", "source", "area", "rows", "first", "last", "mean"), CASES, ids=lambda each: str(each)[:60]
)
def test_figures(
    file: str, source: str, area: str, rows: int, first: Any, last: Any, mean: float, spots: Callable[..., Any]
) -> None:
    """Times, prices, number and mean."""
    found = spots(source, (SAMPLES / file).read_bytes(), area)

    assert len(found) == rows
    for spot, (start, price) in zip((found[0], found[-1]), (first, last), strict=True):
        assert spot.start == datetime.fromisoformat(f"{start}Z")
        assert not price or float(spot.per_mwh) == float(price)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert not mean or float(sum(spot.per_mwh for spot in found) / rows) == pytest.approx(mean, abs=1e-3)


def test_mixed_steps_and_repeated_prices(spots: Callable[..., Any]) -> None:
    """Belgium, October 2024: two days of quarters, positions 1, 5, 9 …, and one of hours."""
    found = spots("entsoe", (SAMPLES / "real_entsoe_BE_60M_15M_mix.xml").read_bytes(), "BE")
    by_start = {spot.start: spot for spot in found}

    assert len(found) == 96 + 96 + 24
    for start, price in (
        ("05T22:45", "55.35"),
        ("06T11:00", "-0.01"),
        ("06T12:45", "-0.01"),
        ("06T21:45", "52.33"),
        ("06T22:00", "34.58"),
    ):
        assert str(by_start[datetime.fromisoformat(f"2024-10-{start}Z")].per_mwh) == price
    days = (found[:96], found[96:192], found[192:])
    means = [float(sum(spot.per_mwh for spot in day) / len(day)) for day in days]
    assert means == pytest.approx([38.4867, 73.6071, 70.4983], abs=1e-3)


def test_unordered_points(spots: Callable[..., Any]) -> None:
    """20 quarters of 6 points, two hours of one."""
    found = spots("entsoe", (SAMPLES / "synthetic_entsoe_BE_15M_unordered_gaps.xml").read_bytes(), "BE")

    assert len(found) == 22
    assert float(sum(spot.per_mwh for spot in found[:20]) / 20) == pytest.approx(35.263)
    assert {str(spot.per_mwh) for spot in found[20:]} == {"64.98"}


@pytest.mark.parametrize("name", ["real_entsoe_ack_no_data_2016.xml", "real_entsoe_ack_no_data_2025-10-02.xml"])
def test_nothing_yet(name: str, spots: Callable[..., Any]) -> None:
    assert spots("entsoe", (SAMPLES / name).read_bytes()) == []


def test_not_published(spots: Callable[..., Any]) -> None:
    assert spots("nordpool", (SAMPLES / "real_nordpool_indices_not_published.json").read_bytes(), "FI") == []
