"""EMHASS: asks it for plans, shows them, and carries them out step by step, each command with an end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError, OpenPowerError, PartialData, RateLimited
from openpower_hub.changes import Subscription, What
from openpower_hub.config import EMHASSConfig
from openpower_hub.control import OPERATIONS, Order, why_not
from openpower_hub.emhass.answer import Plan, plan_of
from openpower_hub.emhass.client import Client
from openpower_hub.emhass.configuration import Configuration, configuration
from openpower_hub.emhass.forecasts import forecasts_of
from openpower_hub.emhass.modes import Block, blocks_of, curtailed
from openpower_hub.emhass.request import floored, request_of
from openpower_hub.execution import Executor, Right
from openpower_hub.integration import words_of
from openpower_hub.journal import Journal
from openpower_hub.plans import HORIZON, PlannedAction, PlanState, prices_of

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

__all__ = ["EMHASS", "Configuration", "configuration"]

_log = logging.getLogger("openpower.hub")

BY: Final = "emhass"
_AFTER: Final = timedelta(seconds=5)
"""How long after the beginning of a step it plans, so that the vendors' figures of it are there."""
_TICK_S: Final = 60.0
_TRIED_AGAIN: Final = timedelta(minutes=1)
_OFF_PCT: Final = 15.0
"""By how much the charge may differ from the plan."""
_AGAIN: Final = timedelta(minutes=5)


