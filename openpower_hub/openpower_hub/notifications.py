"""Notifications through apprise: failed commands, overdue releases, vendors unreachable or back, and price spikes."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import define, frozen

from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError
from openpower_core.prices import Channel
from openpower_core.secrets import mask_text
from openpower_core.writes import WriteState
from openpower_hub.changes import Change, Subscription, What
from openpower_hub.config import NotificationsConfig, secret
from openpower_hub.integration import words_of

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home

_log = logging.getLogger("openpower.hub")

MOST_PER_HOUR: Final = 20
"""How many messages are sent; what is beyond is counted in the next one."""
QUIET: Final = timedelta(minutes=30)
"""How long the same thing is not told again after it was over: what comes and goes is told once."""
_LOOK_S: Final = 30.0
_WAITING: Final = 50
_SEND_S: Final = 30.0
_FAILED: Final = (WriteState.NOT_APPLIED, WriteState.PARTIAL)


@frozen(kw_only=True)
class Condition:
    """A lasting condition; a message is sent when it begins and when it is over."""

    key: tuple[str, ...]
    """What it is about; the same while it lasts."""
    text: str
    """What is told when it begins."""
    over: str
    """What is told when it is over."""
    hold: timedelta = timedelta()
    """How long it has to last before it is told."""


def conditions_of(hub: Hub, config: NotificationsConfig) -> Iterator[Condition]:
    """What is to be told of the homes now, apart from single receipts."""
    for home in hub.homes.values():
        if "overdue" in config.events:
            yield from _overdue(home)
        if "vendor" in config.events:
            yield from _lost(home)
        if "spike" in config.events:
            yield from _spikes(home, config.spike_above)


def _overdue(home: Home) -> Iterator[Condition]:
    for state in home.of_role(Role.BATTERY):
        if (active := state.active) is not None and active.overdue and active.release_due is not None:
            yield Condition(
                key=("overdue", state.key, active.id),
                text=f"A command of the battery should have ended at {active.release_due:%H:%M} UTC and is not released yet. "
                "openpower goes on trying; look at the battery in its vendor's app.",
                over="The overdue command of the battery is released.",
                hold=timedelta(minutes=2),
            )


def _lost(home: Home) -> Iterator[Condition]:
    """A profile that cannot be connected, or of which no device can be read."""
    for profile in home.config.profiles:
        devices = [state for state in home.devices.values() if state.profile == profile]
        whole = [each.error for each in home.failures.get(profile, ()) if each.device is None and not each.part]
        errors = [state.error for state in devices if state.error is not None]
        if whole or (devices and len(errors) == len(devices)):
            error = (whole or errors)[0]
            yield Condition(
                key=("vendor", home.name, profile),
                text=f"{profile} cannot be read: {error}",
                over=f"{profile} answers again.",
                hold=timedelta(minutes=5),
            )


def _spikes(home: Home, above: float | None) -> Iterator[Condition]:
    for state in home.of_role(Role.RETAILER):
        for channel, words in ((Channel.IMPORT, "Electricity costs"), (Channel.EXPORT, "Feed-in pays")):
            price = state.price(channel)
            if price is None:
                continue
            high = above is not None and channel is Channel.IMPORT and float(price.per_kwh) > above
            if high or price.spike is True:
                amount = f"{price.per_kwh:.4f} {price.currency}/kWh"
                yield Condition(
                    key=("spike", state.key, channel.value),
                    text=f"Price spike: {words.lower()} {amount} now.",
                    over=f"The price spike is over ({words.lower()}).",
                )


@define
class _Lasting:
    since: datetime
    announced: bool = False
    over: str = ""


class Notifications:
    """Sends the notifications that ``[notifications]`` configures."""

    def __init__(self, hub: Hub) -> None:
        config = hub.config.notifications
        assert config is not None  # noqa: S101 - else it is not wanted
        self._hub = hub
        self._config: NotificationsConfig = config
        self._urls: list[str] = []
        self._lasting: dict[tuple[str, ...], _Lasting] = {}
        self._quiet: dict[tuple[str, ...], datetime] = {}
        self._receipts: deque[str] = deque(maxlen=200)
        self._sent: deque[datetime] = deque()
        self._left_out = 0
        self._queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_WAITING)
        self._targets: list[Any] = []
        self._dead: set[int] = set()

    async def run(self) -> None:
        """Tell, until this is cancelled.

        Raises:
            ConfigurationError: there are no addresses.
        """
        self._urls = _urls(self._config)
        kinds = (What.RECEIPT, What.COMMAND, What.FRESHNESS, What.DEVICES, What.PRICES)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_all(), name="notifications/sender")
            with self._hub.bus.subscribe(*kinds) as changes:
                while True:
                    self.look()
                    await self._next(changes)

    async def _next(self, changes: Subscription) -> None:
        """Wait for a change, or look again after a while, since some things only last."""
        waits = [asyncio.ensure_future(changes.next()), asyncio.ensure_future(self._hub.clock.asleep(_LOOK_S))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[0].done() and isinstance(change := waits[0].result(), Change) and change.what is What.RECEIPT:
                self.take(change)
        finally:
            for each in waits:
                each.cancel()

    # What is told.

    def take(self, change: Change) -> None:
        """Tell of a command that failed; once."""
        receipt, state = change.receipt, change.device
        if "command" not in self._config.events or state is None:
            return
        if not change.error and (receipt is None or receipt.state not in _FAILED):
            return
        if receipt is None:  # whoever sends it tells it once, and tries again in silence
            self._tell(change.home, f"An order of {change.by} for the {state.role.words} failed: {change.error}")
            return
        if receipt.id in self._receipts:
            return
        self._receipts.append(receipt.id)
        what = receipt.operation.replace("_", " ")
        if (command := receipt.command) is not None:
            until = "" if command.until is None or command.until.year == 9999 else f" until {command.until:%H:%M} UTC"
            what = f"{command.mode.value.replace('_', ' ')}{until}"
        why = change.error or receipt.note or f"it is {receipt.state.value.replace('_', ' ')}"
        self._tell(change.home, f"The {state.role.words} was told to {what} by {change.by}, and that failed: {why}")

    def look(self) -> None:
        """Tell what began and what is over."""
        now = self._hub.clock.now()
        found = {each.key: each for each in conditions_of(self._hub, self._config)}
        for key, each in found.items():
            lasting = self._lasting.setdefault(key, _Lasting(now, over=each.over))
            if not lasting.announced and now - lasting.since >= each.hold and now >= self._quiet.get(key, now):
                lasting.announced = True
                self._tell(self._home_of(key), each.text)
        for key in [key for key in self._lasting if key not in found]:
            lasting = self._lasting.pop(key)
            if lasting.announced:
                self._quiet[key] = now + QUIET
                self._tell(self._home_of(key), lasting.over)
        self._quiet = {key: until for key, until in self._quiet.items() if until > now}

    def _home_of(self, key: tuple[str, ...]) -> str:
        return next((home.name for home in self._hub.homes.values() if key[1] in (home.name, *home.devices)), "")

    def _tell(self, home: str, text: str) -> None:
        now = self._hub.clock.now()
        while self._sent and now - self._sent[0] > timedelta(hours=1):
            self._sent.popleft()
        if len(self._sent) >= MOST_PER_HOUR or self._queue.full():
            self._left_out += 1
            return
        self._sent.append(now)
        if self._left_out:
            text = f"{text} ({self._left_out} more messages were left out.)"
            self._left_out = 0
        found = self._hub.homes.get(home)
        for state in found.devices.values() if found is not None else ():
            text = text.replace(state.info.serial, "…")
        self._queue.put_nowait((f"openpower: {found.title if found else home}", mask_text(text)))

    # How it is told.

    async def _send_all(self) -> None:
        while True:
            title, text = await self._queue.get()
            try:
                # Loading all of its services takes a second or more, in which nothing else may wait.
                self._targets = self._targets or await asyncio.to_thread(_targets, self._urls)
            except ConfigurationError as error:
                self._hub.problems["notifications"] = words_of(error)
                _log.error("notifications: %s", words_of(error))
                return
            for number, target in enumerate(self._targets, 1):
                await self._send(number, target, title, text)

    async def _send(self, number: int, target: Any, title: str, text: str) -> None:
        """Send one message to one address; an address that fails costs one warning, until it works again."""
        try:
            done = bool(await asyncio.wait_for(target.async_notify(title=title, body=text), _SEND_S))
        except Exception:  # noqa: BLE001 - whatever a service does, it must not end the others; it may hold a secret
            done = False
        kind = self._urls[number - 1].partition(":")[0]
        if not done and number not in self._dead:
            _log.warning("notifications: address %d (%s) cannot be reached; messages to it are lost.", number, kind)
        if done and number in self._dead:
            _log.info("notifications: address %d (%s) works again", number, kind)
        (self._dead.discard if done else self._dead.add)(number)


def check_addresses(config: NotificationsConfig) -> None:
    """Check that there are addresses and that apprise knows each of them; it sends nothing.

    Raises:
        ConfigurationError: what is wrong with them.
    """
    _targets(_urls(config))


def _urls(config: NotificationsConfig) -> list[str]:
    """The addresses, one or several in a line; a line may be a comment.

    Raises:
        ConfigurationError: there are none.
    """
    found = secret("NOTIFICATIONS", config.urls_file)
    lines = [] if found is None else found.reveal().splitlines()
    if urls := [url for line in lines if not line.lstrip().startswith("#") for url in line.split()]:
        return urls
    raise ConfigurationError(
        "[notifications] has no addresses.",
        hint="Put apprise URLs into OPENPOWER_NOTIFICATIONS, or into a file that urls_file names.",
    )


def _targets(urls: list[str]) -> list[Any]:
    """An apprise object for each address, so that it shows which one fails; apprise is loaded here, at the first message.

    Raises:
        ConfigurationError: apprise does not know an address; which one it is stands in the message, not what it is.
    """
    import apprise

    # It logs addresses, which hold passwords.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    targets: list[Any] = []
    for number, url in enumerate(urls, 1):
        target: Any = apprise.Apprise()
        if not target.add(url):
            raise ConfigurationError(
                f"[notifications]: address {number} is none that apprise knows.",
                hint="Its documentation lists them: https://appriseit.com/services/",
            )
        targets.append(target)
    return targets
