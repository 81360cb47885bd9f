"""Prices: exact pounds, one payment method, open ends, agreements by time, the clock of London."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from openpower_core.errors import DeviceNotFound, InvalidValue, MissingCredential, PartialData, Unsupported
from openpower_core.prices import Channel, Price, PriceKind, PriceSeries, bill_of
from openpower_octopus import TariffCode
from tests.octopus.conftest import NOW, agreement, rate

LONDON = ZoneInfo("Europe/London")
HALF = timedelta(minutes=30)
VAR = "E-1R-VAR-22-11-01-N"
DAY_RATE, NIGHT_RATE = 28.95858, 8.49975


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


def cost_in_pence(series: Any, start: datetime, uses: list[float]) -> Decimal:
    """What half hours of use cost, exactly."""
    prices = [series.at(start + n * HALF) for n in range(len(uses))]
    return sum((price.per_kwh * Decimal(str(kwh)) * 100 for price, kwh in zip(prices, uses, strict=True)), Decimal(0))


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("E-1R-AGILE-24-10-01-C", ("electricity", 1, "AGILE-24-10-01", "C")),
        ("E-2R-VAR-22-11-01-N", ("electricity", 2, "VAR-22-11-01", "N")),
        ("E-FLAT2R-VAR-22-11-01-N", ("electricity", 1, "VAR-22-11-01", "N")),
        ("G-1R-SILVER-23-12-06-P", ("gas", 1, "SILVER-23-12-06", "P")),
        ("E-1R-IOG-SMB-TOU-25-01-01-A", ("electricity", 1, "IOG-SMB-TOU-25-01-01", "A")),
    ],
)
def test_a_code_has_hyphens_in_its_product(code: str, parts: tuple[Any, ...]) -> None:
    """The first two parts and the last are not the product's."""
    read = TariffCode.parse(code)

    assert (read.fuel, read.registers, read.product, read.region) == parts
    assert str(read) == code


@pytest.mark.parametrize("code", ["AGILE-24-10-01", "E-1R-AGILE-24-10-01-O", "E-3R-X-A", ""])
def test_what_is_no_code(code: str) -> None:
    with pytest.raises(InvalidValue):
        TariffCode.parse(code)


PAID_TWICE = [
    rate(31.40991, "2023-07-01T00:00:00Z", None, "NON_DIRECT_DEBIT", 29.9142),
    rate(30.72027, "2023-07-01T00:00:00Z", None, "DIRECT_DEBIT", 29.2574),
    rate(51.38049, "2023-01-01T00:00:00Z", "2023-07-01T00:00:00Z", "DIRECT_DEBIT", 48.9338),
    rate(52.0, "2023-01-01T00:00:00Z", "2023-07-01T00:00:00Z", "NON_DIRECT_DEBIT", 49.5),
]


@pytest.mark.parametrize(
    ("options", "then", "price"),
    [
        ({}, utc(2023, 8, 1), "0.3072027"),
        ({"payment_method": "non_direct_debit"}, utc(2023, 8, 1), "0.3140991"),
        ({}, utc(2023, 5, 1), "0.5138049"),
        ({"vat": False}, utc(2023, 8, 1), "0.292574"),
    ],
)
async def test_a_period_has_two_prices(
    flavour: Any, service: Any, retailer_of: Any, options: dict[str, Any], then: datetime, price: str
) -> None:
    """The row of the user's payment method counts, whatever the order; pence become pounds exactly; both bases are there."""
    service.answers["/standard-unit-rates/"] = PAID_TWICE
    retailer = await retailer_of(agreement(VAR, "2020-12-17T00:00:00Z"), options=options)

    series = await flavour.ok(retailer.prices(then, then + timedelta(days=1)))

    assert [str(each.per_kwh) for each in series] == [price]
    assert (series[0].tax_included, series[0].currency) == (options.get("vat", True), "GBP")
    if series[0].components:
        assert sum(series[0].components.values()) == series[0].per_kwh
    assert series.gaps == ()


