"""Forecasts from the history: what solar and the house did at the same time of the last days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from openpower_core.devices.roles import Role
from openpower_core.errors import OpenPowerError

if TYPE_CHECKING:
    from openpower_hub.config import EMHASSConfig
    from openpower_hub.engine import Hub
    from openpower_hub.history.cells import Cell
    from openpower_hub.homes import Home

DAYS: Final = {"pv_w": 3, "load_w": 7}
"""Over how many days the means are taken: the sky changes, and the house has a week."""
_NAMES: Final = {"pv_w": "pv_power_forecast", "load_w": "load_power_forecast"}


async def forecasts_of(
    hub: Hub, home: Home, config: EMHASSConfig, first: datetime
) -> tuple[dict[str, list[float]], list[str]]:
    """What EMHASS is given, by its names, and notes on what is left to it.

    Args:
        hub: which has the history.
        home: of which home.
        config: what is to be taken from the history, the length of a step, and the horizon.
        first: when the first step begins.
    """
    found: dict[str, list[float]] = {}
    notes: list[str] = []
    steps = int(config.horizon / config.interval)
    for figure, wanted, words in (("pv_w", config.solar, "solar"), ("load_w", config.load, "the house")):
        if wanted != "history":
            continue
        values = await _by_history(hub, home, figure, first, config.interval, steps)
        if values is None:
            notes.append(f"The forecast of {words} is EMHASS's: less than a day of it was recorded.")
        else:
            found[_NAMES[figure]] = values
    return found, notes


async def _by_history(
    hub: Hub, home: Home, figure: str, first: datetime, step: timedelta, steps: int
) -> list[float] | None:
    history: Any = hub.integrations.get("history")
    inverters = [state for state in home.of_role(Role.INVERTER) if state.info.active]
    if history is None or not inverters:
        return None
    total: list[float] | None = None
    for inverter in inverters:
        try:
            cells = await history.store.series(
                inverter.key, figure, first - timedelta(days=DAYS[figure]), first, step=step
            )
        except OpenPowerError:
            return None
        values = by_time_of_day(cells, first, step, steps, home.tz)
        if values is None:
            return None
        total = values if total is None else [one + other for one, other in zip(total, values, strict=True)]
    return total


def by_time_of_day(
    cells: Sequence[Cell], first: datetime, step: timedelta, steps: int, tz: str | None
) -> list[float] | None:
    """The mean of what was at the same time of day, step by step; None unless each time of day was recorded once."""
    zone = UTC if tz is None else ZoneInfo(tz)

    def place(time: datetime) -> int:
        local = time.astimezone(zone)
        return int(timedelta(hours=local.hour, minutes=local.minute) / step)

    seen: dict[int, list[float]] = defaultdict(list)
    for cell in cells:
        if cell.mean is not None:
            seen[place(cell.start)].append(max(cell.mean, 0.0))
    places = [place(first + number * step) for number in range(steps)]
    if not all(seen.get(each) for each in places):
        return None
    return [round(fmean(seen[each]), 1) for each in places]
