"""Energy per direction, counted exactly: whole watts times whole microseconds, handed out in kWh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_simulation.dispatch import Powers

__all__ = ["KWH", "WIDTH", "Energies", "directions"]

KWH: Final = 3_600_000_000_000
"""A kilowatt-hour in watt-microseconds."""

WIDTH: Final = 8
"""How many directions are counted."""


@frozen(kw_only=True, slots=True)
class Energies:
    """What flowed in each direction over some time (kWh, never negative)."""

    pv_kwh: float
    load_kwh: float
    ev_kwh: float
    charged_kwh: float
    """Into the battery, at the AC bus."""
    discharged_kwh: float
    imported_kwh: float
    exported_kwh: float
    grid_charged_kwh: float
    """The part of ``charged_kwh`` that came from the grid."""

    @classmethod
    def of(cls, counts: Sequence[int]) -> Energies:
        """The energies that exact counts (watt-microseconds, in the order above) stand for."""
        pv, load, ev, charged, discharged, imported, exported, grid_charged = counts
        return cls(
            pv_kwh=pv / KWH,
            load_kwh=load / KWH,
            ev_kwh=ev / KWH,
            charged_kwh=charged / KWH,
            discharged_kwh=discharged / KWH,
            imported_kwh=imported / KWH,
            exported_kwh=exported / KWH,
            grid_charged_kwh=grid_charged / KWH,
        )


def directions(powers: Powers) -> tuple[int, int, int, int, int, int, int, int]:
    """The powers as unsigned directions, in the order of :class:`Energies`."""
    battery, grid = powers.battery, powers.grid
    return (
        powers.pv,
        powers.load,
        powers.ev,
        -battery if battery < 0 else 0,
        max(0, battery),
        max(0, grid),
        -grid if grid < 0 else 0,
        powers.grid_charge,
    )