async def test_until_further_notice(flavour: Any, service: Any, retailer_of: Any) -> None:
    """``valid_to`` null is an open end, ``valid_from`` null is since ever: a flat export tariff."""
    service.answers["/standard-unit-rates/"] = [rate(15.0, None, None, exc=14.2857)]
    retailer = await retailer_of(agreement("E-1R-OUTGOING-FIX-12M-19-05-13-C", "2024-02-22T00:00:00Z"))

    series = await flavour.ok(retailer.prices())

    assert (series[0].start, series[0].end) == (utc(2024, 2, 22), None)
    assert series.known_until is None
    assert (await flavour.ok(retailer.current_price())).per_kwh == Decimal("0.15")


async def test_the_tax_of_export_is_unknown(flavour: Any, served: Any) -> None:
    """The price is what clients read, the one with VAT; that it holds any is not said."""
    home = flavour.connect(**served.options)
    series = await flavour.ok((await flavour.ok(home.retailer())).prices())

    assert {(each.channel, each.tax_included, each.tax_rate) for each in series} == {
        (Channel.IMPORT, True, Decimal("0.05")),
        (Channel.EXPORT, None, None),
    }
    assert all(float(each.per_kwh) * 100 == pytest.approx(each.raw.value_inc_vat) for each in series)
    await flavour.close(home)


async def test_go_keeps_to_the_wall_clock(flavour: Any, service: Any, retailer_of: Any) -> None:
    """One summer day at one kWh in each half hour: ten low ones, 1185.42354 p (bills.md B2b); uneven use as well."""
    days = [(27, 28), (28, 29), (29, 30), (30, 1)]
    rows = []
    for day, after in days:
        month = 5 if after == 1 else 4
        night, morning = f"2025-04-{day}T23:30:00Z", f"2025-{month:02}-{after:02}T04:30:00Z"
        rows += [rate(NIGHT_RATE, night, morning), rate(DAY_RATE, morning, f"2025-{month:02}-{after:02}T23:30:00Z")]
    service.answers["/standard-unit-rates/"] = rows[::-1]
    retailer = await retailer_of(agreement("E-1R-GO-VAR-22-10-14-A", "2025-03-01T00:00:00Z"))
    start = datetime(2025, 4, 29, tzinfo=LONDON).astimezone(UTC)

    series = await flavour.ok(retailer.prices(start, start + timedelta(days=1)))
    whole = await flavour.ok(retailer.prices(utc(2025, 4, 27, 23), utc(2025, 4, 28, 23)))

    assert start == utc(2025, 4, 28, 23)
    assert cost_in_pence(series, start, [1.0] * 48) == Decimal("1185.42354")
    # 00:00 to 00:30 still costs what the day before did: only the third half hour is low.
    assert cost_in_pence(series, start, [2.0, 3.0] + [0.0] * 46) == 2 * Decimal("28.95858") + 3 * Decimal("8.49975")
    assert [(gap.start, gap.end) for gap in whole.gaps] == [(utc(2025, 4, 27, 23), utc(2025, 4, 27, 23, 30))]


async def test_agreements_split_by_time(flavour: Any, service: Any, retailer_of: Any) -> None:
    """Each part has its tariff's price; one that ends when it begins never applied; what they do not cover is a gap."""
    service.answers["E-1R-VAR-20-09-22-N/standard-unit-rates/"] = [rate(20.0, "2020-01-01T00:00:00Z", None)]
    service.answers["E-1R-GO-VAR-22-10-14-N/standard-unit-rates/"] = [rate(1.0, "2020-01-01T00:00:00Z", None)]
    service.answers["E-1R-VAR-22-11-01-N/standard-unit-rates/"] = [rate(30.0, "2022-11-01T00:00:00Z", None)]
    retailer = await retailer_of(
        agreement("E-1R-VAR-20-09-22-N", "2020-12-17T00:00:00Z", "2023-04-01T00:00:00+01:00"),
        agreement("E-1R-GO-VAR-22-10-14-N", "2023-04-01T00:00:00+01:00", "2023-04-01T00:00:00+01:00"),
        agreement("E-1R-VAR-22-11-01-N", "2023-04-01T00:00:00+01:00"),
    )

    series = await flavour.ok(retailer.prices(utc(2020, 12, 1), utc(2023, 5, 1)))

    switch = utc(2023, 3, 31, 23)
    assert [(each.start, each.end, each.per_kwh) for each in series] == [
        (utc(2020, 12, 17), switch, Decimal("0.2")),
        (switch, None, Decimal("0.3")),
    ]
    assert [(gap.end, gap.reason) for gap in series.gaps] == [(utc(2020, 12, 17), "no tariff applies then")]
    assert not any("GO-VAR" in path for path in service.sent)


