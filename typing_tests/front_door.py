"""What type checkers see of ``connect``, in both flavours; checked by mypy and pyright, never run."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_type

import openpower
from openpower.alphaess import AlphaESS, AsyncAlphaESS
from openpower.amber import Amber, AsyncAmber
from openpower.dayahead import AsyncDayAhead, DayAhead
from openpower.demo import AsyncDemoHome, DemoHome
from openpower.goodwe import AsyncGoodWeLocal, AsyncGoodWeOpenAPI, AsyncSemsPlus, GoodWeLocal, GoodWeOpenAPI, SemsPlus
from openpower.octopus import Octopus
from openpower.tariff import AsyncTariffBook, TariffBook


def native_is_the_vendors_own() -> None:
    """Each first-party name brings its class; any other name brings Any."""
    home = openpower.connect("alphaess", app_id="a", app_secret=openpower.Secret("s"))
    assert_type(home, openpower.Connection[AlphaESS])
    assert_type(home.native, AlphaESS)
    assert_type(openpower.connect("amber", token="t").native, Amber)
    assert_type(openpower.connect("octopus", product="AGILE-24-10-01", region="C").native, Octopus)
    assert_type(openpower.connect("dayahead", area="DE-LU", charges=[{"per_kwh": "0.1"}]).native, DayAhead)
    assert_type(openpower.connect("demo", seed=7).native, DemoHome)
    assert_type(openpower.connect("goodwe", account="a", password="p").native, GoodWeOpenAPI)
    assert_type(openpower.connect("goodwe-sems", account="a", password="p").native, SemsPlus)
    assert_type(openpower.connect("goodwe-local", host="192.0.2.1").native, GoodWeLocal)
    assert_type(openpower.connect("tariff", file="tariff.toml").native, TariffBook)
    assert_type(openpower.connect("acme", anything=1).native, Any)


def a_name_from_elsewhere(name: str) -> None:
    """What is read from a file or a command line connects as well."""
    assert_type(openpower.connect(name), openpower.Connection[Any])
    assert_type(openpower.connect_async(name), openpower.AsyncConnection[Any])


async def native_is_the_vendors_own_async() -> None:
    """The same for asyncio."""
    async with openpower.connect_async("alphaess", profile="home") as home:
        assert_type(home, openpower.AsyncConnection[AsyncAlphaESS])
        assert_type(home.native, AsyncAlphaESS)
    assert_type(openpower.connect_async("amber").native, AsyncAmber)
    assert_type(openpower.connect_async("dayahead", area="AT", tax_rate=0.2).native, AsyncDayAhead)
    assert_type(openpower.connect_async("demo", tz="Europe/Berlin").native, AsyncDemoHome)
    assert_type(openpower.connect_async("goodwe").native, AsyncGoodWeOpenAPI)
    assert_type(openpower.connect_async("goodwe-sems").native, AsyncSemsPlus)
    assert_type(openpower.connect_async("goodwe-local").native, AsyncGoodWeLocal)
    assert_type(openpower.connect_async("tariff", document={}).native, AsyncTariffBook)
    assert_type(openpower.connect_async("acme").native, Any)


def a_connection_closes_itself() -> None:
    """As a context manager it keeps its type."""
    with openpower.connect("alphaess") as home:
        assert_type(home, openpower.Connection[AlphaESS])


def other_names() -> None:
    """What else the front door has."""
    assert_type(openpower.providers(), list[openpower.ProviderInfo])
    assert_type(openpower.providers()[0].distribution, str)
    openpower.conect("demo")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def a_bill_is_typed() -> None:
    """In both flavours, and computed of figures of one's own."""
    with openpower.Site(openpower.connect("tariff", file="tariff.toml"), import_retailer="tariff-Flat") as site:
        now = datetime.now(UTC)
        assert_type(site.bill(now, now), openpower.Bill)
        assert_type(site.retailer().tariffs(now, now), list[openpower.Tariff])
        assert_type(openpower.bill_of([], openpower.PriceSeries(), start=now, end=now).total, Decimal)
