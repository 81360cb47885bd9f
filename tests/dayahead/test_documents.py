"""What the sources send becomes intervals and prices: the traps of each format, on small fixtures of captured answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openpower_core.errors import BadResponse, InvalidValue
from openpower_dayahead.areas import AREAS, to_area
from openpower_dayahead.client import Source, call, market_days, market_midnight, runs
from openpower_dayahead.mapping import Spot, to_spots
from openpower_dayahead.models import EnergyChartsPrices

Decode = Callable[..., list[Spot]]

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


def shown(spots: list[Spot]) -> list[tuple[str, int, str | None]]:
    """Beginning (UTC), minutes, price."""
    return [
        (
            f"{spot.start:%d.%H:%M}",
            (spot.end - spot.start) // timedelta(minutes=1),
            None if spot.per_mwh is None else str(spot.per_mwh),
        )
        for spot in spots
    ]


def charts(stamps: list[Any], prices: list[Any], unit: str | None = "EUR / MWh") -> str:
    """An answer of energy-charts."""
    return json.dumps(
        {"license_info": "CC BY 4.0", "unix_seconds": stamps, "price": prices, "unit": unit, "deprecated": False}
    )


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}Z").timestamp())


# energy-charts


def test_charts_intervals_come_from_the_times(spots: Decode) -> None:
    """The change of 2025-10-01 in one answer: an hour, then quarters, and the last as long as the one before."""
    first = seconds("2025-09-30T20:00")
    stamps = [first, first + 3600, *(first + 7200 + 900 * n for n in range(3))]

    assert shown(spots("energy-charts", charts(stamps, [92.85, 0, -0.01, 1e1, 135.96]))) == [
        ("30.20:00", 60, "92.85"),
        ("30.21:00", 60, "0"),
        ("30.22:00", 15, "-0.01"),
        ("30.22:15", 15, "10.0"),
        ("30.22:30", 15, "135.96"),
    ]


def test_charts_a_hole_is_no_longer_interval(spots: Decode) -> None:
    """Stamps that are missing leave a gap: neither the price before it nor the one after it is stretched."""
    first = seconds("2026-10-08T22:00")
    for missing in (1, 2):
        stamps = [first + 900 * n for n in range(5) if n != missing]
        found = spots("energy-charts", charts(stamps, [154.5, 148.27, 140, 130]))
        assert {spot.end - spot.start for spot in found} == {QUARTER}
    single = spots("energy-charts", charts([first], [154.5]))
    assert shown(single) == [("08.22:00", 15, "154.5")]
    assert shown(spots("energy-charts", charts([seconds("2024-12-09T23:00")], [92.85]))) == [("09.23:00", 60, "92.85")]


def test_charts_null_is_no_price(spots: Decode) -> None:
    """And what cannot be read is none either, at its own place."""
    first = seconds("2024-12-09T23:00")
    stamps = [first + 3600 * n for n in range(4)]

    assert [spot.per_mwh for spot in spots("energy-charts", charts(stamps, [92.85, None, "n/a", 0]))] == [
        Decimal("92.85"),
        None,
        None,
        Decimal(0),
    ]


def test_charts_arrays_of_unequal_length_are_complained_about(spots: Decode, caplog: pytest.LogCaptureFixture) -> None:
    """What has both is taken; the rest is no price."""
    first = seconds("2024-12-09T23:00")
    found = spots("energy-charts", charts([first, first + 3600, first + 7200], [92.85, 80]))

    assert [spot.per_mwh for spot in found] == [Decimal("92.85"), Decimal(80), None]
    assert "3 times and 2 prices" in caplog.text
    assert len(spots("energy-charts", charts([first], [92.85, 80]))) == 1
    for nothing in ([], None):
        assert (
            spots("energy-charts", json.dumps({"unix_seconds": nothing, "price": nothing, "unit": "EUR / MWh"})) == []
        )


def test_charts_autumn_has_two_hours_at_two(spots: Decode) -> None:
    """2024-10-27: 25 hours; 82.23 and 80.43 are both at 02:00 in Berlin."""
    first = seconds("2024-10-26T22:00")
    found = spots(
        "energy-charts", charts([first + 3600 * n for n in range(25)], [90, 90, 82.23, 80.43, *[90] * 20, 102.99])
    )

    assert len(found) == 25
    assert [str(spot.per_mwh) for spot in found if spot.start.astimezone(_zone("DE-LU")).hour == 2] == [
        "82.23",
        "80.43",
    ]
    assert found[-1].end == datetime(2024, 10, 27, 23, tzinfo=UTC)


def _zone(area: str) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(to_area(area).tz)


@pytest.mark.parametrize("unit", ["EUR / kWh", "GBP / MWh", "ct/kWh"])
def test_another_unit_is_refused(spots: Decode, unit: str) -> None:
    """Cents per kWh must not be taken for euros per MWh."""
    with pytest.raises(BadResponse, match="not per MWh"):
        spots("energy-charts", charts([seconds("2024-12-09T23:00")], [9.285], unit))


# aWATTar


def test_awattar_counts_in_milliseconds_and_hours(spots: Decode) -> None:
    """1718316000000 is midnight of 2024-06-14 in Berlin; a row without a price is a gap, one without a time is nothing."""
    rows = [
        {"start_timestamp": 1718316000000, "end_timestamp": 1718319600000, "marketprice": 83.13, "unit": "Eur/MWh"},
        {"start_timestamp": 1718319600000, "end_timestamp": 1718323200000, "marketprice": None, "unit": "Eur/MWh"},
        {"start_timestamp": 1718323200000, "end_timestamp": 1718326800000, "marketprice": "x", "unit": "Eur/MWh"},
        {"start_timestamp": None, "end_timestamp": 1718330400000, "marketprice": 59.53, "unit": "Eur/MWh"},
        None,
    ]
    body = {"object": "list", "data": rows, "url": "/de/v1/marketdata"}

    assert shown(spots("awattar", json.dumps(body))) == [
        ("13.22:00", 60, "83.13"),
        ("13.23:00", 60, None),
        ("14.00:00", 60, None),
    ]


# ENTSO-E


def series(points: str, *, start: str, end: str, step: str = "PT15M", curve: str = "A03", more: str = "") -> str:
    curve = f"<curveType>{curve}</curveType>" if curve else ""
    return (
        f"<TimeSeries><contract_MarketAgreement.type>A01</contract_MarketAgreement.type>"
        f"<currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>{more}{curve}"
        f"<Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval><resolution>{step}</resolution>{points}</Period>"
        "</TimeSeries>"
    )


def points(**prices: Any) -> str:
    """``p1=55.35``: points in the order given."""
    each = [(name[1:], price) for name, price in prices.items()]
    return "".join(
        f"<Point><position>{place}</position><price.amount>{price}</price.amount></Point>" for place, price in each
    )


def publication(*parts: str, namespace: str = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Publication_MarketDocument xmlns="{namespace}">{"".join(parts)}</Publication_MarketDocument>'


SEQUENCE = "<classificationSequence_AttributeInstanceComponent.position>{}</classificationSequence_AttributeInstanceComponent.position>"


def test_entsoe_a_missing_position_repeats_the_one_before(spots: Decode) -> None:
    """Up to the end of the period, also where the points are not in order (Belgium, October 2024)."""
    five_hours = series(
        points(p11=28.37, p2=40.32, p1=55.35, p3=31.86, p5=44.22, p4=28.71),
        start="2024-10-05T22:00Z",
        end="2024-10-06T03:00Z",
    )
    found = spots("entsoe", publication(five_hours), "BE")
    prices = [str(spot.per_mwh) for spot in found]

    assert len(found) == 20
    assert prices[:5] == ["55.35", "40.32", "31.86", "28.71", "44.22"]
    assert prices[5:10] == ["44.22"] * 5
    assert prices[10:] == ["28.37"] * 10
    assert found[-1].end == datetime(2024, 10, 6, 3, tzinfo=UTC)
    assert sum(float(price) for price in prices) / 20 == pytest.approx(35.263)


@pytest.mark.parametrize("curve", ["A03", ""])
def test_entsoe_hours_by_quarters(spots: Decode, curve: str) -> None:
    """Positions 1, 5, 9 are hourly prices; without a type of curve it is read the same."""
    body = publication(
        series(points(p1=55.35, p5=50, p9=-0.01), start="2024-10-05T22:00Z", end="2024-10-06T01:00Z", curve=curve)
    )

    assert [str(spot.per_mwh) for spot in spots("entsoe", body)] == ["55.35"] * 4 + ["50"] * 4 + ["-0.01"] * 4


def test_entsoe_fixed_blocks_have_gaps_instead(spots: Decode) -> None:
    """Where every position is promised, one that is missing is not known."""
    body = publication(series(points(p1=10, p3=30), start="2026-10-05T22:00Z", end="2026-10-05T23:00Z", curve="A01"))

    assert shown(spots("entsoe", body)) == [("05.22:00", 15, "10"), ("05.22:30", 15, "30")]


def test_entsoe_nothing_before_the_first_position_and_beyond_the_last(
    spots: Decode, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither is invented; a position that the period does not have is reported."""
    body = publication(series(points(p2=10, p5=99), start="2026-10-05T22:00Z", end="2026-10-05T23:00Z"))

    assert shown(spots("entsoe", body)) == [("05.22:15", 15, "10"), ("05.22:30", 15, "10"), ("05.22:45", 15, "10")]
    assert "position 5 of a period that has 4" in caplog.text


