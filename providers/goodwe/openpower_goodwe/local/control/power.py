"""Powers in watts and in shares of the rated power, and what is lost between them."""

from __future__ import annotations

from openpower_core.errors import InvalidValue
from openpower_core.writes import Adjustment

__all__ = ["share_of", "target_lost", "watts_of", "whole"]

_MOST_W = 0xFFFF


def watts_of(power_w: float | None, rated_w: int | None) -> tuple[int, list[Adjustment]]:
    """A power as the registers take it: whole watts, at most the rated power; None asks for that."""
    most = rated_w or _MOST_W
    if power_w is None:
        return most, []
    power = min(max(1, round(power_w)), most)
    if power == power_w:
        return power, []
    return power, [_adjusted("power_w", power_w, power, f"whole watts, at most {most} W")]


def share_of(
    power_w: float | None, rated_w: int | None, steps: int, *, field: str = "power_w", possible: bool = True
) -> tuple[float, list[Adjustment]]:
    """A power as per cent of the rated power, in so many steps; None asks for all of it.

    Args:
        power_w: what is asked for.
        rated_w: the rated power.
        steps: how many make 100 %.
        field: what the caller calls it, for the adjustment.
        possible: whether the inverter has a setting for it at all.
    """
    if power_w is None:
        return 100.0, []
    if not possible:
        return 100.0, [_adjusted(field, power_w, None, "this firmware has no power setting for it")]
    if not rated_w:
        raise InvalidValue(
            "the inverter does not tell its rated power, and takes power as a share of it only.",
            hint="Leave the power out to have all of it.",
        )
    share = min(max(1, round(power_w * steps / rated_w)), steps) * 100 / steps
    got = share * rated_w / 100
    if abs(got - power_w) < 0.5:
        return share, []
    reason = f"the inverter takes steps of {rated_w / steps:g} W, at most {rated_w} W"
    return share, [_adjusted(field, power_w, got, reason)]


def target_lost(target: float | None, field: str) -> list[Adjustment]:
    """The adjustment for a target that the inverter cannot keep."""
    if target is None:
        return []
    return [_adjusted(field, target, None, "the inverter has no target for this; watch it yourself")]


def whole(per_cent: float, field: str) -> tuple[int, list[Adjustment]]:
    """Per cent as the registers take it."""
    got = round(per_cent)
    changed = [] if got == per_cent else [_adjusted(field, per_cent, got, "whole per cent")]
    return got, changed


def _adjusted(field: str, asked: float, got: float | None, reason: str) -> Adjustment:
    return Adjustment(field=field, asked=asked, got=got, reason=reason)
