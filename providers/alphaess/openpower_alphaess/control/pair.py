"""What the two pairs of settings have in common: what a system stores, as a plan of fields; a plan read as a week; and the
plan that makes a week happen.

In 2025 and 2026 several regions (UK, AU/NZ, NL) moved to a backend where the legacy writes answer 200 and nothing
happens; elsewhere only the legacy pair works. The periodic read shows which: 6017 means legacy. The two are never mixed.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeAlias

import attrs
from attrs import frozen

from openpower_alphaess.client.grid import EVERY_DAY, PER_WEEK, STEP_MINUTES, Period, clock
from openpower_alphaess.client.requests import Write, number
from openpower_alphaess.control.week import (
    AUTO,
    EMPTY_WEEK,
    HOLD,
    HOLD_LIMIT,
    LEAST_TARGET,
    Slot,
    Week,
    day_of,
    floor_of,
    pieces_of,
    without_permission,
)
from openpower_core import provider as core

UNKNOWN_RATING_W: Final = 20_000
"""Sent where the inverter's rating is unknown: values above the rating are accepted, and clipped."""


SIDES: Final = ("charge", "discharge")


@frozen(kw_only=True)
class Side:
    """The periods of one side, and whether they are in force."""

    on: bool | None = False
    """None: it cannot be read."""
    periods: tuple[Period, ...] = ()
    limit: float | None = None
    """%; None where each period has its own."""


@frozen(kw_only=True)
class Plan:
    """Both sides: when to charge, and when the battery may serve the house."""

    charge: Side = Side()
    discharge: Side = Side()
    weekly: bool | None = None
    """Whether periods name their days; None where every day is alike."""
    gone: frozenset[str] = attrs.field(default=frozenset(), eq=False)
    """The fields that it no longer has and an earlier plan had."""


@frozen(kw_only=True)
class DesiredSettings:
    """The battery's settings; None leaves one as it is."""

    reserve_soc_pct: float | None = None
    max_soc_pct: float | None = None
    grid_charge_allowed: bool | None = None


Desired: TypeAlias = core.Schedule | DesiredSettings | core.BatteryCommand
Kept: TypeAlias = list[Period | None]
"""The periods of a side, None where one had to go."""


