"""What Predbat writes, and what is demanded after it. Pure functions: nothing here is sent."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Final

from attrs import evolve

from openpower_core import checks
from openpower_core.errors import InvalidValue
from openpower_hub.predbat.entities import SETTABLE, TIMES
from openpower_hub.predbat.intent import HELD, IMMEDIATE, Demanded

MODES: Final = ("charge", "discharge", "auto", "target_soc")
"""What it publishes by MQTT besides what it writes to entities."""


def names(*, immediate: bool) -> tuple[str, ...]:
    """The last parts of the topics that are taken."""
    return (*(each.name for each in SETTABLE), *(MODES if immediate else ()))


def written(demanded: Demanded, name: str, text: str, *, now: datetime, most_w: float) -> Demanded:
    """What is demanded after a message.

    Args:
        demanded: what was demanded before it.
        name: the last part of its topic.
        text: its payload.
        now: when it came.
        most_w: what the battery can charge and discharge with; what is above it is taken as that.

    Raises:
        InvalidValue: it is not one of the announced values.
    """
    after = (
        _immediate(demanded, name, text, now, most_w) if name in MODES else _entity(demanded, name, text, now, most_w)
    )
    # Whatever it says shows that it is still there.
    return after if after.mode is None else evolve(after, mode_until=now + IMMEDIATE)


def _entity(demanded: Demanded, name: str, text: str, now: datetime, most_w: float) -> Demanded:
    if name == "reserve":
        return evolve(demanded, reserve_pct=_number(text, name, 100))
    part, _, what = name.partition("_")
    if what == "rate":
        return evolve(demanded, **_rate(part, _number(text, name), now, most_w))
    change: dict[str, Any]
    if what == "target":
        change = {"target_pct": _number(text, name, 100)}
    elif what == "enable":
        change = {"enabled": checks.choice(text.upper(), name, ("ON", "OFF")) == "ON"}
    else:
        change = {what: checks.choice(text, name, TIMES)}
    window: dict[str, Any] = {part: evolve(getattr(demanded, part), **change)}
    return evolve(demanded, **window)


def _rate(part: str, watts: float, now: datetime, most_w: float) -> dict[str, Any]:
    """0 W forbids a direction for a while, whatever the rate was before it."""
    if watts == 0:
        return {f"no_{part}_until": now + HELD}
    return {f"no_{part}_until": None, f"{part}_rate_w": None if watts >= most_w else watts}


def _immediate(demanded: Demanded, name: str, text: str, now: datetime, most_w: float) -> Demanded:
    if name == "target_soc":
        return evolve(demanded, charge=evolve(demanded.charge, target_pct=_number(text, name, 100)))
    if name == "auto":
        checks.choice(text.lower(), name, ("true",))
        return evolve(demanded, mode=None, mode_w=None, mode_until=None)
    watts = _number(text, name)
    if name == "charge" and watts == 0:
        raise InvalidValue("set/charge is 0; it must be the power to charge with (W).")
    return evolve(
        demanded,
        mode="charge" if name == "charge" else "export" if watts else "hold",
        mode_w=None if watts >= most_w or not watts else watts,
        mode_until=now + IMMEDIATE,
    )


def _number(text: str, name: str, high: float = math.inf) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InvalidValue(f"{name} is {text[:40]!r}; it must be a number.") from None
    return checks.number(value, name, low=0, high=high)
