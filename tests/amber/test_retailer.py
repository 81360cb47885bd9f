"""The unified retailer in both flavours: one site of Amber, asked in openpower's words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import amber_answers as answers
import httpx
import pytest

from openpower_amber import NoLongerKept, NotPublishedYet, Site
from openpower_amber.emulator import Emulator, Nameplate, serve
from openpower_amber.mapping import state_of, zone_of
from openpower_amber.models import SiteStatus
from openpower_core.capabilities import Feature, Support
from openpower_core.clock import ManualClock
from openpower_core.devices._async_roles import AsyncRetailer
from openpower_core.devices._sync_roles import Retailer
from openpower_core.errors import (
    AmbiguousDevice,
    BadResponse,
    DeviceNotFound,
    InvalidValue,
    MissingCredential,
    PartialData,
    Unsupported,
)
from openpower_core.prices import Channel, PriceKind, PriceSeries, UsageQuality

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SITE = "01HZXEM0SA1TEDS1TE00000001"
OTHER = "01HZXEM0SA1TEDS1TE00000002"
SYDNEY = ZoneInfo("Australia/Sydney")
HOUR = timedelta(hours=1)


class Home:
    """A connection to an emulator."""

    def __init__(self, flavour: Any, emulator: Emulator, url: str, connection: Any) -> None:
        self.flavour = flavour
        self.emulator = emulator
        self.url = url
        self.connection = connection

    async def __call__(self, value: Any) -> Any:
        return await self.flavour.ok(value)

    async def retailer(self, *arguments: Any) -> Any:
        return await self(self.connection.retailer(*arguments))


@pytest.fixture
def plates() -> list[Nameplate]:
    """The sites of the account; tests override it."""
    return [Nameplate()]


@pytest.fixture
async def home(flavour: Any, clock: Any, plates: list[Nameplate]) -> AsyncIterator[Home]:
    emulator = Emulator(plates, clock=clock)
    with serve(emulator) as served:
        connection = flavour.connect(**served.options)
        yield Home(flavour, emulator, served.url, connection)
        await flavour.close(connection)


async def test_the_only_site_is_the_retailer(home: Home) -> None:
    """With its id, its network and what it can do; the token's owner is not needed for more."""
    retailer = await home.retailer()

    assert isinstance(retailer, AsyncRetailer if home.flavour.name == "async" else Retailer)
    assert retailer.info.id == f"{SITE}/retailer"
    assert (retailer.info.model, retailer.info.vendor) == ("Energex", "Amber Electric")
    assert retailer.info.tz == "Australia/Brisbane"
    assert retailer.native.site == SITE
    for feature in ("current_price", "prices", "forecast", "export_prices", "usage", "grid_mix"):
        assert retailer.capabilities[Feature(feature)].support is Support.FULL
    assert "90 days" in retailer.capabilities[Feature.USAGE].note


async def test_current_prices_on_both_channels(home: Home, clock: Any) -> None:
    """One call serves both, and who asks again soon."""
    retailer = await home.retailer()

    bought = await home(retailer.current_price())
    sold = await home(retailer.current_price(Channel.EXPORT))

    assert bought.start <= clock.now() < bought.end
    assert bought.end - bought.start == timedelta(minutes=5)
    assert (bought.kind, bought.estimate, bought.currency) == (PriceKind.CURRENT, False, "AUD")
    assert (bought.tax_included, sold.tax_included) == (True, None)
    assert sold.spot_per_kwh == bought.spot_per_kwh
    assert sold.per_kwh == -Decimal(str(sold.raw.per_kwh)) / 100
    assert len([path for path in home.emulator.seen if "current" in path]) == 1


async def test_an_estimate_is_confirmed_after_some_seconds(home: Home, clock: Any) -> None:
    """At the beginning of an interval its price may still change; a minute later it may not."""
    retailer = await home.retailer()
    clock.advance(3 * 60 - 1)  # 13:20:02 in market time

    early = await home(retailer.current_price())
    clock.advance(60)
    late = await home(retailer.current_price())

    assert (early.estimate, late.estimate) == (True, False)
    assert early.start == late.start
    assert early.low < early.expected_per_kwh < early.high
    assert late.expected_per_kwh is None


