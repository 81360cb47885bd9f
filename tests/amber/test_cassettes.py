"""The native client over recorded HTTP: all five endpoints, in both flavours, from the same cassettes."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from openpower_amber import Amber, AsyncAmber, CurrentInterval, ForecastInterval, SiteStatus, State
from openpower_core.clock import ManualClock
from openpower_core.errors import AuthenticationFailed, DeviceNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openpower_testing.cassettes import Recording

    Ask = Callable[..., Any]

pytestmark = pytest.mark.vcr

VENDOR = "https://api.amber.com.au/v1"
NOON = datetime(2026, 8, 4, 3, 17, 3, tzinfo=UTC)
"""Three seconds past 13:17 in market time."""
ACCOUNT = {"token": "psk_000000000000000000000000000e3a7e", "site": "01HZXEM0SA1TEDS1TE00000001"}

FORMER = "01HZXEM0SA1TEDS1TE00000002"


@pytest.fixture
def service(recording: Recording) -> Iterator[dict[str, Any]]:
    """Whom the client asks: the cassette, the emulator while recording, Amber with a user's credentials."""
    credentials = recording.credentials("amber", "token", "site")
    if credentials:
        yield credentials
    elif not recording.active:
        yield {**ACCOUNT, "clock": ManualClock(NOON), "base_url": VENDOR}
    else:
        from openpower_amber.emulator import Emulator, Nameplate, serve

        clock = ManualClock(NOON)
        plates = Nameplate(), Nameplate(id=FORMER, status=SiteStatus.CLOSED, interval_length=30)
        with serve(Emulator(plates, clock=clock, token=ACCOUNT["token"])) as served:
            recording.against_emulator("openpower_amber.emulator", served.url, VENDOR)
            yield {**ACCOUNT, "clock": clock, "base_url": served.url}


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, service: dict[str, Any]) -> Ask:
    """Call one method of a client of either flavour."""

    def sync(method: str, *arguments: Any, **options: Any) -> Any:
        with Amber(**{**service, **options}) as api:
            return getattr(api, method)(*arguments), api.get_ratelimits()

    async def asynchronous(method: str, *arguments: Any, **options: Any) -> Any:
        async with AsyncAmber(**{**service, **options}) as api:
            return await getattr(api, method)(*arguments), api.get_ratelimits()

    if request.param == "sync":
        return sync
    return lambda *arguments, **options: asyncio.run(asynchronous(*arguments, **options))


def test_sites(ask: Ask) -> None:
    """GET /sites: an active and a closed site; 49 of 50 calls per five minutes are left."""
    [site, former], limits = ask("list_sites")

    assert (site.status, site.interval_length) == (SiteStatus.ACTIVE, 5)
    assert (former.id, former.status, former.interval_length) == (FORMER, SiteStatus.CLOSED, 30)
    assert {channel.type for channel in site.channels} == {"general", "feedIn"}
    assert (limits.limit, limits.get_time_window()) == (50, 300)


def test_current_prices(ask: Ask) -> None:
    """GET /sites/{site}/prices/current: per channel one over, one running, fifteen to come."""
    intervals, _ = ask("get_current_prices", 1, 15)
    general = [i for i in intervals if i.channel_type == "general"]

    assert [i.type[:6] for i in general] == ["Actual", "Curren", *["Foreca"] * 15]
    assert [i.duration for i in general][:2] == [5, 5]
    assert general[-1].duration == 30
    assert isinstance(general[1], CurrentInterval)
    assert isinstance(general[-1], ForecastInterval)
    assert general[-1].advanced_price is not None


def test_prices(ask: Ask) -> None:
    """GET /sites/{site}/prices: a day that is over has 48 half hours per channel."""
    intervals, limits = ask("get_prices", date(2026, 8, 2), date(2026, 8, 2), 30)

    assert len(intervals) == 2 * 48
    assert {i.type for i in intervals} == {"ActualInterval"}
    assert limits.remaining == 49


def test_usage(ask: Ask) -> None:
    """GET /sites/{site}/usage: energy times price is cost, to four decimals; today is not there."""
    records, _ = ask("get_usage", date(2026, 8, 3), date(2026, 8, 4), site=FORMER)

    assert len(records) == 2 * 48
    for record in records:
        assert record.cost == pytest.approx(record.kwh * record.per_kwh, abs=5.1e-5)
    assert sum(r.kwh for r in records if r.channel_type == "general") > 1


def test_renewables(ask: Ask) -> None:
    """GET /state/{state}/renewables/current: half hours, and nothing about limits."""
    records, limits = ask("get_current_renewables", State.SOUTH_AUSTRALIA, 1, 2)

    assert [record.duration for record in records] == [30] * 4
    assert limits is None


def test_wrong_token(ask: Ask) -> None:
    """403 for a token that Amber does not know."""
    with pytest.raises(AuthenticationFailed) as refused:
        ask("list_sites", token="psk_00000000000000000000000000000bad")

    assert refused.value.vendor_code == "403"


def test_unknown_site(ask: Ask) -> None:
    """404 for a site that the token may not see."""
    with pytest.raises(DeviceNotFound) as refused:
        ask("get_current_prices", site="01HZXEM0SA1TEDS1TE00000009")

    assert refused.value.vendor_code == "404"
