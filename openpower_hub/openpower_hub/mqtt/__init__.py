"""MQTT, with Home Assistant's discovery: every device is published as it is read, and commanded where the user allows it.

``topics`` names the topics, ``discovery`` is what Home Assistant is told, ``payloads`` what is published, ``commands`` what
is taken, ``broker`` the connection.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import ControlError, InvalidValue, OpenPowerError, RateLimited
from openpower_core.secrets import mask
from openpower_hub.changes import Change, What
from openpower_hub.homes import states_of
from openpower_hub.integration import words_of
from openpower_hub.mqtt.broker import Broker, connected, encoded
from openpower_hub.mqtt.commands import Next, names_of, read_text, to_next, to_order
from openpower_hub.mqtt.discovery import MINUTES, POWER, TARGET, box_payload, components_in, removals
from openpower_hub.mqtt.payloads import price_payload, receipt_payload, refusal_payload, state_payload
from openpower_hub.mqtt.topics import OFFLINE, ONLINE, Topics
from openpower_hub.names import box_key
from openpower_hub.settings import Setting, settings_of
from openpower_hub.state import Freshness

if TYPE_CHECKING:
    from openpower_hub.config import MQTTConfig
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

_log = logging.getLogger("openpower.hub")

SETTINGS_S: Final = 600.0
"""How often settings are read that nobody changed here."""
READY_S: Final = 3.0
"""How long the first announcement of a box waits for all that belongs to it."""
PAUSE_S: Final = 5.0
"""How long after one the next announcement of a box comes at the earliest: Home Assistant loses entities of one that arrives
while it still adds those of the one before."""
AGAIN_S: Final = 60.0
"""How often a box is announced again that somebody keeps removing."""
MOST_ORDERS: Final = 5
"""How many orders wait for one device."""


class MQTT:
    """The integration: a connection after the other, each with all that it needs to know."""

    def __init__(self, hub: Hub) -> None:
        assert hub.config.mqtt is not None  # noqa: S101 - wanted only then
        self._hub = hub
        self._config: MQTTConfig = hub.config.mqtt
        self._next: dict[str, Next] = {}

    async def run(self) -> None:
        """Publish all homes until this is cancelled.

        Raises:
            OpenPowerError: the broker cannot be reached, refuses us, or the connection was lost.
        """
        topics = Topics(self._config.prefix, self._config.discovery_prefix)
        async with connected(self._config, topics.process, topics.marker) as broker:
            await Session(self._hub, self._config, broker, topics, self._next).run()


class Session:
    """What is published over one connection."""

    def __init__(
        self, hub: Hub, config: MQTTConfig, broker: Broker, topics: Topics, following: dict[str, Next]
    ) -> None:
        self._hub, self._config, self._broker, self._topics, self._next = hub, config, broker, topics, following
        self._controller = hub.control.controller("mqtt", config.control)
        self._announced: dict[str, dict[str, Any]] = {}
        self._announced_at: dict[str, float] = {}
        self._announcing: set[str] = set()
        self._restored_at: dict[str, float] = {}
        self._restoring: set[str] = set()
        self._former: dict[str, dict[str, Any]] = {}
        self._statuses: dict[str, str] = {}
        self._prices: dict[str, str] = {}
        self._shown: set[tuple[str, bool]] = set()
        self._settings: dict[str, Mapping[str, Setting]] = {}
        self._outdated: set[str] = set()
        self._wake = asyncio.Event()
        self._waiting: dict[str, int] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Publish everything, then what changes."""
        with self._hub.bus.subscribe() as changes:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._broker.lost())
                await self._begin()
                tasks.create_task(self._keep_settings())
                async for change in changes:
                    await self._on_change(change)

    async def _begin(self) -> None:
        """Say ``online`` last: what an earlier run left behind must not be shown as the present until then."""
        await self._broker.listen(self._topics.status("+"), self._on_status)
        await self._broker.settle()
        for key in [key for key, status in self._statuses.items() if status == ONLINE]:
            self._statuses[key] = OFFLINE
            await self._broker.say(self._topics.status(key), OFFLINE)
        await self._broker.ignore(self._topics.status("+"))
        await self._publish_all()
        await self._broker.online()
        if self._config.discovery_prefix:
            await self._broker.listen(self._topics.birth, self._on_birth)

    async def _publish_all(self, *, again: bool = False) -> None:
        for home in list(self._hub.homes.values()):
            await self._announce_home(home, again=again)
        for _, state in list(states_of(self._hub.homes)):
            await self._publish_device(state, again=again)

    # What is published

    async def _on_change(self, change: Change) -> None:
        home = self._hub.homes.get(change.home)
        if home is None:
            return
        if change.what is What.RECEIPT and change.device is not None and change.receipt is not None:
            payload = receipt_payload(change.receipt, change.by, change.error, change.device.info.tz)
            await self._broker.say(self._topics.receipt(change.device.key), payload, retain=False)
            self._outdate(change.device)
        elif change.what is What.DEVICES:
            await self._announce_home(home)
            for state in list(home.devices.values()):
                await self._publish_device(state)
        elif change.device is not None:
            shown = (change.device.key, change.device.reading is not None)  # a reading shows what there is to announce
            if change.what is What.PRICES or shown not in self._shown:
                self._shown.add(shown)
                await self._announce_home(home)
            await self._publish_device(change.device)

    async def _publish_device(self, state: DeviceState, *, again: bool = False) -> None:
        """A device's state, and whether that is the present; in the order in which neither is shown wrongly."""
        status = ONLINE if state.freshness is Freshness.LIVE else OFFLINE
        known = self._statuses.get(state.key)
        if status == OFFLINE and (again or known != status):
            await self._broker.say(self._topics.status(state.key), status)
        for channel in state.prices.channels:
            topic = self._topics.prices(state.key, channel.value)
            payload = encoded(price_payload(state.prices, channel, self._hub.clock.now(), state.info.tz))
            if again or self._prices.get(topic) != payload:
                self._prices[topic] = payload
                await self._broker.say(topic, payload)
        controlled = self._controller.allows(state)
        payload = encoded(
            state_payload(
                state,
                settings=self._settings.get(state.key, {}) if controlled else None,
                following=self._next.get(state.key, Next()) if controlled and POWER in names_of(state) else None,
            )
        )
        await self._broker.say(self._topics.state(state.key), payload)
        if status == ONLINE and (again or known != status):
            await self._broker.say(self._topics.status(state.key), status)
        self._statuses[state.key] = status

    # Discovery

    async def _announce_home(self, home: Home, *, again: bool = False) -> None:
        """Announce the boxes of a home where that is new, and take the commands of what may be controlled."""
        boxes: dict[str, list[DeviceState]] = {}
        for state in list(home.devices.values()):
            boxes.setdefault(box_key(state.info), []).append(state)
            if self._controller.allows(state):
                for name in names_of(state):
                    await self._broker.listen(self._topics.command(state.key, name), self._on_command)
                if state.key not in self._settings:
                    self._outdate(state)
        if self._config.discovery_prefix:
            for box, states in boxes.items():
                if again:
                    await self._announce(home, box, states, again=True)
                elif box not in self._announcing:
                    self._announcing.add(box)
                    self._start(self._announce_soon(home, box))

    async def _announce_soon(self, home: Home, box: str) -> None:
        """Announce a box once, where its devices, their first readings and their settings arrive one after the other."""
        clock = self._hub.clock
        until = clock.monotonic() + READY_S
        if (at := self._announced_at.get(self._topics.discovery(box))) is not None:
            await clock.asleep(at + PAUSE_S - clock.monotonic())
        else:
            while clock.monotonic() < until and not all(self._is_complete(state) for state in _of_box(home, box)):
                await clock.asleep(0.1)
        self._announcing.discard(box)
        if states := _of_box(home, box):
            await self._announce(home, box, states, again=False)

    def _is_complete(self, state: DeviceState) -> bool:
        """Whether all is known that decides about a device's entities, as far as it can be."""
        read = state.reading is not None or bool(state.prices.channels) or state.error is not None
        return read and (state.key in self._settings or not self._controller.allows(state))

    async def _announce(self, home: Home, box: str, states: list[DeviceState], *, again: bool) -> None:
        topic = self._topics.discovery(box)
        controlled = {state.key: self._settings.get(state.key) for state in states if self._controller.allows(state)}
        payload = box_payload(self._topics, home, states, controlled=controlled)
        if topic not in self._announced:
            await self._broker.listen(topic, self._on_discovery)
            await self._broker.settle()  # what an earlier run announced has arrived now
        if payload == self._announced.get(topic) and not again:
            return
        self._announced[topic] = payload
        former, components = self._former.setdefault(topic, {}), payload["cmps"]
        gone = removals(former, components, states, controlled)
        self._former[topic] = {name: each for name, each in (former | components).items() if name not in gone}
        if gone:
            await self._broker.say(topic, {**payload, "cmps": {**components, **gone}})
            await self._hub.clock.asleep(PAUSE_S)
        self._announced_at[topic] = self._hub.clock.monotonic()
        await self._broker.say(topic, self._announced[topic])

    def _on_status(self, topic: str, payload: bytes, _retained: bool) -> None:
        """What an earlier run left behind."""
        key = topic.removeprefix(f"{self._topics.prefix}/").removesuffix("/status")
        self._statuses[key] = payload.decode(errors="replace")

    def _on_discovery(self, topic: str, payload: bytes, _retained: bool) -> None:
        """What an earlier run announced; or somebody removed a box, as Home Assistant does when one of its entities is deleted."""
        if payload and topic not in self._announced:
            self._former[topic] = components_in(payload)
        elif not payload and topic in self._announced:
            self._start(self._announce_again(topic))

    async def _announce_again(self, topic: str) -> None:
        """At once, but not more often than each minute, whoever keeps removing it."""
        if topic in self._restoring:
            return
        self._restoring.add(topic)
        try:
            passed = self._hub.clock.monotonic() - self._restored_at.get(topic, -AGAIN_S)
            await self._hub.clock.asleep(max(0.0, AGAIN_S - passed))
            self._restored_at[topic] = self._hub.clock.monotonic()
        finally:
            self._restoring.discard(topic)
        _log.info("mqtt: %s was emptied by somebody, and is announced again.", topic)
        await self._broker.say(topic, self._announced[topic])

    def _on_birth(self, _topic: str, payload: bytes, retained: bool) -> None:
        """Home Assistant has started: tell it everything."""
        if payload == ONLINE.encode() and not retained:
            self._start(self._welcome())

    async def _welcome(self) -> None:
        await self._hub.clock.asleep(random.uniform(0.0, 0.5))  # noqa: S311 - so that not all speak at once
        await self._publish_all(again=True)

    # Settings

    def _outdate(self, state: DeviceState) -> None:
        """Have a device's settings read again."""
        if self._controller.allows(state):
            self._outdated.add(state.key)
            self._wake.set()

    async def _keep_settings(self) -> None:
        """Read settings that may have changed, and all of them now and then."""
        while True:
            self._wake.clear()
            keys, self._outdated = self._outdated, set()
            for home, state in list(states_of(self._hub.homes)):
                if state.key in keys:
                    await self._read_settings(home, state)
            if self._outdated:
                continue
            try:
                async with asyncio.timeout(SETTINGS_S):
                    await self._wake.wait()
            except TimeoutError:
                self._outdated |= {
                    state.key for _, state in states_of(self._hub.homes) if self._controller.allows(state)
                }

    async def _read_settings(self, home: Home, state: DeviceState) -> None:
        try:
            found = await settings_of(state)
        except OpenPowerError as error:
            _log.debug("mqtt: the settings of %s cannot be read: %s", mask(state.info.id), error)
            return
        if found != self._settings.get(state.key):
            self._settings[state.key] = found
            await self._announce_home(home)
            await self._publish_device(state)

    # Commands

    def _on_command(self, topic: str, payload: bytes, retained: bool) -> None:
        """Carry out a command, unless it is an old one that the broker kept."""
        _, key, _, name = topic.removeprefix(self._topics.prefix).split("/")
        if not payload:  # somebody clears what the broker kept
            return
        if retained:
            _log.warning("mqtt: a retained message on %s is ignored; commands must not be retained.", topic)
            return
        try:
            _, state = self._hub.find(key)
        except OpenPowerError:
            return
        self._start(self._obey(state, name, payload))

    async def _obey(self, state: DeviceState, name: str, payload: bytes) -> None:
        """Carry out a command; what was refused is told as an event, and the state is published either way."""
        waiting = self._waiting.get(state.key, 0)
        try:
            if waiting >= MOST_ORDERS:
                raise RateLimited(f"{waiting} orders wait already; nothing was sent.")
            self._waiting[state.key] = waiting + 1
            try:
                async with self._locks.setdefault(state.key, asyncio.Lock()):
                    await self._order(state, name, read_text(payload))
            finally:
                self._waiting[state.key] -= 1
        except ControlError as error:
            if error.receipt is None:
                await self._refuse(state, name, error)
        except OpenPowerError as error:
            await self._refuse(state, name, error)
        await self._publish_device(state)

    async def _order(self, state: DeviceState, name: str, text: str) -> None:
        following = self._next.get(state.key, Next())
        if name in (POWER, TARGET, MINUTES):
            self._next[state.key] = to_next(name, text, following)
            return
        order = to_order(
            name, text, state, following=following, settings=self._settings.get(state.key), now=self._hub.clock.now()
        )
        await self._controller.send(state, order)

    async def _refuse(self, state: DeviceState, name: str, error: OpenPowerError) -> None:
        level = logging.INFO if isinstance(error, InvalidValue) else logging.WARNING
        _log.log(level, "mqtt: %s for %s was refused: %s", name, mask(state.info.id), error)
        payload = refusal_payload(name, "mqtt", words_of(error), self._hub.clock.now(), state.info.tz)
        await self._broker.say(self._topics.receipt(state.key), payload, retain=False)

    def _start(self, work: Any) -> None:
        assert self._tasks is not None  # noqa: S101 - handlers are registered while it runs
        self._tasks.create_task(work)


def _of_box(home: Home, box: str) -> list[DeviceState]:
    return [state for state in home.devices.values() if box_key(state.info) == box]
