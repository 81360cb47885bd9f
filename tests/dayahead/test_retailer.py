"""The retailer: what is asked for and how often, what runs, what is missing and why, money with charges and tax."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from openpower_core.capabilities import Feature
from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    InvalidValue,
    MissingCredential,
    NetworkError,
    OpenPowerError,
    PartialData,
    RateLimited,
    ServiceUnavailable,
    Unsupported,
)
from openpower_core.prices import Channel, Per, PriceKind
from openpower_dayahead.areas import to_area
from openpower_dayahead.client import Source, market_midnight
from openpower_dayahead.emulator import Emulator
from openpower_dayahead.emulator.market import Auction

SOURCES = [source.value for source in Source]
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
TODAY = date(2026, 8, 4)
MIDNIGHT = datetime(2026, 8, 3, 22, tzinfo=UTC)
NOON = datetime(2026, 8, 4, 10, 7, 30, tzinfo=UTC)
"""12:07 in Central Europe, before tomorrow is published."""


@pytest.mark.parametrize("source", SOURCES)
async def test_prices_up_to_the_end_of_tomorrow(source: str, flavour: Any, serving: Any) -> None:
    """Firm, in quarters of an hour (aWATTar: hours), the first one running; and when the next ones are due."""
    served = serving(source)
    retailer = await flavour.retailer(**served.options)
    series = await flavour.ok(retailer.prices())
    step = HOUR if source == "awattar" else QUARTER

    assert {price.duration for price in series} == {step}
    assert series[0].covers(flavour.clock.now())
    assert [series[0].kind, series[1].kind] == [PriceKind.CURRENT, PriceKind.FORECAST]
    assert series.known_until == MIDNIGHT + 2 * DAY
    assert all(price.firm for price in series)
    assert series.gaps == ()
    assert series.next_published_at == datetime(
        2026, 8, 5, 12 if source == "awattar" else 10, 0 if source == "awattar" else 45, tzinfo=UTC
    )
    current = await flavour.ok(retailer.current_price())
    assert current == series[0]
    published = {row.start: row.price for row in Auction().day(TODAY, hourly=source == "awattar")}
    assert current.per_kwh == Decimal(str(published[current.start])).scaleb(-3)


@pytest.mark.parametrize("clock", [NOON], indirect=True)
@pytest.mark.parametrize("source", SOURCES)
async def test_before_the_auction_there_is_no_tomorrow(source: str, flavour: Any, serving: Any) -> None:
    """Neither asked for nor missing: the series ends at midnight. Asked for by name it is a gap that says why."""
    served = serving(source)
    retailer = await flavour.retailer(**served.options)
    series = await flavour.ok(retailer.prices())

    assert (series.known_until, series.gaps) == (MIDNIGHT + DAY, ())
    assert series.next_published_at == datetime(
        2026, 8, 4, 12 if source == "awattar" else 10, 0 if source == "awattar" else 45, tzinfo=UTC
    )
    named = await flavour.ok(retailer.prices(NOON, NOON + 2 * DAY))
    (gap,) = named.gaps
    assert (gap.start, gap.end) == (MIDNIGHT + DAY, NOON + 2 * DAY)
    assert "not published yet" in gap.reason
    assert len(served.emulator.seen) == 1


@pytest.mark.parametrize("clock", [datetime(2026, 8, 4, 12, tzinfo=UTC)], indirect=True)
@pytest.mark.parametrize("source", SOURCES)
async def test_a_late_auction_is_waited_for(source: str, flavour: Any, serving: Any) -> None:
    """From about 12:45 a day that is due is asked for at the source's pace, and no more than that."""
    served = serving(source, published=datetime(2026, 8, 4, 14, 40).time())  # noqa: DTZ001
    retailer = await flavour.retailer(**served.options)
    for _ in range(60):
        series = await flavour.ok(retailer.prices())
        assert series.known_until == MIDNIGHT + (
            2 * DAY if flavour.clock.now().minute >= 55 else series.known_until - MIDNIGHT
        )
        flavour.clock.advance(timedelta(minutes=1))

    assert series.known_until == MIDNIGHT + 2 * DAY
    assert len(served.emulator.seen) <= (6 if source == "awattar" else 14)


