"""What EMHASS is asked: prices on its steps, where the battery stands, and forecasts if we have some. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from attrs import frozen

from openpower_core.devices.info import BatteryInfo
from openpower_core.errors import PartialData
from openpower_core.prices import Channel, PriceSeries
from openpower_hub.windows import slots_of

SHORTEST: Final = timedelta(hours=2)
"""With prices for less than that no plan is asked for."""


@frozen(kw_only=True)
class Request:
    """A request for a plan, and what its answer is checked against."""

    body: Mapping[str, Any]
    """What is sent, as JSON."""
    first: datetime
    """When the first step begins: the one that holds now (UTC)."""
    step: timedelta
    """The length of a step."""
    buying: tuple[float, ...]
    """The price of import of each step (per kWh)."""
    selling: tuple[float, ...]
    """The price of feed-in of each step (per kWh; positive: paid to the home)."""
    soc_pct: float
    """The charge of the battery now."""
    notes: tuple[str, ...] = ()
    """What the plan does not know, in words."""

    @property
    def end(self) -> datetime:
        """When the last step ends (UTC)."""
        return self.first + len(self.buying) * self.step


def floored(now: datetime, step: timedelta) -> datetime:
    """When the step began that holds now."""
    return now - (now - datetime.min.replace(tzinfo=UTC)) % step


def request_of(
    *,
    now: datetime,
    step: timedelta,
    horizon: timedelta,
    prices: PriceSeries,
    battery: BatteryInfo,
    soc_pct: float,
    final_soc_pct: float | None = None,
    forecasts: Mapping[str, Sequence[float]] | None = None,
) -> Request:
    """Ask for a plan from the running step on, as far as the prices are known.

    Args:
        now: UTC.
        step: the length of a step.
        horizon: how far to plan at most.
        prices: of import and, if there are any, of feed-in.
        battery: for its limits.
        soc_pct: its charge now.
        final_soc_pct: the charge at the end; None for that of now.
        forecasts: by EMHASS's names, ``pv_power_forecast`` and ``load_power_forecast``: W for each step.

    Raises:
        PartialData: the prices are known for less than two hours.
    """
    first = floored(now, step)
    buying = _known(prices, Channel.IMPORT, first, horizon, step)
    selling = _known(prices, Channel.EXPORT, first, horizon, step)
    notes: list[str] = []
    if Channel.EXPORT not in prices.channels:
        selling = [0.0] * len(buying)
        notes.append("Feed-in prices are unknown; it is planned as if feed-in paid nothing.")
    steps = min(len(buying), len(selling))
    if steps * step < min(SHORTEST, horizon):
        raise PartialData(
            f"prices are known until {first + steps * step:%H:%M} UTC only, which is too short for a plan.",
            hint="It is planned again as soon as the retailer publishes more.",
        )
    if steps * step < horizon:
        notes.append(f"The plan reaches to {first + steps * step:%H:%M} UTC only, where the known prices end.")
    del buying[steps:], selling[steps:]

    def by_time(values: Sequence[float]) -> dict[str, float]:
        # With times instead of a list, a night on which the clock changes cannot shift the values.
        return {(first + number * step).isoformat(): value for number, value in enumerate(values[:steps])}

    body: dict[str, Any] = {
        "prediction_horizon": steps,
        "optimization_time_step": round(step.total_seconds() / 60),
        "method_ts_round": "first",  # by default the first step may lie in the future
        "load_cost_forecast": by_time(buying),
        "prod_price_forecast": by_time(selling),
        # Always both: what is missing becomes 60 %.
        "soc_init": _fraction(soc_pct),
        "soc_final": _fraction(soc_pct if final_soc_pct is None else final_soc_pct),
    }
    limits = {"charge": battery.max_charge_w, "discharge": battery.max_discharge_w}
    body |= {f"battery_{name}_power_max": limit for name, limit in limits.items() if limit}
    body |= {name: by_time(values) for name, values in (forecasts or {}).items() if len(values) >= steps}
    return Request(
        body=body,
        first=first,
        step=step,
        buying=tuple(buying),
        selling=tuple(selling),
        soc_pct=soc_pct,
        notes=tuple(notes),
    )


def _fraction(soc_pct: float) -> float:
    return round(soc_pct / 100, 4)


def _known(prices: PriceSeries, channel: Channel, first: datetime, horizon: timedelta, step: timedelta) -> list[float]:
    """The price of each step from the first on, up to the first one that is not known whole."""
    if channel not in prices.channels:
        return []
    slots = slots_of(prices, channel, first, first + horizon, step)
    if not slots or slots[0].start != first:
        return []
    gap = next((place for place, (one, two) in enumerate(pairwise(slots), 1) if one.end != two.start), len(slots))
    return [float(slot.best_per_kwh) for slot in slots[:gap]]