async def test_a_superseded_product_has_no_price_for_now(flavour: Any, service: Any, retailer_of: Any) -> None:
    """Its rows end, and the last is not taken for today's."""
    service.answers["/standard-unit-rates/"] = [rate(20.0, "2024-12-31T23:30:00Z", "2025-01-01T00:00:00Z")]
    retailer = await retailer_of(agreement("E-1R-AGILE-23-02-08-A", "2023-04-01T00:00:00Z"))

    with pytest.raises(PartialData, match="not published yet"):
        await flavour.ok(retailer.current_price())


async def test_a_hole_in_what_is_published_is_a_gap(flavour: Any, service: Any, retailer_of: Any) -> None:
    """A half hour to come without a value is named, also where no end was asked for; the prices around it stay."""
    start = datetime(2026, 8, 4, 10, tzinfo=UTC)
    times = [(start + n * HALF).isoformat() for n in range(7)]
    rows = [rate(20.0, one, other) for one, other in pairwise(times)]
    rows[3]["value_inc_vat"] = None
    service.answers["/standard-unit-rates/"] = rows[::-1]
    retailer = await retailer_of(agreement("E-1R-AGILE-24-10-01-A", "2026-01-01T00:00:00Z"))

    series = await flavour.ok(retailer.prices())

    assert [price.start for price in series] == [start + n * HALF for n in (0, 1, 2, 4, 5)]
    assert [(gap.start, gap.end, gap.reason) for gap in series.gaps] == [
        (start + 3 * HALF, start + 4 * HALF, "Octopus has no rate for that time")
    ]


async def test_no_rows_are_not_zero(flavour: Any, service: Any, retailer_of: Any) -> None:
    """An empty answer is a gap."""
    service.answers["/standard-unit-rates/"] = []
    retailer = await retailer_of(agreement(VAR, "2020-01-01T00:00:00Z"))

    series = await flavour.ok(retailer.prices(NOW - timedelta(days=2), NOW - timedelta(days=1)))

    assert len(series) == 0
    assert [gap.reason for gap in series.gaps] == ["Octopus has no rate for that time"]


async def test_a_bad_row_costs_itself(flavour: Any, service: Any, retailer_of: Any) -> None:
    """A null price, a word for a number and a time that is none are gaps; the others stay."""
    begins = [utc(2026, 8, 1) + n * HALF for n in range(5)]
    rows = [
        rate(10.0 + n, f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at + HALF:%Y-%m-%dT%H:%M:%SZ}") for n, at in enumerate(begins)
    ]
    rows[1]["value_inc_vat"], rows[2]["value_exc_vat"], rows[3]["valid_from"] = None, "--", "yesterday"
    service.answers["/standard-unit-rates/"] = rows
    retailer = await retailer_of(agreement("E-1R-AGILE-24-10-01-C", "2025-01-01T00:00:00Z"))

    series = await flavour.ok(retailer.prices(begins[0], begins[4] + HALF))

    assert [each.per_kwh for each in series] == [Decimal("0.1"), Decimal("0.14")]
    assert [(gap.start, gap.end) for gap in series.gaps] == [(begins[1], begins[4])]