@pytest.mark.parametrize("clock", [MIDNIGHT], indirect=True)
@pytest.mark.parametrize(("source", "most"), [("energy-charts", 40), ("awattar", 60), ("entsoe", 40), ("nordpool", 60)])
async def test_a_day_of_polling_is_fair_use(source: str, most: int, flavour: Any, serving: Any) -> None:
    """Every three minutes, all day: aWATTar allows some 100 calls."""
    served = serving(source)
    retailer = await flavour.retailer(**served.options)
    for _ in range(24 * 20):
        await flavour.ok(retailer.current_price())
        await flavour.ok(retailer.prices())
        flavour.clock.advance(timedelta(minutes=3))

    assert len(served.emulator.seen) <= most


@pytest.mark.parametrize("source", ["energy-charts", "entsoe"])
async def test_mixed_steps_in_one_answer(source: str, flavour: Any, serving: Any) -> None:
    """Hours up to the end of September 2025, quarters since; rows outside the range are left out."""
    retailer = await flavour.retailer(**serving(source).options)
    start, end = datetime(2025, 9, 30, 19, 30, tzinfo=UTC), datetime(2025, 9, 30, 23, 5, tzinfo=UTC)
    series = await flavour.ok(retailer.prices(start, end))

    assert [(f"{price.start:%H:%M}", price.duration) for price in series] == [
        *((f"{hour}:00", HOUR) for hour in (19, 20, 21)),
        *((f"{22 + n // 4}:{n % 4 * 15:02}", QUARTER) for n in range(5)),
    ]
    hourly = await flavour.ok(retailer.prices(start, end, resolution=HOUR))
    assert [price.duration for price in hourly] == [HOUR] * 5


@pytest.mark.parametrize("source", ["energy-charts", "entsoe", "awattar"])
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2025, 10, 26), 25), (date(2026, 1, 15), 24)])
async def test_days_on_which_the_clock_changes(source: str, day: date, hours: int, flavour: Any, serving: Any) -> None:
    """92, 100 and 96 quarters, without a gap or an overlap."""
    retailer = await flavour.retailer(**serving(source).options)
    start = market_midnight(day)
    series = await flavour.ok(retailer.prices(start, start + hours * HOUR))

    assert len(series) == hours * (1 if source == "awattar" else 4)
    assert series.gaps == ()
    assert (series[0].start, series[-1].end) == (start, market_midnight(day + DAY))


async def test_charges_and_tax(flavour: Any, serving: Any) -> None:
    """(market + charges) × 1.19, part by part; export is the market's price, untaxed."""
    retailer = await flavour.retailer(
        **serving("energy-charts").options,
        charges=[{"name": "network", "per_kwh": "0.0676"}, {"name": "network", "per_kwh": "0.12", "hours": "17-20"}],
        tax_rate=0.19,
        feed_in_charges=0,
    )
    series = await flavour.ok(retailer.prices(MIDNIGHT, MIDNIGHT + DAY))
    imports, exports = series.on("import"), series.on("export")

    assert len(imports) == len(exports) == 96
    for price in imports:
        network = Decimal("0.12") if 15 <= price.start.hour < 18 else Decimal("0.0676")  # 17–20 in Berlin
        assert price.components == {
            "energy": price.spot_per_kwh,
            "network": network,
            "tax": (price.spot_per_kwh + network) * Decimal("0.19"),
        }
        assert price.per_kwh == (price.spot_per_kwh + network) * Decimal("1.19")
        assert (price.tax_included, price.tax_rate) == (True, Decimal("0.19"))
    for price in exports:
        assert (price.per_kwh, price.tax_included, price.tax_rate) == (price.spot_per_kwh, None, None)


async def test_without_a_tax_rate_the_price_is_net(flavour: Any, serving: Any) -> None:
    """And says so."""
    retailer = await flavour.retailer(**serving("energy-charts").options)
    price = await flavour.ok(retailer.current_price())

    assert (price.tax_included, price.per_kwh) == (False, price.spot_per_kwh)


async def test_standing_charges_are_the_tariff(flavour: Any, serving: Any) -> None:
    """34.45 + 100.00 + 16.81 EUR a year with 19 % are 179.9994 (Stadtwerke Hamm, 2025)."""
    yearly = [
        {"name": name, "amount": amount, "per": "year"}
        for name, amount in (("supply", "34.45"), ("network", 100), ("metering", "16.81"))
    ]
    retailer = await flavour.retailer(**serving("energy-charts").options, standing_charges=yearly, tax_rate="0.19")
    tariff = await flavour.ok(retailer.tariff())

    assert {charge.per for charge in tariff.standing_charges} == {Per.YEAR}
    assert sum(charge.amount for charge in tariff.standing_charges) == Decimal("179.9994")
    assert (tariff.tax_included, tariff.currency) == (True, "EUR")


