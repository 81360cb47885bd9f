"""Two clients of Octopus's REST API judge our emulator by their pydantic models: ``octopy-energy-api`` and ``pytentacle``.

Octopus publishes none of its own. Others on PyPI need a newer Python (``aiooctopusenergy``), a GraphQL API of which the
emulator has what we use (``open-octopus``), or have not been touched for years.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from judges import calls_of, fault_of
from octopy.client import Octopy
from octopy.config import Settings
from octopy.exceptions import OctopusAuthError
from pydantic import ValidationError
from pytentacle import OctopusClient
from pytentacle.api.electricity import ElectricityAPI
from pytentacle.api.gas import GasAPI
from pytentacle.api.industry import IndustryAPI
from pytentacle.api.products import ProductsAPI

from openpower_octopus.emulator import Emulator, serve

NOW = datetime.now(UTC)
MPAN, EXPORT, MPRN, METER, GAS = "1000000000001", "1000000000002", "1000000003", "00L0000002", "E6S00000000001"
AGILE, AGILE_TARIFF = "AGILE-24-10-01", "E-1R-AGILE-24-10-01-C"
VAR, VAR_TARIFF, TWO_RATES, GAS_TARIFF = (
    "VAR-22-11-01",
    "E-1R-VAR-22-11-01-C",
    "E-2R-VAR-22-11-01-C",
    "G-1R-VAR-22-11-01-C",
)
LATELY: dict[str, Any] = {"period_from": NOW - timedelta(days=4), "period_to": NOW - timedelta(days=1)}

OCTOPY: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "get_account": ((), {}),
    "get_grid_supply_point": (("SW1",), {}),
    "get_consumption": ((MPAN, METER), LATELY),
    "get_products": ((), {"is_variable": True}),
    "get_product": ((VAR,), {}),
    "get_unit_rates": ((AGILE, AGILE_TARIFF), LATELY),
    "get_standing_charges": ((VAR, VAR_TARIFF), {}),
}
FROM_MARCH: dict[str, Any] = {"period_from": datetime(2025, 8, 1, tzinfo=UTC)}
PYTENTACLE: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "products.list": ((), {"is_variable": True}),
    "products.get": ((VAR,), {}),
    "products.get_electricity_standard_unit_rates": ((AGILE, AGILE_TARIFF), LATELY),
    "products.get_electricity_day_unit_rates": ((VAR, TWO_RATES), FROM_MARCH),
    "products.get_electricity_night_unit_rates": ((VAR, TWO_RATES), FROM_MARCH),
    "products.get_electricity_standing_charges": ((VAR, VAR_TARIFF), FROM_MARCH),
    "products.get_gas_standard_unit_rates": ((VAR, GAS_TARIFF), FROM_MARCH),
    "products.get_gas_standing_charges": ((VAR, GAS_TARIFF), FROM_MARCH),
    "electricity.get_meter_point": ((MPAN,), {}),
    "electricity.get_consumption": ((MPAN, METER), LATELY),
    "gas.get_consumption": ((MPRN, GAS), LATELY),
    "industry.get_grid_supply_points": (("SW1",), {}),
}


OPEN_ROWS = "a price without a beginning, as Octopus has for fixed export, is no row for its models"


@pytest.fixture
def served() -> Iterator[Any]:
    with serve(Emulator()) as running:
        yield running


@pytest.fixture
async def octopy(served: Any) -> AsyncIterator[Octopy]:
    options = served.options
    settings = Settings(
        octopus_api_key=options["api_key"], octopus_account_number=options["account"], octopus_api_base_url=served.url
    )
    async with Octopy(settings) as client:
        yield client


@pytest.fixture
def pytentacle(served: Any) -> Iterator[OctopusClient]:
    with OctopusClient(api_key=served.options["api_key"], base_url=served.url) as client:
        yield client


def test_every_call_is_tried() -> None:
    rooms = {"products": ProductsAPI, "electricity": ElectricityAPI, "gas": GasAPI, "industry": IndustryAPI}
    found = {f"{room}.{name}" for room, kind in rooms.items() for name in calls_of(kind)}

    assert found == PYTENTACLE.keys()
    assert calls_of(Octopy) - {"close"} == OCTOPY.keys()  # closed by its context


@pytest.mark.parametrize("name", OCTOPY)
async def test_octopy_takes_the_answers(octopy: Octopy, name: str) -> None:
    arguments, options = OCTOPY[name]
    found = await getattr(octopy, name)(*arguments, **options)

    assert found
    assert getattr(found, "results", True)


@pytest.mark.parametrize("name", PYTENTACLE)
def test_pytentacle_takes_the_answers(pytentacle: OctopusClient, name: str) -> None:
    arguments, options = PYTENTACLE[name]
    room, _, call = name.partition(".")

    assert getattr(getattr(pytentacle, room), call)(*arguments, **options)


@fault_of("octopy-energy-api", OPEN_ROWS, ValidationError)
async def test_octopy_takes_an_open_row(octopy: Octopy) -> None:
    """As seen of OUTGOING-FIX-12M: ``valid_from`` and ``valid_to`` are both null."""
    await octopy.get_unit_rates("OUTGOING-FIX-12M-19-05-13", "E-1R-OUTGOING-FIX-12M-19-05-13-C")


@fault_of("pytentacle", OPEN_ROWS, ValidationError)
def test_pytentacle_takes_an_open_row(pytentacle: OctopusClient) -> None:
    pytentacle.products.get_electricity_standard_unit_rates(
        "OUTGOING-FIX-12M-19-05-13", "E-1R-OUTGOING-FIX-12M-19-05-13-C"
    )


async def test_pages_are_followed_by_their_links(octopy: Octopy) -> None:
    """144 half hours in pages of ten: none twice, none missing, and VAT is 5 %."""
    rates = await octopy.get_unit_rates(AGILE, AGILE_TARIFF, **LATELY, page_size=10)
    rows = sorted(rates.results, key=lambda row: row.valid_from)

    assert len(rows) in (144, 145)  # whole rows at both ends
    assert all(before.valid_to == after.valid_from for before, after in pairwise(rows))
    assert all(row.value_inc_vat == pytest.approx(row.value_exc_vat * 1.05) for row in rows)


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month", "quarter"])
def test_grouped_usage_adds_up(pytentacle: OctopusClient, unit: Any) -> None:
    """No energy is lost or counted twice by grouping it."""
    usage = pytentacle.electricity
    single = usage.get_consumption(MPAN, METER, **LATELY)
    grouped = usage.get_consumption(MPAN, METER, **LATELY, group_by=unit)

    assert sum(row.consumption for row in grouped) == pytest.approx(sum(row.consumption for row in single), abs=0.05)
    assert len(grouped) < len(single)


async def test_a_wrong_key(served: Any) -> None:
    settings = Settings(
        octopus_api_key="sk_live_wrong", octopus_account_number="A-00000001", octopus_api_base_url=served.url
    )
    async with Octopy(settings) as client:
        with pytest.raises(OctopusAuthError):
            await client.get_account()
