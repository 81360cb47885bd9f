"""Prints where a home's power flows, and whether the figures agree, for any mix of vendors.

python examples/where_it_flows.py demo
python examples/where_it_flows.py alphaess amber
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import openpower

if TYPE_CHECKING:
    from openpower import Site


def where_it_flows(home: Site) -> list[str]:
    """One line for each flow, and one for each part that could not be read."""
    snapshot = home.snapshot()
    flows = snapshot.balance
    lines = [
        f"{name:8}{'unknown' if watts is None else f'{watts:8.0f} W'}"
        for name, watts in {
            "solar": flows.pv_w,
            "battery": flows.battery_w,
            "grid": flows.grid_w,
            "house": flows.load_w,
            "car": flows.ev_w,
        }.items()
    ]
    if flows.residual_w is not None:
        lines.append(f"residual: {flows.residual_w:.0f} W")
    if snapshot.cost_per_minute is not None:
        lines.append(f"this minute costs {snapshot.cost_per_minute:.5f} {snapshot.currency}")
    return lines + [f"not read: {failure.error}" for failure in snapshot.failures]


def main(*providers: str) -> None:
    """Connect to each, with credentials from the environment, and print."""
    with openpower.Site(*(openpower.connect(name) for name in providers)) as home:
        print(*where_it_flows(home), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["demo"])