async def test_what_is_not_there_sends_nothing(flavour: Any, serving: Any) -> None:
    served = serving("energy-charts")
    retailer = await flavour.retailer(**served.options)

    for ask in (retailer.tariff, lambda: retailer.current_price("export"), lambda: retailer.prices(channel="export")):
        with pytest.raises(Unsupported):
            await flavour.ok(ask())
    assert not retailer.capabilities[Feature.USAGE]
    assert served.emulator.seen == []


async def test_charges_from_a_profile(
    flavour: Any, serving: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TOML file holds them, read strictly."""
    served = serving("energy-charts")
    profile = """
[profiles.berlin]
provider = "dayahead"
area = "DE-LU"
tax_rate = 0.19
feed_in_charges = 0.004

[[profiles.berlin.charges]]
name = "network"
per_kwh = "0.0676"
days = "mon-fri"

[[profiles.berlin.standing_charges]]
amount = 100
per = "year"
"""
    file = tmp_path / "config.toml"
    file.write_text(profile)
    file.chmod(0o600)
    monkeypatch.setenv("OPENPOWER_CONFIG", str(file))
    retailer = await flavour.retailer(profile="berlin", base_url=served.url)
    price = await flavour.ok(retailer.current_price())

    assert price.components["network"] == Decimal("0.0676")
    assert (await flavour.ok(retailer.current_price(Channel.EXPORT))).components["charges"] == Decimal("-0.004")
    file.write_text(profile.replace("per_kwh", "perkwh"))
    with pytest.raises(InvalidValue, match=r"charges\[0\] has no key 'perkwh'"):
        flavour.connect(profile="berlin", base_url=served.url)


@pytest.mark.parametrize("charges", ["0.15651", 0.15651])
async def test_one_number_is_enough(charges: Any, flavour: Any, serving: Any) -> None:
    """As text it comes from ``-O charges=``."""
    retailer = await flavour.retailer(**serving("energy-charts").options, charges=charges)

    assert (await flavour.ok(retailer.current_price())).components["charges"] == Decimal("0.15651")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "area= is missing"),
        ({"area": "XX"}, "a bidding zone"),
        ({"area": "AT", "source": "epex"}, "source is 'epex'"),
        ({"area": "FR", "source": "awattar"}, "awattar has no prices of FR"),
        ({"area": "CH", "source": "nordpool"}, "nordpool has no prices of CH"),
        ({"area": "IE"}, "energy-charts has no prices of IE"),
        ({"area": "AT", "currency": "SEK"}, "gives prices in EUR, not in SEK"),
        ({"area": "AT", "currency": "EURO"}, "currency"),
        ({"area": "FI", "source": "nordpool", "currency": "GBP"}, "currency"),
        ({"area": "SE3", "charges": 0.5}, "gives prices in EUR, and a home in SE3 pays in SEK"),
        ({"area": "AT", "taxrate": 0.2}, "no option 'taxrate'"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], words: str, flavour: Any) -> None:
    """Before any request; charges are not added to prices of another currency."""
    with pytest.raises(InvalidValue, match=words):
        flavour.connect(**options)


def test_entsoe_needs_a_token(flavour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others need none."""
    monkeypatch.delenv("OPENPOWER_DAYAHEAD_TOKEN", raising=False)
    with pytest.raises(MissingCredential, match="ENTSO-E needs a token"):
        flavour.connect(area="AT", source="entsoe")


async def test_nordpool_in_the_home_s_currency(flavour: Any, serving: Any) -> None:
    """SE3 pays in SEK: 523.75 SEK/MWh are 0.52375 SEK; for EUR say so."""
    served = serving("nordpool", "SE3")
    swedish = await flavour.ok((await flavour.retailer(**served.options, charges="0.1")).current_price())
    euros = await flavour.ok((await flavour.retailer(**served.options, currency="EUR", charges="0.1")).current_price())

    assert (swedish.currency, euros.currency) == ("SEK", "EUR")
    assert "deliveryArea=SE3&currency=SEK" in served.emulator.seen[0]


@pytest.mark.parametrize("clock", [datetime(2026, 8, 4, 11, tzinfo=UTC)], indirect=True)
async def test_preliminary_prices_become_final(flavour: Any, serving: Any) -> None:
    """Nord Pool's tomorrow is an estimate until it says Final, which an hour later is asked for."""
    retailer = await flavour.retailer(**serving("nordpool").options)
    tomorrow = MIDNIGHT + DAY
    assert (await flavour.ok(retailer.prices(tomorrow, tomorrow + HOUR)))[0].estimate is True
    flavour.clock.advance(HOUR)
    assert (await flavour.ok(retailer.prices(tomorrow, tomorrow + HOUR)))[0].estimate is False


async def test_null_prices_are_gaps(flavour: Any, service: Any, over: Any) -> None:
    """And only those; zero and negative are prices."""
    first = int(MIDNIGHT.timestamp())
    prices: list[Any] = [100.0] * 96
    prices[4], prices[5], prices[6] = None, 0, -20
    service.answer = {"unix_seconds": [first + 900 * n for n in range(96)], "price": prices, "unit": "EUR / MWh"}
    retailer = await flavour.retailer(area="DE-LU", **over)
    series = await flavour.ok(retailer.prices(MIDNIGHT, MIDNIGHT + DAY))

    assert len(series) == 95
    assert [(gap.start, gap.end) for gap in series.gaps] == [(MIDNIGHT + HOUR, MIDNIGHT + HOUR + QUARTER)]
    assert "has no price" in series.gaps[0].reason
    assert [price.per_kwh for price in series.between(MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR)][:2] == [
        0,
        Decimal("-0.02"),
    ]


async def test_now_without_a_price_says_so(flavour: Any, service: Any, over: Any) -> None:
    """404 of energy-charts is nothing (yet), and no error; but there is no current price then."""
    retailer = await flavour.retailer(area="DE-LU", **over)
    series = await flavour.ok(retailer.prices())

    assert len(series) == 0
    assert [gap.reason for gap in series.gaps] == ["energy-charts.info (Fraunhofer ISE) has no price"]
    with pytest.raises(PartialData, match=r"no current import price: energy-charts.info .* has no price"):
        await flavour.ok(retailer.current_price())


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(404, json={"detail": "Not Found"}), BadResponse),  # the framework: no such path
        (httpx.Response(404, html="<html>gone</html>"), BadResponse),
        (httpx.Response(422, json={"detail": [{"loc": ["query", "bzn"], "msg": "x", "type": "y"}]}), InvalidValue),
        (httpx.Response(429, text="slow down"), RateLimited),
        (httpx.Response(503, html="<html></html>"), ServiceUnavailable),
        (httpx.Response(200, html="<html></html>"), BadResponse),
        (httpx.Response(200, json={"price": None, "unix_seconds": None}), BadResponse),
        (httpx.Response(200, json=[]), BadResponse),
        (httpx.Response(202, json={"price": [], "unix_seconds": []}), BadResponse),
    ],
)
async def test_refusals_of_energy_charts(
    answer: httpx.Response, raised: type[Exception], flavour: Any, service: Any, over: Any
) -> None:
    """By HTTP status."""
    service.answer = lambda _: answer
    retailer = await flavour.retailer(area="DE-LU", **over, timeout=1)

    with pytest.raises(raised):
        await flavour.ok(retailer.prices())


