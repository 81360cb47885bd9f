"""From wishes to what the vendor should hold; pure, and the same for both pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from openpower_alphaess.schedule.desired import Current, Desired, DesiredSettings, Order
from openpower_alphaess.schedule.forms import Form
from openpower_alphaess.schedule.grid import PER_WEEK
from openpower_alphaess.schedule.snap import charge_cell, check_mode, lay
from openpower_alphaess.schedule.spans import Stretch, comes_back_at, stretch_of, too_early
from openpower_alphaess.schedule.week import AUTO, HOLD, Cell, Week, empty_week, schedule_of
from openpower_core.checks import check_not_over, check_schedule_zone
from openpower_core.clock import Clock
from openpower_core.control import BatteryCommand, BatteryMode, Schedule
from openpower_core.errors import InvalidValue
from openpower_core.write.drafts import Draft
from openpower_core.writes import Adjustment

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Planner"]

Plan = TypeVar("Plan")

_ALWAYS: Final = frozenset(range(PER_WEEK))
_INFERRED: Final = (
    "Its enable flags cannot be read; until the next write they are taken to be on where there are periods."
)
_HOLDING: Final = (
    "Held by a charge window whose limit is at or below the state of charge; whether PV still charges then "
    "is not proven for every model."
)


@frozen(kw_only=True)
class Planner(Generic[Plan]):
    """Plans wishes for one system.

    Args:
        form: the pair that it obeys.
        tz: its zone; None where nobody told.
        clock: what "now" is.
    """

    form: Form[Plan]
    tz: str | None
    clock: Clock

    def schedule(self, plan: Plan) -> Schedule:
        """A plan in vendor-agnostic words."""
        return schedule_of(*self.form.week(plan))

    def draft(self, current: Current[Plan], desired: Desired) -> Draft[Current[Plan]]:
        """What the vendor should hold, so that the wish is fulfilled."""
        if isinstance(desired, Schedule):
            made = self._scheduled(current, desired)
        elif isinstance(desired, DesiredSettings):
            made = self._changed(current, desired)
        else:
            made = self._commanded(current, desired)
        return self._finished(made, current)

    def _finished(self, made: Draft[Current[Plan]], current: Current[Plan]) -> Draft[Current[Plan]]:
        """Mark what nobody will be able to see."""
        form, document = self.form, made.document
        if document.plan == current.plan:
            return attrs.evolve(made, document=current)
        unseen = form.visible(document.plan) == form.visible(current.plan)
        note = made.note
        if unseen:
            note = f"{note} {_INFERRED}".strip()
        return attrs.evolve(made, document=attrs.evolve(document, unseen=unseen), note=note)

    def _scheduled(self, current: Current[Plan], desired: Schedule) -> Draft[Current[Plan]]:
        check_schedule_zone(desired.tz, self.tz)
        laid = lay(desired, self.form.pair)
        plan, changes = self.form.encode(laid.week, laid.otherwise, current.under or current.plan)
        return Draft(document=Current(plan=plan), adjustments=(*laid.adjustments, *changes))

    def _changed(self, current: Current[Plan], desired: DesiredSettings) -> Draft[Current[Plan]]:
        if current.under is None or current.order is None:
            plan, changes = self.form.change(current.plan, desired)
            return Draft(document=Current(plan=plan), adjustments=tuple(changes))
        # A command stands: what is beneath it changes, and the command is laid over that anew.
        under, changes = self.form.change(current.under, desired)
        again = self._ordered(under, current.order, running=True)
        return attrs.evolve(again, adjustments=tuple(changes))

    def _commanded(self, current: Current[Plan], desired: BatteryCommand) -> Draft[Current[Plan]]:
        check_mode(desired.mode)
        now = self.clock.now()
        running = desired.start is None or desired.start <= now
        check_not_over(desired.until, now)
        order = Order(
            mode=desired.mode,
            target=desired.target_soc_pct,
            power=desired.power_w,
            start=now if desired.start is None or running else desired.start,
            until=desired.until,
        )
        status = current.order
        if status is not None and running and status.start <= now:
            # The same command again keeps its start, so that it is the same document.
            again = attrs.evolve(status, start=order.start)
            order = status if again == order else order
        under = current.plan if current.under is None else current.under
        return self._ordered(under, order, running=running)

    def _ordered(self, under: Plan, order: Order, *, running: bool) -> Draft[Current[Plan]]:
        """Lay a command over what is beneath it."""
        if order.mode is BatteryMode.AUTO and order.until is None and running:
            kept = attrs.evolve(order, start=order.start)
            document = Current(plan=self.form.off(under), under=under, order=kept)
            return Draft(document=document, adjustments=_without_settings(order))
        cell, changes = self._cell(order)
        stretch = self._stretch(order, running=running)
        quarters = _ALWAYS if stretch is None else stretch.quarters
        plan, more = self._laid_over(under, quarters, cell)
        start = order.start if stretch is None else stretch.start
        document = Current(plan=plan, under=under, order=attrs.evolve(order, start=start))
        return Draft(
            document=document,
            adjustments=(*changes, *(stretch.adjustments if stretch else ()), *more),
            recurs_at=self._recurs_at(stretch),
            release_due=None if stretch is None else stretch.until,
            note=_HOLDING if order.mode is BatteryMode.HOLD else "",
        )

    def _cell(self, order: Order) -> tuple[Cell, tuple[Adjustment, ...]]:
        if order.mode is BatteryMode.CHARGE:
            cell, changes = charge_cell(order.target, order.power, self.form.pair)
            # Without a target or a power the vendor's own "all there is" is what was asked for.
            return cell, tuple(each for each in changes if each.asked is not None)
        cell = HOLD if order.mode is BatteryMode.HOLD else AUTO
        return cell, _without_settings(order)

    def _stretch(self, order: Order, *, running: bool) -> Stretch | None:
        if order.until is None:
            if running:
                return None
            raise InvalidValue(
                "AlphaESS cannot begin later without an end: its windows come back by themselves.",
                provider="alphaess",
                hint="Give until=, or call it when it is to begin.",
            )
        zone = self._needed_zone()
        stretch = stretch_of(order.start, order.until, zone, running=running, daily=self.form.daily)
        if not running and too_early(stretch.quarters, self.clock.now(), stretch.start, zone):
            often = "every day" if self.form.daily else "every week"
            raise InvalidValue(
                f"AlphaESS's windows come back {often}, so this one would act before "
                f"{stretch.start:%Y-%m-%d %H:%M} UTC.",
                provider="alphaess",
                hint="Call it when it is to begin.",
            )
        return stretch

    def _needed_zone(self) -> ZoneInfo:
        if self.tz is None:
            raise InvalidValue(
                "AlphaESS's windows are in the system's wall-clock time, and its zone is not known.",
                provider="alphaess",
                hint="Give the zone when connecting: tz='Australia/Sydney'.",
            )
        return ZoneInfo(self.tz)

    def _recurs_at(self, stretch: Stretch | None) -> datetime | None:
        if stretch is None:
            return None
        return comes_back_at(stretch.quarters, stretch.until, self._needed_zone())

    def _laid_over(self, under: Plan, quarters: frozenset[int], cell: Cell) -> tuple[Plan, list[Adjustment]]:
        """Keep what was scheduled beside the command where the pair can hold both; else suspend it."""
        week, otherwise = self.form.week(under)
        plain = None if cell.mode is otherwise else cell
        merged = tuple(plain if index in quarters else each for index, each in enumerate(week))
        try:
            return self.form.encode(merged, otherwise, under, strict=True)
        except InvalidValue:
            pass
        alone: Week = tuple(plain if index in quarters else None for index in range(len(empty_week())))
        plan, changes = self.form.encode(alone, otherwise, under)
        scheduled = len(schedule_of(week, otherwise).windows)
        if not scheduled:
            return plan, changes
        suspended = Adjustment(
            field="windows",
            asked=scheduled,
            got=0,
            reason=f"AlphaESS's {self.form.pair.name} settings cannot hold them beside the command; "
            "they are suspended until release.",
        )
        return plan, [*changes, suspended]


def _without_settings(order: Order) -> tuple[Adjustment, ...]:
    asked: tuple[tuple[str, Any], ...] = (("target_soc_pct", order.target), ("power_w", order.power))
    reason = f"AlphaESS has no such setting for {order.mode}."
    return tuple(
        Adjustment(field=name, asked=value, got=None, reason=reason) for name, value in asked if value is not None
    )
