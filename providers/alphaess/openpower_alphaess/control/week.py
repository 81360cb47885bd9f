"""A week in slots of the vendor's grid: both pairs and openpower's schedules convert to it, so that they can be merged.

A :class:`Week` is the one form in which a schedule, a command over a schedule, and what the vendor stores can be
compared and combined slot by slot. ``snap`` brings a schedule into it, ``schedule_of`` gives the schedule back.
"""

from __future__ import annotations

import math
from datetime import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from openpower_alphaess.client.grid import ON_GRID, PER_DAY, PER_WEEK, STEP_MINUTES, nothing_left
from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

HOLD_LIMIT: Final = 10
"""The lowest limit of a charge period (%): a charge period with it holds the battery."""
LEAST_TARGET: Final = HOLD_LIMIT + 1
"""The lowest limit (%) that charges."""
_MODES: Final = (core.BatteryMode.AUTO, core.BatteryMode.CHARGE, core.BatteryMode.HOLD)


@frozen
class Slot:
    """What happens in one step of the week."""

    mode: core.BatteryMode
    target: float | None = None
    """Where a charge stops (%)."""
    power: float | None = None
    """W."""


AUTO: Final = Slot(core.BatteryMode.AUTO)
HOLD: Final = Slot(core.BatteryMode.HOLD)

Week: TypeAlias = tuple[Slot | None, ...]
"""The slots from Monday 00:00; None is what the schedule does otherwise."""
EMPTY_WEEK: Final[Week] = (None,) * PER_WEEK


@frozen
class Piece:
    """A run of equal slots within one day; ``end`` is at most the number of slots in a day."""

    begin: int
    end: int
    slot: Slot


def paint(week: Week, days: Iterable[int], first: int, last: int, slot: Slot | None) -> Week:
    """Put a slot in ``[first, last)`` of some days (1 is Monday); counts beyond a day run into the next one."""
    slots = list(week)
    for day in days:
        for index in range(first, last):
            # Modulo the week: a window past Sunday midnight goes on on Monday.
            slots[((day - 1) * PER_DAY + index) % PER_WEEK] = slot
    return tuple(slots)


def day_of(week: Week, day: int) -> Week:
    """One day's slots (1 is Monday)."""
    return week[(day - 1) * PER_DAY : day * PER_DAY]


def is_daily(week: Week) -> bool:
    """Whether all days are alike."""
    return all(day_of(week, day) == day_of(week, 1) for day in range(2, 8))


def pieces_of(day: Week) -> list[Piece]:
    """One day's runs of equal slots; a whole day is halved, because 00:00–00:00 is how the vendor says "off"."""
    found: list[Piece] = []
    for index, slot in enumerate(day):
        if slot is None:
            continue
        if found and found[-1].slot == slot and found[-1].end == index:
            found[-1] = Piece(found[-1].begin, index + 1, slot)
        else:
            found.append(Piece(index, index + 1, slot))
    if len(found) == 1 and found[0].end - found[0].begin == PER_DAY:
        half = PER_DAY // 2
        return [Piece(0, half, found[0].slot), Piece(half, PER_DAY, found[0].slot)]
    return found


def without_permission(week: Week, otherwise: core.BatteryMode) -> tuple[Week, core.BatteryMode]:
    """Hold by windows where nothing is permitted at all.

    A week of HOLD with no AUTO in it would need discharge windows in force that are all off, and what a
    device makes of 00:00–00:00 there is not known.
    """
    if otherwise is not core.BatteryMode.HOLD or AUTO in week:
        return week, otherwise
    return tuple([HOLD if slot is None else slot for slot in week]), core.BatteryMode.AUTO


def schedule_of(week: Week, otherwise: core.BatteryMode) -> core.Schedule:
    """The week in vendor-agnostic words; windows past midnight are whole again."""
    days: dict[tuple[int, int, Slot], set[int]] = {}
    # What is alike on several days becomes one window with those days, as people write schedules.
    for begin, end, slot in _runs(week):
        day, first = divmod(begin, PER_DAY)
        days.setdefault((first, first + end - begin, slot), set()).add(day + 1)
    windows = [
        core.Window(
            start=_time(first),
            end=_time(last),
            mode=slot.mode,
            days=frozenset(map(core.Weekday, on)),
            power_w=slot.power,
            target_soc_pct=slot.target,
        )
        for (first, last, slot), on in days.items()
    ]
    windows.sort(key=lambda window: (min(window.days), window.start_minute))
    return core.Schedule(windows=tuple(windows), otherwise=otherwise)


def _runs(week: Week) -> list[tuple[int, int, Slot]]:
    """Runs of equal slots on the ring of the week; those of a day and more are cut at midnight."""
    # A window past Sunday's midnight is one run. Sunday's last slot is Monday's neighbour: index - 1 of the first slot is the last one.
    starts = [index for index, slot in enumerate(week) if slot is not None and (week[index - 1] != slot)]
    if not starts and week[0] is not None:  # one mode all week has no beginning
        starts = [0]
    found: list[tuple[int, int, Slot]] = []
    for start in starts:
        slot, length = week[start], 1
        assert slot is not None  # noqa: S101 – only such slots start a run
        while length < PER_WEEK and week[(start + length) % PER_WEEK] == slot:
            length += 1
        found += _cut(start, start + length, slot)
    return found


