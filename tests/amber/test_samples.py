"""Whole captures, where they lie beside the checkout: a check in addition to the tests that run in any clone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import amber_answers as answers
import httpx
import pytest

from openpower_amber import State
from openpower_amber.mapping import to_dollars, to_grid_mix, to_series, to_usages
from openpower_amber.models import (
    ActualInterval,
    AnyInterval,
    AnyRenewable,
    CurrentInterval,
    ForecastInterval,
    Site,
    Usage,
    UsageQuality,
)
from openpower_core import errors
from openpower_core.clock import ManualClock
from openpower_core.convert import structure
from openpower_core.prices import Channel, PriceKind

Sample = Callable[[str], Any]

PRICES = "amber/real_prices_5min_site_default_resolution_2025-05-17_freman.json"
CURRENT = "amber/real_prices_current_5min_site_next15_2025-05-17_freman.json"
USAGE = "amber/real_usage_mixed_30min_then_5min_2025-05-14_16_freman.json"
SPIKES = "amber/real_usage_spike_slice_freman.json"
TIME_OF_USE = "amber/real_usage_5min_tou_excerpt_2026-09-24_r5e.json"
RENEWABLES = "amber/real_renewables_prev10_next10_2025-05-17_freman.json"

DAY = answers.day()
FIXTURES = [
    ([answers.SETTLED, *DAY[1:6], answers.LAST, answers.SETTLED_FEED_IN], PRICES),
    ([answers.NEGATIVE_FEED_IN], PRICES),
    (answers.CURRENT, CURRENT),
    ([answers.CONFIRMED], "amber/real_current_5min_2024-09-12_publicapi222.json"),
    ([answers.DEMAND_WINDOW], "amber/real_actual_30min_demandwindow_2023-09-11_publicapi161.json"),
    ([answers.RANGE], "amber/real_forecast_30min_range_2024-03-01_publicapi193.json"),
    (answers.USAGE, SPIKES),
    ([answers.TIME_OF_USE, answers.TIME_OF_USE_SOLD], TIME_OF_USE),
    (answers.RENEWABLES, RENEWABLES),
]
"""What the other tests use, and the capture that it is from."""


def key(record: Any) -> tuple[Any, ...]:
    return record["startTime"], record.get("channelType")


@pytest.mark.parametrize(("fixtures", "name"), FIXTURES)
def test_a_fixture_says_what_was_captured(sample: Sample, fixtures: list[Any], name: str) -> None:
    """Field by field, but that the prices after a day's first repeat its wholesale price and its renewables."""
    captured = {key(record): record for record in sample(name)}

    for fixture in fixtures:
        record = captured[key(fixture)]
        if fixture in DAY[1:6]:
            record = record | {name: fixture[name] for name in ("spotPerKwh", "renewables")}
        assert fixture == record


def test_the_other_fixtures_say_what_was_captured(sample: Sample) -> None:
    """The site but for its ids, the shape of a day, and the headers."""
    (site,) = sample("amber/real_sites_5min_qld_freman.json")
    headers = sample("amber/real_headers_ratelimit_authorised.json")["first_request_in_window"]
    shape = ("type", "duration", "startTime", "endTime", "nemTime", "date", "channelType")

    assert site | {"id": answers.SITE["id"], "nmi": answers.SITE["nmi"]} == answers.SITE
    assert headers == answers.LIMITS
    assert [[record[name] for name in shape] for record in DAY] == [
        [record[name] for name in shape] for record in sample(PRICES)
    ]
    assert len(answers.long_usage()) == len(sample(USAGE))


def kind_of(name: str) -> Any:
    """The type of the records in a captured file, by its name."""
    for word, kind in (("renewables", AnyRenewable), ("sites", Site), ("usage", Usage)):
        if word in name:
            return kind
    return AnyInterval


