"""A broker on loopback, a hub on it, and whoever listens to both."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiomqtt

from openpower_hub.config_file import parse_config
from openpower_hub.engine import Hub
from openpower_hub.state import DeviceState

WITHIN_S = 15.0


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


_BROKER = """
import asyncio, json, logging, sys
from amqtt.broker import Broker

logging.disable(logging.CRITICAL)


async def main():
    broker = Broker(json.loads(sys.argv[1]))
    await broker.start()
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
"""


@asynccontextmanager
async def broker_on(port: int, *, password_file: str | None = None) -> AsyncIterator[None]:
    """A real broker, in a process that ends as a power cut ends it; with a password file it takes nobody without a password."""
    auth: dict[str, Any] = (
        {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        if password_file is None
        else {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": password_file}}
    )
    config = {"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}, "plugins": auth}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BROKER, json.dumps(config), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(WITHIN_S):
            assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        await process.wait()


class Listener:
    """Somebody who hears everything on the broker, and can speak."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.heard: list[tuple[str, str, bool]] = []
        """Topic, payload and whether it was retained, in order."""
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Listen until the connection ends."""
        with suppress(aiomqtt.MqttError):
            async for message in self._client.messages:
                payload = message.payload.decode()
                self.heard.append((message.topic.value, payload, message.retain))
                self._news.set()

    async def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish something."""
        await self._client.publish(topic, payload, qos=1, retain=retain)

    async def until(self, seen: Callable[[str, str], bool], since: int = 0) -> tuple[str, str]:
        """The first message since an index that is as asked."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                for topic, payload, _ in self.heard[since:]:
                    if seen(topic, payload):
                        return topic, payload
                self._news.clear()
                await self._news.wait()

    async def state(self, key: str, since: int = 0, **wanted: Any) -> dict[str, Any]:
        """The first state of a device since an index that has these figures."""

        def fits(topic: str, payload: str) -> bool:
            return topic == f"openpower/{key}/state" and wanted.items() <= json.loads(payload).items()

        found: dict[str, Any] = json.loads((await self.until(fits, since))[1])
        return found

    def last(self, topic: str) -> str | None:
        """The last message on a topic."""
        return next((payload for at, payload, _ in reversed(self.heard) if at == topic), None)

    def events(self, key: str) -> list[dict[str, Any]]:
        """The receipts of a device so far."""
        return [json.loads(payload) for topic, payload, _ in self.heard if topic == f"openpower/{key}/receipt"]

    async def event(self, key: str, since: int = 0, **wanted: Any) -> dict[str, Any]:
        """The first receipt of a device since an index that has these parts."""

        def fits(topic: str, payload: str) -> bool:
            return topic == f"openpower/{key}/receipt" and wanted.items() <= json.loads(payload).items()

        found: dict[str, Any] = json.loads((await self.until(fits, since))[1])
        return found


@asynccontextmanager
async def listening(port: int, topic: str = "#") -> AsyncIterator[Listener]:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        listener = Listener(client)
        await client.subscribe(topic, qos=1)
        task = asyncio.create_task(listener.run())
        try:
            yield listener
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def config_for(port: int, *, control: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """A configuration of the simulated home, read each second, that publishes to a broker."""
    return {
        "homes": {"home": {"profiles": ["demo"], "intervals": {"demo": "1 s"}}},
        "http": {"enabled": False},
        "history": {"enabled": False},
        "mqtt": {"host": "127.0.0.1", "port": port, "control": control or [], **more},
    }


@asynccontextmanager
async def hub_on(config: dict[str, Any], **options: Any) -> AsyncIterator[Hub]:
    """A hub that runs."""
    hub = Hub(parse_config(config, "openpower.toml"), **options)
    running = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        hub.stop()
        await asyncio.wait([running], timeout=WITHIN_S)
        if not running.done():
            for task in asyncio.all_tasks():
                task.print_stack(limit=3)
        assert running.done(), "the hub did not end"
        await running


async def device(hub: Hub, role: str, home: str = "home") -> DeviceState:
    """A device of a home, once it has been read."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            for state in hub.homes[home].devices.values() if home in hub.homes else ():
                if state.role == role and (state.reading is not None or state.prices):
                    return state
            await asyncio.sleep(0.02)
