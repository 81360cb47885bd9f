"""The only interface from integrations to devices: what can be ordered, planning, sending, and the result.

Every order goes through the write pipeline of core, which plans, asks guards, counts budgets, stores the previous state and
reads back. This module only decides who may order what, and passes each receipt to all integrations.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import field, frozen

from openpower_core.capabilities import Feature
from openpower_core.checks import instant, number
from openpower_core.control import UNTIL_RELEASED, BatteryCommand, BatteryMode, CurrentScope
from openpower_core.devices.roles import Role
from openpower_core.errors import (
    ClockSkew,
    ControlError,
    InvalidValue,
    OpenPowerError,
    PermissionDenied,
    RateLimited,
    Unsupported,
)
from openpower_core.registry.hooks import HOOKS
from openpower_core.registry.hookspecs import hookimpl
from openpower_core.secrets import mask
from openpower_core.writes import Plan, Receipt, WriteState
from openpower_hub.changes import What
from openpower_hub.homes import states_of

if TYPE_CHECKING:
    from openpower_core.clock import Clock
    from openpower_core.devices.info import DeviceInfo
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

_log = logging.getLogger("openpower.hub")

MOST_PER_MINUTE: Final = 10
"""How many orders for one device are taken within a minute: an automation that loops is stopped here."""
RELEASE: Final = "release"
_ORDERING: Final = ContextVar("_ORDERING", default=RELEASE)
"""Who gave the order that is being carried out; a write without one is a release that became due."""
BUILT: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this a clock has not been set yet."""


def checked_until(value: datetime | None) -> datetime | None:
    return value if value is None or value == UNTIL_RELEASED else instant(value, "until")


@frozen(kw_only=True)
class Order:
    """A request for a device to do something."""

    operation: str
    """A key of :data:`OPERATIONS`: ``"charge"``, ``"release"``, ``"reserve_soc"`` …"""
    target_soc_pct: float | None = None
    """Of charge and export: where to stop."""
    power_w: float | None = None
    """Of charge and export: how fast."""
    until: datetime | None = field(default=None, converter=checked_until)
    """Of a battery mode: when it ends; None for the home's ``command_duration``."""
    value: float | bool | None = None
    """Of settings and limits: the new figure; None removes a limit."""

    @property
    def rule(self) -> Operation:
        """What is known of its operation.

        Raises:
            InvalidValue: there is no such operation.
        """
        if (found := OPERATIONS.get(self.operation)) is None:
            raise InvalidValue(f"operation is {self.operation!r}; it must be one of {', '.join(OPERATIONS)}.")
        return found


@frozen(kw_only=True)
class Operation:
    """An operation that a kind of device supports."""

    role: Role
    """Which kind of device."""
    feature: Feature
    """What the device has to support."""
    title: str
    """What it is called where people see it: ``Hold``."""
    effect: str
    """What it does, in words."""
    call: Callable[[Any, Order, bool], Awaitable[Receipt]]
    """Calls the device; the last argument is whether it only plans."""
    unit: str = ""
    """Of ``value``: ``"%"``, ``"W"``, ``"A"``; empty where it takes none."""
    mode: bool = False
    """Whether it is a battery mode, which ends."""
    aimed: bool = False
    """Whether it is a battery mode that can have a target and a power."""

    @property
    def takes(self) -> tuple[str, ...]:
        """The fields of an order that belong to it."""
        if self.unit:
            return ("value",)
        aim = ("target_soc_pct", "power_w") if self.aimed else ()
        return (*aim, "until") if self.mode else ()


def _mode(mode: BatteryMode) -> Callable[[Any, Order, bool], Awaitable[Receipt]]:
    def call(device: Any, order: Order, dry_run: bool) -> Awaitable[Receipt]:
        given: dict[str, Any] = {"until": order.until}
        if mode in (BatteryMode.CHARGE, BatteryMode.EXPORT):
            given |= {"target_soc_pct": order.target_soc_pct, "power_w": order.power_w}
        given = {name: value for name, value in given.items() if value is not None}
        return device.command(mode, dry_run=dry_run, **given)  # type: ignore[no-any-return]

    return call


