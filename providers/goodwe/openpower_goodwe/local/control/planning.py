"""Battery wishes to settings, and settings back to words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import evolve

from openpower_core.checks import check_not_over, check_schedule_zone
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

__all__ = ["Desired", "Planner"]

Desired: TypeAlias = BatteryCommand | Schedule

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

    def draft(self, current: ControlState, desired: Desired) -> Draft[ControlState]:
        """The settings that fulfil a wish; what it does not concern stays as it is."""
        if isinstance(desired, Schedule):
            return self._scheduled(current, desired)
        self._check_times(desired)
        document, adjustments = self._commanded(current, desired)
        if document != document.ended(current.soc_pct):
            note = f"The battery holds {current.soc_pct} % already, so there is nothing to charge."
            return Draft(document=self._calm(current), note=note)
        return Draft(
            document=document, adjustments=adjustments, release_due=desired.until, note=_lasting(document, desired)
        )

    def schedule(self, current: ControlState) -> Schedule:
        """The schedule that the eco slots hold; without windows unless the work mode is eco."""
        if current.work_mode != WorkMode.ECO:
            return Schedule(tz=self._tz)
        return to_schedule(current.slots, self._facts, self._tz)

    def _check_times(self, desired: BatteryCommand) -> None:
        now = self._clock.now()
        if desired.start is not None and desired.start > now:
            raise InvalidValue(
                "the inverter takes commands for now only.",
                hint="Give the command when it is to begin, or put it into set_schedule().",
            )
        check_not_over(desired.until, now)

    def _commanded(self, current: ControlState, desired: BatteryCommand) -> tuple[ControlState, list[Adjustment]]:
        calm = self._calm(current)
        if desired.mode is BatteryMode.AUTO:
            return evolve(calm, work_mode=int(WorkMode.GENERAL)), []
        fast = calm.fast
        if desired.mode is BatteryMode.CHARGE and desired.target_soc_pct is not None and fast is not None:
            return self._fast(calm, desired)
        if self._facts.family is Family.ET:
            return self._by_ems(calm, desired)
        return all_day(calm, desired, self._facts)

    def _calm(self, current: ControlState) -> ControlState:
        """The same without fast charging and without an EMS mode."""
        fast = current.fast
        return evolve(
            current,
            ems_mode=None if current.ems_mode is None else int(EmsMode.AUTO),
            fast=None if fast is None else evolve(fast, on=False),
        )

    def _by_ems(self, calm: ControlState, desired: BatteryCommand) -> tuple[ControlState, list[Adjustment]]:
        mode = int(_EMS[desired.mode])
        adjustments = target_lost(desired.target_soc_pct, "target_soc_pct")
        if desired.mode in (BatteryMode.HOLD, BatteryMode.IDLE):
            return evolve(calm, ems_mode=mode), adjustments
        power, changed = watts_of(desired.power_w, self._facts.rated_w)
        return evolve(calm, ems_mode=mode, ems_w=power), adjustments + changed

    def _fast(self, calm: ControlState, desired: BatteryCommand) -> tuple[ControlState, list[Adjustment]]:
        fast = calm.fast
        asked = desired.target_soc_pct
        if fast is None or asked is None:
            return calm, []
        target, changed = whole(asked, "target_soc_pct")
        share, lost = share_of(desired.power_w, self._facts.rated_w, 100, possible=fast.power_pct is not None)
        power = None if fast.power_pct is None else round(share)
        fast = evolve(fast, on=True, soc_pct=target, power_pct=power)
        return evolve(calm, fast=fast), changed + lost

    def _scheduled(self, current: ControlState, desired: Schedule) -> Draft[ControlState]:
        check_schedule_zone(desired.tz, self._tz, device="the inverter")
        slots, adjustments = slots_of(current.slots, desired, self._facts)
        mode = WorkMode.ECO if desired.windows else WorkMode.GENERAL
        document = evolve(current, slots=slots, work_mode=int(mode))
        return Draft(document=document, adjustments=adjustments, note=_overruled(current))


def _lasting(document: ControlState, desired: BatteryCommand) -> str:
    if desired.until is not None or desired.mode is BatteryMode.AUTO:
        return ""
    if document.fast is not None and document.fast.on:
        return "It ends by itself at the target."
    return "It lasts until it is released: the inverter keeps no end."


def _overruled(current: ControlState) -> str:
    if current.ems_mode in (None, EmsMode.AUTO):
        return ""
    return f"EMS mode {current.ems_mode} is set and goes before the schedule until auto() or release()."
