"""Each source over recorded HTTP, in both flavours, from the same cassettes: native documents, and prices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection import connect, connect_async
from openpower_core.errors import AuthenticationFailed
from openpower_dayahead.client import SERVICES, Source

if TYPE_CHECKING:
    from openpower_testing.cassettes import Recording

    Ask = Callable[..., Any]

pytestmark = pytest.mark.vcr

EVENING = datetime(2026, 8, 4, 18, 7, 30, tzinfo=UTC)
TOKEN = "00000000-0000-4000-8000-00000000e3a7"


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, recording: Recording) -> Iterator[Ask]:
    """Two days as documents, and what a home in DE-LU pays now and until tomorrow night."""
    with_server: list[Any] = []

    def options(source: str, token: str | None) -> dict[str, Any]:
        clock, vendor = ManualClock(EVENING), SERVICES[Source(source)].base_url
        given = {"source": source, "area": "DE-LU", "token": token, "clock": clock}
        if not recording.active:
            return {**given, "base_url": vendor}
        from openpower_dayahead.emulator import Emulator, serve

        served = serve(Emulator(source, clock=clock, token=TOKEN)).start()
        with_server.append(served)
        recording.against_emulator("openpower_dayahead.emulator", served.url, vendor)
        return {**given, "base_url": served.url}

    def sync(source: str, token: str | None = None) -> Any:
        with connect("dayahead", **options(source, token)) as home:
            return home.native.get_prices("2026-08-04", "2026-08-05"), home.retailer().prices()

    async def asynchronous(source: str, token: str | None = None) -> Any:
        async with connect_async("dayahead", **options(source, token)) as home:
            retailer = await home.retailer()
            return await home.native.get_prices("2026-08-04", "2026-08-05"), await retailer.prices()

    yield sync if request.param == "sync" else lambda *given: asyncio.run(asynchronous(*given))
    for served in with_server:
        served.stop()


def test_energy_charts(ask: Ask) -> None:
    """One answer with two days of quarters."""
    (document,), prices = ask("energy-charts")

    assert len(document.unix_seconds) == len(document.price) == 192
    assert document.license_info.startswith("CC BY 4.0")
    assert prices.at(EVENING).per_kwh == document.price[80 + 0].scaleb(-3)
    assert prices.known_until == datetime(2026, 8, 5, 22, tzinfo=UTC)


def test_awattar(ask: Ask) -> None:
    """Hours, in milliseconds."""
    (document,), prices = ask("awattar")

    assert len(document.data) == 48
    assert document.data[0].start_timestamp == 1785794400000
    assert prices.at(EVENING).spot_per_kwh == document.data[20].marketprice.scaleb(-3)


def test_entsoe(ask: Ask) -> None:
    """Two auctions a day; the coupled one counts."""
    (document,), prices = ask("entsoe", TOKEN)

    assert [series.sequence for series in document.series] == [2, 1, 2, 1]
    assert prices.at(EVENING).spot_per_kwh == Decimal(str(document.series[1].periods[0].points[80].amount)).scaleb(-3)


def test_entsoe_wrong_token(ask: Ask) -> None:
    """401, and the token shows nowhere."""
    with pytest.raises(AuthenticationFailed) as refused:
        ask("entsoe", "00000000-0000-4000-8000-00000000bad0")

    assert "bad0" not in f"{refused.value!r}{vars(refused.value)}"


def test_nordpool(ask: Ask) -> None:
    """One answer a day; final in the evening."""
    (today, tomorrow), prices = ask("nordpool")

    assert (today.version, len(today.entries), len(tomorrow.entries)) == (3, 96, 96)
    assert prices.at(EVENING).estimate is False
    assert prices.at(EVENING).spot_per_kwh == Decimal(str(today.entries[80].prices["GER"])).scaleb(-3)
