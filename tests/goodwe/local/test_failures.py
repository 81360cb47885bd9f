"""What goes wrong on a home network: each has its own outcome, and nothing that writes is sent twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import openpower
from openpower_core.errors import (
    BadResponse,
    ConnectionClosed,
    DeviceOffline,
    InvalidValue,
    NetworkError,
    ServiceUnavailable,
    Timeout,
    Unsupported,
    WriteNotConfirmed,
    WriteRejected,
)
from openpower_core.writes import WriteState
from openpower_goodwe.local import GoodWeLocal
from openpower_goodwe.local.emulator import EmulatedDT, ServedInverter, serve

from .conftest import FRESH, Flavour, ok

Make = Callable[..., ServedInverter]


async def _opened(flavour: Flavour, served: ServedInverter, **options: Any) -> Any:
    client = flavour.client(served, **options)
    await ok(client.read_device_info())
    served.log.clear()
    return client


async def test_a_lost_datagram_is_asked_for_again(make: Make, flavour: Flavour) -> None:
    """Reads are tried three times."""
    served = make()
    client = await _opened(flavour, served)
    served.faults.add("lost", times=2)
    data = await ok(client.read_runtime_data())
    await flavour.close(client)

    assert data.ppv is not None
    assert served.log.count == 3 + 2


@pytest.mark.parametrize("kind", ["duplicate", "foreign", "fragmented"])
async def test_odd_datagrams_do_no_harm(make: Make, flavour: Flavour, kind: str) -> None:
    """Doubled answers, answers to something else, and answers in two pieces."""
    served = make()
    client = await _opened(flavour, served)
    calm = await ok(client.read_runtime_data())
    served.faults.add(kind, times=3)
    data = await ok(client.read_runtime_data(max_age=FRESH))
    await flavour.close(client)

    assert {**data, "timestamp": None} == {**calm, "timestamp": None}


async def test_a_late_answer_is_not_taken_for_another(make: Make, flavour: Flavour) -> None:
    """It meets a closed socket; the next request gets its own answer."""
    served = make()
    client = await _opened(flavour, served)
    served.faults.add("late", delay_s=0.4)
    value = await ok(client.read_setting("battery_discharge_depth"))
    other = await ok(client.read_setting("ems_mode"))
    await flavour.close(client)

    assert (value, other) == (10, 1)


async def test_damaged_answers_are_a_bad_response(make: Make, flavour: Flavour) -> None:
    """When nothing else comes."""
    served = make()
    client = await _opened(flavour, served)
    served.faults.add("corrupt", times=3)
    with pytest.raises(BadResponse, match="damaged"):
        await ok(client.read_runtime_data())
    await flavour.close(client)


async def test_an_inverter_asleep_is_offline(make: Make, flavour: Flavour) -> None:
    """The error names what else it may be, and the other ways to the system."""
    served = make()
    client = await _opened(flavour, served)
    served.asleep = True
    with pytest.raises(DeviceOffline, match=r"asleep.*goodwe-sems") as caught:
        await ok(client.read_runtime_data())
    served.asleep = False
    data = await ok(client.read_runtime_data())
    await flavour.close(client)

    assert caught.value.provider == "goodwe-local"
    assert data.ppv is not None


async def test_grid_tied_inverters_sleep_at_night(flavour: Flavour) -> None:
    """And answer in the morning, over the same connection."""
    flavour.clock.advance(timedelta(hours=18))
    with serve(EmulatedDT(clock=flavour.clock, sleeps=True)) as served:
        client = flavour.client(served, family="DT")
        with pytest.raises(DeviceOffline):
            await ok(client.read_runtime_data())
        flavour.clock.advance(timedelta(hours=9))
        data = await ok(client.read_runtime_data())
        await flavour.close(client)

    assert data.ppv > 0


async def test_nobody_there(make: Make, flavour: Flavour) -> None:
    """A closed port is a network error, not an inverter asleep."""
    served = make(protocol="tcp")
    options = served.options
    served.stop()
    client = _client(flavour, options)
    with pytest.raises(NetworkError) as caught:
        await ok(client.read_runtime_data())
    await flavour.close(client)

    assert caught.value.nothing_sent


def _client(flavour: Flavour, options: dict[str, Any]) -> Any:
    gone: Any = SimpleNamespace(options=options)
    return flavour.client(gone)


async def test_modbus_exceptions_on_reads(make: Make, flavour: Flavour) -> None:
    """Busy is temporary; registers that are not there are not supported."""
    served = make()
    client = await _opened(flavour, served)
    served.faults.add("refused", code=6)
    with pytest.raises(ServiceUnavailable, match="BUSY"):
        await ok(client.read_runtime_data())
    with pytest.raises(Unsupported):
        await ok(client.read_setting("modbus-12345"))
    with pytest.raises(Unsupported, match="Unknown setting"):
        await ok(client.read_setting("no_such_setting"))
    await flavour.close(client)


async def test_a_refused_write(make: Make, flavour: Flavour) -> None:
    """It was sent once, and the inverter's state is unchanged."""
    served = make()
    client = await _opened(flavour, served)
    served.faults.add("refused", code=3, writes=True)
    with pytest.raises(WriteRejected, match="ILLEGAL DATA VALUE"):
        await ok(client.set_ongrid_battery_dod(50))
    dod = await ok(client.get_ongrid_battery_dod())
    await flavour.close(client)

    assert len(served.log.writes) == 1
    assert dod == 90