class Pair(ABC):
    """One pair of settings."""

    name: ClassVar[str]
    """``legacy`` or ``periodic``."""
    daily: ClassVar[bool]
    """Whether every window recurs every day."""
    switch_shows: ClassVar[bool]
    """Whether a read shows which sides are in force."""
    full_w: int | None = None
    """The power that stands for "as fast as it can"; None where periods have none."""
    empty: Plan
    """What a system stores that nobody has set."""

    @property
    def has_power(self) -> bool:
        """Whether periods have a power, and a limit of their own."""
        return self.full_w is not None

    # Reading.

    def covered(self, period: Period) -> frozenset[int]:
        """The slots of the week in which a period runs while its side is in force."""
        # The app shows a period without a power, and the inverter ignores it.
        return period.slots if period.power or not self.has_power else frozenset()

    def runs(self, side: Side) -> bool:
        """Whether something of a side is in force.

        A switch that cannot be read is taken to be on: unused periods would hardly be kept. One that is on beside
        windows that are all off proves nothing: what the device makes of that is not known.
        """
        return side.on is not False and any(map(self.covered, side.periods))

    def week(self, plan: Plan) -> tuple[Week, core.BatteryMode]:
        """What a plan makes of each slot of the week, and of the rest; where windows overlap, charging wins."""
        week = list(EMPTY_WEEK)
        otherwise = core.BatteryMode.HOLD if self.runs(plan.discharge) else core.BatteryMode.AUTO
        for period in plan.discharge.periods if self.runs(plan.discharge) else ():
            for index in self.covered(period):
                week[index] = AUTO
        for period in plan.charge.periods if self.runs(plan.charge) else ():
            slot = charging(period, plan.charge)
            for index in self.covered(period):
                week[index] = None if slot.mode is otherwise else slot
        return tuple(week), otherwise

    # Writing.

    def encode(
        self, week: Week, otherwise: core.BatteryMode, current: Plan, *, strict: bool = False
    ) -> tuple[Plan, list[core.Adjustment]]:
        """The plan that makes a week happen; periods that fit it stay as they are, to the last figure.

        Args:
            week: what is wanted.
            otherwise: AUTO or HOLD.
            current: the plan beneath.
            strict: refuse what could only be approximated.

        Raises:
            InvalidValue: the pair cannot express it.
        """
        week, otherwise = without_permission(week, otherwise)
        week, otherwise, limit, changes = self.fitted(week, otherwise, current, strict=strict)
        try:
            plan, lost = self._made(week, otherwise, limit, current, keep=True)
        except core.InvalidValue:  # written anew, adjoining periods need fewer places
            plan, lost = self._made(week, otherwise, limit, current, keep=False)
        return plan, [*changes, *lost]

    def _made(
        self, week: Week, otherwise: core.BatteryMode, limit: float | None, current: Plan, *, keep: bool
    ) -> tuple[Plan, list[core.Adjustment]]:
        wanted = [slot or Slot(otherwise) for slot in week]
        serves = otherwise is core.BatteryMode.HOLD
        charge, discharge = attrs.evolve(current.charge, limit=limit), current.discharge
        # From the back, because the later one of overlapping periods wins; and charging wins over serving the house.
        explained = set[int]()
        charges = self._kept(charge, lambda period: charging(period, charge), wanted, explained, keep=keep)
        charged = frozenset(explained)
        serving = self._kept(discharge, lambda _: AUTO if serves else None, wanted, explained, keep=keep)
        served = {index for period in serving if period for index in self.covered(period)}
        to_charge = [None if slot in (None, AUTO) or index in charged else slot for index, slot in enumerate(week)]
        permitted = self.permitted(discharge)
        to_serve = [
            permitted[index] if serves and slot == AUTO and index not in served else None
            for index, slot in enumerate(wanted)
        ]
        lost: list[core.Adjustment] = []
        plan = attrs.evolve(
            current,
            charge=self._side("charge", charge, charges, self._fresh(to_charge), lost),
            discharge=self._side("discharge", discharge, serving, self._fresh(to_serve), lost),
        )
        return self.checked(plan, current, lost), lost

    def _kept(
        self,
        side: Side,
        own: Callable[[Period], Slot | None],
        wanted: Sequence[Slot],
        explained: set[int],
        *,
        keep: bool,
    ) -> Kept:
        """The periods that do nothing but what is wanted; those that do nothing at all stay, too."""
        found: Kept = list(side.periods)
        for place in reversed(range(len(found))):
            period = side.periods[place]
            slots, slot = self.covered(period), own(period)
            if not slots:
                continue
            if keep and slot and all(index in explained or wanted[index] == slot for index in slots):
                explained |= slots
            else:
                found[place] = None
        return found

    def _fresh(self, missing: Sequence[Slot | None]) -> list[Period]:
        """New periods; equal ones of several days are one, so that the list stays as short as people would write it."""
        found: dict[tuple[int, int, Slot], list[int]] = {}
        for day in EVERY_DAY:
            for piece in pieces_of(day_of(tuple(missing), day)):
                found.setdefault((piece.begin, piece.end, piece.slot), []).append(day)
        return [
            Period(
                begin=clock(begin * STEP_MINUTES),
                end=clock(end * STEP_MINUTES),
                days=tuple(days),
                limit=(slot.target or HOLD_LIMIT) if self.has_power else None,
                power=slot.power or self.full_w,
            )
            for (begin, end, slot), days in found.items()
        ]

    def _side(self, name: str, side: Side, kept: Kept, fresh: list[Period], lost: list[core.Adjustment]) -> Side:
        if fresh or any(period and self.covered(period) for period in kept):
            return attrs.evolve(side, on=True, periods=self.arranged(name, side, kept, fresh, lost))
        if not self.runs(side):
            return attrs.evolve(side, on=bool(side.on))
        # Where the switch cannot be seen, periods that ran have to go; else they stay, switched off.
        rest = side.periods if self.switch_shows else tuple([period for period in kept if period])
        return attrs.evolve(side, on=False, periods=rest)

    def calm(self, plan: Plan) -> Plan:
        """The plan with its discharge switch off if no window is, too: then nothing keeps the battery from the house."""
        if not plan.discharge.on or self.runs(plan.discharge):
            return plan
        return attrs.evolve(plan, discharge=attrs.evolve(plan.discharge, on=False))

    def fitted(
        self,
        week: Week,
        otherwise: core.BatteryMode,
        current: Plan,  # noqa: ARG002
        *,
        strict: bool,  # noqa: ARG002
    ) -> tuple[Week, core.BatteryMode, float | None, list[core.Adjustment]]:
        """The week as the pair can store it, and the common limit of its charges; None where each has its own."""
        return week, otherwise, None, []

    def permitted(self, side: Side) -> Sequence[Slot]:  # noqa: ARG002
        """AUTO for each slot of the week, with what a new discharge period there takes over from the present ones."""
        return [AUTO] * PER_WEEK

    @abstractmethod
    def arranged(
        self, name: str, side: Side, kept: Kept, fresh: list[Period], lost: list[core.Adjustment]
    ) -> tuple[Period, ...]:
        """The periods of a side in force: those that stay, and new ones."""

    def checked(self, plan: Plan, current: Plan, lost: list[core.Adjustment]) -> Plan:  # noqa: ARG002
        """The plan, if the vendor takes it."""
        return plan

    @abstractmethod
    def settings(self, plan: Plan) -> core.BatterySettings:
        """The battery's settings in a plan."""

    def not_crossed(self, plan: Plan, desired: DesiredSettings) -> Plan:
        """The plan, if its reserve is not above its charge limit.

        Raises:
            InvalidValue: a setting that is to change is on the wrong side of the other one.
        """
        found = self.settings(plan)
        least, most = found.reserve_soc_pct, found.max_soc_pct
        if (
            (desired.reserve_soc_pct, desired.max_soc_pct) == (None, None)
            or least is None
            or most is None
            or least <= most
        ):
            return plan
        raise core.InvalidValue(
            f"reserve_soc_pct would be {least:g} % and max_soc_pct {most:g} %; the reserve cannot be above.",
            provider="alphaess",
            hint="Change both in one call.",
        )

    @abstractmethod
    def change(self, plan: Plan, desired: DesiredSettings) -> tuple[Plan, list[core.Adjustment]]:
        """The plan with other settings."""

    @abstractmethod
    def writes(self, serial: str, plan: Plan, current: Plan) -> list[Write]:
        """The calls that replace one plan by another: those that carry something that differs."""

    # Fields.

    @abstractmethod
    def named(self, name: str, side: Side) -> Mapping[str, Period]:
        """The periods of a side by the names of their fields."""

    def fields(self, plan: Plan) -> dict[str, Any]:
        """What a plan holds, field by field; None for a field that it no longer has."""
        found: dict[str, Any] = dict.fromkeys(sorted(plan.gone))
        for name in SIDES:
            side = side_of(plan, name)
            found |= {f"{name}_on": side.on, f"{name}_limit": side.limit}
            found |= {label: to_json(period) for label, period in self.named(name, side).items()}
        return {**found, "weekly": plan.weekly}

    def with_fields(self, plan: Plan, fields: Mapping[str, Any]) -> Plan:
        """The plan with other values in some fields; None for those that it is not to have."""
        present = self.fields(plan)
        merged = {**present, **fields}
        switches = {f"{name}_{what}" for name in SIDES for what in ("on", "limit")} | {"weekly"}
        periods = {label: value for label, value in merged.items() if label not in switches}
        sides = {
            name: Side(
                on=merged[f"{name}_on"],
                limit=merged[f"{name}_limit"],
                periods=self.in_order(
                    [of_json(value) for label, value in sorted(periods.items()) if value and label.startswith(name)]
                ),
            )
            for name in SIDES
        }
        gone = frozenset(label for label, value in periods.items() if value is None and label in present)
        return Plan(**sides, weekly=merged["weekly"], gone=gone)

    def in_order(self, periods: Sequence[Period]) -> tuple[Period, ...]:
        """The periods in the one order in which plans have them."""
        return tuple(periods)

    def after(self, plan: Plan, current: Plan) -> Plan:
        """The plan, marked with what it no longer has."""
        had, has = self.fields(current), self.fields(attrs.evolve(plan, gone=frozenset()))
        return attrs.evolve(plan, gone=frozenset(had) - frozenset(has))


