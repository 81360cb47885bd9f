"""What the battery follows: an immediate charge and time-of-use slots; and how a command or a schedule becomes that."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve, field, frozen

from openpower_core import provider as core
from openpower_goodwe.semsplus.control.slots import OFF, ON, PowerScale, Slot, slot_data, slot_of, to_slots, to_window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_MODES = (core.BatteryMode.CHARGE, core.BatteryMode.EXPORT)
_DAY = timedelta(days=1)


@frozen(kw_only=True)
class Immediate:
    """An immediate charge; its figures stay while it is off."""

    on: bool = False
    target_pct: int | None = None
    power_pct: int | None = None


_IMMEDIATE = ("on", "target_pct", "power_pct")


def _slots(given: Iterable[Slot]) -> tuple[Slot, ...]:
    return tuple(given)


@frozen(kw_only=True)
class Program:
    """What an inverter's battery follows; None and no slots where its model has no such function."""

    immediate: Immediate | None = None
    enabled: bool | None = None
    """Whether the slots are in force (``TOUModeEnable``)."""
    slots: tuple[Slot, ...] = field(default=(), converter=_slots)

    @property
    def working(self) -> tuple[Slot, ...]:
        """The slots in force."""
        return tuple(each for each in self.slots if each.on) if self.enabled else ()


def fields_of_program(program: Program) -> dict[str, Any]:
    """Its fields as plain data. Slots are the vendor's own data; the immediate charge is written by one call, and its
    switch goes off by itself while its figures stay."""
    slots = {f"TOU{place}": slot_data(place, slot) for place, slot in enumerate(program.slots, start=1)}
    charge = {} if program.immediate is None else asdict(program.immediate)
    fields = {"TOUModeEnable": program.enabled, **{f"immediate_{name}": value for name, value in charge.items()}}
    return slots | {name: value for name, value in fields.items() if value is not None}


def program_of(fields: Mapping[str, Any]) -> Program:
    """What :func:`fields_of_program` gave."""
    places = range(1, 1 + sum(name != "TOUModeEnable" and name.startswith("TOU") for name in fields))
    charge = {name: fields[f"immediate_{name}"] for name in _IMMEDIATE if f"immediate_{name}" in fields}
    return Program(
        immediate=Immediate(**charge) if charge else None,
        enabled=fields.get("TOUModeEnable"),
        slots=[slot_of(place, fields[f"TOU{place}"]) for place in places],
    )


def to_schedule(current: Program, scale: PowerScale) -> core.Schedule:
    """The slots in force as a schedule."""
    windows = [to_window(each, scale) for each in current.working]
    return core.Schedule(windows=[each for each in windows if each is not None])


def check_modes(schedule: core.Schedule, tz: str | None) -> None:
    """Refuse, before anything is sent, what slots cannot represent."""
    core.check_schedule_zone(schedule.tz, tz, device="the station")
    if schedule.otherwise is not core.BatteryMode.AUTO:
        raise _no_mode(schedule.otherwise)
    for window in schedule.windows:
        if window.mode not in _MODES:
            raise _no_mode(window.mode)


def _no_mode(mode: core.BatteryMode) -> core.Unsupported:
    return core.Unsupported(
        f"SEMS+ slots charge or discharge; there is none for {mode.value}.",
        feature=mode.value,
        alternatives=("goodwe-local",),
        provider="goodwe-sems",
    )


