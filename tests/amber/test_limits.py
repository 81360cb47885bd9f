"""The account's limits: learnt from headers, one budget per counter, and waiting as requested."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openpower_amber import Amber, AsyncAmber
from openpower_amber.emulator import Emulator, Quota, serve
from openpower_amber.emulator.endpoints import THROTTLED
from openpower_core.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpower_amber.emulator import ServedEmulator

SITE = "01HZXEM0SA1TEDS1TE00000001"
FEW = Quota(limit=3, seconds=300)


@pytest.fixture
def emulator(clock: Any) -> Emulator:
    """An account with three calls per counter and five minutes."""
    return Emulator(clock=clock, quota=FEW)


@pytest.fixture
def served(emulator: Emulator) -> Iterator[ServedEmulator[Emulator]]:
    with serve(emulator) as running:
        yield running


def client(flavour: Any, served: ServedEmulator[Emulator], **options: Any) -> Any:
    return flavour.client(served.options["token"], base_url=served.url, **options)


async def use_up(flavour: Any, api: Any) -> None:
    for _ in range(3):
        await flavour.ok(api.get_current_prices())
    assert api.get_ratelimits().remaining == 0


async def test_who_does_not_wait_learns_when(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator
) -> None:
    """Nothing is sent beyond what the headers allow."""
    api = client(flavour, served, wait=False)
    await use_up(flavour, api)

    with pytest.raises(RateLimited, match="wait=True") as caught:
        await flavour.ok(api.get_current_prices())

    assert caught.value.retry_after == timedelta(seconds=301)
    assert caught.value.nothing_sent
    assert len(emulator.seen) == 3
    await flavour.close(api)


async def test_who_waits_gets_the_answer(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator, clock: Any
) -> None:
    """After the window's end, by the clock."""
    api = client(flavour, served, wait=True)
    begin = clock.now()
    await use_up(flavour, api)

    await flavour.ok(api.get_current_prices())

    assert clock.now() - begin == timedelta(seconds=301)
    assert len(emulator.seen) == 4
    assert api.get_ratelimits().remaining == 2
    await flavour.close(api)


async def test_patience_can_be_measured(flavour: Any, served: ServedEmulator[Emulator], clock: Any) -> None:
    """Two minutes are too short at first, and enough later; without a word it is the timeout."""
    api = client(flavour, served, wait=timedelta(minutes=2))
    usual = client(flavour, served)
    await use_up(flavour, api)

    with pytest.raises(RateLimited):
        await flavour.ok(api.get_current_prices())
    with pytest.raises(RateLimited):
        await flavour.ok(usual.get_current_prices())
    clock.advance(200)
    with pytest.raises(RateLimited):
        await flavour.ok(usual.get_current_prices())
    await flavour.ok(api.get_current_prices())
    for each in (api, usual):
        await flavour.close(each)


async def test_the_two_counters_are_apart(flavour: Any, served: ServedEmulator[Emulator]) -> None:
    """Prices that are used up leave sites and usage alone, and renewables are never counted."""
    api = client(flavour, served, wait=False)
    await use_up(flavour, api)

    await flavour.ok(api.list_sites())
    assert api.get_ratelimits().remaining == 2
    await flavour.ok(api.get_usage(date(2026, 8, 1), date(2026, 8, 1)))
    assert api.get_ratelimits().remaining == 1
    for _ in range(5):
        await flavour.ok(api.get_current_renewables("qld"))
    with pytest.raises(RateLimited):
        await flavour.ok(api.get_prices())
    await flavour.close(api)


async def test_all_clients_of_an_account_share_its_budget(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator
) -> None:
    """What one used up, another one in the process knows; another account is not touched."""
    first, second = client(flavour, served), client(flavour, served, wait=False)
    other = flavour.client("psk_of_somebody_else", base_url=served.url, wait=False)
    await use_up(flavour, first)

    with pytest.raises(RateLimited):
        await flavour.ok(second.get_current_prices())
    assert len(emulator.seen) == 3
    with pytest.raises(Exception, match="does not accept the token"):
        await flavour.ok(other.get_current_prices())
    for each in (first, second, other):
        await flavour.close(each)


async def test_a_budget_that_others_used_up(flavour: Any, service: Any, over: Any, clock: Any) -> None:
    """429 with headers: it waits as long as they say, once, and asks again."""
    full = {"RateLimit-Limit": "50", "RateLimit-Remaining": "0", "RateLimit-Reset": "42"}
    answers = iter([httpx.Response(429, headers=full), httpx.Response(200, json=[])])
    service.answers["current"] = lambda _request: next(answers)
    begin = clock.now()

    assert await flavour.ok(flavour.client(wait=True, **over).get_current_prices()) == []

    assert clock.now() - begin == timedelta(seconds=43)
    assert len(service.requests) == 2


