"""The arguments of native setters: checked before anything is sent, so that nothing off the vendor's grid leaves."""

from __future__ import annotations

import math
from datetime import time
from typing import TYPE_CHECKING, Any

from openpower_core.provider import InvalidValue

if TYPE_CHECKING:
    from openpower_alphaess.models import TimePeriod
    from openpower_alphaess.schedule.legacy import Span
    from openpower_alphaess.schedule.periodic import Period

__all__ = ["flag", "fraction", "measure", "periods", "span"]


def _invalid(what: str, hint: str | None = None) -> InvalidValue:
    return InvalidValue(what, provider="alphaess", hint=hint)


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _invalid(f"{name} is {value!r}; it must be a number.")
    return float(value)


def fraction(value: Any, name: str) -> float:
    """Per cent of a level given as a fraction.

    >>> fraction(0.9, "stop_level")
    90.0
    """
    level = _number(value, name)
    if 0 <= level <= 1:
        return round(level * 100, 6)
    meant = f"For {level:g} % give {level / 100:g}." if 1 < level <= 100 else None
    raise _invalid(f"{name} is {value}; it is a fraction from 0 to 1.", meant)


def flag(value: Any, name: str) -> bool:
    """True or False (0 and 1 count as well), nothing that only looks like it."""
    if value in (True, False) and isinstance(value, int):
        return bool(value)
    raise _invalid(f"{name} is {value!r}; it must be True or False.")


def measure(value: Any, name: str, least: float, most: float, unit: str) -> float:
    """A number within bounds."""
    found = _number(value, name)
    if not least <= found <= most:
        raise _invalid(f"{name} is {value}; it must be from {least:g} to {most:g} {unit}.")
    return found


def span(value: Any, name: str) -> Span:
    """A period given as a pair of times, in minutes from midnight; quarter hours only."""
    if not isinstance(value, tuple | list) or len(value) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise _invalid(f"{name} is {value!r}; it must be a pair of times (begin, end).")
    begin, end = value  # pyright: ignore[reportUnknownVariableType]
    return _minute(begin, name), _minute(end, name)


def _minute(value: Any, name: str) -> int:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise _invalid(
            f"{name} holds {value!r}; it must hold times of the system's own clock.", "Give datetime.time(22, 15)."
        )
    if value.minute % 15 or value.second or value.microsecond:
        raise _invalid(
            f"{name} holds {value}, and the inverter ignores all times but quarter hours.",
            "Give minutes of 0, 15, 30 or 45.",
        )
    return value.hour * 60 + value.minute


def periods(given: Any, name: str, *, weekly: bool) -> tuple[Period, ...]:
    """Periods for the periodic schedule, complete enough to have an effect."""
    from openpower_alphaess.models import TimePeriod

    if not given:
        raise _invalid(
            f"{name} is empty, and AlphaESS takes no empty list.",
            "Give a period from 00:00 to 00:00 and switch its side off: TimePeriod(begin_time='00:00', …).",
        )
    for each in given:
        if not isinstance(each, TimePeriod):
            raise _invalid(f"{name} holds {each!r}; it must hold TimePeriod records.")
    return tuple(_period(each, f"{name}[{index}]", weekly) for index, each in enumerate(given))


def _period(given: TimePeriod, name: str, weekly: bool) -> Period:
    from openpower_alphaess.schedule.grid import minutes
    from openpower_alphaess.schedule.periodic import EVERY_DAY, Period

    begin, end = minutes(given.begin_time), minutes(given.end_time)
    if begin is None or end is None or begin % 15 or end % 15:
        raise _invalid(
            f"{name} runs from {given.begin_time!r} to {given.end_time!r}; times are quarter hours as "
            "'HH:mm', from 00:00 to 23:45."
        )
    days = tuple(sorted(set(given.weeks or ()))) if weekly else EVERY_DAY
    if not days or not set(days) <= set(EVERY_DAY):
        raise _invalid(f"{name} has weeks {given.weeks!r}; they are days from 1 (Monday) to 7.")
    if given.charge_power is None:
        raise _invalid(
            f"{name} has no charge_power; it would show in the app and do nothing.",
            "Give it in W; values above the inverter's rating are clipped.",
        )
    return Period(
        begin=begin,
        end=end,
        days=days,
        limit=measure(given.charge_limit, f"{name}.charge_limit", 10, 100, "%"),
        power=measure(given.charge_power, f"{name}.charge_power", 0, 1e6, "W"),
    )