def test_entsoe_what_cannot_be_read_is_not_known_until_the_next_position(spots: Decode) -> None:
    """A broken figure is not replaced by the one before it."""
    body = publication(series(points(p1=10, p2="n/a", p4=40), start="2026-10-05T22:00Z", end="2026-10-05T23:00Z"))

    assert [spot.per_mwh for spot in spots("entsoe", body)] == [Decimal(10), None, None, Decimal(40)]


def test_entsoe_sequence_one_counts_wherever_it_stands(spots: Decode) -> None:
    """DE-LU, 2025-10-31: sequence 2 is first in the document. A day that has only sequence 2 has that one."""
    times = {"start": "2025-10-30T23:00Z", "end": "2025-10-30T23:30Z"}
    exaa = series(points(p1=91.45, p2=90.46), **times, more=SEQUENCE.format(2))
    sdac = series(points(p1=102.81, p2=99), **times, more=SEQUENCE.format(1))
    later = series(points(p1=7), start="2025-10-31T23:00Z", end="2025-10-31T23:15Z", more=SEQUENCE.format(2))

    for order in ((exaa, sdac, later), (sdac, exaa, later), (later, series(points(p1=102.81, p2=99), **times), exaa)):
        found = [str(spot.per_mwh) for spot in spots("entsoe", publication(*order))]
        assert found == ["102.81", "99", "7"]


