"""Usage: local offsets to UTC, days of 46 half hours, gaps that are not zero, meters that were replaced, gas in m³."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from attrs import evolve

from openpower_core.clock import ManualClock
from openpower_core.errors import DeviceNotFound, InvalidValue, PartialData, RateLimited
from openpower_core.prices import Channel, UsageQuality
from openpower_octopus import kwh_of
from openpower_octopus.emulator import Emulator, Home, serve
from tests.octopus.conftest import NOW, account, agreement

HALF = timedelta(minutes=30)
VAR = agreement("E-1R-VAR-22-11-01-N", "2020-01-01T00:00:00Z")


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


def row(kwh: float | None, start: str, end: str) -> dict[str, Any]:
    return {"consumption": kwh, "interval_start": start, "interval_end": end}


# octopus/real_consumption_bst_offset_2024-05-07.json
BST = [
    row(0.113, "2024-05-07T00:30:00+01:00", "2024-05-07T01:00:00+01:00"),
    row(0.58, "2024-05-07T00:00:00+01:00", "2024-05-07T00:30:00+01:00"),
    row(0.201, "2024-05-06T23:30:00+01:00", "2024-05-07T00:00:00+01:00"),
    row(0.451, "2024-05-06T23:00:00+01:00", "2024-05-06T23:30:00+01:00"),
    row(0.512, "2024-05-06T22:30:00+01:00", "2024-05-06T23:00:00+01:00"),
]


@pytest.mark.parametrize(
    ("start", "end", "kwh", "missing"),
    [
        (utc(2024, 5, 6, 23), utc(2024, 5, 7), "0.693", 0),
        (utc(2024, 5, 6, 21, 30), utc(2024, 5, 6, 23), "1.164", 0),
        (utc(2024, 5, 6, 23), utc(2024, 5, 7, 23), "0.693", 46),
    ],
)
async def test_stamps_with_an_offset(
    flavour: Any, service: Any, retailer_of: Any, start: datetime, end: datetime, kwh: str, missing: int
) -> None:
    """A summer day is 23:00 to 23:00 UTC; the row that begins at the end is the next day's; half hours without a row are a gap."""
    service.answers["/consumption/"] = BST
    retailer = await retailer_of(VAR)

    found = await flavour.ok(retailer.usage(start, end))

    assert sum(Decimal(str(usage.kwh)) for usage in found) == Decimal(kwh)
    assert all(start <= usage.start < end and usage.start.tzinfo is UTC for usage in found)
    assert sum((gap.end - gap.start) // HALF for gap in found.gaps) == missing
    assert {usage.cost for usage in found} == {None}


@pytest.mark.parametrize(("day", "count"), [((2026, 3, 29), 46), ((2026, 3, 28), 48), ((2025, 10, 26), 50)])
async def test_days_on_which_the_clock_changes(flavour: Any, day: tuple[int, ...], count: int) -> None:
    """46 half hours in March, 50 in October: each once, none missing."""
    zone = ZoneInfo("Europe/London")
    start = datetime(*day, tzinfo=zone)  # type: ignore[misc,arg-type]
    end = start + timedelta(days=1)
    clock = ManualClock(end.astimezone(UTC) + timedelta(days=3))
    with serve(Emulator(clock=clock)) as served:
        home = flavour.connect(**served.options, clock=clock)
        found = await flavour.ok((await flavour.ok(home.retailer())).usage(start, end, channel=Channel.IMPORT))
        await flavour.close(home)

    assert [usage.start for usage in found] == [start.astimezone(UTC) + n * HALF for n in range(count)]
    assert found[-1].end == end.astimezone(UTC)
    assert not found.gaps


async def test_what_is_not_there_is_not_zero(flavour: Any, clock: Any) -> None:
    """A half hour without a reading, today, and what is to come are gaps of each channel."""
    yesterday = NOW.replace(hour=23, minute=0, second=0) - timedelta(days=2)
    lost = frozenset({yesterday + HALF, yesterday + 2 * HALF})
    with serve(Emulator(Home(missing=lost), clock=clock)) as served:
        home = flavour.connect(**served.options)
        found = await flavour.ok((await flavour.ok(home.retailer())).usage(yesterday, NOW + timedelta(hours=1)))
        await flavour.close(home)

    gaps = [(gap.start, gap.end) for gap in found.gaps if gap.channel is Channel.EXPORT]
    today = utc(2026, 8, 3, 23)
    assert gaps == [(yesterday + HALF, yesterday + 3 * HALF), (today, NOW), (NOW, NOW + timedelta(hours=1))]
    assert len([usage for usage in found if usage.channel is Channel.IMPORT]) == 46
    assert all(usage.kwh >= 0 for usage in found)


async def test_a_bad_reading_costs_itself(flavour: Any, service: Any, retailer_of: Any) -> None:
    """Null, a word, a negative figure and an end before the beginning are gaps."""
    start = utc(2026, 8, 1)
    times = [f"{start + n * HALF:%Y-%m-%dT%H:%M:%SZ}" for n in range(7)]
    rows: list[Any] = [row(0.1 * n, times[n], times[n + 1]) for n in range(6)]
    rows[1]["consumption"], rows[2]["consumption"], rows[3]["consumption"] = None, "--", -1.0
    rows[4]["interval_end"] = times[4]
    service.answers["/consumption/"] = [*rows, None]
    retailer = await retailer_of(VAR)

    found = await flavour.ok(retailer.usage(start, start + 6 * HALF))

    assert [usage.start for usage in found] == [start, start + 5 * HALF]
    assert [(gap.start, gap.end) for gap in found.gaps] == [(start + HALF, start + 5 * HALF)]


async def test_a_meter_was_replaced(flavour: Any, service: Any) -> None:
    """The old one has its part of the past, and the new one counts where both have a row; the serial is asked for by point."""
    home = account(VAR)
    home["properties"][0]["electricity_meter_points"][0]["meters"].append({"serial_number": "00L0000002"})
    service.answers |= {
        "/accounts/A-00000001/": home,
        "/00L0000001/consumption/": [
            row(1.0, "2026-08-01T00:00:00Z", "2026-08-01T00:30:00Z"),
            row(9.0, "2026-08-01T00:30:00Z", "2026-08-01T01:00:00Z"),
        ],
        "/00L0000002/consumption/": [row(2.0, "2026-08-01T00:30:00Z", "2026-08-01T01:00:00Z")],
    }
    retailer = await flavour.ok(_connect(flavour, service).retailer())

    found = await flavour.ok(retailer.usage(utc(2026, 8, 1), utc(2026, 8, 1, 1)))

    assert [usage.kwh for usage in found] == [1.0, 2.0]
    assert not found.gaps


async def test_export_shares_the_meter(flavour: Any, served: Any, emulator: Any) -> None:
    """Import and export are told apart by the meter point, and each has its own tariff."""
    home = flavour.connect(**served.options)
    retailer = await flavour.ok(home.retailer())
    start = utc(2026, 8, 1)

    usage = await flavour.ok(retailer.usage(start, start + timedelta(days=1), channel="export"))
    prices = await flavour.ok(retailer.prices(start, start + timedelta(days=1), channel="export"))

    asked = [path for path in emulator.seen if "consumption" in path]
    assert {path.split("/")[3] for path in asked} == {"1000000000002"}
    assert {each.channel for each in [*usage, *prices]} == {Channel.EXPORT}
    assert all("AGILE-OUTGOING" in path for path in emulator.seen if "unit-rates" in path)
    await flavour.close(home)


async def test_one_refused_meter_point_costs_its_channel(flavour: Any, served: Any, emulator: Any) -> None:
    home = flavour.connect(**served.options)
    retailer = await flavour.ok(home.retailer())
    start = utc(2026, 8, 1)
    for kind in (1, 2):
        emulator.faults.add("status", status=500, times=kind * 3, path="/00L0000001/consumption/")

        if kind == 1:
            found = await flavour.ok(retailer.usage(start, start + timedelta(days=1)))
            assert {usage.channel for usage in found} == {Channel.EXPORT}
            assert [(gap.start, gap.channel) for gap in found.gaps] == [(start, Channel.IMPORT)]
        else:
            with pytest.raises(Exception, match="HTTP 500"):
                await flavour.ok(retailer.usage(start, start + timedelta(days=1), channel="import"))
        emulator.faults.clear()
    await flavour.close(home)


@pytest.mark.parametrize(
    ("m3", "calorific", "kwh"), [(2, 39.3, 22.3276), (6.547, 38.8, 72.16), (1, 39.5, 11.220633), (100, 39.3, 1116.382)]
)
def test_gas_in_kwh(m3: float, calorific: float, kwh: float) -> None:
    """Worked examples of retailers (bills.md B3)."""
    assert kwh_of(m3, calorific) == pytest.approx(kwh, abs=0.01 if m3 == 6.547 else 5e-4)


@pytest.mark.parametrize(
    ("unit", "options", "kwh", "quality"),
    [
        ("m³", {}, kwh_of(0.05, 39.5), UsageQuality.ESTIMATED),
        ("kWh", {}, 0.05, UsageQuality.UNKNOWN),
        (None, {"gas_unit": "m3", "calorific_value": 39.3}, kwh_of(0.05, 39.3), UsageQuality.ESTIMATED),
        ("m³", {"gas_unit": "kwh"}, 0.05, UsageQuality.UNKNOWN),
    ],
)
async def test_the_unit_of_gas(
    flavour: Any, clock: Any, unit: str | None, options: dict[str, Any], kwh: float, quality: UsageQuality
) -> None:
    """As the user says, or as Octopus does; what was made of m³ is an estimate, and the m³ stay in the raw record."""
    with serve(Emulator(Home(gas_unit=unit), clock=clock)) as served:
        home = flavour.connect(**served.options, **options)
        [gas] = [each for each in await flavour.ok(home.retailers()) if each.info.fuel == "gas"]
        found = await flavour.ok(gas.usage(utc(2026, 8, 1), utc(2026, 8, 1, 1)))
        price = await flavour.ok(gas.current_price())
        assert (await flavour.ok(home.retailer())).info.fuel == "electricity"
        await flavour.close(home)

    assert [(usage.kwh, usage.quality, usage.raw.consumption) for usage in found] == [(kwh, quality, 0.05)] * 2
    assert price.per_kwh == Decimal("0.06342")


async def test_an_unknown_unit_is_not_guessed(flavour: Any, clock: Any) -> None:
    """A wrong one would be a factor of eleven."""
    with serve(Emulator(Home(gas_unit=None), clock=clock)) as served:
        home = flavour.connect(**served.options)
        with pytest.raises(PartialData, match="factor of 11"):
            await flavour.ok((await flavour.ok(home.retailer("1000000003"))).usage(utc(2026, 8, 1), utc(2026, 8, 2)))
        await flavour.close(home)


@pytest.mark.parametrize(
    "options", [{"gas_unit": "ft3"}, {"calorific_value": 0}, {"payment_method": "cash"}, {"night": "all"}]
)
def test_options_are_checked_before_any_request(flavour: Any, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        flavour.connect(api_key="sk_live_x", **options)


@pytest.mark.parametrize(
    "home",
    [
        {"electricity_meter_points": []},
        {"moved_out_at": "2024-01-01T00:00:00Z"},
        {"electricity_meter_points": [{"mpan": "1000000000001", "meters": [], "agreements": []}]},
    ],
)
async def test_a_home_without_supply(flavour: Any, service: Any, home: dict[str, Any]) -> None:
    """No meter point, left, or without a tariff: there is no retailer, and the error says so."""
    service.answers["/accounts/A-00000001/"] = account(VAR, **home)

    with pytest.raises(DeviceNotFound, match="no home"):
        await flavour.ok(_connect(flavour, service).devices())


async def test_two_meter_points_of_import(flavour: Any, service: Any) -> None:
    """Their prices stay apart by register."""
    home = account(VAR)
    points = home["properties"][0]["electricity_meter_points"]
    other = {
        **points[0],
        "mpan": "1000000000003",
        "agreements": [agreement("E-1R-OE-FIX-12M-24-06-28-N", "2020-01-01T00:00:00Z")],
    }
    points.append(other)
    rows = {"VAR-22-11-01-N": 30.0, "OE-FIX-12M-24-06-28-N": 20.0}
    service.answers["/accounts/A-00000001/"] = home
    for code, pence in rows.items():
        first = {
            "value_exc_vat": pence / 1.05,
            "value_inc_vat": pence,
            "valid_from": "2020-01-01T00:00:00Z",
            "valid_to": None,
        }
        service.answers[f"{code}/standard-unit-rates/"] = [first]

    series = await flavour.ok((await flavour.ok(_connect(flavour, service).retailer())).prices())

    assert {each.register: each.per_kwh for each in series} == {"1": Decimal("0.3"), "2": Decimal("0.2")}


async def test_two_homes(flavour: Any, service: Any) -> None:
    """Each that is lived in is a retailer of its own."""
    homes = account(VAR)
    homes["properties"].append({**homes["properties"][0], "id": 2})
    service.answers["/accounts/A-00000001/"] = homes

    devices = await flavour.ok(_connect(flavour, service).devices())

    assert [device.info.serial for device in devices] == ["A-00000001-1", "A-00000001-2"]


async def test_an_account_is_found_by_its_key(flavour: Any, served: Any) -> None:
    options = {name: value for name, value in served.options.items() if name != "account"}
    home = flavour.connect(**options)

    assert (await flavour.ok(home.retailer())).info.serial == "A-00000001"
    await flavour.close(home)


async def test_the_tariff_changes_while_connected(flavour: Any, served: Any, emulator: Any, clock: Any) -> None:
    """The account is asked for again; while it cannot be had, the last answer holds."""
    home = flavour.connect(**served.options)
    retailer = await flavour.ok(home.retailer())
    emulator.home = evolve(emulator.home, tariff="E-1R-VAR-22-11-01-C")
    clock.advance(timedelta(hours=7))
    emulator.faults.add("status", status=503, times=3, path="/accounts/A-00000001/")

    before = await flavour.ok(retailer.prices(channel="import"))
    emulator.faults.clear()
    after = await flavour.ok(retailer.prices(channel="import"))

    assert before[0].duration == HALF
    assert [each.end for each in after] == [None]
    await flavour.close(home)


async def test_the_limit_is_kept(flavour: Any, served: Any, emulator: Any) -> None:
    """429 with Retry-After is a rate limit that says how long."""
    home = flavour.connect(**served.options)
    retailer = await flavour.ok(home.retailer())
    emulator.faults.add("status", status=429, times=9, headers={"Retry-After": "240"})

    with pytest.raises(RateLimited) as caught:
        await flavour.ok(retailer.current_price())

    assert caught.value.retry_after == timedelta(seconds=240)
    await flavour.close(home)


def _connect(flavour: Any, service: Any) -> Any:
    return flavour.connect(api_key="sk_live_x", account="A-00000001", transport=httpx.MockTransport(service))
