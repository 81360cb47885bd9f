"""What can be wished for, and what is remembered of a command while it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Self, TypeAlias, TypeVar

from attrs import frozen

from openpower_core.provider import BatteryCommand, BatteryMode, Schedule

__all__ = ["Current", "Desired", "DesiredSettings", "Order"]

Plan = TypeVar("Plan")


@frozen(kw_only=True)
class DesiredSettings:
    """Standing settings; None leaves one as it is."""

    reserve_soc_pct: float | None = None
    max_soc_pct: float | None = None
    grid_charge_allowed: bool | None = None


Desired: TypeAlias = Schedule | DesiredSettings | BatteryCommand


@frozen(kw_only=True)
class Order:
    """A command that stands, with its start as it was put on the grid."""

    mode: BatteryMode
    target: float | None
    power: float | None
    start: datetime
    until: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "mode": self.mode.value,
            "target": self.target,
            "power": self.power,
            "start": self.start.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """What :meth:`to_json` gave."""
        until = data["until"]
        return cls(
            mode=BatteryMode(data["mode"]),
            target=data["target"],
            power=data["power"],
            start=datetime.fromisoformat(data["start"]),
            until=None if until is None else datetime.fromisoformat(until),
        )


@frozen(kw_only=True)
class Current(Generic[Plan]):
    """What the vendor holds, with what only we know of it.

    What is read has the plan alone. What we wrote also knows the command that made it and the plan
    beneath, so that the next command starts from that and not from what the last one left.
    """

    plan: Plan
    under: Plan | None = None
    order: Order | None = None
    unseen: bool = False
    """Whether it differs from what was there before only in what nobody can read."""