def charging(period: Period, side: Side) -> Slot:
    """What a charge period does: one with the lowest limit holds, because the battery is hardly ever below it."""
    limit = side.limit if period.limit is None else period.limit
    if limit is None or limit <= HOLD_LIMIT:
        return HOLD
    return Slot(core.BatteryMode.CHARGE, limit, period.power)


def dropped(period: Period) -> core.Adjustment:
    """That a period had to go which does nothing that openpower knows of."""
    return core.Adjustment(
        field="windows",
        asked=f"{period.begin}-{period.end}",
        got=None,
        reason="AlphaESS has no place for it beside the others. openpower cannot tell what it does.",
    )


def reserve(asked: float, least: float, adjustments: list[core.Adjustment]) -> float:
    """A reserve in whole percentages, rounded up: more is kept than was asked for, never less."""
    floor_of(asked, "reserve_soc_pct", least, "%")
    return _whole("reserve_soc_pct", asked, math.ceil(asked), adjustments)


def maximum(asked: float, adjustments: list[core.Adjustment]) -> float:
    """A charge limit in whole percentages, rounded down, and above the one that holds the battery."""
    return _whole("max_soc_pct", asked, floor_of(asked, "max_soc_pct", LEAST_TARGET, "%"), adjustments)


def _whole(field: str, asked: float, got: float, adjustments: list[core.Adjustment]) -> float:
    adjustments += core.adjusted(field, asked, got, "AlphaESS takes whole percentages.")
    return got