def test_every_captured_list_parses_without_a_rest(samples: Path, sample: Sample) -> None:
    """Nothing that Amber has been seen to send is unknown to the records."""
    names = sorted(path.name for path in (samples / "amber").glob("*.json"))
    lists = [name for name in names if isinstance(sample(f"amber/{name}"), list)]

    assert len(lists) >= 17
    for name in lists:
        data = sample(f"amber/{name}")
        records = structure(list[kind_of(name)], data)  # type: ignore[misc]
        assert len(records) == len(data)
        for record, item in zip(records, data, strict=True):
            assert not record.extras, name
            assert record.get("type") == item.get("type")


async def test_every_captured_answer_comes_through_the_client(
    flavour: Any, service: Any, over: Any, samples: Path
) -> None:
    """Renewables too, which the vendor's own library cannot parse."""
    api = flavour.client(**over)
    calls: dict[str, Any] = {"renewables": (api.get_current_renewables, "current", (State.QUEENSLAND,))}
    calls |= {"sites": (api.list_sites, "sites", ()), "usage": (api.get_usage, "usage", ())}
    otherwise = (api.get_current_prices, "current", ())
    seen = 0
    for path in sorted((samples / "amber").glob("*.json")):
        content = path.read_bytes()
        if not content.lstrip().startswith(b"["):
            continue
        ask, endpoint, arguments = next((call for word, call in calls.items() if word in path.name), otherwise)
        service.answers[endpoint] = httpx.Response(200, content=content)
        records = await flavour.ok(ask(*arguments))
        seen += 1
        assert all(not record.extras for record in records), path.name
        if records and ask != api.get_usage:
            assert len(records) == content.count(b'"type"') or endpoint == "sites"
    assert seen >= 17


ERRORS: list[tuple[str, type[errors.OpenPowerError], str]] = [
    ("real_error_401_no_credential.json", errors.AuthenticationFailed, "Unauthorized"),
    ("real_error_403_invalid_token.json", errors.AuthenticationFailed, "explicit deny"),
    ("real_error_422_range_too_large.json", errors.InvalidValue, "Maximum 7 days"),
    ("real_error_429_gateway_throttle_no_ratelimit_headers.json", errors.RateLimited, "Too Many Requests"),
    ("real_error_502_500_internal.json", errors.ServiceUnavailable, "Internal server error"),
]


@pytest.mark.parametrize(("name", "kind", "words"), ERRORS)
async def test_captured_errors(
    flavour: Any, service: Any, over: Any, sample: Sample, name: str, kind: type[errors.OpenPowerError], words: str
) -> None:
    """Each by its own class, in Amber's own words."""
    record = sample(f"amber/{name}")
    status = record["status"][0] if isinstance(record["status"], list) else record["status"]
    body: Any = {"text": record["body_text"]} if "body_text" in record else {"json": record["body"]}
    service.answers["sites"] = httpx.Response(status, **body)

    with pytest.raises(kind, match=words):
        await flavour.ok(flavour.client(wait=False, **over).list_sites())


def test_a_captured_day_has_the_classes_of_its_types(sample: Sample) -> None:
    """The index of the captures counts them: per channel 205 over, one running, 22 to come."""
    intervals = structure(list[AnyInterval], sample(PRICES))

    assert Counter((type(i), i.duration) for i in intervals) == {
        (ActualInterval, 5): 2 * 205,
        (CurrentInterval, 5): 2,
        (ForecastInterval, 5): 2 * 10,
        (ForecastInterval, 30): 2 * 12,
    }


def test_a_captured_day_of_mixed_intervals_stays_mixed(sample: Sample) -> None:
    """216 of five minutes, then twelve of thirty, without a gap, on each channel."""
    series = to_series(structure(list[AnyInterval], sample(PRICES)))

    for channel in (Channel.IMPORT, Channel.EXPORT):
        lane = series.on(channel)
        assert [p.end - p.start for p in lane] == [timedelta(minutes=5)] * 216 + [timedelta(minutes=30)] * 12
        assert all(a.end == b.start for a, b in pairwise(lane))


