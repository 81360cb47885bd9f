"""The checks that the vocabulary's classes share: aware times, ranges, numbers."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from openpower_core._error import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E", bound=StrEnum)

__all__ = [
    "asked_per_cent",
    "aware",
    "aware_or_none",
    "non_negative",
    "one_of",
    "per_cent",
    "per_cent_asked",
    "positive",
]


def aware(value: datetime) -> datetime:
    """Bring an aware datetime to UTC; a naive one raises :class:`InvalidValue`, and so do dates and text."""
    if not isinstance(value, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue(f"{value!r} is not a moment.", hint="Give a datetime with a time zone, not a date or text.")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise InvalidValue(
            f"{value.isoformat()} has no time zone, so it is not a moment.",
            hint="Give it one: datetime(..., tzinfo=ZoneInfo('Australia/Sydney')).",
        )
    return value.astimezone(UTC)


def aware_or_none(value: datetime | None) -> datetime | None:
    """Like :func:`aware`, and None stays None."""
    return None if value is None else aware(value)


def per_cent(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse per cents outside 0–100 (attrs validator)."""
    if value is not None and not _fits(lambda: 0 <= value <= 100):
        raise InvalidValue(
            f"{attribute.name} is {value!r}, and per cent run from 0 to 100.",
            hint=f"Give {attribute.name} as a number such as 80.",
        )


def asked_per_cent(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse what :func:`per_cent_asked` refuses, and let None pass (attrs validator)."""
    if value is not None:
        per_cent_asked(attribute.name, value)


def per_cent_asked(name: str, value: Any) -> None:
    """Refuse what cannot be meant: outside 0–100, no number, or a fraction; nobody asks for 0.8 %."""
    if isinstance(value, bool) or not _fits(lambda: value == 0 or 1 <= value <= 100):
        raise InvalidValue(
            f"{name} is {value!r}, and per cent run from 0 to 100.",
            hint=f"Give {name} as a number such as 80, not as a fraction; leave it out where it does not matter.",
        )


def one_of(kind: type[E], value: object, name: str) -> E:
    """The member that a word names, in any case and with hyphens or spaces for underscores; else list them."""
    if isinstance(value, kind):
        return value
    try:
        return kind(str(value).strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise InvalidValue(f"{name} is {value!r}; it is one of {', '.join(kind)}.") from None


def non_negative(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse negative and non-finite numbers (attrs validator)."""
    if value is not None and not _fits(lambda: value >= 0 and math.isfinite(value)):
        raise InvalidValue(f"{attribute.name} is {value!r}; it must be a number of at least 0.")


def positive(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse zero, negative and non-finite numbers (attrs validator)."""
    if value is not None and not _fits(lambda: value > 0 and math.isfinite(value)):
        raise InvalidValue(f"{attribute.name} is {value!r}; it must be a number above 0.")


def _fits(question: Callable[[], bool]) -> bool:
    """Ask it; what cannot even be compared with a number does not fit."""
    try:
        return question()
    except TypeError:
        return False
