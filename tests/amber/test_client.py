"""The native client in both flavours: what it asks for, how it joins long ranges, and what it gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import amber_answers as answers
import httpx
import pytest

import openpower_amber
from openpower_amber import ActualInterval, Amber, AsyncAmber, CurrentInterval, Interval, Progress, Site, State, Usage
from openpower_core import errors
from openpower_core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_amber.emulator import Emulator, ServedEmulator

SITE = "01HZXEM0SA1TEDS1TE00000001"


def usage_of(days: list[str], channels: tuple[str, ...] = ("general", "feedIn")) -> list[Any]:
    """One half hour per day and channel, as Amber orders them."""
    return [
        {
            "type": "Usage",
            "date": day,
            "startTime": f"{day}T00:00:01Z",
            "endTime": f"{day}T00:30:00Z",
            "channelType": channel,
            "kwh": 1,
        }
        for channel in channels
        for day in days
    ]


def daily(request: httpx.Request) -> list[Any]:
    """What Amber would answer for the days of a request."""
    start, end = (date.fromisoformat(request.url.params[n]) for n in ("startDate", "endDate"))
    days = [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]
    return usage_of(days)


CALLS: list[tuple[str, tuple[Any, ...], str]] = [
    ("list_sites", (), "/v1/sites"),
    ("get_current_prices", (), f"/v1/sites/{SITE}/prices/current"),
    ("get_current_prices", (0, 0), f"/v1/sites/{SITE}/prices/current?next=0&previous=0"),
    ("get_current_prices", (1, 2, 30), f"/v1/sites/{SITE}/prices/current?next=2&previous=1&resolution=30"),
    (
        "get_prices",
        (date(2026, 8, 1), date(2026, 8, 3), 5),
        f"/v1/sites/{SITE}/prices?startDate=2026-08-01&endDate=2026-08-03&resolution=5",
    ),
    ("get_prices", (), f"/v1/sites/{SITE}/prices?startDate=2026-08-04&endDate=2026-08-04"),
    (
        "get_usage",
        (date(2026, 8, 1), date(2026, 8, 3)),
        f"/v1/sites/{SITE}/usage?startDate=2026-08-01&endDate=2026-08-03",
    ),
    ("get_current_renewables", (State.VICTORIA,), "/v1/state/vic/renewables/current"),
    ("get_current_renewables", ("NSW", 1, 2, 30), "/v1/state/nsw/renewables/current?next=2&previous=1&resolution=30"),
]


@pytest.mark.parametrize(("method", "arguments", "asked"), CALLS)
async def test_each_call_asks_its_endpoint(
    flavour: Any, service: Any, over: Any, method: str, arguments: tuple[Any, ...], asked: str
) -> None:
    """By the path and the query that Amber documents; days are always said, and none is left to it."""
    service.answers = {each: [] for each in ("sites", "current", "prices", "usage")}

    assert await flavour.ok(getattr(flavour.client(**over), method)(*arguments)) == []

    assert service.sent == [asked]


async def test_the_unknown_survives_in_a_long_answer(flavour: Any, service: Any, over: Any) -> None:
    """A new type, word and field among hundreds of records, which are read the fast way."""
    data = answers.day()
    data[100] |= {"type": "HindsightInterval", "mood": "calm"}
    data[200] |= {"descriptor": "absurd", "tariffInformation": None}
    service.answers["current"] = data

    records = await flavour.ok(flavour.client(**over).get_current_prices())

    assert len(records) == len(data)
    assert type(records[100]) is Interval
    assert (records[100].type, records[100]["mood"]) == ("HindsightInterval", "calm")
    assert records[200].descriptor == "absurd"
    assert not records[200].descriptor.known
    assert records[200].tariff_information is None
    assert [r.per_kwh for r in records] == [item["perKwh"] for item in data]


async def test_the_readme_of_the_prototype(flavour: Any, served: ServedEmulator[Emulator]) -> None:
    """Sites, the current prices of each, and the renewables of a state."""
    api = flavour.client(served.options["token"], None, base_url=served.url)

    sites = await flavour.ok(api.list_sites())
    for site in sites:
        prices = await flavour.ok(api.for_site(site["id"]).get_current_prices(previous=0, next=0))
        assert [price["channelType"] for price in prices] == ["general", "feedIn"]
        assert all(isinstance(price, CurrentInterval) for price in prices)
    (now,) = await flavour.ok(api.get_current_renewables(State.VICTORIA, previous=0, next=0))
    assert 0 < now["renewables"] < 110
    assert [state.value for state in State] == ["nsw", "qld", "sa", "vic"]
    await flavour.close(api)


async def test_a_long_range_is_cut_and_joined(flavour: Any, service: Any, over: Any) -> None:
    """Sixteen days take three calls; the list reads like one long answer."""
    service.answers["usage"] = daily
    seen: list[Progress] = []

    records = await flavour.ok(
        flavour.client(**over).get_usage(date(2026, 6, 1), date(2026, 6, 16), progress=seen.append)
    )

    days = [f"2026-06-{n:02}" for n in range(1, 17)]
    assert [(r["channelType"], r["date"].isoformat()) for r in records] == [
        (channel, day) for channel in ("general", "feedIn") for day in days
    ]
    assert [path.partition("?")[2] for path in service.sent] == [
        "startDate=2026-06-01&endDate=2026-06-07",
        "startDate=2026-06-08&endDate=2026-06-14",
        "startDate=2026-06-15&endDate=2026-06-16",
    ]
    assert [(p.calls, p.of, p.first.day, p.last.day, p.records) for p in seen] == [
        (1, 3, 1, 7, 14),
        (2, 3, 8, 14, 28),
        (3, 3, 15, 16, 32),
    ]


async def test_a_day_too_many_is_not_doubled(flavour: Any, service: Any, over: Any) -> None:
    """If a response has a day beyond the requested range, the next call returns it."""

    def generous(request: httpx.Request) -> list[Any]:
        last = date.fromisoformat(request.url.params["endDate"])
        return daily(request) + usage_of([(last + timedelta(days=1)).isoformat()])

    service.answers["usage"] = generous

    records = await flavour.ok(flavour.client(**over).get_usage(date(2026, 6, 1), date(2026, 6, 8)))

    assert len(records) == 16
    assert len({(r.channel_type, r.date) for r in records}) == 16


@pytest.mark.parametrize("method", ["iter_usage", "iter_prices"])
async def test_the_generator_asks_as_it_goes(flavour: Any, service: Any, over: Any, method: str) -> None:
    """The second call is made once the first one's records are used up."""
    service.answers = {"usage": daily, "prices": daily}
    found = getattr(flavour.client(**over), method)(date(2026, 6, 1), date(2026, 6, 8))

    async def following() -> Any:
        return await anext(found) if flavour.name == "async" else next(found)

    assert service.sent == []
    for _ in range(14):
        await following()
    assert len(service.sent) == 1
    await following()
    assert len(service.sent) == 2
    assert len(await flavour.ok(found)) == 1


