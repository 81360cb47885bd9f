"""What the two pairs of settings have in common, and what of a command is remembered while it is active.

In 2025 and 2026 several regions (UK, AU/NZ, NL) moved to a backend where the legacy writes answer 200 and nothing
happens; elsewhere only the legacy pair works. The periodic read shows which: 6017 means legacy. The two are never mixed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeAlias, TypeVar

from attrs import frozen

from openpower_alphaess.control.week import HOLD_LIMIT, RunningCommand, Week
from openpower_core import provider as core

if TYPE_CHECKING:
    from openpower_alphaess.client.requests import Write

Stored = TypeVar("Stored")

UNKNOWN_RATING_W: Final = 20_000
"""Sent where the inverter's rating is unknown: values above the rating are accepted, and clipped."""


@frozen(kw_only=True)
class DesiredSettings:
    """The battery's settings; None leaves one as it is."""

    reserve_soc_pct: float | None = None
    max_soc_pct: float | None = None
    grid_charge_allowed: bool | None = None


Desired: TypeAlias = core.Schedule | DesiredSettings | core.BatteryCommand


@frozen(kw_only=True)
class Current(Generic[Stored]):
    """What the vendor stores, with what only openpower knows of it.

    What is read has the plan alone. What openpower wrote also knows the command that made it and the plan beneath, so
    that the next command starts from that and not from what the last one left.
    """

    plan: Stored
    under: Stored | None = None
    command: RunningCommand | None = None
    unseen: bool = False
    """Whether it differs from what was there before only in what cannot be read."""


class Pair(Protocol[Stored]):
    """One pair of settings: what it can express, read as a week and written from a week."""

    @property
    def name(self) -> str:
        """``legacy`` or ``periodic``."""
        ...

    @property
    def has_power(self) -> bool:
        """Whether a charge can be given a power."""
        ...

    @property
    def full_w(self) -> int:
        """The power that stands for "as fast as it can"."""
        ...

    @property
    def daily(self) -> bool:
        """Whether every window recurs every day."""
        ...

    def week(self, plan: Stored, /) -> tuple[Week, core.BatteryMode]:
        """What a plan makes of each slot of the week, and of the rest; where windows overlap, charging wins."""
        ...

    def encode(
        self, week: Week, otherwise: core.BatteryMode, current: Stored, /, *, strict: bool = False
    ) -> tuple[Stored, list[core.Adjustment]]:
        """The plan that makes a week happen.

        Args:
            week: what is wanted.
            otherwise: AUTO or HOLD.
            current: what stays where the week does not need it, such as limits.
            strict: refuse what could only be approximated.

        Raises:
            InvalidValue: the pair cannot express it.
        """
        ...

    def off(self, plan: Stored, /) -> Stored:
        """Plain self-consumption."""
        ...

    def settings(self, plan: Stored, /) -> core.BatterySettings:
        """The battery's settings in a plan."""
        ...

    def change(self, plan: Stored, desired: DesiredSettings, /) -> tuple[Stored, list[core.Adjustment]]:
        """The plan with other settings."""
        ...

    def visible(self, plan: Stored, /) -> object:
        """The part of a plan that a read shows."""
        ...

    def load(self, data: dict[str, Any], /) -> Stored:
        """The plan of which ``attrs.asdict`` gave this."""
        ...

    def writes(self, serial: str, plan: Stored, current: Stored, /) -> list[Write]:
        """The calls that replace one plan by another."""
        ...


def reserve(asked: float, least: float, adjustments: list[core.Adjustment]) -> float:
    """A reserve in whole percentages, rounded up: more is kept than was asked for, never less."""
    return _whole("reserve_soc_pct", asked, max(math.ceil(asked), least), adjustments)


def maximum(asked: float, adjustments: list[core.Adjustment]) -> float:
    """A charge limit in whole percentages, rounded down, and above the one that holds the battery."""
    return _whole("max_soc_pct", asked, max(math.floor(asked), HOLD_LIMIT + 1), adjustments)


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