class EMHASS:
    """The plans of ``[emhass]``."""

    def __init__(self, hub: Hub, *, client: Client | None = None) -> None:
        config = hub.config.emhass
        assert config is not None  # noqa: S101 - else it is not wanted
        self._hub = hub
        self._config: EMHASSConfig = config
        self._client = client or Client(config.url)
        rights = {
            BY: Right(
                controller=hub.control.controller(BY, {Role.BATTERY, Role.INVERTER}), most_writes=config.most_writes
            )
        }
        self._executor = Executor(hub, Journal(BY, hub.clock.now()), rights if config.control else {})
        self._plan: Plan | None = None
        self._problem = "EMHASS was not asked yet."

    async def run(self) -> None:
        """Plan at the beginning of each step, and carry plans out, until this is cancelled."""
        try:
            with self._hub.bus.subscribe(What.COMMAND, What.DEVICES, What.PRICES) as changes:
                due = self._hub.clock.now()
                while True:
                    now = self._hub.clock.now()
                    home = self._home
                    if home is not None and now >= due and home.devices:
                        await self.ask(home)
                        due = floored(now, self._config.interval) + self._config.interval + _AFTER
                        if self._problem:  # such as a battery that was not read yet
                            due = min(due, now + _TRIED_AGAIN)
                    elif home is not None and self._is_off(home) and now >= due - self._config.interval + _AGAIN:
                        due = now
                        continue
                    if home is not None:
                        await self.carry_out(home)
                    await self._pause(changes, (due - now).total_seconds())
        finally:
            await self._executor.aclose()
            await self._client.aclose()

    async def _pause(self, changes: Subscription, seconds: float) -> None:
        waits = {
            asyncio.ensure_future(changes.next()),
            asyncio.ensure_future(self._hub.clock.asleep(min(max(seconds, 1.0), _TICK_S))),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    @property
    def _home(self) -> Home | None:
        homes = self._hub.homes
        return homes.get(self._config.home) if self._config.home else next(iter(homes.values()), None)

    async def ask_once(self) -> None:
        """Ask for one plan, and go no further: for a command that shows it."""
        try:
            if (home := self._home) is not None:
                await self.ask(home)
        finally:
            await self._client.aclose()

    async def ask(self, home: Home) -> None:
        """Ask for a plan; one that cannot be used leaves the one before, until that is too old."""
        try:
            self._plan, problem = await self._asked(home), ""
        except ConfigurationError:
            raise
        except OpenPowerError as error:
            problem = words_of(error)
        if problem and problem != self._problem:
            _log.warning("%s: %s", home.name, problem)
        self._problem = problem

    async def _asked(self, home: Home) -> Plan:
        now = self._hub.clock.now()
        state = self._battery(home)
        prices, missing = prices_of(home, now)
        if missing:
            raise PartialData(f"{missing}, so no plan is asked for.")
        live: Any = state.live
        if live is None or live.soc_pct is None:
            raise PartialData("the charge of the battery is unknown, so no plan is asked for.")
        config = self._config
        forecasts, notes = await forecasts_of(self._hub, home, config, floored(now, config.interval))
        info: Any = state.info
        request = request_of(
            now=now,
            step=config.interval,
            horizon=config.horizon,
            prices=prices,
            battery=info,
            soc_pct=live.soc_pct,
            final_soc_pct=config.final_soc_pct,
            forecasts=forecasts,
        )
        try:
            answer = await self._client.plan(request.body)
        except RateLimited as error:  # it plans for one at a time
            await self._hub.clock.asleep(error.retry_after.total_seconds() if error.retry_after else 2.0)
            answer = await self._client.plan(request.body)
        plan = plan_of(answer, request, self._hub.clock.now())
        return attrs.evolve(plan, notes=(*plan.notes, *notes))

    def _battery(self, home: Home) -> DeviceState:
        batteries = [state for state in home.of_role(Role.BATTERY) if state.info.active]
        if not batteries:
            raise PartialData("the home has no battery, or it was not found yet.")
        return batteries[0]

    # What is planned.

    async def carry_out(self, home: Home) -> None:
        """Order what the plan says for now."""
        unsure: set[str] = set()
        if self._soc(home) is None:
            unsure = {state.key for state in home.of_role(Role.BATTERY)}
        # Once a plan is too old there are no actions, and what it ordered is released: the last command is never repeated.
        await self._executor.carry_out(home, self._actions(home), unsure=unsure)

    def plan(self, home: str) -> list[PlannedAction]:
        """What EMHASS plans for the next day, and why; or why there is no plan."""
        found = self._home
        if found is None or found.name != home:
            return []
        shown = self._executor.shown(found, self._actions(found))
        if self._problem or not shown:
            why = self._problem or self._why_unused(found) or "EMHASS plans nothing."
            now = self._hub.clock.now()
            refused = PlannedAction(
                by=BY, home=home, key=None, start=now, end=now + HORIZON, order=None, why=why, state=PlanState.REFUSED
            )
            shown = [refused, *shown]
        return sorted(shown, key=lambda action: action.start)

    def _soc(self, home: Home) -> float | None:
        batteries = [state for state in home.of_role(Role.BATTERY) if state.info.active]
        live: Any = batteries[0].live if batteries else None
        return None if live is None else live.soc_pct

    def _is_off(self, home: Home) -> bool:
        """Whether the charge is far from what the plan expects."""
        soc_pct = self._soc(home)
        expected = None if self._plan is None else self._plan.soc_at(self._hub.clock.now())
        return soc_pct is not None and expected is not None and abs(soc_pct - expected) > _OFF_PCT

    def _why_unused(self, home: Home) -> str:
        """Why the plan is not followed; empty if it is."""
        if self._plan is None:
            return self._problem
        if self._plan.too_old(self._hub.clock.now(), self._config.interval):
            return f"The plan of {self._plan.made_at:%H:%M} UTC is too old."
        if self._is_off(home):
            return f"The charge is more than {_OFF_PCT:g} points away from the plan; EMHASS is asked again."
        return ""

    def _actions(self, home: Home) -> list[PlannedAction]:
        plan, soc_pct = self._plan, self._soc(home)
        if plan is None or self._why_unused(home) or not home.of_role(Role.BATTERY):
            return []
        state = self._battery(home)
        info: Any = state.info
        powers = [power for power in (info.max_charge_w, info.max_discharge_w) if power]
        now = self._hub.clock.now()
        # An unknown charge changes nothing of the running step; the executor then orders nothing either.
        soc_pct = plan.soc_at(now) or 0.0 if soc_pct is None else soc_pct
        blocks = blocks_of(plan, now, soc_pct=soc_pct, battery_w=max(powers, default=None))
        return [*(_action(block, state, plan) for block in blocks), *_curtailing(plan, home, self._hub.clock.now())]


def _action(block: Block, state: DeviceState, plan: Plan) -> PlannedAction:
    notes = " ".join(plan.notes)
    about: dict[str, Any] = {"by": BY, "home": state.home, "key": state.key, "start": block.start, "end": block.end}
    why = f"{block.why} (plan {plan.id})."
    if block.mode == "auto":
        return PlannedAction(**about, order=None, why=why, note=notes)
    order = Order(operation=block.mode, until=block.end, power_w=block.power_w, target_soc_pct=block.target_soc_pct)
    action = PlannedAction(**about, order=order, why=why, note=notes)
    if not (reason := why_not(state, OPERATIONS[block.mode])):
        return action
    note = f"The battery cannot {block.mode.replace('_', ' ')}: {reason} It stays automatic. {notes}".strip()
    return attrs.evolve(action, order=None, state=PlanState.REFUSED, note=note)


def _curtailing(plan: Plan, home: Home, now: Any) -> Iterator[PlannedAction]:
    """What the plan wants to waste of solar: a limit of export where the inverter has one."""
    inverters = [state for state in home.of_role(Role.INVERTER) if state.info.active]
    for start, end, export_w in curtailed(plan, now):
        why = f"Solar is curtailed, so that {export_w:.0f} W are exported at most (plan {plan.id})."
        for state in inverters:
            order = Order(operation="export_limit", value=export_w)
            action = PlannedAction(by=BY, home=state.home, key=state.key, start=start, end=end, order=order, why=why)
            if reason := why_not(state, OPERATIONS["export_limit"]):
                action = attrs.evolve(action, state=PlanState.REFUSED, note=f"This cannot be commanded: {reason}")
            yield action
