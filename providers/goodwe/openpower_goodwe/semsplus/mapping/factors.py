"""Figures out of the groups of factors; what is absent or null stays unknown, and is not 0."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openpower_core.readings import EnergyCounter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from openpower_goodwe.semsplus.models import Factor, FactorGroup

__all__ = ["counter", "figures", "figures_of", "phases_kw", "strings_kw", "texts"]

_STRING: Final = re.compile(r"MPPT-(\d+):Ppv")
_PHASES: Final = ("PHASE-A:pAc", "PHASE-B:pAc", "PHASE-C:pAc")


def figures(groups: Iterable[FactorGroup]) -> dict[str, float]:
    """The numbers by code."""
    found: dict[str, float] = {}
    for group in groups:
        for factor in group.factors or ():
            number = factor.number()
            if number is not None:
                found.setdefault(factor.code, number)
    return found


def figures_of(factors: Iterable[Factor]) -> dict[str, float]:
    """The numbers by code, out of factors without groups."""
    numbers = {each.code: each.number() for each in factors}
    return {code: number for code, number in numbers.items() if number is not None}


def texts(factors: Iterable[Factor]) -> dict[str, str]:
    """The texts by code, as ``information`` gives them."""
    return {each.code: str(each.data) for each in factors if each.data not in (None, "")}


def strings_kw(seen: Mapping[str, float]) -> list[float]:
    """The power of each tracker (kW), the first one first; empty when not told."""
    found = {int(match[1]): value for code, value in seen.items() if (match := _STRING.fullmatch(code))}
    return [found[number] for number in sorted(found)]


def phases_kw(seen: Mapping[str, float]) -> list[float | None]:
    """The power of each phase by the vendor's sign (kW), L1 first; empty when not told."""
    found = [seen.get(code) for code in _PHASES]
    return [] if all(each is None for each in found) else found


def counter(seen: Mapping[str, float], name: str, day: date | None) -> EnergyCounter | None:
    """An energy counter such as ``proPvStats``; None when nothing of it is told.

    A total of 0 is what devices that are about to fall asleep report, so it is not known; the same goes for
    the day's figure beside it.
    """
    total, today = seen.get(f"{name}Total"), seen.get(f"{name}Today")
    if not total:
        total, today = None, today or None
    if total is None and today is None:
        return None
    return EnergyCounter(total_kwh=_counted(total), today_kwh=_counted(today), today=None if today is None else day)


def _counted(figure: float | None) -> float | None:
    return None if figure is None or figure < 0 else figure
