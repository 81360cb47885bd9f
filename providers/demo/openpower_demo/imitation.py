"""The simulated battery as a vendor's would take commands and schedules; pure, and from the vendor's plain data alone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

import attrs

from openpower_core import provider as core
from openpower_demo.models import Program

_DAYS: Final = {core.Recurrence.NONE: None, core.Recurrence.DAILY: 1, core.Recurrence.WEEKLY: 7}


def command(current: Program, command: core.BatteryCommand, like: core.Behaviour, now: datetime) -> core.Draft[Program]:
    """A command as the vendor keeps it: with its end, coming back, or until it is released."""
    battery = like.battery
    ends = core.End.OPEN if battery.writes is None else battery.writes.ends_of(command.mode)
    fitted, adjustments = _figures(command, battery)
    if command.start is not None and command.start > now and not like.starts_later:
        raise core.InvalidValue(
            "the vendor's commands begin at once.", provider="demo", hint="Call it when it is to begin."
        )
    if ends is core.End.DEVICE:
        return core.Draft(document=attrs.evolve(current, command=fitted), adjustments=adjustments)
    if ends is core.End.RECURS and command.until is not None and battery.schedule is not None:
        return _recurring(current, fitted, adjustments, battery.schedule, now)
    # Nothing in the hardware knows of the end, nor of what comes after the target.
    kept = attrs.evolve(fitted, until=None, then="hold")
    return core.Draft(
        document=attrs.evolve(current, command=kept, every_days=None),
        adjustments=adjustments,
        release_due=command.until,
    )


def _recurring(
    current: Program,
    command: core.BatteryCommand,
    adjustments: tuple[core.Adjustment, ...],
    limits: core.ScheduleLimits,
    now: datetime,
) -> core.Draft[Program]:
    """On the vendor's grid, and again after a day or a week; without a date, so that it may not begin much later."""
    start = now if command.start is None else max(command.start, now)
    begin = _down(start, limits.step)
    if start > now and begin < start:
        begin += limits.step
    until = _down(command.until or start, limits.step)
    every = _DAYS[limits.recurrence]
    period = timedelta(days=every or 0)
    if until <= begin:
        raise core.InvalidValue(f"nothing is left of it in steps of {limits.step}.", provider="demo")
    if every is not None and start > now and until - period > now:
        raise core.InvalidValue(
            "the vendor's windows come back, so this one would act before it is to begin.",
            provider="demo",
            hint="Call it when it is to begin.",
        )
    reason = f"the vendor's windows have steps of {limits.step}"
    changes = core.adjusted("until", command.until, until, reason)
    if start > now:
        changes = (*core.adjusted("start", command.start, begin, reason), *changes)
    kept = attrs.evolve(command, start=begin, until=until, then="hold")
    return core.Draft(
        document=attrs.evolve(current, command=kept, every_days=every),
        adjustments=(*adjustments, *changes),
        recurs_at=None if every is None else max(begin + period, until),
        release_due=until,
    )


def _figures(
    command: core.BatteryCommand, battery: core.Capabilities
) -> tuple[core.BatteryCommand, tuple[core.Adjustment, ...]]:
    """Without the power or the target that the vendor's commands cannot have."""
    power = command.power_w if battery[core.Feature.COMMAND_POWER] else None
    target = command.target_soc_pct if battery[core.Feature.COMMAND_TARGET_SOC] else None
    reason = "the vendor's commands have none"
    changes = core.adjusted("power_w", command.power_w, power, reason)
    changes += core.adjusted("target_soc_pct", command.target_soc_pct, target, reason)
    return attrs.evolve(command, power_w=power, target_soc_pct=target), changes


def check(schedule: core.Schedule, limits: core.ScheduleLimits) -> None:
    """Refuse what the vendor's schedules cannot express."""
    forced = {core.BatteryMode.CHARGE, core.BatteryMode.EXPORT}
    for mode in (window.mode for window in schedule.windows):
        _check_mode(mode, limits.modes)
    _check_mode(schedule.otherwise, (limits.modes - forced) | {core.BatteryMode.AUTO})
    _check_count(len(schedule.windows), limits.max_windows, "a schedule")
    for day in core.Weekday:
        _check_count(sum(day in window.days for window in schedule.windows), limits.max_windows_per_day, "a day")
    if not limits.weekdays and any(window.days != core.EVERY_DAY for window in schedule.windows):
        raise core.InvalidValue("the vendor's windows are the same every day.", provider="demo")


def _check_mode(mode: core.BatteryMode, modes: frozenset[core.BatteryMode]) -> None:
    if mode not in modes:
        raise core.Unsupported(
            f"the vendor's schedules have no {mode} there.",
            feature=core.Feature.of(mode),
            alternatives=sorted(modes),
            provider="demo",
        )


def _check_count(count: int, most: int | None, what: str) -> None:
    if most is not None and count > most:
        raise core.InvalidValue(f"{what} takes at most {most} windows of the vendor's, not {count}.", provider="demo")


def window(
    asked: core.Window, limits: core.ScheduleLimits, where: str
) -> tuple[core.Window, tuple[core.Adjustment, ...]]:
    """A window on the vendor's grid, snapped inward, without the figures that the vendor's windows cannot have."""
    step = max(1, int(limits.step / timedelta(minutes=1)))
    first, last = -(-asked.start_minute // step) * step, asked.end_minute // step * step
    if last <= first:
        raise core.InvalidValue(f"nothing is left of {asked.start:%H:%M}–{asked.end:%H:%M} in steps of {step} minutes.")
    got = attrs.evolve(
        asked,
        start=_clock(first),
        end=_clock(last),
        power_w=asked.power_w if limits.power else None,
        target_soc_pct=asked.target_soc_pct if limits.target_soc else None,
    )
    changes: list[core.Adjustment] = []
    for name in ("start", "end", "power_w", "target_soc_pct"):
        changes += core.adjusted(f"{where}{name}", getattr(asked, name), getattr(got, name), "the vendor's windows")
    return got, tuple(changes)


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def _down(instant: datetime, step: timedelta) -> datetime:
    """The vendor's step at or before an instant; zones are whole quarters of an hour from UTC."""
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return instant - (instant - midnight) % step