def test_half_hours_of_a_captured_day(sample: Sample) -> None:
    """The first is the mean of its six prices in the file, the last is a forecast as it came."""
    prices = sample(PRICES)
    lane = to_series(structure(list[AnyInterval], prices)).resample(timedelta(minutes=30)).on(Channel.IMPORT)

    assert len(lane) == 48
    assert lane[0].per_kwh == sum(Decimal(str(item["perKwh"])) for item in prices[:6]) / 600
    assert lane[-1].per_kwh == to_dollars(prices[227]["perKwh"])
    assert (lane[34].kind, lane[34].estimate) == (PriceKind.CURRENT, True)


def test_low_is_never_above_high(sample: Sample) -> None:
    """In any captured interval that has a band."""
    banded = [p for p in to_series(structure(list[AnyInterval], sample(CURRENT) + sample(PRICES))) if p.low is not None]

    assert len(banded) > 40
    for p in banded:
        assert p.low is not None
        assert p.expected_per_kwh is not None
        assert p.high is not None
        assert p.low <= p.expected_per_kwh <= p.high


def test_captured_usage_costs_what_it_should(sample: Sample) -> None:
    """Cost is energy times price to four decimals, in every one of the 1248 captured records."""
    records = structure(list[Usage], sample(USAGE))

    assert len(records) == 1248
    for usage in records:
        kwh, per_kwh = usage.kwh or 0, usage.per_kwh or 0
        assert usage.cost == pytest.approx(kwh * per_kwh, abs=5.1e-5)
        assert kwh >= 0
        assert usage.quality is UsageQuality.BILLABLE
    assert Counter((u.channel_identifier, u.duration) for u in records) == {
        ("E1", 30): 48,
        ("E1", 5): 576,
        ("B1", 30): 48,
        ("B1", 5): 576,
    }


def test_three_days_of_usage_add_up(sample: Sample) -> None:
    """12.101267 dollars bought, 2.460572 earned with 5.866 kWh, as summed from the file."""
    usages = to_usages(structure(list[Usage], sample(USAGE)))
    cost = {c: sum(u.cost or 0 for u in usages if u.channel is c) for c in Channel}
    sold = sum(Decimal(str(u.kwh)) for u in usages if u.channel is Channel.EXPORT)

    assert len(usages) == 1248
    assert cost[Channel.IMPORT] == Decimal("12.101267")
    assert cost[Channel.EXPORT] == Decimal("-2.460572")
    assert sold == Decimal("5.866")
    assert [u.start for u in usages] == sorted(u.start for u in usages)


def test_captured_renewables(sample: Sample) -> None:
    """Ten intervals over, one running at 5.618 percent, ten to come."""
    records = structure(list[AnyRenewable], sample(RENEWABLES))
    mixes = [to_grid_mix(record) for record in records]

    assert [r.type for r in records] == [*["ActualRenewable"] * 10, "CurrentRenewable", *["ForecastRenewable"] * 10]
    assert [mix.kind for mix in mixes if mix] == [
        *[PriceKind.SETTLED] * 10,
        PriceKind.CURRENT,
        *[PriceKind.FORECAST] * 10,
    ]
    assert records[0].renewables == 49.895
    assert mixes[10] is not None
    assert mixes[10].renewables_pct == 5.618


async def test_captured_prices_through_the_retailer(flavour: Any, service: Any, over: Any, sample: Sample) -> None:
    """At 18:41 market time of 17 May 2025: 21.77263 c bought, 11.7519 c earned."""
    service.answers = {
        "sites": sample("amber/real_sites_5min_qld_freman.json"),
        "current": httpx.Response(200, json=sample(CURRENT)),
    }
    connection = flavour.connect(**over, clock=ManualClock(datetime(2025, 5, 17, 8, 41, tzinfo=UTC)))
    retailer = await flavour.ok(connection.retailer())

    bought = await flavour.ok(retailer.current_price())
    sold = await flavour.ok(retailer.current_price(Channel.EXPORT))
    series = await flavour.ok(retailer.prices())

    assert (bought.per_kwh, sold.per_kwh) == (Decimal("0.2177263"), Decimal("0.117519"))
    assert bought.demand_window is True
    assert len(series) == 32
    await flavour.close(connection)