ACK = '<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"><Reason><code>999</code><text>{}</text></Reason></Acknowledgement_MarketDocument>'


@pytest.mark.parametrize("status", [200, 400])
async def test_entsoe_nothing_yet_by_its_words(status: int, flavour: Any, service: Any, over: Any) -> None:
    """The code is 999 for everything."""
    text = ACK.format("No matching data found for Data item ENERGY_PRICES and interval 2025-10-01T22:00:00.000Z/")
    service.answer = lambda _: httpx.Response(status, text=text, headers={"Content-Type": "text/xml"})
    retailer = await flavour.retailer(area="DE-LU", source="entsoe", token="t" * 36, **over)

    assert len(await flavour.ok(retailer.prices())) == 0


@pytest.mark.parametrize(
    ("answer", "raised", "words"),
    [
        (
            httpx.Response(400, text=ACK.format("Input parameter does not exist: curveType")),
            InvalidValue,
            "does not exist: curveType",
        ),
        (
            httpx.Response(200, text=ACK.format("The requested domain is not valid for this area")),
            InvalidValue,
            "not valid",
        ),
        (
            httpx.Response(401, text="Unauthorized. Missing or invalid security token!"),
            AuthenticationFailed,
            "does not accept the token",
        ),
        (httpx.Response(429, html="Too Many Requests"), RateLimited, "ten minutes"),
        (httpx.Response(503, html="<html>bad gateway</html>"), ServiceUnavailable, "503"),
        (httpx.Response(200, html="<html>maintenance</html>"), BadResponse, "<html>"),
        (httpx.Response(400, text="bad request"), InvalidValue, "400"),
    ],
)
async def test_refusals_of_entsoe(
    answer: httpx.Response, raised: type[Exception], words: str, flavour: Any, service: Any, over: Any
) -> None:
    """A fault shows ENTSO-E's own words; too many calls are a ban of ten minutes."""
    service.answer = lambda _: answer
    retailer = await flavour.retailer(area="DE-LU", source="entsoe", token="t" * 36, **over, timeout=1)

    with pytest.raises(raised, match=words) as caught:
        await flavour.ok(retailer.prices())
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == timedelta(minutes=10)
        sent = len(service.requests)
        with pytest.raises(RateLimited):
            await flavour.ok(retailer.prices())
        assert len(service.requests) == sent  # nothing is sent while the ban lasts


