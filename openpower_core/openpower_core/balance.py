"""The power balance of a home: the sum of its devices' readings, the residual, and which wrong sign would explain it."""

from __future__ import annotations

from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_core.readings import BatteryReading, EVChargerReading, InverterReading, MeterReading, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


__all__ = ["Balance", "SignReport", "Verdict", "balance", "check_signs"]

TOLERANCE_W: Final = 150.0
"""The largest residual that losses, and measurements at different instants, explain."""
TOLERANCE_SHARE: Final = 0.1
"""The same for large flows, as a share of the largest."""


@frozen(kw_only=True)
class Balance:
    """The power flows at one instant (W), source-positive; None where a part is unknown.

    ``pv + battery + grid = load + ev``, and ``residual_w`` is the rest: losses, measurements at different instants, or a
    wrong sign.
    """

    pv_w: float | None
    """PV (≥ 0)."""
    battery_w: float | None
    """+ discharging, − charging."""
    grid_w: float | None
    """+ importing, − exporting."""
    load_w: float | None
    """What the house uses, without the EV charger."""
    ev_w: float | None
    """What the EV charger takes (≥ 0)."""
    residual_w: float | None
    """What is left: sources minus uses."""


def balance(readings: Iterable[Reading]) -> Balance:
    """Add up readings of one home that were taken at about the same time.

    A kind of device that is absent counts as zero; one that is present without a figure makes its sum, and the residual,
    None.
    """
    seen = list(readings)
    inverters = [each for each in seen if isinstance(each, InverterReading)]
    batteries = [each.power_w for each in seen if isinstance(each, BatteryReading)]
    meters = [each.power_w for each in seen if isinstance(each, MeterReading)]
    chargers = [each.power_w for each in seen if isinstance(each, EVChargerReading)]
    pv = _total(each.pv_w for each in inverters)
    battery, grid, ev = _total(batteries), _total(meters), _total(chargers)
    load = _load_without_ev(inverters, ev, has_charger=bool(chargers))
    parts = (
        pv if inverters else 0.0,
        battery if batteries else 0.0,
        grid if meters else None,
        None if load is None else -load,
        _negative(ev) if chargers else 0.0,
    )
    return Balance(pv_w=pv, battery_w=battery, grid_w=grid, load_w=load, ev_w=ev, residual_w=_total(parts))


def _load_without_ev(inverters: list[InverterReading], ev_w: float | None, *, has_charger: bool) -> float | None:
    load = _total(each.load_w for each in inverters)
    includes = any(each.load_includes_ev for each in inverters)
    if load is None or not (includes and has_charger):
        return load
    return None if ev_w is None else load - ev_w


def _total(figures: Iterable[float | None]) -> float | None:
    """The sum; None if there is nothing to add or a part is unknown."""
    known: list[float] = []
    for figure in figures:
        if figure is None:
            return None
        known.append(figure)
    return sum(known) if known else None


def _negative(figure: float | None) -> float | None:
    return None if figure is None else -figure


class Verdict(StrEnum):
    """What samples show about the signs."""

    RIGHT = "right"
    """The flows balance as they are."""
    FLIPPED = "flipped"
    """They balance once the sign of one flow is reversed."""
    OPEN = "open"
    """Too little flowed, or too little is known, to decide."""
    WRONG = "wrong"
    """They do not balance, and reversing one sign would not correct it."""


@frozen(kw_only=True)
class SignReport:
    """What a few minutes of readings show about the signs."""

    verdict: Verdict
    residual_w: float | None
    """The median size of the residual (W)."""
    flip: str | None = None
    """The flow whose sign to reverse: ``"battery"`` or ``"grid"``."""


def check_signs(samples: Sequence[Balance]) -> SignReport:
    """Judge the signs of battery and grid by the residuals of several instants.

    A flip is reported only if that flow was large enough to show.
    """
    whole = [sample for sample in samples if sample.residual_w is not None]
    if not whole:
        return SignReport(verdict=Verdict.OPEN, residual_w=None)
    residual = median(abs(sample.residual_w or 0.0) for sample in whole)
    # Relative to the largest flow seen: what losses leave over grows with the power.
    limit = max(TOLERANCE_W, TOLERANCE_SHARE * max(_biggest(sample) for sample in whole))
    if residual <= limit:
        moved = any(_biggest(sample) > limit for sample in whole)
        return SignReport(verdict=Verdict.RIGHT if moved else Verdict.OPEN, residual_w=residual)
    # Reversing a sign moves the residual by twice the flow. The grid first: it is the one that vendors count the other
    # way round (GoodWe does), and where both would explain it, the likelier.
    for name in ("grid", "battery"):
        corrected = [abs((each.residual_w or 0.0) - 2 * _flow(each, name)) for each in whole]
        if median(corrected) <= limit:
            return SignReport(verdict=Verdict.FLIPPED, residual_w=residual, flip=name)
    return SignReport(verdict=Verdict.WRONG, residual_w=residual)


def _flow(sample: Balance, name: str) -> float:
    return (sample.grid_w if name == "grid" else sample.battery_w) or 0.0


def _biggest(sample: Balance) -> float:
    return max(abs(_flow(sample, "grid")), abs(_flow(sample, "battery")))
