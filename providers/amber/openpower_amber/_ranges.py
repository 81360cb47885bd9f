"""Which of Amber's calls a range of time takes, and what an empty answer about usage means."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_amber.errors import NoLongerKept, NotPublishedYet
from openpower_amber.nemtime import nem_date, nem_days

if TYPE_CHECKING:
    from openpower_amber.models import Site
    from openpower_core.provider import Usage

__all__ = ["Wanted", "explain_no_usage", "in_range", "wanted"]

USAGE_KEPT: Final = timedelta(days=90)
_YESTERDAY: Final = timedelta(days=1)


@frozen
class Wanted:
    """What to ask for: days that have begun, the running interval with its forecast, or both."""

    days: tuple[date, date] | None
    forecast: bool


def wanted(start: datetime | None, end: datetime | None, now: datetime) -> Wanted:
    """Cut a range at the present: the past by days, what is to come by the call made for it.

    Amber advises against the call by days for what is live, and it has failed late in the evening.
    """
    start = now if start is None else start
    forecast = end is None or end > now
    if start >= now:
        return Wanted(None, forecast)
    first, last = nem_days(start, min(end, now) if end is not None else now)
    return Wanted((first, last), forecast)


def in_range(usages: list[Usage], start: datetime, end: datetime) -> list[Usage]:
    """Those that begin in ``[start, end)``, so that neighbouring ranges share none and miss none."""
    return [usage for usage in usages if start <= usage.start < end]


def explain_no_usage(site: Site, start: datetime, end: datetime, now: datetime) -> None:
    """Raise what an empty list means, where dates tell; else there was none, as before supply began.

    A day of a supplied site always has its intervals, so an empty yesterday is one that is still to come.
    """
    first, last = nem_days(start, end)
    today = nem_date(now)
    supplied = (site.active_from or first) <= last and first <= (site.closed_on or first)
    if supplied and last < today - USAGE_KEPT:
        raise NoLongerKept(
            f"usage of {last} and before is no longer kept.",
            provider="amber",
            operation="usage",
            hint=f"Amber keeps {USAGE_KEPT.days} days.",
        )
    if supplied and first >= today - _YESTERDAY:
        raise NotPublishedYet(
            f"usage of {first} is not published yet.",
            provider="amber",
            operation="usage",
            hint="A day comes on the day after it (UTC+10), usually in the morning.",
        )
