"""One bad field of one row costs what depends on it, which is a gap; everything else stays as it was."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.octopus.conftest import agreement, rate

START = datetime(2026, 8, 1, tzinfo=UTC)
HALF = timedelta(minutes=30)
FAULTS: dict[str, Any] = {"null": None, "dashes": "--", "words": "50%x", "list": [1], "missing": ...}


def stamp(count: int) -> str:
    return f"{START + count * HALF:%Y-%m-%dT%H:%M:%SZ}"


RATES = [rate(10.0 + n, stamp(n), stamp(n + 1)) for n in range(6)]
CONSUMPTION = [
    {"consumption": 0.1 * (n + 1), "interval_start": stamp(n), "interval_end": stamp(n + 1)} for n in range(6)
]


def without(rows: list[dict[str, Any]], place: int, name: str, fault: Any) -> list[dict[str, Any]]:
    broken = deepcopy(rows)
    if fault is ...:
        del broken[place][name]
    else:
        broken[place][name] = fault
    return broken


def missing(series: Any) -> set[datetime]:
    """The half hours that the gaps name."""
    gaps = [(gap.start, gap.end) for gap in series.gaps]
    return {at for at in (START + n * HALF for n in range(6)) if any(start <= at < end for start, end in gaps)}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", [0, 3, 5])
@pytest.mark.parametrize("name", [*RATES[0]])
async def test_a_field_of_a_rate(
    flavour: Any, service: Any, retailer_of: Any, name: str, place: int, fault: str
) -> None:
    """An end that is lost is open until the next row; a row without a beginning is since ever, and the others still count."""
    service.answers["/standard-unit-rates/"] = without(RATES, place, name, FAULTS[fault])
    retailer = await retailer_of(agreement("E-1R-AGILE-24-10-01-C", "2025-01-01T00:00:00Z"))

    series = await flavour.ok(retailer.prices(START, START + 6 * HALF))

    for count in range(6):
        at = START + count * HALF
        price = series.at(at)
        if count == place and at in missing(series):
            assert price is None
        else:
            assert price is not None
            assert price.per_kwh * 100 == 10 + count
    assert missing(series) <= {START + place * HALF}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", [*CONSUMPTION[0]])
async def test_a_field_of_consumption(flavour: Any, service: Any, retailer_of: Any, name: str, fault: str) -> None:
    service.answers["/consumption/"] = without(CONSUMPTION, 2, name, FAULTS[fault])
    retailer = await retailer_of(agreement("E-1R-AGILE-24-10-01-C", "2025-01-01T00:00:00Z"))

    found = await flavour.ok(retailer.usage(START, START + 6 * HALF))

    assert [round(usage.kwh * 10) for usage in found] == [1, 2, 4, 5, 6]
    assert missing(found) == {START + 2 * HALF}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["tariff_code", "valid_from", "valid_to"])
async def test_a_field_of_an_agreement(flavour: Any, service: Any, retailer_of: Any, name: str, fault: str) -> None:
    """The one that applies now keeps its price, whatever an old one's fields hold; nothing before it is made up."""
    service.answers["/standard-unit-rates/"] = RATES
    old = agreement("E-1R-VAR-22-11-01-C", "2024-01-01T00:00:00Z", "2026-08-01T01:00:00Z")
    retailer = await retailer_of(
        without([old], 0, name, FAULTS[fault])[0], agreement("E-1R-AGILE-24-10-01-C", "2026-08-01T01:00:00Z")
    )

    series = await flavour.ok(retailer.prices(START, START + 6 * HALF))

    assert [series.at(START + n * HALF).per_kwh * 100 for n in range(2, 6)] == [12, 13, 14, 15]
    assert missing(series) <= {START, START + HALF}