async def test_entsoe_prices_in_another_currency(flavour: Any, service: Any, over: Any) -> None:
    """Carried through; but charges in euros are not added to them."""
    period = "<Period><timeInterval><start>2026-08-03T22:00Z</start><end>2026-08-04T22:00Z</end></timeInterval><resolution>PT60M</resolution><Point><position>1</position><price.amount>420</price.amount></Point></Period>"
    body = f"<Publication_MarketDocument><TimeSeries><currency_Unit.name>PLN</currency_Unit.name><curveType>A03</curveType>{period}</TimeSeries></Publication_MarketDocument>"
    service.answer = lambda _: httpx.Response(200, text=body)
    options = {"area": "PL", "source": "entsoe", "token": "t" * 36, **over}
    price = await flavour.ok((await flavour.retailer(**options)).current_price())

    assert (price.currency, price.per_kwh) == ("PLN", Decimal("0.42"))
    with pytest.raises(InvalidValue, match="prices are in PLN, and the charges in EUR"):
        await flavour.ok((await flavour.retailer(**options, currency="EUR", charges=0.1)).current_price())
    in_zloty = await flavour.retailer(**options, currency="PLN", charges="0.1")
    assert (await flavour.ok(in_zloty.current_price())).per_kwh == Decimal("0.52")


async def test_nordpool_shows_two_months(flavour: Any, serving: Any) -> None:
    """Older days are not asked for, and the gap says why."""
    served = serving("nordpool")
    retailer = await flavour.retailer(**served.options)
    series = await flavour.ok(retailer.prices(MIDNIGHT - 64 * DAY, MIDNIGHT - 61 * DAY))

    assert len(served.emulator.seen) == 1
    assert "no more than 62 days" in series.gaps[0].reason
    assert series[0].start == MIDNIGHT - 62 * DAY


@pytest.mark.parametrize(("source", "calls"), [("energy-charts", 4), ("awattar", 12), ("entsoe", 12)])
async def test_a_year_takes_few_calls(source: str, calls: int, flavour: Any, serving: Any) -> None:
    """And one that fails costs its own days."""
    served = serving(source)
    retailer = await flavour.retailer(**served.options)
    start = market_midnight(date(2025, 10, 1))
    served.emulator.faults.add("status", status=422, times=1, body=b"{}")
    series = await flavour.ok(retailer.prices(start, start + 300 * DAY))

    assert len(served.emulator.seen) <= calls
    (gap,) = series.gaps
    assert gap.start == start
    assert series.known_until is not None
    assert len(series) > 8 * 30 * 24


async def test_an_unreachable_source_is_not_asked_twelve_times(flavour: Any, service: Any, over: Any) -> None:
    """What is known stays; each further call could take as long to fail."""

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    service.answer = broken
    retailer = await flavour.retailer(area="DE-LU", source="entsoe", token="t" * 36, **over, timeout=0.2)

    with pytest.raises(NetworkError):
        await flavour.ok(retailer.prices(MIDNIGHT - 300 * DAY, MIDNIGHT))
    assert len({str(sent) for sent in service.sent}) == 1


async def test_the_site_s_zone_is_the_area_s_unless_told(flavour: Any, serving: Any) -> None:
    """Charges and grids go by it."""
    served = serving("energy-charts", "PT")
    assert (await flavour.retailer(**served.options)).info.tz == "Europe/Lisbon"
    assert (await flavour.retailer(**served.options, tz="Atlantic/Azores")).info.tz == "Atlantic/Azores"


