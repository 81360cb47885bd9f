"""``getOneDateEnergyBySn`` to counters of the day; what cannot be is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from openpower_alphaess.mapping import _plausible as plausible
from openpower_core.provider import EnergyCounter

if TYPE_CHECKING:
    from datetime import date

    from openpower_alphaess.models import DayEnergy

__all__ = ["NO_ENERGY", "Today", "today"]


class Today(NamedTuple):
    """Counters of one calendar day of the system."""

    pv: EnergyCounter | None = None
    charge: EnergyCounter | None = None
    discharge: EnergyCounter | None = None
    imported: EnergyCounter | None = None
    exported: EnergyCounter | None = None
    ev: EnergyCounter | None = None


NO_ENERGY: Final = Today()


def today(energy: DayEnergy, day: date) -> Today:
    """The counters of ``day``.

    Nothing comes of an answer for another day, nor of one in which every figure is 0: it is seen around
    the system's midnight, in the middle of the day, and for weeks on end on the VT1000 (2025-05).
    """
    figures = (energy.epv, energy.e_charge, energy.e_discharge, energy.e_input, energy.e_output, energy.e_charging_pile)
    if not any(figures) or energy.the_date not in (None, day.isoformat()):
        return NO_ENERGY
    pv, charge, discharge, imported, exported, ev = (_counter(each, day) for each in figures)
    return Today(pv=pv, charge=charge, discharge=discharge, imported=imported, exported=exported, ev=ev)


def _counter(kwh: float | None, day: date) -> EnergyCounter | None:
    believed = plausible.energy(kwh)
    return None if believed is None else EnergyCounter(today_kwh=believed, today=day)
