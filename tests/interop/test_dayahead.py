"""``entsoe-py``, ``pynordpool`` (Home Assistant's) and ``awattar`` judge the day-ahead emulator; nobody publishes one for energy-charts."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import awattar.client as awattar
import pandas as pd
import pynordpool
import pytest
import requests
from entsoe import entsoe
from entsoe.exceptions import NoMatchingDataError
from judges import calls_of, fault_of

from openpower_dayahead.emulator import Emulator, serve

# The clients' own: pandas deprecates what entsoe-py does, and tzlocal looks at the machine.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = datetime.now(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def emulator() -> Emulator:
    return Emulator("entsoe")


@pytest.fixture
def url(emulator: Emulator) -> Iterator[str]:
    with serve(emulator) as running:
        yield running.url


@pytest.fixture
def client(emulator: Emulator, url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(entsoe, "URL", f"{url}/api")
    return entsoe.EntsoePandasClient(api_key=emulator.token.reveal(), retry_count=1)


# ENTSO-E: of all that the platform has, the emulator has day-ahead prices.

SPAN = {"start": pd.Timestamp(TODAY - 3 * DAY), "end": pd.Timestamp(TODAY)}
PRICES: dict[str, dict[str, Any]] = {
    "query_day_ahead_prices": {"country_code": "NL"},
    "query_day_ahead_prices_local": {"country_code": "DE_LU", "sequence": 2, "resolution": "15min"},
}
ARGUMENTS: dict[str, Any] = {
    **dict.fromkeys(["country_code", "area_code", "country_code_from"], "DE_LU"),
    "country_code_to": "NL",
    "country": "DE_LU",
    "sequence": 1,
    "process_type": "A51",
    "type_marketagreement_type": "A01",
    "contract_type": "A01",
    "contract_marketagreement_type": "A01",
    "auction_category": "A01",
    "implicit": True,
    "business_type": "A95",
    "docstatus": None,
    "psr_type": None,
    "export": True,
    **SPAN,
}
JOINED = fault_of(
    "entsoe-py", "it joins the borders for which there is something, and fails where there is none", ValueError
)
ELSE = [
    pytest.param(name, marks=JOINED) if name in {"query_import", "query_physical_crossborder_allborders"} else name
    for name in sorted(calls_of(entsoe.EntsoePandasClient) - PRICES.keys())
]


@pytest.mark.parametrize("name", PRICES)
def test_prices_of_entsoe(client: Any, name: str) -> None:
    """Three days of quarters of an hour, and the first of the next; each once, and of the zone's own clock."""
    prices = getattr(client, name)(**PRICES[name], **SPAN)

    assert len(prices) in (3 * 96 + 1, 3 * 96 + 5, 3 * 96 - 3)  # the clock may change in them
    assert prices.index.is_unique
    assert prices.notna().all()
    assert prices.index[0] == TODAY - 3 * DAY


@pytest.mark.parametrize("name", ELSE)
def test_everything_else_has_no_data(client: Any, name: str) -> None:
    """It is refused in the platform's words, and not answered with prices."""
    call = getattr(client, name)
    needed = [each for each in inspect.signature(call).parameters.values() if each.default is each.empty]
    with pytest.raises(NoMatchingDataError):
        call(**{each.name: ARGUMENTS[each.name] for each in needed if each.kind is not each.VAR_KEYWORD})


def test_a_wrong_token(client: Any) -> None:
    client.api_key = "wrong"
    with pytest.raises(requests.HTTPError, match="401"):
        client.query_day_ahead_prices("NL", **SPAN)


# Nord Pool.


@pytest.fixture
async def nordpool(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[pynordpool.NordPoolClient]:
    monkeypatch.setattr(pynordpool, "API", f"{url}/api")
    client = pynordpool.NordPoolClient()
    yield client
    await client._session.close()  # it offers no way


EURO = pynordpool.Currency.EUR


def test_every_call_of_nordpool_is_tried() -> None:
    assert calls_of(pynordpool.NordPoolClient) == {
        "async_get_delivery_period",
        "async_get_delivery_periods",
        "async_get_price_indices",
    }


async def test_a_day_of_nordpool(nordpool: pynordpool.NordPoolClient) -> None:
    """Final, contiguous, and its averages and blocks are those of its prices."""
    day = await nordpool.async_get_delivery_period(TODAY, EURO, ["SE3", "FI"])
    prices = [entry.entry["SE3"] for entry in day.entries]

    assert day.prices_final
    assert len(day.entries) in (92, 96, 100)
    assert day.entries[0].start == TODAY
    assert all(before.end == after.start for before, after in pairwise(day.entries))
    assert day.area_average["SE3"] == pytest.approx(sum(prices) / len(prices), abs=0.01)
    assert [block.name for block in day.block_prices] == ["Off-peak 1", "Peak", "Off-peak 2"]
    assert min(block.average["FI"]["min"] for block in day.block_prices) == min(prices)


async def test_days_of_nordpool(nordpool: pynordpool.NordPoolClient) -> None:
    """What is not published is an empty answer, which the client leaves out."""
    days = await nordpool.async_get_delivery_periods([TODAY - DAY, TODAY, TODAY + 5 * DAY], EURO, ["SE3"])

    assert [*days.entries] == [(TODAY - DAY).date(), TODAY.date()]


@pytest.mark.parametrize("minutes", [15, 30, 60])
async def test_indices_of_nordpool(nordpool: pynordpool.NordPoolClient, minutes: int) -> None:
    """The same prices in other steps, with the same mean."""
    found = await nordpool.async_get_price_indices(TODAY, EURO, ["SE3"], resolution=minutes)
    prices = [entry.entry["SE3"] for entry in found.entries]
    day = await nordpool.async_get_delivery_period(TODAY, EURO, ["SE3"])

    assert len(prices) == len(day.entries) * 15 // minutes
    assert sum(prices) / len(prices) == pytest.approx(day.area_average["SE3"], abs=0.02)


# aWATTar: hours, in two classes of which one waits.


@pytest.fixture
def at_awattar(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = awattar.AwattarClient._make_url
    host = "https://api.awattar.de"
    monkeypatch.setattr(awattar.AwattarClient, "_make_url", lambda *arguments: made(*arguments).replace(host, url))


def test_every_call_of_awattar_is_tried() -> None:
    series = {"request", "today", "tomorrow", "min", "max", "mean", "for_timestamp", "best_slot"}

    assert calls_of(awattar.AwattarClient) == series
    assert calls_of(awattar.AsyncAwattarClient) == series | {"close"}


@pytest.mark.usefixtures("at_awattar")
def test_awattar() -> None:
    """A day has its hours; the extremes and the best slot are those of its prices."""
    client = awattar.AwattarClient("DE")
    rows = client.request(TODAY, TODAY + DAY)
    prices = [row.marketprice for row in rows]

    assert len(rows) in (23, 24, 25)
    assert all(before.end_datetime == after.start_datetime for before, after in pairwise(rows))
    assert (client.min().marketprice, client.max().marketprice) == (min(prices), max(prices))
    assert client.mean().marketprice == pytest.approx(sum(prices) / len(prices))
    assert client.best_slot(1).marketprice == min(prices)
    assert client.for_timestamp(TODAY + DAY / 2).start_datetime == TODAY + DAY / 2


@pytest.mark.usefixtures("at_awattar")
async def test_awattar_without_waiting() -> None:
    async with awattar.AsyncAwattarClient("DE") as client:
        rows = await client.request(TODAY, TODAY + DAY)
        least = client.min().marketprice
        assert await client.today()
        await client.tomorrow()  # which may not be published

    assert least == min(row.marketprice for row in rows)
