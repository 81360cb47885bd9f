"""The server as a whole, on a port of this machine: it listens, streams what changes, and ends in order."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import attrs
import httpx
import pytest

from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError, NetworkError
from openpower_core.writes import Receipt, WriteState
from openpower_hub.changes import Change, What
from openpower_hub.config import HubConfig
from openpower_hub.engine import Hub
from openpower_hub.http import HTTP, events

from .conftest import DRIVER, HTTP_CONFIG, NOON, READER, SERIAL, key_of, token

SERVED = attrs.evolve(HTTP_CONFIG, port=None)


@asynccontextmanager
async def serving(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    """The server of a hub, and a client of it."""
    hub.config = attrs.evolve(hub.config, http=SERVED)
    server = HTTP(hub)
    task = asyncio.create_task(server.run())
    try:
        while not server.address:
            await asyncio.sleep(0.01)
            if task.done():
                task.result()
        async with httpx.AsyncClient(base_url=server.address, timeout=10) as client:
            yield client
    finally:
        begun = monotonic()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert monotonic() - begun < 2, "it ends at once, also with open streams"
        assert not server.address


class Reader:
    """Reads an event stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self, *names: str) -> tuple[str, Any]:
        """The next event of one of these names."""
        name = ""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and (not names or name in names):
                    return name, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")


async def test_a_stream_begins_with_everything_and_goes_on_with_what_changes(hub: Hub) -> None:
    """Each event has the whole state of its device, so that none has to be remembered."""
    home, state = hub.find(key_of(hub, Role.BATTERY))
    async with serving(hub) as client, client.stream("GET", "/api/v1/events") as answer:
        reader = Reader(answer)
        _, first = await reader.next("state")
        begun = monotonic()
        home.publish(What.READING, state)
        name, change = await reader.next()
        took = monotonic() - begun
        receipt = Receipt(id="1", state=WriteState.CONFIRMED, device_id=state.info.id, operation="command", at=NOON)
        hub.control.announce(home, state, receipt, "mqtt")
        _, written = await reader.next("receipt")
        hub.bus.publish(Change(what=What.DEVICES, home="home"))
        _, devices = await reader.next("devices")

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert [each["name"] for each in first["homes"]] == ["home"]
    assert {each["key"] for each in first["devices"]} == set(home.devices)
    assert first["now"] == "2026-08-01T02:00:00Z"
    assert name == "reading"
    assert change["device"]["key"] == state.key
    assert change["device"]["values"] == state.values
    assert change["home"]["balance"]["load_w"] is not None
    assert took <= 0.1
    assert written["receipt"]["state"] == "confirmed"
    assert written["receipt"]["by"] == "mqtt"
    assert len(devices["devices"]) == len(home.devices)
    assert SERIAL not in json.dumps([first, change, written, devices])


async def test_a_quiet_stream_says_that_it_is_alive(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the hub's time, so that a page can tell a stale figure from a dead line."""
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)
    async with serving(hub) as client, client.stream("GET", "/api/v1/events") as answer:
        reader = Reader(answer)
        await reader.next("state")

        assert [(await reader.next())[0] for _ in range(3)] == ["heartbeat"] * 3
        assert (await reader.next())[1] == {"now": "2026-08-01T02:00:00Z"}


async def test_streams_are_bounded_and_forgotten_once_closed(hub: Hub) -> None:
    """A page that opens ever more of them is held up; its place is free again once it is gone."""
    headers = {"Authorization": f"Bearer {READER}"}
    async with serving(hub) as client:
        streams = [client.stream("GET", "/api/v1/events", headers=headers) for _ in range(8)]
        readers = [Reader(await each.__aenter__()) for each in streams]
        for reader in readers:
            await reader.next("state")
        refused = await client.get("/api/v1/events", headers=headers)
        async with client.stream("GET", "/api/v1/events", headers={"Authorization": f"Bearer {DRIVER}"}) as other:
            assert other.status_code == 200
        for each in streams:
            await each.__aexit__(None, None, None)
        for _ in range(100):
            async with client.stream("GET", "/api/v1/events", headers=headers) as again:
                if again.status_code == 200:
                    break
            await asyncio.sleep(0.02)

    assert refused.status_code == 429
    assert again.status_code == 200
    assert not hub.bus._subscriptions