@pytest.mark.parametrize("kind", ["lost", "answer_lost", "corrupt"])
async def test_writes_are_never_sent_again(make: Make, flavour: Flavour, kind: str) -> None:
    """Not when they were lost, not when their answer was, not when it was damaged."""
    served = make()
    client = await _opened(flavour, served)
    served.faults.add(kind, writes=True)
    with pytest.raises((Timeout, BadResponse)):
        await ok(client.set_ongrid_battery_dod(50))
    dod = await ok(client.get_ongrid_battery_dod())
    await flavour.close(client)

    assert len(served.log.writes) == 1
    assert dod == (90 if kind == "lost" else 50)


@pytest.mark.parametrize("kind", ["answer_lost", "corrupt"])
async def test_a_lost_answer_is_settled_by_reading(make: Make, flavour: Flavour, kind: str) -> None:
    """The unified write looks whether it came through."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    served.log.clear()
    served.faults.add(kind, writes=True)
    receipt = await ok(battery.apply_settings(reserve_soc_pct=40))
    await flavour.close(home)

    assert receipt.state is WriteState.CONFIRMED
    assert len(served.log.writes) == 1


async def test_a_lost_write_was_not_applied(make: Make, flavour: Flavour) -> None:
    """Reading shows that it never came through; it is not sent again behind the caller's back."""
    served = make()
    home = flavour.connect(served)
    battery = await ok(home.battery())
    served.log.clear()
    served.faults.add("lost", writes=True)
    with pytest.raises(WriteNotConfirmed) as caught:
        await ok(battery.apply_settings(reserve_soc_pct=40))
    await flavour.close(home)

    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.NOT_APPLIED
    assert len(served.log.writes) == 1


async def test_what_is_taken_and_not_kept_was_not_applied(make: Make, flavour: Flavour) -> None:
    """As when SolarGo or a meter puts a setting back."""
    served = make()
    inverter: Any = served.inverter
    inverter.ignored.add(47511)
    home = flavour.connect(served)
    battery = await ok(home.battery())
    receipt = await ok(battery.idle(unattended=True))
    receipt = await ok(battery.confirm(receipt))
    await flavour.close(home)

    assert receipt.state is WriteState.NOT_APPLIED


async def test_one_request_at_a_time(make: Make, flavour: Flavour) -> None:
    """Over several connections to the same inverter, from several threads."""
    served = make(latency_s=0.005)
    clients = [GoodWeLocal(**served.options, min_poll=0.0) for _ in range(3)]
    threads = [threading.Thread(target=client.read_runtime_data) for client in clients]
    for thread in threads:
        thread.start()
    mine = flavour.client(served, min_poll=0.0)
    if flavour.name == "async":
        await asyncio.gather(*(mine.read_setting("ems_mode") for _ in range(5)))
    else:
        mine.read_setting("ems_mode")
    for thread in threads:
        await asyncio.to_thread(thread.join)
    for client in clients:
        client.close()
    await flavour.close(mine)

    assert served.log.most_at_once == 1


async def test_full_readings_keep_their_distance(make: Make, flavour: Flavour) -> None:
    """So that the inverter finds time for the cloud: over all connections of the process."""
    served = make()
    one, two = flavour.client(served), flavour.client(served)
    begun = flavour.clock.now()
    await ok(one.read_runtime_data())
    served.log.clear()
    await ok(one.read_runtime_data())

    assert served.log.count == 0
    await ok(one.read_runtime_data(max_age=FRESH))
    await ok(two.read_runtime_data())
    await flavour.close(one)
    await flavour.close(two)
    assert flavour.clock.now() - begun == timedelta(seconds=60)


async def test_close_ends_thread_and_sockets(make: Make, flavour: Flavour) -> None:
    """Later calls raise an error that says so."""
    served = make()
    before = set(threading.enumerate())
    client = flavour.client(served)
    await ok(client.read_runtime_data())
    threads = set(threading.enumerate()) - before
    await flavour.close(client)

    assert len(threads) == (1 if flavour.name == "sync" else 0)
    assert not any(thread.is_alive() for thread in threads)
    with pytest.raises(ConnectionClosed, match="closed"):
        await ok(client.read_setting("ems_mode"))


async def test_a_call_that_only_reads_cannot_write(make: Make, flavour: Flavour) -> None:
    """The request is not even sent."""
    served = make()
    client = await _opened(flavour, served)
    with pytest.raises(InvalidValue, match="write=True"):
        await ok(client.run(lambda inverter: inverter.write_setting("work_mode", 2)))
    await flavour.close(client)

    assert served.log.writes == []


async def test_a_cancelled_wait_lets_the_next_call_through(make: Make) -> None:
    """A call that gives up waiting does not leave the inverter locked."""
    from openpower_goodwe.local.client.session import InverterLock

    lock = InverterLock()
    async with lock:
        waiting = asyncio.create_task(_pass(lock))
        given_up = asyncio.create_task(_pass(lock))
        await asyncio.sleep(0)
        given_up.cancel()
    async with asyncio.timeout(5):
        await waiting
        await _pass(lock)


async def _pass(lock: Any) -> None:
    async with lock:
        await asyncio.sleep(0)


@pytest.mark.parametrize("delay_s", [0.05, 0.2, 0.6])
async def test_a_cancellation_is_not_taken_for_a_lost_response(delay_s: float) -> None:
    """Whoever cancels a search is obeyed, whichever response it waits for; the library would go on without it."""
    with serve(latency_s=0.1) as served:
        async with openpower.connect_async("goodwe-local", state_dir=None, **served.options) as home:
            searching = asyncio.create_task(home.devices())
            await asyncio.sleep(delay_s)
            searching.cancel()
            await asyncio.wait({searching}, timeout=10)

            assert searching.cancelled()