def test_entsoe_an_hourly_auction_beside_quarters_of_another(spots: Decode) -> None:
    """Before October 2025 sequence 1 had hours and sequence 2 quarters: the auction counts, and not the shorter interval."""
    times = {"start": "2025-09-01T22:00Z", "end": "2025-09-01T23:00Z"}
    body = publication(
        series(points(p1=1, p2=2, p3=3, p4=4), **times, more=SEQUENCE.format(2)),
        series(points(p1=50), **times, step="PT60M", more=SEQUENCE.format(1)),
    )

    assert shown(spots("entsoe", body)) == [("01.22:00", 60, "50")]


@pytest.mark.parametrize("step", ["PT60M", "PT1H"])
def test_entsoe_mixed_steps_and_other_namespaces(spots: Decode, step: str) -> None:
    """Days before and after the change in one document; an older schema, and a prefix for its names."""
    body = publication(
        series(points(p1=64.98), start="2025-09-30T20:00Z", end="2025-09-30T22:00Z", step=step),
        series(points(p1=1), start="2025-09-30T22:00Z", end="2025-09-30T22:30Z"),
        namespace="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:0",
    )
    prefixed = (
        body.replace("<?xml", "<?XML")
        .replace("</", "</n:")
        .replace("<", "<n:")
        .replace("<n:/n:", "</n:")
        .replace("xmlns=", "xmlns:n=")
        .replace("<n:?XML", "<?xml")
    )
    expected = [("30.20:00", 60, "64.98"), ("30.21:00", 60, "64.98"), ("30.22:00", 15, "1"), ("30.22:15", 15, "1")]

    assert shown(spots("entsoe", body)) == expected
    assert shown(spots("entsoe", prefixed)) == expected


