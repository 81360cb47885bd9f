"""The actions planned for the next day, with planner and reason: the model that all planners share, and its lookup."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from attrs import frozen

from openpower_core.devices.roles import Role
from openpower_core.prices import Fuel, PriceSeries
from openpower_hub.control import Order

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home

HORIZON: Final = timedelta(hours=24)
"""How far ahead plans are shown."""


class PlanState(StrEnum):
    """The progress of a planned action."""

    PLANNED = "planned"
    """It lies ahead, or it is only shown because its planner has no right to control."""
    RUNNING = "running"
    """Its command is active."""
    DONE = "done"
    """It is over, or what it was for has been reached."""
    REFUSED = "refused"
    """It will not be carried out; ``note`` says why."""


@frozen(kw_only=True)
class PlannedAction:
    """One action that a planner wants from a device, with start, end and reason."""

    by: str
    """Who planned it: ``"rules.night"``, ``"emhass"``."""
    home: str
    """The name of the home."""
    key: str | None
    """The key of the device; None if there is none that could do it."""
    start: datetime
    """When it begins (UTC)."""
    end: datetime
    """When it ends (UTC)."""
    order: Order | None
    """What is ordered at ``start``, and ends by itself at ``end``; None where nothing is."""
    why: str
    """The reason, in words."""
    state: PlanState = PlanState.PLANNED
    """How far it is."""
    note: str = ""
    """What else to know: why it is refused, or what is only estimated."""


@runtime_checkable
class Planner(Protocol):
    """An integration that plans."""

    def plan(self, home: str) -> list[PlannedAction]:
        """What it plans for a home from now on, in time order."""
        ...


def planned(hub: Hub, home: str) -> list[PlannedAction]:
    """What all planners of a hub plan for a home, in time order."""
    found = [action for each in hub.integrations.values() if isinstance(each, Planner) for action in each.plan(home)]
    return sorted(found, key=lambda action: (action.start, action.by))


STALE_AFTER: Final = timedelta(hours=1)
"""How long a retailer may fail before its forecasts are relied on no longer."""


def prices_of(home: Home, now: datetime) -> tuple[PriceSeries, str]:
    """The prices that may be planned with, and why there are none; in words, empty if there are.

    A retailer that has not answered for an hour leaves only what it said was final.
    """
    why = "the home has no retailer"
    for state in home.of_role(Role.RETAILER):
        if state.info.fuel is not Fuel.ELECTRICITY or not state.info.active:
            continue
        series = state.prices
        if state.failing_since is not None and now - state.failing_since > STALE_AFTER:
            firm = [price for price in series if price.firm]
            series = PriceSeries(firm, start=series.start, end=series.end, tz=series.tz)
        if series and any(price.covers(now) for price in series):
            return series, ""
        why = f"the prices of {state.info.provider} are not known for now"
    return PriceSeries(), why