async def test_rows_that_lost_their_beginning_are_not_since_ever(flavour: Any, service: Any, retailer_of: Any) -> None:
    """One row may hold since ever; two that would have lost their time."""
    service.answers["/standard-unit-rates/"] = [rate(10.0, None, None), rate(20.0, None, None)]
    retailer = await retailer_of(agreement(VAR, "2020-01-01T00:00:00Z"))

    with pytest.raises(PartialData):
        await flavour.ok(retailer.current_price())


async def test_one_refused_tariff_costs_its_part(flavour: Any, service: Any, retailer_of: Any) -> None:
    """The other's prices are there, and the gap says why."""
    service.answers["E-1R-VAR-22-11-01-N/standard-unit-rates/"] = [rate(30.0, "2022-11-01T00:00:00Z", None)]
    retailer = await retailer_of(
        agreement("E-1R-AGILE-18-02-21-N", "2020-12-17T00:00:00Z", "2023-04-01T00:00:00+01:00"),
        agreement("E-1R-VAR-22-11-01-N", "2023-04-01T00:00:00+01:00"),
    )

    series = await flavour.ok(retailer.prices(utc(2023, 3, 1), utc(2023, 5, 1)))

    assert [each.per_kwh for each in series] == [Decimal("0.3")]
    assert [gap.end for gap in series.gaps] == [utc(2023, 3, 31, 23)]
    assert "knows no such product" in series.gaps[0].reason


async def test_kinds_are_by_the_clock(flavour: Any, served: Any) -> None:
    """Agile's prices of today and tomorrow are firm."""
    home = flavour.connect(**served.options)
    series = await flavour.ok((await flavour.ok(home.retailer())).prices(NOW - timedelta(hours=2), None))

    lane = series.on("import")
    assert [each.kind for each in lane if each.covers(NOW)] == [PriceKind.CURRENT]
    assert {each.kind for each in lane if each.start > NOW} == {PriceKind.FORECAST}
    assert {each.estimate for each in lane} == {False}
    await flavour.close(home)


@pytest.mark.parametrize(
    ("minutes", "known", "published"),
    [
        (0, utc(2026, 8, 4, 22), utc(2026, 8, 4, 15)),
        (5 * 60, utc(2026, 8, 5, 22), utc(2026, 8, 5, 15)),
        (4 * 60 + 55, utc(2026, 8, 4, 22), utc(2026, 8, 4, 15)),
    ],
)
async def test_when_the_next_prices_come(
    flavour: Any, served: Any, clock: Any, minutes: int, known: datetime, published: datetime
) -> None:
    """Agile: to 23:00 in London; tomorrow's from 16:00, and where they are late the time is past."""
    clock.advance(timedelta(minutes=minutes))
    home = flavour.connect(**served.options)
    series = await flavour.ok((await flavour.ok(home.retailer())).prices(channel=Channel.IMPORT))

    assert (series.known_until, series.next_published_at) == (known, published)
    await flavour.close(home)


async def test_pages_are_followed_on_the_same_host(flavour: Any, service: Any, retailer_of: Any) -> None:
    """The largest page is asked for, and ``next`` only as a query: the key must not go where an answer says."""
    begins = [utc(2026, 8, 1) + n * HALF for n in range(4)]
    rows = [
        rate(10.0 + n, f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at + HALF:%Y-%m-%dT%H:%M:%SZ}") for n, at in enumerate(begins)
    ]

    def page(request: httpx.Request) -> Any:
        second = request.url.params.get("page") == "2"
        more = None if second else "https://elsewhere.example/v1/x/?page_size=1500&page=2"
        return {"count": 4, "next": more, "previous": None, "results": rows[:2] if second else rows[2:]}

    service.answers["/standard-unit-rates/"] = page
    retailer = await retailer_of(agreement("E-1R-AGILE-24-10-01-C", "2025-01-01T00:00:00Z"))

    series = await flavour.ok(retailer.prices(begins[0], begins[3] + HALF))

    assert len(series) == 4
    asked = [request.url for request in service.requests if "rates" in request.url.path]
    assert {url.host for url in asked} == {"api.octopus.energy"}
    assert (asked[0].params["page_size"], asked[0].params["period_from"]) == ("1500", "2026-08-01T00:00:00Z")