@pytest.mark.parametrize(
    ("start", "hours"), [("2026-03-28T23:00Z", 23), ("2026-10-24T22:00Z", 25), ("2026-08-03T22:00Z", 24)]
)
def test_entsoe_slots_follow_from_the_times(spots: Decode, start: str, hours: int) -> None:
    """92, 100 and 96 quarters."""
    end = datetime.fromisoformat(start) + hours * HOUR
    found = spots("entsoe", publication(series(points(p1=5), start=start, end=f"{end:%Y-%m-%dT%H:%MZ}")))

    assert len(found) == 4 * hours
    assert found[-1].end == end


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "P1D"},
        {"step": "PT0M"},
        {"start": "yesterday"},
        {"start": "2026-10-05T22:00"},  # without a zone it is no instant
        {"more": "<currency_Unit.name>EURO</currency_Unit.name>"},
    ],
)
def test_entsoe_what_makes_no_sense_is_refused(spots: Decode, wrong: dict[str, str]) -> None:
    """Instead of a guess."""
    given = {"start": "2026-10-05T22:00Z", "end": "2026-10-05T23:00Z", **wrong}
    with pytest.raises(BadResponse):
        spots("entsoe", publication(series(points(p1=5), **given)))


def test_entsoe_another_unit_is_refused_and_intraday_is_left_out(spots: Decode) -> None:
    body = publication(series(points(p1=5), start="2026-10-05T22:00Z", end="2026-10-05T23:00Z"))

    with pytest.raises(BadResponse, match="not per MWh"):
        spots("entsoe", body.replace(">MWH<", ">KWH<"))
    assert spots("entsoe", body.replace(">A01<", ">A07<", 1)) == []


BOMB = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "body",
    [
        f"{BOMB}<Publication_MarketDocument>&b;</Publication_MarketDocument>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Publication_MarketDocument>&e;</Publication_MarketDocument>',
        "<Publication_MarketDocument>",
        "",
        "{}",
        "\x00",
    ],
)
def test_entsoe_xml_is_parsed_safely(spots: Decode, body: str) -> None:
    """Entities are refused, whatever they hold; nothing but BadResponse is raised."""
    with pytest.raises(BadResponse, match="no XML that can be read"):
        spots("entsoe", body)


# Nord Pool


def nordpool(**changes: Any) -> str:
    """The Netherlands, 2024-11-05, in SEK."""
    body = {
        "deliveryDateCET": "2024-11-05",
        "version": 2,
        "updatedAt": "2024-11-04T11:58:10.7711584Z",
        "market": "DayAhead",
        "multiAreaEntries": [
            {
                "deliveryStart": "2024-11-04T23:00:00Z",
                "deliveryEnd": "2024-11-05T00:00:00Z",
                "entryPerArea": {"NL": 83.63, "SE3": 523.75},
            },
            {
                "deliveryStart": "2024-11-05T00:00:00Z",
                "deliveryEnd": "2024-11-05T01:00:00Z",
                "entryPerArea": {"NL": None},
            },
            {
                "deliveryStart": "2024-11-05T01:00:00Z",
                "deliveryEnd": "2024-11-05T01:00:00Z",
                "entryPerArea": {"NL": 90.68},
            },
        ],
        "currency": "SEK",
        "exchangeRate": 11.6,
        "areaStates": [{"state": "Final", "areas": ["NL"]}, {"state": "Preliminary", "areas": ["SE3"]}],
    }
    return json.dumps(body | changes)


def test_nordpool_prices_of_an_area(spots: Decode) -> None:
    """In the currency that was asked for, to which the rate has been applied already; an entry without length is none."""
    found = spots("nordpool", nordpool(), "NL")

    assert shown(found) == [("04.23:00", 60, "83.63"), ("05.00:00", 60, None)]
    assert {(spot.currency, spot.estimate) for spot in found} == {("SEK", False)}


def test_nordpool_preliminary_prices_are_estimates(spots: Decode) -> None:
    """A state that is not known says nothing."""
    assert [spot.estimate for spot in spots("nordpool", nordpool(), "SE3")] == [True, True]
    assert spots("nordpool", nordpool(areaStates=[]), "NL")[0].estimate is None
    assert spots("nordpool", nordpool(areaStates=[{"state": "Odd", "areas": ["NL"]}]), "NL")[0].estimate is None


def test_nordpool_nothing_yet(spots: Decode) -> None:
    """204 without a body, or version 0 without entries."""
    assert spots("nordpool", "", status=204) == []
    assert spots("nordpool", nordpool(version=0, multiAreaEntries=[], areaStates=[])) == []


def test_nordpool_germany_is_ger(spots: Decode) -> None:
    """And an area that the answer does not have has no price."""
    entry = {
        "deliveryStart": "2026-08-03T22:00:00Z",
        "deliveryEnd": "2026-08-03T22:15:00Z",
        "entryPerArea": {"GER": 9.1},
    }

    assert shown(spots("nordpool", nordpool(multiAreaEntries=[entry]))) == [("03.22:00", 15, "9.1")]
    assert shown(spots("nordpool", nordpool(multiAreaEntries=[entry]), "FI")) == [("03.22:00", 15, None)]