@given(
    nulls=st.sets(st.integers(min_value=0, max_value=95), max_size=10),
    words=st.sets(st.integers(min_value=0, max_value=95), max_size=3),
    lost=st.sets(st.integers(min_value=0, max_value=95), max_size=10),
    shuffled=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_bad_row_costs_itself(nulls: set[int], words: set[int], lost: set[int], shuffled: Any) -> None:
    """Rows in any order, null, unreadable or missing: all others have their own price, and the rest is named."""
    start = int(MIDNIGHT.timestamp())
    rows: list[tuple[int, Any]] = [
        (start + 900 * n, "?" if n in words else None if n in nulls else float(n)) for n in range(96)
    ]
    kept = [row for n, row in enumerate(rows) if n not in lost]
    shuffled.shuffle(kept)
    body = {"unix_seconds": [stamp for stamp, _ in kept], "price": [price for _, price in kept], "unit": "EUR / MWh"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))

    async def ask() -> Any:
        clock = ManualClock(datetime(2026, 8, 4, 8, tzinfo=UTC))
        async with connect_async("dayahead", area="DE-LU", transport=transport, clock=clock) as home:
            return await (await home.retailer()).prices(MIDNIGHT, MIDNIGHT + DAY)

    series = asyncio.run(ask())
    bad = nulls | words | lost
    assert {price.start: price.per_kwh for price in series} == {
        MIDNIGHT + n * QUARTER: Decimal(n).scaleb(-3) for n in range(96) if n not in bad
    }
    missing = {MIDNIGHT + n * QUARTER for n in bad}
    covered = {
        MIDNIGHT + n * QUARTER
        for n in range(96)
        if any(gap.start <= MIDNIGHT + n * QUARTER < gap.end for gap in series.gaps)
    }
    assert covered == missing


@given(
    source=st.sampled_from(SOURCES),
    faults=st.lists(st.sampled_from(["html", "truncated", "reset", "empty", "status"]), max_size=3),
    days=st.integers(min_value=1, max_value=120),
)
@settings(max_examples=40, deadline=None)
def test_faults_cost_what_they_hit(source: str, faults: list[str], days: int) -> None:
    """Whatever fails: a series whose prices and gaps make up the whole range, or an error of ours."""
    clock = ManualClock(datetime(2026, 8, 4, 13, 7, 30, tzinfo=UTC))
    emulator = Emulator(source, clock=clock)
    for fault in faults:
        emulator.faults.add(fault)
    start = MIDNIGHT - days * DAY

    async def ask() -> Any:
        options = {
            **emulator.options,
            "base_url": "http://127.0.0.1",
            "transport": httpx.ASGITransport(emulator),
            "timeout": 1,
        }
        async with connect_async("dayahead", clock=clock, **options) as home:
            return await (await home.retailer()).prices(start, MIDNIGHT + 2 * DAY)

    try:
        series = asyncio.run(ask())
    except OpenPowerError:
        assert faults
        return
    pieces = sorted([(price.start, price.end) for price in series] + [(gap.start, gap.end) for gap in series.gaps])
    assert (pieces[0][0], pieces[-1][1]) == (start, MIDNIGHT + 2 * DAY)
    assert all(one[1] == other[0] for one, other in pairwise(pieces))


async def test_energy_charts_licence_is_said(flavour: Any, serving: Any) -> None:
    """In the record, in the capabilities, by the client."""
    served = serving("energy-charts", "FI")
    retailer = await flavour.retailer(**served.options)
    price = await flavour.ok(retailer.current_price())

    assert price.raw["license_info"] == "For private and internal use only."
    assert "private and internal use" in retailer.capabilities[Feature.PRICES].note
    assert "private and internal use" in retailer.native.licence
    (document,) = await flavour.ok(retailer.native.get_prices("2026-08-04"))
    assert document["unit"] == "EUR / MWh"
    assert repr(retailer.native).endswith("of FI from energy-charts>")
    assert to_area("FI").name == retailer.native.area.name


@pytest.mark.parametrize(
    "days", [("2026-08-04", "2026-08-03"), (NOON,), (20260804,), ("today",), (None,), ("2026-08-04", True)]
)
async def test_native_days_are_days(days: tuple[Any, ...], flavour: Any, serving: Any) -> None:
    """A datetime is none, since its day depends on the zone; nothing is sent."""
    served = serving("energy-charts")
    native = flavour.connect(**served.options).native

    with pytest.raises(InvalidValue):
        await flavour.ok(native.get_prices(*days))
    assert served.emulator.seen == []