async def test_the_generator_and_the_list_hold_the_same(flavour: Any, served: ServedEmulator[Emulator]) -> None:
    """Nine days of prices and usage, over real HTTP."""
    api = flavour.client(served.options["token"], base_url=served.url)
    days = date(2026, 7, 20), date(2026, 7, 28)

    for listed, iterated in ((api.get_prices, api.iter_prices), (api.get_usage, api.iter_usage)):
        whole, parts = await flavour.ok(listed(*days)), await flavour.ok(iterated(*days))
        assert len(whole) == len(parts) == 9 * 288 * 2
        assert sorted(parts, key=_key) == sorted(whole, key=_key)
        assert [r.start_time for r in whole[: 9 * 288]] == sorted(r.start_time for r in whole[: 9 * 288])
    await flavour.close(api)


def _key(record: Interval) -> tuple[str, datetime]:
    assert record.channel_type is not None
    assert record.start_time is not None
    return record.channel_type, record.start_time


@pytest.mark.parametrize("day", [date(2026, 4, 5), date(2025, 10, 5)])
@pytest.mark.parametrize(("length", "count"), [(5, 288), (30, 48)])
async def test_a_market_day_has_no_daylight_saving(
    flavour: Any, clock: Any, day: date, length: int, count: int
) -> None:
    """On the days on which clocks change in Sydney, too: 288 or 48 intervals per channel."""
    from openpower_amber.emulator import Emulator, Nameplate, serve

    plate = Nameplate(interval_length=length, tz="Australia/Sydney", network="Ausgrid")
    with serve(Emulator([plate], clock=clock)) as served:
        api = flavour.client(served.options["token"], base_url=served.url)
        prices = await flavour.ok(api.get_prices(day, day))
        await flavour.close(api)

    general = [p for p in prices if p.channel_type == "general"]
    assert len(general) == len(prices) - len(general) == count
    assert all(isinstance(p, ActualInterval) and p.date == day for p in prices)
    assert general[-1].end_time - general[0].start_time == timedelta(hours=24, seconds=-1)


