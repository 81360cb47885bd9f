"""What decides what the battery does, and how a command or a schedule becomes that."""

from __future__ import annotations

from datetime import time
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve, field, frozen

from openpower_core import provider as core
from openpower_goodwe.local.control.slots import EcoSlot, SlotKind, decode, encode, is_on, switched_off
from openpower_goodwe.local.models import Facts, Family

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class WorkMode(IntEnum):
    """The work modes that openpower sets; there are more."""

    GENERAL = 0
    ECO = 3


class EmsMode(IntEnum):
    """The EMS modes that openpower sets (ET family); there are more. Their meaning follows the library's comments."""

    AUTO = 1
    CONSERVE = 6
    BATTERY_STANDBY = 8
    CHARGE_BATTERY = 11
    DISCHARGE_BATTERY = 12


@frozen(kw_only=True)
class FastCharge:
    """Charging at once, until a state of charge is reached."""

    on: bool
    soc_pct: int
    power_pct: int | None = None
    """Of the rated power; None where the firmware has no such setting."""
    ended: bool = field(default=False, eq=False)
    """Whether it is off because its target is reached: it was perhaps on before."""


ENDED: Final = "ended"
"""What the field of the switch holds then, instead of False."""


@frozen(kw_only=True)
class ControlState:
    """Work mode, EMS mode, fast charging and eco slots; None for what an inverter does not have."""

    work_mode: int
    ems_mode: int | None = None
    ems_w: int | None = None
    fast: FastCharge | None = None
    slots: tuple[bytes, ...] = ()
    """The eco slots byte for byte, so that what openpower does not understand stays as it is."""

    soc_pct: int | None = field(default=None, eq=False)
    """The state of charge at the time, where there is fast charging, which ends by it."""

    def ended(self, soc_pct: int | None) -> ControlState:
        """The same once fast charging has done its work, which it has at this state of charge; else as it is."""
        fast = self.fast
        if fast is None or not fast.on or soc_pct is None or soc_pct < fast.soc_pct:
            return self
        return evolve(self, fast=evolve(fast, on=False))

    def to_json(self) -> dict[str, Any]:
        """Its fields as plain data: each is written by one request, and has that setting's name."""
        fast = self.fast
        fields: dict[str, Any] = {f"eco_mode_{number}": raw.hex() for number, raw in enumerate(self.slots, start=1)}
        if fast is not None:
            switch = ENDED if fast.ended and not fast.on else fast.on
            fields |= {
                "fast_charging_soc": fast.soc_pct,
                "fast_charging_power": fast.power_pct,
                "fast_charging": switch,
            }
        fields |= {"ems_power_limit": self.ems_w, "ems_mode": self.ems_mode, "work_mode": self.work_mode}
        return {name: value for name, value in fields.items() if value is not None}

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> ControlState:
        """What :meth:`to_json` gave."""
        switch = data.get("fast_charging")
        fast = FastCharge(
            on=switch is True,
            soc_pct=data.get("fast_charging_soc", 0),
            power_pct=data.get("fast_charging_power"),
            ended=switch == ENDED,
        )
        return cls(
            work_mode=data["work_mode"],
            ems_mode=data.get("ems_mode"),
            ems_w=data.get("ems_power_limit"),
            fast=None if switch is None else fast,
            slots=tuple(bytes.fromhex(data[name]) for name in sorted(data) if name.startswith("eco_mode_")),
        )

    def with_fields(self, fields: Mapping[str, Any]) -> ControlState:
        """The same with other values in some fields."""
        return evolve(self.of_json({**self.to_json(), **fields}), soc_pct=self.soc_pct)


_MOST_W = 0xFFFF


def watts_of(power_w: float | None, rated_w: int | None) -> tuple[int, tuple[core.Adjustment, ...]]:
    """A power as the registers take it: whole watts, at most the rated power; None asks for that."""
    most = rated_w or _MOST_W
    if power_w is None:
        return most, ()
    power = min(max(1, round(power_w)), most)
    return power, core.adjusted("power_w", power_w, power, f"whole watts, at most {most} W")


def share_of(
    power_w: float | None, rated_w: int | None, steps: int, *, field: str = "power_w", possible: bool = True
) -> tuple[float, tuple[core.Adjustment, ...]]:
    """A power as a percentage of the rated power, in so many steps; None asks for all of it.

    Args:
        power_w: what is asked for.
        rated_w: the rated power.
        steps: how many make 100 %.
        field: what the caller calls it, for the adjustment.
        possible: whether the inverter has a setting for it at all.
    """
    if power_w is None:
        return 100.0, ()
    if not possible:
        return 100.0, core.adjusted(field, power_w, None, "this firmware has no power setting for it")
    if not rated_w:
        raise core.InvalidValue(
            "the inverter's rated power is unknown, and it takes powers only as a share of it.",
            hint="Leave the power out for full power.",
        )
    # At least one step: 0 would tell the inverter to do nothing.
    share = min(max(1, round(power_w * steps / rated_w)), steps) * 100 / steps
    got = share * rated_w / 100
    reason = f"the inverter takes steps of {rated_w / steps:g} W, at most {rated_w} W"
    return share, core.adjusted(field, power_w, got, reason, within=0.5)


