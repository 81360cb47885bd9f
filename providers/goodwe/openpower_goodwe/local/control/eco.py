"""Eco slots as a weekly schedule, and as the one command that inverters without EMS modes can be given."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Final

from attrs import evolve

from openpower_core.control import EVERY_DAY, BatteryMode, Schedule, Window
from openpower_core.errors import BadResponse, InvalidValue
from openpower_core.writes import Adjustment
from openpower_goodwe.local.control.power import share_of, target_lost, whole
from openpower_goodwe.local.control.state import WorkMode
from openpower_goodwe.local.slots import EcoSlot, SlotKind, decode, encode, is_on, switched_off

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.control import BatteryCommand
    from openpower_goodwe.local.control.state import ControlState
    from openpower_goodwe.local.facts import Facts

__all__ = ["SCHEDULED_MODES", "all_day", "slots_of", "to_schedule"]

SCHEDULED_MODES: Final = frozenset({BatteryMode.AUTO, BatteryMode.CHARGE, BatteryMode.EXPORT})
_LAST_MINUTE: Final = 23 * 60 + 59


def all_day(current: ControlState, desired: BatteryCommand, facts: Facts) -> tuple[ControlState, list[Adjustment]]:
    """A command as the first slot, all day and every day; the other slots are switched off and keep their times."""
    window = Window(
        start=time(0),
        end=time(23, 59),
        mode=desired.mode,
        power_w=desired.power_w,
        target_soc_pct=desired.target_soc_pct,
    )
    first, adjustments = _slot(window, current.slots[0], facts, "")
    slots = (first, *(switched_off(raw) for raw in current.slots[1:]))
    return evolve(current, slots=slots, work_mode=int(WorkMode.ECO)), adjustments


def slots_of(current: tuple[bytes, ...], desired: Schedule, facts: Facts) -> tuple[tuple[bytes, ...], list[Adjustment]]:
    """The slots that hold a schedule; slots that it does not need are switched off and keep their times."""
    if desired.otherwise is not BatteryMode.AUTO:
        raise InvalidValue(f"outside its slots the inverter is in {BatteryMode.AUTO} mode only.")
    named = [(f"windows[{index}].", window) for index, window in enumerate(desired.windows)]
    parts = [(name, part) for name, window in named for part in _within_days(window)]
    if len(parts) > len(current):
        raise InvalidValue(
            f"the schedule takes {len(parts)} slots, and the inverter has {len(current)}.",
            hint="A window past midnight takes two.",
        )
    slots: list[bytes] = []
    adjustments: list[Adjustment] = []
    for raw, (name, part) in zip(current, parts, strict=False):
        slot, changed = _slot(part, raw, facts, name)
        slots.append(slot)
        adjustments += [each for each in changed if each not in adjustments]
    slots += [switched_off(raw) for raw in current[len(slots) :]]
    return tuple(slots), adjustments


def to_schedule(slots: Sequence[bytes], facts: Facts, tz: str | None) -> Schedule:
    """The schedule that slots hold; what is not about charging is left out."""
    read = [decode(raw) for raw in slots if is_on(raw)]
    windows = [_window(slot, facts) for slot in read if slot is not None]
    try:
        return Schedule(windows=[each for each in windows if each is not None], tz=tz)
    except InvalidValue as error:
        raise BadResponse(
            f"the inverter's eco slots contradict each other: {error.message}",
            provider="goodwe-local",
            hint="set_schedule() writes them anew.",
        ) from error


def _within_days(window: Window) -> list[Window]:
    """A window in parts that do not run past midnight, which slots cannot."""
    if window.end_minute <= 1440:
        return [window]
    following = frozenset(type(day)(day % 7 + 1) for day in window.days)
    return [evolve(window, end=time(0)), evolve(window, start=time(0), days=following)]


def _slot(window: Window, current: bytes, facts: Facts, name: str) -> tuple[bytes, list[Adjustment]]:
    if window.mode not in SCHEDULED_MODES - {BatteryMode.AUTO}:
        raise InvalidValue(f"eco slots charge or export; none can {window.mode}.")
    kind = _kind(current, facts)
    share, adjustments = share_of(window.power_w, facts.rated_w, kind.steps, field=f"{name}power_w")
    charges = window.mode is BatteryMode.CHARGE
    keeps_target = charges and kind is not SlotKind.V1
    if not keeps_target:
        adjustments += target_lost(window.target_soc_pct, f"{name}target_soc_pct")
    end = min(window.end_minute, _LAST_MINUTE)
    if end != window.end_minute:
        adjustments.append(
            Adjustment(
                field=f"{name}end",
                asked=window.end.isoformat("minutes"),
                got="23:59",
                reason="a slot ends a minute before midnight at the latest",
            )
        )
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
    present = decode(current)
    same = present is not None and evolve(present, months=0) == evolve(
        slot, soc_pct=None if kind is SlotKind.V1 else slot.soc_pct
    )
    # Byte for byte what is there, where it means the same.
    return (current if same else encode(slot)), adjustments


def _target(window: Window, field: str, *, keeps: bool) -> tuple[int, list[Adjustment]]:
    if not keeps or window.target_soc_pct is None:
        return 100, []
    return whole(window.target_soc_pct, field)


def _kind(current: bytes, facts: Facts) -> SlotKind:
    """The unit that a slot has already, else the platform's."""
    if len(current) == SlotKind.V1.size:
        return SlotKind.V1
    present = decode(current)
    if present is not None:
        return present.kind
    return SlotKind.PER_MILLE if facts.slots_per_mille else SlotKind.PER_CENT


def _window(slot: EcoSlot, facts: Facts) -> Window | None:
    if not slot.power_pct or not slot.days or slot.start_minute == slot.end_minute:
        return None
    charges = slot.power_pct < 0
    return Window(
        start=time(*divmod(slot.start_minute, 60)),
        end=time(*divmod(slot.end_minute, 60)),
        mode=BatteryMode.CHARGE if charges else BatteryMode.EXPORT,
        days=slot.days or EVERY_DAY,
        power_w=abs(slot.power_pct) * facts.rated_w / 100 if facts.rated_w else None,
        target_soc_pct=slot.soc_pct if charges else None,
    )