async def test_a_kept_price_does_not_outlive_its_interval(home: Home, clock: Any) -> None:
    """A second into the next interval, the price of the last one is no longer current."""
    retailer = await home.retailer()
    clock.advance(2 * 60 + 55)
    before = await home(retailer.current_price())
    clock.advance(3)
    after = await home(retailer.current_price())

    assert after.start == before.end


async def test_prices_from_now_to_the_end_of_the_forecast(home: Home, clock: Any) -> None:
    """The running interval, fine ones for the next half hour or more, then half hours; one call."""
    retailer = await home.retailer()
    home.emulator.seen.clear()

    series = await home(retailer.prices())

    assert isinstance(series, PriceSeries)
    assert series.channels == (Channel.IMPORT, Channel.EXPORT)
    lane = series.on(Channel.IMPORT)
    assert lane[0].start <= clock.now() < lane[0].end
    assert [p.kind for p in lane] == [PriceKind.CURRENT, *[PriceKind.FORECAST] * (len(lane) - 1)]
    lengths = [(p.end - p.start) // timedelta(minutes=1) for p in lane]
    assert lengths == sorted(lengths)
    assert set(lengths) == {5, 30}
    assert lane[-1].end - clock.now() > 16 * HOUR
    banded = [(p.low or 0, p.expected_per_kwh or 0, p.high or 0) for p in series if p.low]
    assert len(banded) > 40
    assert all(low <= expected <= high for low, expected, high in banded)
    assert len(home.emulator.seen) == 1


async def test_past_and_future_come_joined(home: Home, clock: Any) -> None:
    """From yesterday to tomorrow: settled, running, forecast, without a gap or an overlap."""
    retailer = await home.retailer()
    start, end = clock.now() - 24 * HOUR, clock.now() + 10 * HOUR

    lane = await home(retailer.prices(start, end, channel=Channel.IMPORT))

    assert all(a.end == b.start for a, b in pairwise(lane))
    assert lane[0].start <= start < lane[0].end
    assert lane[-1].start < end <= lane[-1].end
    kinds = [p.kind for p in lane]
    assert kinds == sorted(kinds, key=list(PriceKind).index)
    assert kinds.count(PriceKind.CURRENT) == 1


async def test_prices_on_one_grid(home: Home, clock: Any) -> None:
    """Hours as time-weighted means, of fine and coarse intervals alike."""
    retailer = await home.retailer()
    start = clock.now().replace(minute=0, second=0) - 2 * HOUR

    fine = await home(retailer.prices(start, start + 6 * HOUR, channel=Channel.IMPORT))
    hours = await home(retailer.prices(start, start + 6 * HOUR, channel=Channel.IMPORT, resolution=HOUR))

    assert [p.end - p.start for p in hours] == [HOUR] * 6
    assert hours[0].per_kwh == sum(p.per_kwh for p in fine[:12]) / 12
    assert [p.kind for p in hours][:4] == [PriceKind.SETTLED, PriceKind.SETTLED, PriceKind.CURRENT, PriceKind.FORECAST]


async def test_the_past_alone_asks_for_no_forecast(home: Home, clock: Any) -> None:
    """And a long past is cut into calls."""
    retailer = await home.retailer()
    home.emulator.seen.clear()
    end = clock.now() - 48 * HOUR

    lane = await home(retailer.prices(end - 240 * HOUR, end, channel=Channel.EXPORT))

    assert len(lane) == 240 * 12 + 1
    assert [path.partition("?")[0][-7:] for path in home.emulator.seen] == ["/prices"] * 2
    assert all(p.kind is PriceKind.SETTLED for p in lane)


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 10, 5), 23), (date(2026, 4, 5), 25), (date(2026, 5, 5), 24)])
async def test_a_day_in_sydney(home: Home, day: date, hours: int) -> None:
    """Asked for in local time, the days on which clocks change have 23 and 25 hours."""
    retailer = await home.retailer()
    start = datetime(day.year, day.month, day.day, tzinfo=SYDNEY)
    end = start + timedelta(days=1)  # on the wall

    lane = await home(retailer.prices(start, end, channel=Channel.IMPORT))

    assert len(lane) == hours * 12
    assert lane[0].start == start.astimezone(UTC)
    assert lane[-1].end == end.astimezone(UTC)