def holding() -> core.InvalidValue:
    """The error for a setting whose change would end a hold."""
    return core.InvalidValue(
        "AlphaESS holds the battery by its charge windows, so that this would end the hold.",
        provider="alphaess",
        hint="Release the command, or set a schedule without HOLD windows first.",
    )


# Plans as fields.


def side_of(plan: Plan, name: str) -> Side:
    """One of the two."""
    return plan.charge if name == "charge" else plan.discharge


def listed(side: str, periods: Iterable[Period]) -> dict[str, Period]:
    """The periods of a list by name.

    A name says all that its period holds: the service has no other, and in which order it lists them is not known. So a
    period is recognised wherever it stands, and one that somebody edits is another one.
    """
    found: dict[str, Period] = {}
    for period in periods:
        name = f"{side} {period.begin}-{period.end} on {_digits(period.days)}"
        if period.weeks is not None:
            name += f" (daily, {_digits(period.weeks)})"
        for value, unit in ((period.power, "W"), (period.limit, "%")):
            name += "" if value is None else f", {number(value)} {unit}"
        while name in found:
            name += " again"
        found[name] = period
    return found


def _digits(days: Iterable[int]) -> str:
    return "".join(map(str, days))


def placed(side: str, periods: Iterable[Period]) -> dict[str, Period]:
    """The windows of the legacy pair by name, which is their place."""
    return {f"{side}.{place}": period for place, period in enumerate(periods)}


def to_json(period: Period) -> dict[str, Any]:
    """Plain data."""
    return {name: value for name, value in attrs.asdict(period).items() if value is not None}


def of_json(data: Mapping[str, Any]) -> Period:
    """What :func:`to_json` gave."""
    found: dict[str, Any] = {name: tuple(value) if name in ("days", "weeks") else value for name, value in data.items()}
    return Period(**found)
