"""A shared fetch: one request serves all who ask together, errors go to those who waited, and are not kept."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.connection import AsyncSharedFetch, SharedFetch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AGE = timedelta(seconds=10)
FRESH = timedelta(0)


@pytest.fixture
def clock() -> ManualClock:
    """A stopped clock."""
    return ManualClock(datetime(2026, 8, 1, tzinfo=UTC))


class Vendor:
    """Counts the fetches; each waits until it is released."""

    def __init__(self) -> None:
        self.fetches = 0
        self.fail = False
        self.gate = asyncio.Event()

    async def fetch(self) -> int:
        self.fetches += 1
        number = self.fetches
        await self.gate.wait()
        if self.fail:
            raise ConnectionError(f"fetch {number}")
        return number

    def open(self) -> None:
        self.gate.set()


async def _started(*calls: Awaitable[Any]) -> list[asyncio.Future[Any]]:
    """Begin the calls in this order, and let each come as far as it can."""
    tasks: list[asyncio.Future[Any]] = []
    for call in calls:
        tasks.append(asyncio.ensure_future(call))
        for _ in range(5):
            await asyncio.sleep(0)
    return tasks


class TestAsync:
    async def test_those_who_ask_together_share_one_fetch(self, clock: ManualClock) -> None:
        """Reading four devices of a box makes one request."""
        vendor = Vendor()
        shared = AsyncSharedFetch(vendor.fetch, max_age=AGE, clock=clock)
        tasks = await _started(*(shared.get() for _ in range(4)))
        vendor.open()

        assert {answer.value for answer in await asyncio.gather(*tasks)} == {1}

    async def test_a_fresh_answer_begins_after_the_call(self, clock: ManualClock) -> None:
        """A fetch under way is too old for it, and others who want a fresh one share the next."""
        vendor = Vendor()
        shared = AsyncSharedFetch(vendor.fetch, max_age=AGE, clock=clock)
        tasks = await _started(shared.get(), shared.get(FRESH), shared.get(FRESH))
        vendor.open()

        assert [answer.value for answer in await asyncio.gather(*tasks)] == [1, 2, 2]

    async def test_an_error_goes_to_all_who_waited(self, clock: ManualClock) -> None:
        """A dead vendor is asked once, not once for every device."""
        vendor = Vendor()
        vendor.fail = True
        shared = AsyncSharedFetch(vendor.fetch, max_age=AGE, clock=clock)
        tasks = await _started(*(shared.get() for _ in range(4)))
        vendor.open()
        errors = await asyncio.gather(*tasks, return_exceptions=True)

        assert [str(error) for error in errors] == ["fetch 1"] * 4
        assert vendor.fetches == 1

    async def test_an_error_is_not_kept(self, clock: ManualClock) -> None:
        """A later caller fetches again."""
        vendor = Vendor()
        vendor.open()
        vendor.fail = True
        shared = AsyncSharedFetch(vendor.fetch, max_age=AGE, clock=clock)
        with pytest.raises(ConnectionError):
            await shared.get()
        vendor.fail = False

        assert (await shared.get()).value == 2

    async def test_an_error_leaves_the_last_answer_to_those_who_accept_its_age(self, clock: ManualClock) -> None:
        """A failed refresh does not take away what is young enough."""
        vendor = Vendor()
        vendor.open()
        shared = AsyncSharedFetch(vendor.fetch, max_age=AGE, clock=clock)
        await shared.get()
        vendor.fail = True
        with pytest.raises(ConnectionError):
            await shared.get(FRESH)

        assert (await shared.get()).value == 1

    async def test_one_who_gives_up_does_not_take_the_others_along(self, clock: ManualClock) -> None:
        """Cancelling the task that fetches lets the next one fetch."""
        vendor = Vendor()
        shared = AsyncSharedFetch(vendor.fetch, max_age=AGE, clock=clock)
        first, second = await _started(shared.get(), shared.get())
        first.cancel()
        vendor.open()

        assert (await second).value == 2

    async def test_a_fetch_under_way_when_it_was_cleared_is_not_kept(self, clock: ManualClock) -> None:
        """After a write, what was asked before it is no answer."""
        vendor = Vendor()
        shared = AsyncSharedFetch(vendor.fetch, max_age=AGE, clock=clock)
        (early,) = await _started(shared.get())
        shared.clear()
        vendor.open()
        await early

        assert (await shared.get()).value == 2


@pytest.fixture(params=["sync", "async"])
def counted(request: pytest.FixtureRequest, clock: ManualClock) -> Callable[..., Any]:
    """A shared fetch that counts its fetches, in both flavours."""
    numbers = iter(range(1, 100))

    async def fetch() -> int:
        return next(numbers)

    if request.param == "async":
        return AsyncSharedFetch(fetch, max_age=AGE, clock=clock).get
    return SharedFetch(lambda: next(numbers), max_age=AGE, clock=clock).get


async def test_an_answer_serves_until_it_is_too_old(counted: Any, settle: Any, clock: ManualClock) -> None:
    """Ten seconds are still young enough, eleven are not; each caller may ask for another age."""
    first = await settle(counted())
    clock.advance(10)
    second = await settle(counted())
    stricter = await settle(counted(timedelta(seconds=5)))
    clock.advance(11)
    third = await settle(counted())

    assert [each.value for each in (first, second, stricter, third)] == [1, 1, 2, 3]
    assert third.received_at == clock.now()


async def test_zero_always_asks(counted: Any, settle: Any) -> None:
    """However young the last answer is."""
    answers = [(await settle(counted(FRESH))).value for _ in range(3)]

    assert answers == [1, 2, 3]


def test_threads_share_a_fetch(clock: ManualClock) -> None:
    """The synchronous flavour shares between threads."""
    gate, began = threading.Event(), threading.Event()
    fetches: list[int] = []

    def fetch() -> int:
        fetches.append(1)
        began.set()
        gate.wait(5)
        return len(fetches)

    shared = SharedFetch(fetch, max_age=AGE, clock=clock)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(shared.get().value)) for _ in range(4)]
    for thread in threads:
        thread.start()
    began.wait(5)
    gate.set()
    for thread in threads:
        thread.join(5)

    assert answers == [1, 1, 1, 1]