# Requests, days and areas


def test_the_market_day_is_central_european_everywhere() -> None:
    """22:00Z to 22:00Z in summer, 23:00Z to 23:00Z in winter, for Finland and Portugal too."""
    august, january = datetime(2026, 8, 4).date(), datetime(2026, 1, 4).date()  # noqa: DTZ001
    params = call(Source.ENTSOE, to_area("FI"), august, august, currency="EUR", token=None).params

    assert (params["periodStart"], params["periodEnd"]) == ("202608032200", "202608042200")
    assert market_midnight(january) == datetime(2026, 1, 3, 23, tzinfo=UTC)
    # Energy-charts goes by the zone's own days: midnight in Brussels is 01:00 in Helsinki and 23:00 in Lisbon.
    days = {
        name: call(Source.ENERGY_CHARTS, to_area(name), august, august, currency="EUR", token=None).params
        for name in ("DE-LU", "FI", "PT")
    }
    assert {name: (f"{each['start']:%d}", f"{each['end']:%d}") for name, each in days.items()} == {
        "DE-LU": ("04", "04"),
        "FI": ("04", "05"),
        "PT": ("03", "04"),
    }


@given(
    st.datetimes(min_value=datetime(2016, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40)),
    st.integers(min_value=1, max_value=31),
)
def test_calls_cover_a_range(start: datetime, length: timedelta, most: int) -> None:
    """Without a hole and without a double, so many days each at most."""
    days = market_days(start, start + length)
    asked = list(runs(days, most))

    assert [day for run in asked for day in run] == days
    assert max(map(len, asked)) <= most
    assert market_midnight(days[0]) <= start
    assert start + length <= market_midnight(days[-1] + DAY)


def test_areas_are_known_by_name_code_and_eic() -> None:
    assert {to_area(each).name for each in ("DE-LU", "de-lu", "GER", "DE", "10Y1001A1001A82H")} == {"DE-LU"}
    assert to_area("10YBE----------2").name == "BE"
    assert to_area("TEL").name == "RO"
    assert len({area.eic for area in AREAS.values()}) == len(AREAS)
    for area in AREAS.values():
        assert len(area.eic) == 16
        assert _zone(area.name)
    with pytest.raises(InvalidValue, match=r"area is 'DE-LV'.*DE-LU"):
        to_area("DE-LV")
    with pytest.raises(InvalidValue, match="a bidding zone"):
        to_area(5)


@pytest.mark.parametrize(
    ("area", "eic"),
    [
        ("DE-LU", "10Y1001A1001A82H"),
        ("AT", "10YAT-APG------L"),
        ("BE", "10YBE----------2"),
        ("NL", "10YNL----------L"),
        ("FR", "10YFR-RTE------C"),
        ("CH", "10YCH-SWISSGRIDZ"),
        ("DK1", "10YDK-1--------W"),
        ("DK2", "10YDK-2--------M"),
        ("NO2", "10YNO-2--------T"),
        ("SE4", "10Y1001A1001A47J"),
        ("FI", "10YFI-1--------U"),
        ("ES", "10YES-REE------0"),
        ("PL", "10YPL-AREA-----S"),
        ("IT-North", "10Y1001A1001A73I"),
        ("IE", "10Y1001A1001A59C"),
    ],
)
def test_eic_codes(area: str, eic: str) -> None:
    """As ENTSO-E lists them."""
    assert AREAS[area].eic == eic


def test_eur_per_mwh_becomes_eur_per_kwh_exactly() -> None:
    """92.85 EUR/MWh are 0.09285 EUR/kWh, that is 9.285 ct; and the licence stays with the record."""
    document = EnergyChartsPrices(license_info="CC BY 4.0", unix_seconds=(1733785200,), price=(Decimal("92.85"),))
    (spot,) = to_spots(document, to_area("AT"))

    assert spot.per_mwh is not None
    assert spot.per_mwh.scaleb(-3) == Decimal("0.09285")
    assert spot.raw["license_info"] == "CC BY 4.0"


def test_complaints_go_to_one_logger(spots: Decode, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "openpower.dayahead"):
        spots("energy-charts", charts([1733785200], []))

    assert [record.name for record in caplog.records] == ["openpower.dayahead"]
