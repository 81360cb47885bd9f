"""What a system of either generation stores, to the letter, as one document of fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
from attrs import frozen

from openpower_alphaess.client.grid import Period
from openpower_alphaess.client.requests import number

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