def target_lost(target: float | None, field: str) -> tuple[core.Adjustment, ...]:
    """The adjustment for a target that the inverter cannot keep."""
    reason = "the inverter has no target for this mode; watch the state of charge yourself"
    return core.adjusted(field, target, None, reason)


def whole(percent: float, field: str) -> tuple[int, tuple[core.Adjustment, ...]]:
    """A percentage as the registers take it."""
    got = round(percent)
    return got, core.adjusted(field, percent, got, "whole percentages")


SCHEDULED_MODES: Final = frozenset({core.BatteryMode.AUTO, core.BatteryMode.CHARGE, core.BatteryMode.EXPORT})
_LAST_MINUTE: Final = 23 * 60 + 59


def all_day(
    current: ControlState, desired: core.BatteryCommand, facts: Facts
) -> tuple[ControlState, tuple[core.Adjustment, ...]]:
    """A command as one slot, all day and every day; slots that would act beside it are switched off and keep their times."""
    window = core.Window(
        start=time(0),
        end=time(23, 59),
        mode=desired.mode,
        power_w=desired.power_w,
        target_soc_pct=desired.target_soc_pct,
    )
    # Inverters without EMS modes can only be commanded by a slot. It has no end of its own but the end of the day,
    # and it recurs every day, so it stays until it is released.
    slots, adjustments = _with_parts(current.slots, [("", window)], facts)
    return evolve(current, slots=slots, work_mode=int(WorkMode.ECO)), adjustments


def slots_of(
    current: tuple[bytes, ...], desired: core.Schedule, facts: Facts
) -> tuple[tuple[bytes, ...], tuple[core.Adjustment, ...]]:
    """The slots of a schedule; others that would act are switched off and keep their times."""
    named = [(f"windows[{index}].", window) for index, window in enumerate(desired.windows)]
    parts = [(name, part) for name, window in named for part in _within_days(window)]
    return _with_parts(current, parts, facts)


_Part: TypeAlias = tuple[str, core.Window]


def _with_parts(
    current: tuple[bytes, ...], parts: list[_Part], facts: Facts
) -> tuple[tuple[bytes, ...], tuple[core.Adjustment, ...]]:
    slots = [switched_off(raw) if _acting(raw, facts) is not None else raw for raw in current]
    adjustments: list[core.Adjustment] = []
    for place, (name, part) in zip(_places(current, parts, facts), parts, strict=True):
        slots[place], changed = _slot(part, current[place], facts, name)
        adjustments += [each for each in changed if each not in adjustments]
    return tuple(slots), tuple(adjustments)


def _places(current: tuple[bytes, ...], parts: list[_Part], facts: Facts) -> list[int]:
    """Where each part goes: to a slot that means the same already, else to the first that is not for another purpose."""
    free = [place for place, raw in enumerate(current) if not is_on(raw) or decode(raw) is not None]
    if len(parts) > len(free):
        raise core.InvalidValue(
            f"the schedule takes {len(parts)} slots, and the inverter has {len(free)}.",
            hint="A window past midnight takes two; slots for peak shaving and the like are left alone.",
        )
    found: list[int | None] = []
    for name, part in parts:
        same = (place for place in free if _slot(part, current[place], facts, name)[0] == current[place])
        found.append(next((place for place in same if place not in found), None))
    rest = iter([place for place in free if place not in found])
    return [next(rest) if place is None else place for place in found]


def _acting(raw: bytes, facts: Facts) -> core.Window | None:
    """What a slot does in eco mode; None for one that does nothing, or something else than charging and exporting."""
    slot = decode(raw) if is_on(raw) else None
    return None if slot is None else _window(slot, facts)


def to_schedule(slots: Sequence[bytes], facts: Facts, tz: str | None) -> core.Schedule:
    """The schedule in the slots; slots for other purposes are left out."""
    windows = [_acting(raw, facts) for raw in slots]
    try:
        return core.Schedule(windows=[each for each in windows if each is not None], tz=tz)
    except core.InvalidValue as error:
        raise core.BadResponse(
            f"the inverter's eco slots contradict each other: {error.message}",
            provider="goodwe-local",
            hint="set_schedule() writes them again.",
        ) from error