async def test_a_day_of_usage_in_sydney(home: Home) -> None:
    """Usage, too, belongs to whom it begins with: neighbouring days share none and miss none."""
    retailer = await home.retailer()
    midnights = [datetime(2026, 7, n, tzinfo=SYDNEY) for n in (28, 29, 30)]

    first = await home(retailer.usage(midnights[0], midnights[1]))
    second = await home(retailer.usage(midnights[1], midnights[2]))
    both = await home(retailer.usage(midnights[0], midnights[2]))

    assert [u.start for u in (*first, *second)] == [u.start for u in both]
    assert len(first) == 2 * 288
    assert {u.quality for u in both} == {UsageQuality.BILLABLE}
    assert all(u.kwh >= 0 for u in both)
    for u in both:
        cents = Decimal(str(u.raw.cost))
        assert u.cost == cents / 100


async def test_usage_of_one_channel(home: Home) -> None:
    """What was sold, and for how much: less than nothing is what it earned."""
    retailer = await home.retailer()
    start = datetime(2026, 7, 26, 14, tzinfo=UTC)

    sold = await home(retailer.usage(start, start + 24 * HOUR, channel=Channel.EXPORT))

    assert {u.channel for u in sold} == {Channel.EXPORT}
    assert sum(u.kwh for u in sold) > 10
    assert any(u.cost < 0 for u in sold)
    assert all((u.cost < 0) is (u.raw.per_kwh < 0) for u in sold if u.kwh)


async def test_usage_that_is_not_published_yet(home: Home, clock: Any) -> None:
    """Today's is not none; who asks from yesterday on gets yesterday's."""
    retailer = await home.retailer()
    now = clock.now()

    with pytest.raises(NotPublishedYet, match="2026-08-04 is not published yet"):
        await home(retailer.usage(now - HOUR, now))
    since_yesterday = await home(retailer.usage(now - 24 * HOUR, now))

    assert since_yesterday[-1].end == datetime(2026, 8, 3, 14, tzinfo=UTC)


async def test_yesterday_comes_in_the_morning(home: Home, clock: Any) -> None:
    """Until then it is not none either."""
    retailer = await home.retailer()
    clock.advance(12 * HOUR)  # 01:17 of the next day
    now = clock.now()

    with pytest.raises(NotPublishedYet, match="2026-08-04"):
        await home(retailer.usage(now - 10 * HOUR, now - 9 * HOUR))
    clock.advance(6 * HOUR)
    assert len(await home(retailer.usage(now - 10 * HOUR, now - 9 * HOUR))) == 24


async def test_a_site_that_is_not_supplied_yet_used_nothing(flavour: Any, service: Any, over: Any, clock: Any) -> None:
    """Neither is it still to come, nor no longer kept."""
    site = {"id": "S", "status": "pending", "activeFrom": "2026-08-10"}
    service.answers = {"sites": [site], "usage": []}
    connection = flavour.connect(**over)
    with pytest.raises(DeviceNotFound, match="no retailer in use"):
        await flavour.ok(connection.retailer())
    retailer = await flavour.ok(connection.retailer("S"))
    now = clock.now()

    assert await flavour.ok(retailer.usage(now - HOUR, now)) == []
    assert await flavour.ok(retailer.usage(now - 2400 * HOUR, now - 2399 * HOUR)) == []
    await flavour.close(connection)


async def test_usage_that_is_no_longer_kept(home: Home, clock: Any) -> None:
    """Ninety days and a few ago."""
    retailer = await home.retailer()
    old = clock.now() - timedelta(days=100)

    with pytest.raises(NoLongerKept, match="90 days"):
        await home(retailer.usage(old, old + 24 * HOUR))