def _setting(name: str) -> Callable[[Any, Order, bool], Awaitable[Receipt]]:
    def call(device: Any, order: Order, dry_run: bool) -> Awaitable[Receipt]:
        return device.apply_settings(dry_run=dry_run, **{name: order.value})  # type: ignore[no-any-return]

    return call


def _amps(device: Any, order: Order, dry_run: bool) -> Awaitable[Receipt]:
    amps = number(order.value, "value", above=0)
    return device.set_current_limit(amps, scope=CurrentScope.CHARGER, dry_run=dry_run)  # type: ignore[no-any-return]


_EFFECTS: Final[Mapping[BatteryMode, str]] = {
    BatteryMode.AUTO: "The battery supplies the house and takes surplus solar, as the vendor has it.",
    BatteryMode.CHARGE: "The battery charges, from the grid if solar is not enough.",
    BatteryMode.HOLD: "The battery does not supply the house; solar still charges it.",
    BatteryMode.NO_CHARGE: "The battery supplies the house and does not charge; surplus solar is exported.",
    BatteryMode.IDLE: "The battery neither charges nor discharges.",
    BatteryMode.EXPORT: "The battery discharges into the grid.",
}

OPERATIONS: Final[Mapping[str, Operation]] = {
    **{
        mode.value: Operation(
            role=Role.BATTERY,
            feature=Feature.of(mode),
            title=mode.value.replace("_", " ").capitalize(),
            effect=_EFFECTS[mode],
            call=_mode(mode),
            mode=True,
            aimed=mode in (BatteryMode.CHARGE, BatteryMode.EXPORT),
        )
        for mode in BatteryMode
    },
    RELEASE: Operation(
        role=Role.BATTERY,
        feature=Feature.RELEASE,
        title="Release",
        effect="What was set before openpower's commands is put back.",
        call=lambda device, _, dry_run: device.release(dry_run=dry_run),
    ),
    "reserve_soc": Operation(
        role=Role.BATTERY,
        feature=Feature.RESERVE_SOC,
        title="Reserve",
        effect="The battery keeps this charge for a power cut.",
        call=_setting("reserve_soc_pct"),
        unit="%",
    ),
    "max_soc": Operation(
        role=Role.BATTERY,
        feature=Feature.MAX_SOC,
        title="Maximum from the grid",
        effect="Above this charge the battery does not charge from the grid.",
        call=_setting("max_soc_pct"),
        unit="%",
    ),
    "max_charge_w": Operation(
        role=Role.BATTERY,
        feature=Feature.POWER_LIMITS,
        title="Charging limit",
        effect="The most that the battery charges with, in every mode.",
        call=_setting("max_charge_w"),
        unit="W",
    ),
    "max_discharge_w": Operation(
        role=Role.BATTERY,
        feature=Feature.POWER_LIMITS,
        title="Discharging limit",
        effect="The most that the battery discharges with, in every mode.",
        call=_setting("max_discharge_w"),
        unit="W",
    ),
    "export_limit": Operation(
        role=Role.INVERTER,
        feature=Feature.SET_EXPORT_LIMIT,
        title="Export limit",
        effect="The most power that the inverter exports.",
        call=lambda device, order, dry_run: device.set_export_limit(order.value, dry_run=dry_run),
        unit="W",
    ),
    "start": Operation(
        role=Role.EV_CHARGER,
        feature=Feature.START,
        title="Start charging",
        effect="The car charges.",
        call=lambda device, _, dry_run: device.start(dry_run=dry_run),
    ),
    "stop": Operation(
        role=Role.EV_CHARGER,
        feature=Feature.STOP,
        title="Stop charging",
        effect="The car does not charge.",
        call=lambda device, _, dry_run: device.stop(dry_run=dry_run),
    ),
    "current": Operation(
        role=Role.EV_CHARGER,
        feature=Feature.CHARGER_CURRENT,
        title="Current limit",
        effect="The most that the car charges with, per phase.",
        call=_amps,
        unit="A",
    ),
}
"""All that can be ordered, by name; integrations make their controls from it."""


