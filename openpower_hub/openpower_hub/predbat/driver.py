"""Carrying out what Predbat demands, on the one battery of a home: few commands, each with an end, none over somebody else's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from attrs import evolve

from openpower_core.capabilities import Feature
from openpower_core.clock import from_wall_clock
from openpower_core.devices.info import BatteryInfo
from openpower_core.devices.roles import Role
from openpower_core.errors import OpenPowerError
from openpower_core.secrets import mask_text
from openpower_core.writes import WriteState
from openpower_hub.control import RELEASE, Order
from openpower_hub.journal import Journal, Sent
from openpower_hub.mqtt.payloads import in_zone
from openpower_hub.plans import HORIZON, PlannedAction
from openpower_hub.predbat import commands
from openpower_hub.predbat.entities import most_power
from openpower_hub.predbat.intent import DEMAND, Demanded, Intent, Window, intended

if TYPE_CHECKING:
    from openpower_core.writes import ActiveCommand, Receipt
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

_log = logging.getLogger("openpower.hub")

RENEW: Final = timedelta(minutes=7, seconds=30)
"""How long before its end a command is prolonged."""
LEAD: Final = timedelta(seconds=90)
"""For less than that no command is sent."""
RETRY: Final = timedelta(minutes=5)
SETTINGS_AGE: Final = timedelta(minutes=10)
"""How long the battery's own reserve is believed."""
_ALIKE_PCT: Final = 2.0
_ALIKE_SHARE: Final = 0.1
_MOST_W: Final = 10_000.0
"""The range of rates where nothing says what the battery can."""


class Driver:
    """Carries out what is demanded, on the one battery of the home."""

    def __init__(self, hub: Hub, home: Home, *, control: bool) -> None:
        self._hub, self.home = hub, home
        self._controller = hub.control.controller("predbat", [Role.BATTERY] if control else [])
        self._journal = Journal("predbat", hub.clock.now())
        self.demanded = Demanded()
        self.written_at: datetime | None = None
        self._refusal = ""  # until something is carried out again
        self._obstacle = ""  # as long as it is there
        self.intent: Intent = DEMAND
        self._retry_at: datetime | None = None
        self.reserve_pct: float | None = None
        """What the battery keeps by itself, as it was read last."""
        self._read_at: datetime | None = None

    @property
    def battery(self) -> DeviceState | None:
        """The battery; None if the home has none, or several."""
        found = [state for state in self.home.of_role(Role.BATTERY) if state.info.active]
        return found[0] if len(found) == 1 else None

    @property
    def problem(self) -> str:
        """Why something is not carried out, in words; empty if nothing is wrong."""
        return self._obstacle or self._refusal

    @property
    def most_w(self) -> float:
        """What the battery can charge and discharge with (W)."""
        battery = self.battery
        info = battery.info if battery is not None and isinstance(battery.info, BatteryInfo) else None
        return most_power(info) or _MOST_W

    def write(self, name: str, text: str) -> None:
        """Take what Predbat has written; it is carried out a little later.

        Raises:
            InvalidValue: it is not one of the announced values.
        """
        now = self._hub.clock.now()
        self.demanded = commands.written(self.demanded, name, text, now=now, most_w=self.most_w)
        self.written_at, self._retry_at = now, None
        if name == "auto" or text.upper() == "OFF":
            self._refusal = ""  # it has taken back what was refused

    async def act(self) -> None:
        """Order what is demanded now, and end what no longer is; what is refused goes out of the controls again."""
        now = self._hub.clock.now()
        if self.demanded.mode is not None and self.demanded.mode_until is not None and self.demanded.mode_until <= now:
            self.demanded = evolve(self.demanded, mode=None)
            self._refusal = "Predbat has said nothing for 15 minutes: the battery is left to itself."
        if self._retry_at is not None and now < self._retry_at:
            return
        battery, self._obstacle = self.battery, ""
        if battery is None:
            if several := len(self.home.of_role(Role.BATTERY)):
                self._obstacle = f"The home has {several} batteries, and Predbat drives one."
            return
        try:
            await self._act(battery, now)
        except OpenPowerError as error:
            self._refused(error, now)

    async def _act(self, battery: DeviceState, now: datetime) -> None:
        device: Any = battery.device
        active: ActiveCommand | None = await device.active_command()
        ours = None if active is None else self._journal.find(active.id)
        if active is None or ours is not None:
            await self._keep_reserve(battery, now)
            active = await device.active_command()  # that may have taken seconds
            ours = None if active is None else self._journal.find(active.id)
        if self._hub.control.busy(battery):
            return  # somebody else's order is on its way, and does not show yet
        soc = battery.values.get("soc_pct")
        self.intent = intended(
            self.demanded,
            now=now,
            tz=self.home.tz,
            soc_pct=soc if isinstance(soc, float | int) else None,
            running=None if ours is None else ours.operation,
            own_reserve=bool(battery.device.capabilities[Feature.RESERVE_SOC]),
        )
        order = self.intent.order
        if active is not None and ours is None:
            if order is not None:
                self._obstacle = "Somebody else's command is active; it goes first."
            return
        if order is None:
            # After a restart nothing is demanded until Predbat writes again: what runs goes on to its end.
            if active is not None and ours is not None and ours.end > now and self.written_at is not None:
                await self._controller.send(battery, Order(operation=RELEASE))
                ours.end = now
                self._journal.save()
            return
        await self._order(battery, _able(battery, order), active, ours, now)

    async def _order(
        self, battery: DeviceState, order: Order, active: ActiveCommand | None, ours: Sent | None, now: datetime
    ) -> None:
        assert order.until is not None  # noqa: S101 - each intent has an end
        if order.until - now < LEAD:
            return
        if active is not None and ours is not None and _covers(active, ours.end, order, now):
            self._refusal = ""
            return
        if active is None and (last := self._journal.running(battery.key, now)) is not None:
            self._obstacle = f"Somebody ended its command; it orders nothing until {in_zone(last.end, self.home.tz)}."
            return
        if battery.live is None:
            self._obstacle = "The battery does not answer; nothing new is ordered."
            return
        receipt = await self._controller.send(battery, order)
        if receipt.state is WriteState.HELD:
            self._retry_at = receipt.retry_at or now + RETRY
            self._obstacle = f"held: {receipt.note or 'the budget does not allow it yet'}"[:255]
            return
        if ours is not None:
            ours.end = min(ours.end, now)
        self._remember(battery, order, receipt, now)

    def _remember(self, battery: DeviceState, order: Order, receipt: Receipt, now: datetime) -> None:
        assert order.until is not None  # noqa: S101 - each intent has an end
        self._journal.add(
            Sent(
                by="predbat",
                key=battery.key,
                operation=order.operation,
                start=now,
                end=order.until,
                id=receipt.id,
                writes=0 if receipt.state is WriteState.UNCHANGED else 1,
            )
        )
        if receipt.state is WriteState.UNCHANGED:
            self._retry_at = min(order.until, now + RETRY)
        self._refusal = ""

    async def _keep_reserve(self, battery: DeviceState, now: datetime) -> None:
        """Pass a reserve that Predbat has written on to a battery that keeps one by itself."""
        able = battery.device.capabilities
        if not able[Feature.RESERVE_SOC]:
            self.reserve_pct = 0.0
            return
        device: Any = battery.device
        due = self._read_at is None or now - self._read_at > SETTINGS_AGE
        if able[Feature.SETTINGS] and due:
            self.reserve_pct, self._read_at = (await device.settings()).reserve_soc_pct, now
        wanted = self.demanded.reserve_pct
        if wanted is None or (self.reserve_pct is not None and abs(self.reserve_pct - wanted) < 1):
            return
        try:
            await self._controller.send(battery, Order(operation="reserve_soc", value=wanted))
        except OpenPowerError as error:  # the windows are none the worse for it
            self.demanded = evolve(self.demanded, reserve_pct=None)
            self._tell(error)
            return
        self.reserve_pct = wanted

    def _tell(self, error: OpenPowerError) -> None:
        self._refusal = mask_text(f"{error} {error.hint or ''}".strip())[:255]
        _log.warning("%s: what Predbat asks for was refused: %s", self.home.name, error)

    def _refused(self, error: OpenPowerError, now: datetime) -> None:
        """Take out of the controls what was refused, so that Predbat sees it and reports it."""
        self._tell(error)
        retry = getattr(error, "retry_after", None) or RETRY
        self._retry_at = now + max(retry, timedelta(seconds=30))
        demanded = evolve(self.demanded, mode=None, no_charge_until=None, no_discharge_until=None)
        if self.demanded.mode is None and demanded.charge.ends_at(now, self.home.tz):
            demanded = evolve(demanded, charge=evolve(demanded.charge, enabled=False))
        elif self.demanded.mode is None and demanded.export.ends_at(now, self.home.tz):
            demanded = evolve(demanded, export=evolve(demanded.export, enabled=False))
        self.demanded = demanded

    def planned(self) -> Iterator[PlannedAction]:
        """The windows of the next day, as planned actions."""
        now, battery = self._hub.clock.now(), self.battery
        for operation, window in (("charge", self.demanded.charge), ("export", self.demanded.export)):
            for start, end in _stretches(window, now, self.home.tz):
                target = window.target_pct
                yield PlannedAction(
                    by="predbat",
                    home=self.home.name,
                    key=None if battery is None else battery.key,
                    start=start,
                    end=end,
                    order=Order(operation=operation, target_soc_pct=target, until=end),
                    why=f"Predbat has set this window, to {target:g} %.",
                )