async def test_no_usage_is_none(flavour: Any, service: Any, over: Any, clock: Any) -> None:
    """Within what is kept and published an empty list says what it says."""
    service.answers = {"sites": [{"id": "S", "status": "active"}], "usage": []}
    connection = flavour.connect(**over)
    retailer = await flavour.ok(connection.retailer())
    start = clock.now() - 72 * HOUR

    assert await flavour.ok(retailer.usage(start, start + HOUR)) == []
    assert await flavour.ok(retailer.usage(start, start)) == []
    assert len(service.requests) == 2
    await flavour.close(connection)


async def test_renewables_from_now_on(home: Home, clock: Any) -> None:
    """From the call that needs no token, for the state that the network lies in."""
    retailer = await home.retailer()
    home.emulator.seen.clear()

    mixes = await home(retailer.grid_mix())

    assert mixes[0].kind is PriceKind.CURRENT
    assert mixes[0].start <= clock.now() < mixes[0].end
    assert {mix.kind for mix in mixes[1:]} == {PriceKind.FORECAST}
    assert all(0 < (mix.renewables_pct or 0) < 110 for mix in mixes)
    assert home.emulator.seen == ["/v1/state/qld/renewables/current?next=500&previous=0"]


async def test_renewables_of_the_past(home: Home, clock: Any) -> None:
    """Come with the prices; and a range from now on is cut to the requested one."""
    retailer = await home.retailer()
    now = clock.now()

    past = await home(retailer.grid_mix(now - 26 * HOUR, now - 24 * HOUR))
    soon = await home(retailer.grid_mix(now, now + 2 * HOUR))

    assert len(past) == 25
    assert {mix.kind for mix in past} == {PriceKind.SETTLED}
    assert len(soon) == 5


@pytest.mark.parametrize("plates", [[Nameplate(network="Somebody's Wires", channels=(Channel.IMPORT,))]])
async def test_a_site_that_cannot_export_in_a_state_nobody_knows(home: Home) -> None:
    """No request is made for what is not there; renewables come with the prices."""
    retailer = await home.retailer()
    home.emulator.seen.clear()

    with pytest.raises(Unsupported):
        await home(retailer.current_price(Channel.EXPORT))
    with pytest.raises(Unsupported):
        await home(retailer.prices(channel=Channel.EXPORT))
    with pytest.raises(Unsupported) as caught:
        await home(retailer.current_price(Channel.CONTROLLED_LOAD))
    assert caught.value.alternatives == ("import",)
    assert home.emulator.seen == []
    assert retailer.capabilities[Feature.GRID_MIX].support is Support.EMULATED
    assert (await home(retailer.grid_mix()))[0].kind is PriceKind.CURRENT


@pytest.mark.parametrize("plates", [[Nameplate(channels=(Channel.IMPORT, Channel.CONTROLLED_LOAD, Channel.EXPORT))]])
async def test_three_channels(home: Home) -> None:
    """Each on its own."""
    retailer = await home.retailer()
    series = await home(retailer.prices())

    assert series.channels == (Channel.IMPORT, Channel.CONTROLLED_LOAD, Channel.EXPORT)
    assert len({len(series.on(channel)) for channel in series.channels}) == 1


MOVED = [Nameplate(id=OTHER, status=SiteStatus.CLOSED, closed_on=date(2026, 1, 31)), Nameplate()]


@pytest.mark.parametrize("plates", [MOVED])
async def test_a_closed_site_is_listed_and_not_meant(home: Home) -> None:
    """Unless it is named."""
    ids = [device.info.serial for device in await home(home.connection.retailers())]

    assert ids == [OTHER, SITE]
    assert (await home.retailer()).info.serial == SITE
    closed = await home.retailer(OTHER)
    assert (closed.info.serial, closed.info.active) == (OTHER, False)


