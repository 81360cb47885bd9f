"""From a plan in watts to what a battery is told: modes, each with its end. Pure functions.

A plan has no modes, and its powers are means of a step: negative battery power may be solar that charges by itself, and no
power may mean holding or nothing at all. The table is that of section 5 of the reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from attrs import evolve, frozen

from openpower_hub.emhass.answer import Plan, Step

_NOISE_W: Final = 50.0
_NOISE: Final = 0.02
"""What is not told apart from nothing: so many watts, or this share of the battery's power."""
_FULL_PCT: Final = 98.0
_ABOVE_PCT: Final = 2.0
_BELOW_PCT: Final = 5.0


@frozen(kw_only=True)
class Block:
    """A mode from when until when; AUTO needs no command."""

    start: datetime
    """UTC."""
    end: datetime
    """UTC; not part of it."""
    mode: str
    """A battery mode."""
    why: str
    """The reason, in words."""
    power_w: float | None = None
    """Of charge and export: how fast."""
    target_soc_pct: float | None = None
    """Of charge and export: where to stop."""


def blocks_of(
    plan: Plan, now: datetime, *, soc_pct: float, least_pct: float | None = None, battery_w: float | None = None
) -> list[Block]:
    """What a plan means for a battery from now on, with neighbours of one mode as one block.

    Args:
        plan: the plan.
        now: UTC.
        soc_pct: the charge now.
        least_pct: the charge below which the battery gives nothing; None where it is unknown.
        battery_w: the most that it charges or discharges with; None where it is unknown.
    """
    noise = max(_NOISE_W, _NOISE * (battery_w or 0))
    found: list[Block] = []
    for step in plan.steps:
        if step.end <= now:
            continue
        block = _block(step, noise, least_pct)
        found.append(_adjusted(block, step, noise, soc_pct) if step.start <= now else block)
    return [_merged(list(run)) for _, run in groupby(found, key=_mode)]


def _mode(block: Block) -> str:
    return block.mode


def _block(step: Step, noise: float, least_pct: float | None) -> Block:
    battery, grid = step.battery_w, step.grid_w
    surplus = step.pv_w - step.curtailed_w - step.load_w
    about: Any = {"start": step.start, "end": step.end}
    if battery < -noise:
        if grid > noise:
            why = f"It charges with {-battery:.0f} W, of which {min(grid, -battery):.0f} W come from the grid"
            return Block(**about, mode="charge", why=why, power_w=-battery, target_soc_pct=step.soc_pct)
        return Block(**about, mode="auto", why=f"Surplus solar charges it with {-battery:.0f} W")
    if battery <= noise:
        if grid > noise:
            if least_pct is not None and step.soc_pct <= least_pct + _ABOVE_PCT:
                return Block(**about, mode="auto", why=f"It is empty, at {step.soc_pct:.0f} %")
            return Block(
                **about, mode="hold", why=f"The house takes {grid:.0f} W from the grid, and the charge is kept"
            )
        if grid < -noise and surplus > noise and step.soc_pct < _FULL_PCT:
            return Block(**about, mode="no_charge", why=f"Surplus solar of {-grid:.0f} W is sold, and not stored")
        return Block(**about, mode="auto", why="It has nothing to do")
    if grid < -noise and -grid > max(surplus, 0.0) + noise:
        why = f"It sells {-grid:.0f} W"
        return Block(**about, mode="export", why=why, power_w=battery, target_soc_pct=step.soc_pct)
    return Block(**about, mode="auto", why=f"It supplies the house with {battery:.0f} W")


def _adjusted(block: Block, step: Step, noise: float, soc_pct: float) -> Block:
    """What reality changes of the running step: solar that charges faster than planned, a house that takes more."""
    if block.mode != "auto":
        return block
    if step.battery_w < -noise and soc_pct >= min(step.soc_pct + _ABOVE_PCT, 100):
        return evolve(block, mode="no_charge", why=f"It has the planned {step.soc_pct:.0f} % already")
    if step.battery_w > noise and soc_pct < step.soc_pct - _BELOW_PCT:
        return evolve(block, mode="hold", why=f"It is below the planned {step.soc_pct:.0f} % already")
    return block


def _merged(run: list[Block]) -> Block:
    first, last = run[0], run[-1]
    if first.power_w is None:
        return evolve(first, end=last.end)
    hours = [(block.end - block.start).total_seconds() for block in run]
    power = sum((block.power_w or 0) * each for block, each in zip(run, hours, strict=True)) / sum(hours)
    target = last.target_soc_pct or 0
    # Whole percents, on the side on which the battery does a little more of what is planned.
    target = math.ceil(target - 0.01) if first.mode == "charge" else math.floor(target + 0.01)
    return evolve(first, end=last.end, power_w=float(round(power, -1)), target_soc_pct=float(min(max(target, 0), 100)))


def curtailed(plan: Plan, now: datetime) -> Iterator[tuple[datetime, datetime, float]]:
    """When solar is to be curtailed, and the export (W) that is left."""
    steps: Iterable[Step] = (step for step in plan.steps if step.end > now)
    for curtails, run in groupby(steps, key=lambda step: step.curtailed_w > _NOISE_W):
        if curtails:
            found = list(run)
            yield found[0].start, found[-1].end, float(round(max(max(0.0, -step.grid_w) for step in found)))