def _stretches(window: Window, now: datetime, tz: str | None) -> Iterator[tuple[datetime, datetime]]:
    if (end := window.ends_at(now, tz)) is not None:
        yield now, end
    elif window.enabled and window.start != window.end:
        zone = ZoneInfo(tz or "UTC")
        for day in (now.astimezone(zone).date() + timedelta(days=n) for n in (0, 1)):
            start = from_wall_clock(datetime.combine(day, window.start), zone)
            finish = window.ends_at(start, tz)
            if now < start < now + HORIZON and finish is not None:
                yield start, finish
                return


def _able(battery: DeviceState, order: Order) -> Order:
    """The order without what the battery cannot take; a charge that cannot stop is stopped by the next intent."""
    able = battery.device.capabilities
    return evolve(
        order,
        power_w=order.power_w if able[Feature.COMMAND_POWER] else None,
        target_soc_pct=order.target_soc_pct if able[Feature.COMMAND_TARGET_SOC] else None,
    )


def _covers(active: ActiveCommand, ends: datetime, order: Order, now: datetime) -> bool:
    """Whether a command of ours is near enough to what is wanted: vendors take few writes."""
    command = active.command
    assert order.until is not None  # noqa: S101 - each intent has an end
    if command is None or command.mode.value != order.operation:
        return False
    if order.until < ends - LEAD or (order.until > ends + LEAD and ends - now < RENEW):
        return False
    return _near(command.target_soc_pct, order.target_soc_pct, _ALIKE_PCT) and _near(
        command.power_w, order.power_w, _ALIKE_SHARE * (order.power_w or 0)
    )


def _near(one: float | None, other: float | None, most: float) -> bool:
    return one == other if one is None or other is None else abs(one - other) <= most