async def test_renewables_need_no_token(flavour: Any, service: Any, over: Any) -> None:
    """And a token that is there is not sent along."""
    service.answers["current"] = []

    await flavour.ok(flavour.client(None, None, **over).get_current_renewables("vic"))
    await flavour.ok(flavour.client("psk_a", None, **over).get_current_renewables("vic"))

    assert ["authorization" in request.headers for request in service.requests] == [False] * 2


async def test_a_token_is_sent_as_bearer(flavour: Any, service: Any, over: Any) -> None:
    """Whether it comes as text or as a secret."""
    service.answers["sites"] = []

    await flavour.ok(flavour.client("psk_a", **over).list_sites())
    await flavour.ok(flavour.client(Secret("psk_a"), **over).list_sites())

    assert [r.headers["authorization"] for r in service.requests] == ["Bearer psk_a"] * 2


async def test_a_missing_token_is_named_with_its_source(flavour: Any, service: Any, over: Any) -> None:
    """Nothing is sent."""
    with pytest.raises(errors.MissingCredential, match=r"app\.amber\.com\.au/developers"):
        await flavour.ok(flavour.client(None, **over).list_sites())

    assert service.requests == []


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("get_current_prices", (-1,), "previous is -1"),
        ("get_current_prices", (1024, 1025), "2048"),
        ("get_current_prices", (0, 0, 10), "5 and 30"),
        ("get_prices", (date(2026, 1, 2), date(2026, 1, 1)), "before"),
        ("get_prices", (datetime(2026, 1, 1, tzinfo=UTC),), "UTC\\+10"),
        ("get_usage", (date(2026, 1, 1), date(2026, 1, 1), 15), "5 and 30"),
        ("get_current_renewables", ("tas",), "nsw, qld, sa, vic"),
    ],
)
async def test_what_cannot_be_asked_is_refused_here(
    flavour: Any, service: Any, over: Any, method: str, arguments: tuple[Any, ...], message: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(errors.InvalidValue, match=message):
        await flavour.ok(getattr(flavour.client(**over), method)(*arguments))

    assert service.requests == []


async def test_a_call_about_no_site_says_so(flavour: Any, service: Any, over: Any) -> None:
    """It would otherwise ask for a site called None."""
    with pytest.raises(errors.InvalidValue, match="for_site"):
        await flavour.ok(flavour.client("psk_a", None, **over).get_current_prices())


async def test_a_site_is_given_by_id_by_record_or_per_call(flavour: Any, service: Any, over: Any) -> None:
    """The call's own comes first."""
    service.answers["current"] = []
    api = flavour.client("psk_a", None, **over)

    await flavour.ok(api.for_site("A").get_current_prices())
    await flavour.ok(api.for_site(Site(id="B")).get_current_prices())
    await flavour.ok(api.for_site("A").get_current_prices(site="../C"))

    assert [path.split("/")[3] for path in service.sent] == ["A", "B", "..%2FC"]
    assert (api.site, api.for_site(Site(id="B")).site) == (None, "B")


async def test_ratelimits_are_those_of_the_last_limited_call(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator
) -> None:
    """None at first, and after renewables, which count on no limit; shared with scoped clients."""
    api = flavour.client(served.options["token"], base_url=served.url)
    await flavour.ok(api.get_current_renewables("qld"))
    assert api.get_ratelimits() is None

    await flavour.ok(api.for_site(SITE).get_current_prices())
    limits = api.get_ratelimits()

    assert (limits.limit, limits.remaining, limits.reset) == (50, 49, 300)
    assert (limits.policy, limits.get_time_window()) == ("50;w=300", 300)
    assert limits.refreshed == emulator.clock.now()
    assert limits.get_estimated_reset() == emulator.clock.now() + timedelta(minutes=5)
    await flavour.close(api)


def test_both_are_context_managers(clock: Any) -> None:
    """And neither repr shows token or site."""
    with Amber("psk_secret", "SITE123456789", clock=clock) as api:
        assert "psk" not in repr(api)
        assert "SITE" not in repr(api)
    assert "psk" not in repr(AsyncAmber("psk_secret", "SITE123456789"))


async def test_a_closed_client_says_so(flavour: Any, over: Any) -> None:
    """Instead of opening connections again."""
    api = flavour.client(**over)
    await flavour.close(api)

    with pytest.raises(errors.RequestError, match="closed"):
        await flavour.ok(api.list_sites())


def test_every_exported_name_is_there() -> None:
    """Resolved on first use."""
    exported: Callable[[str], Any] = openpower_amber.__getattr__

    assert [name for name in openpower_amber.__all__ if exported(name) is None] == []
    assert openpower_amber.__all__ == sorted(openpower_amber.__all__)
    assert dir(openpower_amber) == openpower_amber.__all__
    assert openpower_amber.Usage is Usage
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        exported("Nothing")