ECONOMY_7 = {
    "/day-unit-rates/": [
        rate(31.5084, "2024-03-31T23:00:00Z", None),
        rate(37.1847, "2024-01-01T00:00:00Z", "2024-03-31T23:00:00Z"),
    ],
    "/night-unit-rates/": [
        rate(13.2174, "2024-03-31T23:00:00Z", None),
        rate(15.5988, "2024-01-01T00:00:00Z", "2024-03-31T23:00:00Z"),
    ],
}


@pytest.mark.parametrize(
    ("night", "begins", "ends", "estimate"),
    [
        (None, utc(2024, 5, 1, 0, 30), utc(2024, 5, 1, 7, 30), True),
        ("00:30-07:30 UTC", utc(2024, 5, 1, 0, 30), utc(2024, 5, 1, 7, 30), False),
        ("00:00-07:00", utc(2024, 4, 30, 23), utc(2024, 5, 1, 6), False),
    ],
)
async def test_economy_7(
    flavour: Any, service: Any, retailer_of: Any, night: str | None, begins: datetime, ends: datetime, estimate: bool
) -> None:
    """Two lists, each of all day, and a meter whose hours the user knows; unless told they are estimates."""
    service.answers |= ECONOMY_7
    options = {} if night is None else {"night": night}
    retailer = await retailer_of(agreement("E-2R-VAR-22-11-01-N", "2020-01-01T00:00:00Z"), options=options)

    series = await flavour.ok(retailer.prices(utc(2024, 4, 30, 12), utc(2024, 5, 1, 12)))

    assert [(each.start, each.end) for each in series if each.period == "night"] == [(begins, ends)]
    assert {each.per_kwh for each in series if each.period == "night"} == {Decimal("0.132174")}
    assert {each.per_kwh for each in series if each.period == "day"} == {Decimal("0.315084")}
    assert {each.estimate for each in series} == {estimate}
    assert not series.gaps


async def test_the_standing_charge_is_per_day(flavour: Any, service: Any, retailer_of: Any) -> None:
    """The row that holds at the local midnight, of the payment method."""
    service.answers["/standing-charges/"] = [
        rate(47.8485, "2026-08-03T23:00:00Z", None, "DIRECT_DEBIT"),
        rate(53.3295, "2026-08-03T23:00:00Z", None, "NON_DIRECT_DEBIT"),
        rate(42.0105, "2024-01-01T00:00:00Z", "2026-08-03T23:00:00Z", "DIRECT_DEBIT"),
    ]
    retailer = await retailer_of(agreement(VAR, "2023-04-01T00:00:00+01:00"))

    tariff = await flavour.ok(retailer.tariff())

    assert [(charge.amount, charge.per) for charge in tariff.standing_charges] == [(Decimal("0.478485"), "day")]
    assert (tariff.code, tariff.start, tariff.tax_included) == (VAR, utc(2026, 8, 3, 23), True)


