"""Twenty threads on one connection, several event loops, and both flavours at once: each gets what it asked for."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from echo import echo

import openpower
from openpower_core.connection import connect, connect_async
from openpower_core.http import AsyncHttpClient, HttpClient
from openpower_core.provider import ProviderSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THREADS = 20
CREDENTIALS: dict[str, Any] = {"app_id": "a", "app_secret": "b" * 32}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with echo() as address:
        yield address


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Do the work in twenty threads that start together; what each returned."""
    together = threading.Barrier(THREADS)

    def one(number: int) -> Any:
        together.wait(10)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS), timeout=60))


def test_each_thread_reads_the_answer_to_its_own_question(url: str) -> None:
    """Two hundred readings of two hundred systems over one connection."""
    with openpower.connect("alphaess", base_url=url, **CREDENTIALS) as home:

        def read(thread: int) -> list[float | None]:
            return [home.native.get_realtime_power_usage(str(100 * thread + n)).ppv for n in range(10)]

        answers = at_once(read)

    assert answers == [[float(100 * thread + n) for n in range(10)] for thread in range(THREADS)]


def test_each_thread_gets_the_receipt_of_its_own_write(url: str) -> None:
    """Writes go through a transport of their own, and are sent once."""
    client = HttpClient(provider="acme", base_url=url)

    def write(thread: int) -> list[Any]:
        return [
            client.request("POST", "/set", operation="set", write=True, json={"sysSn": 100 * thread + n}).json()["data"]
            for n in range(10)
        ]

    answers = at_once(write)
    client.close()

    sent = [[each["asked"]["sysSn"] for each in answer] for answer in answers]
    assert sent == [[100 * thread + n for n in range(10)] for thread in range(THREADS)]


def test_threads_that_control_one_battery(tmp_path: Any) -> None:
    """One writes at a time, each receipt is of its own command, and the last one is what the battery does."""
    with openpower.connect("demo", state_dir=tmp_path) as home:
        battery = home.battery()
        powers = [500.0 + 100 * thread for thread in range(THREADS)]
        receipts = at_once(lambda thread: battery.charge(power_w=powers[thread], unattended=True))
        active = battery.active_command()
        lines = home.audit()
        battery.release()

    assert [receipt.calls[0].arguments["command"]["power_w"] for receipt in receipts] == powers
    accepted = [line["id"] for line in lines if line["outcome"] == "accepted"]
    assert [line["id"] for line in lines] == [each for id_ in accepted for each in (id_, id_)]
    assert sorted(accepted) == sorted(receipt.id for receipt in receipts)
    assert active is not None
    assert active.command is not None
    assert (active.id, active.command.power_w) == (lines[-1]["id"], _power(lines[-1]["calls"][0]))


def _power(call: dict[str, Any]) -> float:
    power: float = call["arguments"]["command"]["power_w"]
    return power


class Backend:
    """Counts how often it is asked for its devices; either flavour."""

    native = None

    def __init__(self) -> None:
        self.asked = 0

    def close(self) -> None: ...

    def discover(self) -> list[Any]:
        self.asked += 1
        threading.Event().wait(0.05)
        return [self.asked]


class AsyncBackend(Backend):
    async def aclose(self) -> None: ...

    async def discover(self) -> list[Any]:  # type: ignore[override]
        self.asked += 1
        await asyncio.sleep(0.05)
        return [self.asked]


def test_threads_share_one_discovery() -> None:
    """Whoever comes while one is running waits for it and takes its result."""
    backend = Backend()
    home = connect(ProviderSpec(name="acme", connect=lambda context: backend))
    found = at_once(lambda _: home.devices())

    assert found == [[1]] * THREADS
    assert backend.asked == 1


def test_a_connection_serves_one_event_loop_after_the_other() -> None:
    """Tasks of the first loop waited for each other's discovery; the second loop's may as well."""
    backend = AsyncBackend()
    home = connect_async(ProviderSpec(name="acme", connect_async=lambda context: backend))

    async def many() -> list[Any]:
        return await asyncio.gather(*(home.devices(refresh=True) for _ in range(5)))

    assert [asyncio.run(many()) for _ in range(3)] == [[[1]] * 5, [[2]] * 5, [[3]] * 5]


def test_a_connection_serves_several_event_loops_at_once() -> None:
    """Loops in twenty threads share one discovery."""
    backend = AsyncBackend()
    home = connect_async(ProviderSpec(name="acme", connect_async=lambda context: backend))

    async def many() -> list[Any]:
        return await asyncio.gather(*(home.devices() for _ in range(3)))

    assert at_once(lambda _: asyncio.run(many())) == [[[1]] * 3] * THREADS
    assert backend.asked == 1


def test_a_loop_that_ended_leaves_nothing_locked() -> None:
    """A discovery that was cancelled with its loop, and tasks that waited for it, do not keep the next loop waiting."""
    backend = AsyncBackend()
    home = connect_async(ProviderSpec(name="acme", connect_async=lambda context: backend))

    async def cut_short() -> None:
        tasks = [asyncio.create_task(home.devices()) for _ in range(5)]
        await asyncio.sleep(0.01)
        assert not any(task.done() for task in tasks)

    async def whole() -> list[Any]:
        async with asyncio.timeout(5):
            return await home.devices()

    asyncio.run(cut_short())

    assert asyncio.run(whole()) == [2]


def test_both_flavours_at_once(url: str) -> None:
    """Blocking threads beside event loops, clients of one vendor: no answer goes to the other flavour."""
    blocking = HttpClient(provider="acme", base_url=url)
    asynchronous = AsyncHttpClient(provider="acme", base_url=url)

    async def ask(number: int) -> str:
        answer = await asynchronous.request("GET", "/x", operation="getX", params={"sysSn": number})
        return str(answer.json()["data"]["asked"]["sysSn"])

    async def many(thread: int) -> list[str]:
        return await asyncio.gather(*(ask(100 * thread + n) for n in range(10)))

    def work(thread: int) -> list[str]:
        if thread % 2:
            return asyncio.run(many(thread))
        return [
            blocking.request("GET", "/x", operation="getX", params={"sysSn": 100 * thread + n}).json()["data"]["asked"][
                "sysSn"
            ]
            for n in range(10)
        ]

    answers = at_once(work)
    blocking.close()
    asyncio.run(asynchronous.aclose())

    assert answers == [[str(100 * thread + n) for n in range(10)] for thread in range(THREADS)]