async def test_a_reader_that_takes_nothing_costs_the_others_nothing(hub: Hub) -> None:
    """Changes of one device replace each other while they wait for a slow reader."""
    home, state = hub.find(key_of(hub, Role.BATTERY))
    async with serving(hub) as client, client.stream("GET", "/api/v1/events") as slow:
        await Reader(slow).next("state")
        async with client.stream("GET", "/api/v1/events", params={"home": "home"}) as quick:
            reader = Reader(quick)
            await reader.next("state")
            for _ in range(20_000):
                home.publish(What.READING, state)
            begun = monotonic()
            await reader.next("reading")

            assert monotonic() - begun < 1
            assert all(len(each._waiting) <= 2 for each in hub.bus._subscriptions)


async def test_a_look_at_the_headers_of_a_stream_ends(hub: Hub) -> None:
    """HEAD is answered, and takes no place among the streams."""
    async with serving(hub) as client:
        for _ in range(20):
            answer = await client.head("/api/v1/events")

            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert not hub.bus._subscriptions


async def test_a_stream_of_another_home_is_refused(hub: Hub) -> None:
    """404, and no stream."""
    async with serving(hub) as client:
        assert (await client.get("/api/v1/events", params={"home": "other"})).status_code == 404


async def test_it_says_where_it_listens(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, that a terminal makes a link of."""
    async with serving(hub) as client:
        assert (await client.get("/api/v1")).status_code == 200
        assert "server" not in (await client.get("/api/v1")).headers
        printed = capsys.readouterr().out

        assert printed == f"API: {client.base_url}/api/v1\n".replace("//api", "/api")


async def test_it_takes_no_signals(hub: Hub) -> None:
    """SIGTERM is the hub's, which releases and ends in order."""
    import signal

    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serving(hub):
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_a_port_in_use_is_one_line_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """The hub goes on without its page, and has it as soon as the port is free."""
    caplog.set_level(logging.WARNING)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = attrs.evolve(HubConfig.of_profiles(()), http=attrs.evolve(HTTP_CONFIG, port=port))
        hub = Hub(config, clock=SYSTEM_CLOCK)
        running = asyncio.create_task(hub.run())
        for _ in range(500):
            if len([key for key, state in hub.homes["home"].devices.items() if state.live] if hub.homes else []) >= 4:
                break
            await asyncio.sleep(0.02)
        lines = [each.message for each in caplog.records if str(port) in each.message]
        problem = hub.problems["http"]
    for _ in range(1_000):
        if getattr(hub.integrations["http"], "address", ""):
            break
        await asyncio.sleep(0.02)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        answer = await client.get("/api/v1/devices")
    hub.stop()
    await running

    assert len(lines) == 1
    assert "127.0.0.1:" in problem
    assert "in use" in problem
    assert len(answer.json()["devices"]) == 5


async def test_another_configuration_is_served_at_once_on_the_same_port() -> None:
    """SIGHUP with another token: connections and streams of before end, and the port is not lost to anybody meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    before = attrs.evolve(HubConfig.of_profiles(()), http=attrs.evolve(HTTP_CONFIG, port=port))
    hub = Hub(before)
    running = asyncio.create_task(hub.run())
    server: Any = None
    for _ in range(500):
        server = hub.integrations.get("http")
        if server is not None and server.address:
            break
        await asyncio.sleep(0.02)
    tokens = {"other": token("another", "read")}
    async with httpx.AsyncClient(base_url=server.address, timeout=10) as client:
        async with client.stream("GET", "/api/v1/events") as stream:
            await Reader(stream).next("state")
            await hub.reload(attrs.evolve(before, http=attrs.evolve(before.http, tokens=tokens)))
        for _ in range(500):
            if hub.integrations["http"].address:  # type: ignore[attr-defined]
                break
            await asyncio.sleep(0.02)
        old = await client.get("/api/v1", headers={"Authorization": f"Bearer {READER}"})
        new = await client.get("/api/v1", headers={"Authorization": "Bearer another"})
    hub.stop()
    await running

    assert (old.status_code, new.status_code) == (401, 200)
    assert "http" not in hub.problems


async def test_the_network_without_tokens_is_refused(hub: Hub) -> None:
    """It does not listen at all, and says how it would."""
    hub.config = attrs.evolve(hub.config, http=attrs.evolve(SERVED, host="0.0.0.0", tokens={}))
    with pytest.raises(ConfigurationError, match="new-token"):
        await HTTP(hub).run()


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
async def test_an_address_that_is_not_this_machines_is_refused(hub: Hub, host: str) -> None:
    """It would not become right by trying again."""
    hub.config = attrs.evolve(hub.config, http=attrs.evolve(SERVED, host=host))
    with pytest.raises((ConfigurationError, NetworkError), match="cannot listen"):
        await HTTP(hub).run()