def _within_days(window: core.Window) -> list[core.Window]:
    """A window in parts that do not run past midnight, which slots cannot."""
    if window.end_minute <= 1440:
        return [window]
    following = frozenset(type(day)(day % 7 + 1) for day in window.days)
    return [evolve(window, end=time(0)), evolve(window, start=time(0), days=following)]


def _slot(window: core.Window, current: bytes, facts: Facts, name: str) -> tuple[bytes, tuple[core.Adjustment, ...]]:
    if window.mode not in SCHEDULED_MODES - {core.BatteryMode.AUTO}:
        raise core.InvalidValue(f"eco slots charge or export; none can {window.mode}.")
    kind = _kind(current, facts)
    share, adjustments = share_of(window.power_w, facts.rated_w, kind.steps, field=f"{name}power_w")
    charges = window.mode is core.BatteryMode.CHARGE
    keeps_target = charges and kind is not SlotKind.V1
    if not keeps_target:
        adjustments += target_lost(window.target_soc_pct, f"{name}target_soc_pct")
    end = min(window.end_minute, _LAST_MINUTE)
    if end != window.end_minute:
        reason = "a slot ends a minute before midnight at the latest"
        adjustments += core.adjusted(f"{name}end", window.end.isoformat("minutes"), "23:59", reason)
    target, changed = _target(window, f"{name}target_soc_pct", keeps=keeps_target)
    adjustments += changed
    slot = EcoSlot(
        kind=kind,
        start_minute=window.start_minute,
        end_minute=end,
        days=window.days,
        power_pct=-share if charges else share,
        soc_pct=target,
    )
    encoded = encode(slot)
    # A slot that means the same stays byte for byte: it may hold months, a unit or an unused target that openpower
    # would write differently, and an equal slot is not written at all.
    present = _acting(current, facts)
    same = present is not None and present == _acting(encoded, facts)
    return (current if same else encoded), adjustments


def _target(window: core.Window, field: str, *, keeps: bool) -> tuple[int, tuple[core.Adjustment, ...]]:
    if not keeps or window.target_soc_pct is None:
        return 100, ()
    return whole(window.target_soc_pct, field)


def _kind(current: bytes, facts: Facts) -> SlotKind:
    """The unit that a slot has already, else the platform's."""
    if len(current) == SlotKind.V1.size:
        return SlotKind.V1
    present = decode(current)
    if present is not None:
        return present.kind
    return SlotKind.PER_MILLE if facts.slots_per_mille else SlotKind.PERCENT


def _window(slot: EcoSlot, facts: Facts) -> core.Window | None:
    if not slot.power_pct or not slot.days or slot.start_minute == slot.end_minute:
        return None
    charges = slot.power_pct < 0
    return core.Window(
        start=time(*divmod(slot.start_minute, 60)),
        end=time(*divmod(slot.end_minute, 60)),
        mode=core.BatteryMode.CHARGE if charges else core.BatteryMode.EXPORT,
        days=slot.days or core.EVERY_DAY,
        power_w=abs(slot.power_pct) * facts.rated_w / 100 if facts.rated_w else None,
        target_soc_pct=slot.soc_pct if charges else None,
    )


Desired: TypeAlias = core.BatteryCommand | core.Schedule

_EMS: Final = {
    core.BatteryMode.CHARGE: EmsMode.CHARGE_BATTERY,
    core.BatteryMode.EXPORT: EmsMode.DISCHARGE_BATTERY,
    core.BatteryMode.HOLD: EmsMode.CONSERVE,
    core.BatteryMode.IDLE: EmsMode.BATTERY_STANDBY,
}


