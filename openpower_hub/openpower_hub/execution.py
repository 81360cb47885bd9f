"""Carries out plans: few commands, each with an end, never sent twice, and never replacing another source's command."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import define, frozen

from openpower_core.devices.roles import Role
from openpower_core.errors import ControlError, InvalidValue, OpenPowerError, PermissionDenied, Unsupported
from openpower_core.secrets import mask
from openpower_core.writes import WriteState
from openpower_hub.changes import What
from openpower_hub.control import RELEASE, Controller, Order
from openpower_hub.integration import words_of
from openpower_hub.journal import Journal, Sent
from openpower_hub.plans import PlannedAction, PlanState

if TYPE_CHECKING:
    from openpower_core.writes import ActiveCommand
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

_log = logging.getLogger("openpower.hub")

LEAD: Final = timedelta(seconds=90)
"""How long before its end a command is prolonged; for less than that none is sent."""
_RETRIES_S: Final = (60.0, 300.0, 900.0)
_EXPORT_LIMIT: Final = "export_limit"


@frozen(kw_only=True)
class Right:
    """What a rule or planner is allowed to do."""

    controller: Controller
    most_writes: int
    """In 24 hours."""


@define
class _Failure:
    """Why an order failed, and when it can be retried."""

    words: str
    again: datetime
    times: int = 1


class Executor:
    """Carries out plans, within rights and budgets.

    Args:
        hub: whose devices it commands.
        journal: what it sent before.
        rights: by the name of the planner; the plans of a planner without rights are only shown.
    """

    def __init__(self, hub: Hub, journal: Journal, rights: Mapping[str, Right]) -> None:
        self._hub = hub
        self.journal = journal
        self._rights = rights
        self._failures: dict[tuple[str, str | None, str], _Failure] = {}
        self._blocked: dict[str, str] = {}

    def active(self, state: DeviceState) -> Sent | None:
        """The command of ours that a battery carries out now."""
        return None if state.active is None else self.journal.find(state.active.id)

    def carries_out(self, by: str) -> bool:
        """Whether a rule may command anything."""
        return by in self._rights

    def writes_left(self, by: str, most: int) -> int:
        """How many commands a rule may send yet."""
        return max(0, most - self.journal.writes(by, self._hub.clock.now()))

    # What is shown.

    def shown(self, home: Home, actions: Iterable[PlannedAction]) -> list[PlannedAction]:
        """The actions with how far they are."""
        return [self._shown(home, action) for action in actions]

    def _shown(self, home: Home, action: PlannedAction) -> PlannedAction:
        now = self._hub.clock.now()
        if action.order is None or action.key is None or action.state is not PlanState.PLANNED:
            return action
        if action.end <= now:
            return attrs.evolve(action, state=PlanState.DONE)
        if action.by not in self._rights:
            return _noted(action, "Only shown: control is off.")
        if not action.start <= now:
            return action
        sent = self._current(home.devices[action.key], now)
        if sent is not None and sent.by == action.by:
            return attrs.evolve(action, state=PlanState.RUNNING, start=min(sent.start, action.start))
        failure = self._failures.get((action.by, action.key, action.order.operation))
        words = self._blocked.get(action.key) or (failure.words if failure else "")
        return _noted(action, words, PlanState.REFUSED) if words else action

    def _current(self, state: DeviceState, now: datetime) -> Sent | None:
        if state.role is Role.BATTERY:
            return self.active(state)
        return next(
            (each for each in self.journal.sent if each.open and each.key == state.key and each.end > now), None
        )

    # What is done.

    async def carry_out(
        self, home: Home, actions: Iterable[PlannedAction], *, unsure: Collection[str] = frozenset()
    ) -> None:
        """Order what is due now, and end what is no longer planned.

        Args:
            home: of which home.
            actions: its plan; of several at a time for one device the first one counts.
            unsure: the keys of devices for which not enough is known: nothing is ordered, and what runs ends by itself.
        """
        now = self._hub.clock.now()
        wanted: dict[str, PlannedAction] = {}
        for action in actions:
            acts = action.by in self._rights and action.state is PlanState.PLANNED and action.order is not None
            if acts and action.key is not None and action.start <= now < action.end:
                wanted.setdefault(action.key, action)
        for state in list(home.devices.values()):
            due, known = wanted.get(state.key), state.key not in unsure
            try:
                if state.role is Role.BATTERY:
                    await self._battery(state, due, known=known)
                elif state.role is Role.INVERTER:
                    await self._inverter(state, due, known=known)
            except OpenPowerError as error:
                self._fail(state, due, error)

    async def _battery(self, state: DeviceState, action: PlannedAction | None, *, known: bool) -> None:
        device: Any = state.device
        if state.active is None and action is None:
            return
        now = self._hub.clock.now()
        # The state is looked up every few seconds only; a command of a second ago must not be sent again.
        active: ActiveCommand | None = await device.active_command()
        ours = None if active is None else self.journal.find(active.id)
        if self._hub.control.busy(state):
            return  # somebody else's order is on its way, and does not show yet; what became of it is a change
        self._blocked.pop(state.key, None)
        if active is not None and ours is None:
            ends = active.ends_at or active.release_due
            until = "it is released" if ends is None else f"{ends:%H:%M} UTC"
            self._blocked[state.key] = f"Somebody else's command runs until {until}; it goes first."
            return
        if not known:
            return
        if action is None or action.order is None:
            if active is not None and ours is not None and ours.end - now > LEAD:
                await self._release(state, ours, now)
            return
        if active is not None and ours is not None:
            if _same(active, action.order) and ours.end >= min(action.end, now + LEAD):
                return
        elif (last := self.journal.running(state.key, now)) is not None and last.id:
            self._blocked[state.key] = f"Somebody ended its command; it orders nothing until {last.end:%H:%M} UTC."
            return
        await self._send(state, action, now, replaces=ours)

    async def _send(self, state: DeviceState, action: PlannedAction, now: datetime, *, replaces: Sent | None) -> None:
        assert action.order is not None  # noqa: S101 - asked by the callers
        if action.end - now < LEAD or not self._may(action, now):
            return
        order = attrs.evolve(action.order, until=action.end)
        _log.info(
            "%s: %s plans %s until %s. %s", state.home, action.by, order.operation, action.end.isoformat(), action.why
        )
        receipt = await self._rights[action.by].controller.send(state, order)
        self._failures.pop((action.by, action.key, order.operation), None)
        if replaces is not None:
            replaces.end = min(replaces.end, now)
        sent = Sent(by=action.by, key=state.key, operation=order.operation, start=now, end=action.end, id=receipt.id)
        if receipt.state is WriteState.UNCHANGED:
            self._failures[action.by, state.key, order.operation] = _Failure(
                "The battery does that already.", action.end
            )
            sent.writes = 0
        self.journal.add(sent)

    async def _release(self, state: DeviceState, ours: Sent, now: datetime) -> None:
        failure = self._failures.get(("", state.key, RELEASE))
        if not self._rights or (failure is not None and now < failure.again):
            return
        _log.info("%s: what %s ordered is no longer planned", state.home, ours.by)
        await self._ending(ours, state).send(state, Order(operation=RELEASE))
        ours.end = now
        self.journal.save()

    def _ending(self, sent: Sent, state: DeviceState) -> Controller:
        """What ends a command: also once its rule has another name or no right any more, since it had one then."""
        return self._hub.control.controller(sent.by, {state.role})

    def _may(self, action: PlannedAction, now: datetime) -> bool:
        """Whether the budget and the failures so far allow an order."""
        assert action.order is not None  # noqa: S101
        what = action.by, action.key, action.order.operation
        failure = self._failures.get(what)
        if failure is not None and now < failure.again:
            return False
        if self.journal.writes(action.by, now) >= (most := self._rights[action.by].most_writes):
            words = f"It has sent its {most} commands of 24 hours (most_writes)."
            self._failures[what] = _Failure(words, now)
            return False
        return True

    def _fail(self, state: DeviceState, action: PlannedAction | None, error: OpenPowerError) -> None:
        now = self._hub.clock.now()
        words = words_of(error)
        if action is None or action.order is None:
            what, end = ("", state.key, RELEASE), now
        else:
            what, end = (action.by, state.key, action.order.operation), action.end
        before = self._failures.get(what)
        times = 1 if before is None else before.times + 1
        wait = timedelta(seconds=_RETRIES_S[min(times, len(_RETRIES_S)) - 1])
        wait = max(wait, getattr(error, "retry_after", None) or wait)
        final = isinstance(error, Unsupported | PermissionDenied | InvalidValue)
        self._failures[what] = _Failure(words, end if final else now + wait, times)
        if before is not None and before.words == words:
            return
        _log.warning("%s: %s: %s", state.home, mask(state.info.id), words)
        if not (
            isinstance(error, ControlError) and error.receipt is not None
        ):  # else it was announced with its receipt
            by = RELEASE if action is None else action.by
            self._hub.homes[state.home].publish(What.RECEIPT, state, by=by, error=words)

    # A limit has no end of its own: what was there before is remembered, and put back.

    async def _inverter(self, state: DeviceState, action: PlannedAction | None, *, known: bool) -> None:
        now = self._hub.clock.now()
        sent = next((each for each in self.journal.sent if each.open and each.key == state.key), None)
        if sent is not None:
            if action is not None and known and action.order is not None and action.order.value == sent.value:
                if action.end != sent.end:
                    sent.end = action.end
                    self.journal.save()
            elif known or now >= sent.end:
                await self._restore(state, sent, now)
            return
        if action is None or not known or action.order is None or action.order.operation != _EXPORT_LIMIT:
            return
        if action.end - now < LEAD or not self._may(action, now):
            return
        device: Any = state.device
        value, before = float(action.order.value or 0), await device.export_limit()
        if before is not None and before <= value:
            self._blocked[state.key] = f"The export limit is {before:g} W already."
            return
        self._blocked.pop(state.key, None)
        # Remembered before it is sent: a process that dies in between leaves what to put back.
        sent = self.journal.add(
            Sent(
                by=action.by,
                key=state.key,
                operation=_EXPORT_LIMIT,
                start=now,
                end=action.end,
                value=value,
                before=before,
                open=True,
            )
        )
        try:
            receipt = await self._rights[action.by].controller.send(state, action.order)
        except OpenPowerError:
            # What did not arrive needs no putting back; what cannot be read may have arrived.
            with suppress(OpenPowerError):
                sent.open = await device.export_limit() != before
            raise
        finally:
            self.journal.save()
        sent.id = receipt.id
        self._failures.pop((action.by, action.key, _EXPORT_LIMIT), None)
        self.journal.save()

    async def _restore(self, state: DeviceState, sent: Sent, now: datetime) -> None:
        """Put back the limit that there was, unless somebody has changed it since."""
        failure = self._failures.get(("", state.key, RELEASE))
        if failure is not None and now < failure.again:
            return
        device: Any = state.device
        present = await device.export_limit()
        if present is not None and present != sent.before and abs(present - (sent.value or 0)) <= _SNAPPED_W:
            await self._ending(sent, state).send(state, Order(operation=_EXPORT_LIMIT, value=sent.before))
        elif present != sent.before:
            _log.info("%s: the export limit of %s was changed by somebody and stays", state.home, mask(state.info.id))
        sent.open, sent.end = False, min(sent.end, now)
        self._failures.pop(("", state.key, RELEASE), None)
        self.journal.save()

    async def aclose(self) -> None:
        """Put back limits, since nobody else would; battery commands stay, and the next process ends them."""
        for home in list(self._hub.homes.values()):
            for state in home.of_role(Role.INVERTER):
                for sent in [each for each in self.journal.sent if each.open and each.key == state.key]:
                    try:
                        await self._restore(state, sent, self._hub.clock.now())
                    except OpenPowerError as error:
                        _log.warning("%s: the export limit could not be put back: %s", home.name, error)


_SNAPPED_W: Final = 100.0
"""By how much a vendor may round a limit."""
_ALIKE_W: Final = 200.0
_ALIKE_SHARE: Final = 0.1
_ALIKE_PCT: Final = 2.0


def _same(active: ActiveCommand, order: Order) -> bool:
    """Whether a command is what is ordered, but for its end; a plan that is made anew differs a little each time."""
    command = active.command
    if command is None or command.mode.value != order.operation:
        return False
    most_w = max(_ALIKE_W, _ALIKE_SHARE * (order.power_w or 0))
    return _alike(command.power_w, order.power_w, most_w) and _alike(
        command.target_soc_pct, order.target_soc_pct, _ALIKE_PCT
    )


def _alike(one: float | None, other: float | None, most: float) -> bool:
    return one == other if one is None or other is None else abs(one - other) <= most


def _noted(action: PlannedAction, note: str, state: PlanState | None = None) -> PlannedAction:
    return attrs.evolve(action, note=f"{action.note} {note}".strip(), state=state or action.state)