def operations_of(state: DeviceState) -> dict[str, Operation]:
    """What a device can be told, by name."""
    return {
        name: each
        for name, each in OPERATIONS.items()
        if each.role is state.role and state.device.capabilities[each.feature]
    }


def why_not(state: DeviceState, operation: Operation) -> str:
    """Why a device cannot be told something, in words; empty if it can."""
    capability = state.device.capabilities[operation.feature]
    return "" if capability else capability.note or f"The {state.role.words} does not support it."


class Control:
    """The orders of all integrations, their receipts, and which integration sent each."""

    def __init__(self, homes: dict[str, Home], clock: Clock) -> None:
        self._homes, self._clock = homes, clock
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._seen: deque[tuple[str, WriteState]] = deque(maxlen=200)
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: Counter[str] = Counter()

    def busy(self, state: DeviceState) -> bool:
        """Whether an order for a device is on its way: until it is sent, nothing else shows it."""
        return self._under_way[state.key] > 0

    def controller(self, by: str, roles: Collection[Role]) -> Controller:
        """What an integration gives its orders to.

        Args:
            by: the integration's name, as the audit of the hub shows it.
            roles: the kinds of devices that it may control; none by default, since control is switched on by the user.
        """
        return Controller(self, by, frozenset(roles))

    def listen(self) -> Callable[[], None]:
        """Take the receipts of writes that nobody ordered here, such as releases that became due; returns what ends it."""
        HOOKS.add(self)
        return lambda: HOOKS.remove(self)

    @hookimpl
    def openpower_before_write(self, device: DeviceInfo, plan: Plan) -> None:
        """A write of this process is about to be sent: tell its plan, whose id its receipts have as well."""
        if plan.dry_run or plan.native:
            return
        receipt = Receipt(
            id=plan.id,
            state=WriteState.PLANNED,
            device_id=device.id,
            operation=plan.operation,
            at=self._clock.now(),
            adjustments=plan.adjustments,
            calls=plan.calls,
            recurs_at=plan.recurs_at,
            release_due=plan.release_due,
            command=plan.desired if isinstance(plan.desired, BatteryCommand) else None,
        )
        self.openpower_after_write(device, receipt)

    @hookimpl
    def openpower_after_write(self, device: DeviceInfo, receipt: Receipt) -> None:
        """A write of this process was sent."""
        for home, state in states_of(self._homes):
            if state.info.id == device.id and state.info.provider == device.provider:
                self.announce(home, state, receipt, _ORDERING.get())

    def announce(self, home: Home, state: DeviceState, receipt: Receipt, by: str, error: str = "") -> None:
        """Tell of a receipt, once for each state that it reaches."""
        if (receipt.id, receipt.state) in self._seen and not error:
            return
        self._seen.append((receipt.id, receipt.state))
        state.receipts.append((receipt, by))
        home.publish(What.RECEIPT, state, receipt=receipt, by=by, error=error)

    async def plan(self, state: DeviceState, order: Order) -> Receipt:
        """What an order would do; nothing is sent."""
        return await self._call(state, order, dry_run=True)

    async def send(self, state: DeviceState, order: Order, by: str) -> Receipt:
        """Carry out an order; the result of reading back follows as a change.

        Raises:
            OpenPowerError: nothing, or not all of it, was done; the error says which.
        """
        self._check_pace(state, order)
        self._check_clock(state)
        home = self._homes[state.home]
        ordering = _ORDERING.set(by)
        self._under_way[state.key] += 1
        try:
            receipt = await self._call(state, order, dry_run=False)
        except ControlError as error:
            if error.receipt is not None:
                self.announce(home, state, error.receipt, by, error=str(error))
            raise
        finally:
            self._under_way[state.key] -= 1
            _ORDERING.reset(ordering)
        self.announce(home, state, receipt, by)
        _log.info("%s: %s of %s by %s: %s", home.name, order.operation, mask(state.info.id), by, receipt.state.value)
        if receipt.state is WriteState.ACCEPTED:
            task = asyncio.get_running_loop().create_task(self._confirm(home, state, receipt, by))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await self._look(home, state)
        return receipt

    async def _call(self, state: DeviceState, order: Order, *, dry_run: bool) -> Receipt:
        rule = order.rule
        if rule.role is not state.role:
            raise InvalidValue(f"{order.operation} is for a {rule.role.words}, not for a {state.role.words}.")
        if not state.device.capabilities[rule.feature]:
            raise Unsupported(
                f"{mask(state.info.id)} cannot {order.operation.replace('_', ' ')}: {why_not(state, rule)}",
                feature=rule.feature.value,
                provider=state.info.provider,
            )
        for name in ("target_soc_pct", "power_w", "until", "value"):
            if getattr(order, name) is not None and name not in rule.takes:
                raise InvalidValue(f"{order.operation} takes no {name}; nothing was sent.", argument=name)
        return await rule.call(state.device, order, dry_run)

    async def _confirm(self, home: Home, state: DeviceState, receipt: Receipt, by: str) -> None:
        """Read back what was accepted, and tell what became of it."""
        device: Any = state.device
        _ORDERING.set(by)  # of this task alone
        try:
            self.announce(home, state, await device.confirm(receipt), by)
        except OpenPowerError as error:
            unclear = attrs.evolve(receipt, state=WriteState.UNVERIFIABLE, note=str(error))
            self.announce(home, state, unclear, by, error=str(error))

    async def _look(self, home: Home, state: DeviceState) -> None:
        """What is commanded now."""
        if state.role is Role.BATTERY:
            device: Any = state.device
            try:
                state.active = await device.active_command()
            except OpenPowerError as error:  # the order was sent all the same; the supervision looks again
                _log.warning("%s: the commands of %s cannot be looked up: %s", home.name, mask(state.info.id), error)
                return
            home.publish(What.COMMAND, state)

    def _check_clock(self, state: DeviceState) -> None:
        """Refuse an order while this machine does not know the time, since ends would be wrong."""
        if (now := self._clock.now()) < BUILT:
            raise ClockSkew(
                f"this machine's clock says {now:%Y-%m-%d}; nothing was sent.",
                provider=state.info.provider,
                hint="Wait until it has the time from the network, or set it.",
            )

    def _check_pace(self, state: DeviceState, order: Order) -> None:
        """Refuse an order that comes too soon after many others; a release never does."""
        if order.operation == RELEASE:
            return
        now, recent = self._clock.monotonic(), self._recent[state.key]
        while recent and now - recent[0] > 60:
            recent.popleft()
        if len(recent) >= MOST_PER_MINUTE:
            raise RateLimited(
                f"{mask(state.info.id)} got {len(recent)} orders within a minute; nothing was sent.",
                provider=state.info.provider,
                retry_after=timedelta(seconds=60 - (now - recent[0])),
                nothing_sent=True,
                hint="Look for an automation that reacts to its own commands.",
            )
        recent.append(now)

    async def aclose(self) -> None:
        """Stop reading back; what was sent is remembered, and the next process goes on."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@frozen
class Controller:
    """Sends the orders of one integration, as far as the user allows it."""

    _control: Control
    by: str
    """Its name."""
    roles: frozenset[Role]
    """The kinds of devices that it may control."""

    def allows(self, state: DeviceState) -> bool:
        """Whether it may control a device."""
        return state.role in self.roles

    async def plan(self, state: DeviceState, order: Order) -> Receipt:
        """What an order would do, whether it is allowed or not; nothing is sent."""
        return await self._control.plan(state, order)

    async def send(self, state: DeviceState, order: Order) -> Receipt:
        """Carry out an order.

        Raises:
            PermissionDenied: the user has not switched on control of such devices for this integration.
            OpenPowerError: see :meth:`Control.send`.
        """
        if not self.allows(state):
            raise PermissionDenied(
                f"{self.by} may not control a {state.role.words}; nothing was sent.",
                provider=state.info.provider,
                hint=f'Allow it with control = ["{state.role.value}"] in openpower.toml.',
            )
        return await self._control.send(state, order, self.by)