@frozen(kw_only=True)
class Planner:
    """Plans programs from commands and schedules; pure, the time is passed in."""

    scale: PowerScale
    zone: tzinfo | None

    def draft(
        self, current: Program, desired: core.Schedule | core.BatteryCommand, now: datetime
    ) -> core.Draft[Program]:
        """The program that carries out what is desired."""
        if isinstance(desired, core.Schedule):
            return self._schedule(current, desired)
        core.check_not_over(desired.until, now)
        if desired.mode is core.BatteryMode.AUTO:
            return self._auto(current, desired, now)
        later = desired.start is not None and desired.start > now
        if desired.mode is core.BatteryMode.CHARGE and current.immediate is not None and not later:
            return self._charge(current, desired)
        return self._window(current, desired, now)

    def _auto(self, current: Program, desired: core.BatteryCommand, now: datetime) -> core.Draft[Program]:
        if desired.start is not None and desired.start > now:
            raise core.InvalidValue("SEMS+ cannot start AUTO later; give the command at that time.")
        off = None if current.immediate is None else evolve(current.immediate, on=False)
        enabled = None if current.enabled is None else False
        document = evolve(current, immediate=off, enabled=enabled)
        return core.Draft(document=document, release_due=desired.until)

    def _charge(self, current: Program, desired: core.BatteryCommand) -> core.Draft[Program]:
        target = 100 if desired.target_soc_pct is None else round(desired.target_soc_pct)
        # Slots count per mille, the immediate charge whole percentages.
        share = max(1, round(self.scale.share(desired.power_w) / 10))
        adjustments: list[core.Adjustment] = []
        if desired.target_soc_pct is not None:
            adjustments += core.adjusted(
                "target_soc_pct", desired.target_soc_pct, target, "the inverter takes whole percentages"
            )
        if desired.power_w is not None:
            reason = "an immediate charge takes whole percentages of the rated power"
            adjustments += core.adjusted("power_w", desired.power_w, self.scale.watts(share * 10), reason, within=1)
        charge = Immediate(on=True, target_pct=target, power_pct=share)
        return core.Draft(
            document=evolve(current, immediate=charge), adjustments=adjustments, release_due=desired.until
        )

    def _schedule(self, current: Program, desired: core.Schedule) -> core.Draft[Program]:
        self._check_slots(current)
        wanted: list[Slot] = []
        adjustments: list[core.Adjustment] = []
        ordered = sorted(desired.windows, key=lambda window: (window.start, sorted(window.days)))
        for index, window in enumerate(ordered):
            slots, near = to_slots(window, self.scale, f"windows[{index}].")
            wanted += slots
            adjustments += near
        if set(to_schedule(current, self.scale).windows) == set(desired.windows):
            return core.Draft(document=current)
        # A schedule replaces every slot in force; slots of other functions (neither on nor off) are left alone, and
        # those that mean what is desired stay as they are.
        meant = [to_window(one, self.scale) for one in wanted]
        quiet: list[Slot] = []
        for each in current.slots:
            window_of = to_window(each, self.scale)
            if window_of in meant and window_of is not None:
                place = meant.index(window_of)
                del meant[place], wanted[place]
                quiet.append(each)
            else:
                quiet.append(each if window_of is None else evolve(each, kind=OFF))
        document = evolve(current, enabled=bool(desired.windows), slots=_placed(quiet, wanted))
        return core.Draft(document=document, adjustments=adjustments)

    def _window(self, current: Program, desired: core.BatteryCommand, now: datetime) -> core.Draft[Program]:
        self._check_slots(current)
        begin = max(now, desired.start) if desired.start else now
        window = self._as_window(desired, begin)
        wanted, adjustments = to_slots(window, self.scale)
        due = desired.until
        # A slot recurs: one that is open runs every day, one with an end on its weekday only.
        recurs = begin + (_DAY if desired.until is None else 7 * _DAY)
        if current.enabled and _running(current.working, wanted, fixed=desired.start is not None):
            return core.Draft(document=current, adjustments=adjustments, release_due=due, recurs_at=recurs)
        # Enabling the mode would also start every slot that is switched on. Those, and slots that overlap the
        # command, are switched off meanwhile; the release restores them.
        quiet = [
            evolve(each, kind=OFF)
            if each.on and (not current.enabled or any(each.overlaps(one) for one in wanted))
            else each
            for each in current.slots
        ]
        document = evolve(current, enabled=True, slots=_placed(quiet, wanted))
        return core.Draft(document=document, adjustments=adjustments, release_due=due, recurs_at=recurs)

    def _as_window(self, desired: core.BatteryCommand, begin: datetime) -> core.Window:
        figures: dict[str, Any] = {
            "mode": desired.mode,
            "power_w": desired.power_w,
            "target_soc_pct": desired.target_soc_pct,
        }
        if desired.until is None:
            # Open: all day, every day, until it is released.
            return core.Window(start=time(0), end=time(0), **figures)
        if self.zone is None:
            raise core.InvalidValue("the station's time zone is unknown; connect with tz=.")
        if desired.until - begin > _DAY:
            raise core.InvalidValue(
                "a slot lasts a day at most; pass an earlier until, or use a schedule.", provider="goodwe-sems"
            )
        start, end = begin.astimezone(self.zone), desired.until.astimezone(self.zone)
        if (start.hour, start.minute) == (end.hour, end.minute):
            raise core.InvalidValue("slots last a minute at least, and less than a whole day.")
        return core.Window(
            start=time(start.hour, start.minute),
            end=time(end.hour, end.minute),
            days={core.Weekday(start.isoweekday())},
            **figures,
        )

    def _check_slots(self, current: Program) -> None:
        if current.enabled is None or not current.slots:
            raise core.Unsupported(
                "this inverter offers no time-of-use slots over SEMS+; nothing was sent.",
                feature="set_schedule",
                alternatives=("goodwe-local",),
                provider="goodwe-sems",
            )


def _running(working: Iterable[Slot], wanted: list[Slot], *, fixed: bool) -> bool:
    """Whether the slots of an earlier, equal command still do what is desired.

    A command without a start begins "now", which moves on: the slot of the earlier command began before, and is as good."""
    found = list(working)
    for place, one in enumerate(wanted):
        fits = [
            each
            for each in found
            if evolve(each, start=one.start) == one
            and (each.start == one.start or (place == 0 and not fixed and each.start <= one.start))
        ]
        if not fits:
            return False
    return True


def _placed(slots: list[Slot], wanted: list[Slot]) -> list[Slot]:
    """The desired slots in free places. Places that were never used come first, so that slots which somebody switched
    off keep their times as long as possible."""
    free = sorted(
        (place for place, each in enumerate(slots) if each.free), key=lambda place: (slots[place].kind == OFF, place)
    )
    if len(free) < len(wanted):
        raise core.InvalidValue(
            f"{len(wanted)} slots are needed, and the inverter has {len(free)} of {len(slots)} to spare.",
            provider="goodwe-sems",
        )
    placed = list(slots)
    for place, one in zip(sorted(free[: len(wanted)]), wanted, strict=True):
        placed[place] = evolve(one, kind=ON)
    return placed
