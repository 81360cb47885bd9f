"""Long ranges: what is not kept is not asked for, a bad part costs itself, and a used-up account keeps what came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from openpower_core.errors import DataError, PartialData, RateLimited, ServiceUnavailable
from openpower_core.prices import Channel, PriceKind, PriceSeries, Usages

SITE = {
    "id": "S",
    "status": "active",
    "network": "Ausgrid",
    "channels": [{"identifier": "E1", "type": "general", "tariff": "EA025"}],
}
HOUR = timedelta(hours=1)
NEM = timedelta(hours=10)


def row(kind: str, start: datetime, *, length: int = 30, **more: Any) -> dict[str, Any]:
    """An interval in Amber's form (OpenAPI 2.0.0)."""
    end = start + timedelta(minutes=length)
    return {
        "type": kind,
        "date": f"{start + NEM:%Y-%m-%d}",
        "duration": length,
        "startTime": f"{start + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
        "endTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "nemTime": f"{end + NEM:%Y-%m-%dT%H:%M:%S}+10:00",
        "perKwh": 25.0,
        "channelType": "general",
        "spikeStatus": "none",
        **more,
    }


def days(kind: str, broken: Callable[[date, date], Any] | None = None, **more: Any) -> Callable[[httpx.Request], Any]:
    """Answers with two intervals for each day that is asked for; ``broken`` may answer instead."""

    def answer(request: httpx.Request) -> Any:
        first, last = (date.fromisoformat(request.url.params[name]) for name in ("startDate", "endDate"))
        if broken is not None and (instead := broken(first, last)) is not None:
            return instead
        midnights = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        starts = [datetime(day.year, day.month, day.day, tzinfo=UTC) - NEM for day in midnights]
        return [row(kind, start + n * HOUR / 2, **more) for start in starts for n in range(2)]

    return answer


@pytest.fixture
def retailer(flavour: Any, service: Any, over: Any) -> Any:
    """The retailer of a site, after its answers are set."""
    service.answers = {"sites": [SITE], "usage": days("Usage", kwh=0.5, channelIdentifier="E1", cost=12.5)}
    service.answers["prices"] = days("ActualInterval")

    async def make(**options: Any) -> Any:
        found = await flavour.ok(flavour.connect(**over, **options).retailer())
        service.requests.clear()
        return found

    return make


