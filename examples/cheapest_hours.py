"""Charges a battery in the cheapest hours before a deadline, whoever made it and whoever sells the energy.

    python examples/cheapest_hours.py demo --speed 3600
    python examples/cheapest_hours.py amber alphaess --target 90 --by 07:00

Name the connections that together have a retailer and a battery; their credentials come from the environment
(``OPENPOWER_AMBER_TOKEN`` …). Forecasts change, so it plans again each half hour and before each start. Stop it
at any time: it releases a battery that still charges.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import openpower
from openpower_core.clock import SYSTEM_CLOCK, Clock, ScaledClock

if TYPE_CHECKING:
    from openpower import Battery, Price, Retailer

__all__ = ["Hours", "charge_cheaply", "cheapest", "main", "time_to_charge"]

SLOT = timedelta(minutes=30)
LOSSES = 1.1
"""The energy that charges a battery by one unit."""

Hours = tuple[datetime, datetime]
Say = Callable[[str], None]


def time_to_charge(battery: Battery, target_pct: float) -> timedelta:
    """How long the battery needs to its target from its present state."""
    soc, info = battery.read(max_age=timedelta(0)).soc_pct, battery.info
    if soc is None or info.capacity_kwh is None or info.max_charge_w is None:
        return 6 * SLOT  # a guess, corrected each half hour by what the battery reaches
    missing_kwh = max(0.0, target_pct - soc) / 100 * info.capacity_kwh
    return timedelta(hours=missing_kwh * LOSSES / (info.max_charge_w / 1000))


def cheapest(prices: Sequence[Price], needed: timedelta, now: datetime) -> list[Hours]:
    """The cheapest slots that together last as long as needed, in time order, neighbours joined."""
    chosen: list[Hours] = []
    for price in sorted(prices, key=lambda each: (each.best_per_kwh, each.start)):
        if needed <= timedelta(0):
            break
        start = max(price.start, now)
        chosen.append((start, price.end))
        needed -= price.end - start
    return joined(sorted(chosen))


def joined(slots: Sequence[Hours]) -> list[Hours]:
    """Slots that touch, as one."""
    starts = [s for n, (s, _) in enumerate(slots) if n == 0 or slots[n - 1][1] < s]
    ends = [end for (_, end), (start, _) in pairwise(slots) if end < start]
    return list(zip(starts, [*ends, *[end for _, end in slots[-1:]]], strict=True))


def charge_cheaply(
    retailer: Retailer,
    battery: Battery,
    *,
    target_pct: float,
    by: datetime,
    clock: Clock = SYSTEM_CLOCK,
    dry_run: bool = False,
    say: Say = print,
) -> float | None:
    """Charge to the target in the cheapest hours before the deadline; returns the state of charge reached."""
    # When the running charge ends by itself; only a change of plan needs a release.
    charging_until = clock.now()
    if dry_run and not time_to_charge(battery, target_pct):
        say("plan: none, the battery is charged already")
    try:
        while (now := clock.now()) < by and (needed := time_to_charge(battery, target_pct)):
            plan = cheapest(slots(retailer, now, by), needed, now)
            if dry_run or not plan:
                say("plan: " + (", ".join(f"{wall(a)}-{wall(b)}" for a, b in plan) or "none"))
                break
            start, end = plan[0]
            if start <= now and end != charging_until:
                receipt = battery.charge(target_soc_pct=target_pct, until=end)
                say(f"{wall(now)} charging until {wall(end)}: {receipt.state}")
                charging_until = end
            elif start > now and now < charging_until:
                say(f"{wall(now)} plan changed: {battery.release().state}")
                charging_until = now
            next_look = min(end if start <= now else start, now + SLOT)
            clock.sleep((next_look - now).total_seconds())
    finally:
        if clock.now() < charging_until:
            say(f"released: {battery.release().state}")
    return None if dry_run else battery.read(max_age=timedelta(0)).soc_pct


def slots(retailer: Retailer, now: datetime, by: datetime) -> list[Price]:
    """The prices of the half hours that end before the deadline; one that is known in part is none."""
    prices = retailer.prices(now, by, channel=openpower.Channel.IMPORT, resolution=SLOT)
    return [price for price in prices.resample(SLOT, whole=True) if price.end <= by]


def wall(instant: datetime) -> str:
    """A time as this machine's clock shows it."""
    return f"{instant.astimezone():%H:%M}"


def next_time(at: time, clock: Clock) -> datetime:
    """When this machine's clock next shows a time."""
    now = clock.now().astimezone()
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Connect, charge, and print the state of charge reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("providers", nargs="*", default=["demo"], help="such as: amber alphaess")
    parser.add_argument("--target", type=float, default=90.0, help="percentage")
    parser.add_argument("--by", type=time.fromisoformat, default=time(7), help="HH:MM")
    parser.add_argument("--state-dir", help="where writes are remembered, in case this is interrupted")
    parser.add_argument("--speed", type=float, default=1.0, help="for simulations: times as fast")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be done")
    options = parser.parse_args(arguments)
    clock = ScaledClock(SYSTEM_CLOCK.now(), options.speed)
    names: list[str] = options.providers
    kept = {} if options.state_dir is None else {"state_dir": options.state_dir}
    connections = [openpower.connect(name, clock=clock, **kept) for name in names]
    with openpower.Site(*connections, clock=clock) as home:
        reached = charge_cheaply(
            home.retailer(),
            home.battery(),
            target_pct=options.target,
            by=next_time(options.by, clock),
            clock=clock,
            dry_run=options.dry_run,
        )
    if reached is not None:
        print(f"state of charge: {reached:.0f} %")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
