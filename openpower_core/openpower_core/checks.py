"""The rules that the vocabulary and every provider share: aware times, percentages, time zones, ends, old names of keywords."""

from __future__ import annotations

import functools
import math
import warnings
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from openpower_core._error import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E", bound=StrEnum)
_T = TypeVar("_T", bound="Callable[..., Any]")


def aware(value: datetime) -> datetime:
    """Bring an aware datetime to UTC; a naive one raises :class:`InvalidValue`, and so do dates and text."""
    if not isinstance(value, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue(
            f"{value!r} is not an instant.", hint="Give a datetime with a time zone, not a date or text."
        )
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise InvalidValue(
            f"{value.isoformat()} has no time zone, so it is not an instant.",
            hint="Give it one: datetime(..., tzinfo=ZoneInfo('Australia/Sydney')).",
        )
    return value.astimezone(UTC)


def aware_or_none(value: datetime | None) -> datetime | None:
    """Like :func:`aware`, and None stays None."""
    return None if value is None else aware(value)


def percentage(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse percentages outside 0–100; None passes (attrs validator)."""
    if value is not None and not _fits(lambda: 0 <= value <= 100):
        raise InvalidValue(
            f"{attribute.name} is {value!r}; percentages range from 0 to 100.",
            hint=f"Give {attribute.name} as a number such as 80.",
        )


def asked_percentage(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse what :func:`check_percentage` refuses; None passes (attrs validator)."""
    if value is not None:
        check_percentage(attribute.name, value)


def check_percentage(name: str, value: Any) -> None:
    """Refuse a percentage outside 0–100, and fractions.

    Someone who writes 0.8 means 80 %, not 0.8 %, and a command that took it literally
    would drain the battery. Vendors may still report levels below 1 %; :func:`percentage` lets those pass.
    """
    if isinstance(value, bool) or not _fits(lambda: value == 0 or 1 <= value <= 100):
        raise InvalidValue(
            f"{name} is {value!r}; percentages range from 0 to 100.",
            hint=f"Give {name} as a number such as 80, not as a fraction; leave it out where it does not matter.",
        )


def zone_key(zone: tzinfo | str | None) -> str | None:
    """The IANA name of a zone; zones are compared by name, because a ``ZoneInfo`` never equals its own key."""
    return zone if zone is None or isinstance(zone, str) else str(zone)


def check_schedule_zone(asked: tzinfo | str | None, own: tzinfo | str | None, *, device: str = "the device") -> None:
    """Refuse a schedule in another time zone than the device's: wall-clock times follow one clock only.

    Args:
        asked: the schedule's zone; None means the device's own.
        own: the zone of the device's clock; None where it is unknown.
        device: how to name the device in the message.
    """
    wanted, actual = zone_key(asked), zone_key(own)
    if wanted is None or wanted == actual:
        return
    clock = "is in an unknown time zone" if actual is None else f"runs in {actual}"
    raise InvalidValue(
        f"the schedule is in {wanted}, but the clock of {device} {clock}.",
        hint="Leave tz out of the schedule and give wall-clock times of the device, or connect with tz=.",
    )


def check_not_over(until: datetime | None, now: datetime) -> None:
    """Refuse a command whose end has passed; None passes."""
    if until is not None and until <= now:
        raise InvalidValue(
            f"until ({until.isoformat(timespec='seconds')}) has passed: it is {now.isoformat(timespec='seconds')}."
        )


def one_of(kind: type[E], value: object, name: str) -> E:
    """The member with that name, in any case and with hyphens or spaces for underscores; else list all."""
    if isinstance(value, kind):
        return value
    try:
        return kind(str(value).strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise InvalidValue(f"{name} is {value!r}; it must be one of {', '.join(kind)}.") from None


def non_negative(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse negative and non-finite numbers (attrs validator)."""
    if value is not None and not _fits(lambda: value >= 0 and math.isfinite(value)):
        raise InvalidValue(f"{attribute.name} is {value!r}; it must be a number of at least 0.")


def positive(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse zero, negative and non-finite numbers (attrs validator)."""
    if value is not None and not _fits(lambda: value > 0 and math.isfinite(value)):
        raise InvalidValue(f"{attribute.name} is {value!r}; it must be a number above 0.")


# Figures that a vendor reports: what cannot be true is unknown, None, and never an error.


def percentage_or_none(value: float | None, *, slack: float = 0.0) -> float | None:
    """A reported percentage; one outside 0-100 is unknown, within ``slack`` of it the end that is meant."""
    if value is None or not -slack <= value <= 100 + slack:
        return None
    return min(max(value, 0.0), 100.0)


def counter_or_none(value: float | None) -> float | None:
    """A reported counter (kWh); a negative one is unknown."""
    return None if value is None or value < 0 else value


def at_least_zero(value: float | None) -> float | None:
    """A reported figure that has one direction only: what a meter at rest shows below zero is zero."""
    return None if value is None else max(0.0, value)


def sum_of_known(*values: float | None) -> float | None:
    """The sum of the figures that are known; None where none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _fits(question: Callable[[], bool]) -> bool:
    """Apply the condition; a value that cannot be compared with a number does not meet it."""
    try:
        return question()
    except TypeError:
        return False


def renamed(old: str, new: str) -> Callable[[_T], _T]:
    """Let a function, or a class, take a keyword under its old name too, with a warning, until 0.4."""

    def decorate(target: _T) -> _T:
        if isinstance(target, type):
            made: Any = target
            made.__init__ = decorate(made.__init__)
            return cast("_T", made)

        @functools.wraps(target)
        def call(*arguments: Any, **keywords: Any) -> Any:
            if old in keywords:
                warnings.warn(f"the argument {old!r} is now called {new!r}.", DeprecationWarning, stacklevel=2)
                keywords[new] = keywords.pop(old)
            return target(*arguments, **keywords)

        return cast("_T", call)

    return decorate
