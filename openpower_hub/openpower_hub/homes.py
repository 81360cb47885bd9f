"""A home in the hub: connected, polled at the vendors' intervals, supervised, with the current state of each device."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from openpower_core.balance import Balance, balance
from openpower_core.capabilities import Feature
from openpower_core.connection import connect_async
from openpower_core.devices.info import Failure
from openpower_core.devices.roles import Role
from openpower_core.errors import AuthenticationFailed, BadResponse, ConnectionClosed, OpenPowerError, RateLimited
from openpower_core.prices import Channel, Price, PriceSeries
from openpower_core.readings import Reading
from openpower_core.secrets import mask
from openpower_hub.changes import Bus, Change, What
from openpower_hub.names import device_key
from openpower_hub.state import DeviceState, Freshness
from openpower_hub.tasks import check_cancelled, first_error

if TYPE_CHECKING:
    from openpower_core.clock import Clock
    from openpower_core.connection import AsyncConnection
    from openpower_core.devices import AsyncBattery, AsyncDevice, AsyncRetailer
    from openpower_hub.config import HomeConfig

_log = logging.getLogger("openpower.hub")

LOOK_S: Final = 5.0
"""How often commands that are due, and those of other processes, are looked for."""
_FIRST_RETRY_S: Final = 10.0
_LONGEST_RETRY_S: Final = 900.0
_LONGEST_AUTH_RETRY_S: Final = 7200.0
"""Many wrong sign-ins in a row would lock the account."""
_FIRST_RELEASE_S: Final = 30.0
_AHEAD: Final = timedelta(hours=48)
_FORECAST_AGE: Final = timedelta(minutes=30)
_JITTER: Final = 0.05
"""By what share intervals differ, so that many homes do not ask a vendor at the same instant."""


class Home:
    """One home: the devices of its profiles."""

    def __init__(
        self,
        config: HomeConfig,
        *,
        bus: Bus,
        clock: Clock,
        connect: Callable[..., AsyncConnection[Any]] = connect_async,
    ) -> None:
        self.config = config
        self.name = config.name
        self.clock = clock
        self.devices: dict[str, DeviceState] = {}
        """By key, in the order in which they were found."""
        self.failures: dict[str, tuple[Failure, ...]] = {}
        """What could not be found, by profile."""
        self._bus = bus
        self._connect = connect
        self._fresh: dict[str, Freshness] = {}
        self._again = asyncio.Event()
        self._twice: set[tuple[str, str]] = set()

    @property
    def title(self) -> str:
        """What it is called where people see it."""
        return self.config.title or self.name.replace("_", " ").capitalize()

    @property
    def tz(self) -> str | None:
        """The zone of its clock, as far as a device says."""
        return next((state.info.tz for state in self.devices.values() if state.info.tz), None)

    @property
    def simulated(self) -> bool:
        """Whether nothing of it is real."""
        return bool(self.devices) and all(state.info.provider == "demo" for state in self.devices.values())

    @property
    def balance(self) -> Balance:
        """The flows of now; None where a part is not live."""
        states = [state for state in self.devices.values() if state.role is not Role.RETAILER]
        return balance([state.live or _unknown(state) for state in states if state.reading is not None])

    def of_role(self, role: Role) -> list[DeviceState]:
        """Its devices of one kind, in use first."""
        found = [state for state in self.devices.values() if state.role is role]
        return sorted(found, key=lambda state: not state.info.active)

    def publish(self, what: What, device: DeviceState | None = None, **more: Any) -> None:
        """Tell the integrations that something changed."""
        self._bus.publish(Change(what=what, home=self.name, device=device, **more))

    async def run(self) -> None:
        """Keep it connected until this is cancelled; its profiles fail and come back each for itself."""
        async with asyncio.TaskGroup() as tasks:
            for profile in self.config.profiles:
                tasks.create_task(self._keep(profile), name=f"{self.name}/{profile}")
            tasks.create_task(self._watch_freshness(), name=f"{self.name}/freshness")

    async def read_once(self, profile: str, connection: AsyncConnection[Any]) -> None:
        """Read its devices once, for a process that only shows them: nothing is supervised, and nothing is sent."""
        for device in await connection.devices():
            if (state := self._adopt(profile, device, 1.0)) is None:
                continue
            try:
                if state.role is Role.RETAILER:
                    await self._look_at_prices(state)
                elif state.device.capabilities[Feature.READ]:
                    state.take(await cast("Any", device).read())
            except OpenPowerError as error:
                self._failed(state, error)
        batteries = [each for each in await connection.devices() if each.info.role is Role.BATTERY]
        await self._look_at_commands([cast("AsyncBattery", each) for each in batteries])
        self._fail(profile, connection.failures)

    async def _look_at_prices(self, state: DeviceState) -> None:
        retailer = cast("AsyncRetailer", state.device)
        if retailer.capabilities[Feature.CURRENT_PRICE]:
            state.prices = await _prices_of(state, await retailer.current_price(), self.clock.now())

    def fail(self, profile: str, error: OpenPowerError) -> None:
        """Remember that a profile cannot be connected."""
        self._fail(profile, (Failure(provider=profile, error=error),))

    def look_again(self) -> None:
        """Try at once what is to be tried again later: somebody may have put it right."""
        self._again.set()
        self._again.clear()

    async def _keep(self, profile: str) -> None:
        """Connect a profile, again and again; whatever happens to it, the others of the home go on."""
        failed = 0
        while True:
            began = self.clock.monotonic()
            error: OpenPowerError | None = None
            try:
                async with self._connect(profile, default_duration=self.config.command_duration) as connection:
                    await self._serve(profile, connection)
            except Exception as raised:  # noqa: BLE001 - a provider's own mistake costs this profile alone
                error = self._judged(raised, profile)
                check_cancelled()  # it failed while it was closed
            failed = 0 if self.clock.monotonic() - began > _LONGEST_RETRY_S else failed
            if error is not None:
                failed += 1
                self.fail(profile, error)
            await self._pause(_retry_s(failed, error))

    def _judged(self, raised: Exception, profile: str) -> OpenPowerError:
        """The first error of a group of tasks; a mistake is logged with its place."""
        error = first_error(raised)
        if isinstance(error, OpenPowerError):
            return error
        _log.error("%s: %s failed", self.name, profile, exc_info=error)
        return _unexpected(error, profile)

    async def _pause(self, seconds: float) -> None:
        """Wait, unless somebody asks to look again."""
        waits = {asyncio.ensure_future(self.clock.asleep(seconds)), asyncio.ensure_future(self._again.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    def _fail(self, profile: str, failures: tuple[Failure, ...]) -> None:
        """Remember what of a profile is missing, and say it once."""
        before = {_text(each) for each in self.failures.get(profile, ())}
        self.failures[profile] = failures
        after = {_text(each) for each in failures}
        for words in after - before:
            _log.warning("%s: %s", self.name, words)
        if before and not after:
            _log.info("%s: everything of %s answers again", self.name, profile)
        if before != after:
            self.publish(What.DEVICES)

    async def _serve(self, profile: str, connection: AsyncConnection[Any]) -> None:
        """Read and supervise the devices of a connection until it is closed."""
        share = 1 + random.uniform(0, _JITTER)  # noqa: S311 - not for cryptography
        for device in await connection.devices():
            self._adopt(profile, device, share)
        watched: set[str] = set()
        async with asyncio.TaskGroup() as tasks:
            looked = asyncio.Event()
            tasks.create_task(self._supervise(connection, looked), name=f"{self.name}/{profile}/supervision")
            # What is overdue is released before the first reading; whether it shows may take minutes longer.
            with suppress(TimeoutError):
                async with asyncio.timeout(_FIRST_RELEASE_S):  # wait_for of Python 3.11 may lose a cancellation
                    await looked.wait()
            while not connection.closed:
                try:
                    devices = await connection.devices()
                except ConnectionClosed:
                    return
                except OpenPowerError as error:
                    self.fail(profile, error)
                    devices = []
                else:
                    self._fail(profile, connection.failures)
                for device in devices:
                    if (state := self._adopt(profile, device, share)) is not None and state.key not in watched:
                        watched.add(state.key)
                        tasks.create_task(self._follow(state), name=state.key)
                self.publish(What.DEVICES)
                await self._pause(_LONGEST_RETRY_S / 3 if self.failures.get(profile) else 4 * _LONGEST_RETRY_S)

    def _adopt(self, profile: str, device: AsyncDevice, share: float) -> DeviceState | None:
        """What is known of a device, old or new; None if another profile of this home has it already."""
        key = device_key(device.info)
        if (known := self.devices.get(key)) is not None:
            if known.profile != profile:
                if (profile, key) not in self._twice:
                    self._twice.add((profile, key))
                    _log.warning("%s: %s is in %s as well, and is used once", self.name, mask(device.info.id), profile)
                return None
            known.device = device
            return known
        own = self.config.intervals.get(profile) or device.capabilities.interval
        self.devices[key] = DeviceState(
            home=self.name, profile=profile, device=device, clock=self.clock, interval=own * share
        )
        return self.devices[key]

    async def _follow(self, state: DeviceState) -> None:
        """Watch a device for ever; what does not pass by itself is tried again at growing distance."""
        follow = self._follow_prices if state.role is Role.RETAILER else self._follow_readings
        needs = Feature.CURRENT_PRICE if state.role is Role.RETAILER else Feature.READ
        if not state.device.capabilities[needs]:
            return None
        failed = 0
        while True:
            began = self.clock.monotonic()
            try:
                return await follow(state)  # until the connection is closed
            except ConnectionClosed:
                return None
            except AuthenticationFailed as error:  # they may have been replaced: the profile is connected anew
                self._failed(state, error)
                raise
            except OpenPowerError as error:
                refused = error
            except Exception as error:  # noqa: BLE001 - the provider's own mistake costs this device alone
                _log.exception("%s: reading %s failed", self.name, mask(state.info.id))
                refused = _unexpected(error, state.info.provider)
            check_cancelled()
            failed = 0 if self.clock.monotonic() - began > _LONGEST_RETRY_S else failed + 1
            self._failed(state, refused)
            await self._pause(_retry_s(failed, refused))

    def _failed(self, state: DeviceState, error: OpenPowerError | None) -> None:
        """Reading a device began to fail, or works again."""
        if error is not None and state.error is None:
            state.failing_since = self.clock.now()
        if error is None and state.error is not None:
            state.failing_since = None
            self.look_again()  # what is due, and could not be released meanwhile, waits no longer
        state.error = error
        self.publish(What.FRESHNESS, state)

    async def _follow_readings(self, state: DeviceState) -> None:
        def on_failure(error: OpenPowerError | None) -> None:
            self._failed(state, error)

        async for reading in state.device.watch(state.interval, on_failure=on_failure, unchanged=True):
            state.take(reading)
            if state.error is not None:
                self._failed(state, None)
            self._fresh[state.key] = Freshness.LIVE
            self.publish(What.READING, state)

    async def _follow_prices(self, state: DeviceState) -> None:
        def on_failure(error: OpenPowerError | None) -> None:
            self._failed(state, error)

        asked: datetime | None = None
        asked_s = 0.0
        async for price in state.device.watch(state.interval, on_failure=on_failure, unchanged=True):
            now = self.clock.now()
            known = state.price(Channel.IMPORT)
            due = state.prices.next_published_at
            if (
                asked is None
                or self.clock.monotonic() - asked_s >= _FORECAST_AGE.total_seconds()
                or (due is not None and asked < due <= now)
                or known is None
                or known.per_kwh != price.per_kwh
            ):
                asked, asked_s = now, self.clock.monotonic()
                state.prices = await _prices_of(state, price, now)
                self.publish(What.PRICES, state)
            if state.error is not None:
                self._failed(state, None)

    async def _watch_freshness(self) -> None:
        """Tell when figures become old, without anything having arrived."""
        running: dict[str, tuple[Any, ...]] = {}
        failed = False
        while True:
            await self.clock.asleep(1.0)
            try:
                for state in list(self.devices.values()):
                    self._look_at_freshness(state, running)
            except Exception:  # noqa: BLE001 - it must not end the supervision of commands beside it
                if not failed:
                    _log.exception("%s: looking at the age of figures failed; it is repeated", self.name)
                failed = True

    def _look_at_freshness(self, state: DeviceState, running: dict[str, tuple[Any, ...]]) -> None:
        key, fresh = state.key, state.freshness
        if self._fresh.get(key, Freshness.GONE) is not fresh:
            self._fresh[key] = fresh
            self.publish(What.FRESHNESS, state)
        if state.role is Role.RETAILER:
            now = tuple(state.price(channel) for channel in Channel)
            if running.get(key, now) != now:
                self.publish(What.PRICES, state)
            running[key] = now

    async def _supervise(self, connection: AsyncConnection[Any], looked: asyncio.Event) -> None:
        """Release what is due, whoever commanded it, and follow what is commanded."""
        failed = 0
        while not connection.closed:
            try:
                await self._look(connection)
                failed = 0
            except ConnectionClosed:
                return
            except OpenPowerError:  # logged by the writer, with its next attempt
                failed += 1
            except Exception:  # noqa: BLE001 - whatever it is, what is due must stay watched
                failed += 1
                _log.exception("%s: looking for commands that are due failed; it is repeated", self.name)
            check_cancelled()
            looked.set()
            await self._pause(max(LOOK_S, _retry_s(failed)) if failed else LOOK_S)

    async def _look(self, connection: AsyncConnection[Any]) -> None:
        found = await connection.devices()
        batteries = [cast("AsyncBattery", each) for each in found if getattr(each, "writer", None)]
        try:
            if batteries and (writer := connection.writer) is not None:
                await writer.supervise()
                await writer.release_due()
        finally:
            await self._look_at_commands(batteries)

    async def _look_at_commands(self, batteries: list[AsyncBattery]) -> None:
        for battery in batteries:
            state = self.devices.get(device_key(battery.info))
            if state is None or not hasattr(battery, "active_command"):
                continue
            try:
                active = await battery.active_command()
            except OpenPowerError as error:
                _log.warning("%s: the commands of %s cannot be looked up: %s", self.name, mask(battery.info.id), error)
                continue
            if active != state.active:
                state.active = active
                self.publish(What.COMMAND, state)


async def _prices_of(state: DeviceState, price: Price, now: datetime) -> PriceSeries:
    """The prices of today and ahead, as far as the retailer has them; the running one in any case."""
    retailer = cast("AsyncRetailer", state.device)
    if not retailer.capabilities[Feature.PRICES]:
        found = [price]
        if retailer.capabilities[Feature.EXPORT_PRICES]:
            found.append(await retailer.current_price(Channel.EXPORT))
        return PriceSeries(found, tz=state.info.tz)
    return await retailer.prices(_midnight(now, state.info.tz), now + _AHEAD)


def _midnight(now: datetime, tz: str | None) -> datetime:
    from zoneinfo import ZoneInfo

    local = now if tz is None else now.astimezone(ZoneInfo(tz))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _unknown(state: DeviceState) -> Reading:
    """A reading of the same kind without figures: what is not live is unknown, not absent."""
    assert state.reading is not None  # noqa: S101  (asked for those that were read)
    return type(state.reading)(stamp=state.reading.stamp)


def _retry_s(failed: int, error: OpenPowerError | None = None) -> float:
    """When to try again: not before the vendor wants it, and seldom where it refuses the credentials."""
    longest = _LONGEST_AUTH_RETRY_S if isinstance(error, AuthenticationFailed) else _LONGEST_RETRY_S
    pause = min(_FIRST_RETRY_S * 2.0 ** min(failed, 10), longest) * random.uniform(0.8, 1.2)  # noqa: S311
    asked = error.retry_after if isinstance(error, RateLimited) else None
    return pause if asked is None else max(pause, asked.total_seconds())


def _unexpected(error: Exception, provider: str) -> OpenPowerError:
    return BadResponse(f"{type(error).__name__}: {error}", provider=provider)


def _text(failure: Failure) -> str:
    """What is missing and why, with the provider's name once."""
    about = f"{failure.provider}{' ' if failure.part else ''}{failure.part}"
    return f"{about}: {str(failure.error).removeprefix(f'{failure.provider}: ')}"


def states_of(homes: dict[str, Home]) -> Iterator[tuple[Home, DeviceState]]:
    """Every device of every home."""
    for home in homes.values():
        for state in home.devices.values():
            yield home, state