async def test_a_year_of_usage_asks_for_what_is_kept(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """Ninety days take thirteen calls; the rest is said. Today and the future are not asked for."""
    amber = await retailer()
    now = clock.now()

    found = await flavour.ok(amber.usage(now - timedelta(days=365), now + timedelta(days=30)))

    assert isinstance(found, Usages)
    assert len(found) == 2 * 90
    assert len(service.requests) == 13
    assert [gap.reason.split(":")[0] for gap in found.gaps] == ["no longer kept", "not published yet"]
    assert found.gaps[0].end == found[0].start
    assert found.gaps[1].start == found[-2].start + timedelta(days=1)
    assert "2026-08-04" not in str(service.sent)


async def test_calls_are_counted_before_the_first(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """Eighteen months of prices take 79 calls, and an account has 50 in five minutes."""
    amber = await retailer()
    now = clock.now()

    with pytest.raises(RateLimited, match="takes 79 calls, and 50 of the account are left"):
        await flavour.ok(amber.prices(now - timedelta(days=547), now - timedelta(days=1)))

    assert service.requests == []
    patient = await retailer(wait=True)
    series = await flavour.ok(patient.prices(now - timedelta(days=800), now - timedelta(days=1)))
    assert series.gaps[0].reason.startswith("no longer kept: Amber keeps some 548 days")


async def test_a_used_up_account_keeps_what_came(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """Another program took the last calls after the first week."""
    calls = iter([None, httpx.Response(429, headers={"Retry-After": "3600"})])
    service.answers["prices"] = days("ActualInterval", lambda *_: next(calls))
    amber = await retailer()
    now = clock.now()

    with pytest.raises(RateLimited) as caught:
        await flavour.ok(amber.prices(now - timedelta(days=20), now - timedelta(days=1)))

    assert isinstance(caught.value.found, PriceSeries)
    assert len(caught.value.found) == 12  # of 15 July, the two at midnight are before the range
    assert {gap.reason for gap in caught.value.found.gaps} == {caught.value.message}
    assert len(service.requests) == 2


@pytest.mark.parametrize("broken", [httpx.Response(200, text="<html>"), httpx.Response(500, text="oops")])
async def test_a_week_that_fails_costs_no_other(
    flavour: Any, service: Any, retailer: Any, clock: Any, broken: httpx.Response
) -> None:
    """Of a week that cannot be read the days are asked for one by one."""
    bad = date(2026, 7, 14)
    service.answers["usage"] = days(
        "Usage", lambda first, last: broken if first <= bad <= last else None, kwh=0.5, channelIdentifier="E1"
    )
    amber = await retailer()
    start = datetime(2026, 7, 1, tzinfo=UTC) - NEM

    found = await flavour.ok(amber.usage(start, start + timedelta(days=28)))

    lost = [gap.start + NEM for gap in found.gaps]
    assert date(2026, 7, 14) in {each.date() for each in lost}
    assert len(lost) == (1 if broken.status_code == 200 else 7)
    assert len(found) == 2 * (28 - len(lost))
    service.answers["usage"] = days("Usage", kwh=0.5, channelIdentifier="E1")
    assert len(await flavour.ok(amber.usage(start, start + timedelta(days=28)))) == 56


async def test_nothing_at_all_raises_why(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """An empty series would look like no consumption."""
    service.answers["usage"] = httpx.Response(503)
    amber = await retailer()
    start = datetime(2026, 7, 1, tzinfo=UTC) - NEM

    with pytest.raises(ServiceUnavailable):
        await flavour.ok(amber.usage(start, start + timedelta(days=28)))


async def test_a_day_without_rows_is_named(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """The site was supplied, so that none is not zero."""
    service.answers["usage"] = days(
        "Usage", lambda first, _last: [] if first == date(2026, 7, 29) else None, kwh=0.5, channelIdentifier="E1"
    )
    amber = await retailer()
    start = datetime(2026, 7, 22, tzinfo=UTC) - NEM

    found = await flavour.ok(amber.usage(start, start + timedelta(days=13)))

    assert [gap.reason for gap in found.gaps] == [*["Amber has nothing for this day"] * 5, "not published yet"]


async def test_the_clock_decides_which_price_runs(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """Amber's label stays on an interval that is over: the forecast that has begun is the price, as an estimate."""
    now = clock.now()
    start = now.replace(minute=15, second=0)
    stale = row("CurrentInterval", start - 5 * HOUR / 60, length=5, estimate=False, perKwh=99.0)
    running = row("ForecastInterval", start, length=5)
    service.answers["current"] = [stale, running]
    amber = await retailer()

    price = await flavour.ok(amber.current_price())

    assert (price.start, price.kind, price.estimate, price.per_kwh) == (start, PriceKind.CURRENT, True, Decimal("0.25"))
    service.answers["current"] = [stale]
    clock.advance(60)
    with pytest.raises(PartialData, match="no current import price"):
        await flavour.ok(amber.current_price())


async def test_a_grid_has_its_running_cell_whole(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """From now on, in half hours: the one that runs is asked for from its beginning."""
    now = clock.now()
    start = now.replace(minute=0, second=0)
    rows = [row("ActualInterval", start + n * HOUR / 12, length=5, perKwh=float(n)) for n in range(12)]
    service.answers["current"] = rows
    amber = await retailer()

    series = await flavour.ok(amber.prices(resolution=timedelta(minutes=30)))

    assert "previous=4" in service.sent[0]
    assert [(price.start - start, price.per_kwh) for price in series] == [
        (timedelta(0), Decimal("0.025")),
        (timedelta(minutes=30), Decimal("0.085")),
    ]


async def test_advisory_misfits_are_unknown(flavour: Any, service: Any, retailer: Any, clock: Any) -> None:
    """A block that is text, a first day that is empty: the prices are there."""
    service.answers["sites"] = [{**SITE, "activeFrom": ""}]
    start = clock.now().replace(minute=0, second=0)
    service.answers["current"] = [row("CurrentInterval", start, tariffInformation={"block": "one", "period": "peak"})]
    amber = await retailer()

    price = await flavour.ok(amber.current_price())

    assert (price.per_kwh, price.period) == (Decimal("0.25"), "peak")
    assert price.raw.tariff_information.block is None


async def test_an_answer_without_any_price_is_no_empty_series(
    flavour: Any, service: Any, retailer: Any, clock: Any
) -> None:
    """Every record of it is bad."""
    service.answers["current"] = [row("CurrentInterval", clock.now(), perKwh=None) for _ in range(3)]
    amber = await retailer()

    with pytest.raises(DataError, match=r"\$\[0\].perKwh is missing"):
        await flavour.ok(amber.prices(channel=Channel.IMPORT))


async def test_the_calls_of_others_do_not_count(flavour: Any, service: Any, over: Any) -> None:
    """The anonymous call for renewables says how many calls an anonymous client has left."""
    service.answers = {
        "sites": httpx.Response(200, json=[SITE], headers={"RateLimit-Limit": "50", "RateLimit-Remaining": "49"}),
        "current": httpx.Response(200, json=[], headers={"RateLimit-Limit": "500", "RateLimit-Remaining": "1"}),
    }
    api = flavour.client(**over)
    await flavour.ok(api.list_sites())
    await flavour.ok(api.get_current_renewables("nsw"))

    assert api.get_ratelimits().remaining == 49


async def test_the_id_of_a_site_in_small_letters(flavour: Any, service: Any, over: Any) -> None:
    """Ids are made of capitals and digits."""
    service.answers = {"sites": [{**SITE, "id": "01ABC"}]}
    connection = flavour.connect(**over, site="01abc")

    assert (await flavour.ok(connection.retailer())).info.serial == "01ABC"