async def test_a_budget_that_others_used_up_is_reported_without_waiting(flavour: Any, service: Any, over: Any) -> None:
    """With what Amber said."""
    full = {"RateLimit-Limit": "50", "RateLimit-Remaining": "0", "RateLimit-Reset": "42"}
    service.answers["current"] = httpx.Response(429, headers=full, json={"message": "Too Many Requests"})
    api = flavour.client(wait=False, **over)

    with pytest.raises(RateLimited, match="Too Many Requests") as caught:
        await flavour.ok(api.get_current_prices())
    with pytest.raises(RateLimited) as again:
        await flavour.ok(api.get_current_prices())

    assert caught.value.retry_after == timedelta(seconds=43)
    assert (caught.value.vendor_code, caught.value.nothing_sent) == ("429", False)
    assert again.value.nothing_sent
    assert len(service.requests) == 1


async def test_the_gateway_throttles_without_a_word(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator, clock: Any
) -> None:
    """429 without headers: the pause doubles from one second on."""
    emulator.refuse(THROTTLED, times=3)
    api = client(flavour, served, wait=True)
    begin = clock.now()

    await flavour.ok(api.list_sites())

    assert clock.now() - begin == timedelta(seconds=1 + 2 + 4)
    await flavour.close(api)


async def test_the_gateway_throttles_who_does_not_wait(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator
) -> None:
    """Amber does not say for how long, so it is not made up; the next call may go."""
    emulator.refuse(THROTTLED)
    api = client(flavour, served, wait=False)

    with pytest.raises(RateLimited) as caught:
        await flavour.ok(api.list_sites())
    assert len(await flavour.ok(api.list_sites())) == 1

    assert caught.value.retry_after is None
    await flavour.close(api)


async def test_an_endless_429_ends(flavour: Any, service: Any, over: Any) -> None:
    """Who waits as long as it takes does not wait for ever."""
    service.answers["sites"] = httpx.Response(429)

    with pytest.raises(RateLimited):
        await flavour.ok(flavour.client(wait=True, **over).list_sites())

    assert len(service.requests) == 21


async def test_retry_after_comes_first(flavour: Any, service: Any, over: Any, clock: Any) -> None:
    """Where a server sends it beside the others, as the drafts say."""
    headers = {"Retry-After": "7", "RateLimit-Limit": "50", "RateLimit-Reset": "200"}
    answers = iter([httpx.Response(429, headers=headers), httpx.Response(200, json=[])])
    service.answers["sites"] = lambda _request: next(answers)
    begin = clock.now()

    await flavour.ok(flavour.client(wait=timedelta(minutes=5), **over).list_sites())

    assert clock.now() - begin == timedelta(seconds=7)
    assert len(service.requests) == 2


async def test_a_year_waits_for_its_calls(flavour: Any, service: Any, over: Any, clock: Any) -> None:
    """Fifty-three calls of fifty per five minutes: one pause in between."""
    left = iter([*range(49, -1, -1), 49, 48, 47])
    service.answers["prices"] = lambda _request: httpx.Response(
        200, json=[], headers={"RateLimit-Remaining": str(next(left)), "RateLimit-Reset": "300"}
    )
    begin = clock.now()

    api = flavour.client(wait=True, **over)
    await flavour.ok(api.iter_prices(date(2025, 1, 1), date(2025, 12, 31)))

    assert len(service.requests) == 53
    assert clock.now() - begin == timedelta(seconds=301)


async def test_many_calls_at_once(served: ServedEmulator[Emulator], clock: Any) -> None:
    """The limit is unknown before the first answer; those that run into it wait and come through."""
    options = {"base_url": served.url, "clock": clock, "wait": True}
    async with AsyncAmber(served.options["token"], SITE, **options) as api:
        answers = await asyncio.gather(*(api.get_current_prices() for _ in range(8)))
    with Amber(served.options["token"], SITE, **options) as twin, ThreadPoolExecutor(8) as pool:
        more = list(pool.map(lambda _: twin.get_current_prices(), range(8)))

    assert [len(each) for each in (*answers, *more)] == [2] * 16


async def test_what_was_announced_is_assumed_until_headers_say_something(
    flavour: Any, service: Any, over: Any, clock: Any
) -> None:
    """Sixty calls before any answer: fifty may go."""
    api = flavour.client(**over, wait=False)
    pacer = api._session._pacer

    turns = [pacer.begin("get_prices") for _ in range(51)]
    assert [pacer.delay(attempt) for attempt in turns[:50]] == [0.0] * 50
    with pytest.raises(RateLimited):
        pacer.delay(turns[50])
    service.answers["prices"] = []  # a proxy, say, that passes no headers on
    clock.advance(300)
    for _ in range(60):
        await flavour.ok(api.get_prices())


async def test_many_who_wait_do_not_run_into_the_limit(flavour: Any, service: Any, over: Any) -> None:
    """Of twelve who wait for a counter of five, five go in each window."""
    headers = {
        "RateLimit-Limit": "5",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "200",
        "RateLimit-Policy": "5;w=300",
    }
    service.answers["current"] = httpx.Response(200, json=[], headers=headers)
    api = flavour.client(**over, wait=True)
    await flavour.ok(api.get_current_prices())
    pacer = api._session._pacer

    delays = [pacer.delay(pacer.begin("get_current_prices")) for _ in range(12)]

    assert delays == [201.0] * 5 + [501.0] * 5 + [801.0] * 2


async def test_negative_patience_is_refused(flavour: Any) -> None:
    """It would be a mistake."""
    with pytest.raises(Exception, match="at least 0"):
        flavour.client(wait=timedelta(seconds=-1))
