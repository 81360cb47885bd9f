"""Rules: charge in the cheapest hours, hold for high prices, export at spikes, stop export at negative prices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from openpower_core.devices.roles import Role
from openpower_hub.changes import Subscription, What
from openpower_hub.config import Rule, RuleConfig
from openpower_hub.control import OPERATIONS, Order, why_not
from openpower_hub.execution import Executor, Right
from openpower_hub.journal import Journal
from openpower_hub.plans import HORIZON, PlannedAction, PlanState, prices_of
from openpower_hub.windows import Situation, Window, windows_of

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

_LONGEST_S: Final = 60.0
_SHORTEST_S: Final = 1.0

_ORDERS: Final[Mapping[Rule, Callable[[RuleConfig], Order]]] = {
    "cheapest": lambda rule: Order(operation="charge", target_soc_pct=rule.target_soc_pct, power_w=rule.power_w),
    "hold_above": lambda _: Order(operation="hold"),
    "export_spike": lambda rule: Order(operation="export", target_soc_pct=rule.target_soc_pct, power_w=rule.power_w),
    "stop_negative_export": lambda rule: Order(operation="export_limit", value=rule.export_limit_w or 0.0),
}


class Rules:
    """The rules of ``[rules.NAME]``; those with ``control = true`` are carried out."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rules = {f"rules.{name}": rule for name, rule in hub.config.rules.items()}
        rights = {
            by: Right(
                controller=hub.control.controller(by, {OPERATIONS[_ORDERS[rule.rule](rule).operation].role}),
                most_writes=rule.most_writes,
            )
            for by, rule in self._rules.items()
            if rule.control
        }
        self._executor = Executor(hub, Journal("rules", hub.clock.now()), rights)

    async def run(self) -> None:
        """Carry rules out until this is cancelled."""
        try:
            with self._hub.bus.subscribe(What.PRICES, What.COMMAND, What.DEVICES) as changes:
                while True:
                    for home in list(self._hub.homes.values()):
                        await self.carry_out(home)
                    await self._pause(changes)
        finally:
            await self._executor.aclose()

    async def carry_out(self, home: Home) -> None:
        """Order what is due now at a home."""
        actions, unsure = self._planned(home)
        await self._executor.carry_out(home, actions, unsure=unsure)

    def plan(self, home: str) -> list[PlannedAction]:
        """What the rules plan for the next day, and why."""
        if (found := self._hub.homes.get(home)) is None:
            return []
        shown = self._executor.shown(found, self._planned(found)[0])
        return sorted(self._without_rivals(shown), key=lambda action: action.start)

    async def _pause(self, changes: Subscription) -> None:
        """Wait for what may change a plan, at most until something of it is due."""
        now = self._hub.clock.now()
        times = [time for home in self._hub.homes for each in self.plan(home) for time in (each.start, each.end)]
        due = min(((time - now).total_seconds() for time in times if time > now), default=_LONGEST_S)
        waiting = {
            asyncio.ensure_future(changes.next()),
            asyncio.ensure_future(self._hub.clock.asleep(max(_SHORTEST_S, min(due, _LONGEST_S)))),
        }
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    def _without_rivals(self, actions: list[PlannedAction]) -> Iterator[PlannedAction]:
        """The actions, with a note on those that another rule goes before."""
        for place, action in enumerate(actions):
            first = (each for each in actions[:place] if _collide(each, action) and self._executor.carries_out(each.by))
            if (rival := next(first, None)) is None:
                yield action
            else:
                yield attrs.evolve(action, note=f"{action.note} Where both act, {rival.by} goes first.".strip())

    def _planned(self, home: Home) -> tuple[list[PlannedAction], set[str]]:
        """The actions of all rules of a home in their order, and the devices for which not enough is known."""
        actions: list[PlannedAction] = []
        unsure: set[str] = set()
        for by, rule in self._rules.items():
            if rule.home in (None, home.name):
                for action, known in self._of_rule(home, by, rule):
                    actions.append(action)
                    if not known and action.key is not None:
                        unsure.add(action.key)
        return actions, unsure

    def _of_rule(self, home: Home, by: str, rule: RuleConfig) -> Iterator[tuple[PlannedAction, bool]]:
        order, now = _ORDERS[rule.rule](rule), self._hub.clock.now()
        role = OPERATIONS[order.operation].role
        about: dict[str, Any] = {"by": by, "home": home.name, "start": now, "end": now + HORIZON}
        devices = [state for state in home.of_role(role) if state.info.active]
        if not devices:
            why = f"Nothing is planned: the home has no {role.words}, or it was not found yet."
            yield PlannedAction(**about, key=None, order=None, why=why, state=PlanState.REFUSED), False
            return
        prices, missing = prices_of(home, now)
        for state in devices:
            if missing:
                why = f"Nothing is planned: {missing}."
                yield PlannedAction(**about, key=state.key, order=None, why=why, state=PlanState.REFUSED), False
                continue
            for window in windows_of(rule, self._situation(home, state, by, rule, prices)):
                yield _action(window, order, state, by, rule), window.known

    def _situation(self, home: Home, state: DeviceState, by: str, rule: RuleConfig, prices: Any) -> Situation:
        now, journal = self._hub.clock.now(), self._executor.journal
        ran = [each for each in journal.of(by, state.key) if each.operation == _ORDERS[rule.rule](rule).operation]
        live: Any = state.live
        return Situation(
            now=now,
            prices=prices,
            tz=home.tz,
            soc_pct=None if live is None or state.role is not Role.BATTERY else live.soc_pct,
            ran=tuple((each.start, each.end) for each in ran),
            running=any(each.start <= now < each.end for each in ran),
            writes_left=self._executor.writes_left(by, rule.most_writes),
        )


def _action(window: Window, order: Order, state: DeviceState, by: str, rule: RuleConfig) -> PlannedAction:
    action = PlannedAction(
        by=by,
        home=state.home,
        key=state.key,
        start=window.start,
        end=window.end,
        order=attrs.evolve(order, until=window.end) if window.acts and rule.rule in _MODES else order,
        why=window.why,
        note=window.note,
    )
    if not window.acts:
        return attrs.evolve(action, order=None)
    if reason := why_not(state, OPERATIONS[order.operation]):
        note = f"The {state.role.words} cannot {order.operation.replace('_', ' ')}: {reason}"
        return attrs.evolve(action, state=PlanState.REFUSED, note=note)
    return action


_MODES: Final = {"cheapest", "hold_above", "export_spike"}


def _collide(one: PlannedAction, other: PlannedAction) -> bool:
    acting = all(each.order and each.state in (PlanState.PLANNED, PlanState.RUNNING) for each in (one, other))
    return acting and one.key == other.key and one.by != other.by and one.start < other.end and other.start < one.end