def _cut(begin: int, end: int, slot: Slot) -> list[tuple[int, int, Slot]]:
    # openpower's windows are shorter than a day.
    if end - begin < PER_DAY:
        return [(begin, end, slot)]
    cuts = [begin, *range((begin // PER_DAY + 1) * PER_DAY, end, PER_DAY), end]
    return [(first % PER_WEEK, first % PER_WEEK + last - first, slot) for first, last in pairwise(cuts)]


def _time(slot: int) -> time:
    minute = slot % PER_DAY * STEP_MINUTES
    return time(minute // 60, minute % 60)


@frozen
class Snapped:
    """A schedule on the grid."""

    week: Week
    otherwise: core.BatteryMode
    adjustments: tuple[core.Adjustment, ...] = ()


def check_mode(mode: core.BatteryMode) -> None:
    """Refuse what no AlphaESS schedule can express."""
    if mode not in _MODES:
        raise core.Unsupported(
            f"AlphaESS schedules have no {mode} mode: a discharge period is a permission, not an order.",
            feature=core.Feature.of(mode),
            alternatives=("auto", "charge", "hold"),
            provider="alphaess",
        )


def snap(schedule: core.Schedule, full_w: int | None, stored: Collection[core.Window] = ()) -> Snapped:
    """Put a schedule's windows on the grid, each snapped inward: a window never covers more than was asked for.

    Args:
        schedule: the schedule.
        full_w: the power that stands for "as fast as it can"; None where a charge cannot be given a power.
        stored: the vendor's own windows, which need no snapping, however odd their figures are.

    Raises:
        Unsupported: a mode that the vendor does not have.
        InvalidValue: nothing is left of a window, or the mode outside the windows is a charge.
    """
    check_mode(schedule.otherwise)
    if schedule.otherwise is core.BatteryMode.CHARGE:
        raise core.InvalidValue(
            "AlphaESS charges from the grid in windows only.",
            provider="alphaess",
            hint="Give otherwise=AUTO or HOLD, and windows of CHARGE.",
        )
    week, changes = EMPTY_WEEK, list[core.Adjustment]()
    for index, window in enumerate(schedule.windows):
        check_mode(window.mode)
        where = f"windows[{index}]."
        first, last = _ends(window, where, changes)
        if window in stored:
            slot = Slot(window.mode, window.target_soc_pct, window.power_w)
        else:
            slot = _slot(window, where, full_w, changes)
        plain = slot.mode is schedule.otherwise  # needs no window, and the vendor takes few
        week = paint(week, window.days, first, last, None if plain else slot)
    return Snapped(week, schedule.otherwise, tuple(changes))


def _ends(window: core.Window, where: str, changes: list[core.Adjustment]) -> tuple[int, int]:
    first = math.ceil(window.start_minute / STEP_MINUTES)
    last = window.end_minute // STEP_MINUTES
    if last <= first:
        raise nothing_left(f"the window {window.start:%H:%M}–{window.end:%H:%M}")
    reason = f"{ON_GRID}; the inverter ignores other times."
    asked = ((window.start, window.start_minute, first, "start"), (window.end, window.end_minute, last, "end"))
    for asked_time, minute, slot, name in asked:
        if slot * STEP_MINUTES != minute:
            changes += core.adjusted(where + name, asked_time, _time(slot), reason)
    return first, last


def _slot(window: core.Window, where: str, full_w: int | None, changes: list[core.Adjustment]) -> Slot:
    if window.mode is core.BatteryMode.CHARGE:
        slot, changed = charge_slot(window.target_soc_pct, window.power_w, full_w, where)
        changes += changed
        return slot
    changes += without_settings(window.mode, window.target_soc_pct, window.power_w, where)
    return HOLD if window.mode is core.BatteryMode.HOLD else AUTO


def without_settings(
    mode: core.BatteryMode, target: float | None, power: float | None, where: str = ""
) -> list[core.Adjustment]:
    """What is dropped from a mode that takes neither a target nor a power."""
    asked = (("target_soc_pct", target), ("power_w", power))
    reason = f"AlphaESS has no such setting for {mode}."
    return [change for name, value in asked for change in core.adjusted(where + name, value, None, reason)]


def floor_of(asked: float, name: str, least: float, unit: str) -> int:
    """A limit in whole figures, rounded down.

    Raises:
        InvalidValue: it is below the least, to which it must not be raised.
    """
    got = math.floor(asked)
    if got < least:
        hint = "hold() keeps the battery's charge." if unit == "%" else None
        message = f"{name} is {asked:g} {unit}; AlphaESS takes {least:g} {unit} or more."
        raise core.InvalidValue(message, provider="alphaess", hint=hint)
    return got


def charge_slot(
    target: float | None, power: float | None, full_w: int | None, where: str = ""
) -> tuple[Slot, list[core.Adjustment]]:
    """A charge as the pair can express it, and what had to change."""
    # Rounded down: never more than was asked for.
    whole = 100 if target is None else floor_of(target, where + "target_soc_pct", LEAST_TARGET, "%")
    reason = "AlphaESS takes whole percentages."
    if target is None:
        reason = "AlphaESS needs a limit; 100 % is none."
    changes = [*core.adjusted(where + "target_soc_pct", target, whole, reason)]
    rate: float | None
    if full_w is None:
        rate, reason = None, "AlphaESS's legacy settings have no power."
    elif power is None:
        rate, reason = full_w, "A period without a power does nothing; this is all there is."
    else:
        rate, reason = floor_of(power, where + "power_w", 1, "W"), "AlphaESS takes whole watts."
    return Slot(core.BatteryMode.CHARGE, whole, rate), [
        *changes,
        *core.adjusted(where + "power_w", power, rate, reason),
    ]