@pytest.mark.parametrize("plates", [MOVED[:1], [Nameplate(id=OTHER, status=SiteStatus.PENDING)]])
async def test_a_site_that_is_not_in_use_is_not_silently_the_retailer(home: Home) -> None:
    """Not even if there is no other."""
    with pytest.raises(DeviceNotFound, match="no retailer in use") as caught:
        await home.retailer()

    assert "has to be named" in str(caught.value.hint)
    assert not (await home.retailer(OTHER)).info.active


@pytest.mark.parametrize("plates", [[Nameplate(), Nameplate(id=OTHER)]])
async def test_two_active_sites_are_not_guessed_between(home: Home) -> None:
    """Until one is named, in the call or in connect."""
    with pytest.raises(AmbiguousDevice):
        await home.retailer()

    options = {"token": home.emulator.token.reveal(), "base_url": home.url}
    one = home.flavour.connect(**options, site=OTHER)
    assert (await home(one.retailer())).info.serial == OTHER
    await home.flavour.close(one)
    none = home.flavour.connect(**options, site="01HZXEM0SA1TEDS1TE00000009")
    with pytest.raises(DeviceNotFound, match="01…0001, 01…0002"):
        await home(none.retailer())
    await home.flavour.close(none)


@pytest.mark.parametrize("plates", [[Nameplate(interval_length=30)]])
async def test_a_site_billed_by_half_hours(home: Home, clock: Any) -> None:
    """Runs half an hour, and is no finer for being asked so."""
    retailer = await home.retailer()
    price = await home(retailer.current_price())
    fine = await home(retailer.prices(price.start, price.end, channel=Channel.IMPORT, resolution=timedelta(minutes=5)))

    assert price.end - price.start == timedelta(minutes=30)
    assert [p.per_kwh for p in fine] == [price.per_kwh] * 6


async def test_the_state_can_be_given(flavour: Any, service: Any, over: Any) -> None:
    """Where the network does not imply it; a wrong one is refused before any request."""
    service.answers = {"sites": [{"id": "S", "network": "?", "status": "active"}], "current": []}
    connection = flavour.connect(**over, state="VIC", tz="Australia/Melbourne")
    retailer = await flavour.ok(connection.retailer())

    assert await flavour.ok(retailer.grid_mix()) == []
    assert service.sent[-1].startswith("/v1/state/vic/")
    assert retailer.info.tz == "Australia/Melbourne"
    with pytest.raises(InvalidValue, match="nsw, qld, sa, vic"):
        flavour.connect(**over, state="tas")
    await flavour.close(connection)


async def test_no_current_interval_is_said(flavour: Any, service: Any, over: Any) -> None:
    """It has been seen to be missing; nothing is passed off as it."""
    service.answers = {"sites": [{"id": "S", "status": "active"}], "current": []}
    connection = flavour.connect(**over)
    retailer = await flavour.ok(connection.retailer())

    with pytest.raises(PartialData, match="no current import price"):
        await flavour.ok(retailer.current_price())
    await flavour.close(connection)


async def test_an_account_without_a_site_says_what_to_do(flavour: Any, service: Any, over: Any) -> None:
    """An empty list would look like a home without a retailer."""
    service.answers = {"sites": []}
    connection = flavour.connect(**over)

    with pytest.raises(DeviceNotFound, match="the account has no site") as caught:
        await flavour.ok(connection.devices())
    assert "app.amber.com.au" in str(caught.value.hint)
    await flavour.close(connection)


@pytest.mark.parametrize("odd", [None, "x", [], {}, {"id": 5}], ids=repr)
async def test_one_odd_entry_of_the_sites(flavour: Any, service: Any, over: Any, odd: Any) -> None:
    """It is named; the other site is there, and so are its prices beside an entry that is none."""
    service.answers = {"sites": [odd, answers.SITE], "current": [None, *answers.CURRENT]}
    connection = flavour.connect(**over, clock=ManualClock(datetime(2025, 5, 17, 8, 41, tzinfo=UTC)))
    retailer = await flavour.ok(connection.retailer())

    assert len(connection.failures) == 1
    assert (await flavour.ok(retailer.current_price())).per_kwh == Decimal("0.2177263")
    service.answers["sites"] = [answers.SITE]
    await flavour.ok(connection.devices(refresh=True))
    assert connection.failures == ()
    await flavour.close(connection)