async def test_a_past_bill_has_the_standing_charges_of_its_days(flavour: Any, service: Any, retailer_of: Any) -> None:
    """A row that begins at 01:00 in London counts from the next day on; a tariff that cannot be had costs its own days."""
    first = [
        rate(40.0, "2026-05-10T00:00:00Z", None, "DIRECT_DEBIT"),
        rate(30.0, "2026-01-01T00:00:00Z", "2026-05-10T00:00:00Z", "DIRECT_DEBIT"),
        rate(99.0, "2026-01-01T00:00:00Z", None, "NON_DIRECT_DEBIT"),
    ]
    flux = "E-1R-FLUX-IMPORT-23-02-14-N"
    service.answers[f"{VAR}/standing-charges/"] = first
    service.answers[f"{flux}/standing-charges/"] = [rate(50.0, "2023-01-01T00:00:00Z", None)]
    gone = agreement("E-1R-GONE-22-11-01-N", "2026-05-28T00:00:00+01:00")
    retailer = await retailer_of(
        agreement(VAR, "2023-04-01T00:00:00+01:00", "2026-05-20T00:00:00+01:00"),
        agreement(flux, "2026-05-20T00:00:00+01:00", "2026-05-28T00:00:00+01:00"),
        gone,
    )

    tariffs = await flavour.ok(retailer.tariffs(utc(2026, 4, 30, 23), utc(2026, 5, 31, 23)))

    assert [(each.start, each.end, each.standing_charges[0].amount) for each in tariffs] == [
        (utc(2026, 1, 1), utc(2026, 5, 10, 23), Decimal("0.3")),
        (utc(2026, 5, 10, 23), utc(2026, 5, 19, 23), Decimal("0.4")),
        (utc(2026, 5, 19, 23), utc(2026, 5, 27, 23), Decimal("0.5")),
    ]
    series = PriceSeries([Price(start=utc(2026, 1, 1), end=None, per_kwh=0, currency="GBP")], tz="Europe/London")
    bill = bill_of([], series, tariffs, start=utc(2026, 4, 30, 23), end=utc(2026, 5, 31, 23))
    assert [line.quantity for line in bill.lines] == [10, 9, 8]
    assert any("2026-05-28 to 2026-05-31" in rule for rule in bill.rules)


async def test_prices_without_an_account(flavour: Any, served: Any, emulator: Any) -> None:
    """A product and a region are enough, and nothing is sent but public calls without a key."""
    url = served.options["base_url"]
    home = flavour.connect(product="agile-24-10-01", export_product="AGILE-OUTGOING-19-05-13", region="c", base_url=url)
    retailer = await flavour.ok(home.retailer())

    series = await flavour.ok(retailer.prices())

    assert set(series.channels) == {Channel.IMPORT, Channel.EXPORT}
    assert retailer.info.serial == "E-1R-AGILE-24-10-01-C"
    assert all("/products/" in path for path in emulator.seen)
    with pytest.raises(Unsupported):
        await flavour.ok(retailer.usage(NOW - timedelta(days=2), NOW))
    await flavour.close(home)


@pytest.mark.parametrize(
    ("postcode", "says"), [("YO1 7HH", None), ("CA9 3QP", "F and G"), ("ZZ9 9ZZ", "knows no region")]
)
async def test_a_postcode_names_the_region(flavour: Any, served: Any, postcode: str, says: str | None) -> None:
    home = flavour.connect(product="VAR-22-11-01", postcode=postcode, base_url=served.options["base_url"])

    if says is None:
        assert {each.info.serial for each in await flavour.ok(home.retailers())} == {
            "E-1R-VAR-22-11-01-M",
            "G-1R-VAR-22-11-01-M",
        }
    else:
        with pytest.raises(InvalidValue, match=says):
            await flavour.ok(home.devices())
    await flavour.close(home)


def test_what_connect_needs(flavour: Any) -> None:
    """An account, or a product and where."""
    with pytest.raises(MissingCredential, match="product="):
        flavour.connect()
    with pytest.raises(InvalidValue, match="postcode="):
        flavour.connect(product="VAR-22-11-01")
    with pytest.raises(InvalidValue, match="region"):
        flavour.connect(product="VAR-22-11-01", region="I")


async def test_a_private_product_is_asked_for_with_the_key(flavour: Any, served: Any, emulator: Any) -> None:
    """Once without, then with; after that at once with it. Without a key it does not exist."""
    url, key = served.options["base_url"], served.options["api_key"]
    api, stranger = flavour.client(key, base_url=url), flavour.client(base_url=url)

    await flavour.ok(api.get_unit_rates("E-1R-PARTNER-24-01-01-C", NOW, NOW + HALF))
    await flavour.ok(api.get_unit_rates("E-1R-PARTNER-24-01-01-C", NOW, NOW + HALF))
    assert len(emulator.seen) == 3
    with pytest.raises(DeviceNotFound):
        await flavour.ok(stranger.get_product("PARTNER-24-01-01"))
    await flavour.close(api)
    await flavour.close(stranger)
