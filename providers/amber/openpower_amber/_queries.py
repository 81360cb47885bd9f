"""What a call may ask for: paths and parameters, checked before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from openpower_amber._words import State
from openpower_amber.models import Site
from openpower_amber.nemtime import as_day, spans
from openpower_core.provider import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

__all__ = [
    "MOST_INTERVALS",
    "calls",
    "counts",
    "dates",
    "renewables_path",
    "resolution_or_none",
    "site_path",
    "to_state",
    "which_site",
]

MOST_INTERVALS: Final = 2048
"""The most intervals that one call for current prices may ask for, before and after together."""

RESOLUTIONS: Final = (5, 30)


def which_site(*candidates: str | Site | None) -> str:
    """The id of the first site that is given."""
    for site in candidates:
        named = site.id if isinstance(site, Site) else site
        if named:
            return named
    raise InvalidValue(
        "this call is about a site, and none was named.",
        provider="amber",
        hint='Use for_site(id) or site=; list_sites() gives the ids, as site["id"].',
    )


def site_path(site: str, rest: str) -> str:
    """The path of a call about a site."""
    return f"/sites/{quote(site, safe='')}/{rest}"


def renewables_path(state: State | str) -> str:
    """The path of the call for a state's renewables."""
    return f"/state/{to_state(state).value}/renewables/current"


def to_state(state: State | str) -> State:
    """Check a state; capitals do not matter."""
    try:
        return State(str(state).lower())
    except ValueError:
        raise InvalidValue(
            f"state is {state!r}; Amber knows {', '.join(State)}.",
            provider="amber",
            hint="Give one of State, such as State.VICTORIA.",
        ) from None


def resolution_or_none(resolution: int | None) -> int | None:
    """Check a resolution (minutes)."""
    if resolution is not None and resolution not in RESOLUTIONS:
        raise InvalidValue(
            f"resolution is {resolution!r}; Amber has 5 and 30 minutes.",
            provider="amber",
            hint="The vendor-agnostic prices(resolution=…) takes any.",
        )
    return resolution


def counts(previous: int | None, following: int | None, resolution: int | None) -> dict[str, Any]:
    """The parameters of a call for current prices or renewables."""
    for name, count in (("previous", previous), ("next", following)):
        if count is not None and count < 0:
            raise InvalidValue(f"{name} is {count}; it must be at least 0.", provider="amber")
    if (previous or 0) + (following or 0) > MOST_INTERVALS:
        raise InvalidValue(
            f"previous and next are {previous} and {following}; together they may be {MOST_INTERVALS}.",
            provider="amber",
        )
    return {"next": following, "previous": previous, "resolution": resolution_or_none(resolution)}


def calls(start: date | None, end: date | None, *, today: date) -> Iterator[tuple[date, date]]:
    """The first and last market day of each call that a range takes; None is today."""
    first = today if start is None else as_day(start, "start")
    return spans(first, today if end is None else as_day(end, "end"))


def dates(first: date, last: date, resolution: int | None = None) -> dict[str, Any]:
    """The parameters of a call for market days, both included."""
    return {"startDate": first.isoformat(), "endDate": last.isoformat(), "resolution": resolution_or_none(resolution)}