class Planner:
    """Plans for one inverter.

    Args:
        facts: what it is and has.
        tz: the time zone of its clock, where it is known.
        clock: what "now" is.
    """

    def __init__(self, facts: Facts, tz: str | None, clock: core.Clock) -> None:
        self._facts = facts
        self._tz = tz
        self._clock = clock

    def draft(self, current: ControlState, desired: Desired) -> core.Draft[ControlState]:
        """The settings that carry out a command or a schedule; everything else stays as it is."""
        if isinstance(desired, core.Schedule):
            return self._scheduled(current, desired)
        self._check_times(desired)
        document, adjustments = self._commanded(current, desired)
        # Fast charging ends by itself at its target: at or above it there is nothing to switch on, and a read-back
        # would find it off again and take it for a setting that was not applied.
        if document != document.ended(current.soc_pct):
            note = f"The battery is at {current.soc_pct} % already, so there is nothing to charge."
            return core.Draft(document=self._cleared(current), note=note)
        return core.Draft(
            document=document, adjustments=adjustments, release_due=desired.until, note=_lasting(document, desired)
        )

    def schedule(self, current: ControlState) -> core.Schedule:
        """The schedule that the eco slots hold; without windows unless the work mode is eco."""
        self._facts.check_slots_known()
        if current.work_mode != WorkMode.ECO:
            return core.Schedule(tz=self._tz)
        return to_schedule(current.slots, self._facts, self._tz)

    def _holds(self, current: ControlState, desired: core.Schedule) -> bool:
        try:
            return set(self.schedule(current).windows) == set(desired.windows)
        except core.BadResponse:
            return False  # slots that contradict each other are written again

    def _check_times(self, desired: core.BatteryCommand) -> None:
        now = self._clock.now()
        if desired.start is not None and desired.start > now:
            raise core.InvalidValue(
                "the inverter takes commands for now only.",
                hint="Give the command when it is to begin, or put it into set_schedule().",
            )
        core.check_not_over(desired.until, now)

    def _commanded(
        self, current: ControlState, desired: core.BatteryCommand
    ) -> tuple[ControlState, tuple[core.Adjustment, ...]]:
        cleared = self._cleared(current)
        if desired.mode is core.BatteryMode.AUTO:
            return evolve(cleared, work_mode=int(WorkMode.GENERAL)), ()
        fast = cleared.fast
        # Of all ways to charge only fast charging has a target, so it is preferred where there is one. The firmware that
        # has it has the longer slots as well.
        if desired.mode is core.BatteryMode.CHARGE and desired.target_soc_pct is not None:
            self._facts.check_slots_known()
            if fast is not None:
                return self._fast(cleared, desired)
        if self._facts.family is Family.ET:
            return self._by_ems(cleared, desired)
        return all_day(cleared, desired, self._facts)

    def _cleared(self, current: ControlState) -> ControlState:
        """The same without fast charging and without an EMS mode."""
        fast = current.fast
        return evolve(
            current,
            ems_mode=None if current.ems_mode is None else int(EmsMode.AUTO),
            fast=None if fast is None else evolve(fast, on=False),
        )

    def _by_ems(
        self, cleared: ControlState, desired: core.BatteryCommand
    ) -> tuple[ControlState, tuple[core.Adjustment, ...]]:
        mode = int(_EMS[desired.mode])
        adjustments = target_lost(desired.target_soc_pct, "target_soc_pct")
        if desired.mode in (core.BatteryMode.HOLD, core.BatteryMode.IDLE):
            return evolve(cleared, ems_mode=mode), adjustments
        power, changed = watts_of(desired.power_w, self._facts.rated_w)
        return evolve(cleared, ems_mode=mode, ems_w=power), adjustments + changed

    def _fast(
        self, cleared: ControlState, desired: core.BatteryCommand
    ) -> tuple[ControlState, tuple[core.Adjustment, ...]]:
        fast = cleared.fast
        asked = desired.target_soc_pct
        if fast is None or asked is None:
            return cleared, ()
        target, changed = whole(asked, "target_soc_pct")
        share, lost = share_of(desired.power_w, self._facts.rated_w, 100, possible=fast.power_pct is not None)
        power = None if fast.power_pct is None else round(share)
        fast = evolve(fast, on=True, soc_pct=target, power_pct=power)
        return evolve(cleared, fast=fast), changed + lost

    def _scheduled(self, current: ControlState, desired: core.Schedule) -> core.Draft[ControlState]:
        core.check_schedule_zone(desired.tz, self._tz, device="the inverter")
        if desired.otherwise is not core.BatteryMode.AUTO:
            raise core.InvalidValue(f"outside its slots the inverter is in {core.BatteryMode.AUTO} mode only.")
        if self._holds(current, desired):
            return core.Draft(document=current, note=_overruled(current))
        slots, adjustments = slots_of(current.slots, desired, self._facts)
        mode = WorkMode.ECO if desired.windows else WorkMode.GENERAL
        document = evolve(current, slots=slots, work_mode=int(mode))
        return core.Draft(document=document, adjustments=adjustments, note=_overruled(current))


def _lasting(document: ControlState, desired: core.BatteryCommand) -> str:
    if desired.until is not None or desired.mode is core.BatteryMode.AUTO:
        return ""
    if document.fast is not None and document.fast.on:
        return "It ends by itself at the target."
    return "It lasts until it is released: the inverter keeps no end."


def _overruled(current: ControlState) -> str:
    if current.ems_mode in (None, EmsMode.AUTO):
        return ""
    return f"EMS mode {current.ems_mode} is set and takes precedence over the schedule until auto() or release()."
