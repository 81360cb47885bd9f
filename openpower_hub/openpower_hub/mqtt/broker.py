"""The connection to the broker, with a last will: handlers by topic, and errors in words."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import aiomqtt

from openpower_core.errors import AuthenticationFailed, ConfigurationError, NetworkError, OpenPowerError
from openpower_hub.mqtt.topics import OFFLINE, ONLINE
from openpower_hub.tasks import check_cancelled, first_error

if TYPE_CHECKING:
    from openpower_hub.config import MQTTConfig

Handler: TypeAlias = Callable[[str, bytes, bool], None]
"""Takes a message's topic and payload, and whether it was retained."""

_TIMEOUT_S: Final = 10.0
_SETTLE_S: Final = 5.0
_REFUSED: Final = ("not auth", "user name or password", "username or password", "identifier")


def encoded(payload: str | Mapping[str, Any]) -> str:
    """A payload as it is sent: text as it stands, else compact JSON in which nothing is not a number."""
    if isinstance(payload, str):
        return payload
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Broker:
    """A connection while it lasts."""

    def __init__(self, client: aiomqtt.Client, status: str, marker: str) -> None:
        self._client = client
        self._status = status
        self._marker = marker
        self._handlers: dict[str, Handler] = {}
        self._awaited: dict[bytes, asyncio.Event] = {}
        self._correction: asyncio.Task[None] | None = None
        self._serving = asyncio.get_running_loop().create_task(self._serve())

    async def listen(self, topic: str, handler: Handler) -> None:
        """Pass messages of a topic, which may hold wildcards, to a handler from now on."""
        if topic not in self._handlers:
            self._handlers[topic] = handler
            await self._client.subscribe(topic, qos=1)
            check_cancelled()  # wait_for of Python 3.11 loses one that comes with the broker's answer

    async def ignore(self, topic: str) -> None:
        """Take no more messages of a topic."""
        if self._handlers.pop(topic, None) is not None:
            await self._client.unsubscribe(topic)

    async def say(self, topic: str, payload: str | Mapping[str, Any], *, retain: bool = True) -> None:
        """Publish, and wait until the broker has it."""
        await self._client.publish(topic, encoded(payload), qos=1, retain=retain)
        check_cancelled()

    async def settle(self) -> None:
        """Wait until the retained messages of what was subscribed have arrived: a marker of our own comes after them."""
        await self.listen(self._marker, self._on_marker)
        nonce = secrets.token_hex(8)
        arrived = self._awaited[nonce.encode()] = asyncio.Event()
        await self.say(self._marker, nonce, retain=False)
        with suppress(TimeoutError):  # a broker that does not let us read it: what is retained has come long since
            async with asyncio.timeout(_SETTLE_S):
                await arrived.wait()
        del self._awaited[nonce.encode()]

    async def online(self) -> None:
        """Say that the hub runs: from now on what is published counts."""
        await self.say(self._status, ONLINE)
        await self.listen(self._status, self._on_status)

    async def lost(self) -> None:
        """Wait until the connection is lost.

        Raises:
            aiomqtt.MqttError: always, once it is.
        """
        await asyncio.shield(self._serving)

    async def _serve(self) -> None:
        async for message in self._client.messages:
            topic = message.topic.value
            for pattern, handler in list(self._handlers.items()):
                if pattern == topic or message.topic.matches(pattern):
                    handler(topic, message.payload, bool(message.retain))

    async def aclose(self) -> None:
        """Say that the hub ends in order, as far as the broker is still there."""
        lost = self._serving.done()
        self._serving.cancel()
        await asyncio.gather(self._serving, return_exceptions=True)
        self._handlers.clear()
        if not lost:
            with suppress(aiomqtt.MqttError, TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._client.publish(self._status, OFFLINE, qos=1, retain=True)

    def _on_status(self, _topic: str, payload: bytes, _retained: bool) -> None:
        """The last will of an earlier connection may come after ours has begun: it is not true any more."""
        if payload == OFFLINE.encode():
            self._correction = asyncio.get_running_loop().create_task(self._correct())

    async def _correct(self) -> None:
        with suppress(aiomqtt.MqttError):
            await self.say(self._status, ONLINE)

    def _on_marker(self, _topic: str, payload: bytes, _retained: bool) -> None:
        if (arrived := self._awaited.get(payload)) is not None:
            arrived.set()


@asynccontextmanager
async def connected(config: MQTTConfig, status: str, marker: str) -> AsyncGenerator[Broker]:
    """A connection whose last will says ``offline`` on a topic.

    Raises:
        NetworkError: the broker cannot be reached, or the connection was lost.
        AuthenticationFailed: it refuses the user or the password.
        ConfigurationError: the password cannot be read.
    """
    password = config.password
    if password is not None and config.username is None:
        raise ConfigurationError("there is a password for the MQTT broker, and no username in [mqtt].")
    port = config.port or (8883 if config.tls else 1883)
    client = aiomqtt.Client(
        config.host,
        port,
        username=config.username,
        password=None if password is None else password.reveal(),
        will=aiomqtt.Will(status, OFFLINE, qos=1, retain=True),
        tls_context=ssl.create_default_context() if config.tls else None,
        timeout=_TIMEOUT_S,
        keepalive=30,
        max_queued_incoming_messages=1000,
    )
    where = f"the MQTT broker at {config.host}:{port}"
    entered, lost = False, None
    try:
        async with client:
            entered = True
            broker = Broker(client, status, marker)
            try:
                yield broker
            finally:
                await broker.aclose()
    except* (aiomqtt.MqttError, OSError) as group:  # also in a task of whoever used it
        lost = first_error(group)
    if lost is not None:
        raise _in_words(lost, where, config.username, entered=entered) from None


def _in_words(error: Exception, where: str, username: str | None, *, entered: bool) -> OpenPowerError:
    why = str(error)
    if isinstance(error, aiomqtt.MqttCodeError) and any(word in why.lower() for word in _REFUSED):
        who = f"the user {username}" if username else "a client without a user"
        return AuthenticationFailed(
            f"{where} refuses {who}.", hint="Check username in [mqtt] and OPENPOWER_MQTT_PASSWORD or password_file."
        )
    what = "was lost" if entered else "cannot be reached"
    return NetworkError(f"{where} {what} ({why}).", hint="Check that it runs, and host, port and tls in [mqtt].")