async def test_a_broken_channel_spoils_no_other(flavour: Any, service: Any, over: Any) -> None:
    """The export price of nothing leaves the import price as it is."""
    spoilt = [{**each, "perKwh": None} if each["channelType"] == "feedIn" else each for each in answers.CURRENT]
    service.answers = {"sites": [answers.SITE], "current": spoilt}
    connection = flavour.connect(**over, clock=ManualClock(datetime(2025, 5, 17, 8, 41, tzinfo=UTC)))
    retailer = await flavour.ok(connection.retailer())

    assert (await flavour.ok(retailer.current_price())).per_kwh == Decimal("0.2177263")
    with pytest.raises(BadResponse, match="perKwh is missing"):
        await flavour.ok(retailer.current_price(Channel.EXPORT))
    await flavour.close(connection)


async def test_captured_prices_through_the_retailer(flavour: Any, service: Any, over: Any) -> None:
    """At 18:41 market time of 17 May 2025: 21.77263 c bought, 11.7519 c earned."""
    clock = ManualClock(datetime(2025, 5, 17, 8, 41, tzinfo=UTC))
    service.answers = {"sites": [answers.SITE], "current": httpx.Response(200, json=answers.CURRENT)}
    connection = flavour.connect(**over, clock=clock)
    retailer = await flavour.ok(connection.retailer())

    bought = await flavour.ok(retailer.current_price())
    sold = await flavour.ok(retailer.current_price(Channel.EXPORT))
    series = await flavour.ok(retailer.prices())

    assert (bought.per_kwh, sold.per_kwh) == (Decimal("0.2177263"), Decimal("0.117519"))
    assert bought.demand_window is True
    assert len(series) == 6
    await flavour.close(connection)


def test_a_missing_token_is_named(flavour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable that would have set it; nothing is asked of Amber."""
    monkeypatch.delenv("OPENPOWER_AMBER_TOKEN", raising=False)

    with pytest.raises(MissingCredential, match=r"(?s)OPENPOWER_AMBER_TOKEN.*app\.amber\.com\.au"):
        flavour.connect(token=None)


async def test_a_token_comes_from_the_environment(
    flavour: Any, service: Any, over: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without being shown anywhere."""
    monkeypatch.setenv("OPENPOWER_AMBER_TOKEN", "psk_env")
    service.answers["sites"] = [answers.SITE]
    connection = flavour.connect(**over, token=None)

    await flavour.ok(connection.devices())
    assert service.requests[0].headers["authorization"] == "Bearer psk_env"
    assert "psk" not in f"{connection!r} {connection.native!r}"
    await flavour.close(connection)


@pytest.mark.parametrize(
    ("network", "state", "zone"),
    [
        ("Energex", "qld", "Brisbane"),
        ("Ergon Energy", "qld", "Brisbane"),
        ("Ausgrid", "nsw", "Sydney"),
        ("Endeavour Energy", "nsw", "Sydney"),
        ("Essential Energy", "nsw", "Sydney"),
        ("Evoenergy", "nsw", "Sydney"),
        ("AusNet Services", "vic", "Melbourne"),
        ("CitiPower", "vic", "Melbourne"),
        ("Jemena", "vic", "Melbourne"),
        ("Powercor", "vic", "Melbourne"),
        ("United Energy", "vic", "Melbourne"),
        ("SA Power Networks", "sa", "Adelaide"),
        ("SAPN", "sa", "Adelaide"),
        ("TasNetworks", None, None),
        (None, None, None),
    ],
)
def test_networks_lie_in_states_and_zones(network: str | None, state: str | None, zone: str | None) -> None:
    """Amber names the network operator only. Essential Energy has Broken Hill as well, which needs tz=."""
    site = Site(network=network)

    assert state_of(site) == state
    assert zone_of(site) == (zone and f"Australia/{zone}")
