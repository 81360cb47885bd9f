"""Battery wishes to settings, and settings back to words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import evolve

from openpower_core.control import BatteryCommand, BatteryMode, Schedule
from openpower_core.errors import InvalidValue
from openpower_core.write.drafts import Draft
from openpower_goodwe.local.control.eco import all_day, slots_of, to_schedule
from openpower_goodwe.local.control.power import share_of, target_lost, watts_of, whole
from openpower_goodwe.local.control.state import ControlState, EmsMode, WorkMode
from openpower_goodwe.local.facts import Family

if TYPE_CHECKING:
    from openpower_core.clock import Clock
    from openpower_core.writes import Adjustment
    from openpower_goodwe.local.facts import Facts

__all__ = ["Planner", "Wish"]

Wish: TypeAlias = BatteryCommand | Schedule

_EMS: Final = {
    BatteryMode.CHARGE: EmsMode.CHARGE_BATTERY,
    BatteryMode.EXPORT: EmsMode.DISCHARGE_BATTERY,
    BatteryMode.HOLD: EmsMode.CONSERVE,
    BatteryMode.IDLE: EmsMode.BATTERY_STANDBY,
}


class Planner:
    """Plans for one inverter.

    Args:
        facts: what it is and has.
        tz: the zone of its clock, where the user told it.
        clock: what "now" is.
    """

    def __init__(self, facts: Facts, tz: str | None, clock: Clock) -> None:
        self._facts = facts
        self._tz = tz
        self._clock = clock

    def draft(self, held: ControlState, wish: Wish) -> Draft[ControlState]:
        """The settings that fulfil a wish; what it does not concern stays as it is."""
        if isinstance(wish, Schedule):
            return self._scheduled(held, wish)
        self._check_times(wish)
        document, adjustments = self._commanded(held, wish)
        if document != document.ended(held.soc_pct):
            note = f"The battery holds {held.soc_pct} % already, so there is nothing to charge."
            return Draft(document=self._calm(held), note=note)
        return Draft(
            document=document,
            adjustments=adjustments,
            release_due=wish.until,
            note=_lasting(document, wish),
        )

    def schedule(self, held: ControlState) -> Schedule:
        """The schedule that the eco slots hold; without windows unless the work mode is eco."""
        if held.work_mode != WorkMode.ECO:
            return Schedule(tz=self._tz)
        return to_schedule(held.slots, self._facts, self._tz)

    def _check_times(self, wish: BatteryCommand) -> None:
        now = self._clock.now()
        if wish.start is not None and wish.start > now:
            raise InvalidValue(
                "the inverter takes commands for now only.",
                hint="Give the command when it is to begin, or put it into set_schedule().",
            )
        if wish.until is not None and wish.until <= now:
            raise InvalidValue(f"until ({wish.until.isoformat()}) is over already.")

    def _commanded(
        self, held: ControlState, wish: BatteryCommand
    ) -> tuple[ControlState, list[Adjustment]]:
        calm = self._calm(held)
        if wish.mode is BatteryMode.AUTO:
            return evolve(calm, work_mode=int(WorkMode.GENERAL)), []
        fast = calm.fast
        if wish.mode is BatteryMode.CHARGE and wish.target_soc_pct is not None and fast is not None:
            return self._fast(calm, wish)
        if self._facts.family is Family.ET:
            return self._by_ems(calm, wish)
        return all_day(calm, wish, self._facts)

    def _calm(self, held: ControlState) -> ControlState:
        """The same without fast charging and without an EMS mode."""
        fast = held.fast
        return evolve(
            held,
            ems_mode=None if held.ems_mode is None else int(EmsMode.AUTO),
            fast=None if fast is None else evolve(fast, on=False),
        )

    def _by_ems(
        self, calm: ControlState, wish: BatteryCommand
    ) -> tuple[ControlState, list[Adjustment]]:
        mode = int(_EMS[wish.mode])
        adjustments = target_lost(wish.target_soc_pct, "target_soc_pct")
        if wish.mode in (BatteryMode.HOLD, BatteryMode.IDLE):
            return evolve(calm, ems_mode=mode), adjustments
        power, changed = watts_of(wish.power_w, self._facts.rated_w)
        return evolve(calm, ems_mode=mode, ems_w=power), adjustments + changed

    def _fast(
        self, calm: ControlState, wish: BatteryCommand
    ) -> tuple[ControlState, list[Adjustment]]:
        fast = calm.fast
        asked = wish.target_soc_pct
        if fast is None or asked is None:
            return calm, []
        target, changed = whole(asked, "target_soc_pct")
        share, lost = share_of(
            wish.power_w, self._facts.rated_w, 100, possible=fast.power_pct is not None
        )
        power = None if fast.power_pct is None else round(share)
        fast = evolve(fast, on=True, soc_pct=target, power_pct=power)
        return evolve(calm, fast=fast), changed + lost

    def _scheduled(self, held: ControlState, wish: Schedule) -> Draft[ControlState]:
        if wish.tz is not None and wish.tz != self._tz:
            raise InvalidValue(
                f"the schedule is meant in {wish.tz}, and the inverter's clock runs in "
                f"{self._tz or 'a zone that nobody told'}.",
                hint="Leave tz out of the schedule, or connect with tz=.",
            )
        slots, adjustments = slots_of(held.slots, wish, self._facts)
        mode = WorkMode.ECO if wish.windows else WorkMode.GENERAL
        document = evolve(held, slots=slots, work_mode=int(mode))
        return Draft(document=document, adjustments=adjustments, note=_overruled(held))


def _lasting(document: ControlState, wish: BatteryCommand) -> str:
    if wish.until is not None or wish.mode is BatteryMode.AUTO:
        return ""
    if document.fast is not None and document.fast.on:
        return "It ends by itself at the target."
    return "It lasts until it is released: the inverter keeps no end."


def _overruled(held: ControlState) -> str:
    if held.ems_mode in (None, EmsMode.AUTO):
        return ""
    return (
        f"EMS mode {held.ems_mode} is set and goes before the schedule until auto() or release()."
    )
