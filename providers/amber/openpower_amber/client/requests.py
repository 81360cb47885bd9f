"""What a call asks for and what its answer holds: market days, paths and parameters, and the records.

Australia's electricity market keeps UTC+10 all year, and Amber counts in its days.

>>> from datetime import UTC
>>> nem_date(datetime(2026, 1, 1, 14, tzinfo=UTC))
datetime.date(2026, 1, 2)
>>> [f"{first:%d.%m.}-{last:%d.%m.}" for first, last in spans(date(2026, 1, 1), date(2026, 1, 10))]
['01.01.-07.01.', '08.01.-10.01.']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar, cast, get_args
from urllib.parse import quote

from attrs import frozen

from openpower_amber.models import ChannelType, Interval, Site, State
from openpower_core.checks import renamed
from openpower_core.provider import (
    Answer,
    BadResponse,
    Converter,
    InvalidValue,
    OpenPowerError,
    PartialData,
    Rows,
    aware,
    choice,
    count,
    day,
    one_of,
    structure,
    structure_partly,
    text,
    uncollected,
    with_method,
)

NEM: Final = timezone(timedelta(hours=10), "NEM")
"""The market's time: UTC+10, also in summer and in South Australia."""

DAYS_PER_CALL: Final = 7
"""The most days in one call, both ends counted; 8 have been accepted (2026-09), 7 are documented."""

MOST_INTERVALS: Final = 2048
"""The most intervals that one call for current prices may ask for, before and after together."""

RESOLUTIONS: Final = (5, 30)

_DAY: Final = timedelta(days=1)
_PLACES: Final[dict[str, int]] = {kind: place for place, kind in enumerate(ChannelType)}
_R = TypeVar("_R", bound=Interval)


@renamed("moment", "instant")
def nem_date(instant: datetime) -> date:
    """The market day that an instant lies in."""
    return aware(instant).astimezone(NEM).date()


def nem_midnight(day: date) -> datetime:
    """The instant at which a market day begins."""
    return datetime.combine(day, time(), NEM)


def nem_days(start: datetime, end: datetime) -> tuple[date, date]:
    """The first and the last market day that ``[start, end)`` touches."""
    # The end is not part of the range: midnight does not touch the day that begins then.
    last = aware(end) - timedelta(microseconds=1)
    return nem_date(start), nem_date(max(last, aware(start)))


as_day: Final = partial(
    day,
    hint="Amber counts in days of the market (UTC+10, no daylight saving): give a date, '2026-08-04', or openpower_amber.nem_date(…) of a datetime.",
)


def spans(start: date, end: date, *, days: int = DAYS_PER_CALL) -> Iterator[tuple[date, date]]:
    """Cut the days from ``start`` to ``end``, both included, into calls: in order, no hole, no double."""
    if end < start:
        raise InvalidValue(f"end ({end}) is before start ({start}).")
    while start <= end:
        last = min(start + (days - 1) * _DAY, end)
        yield start, last
        start = last + _DAY


def site_id(site: str | Site) -> str:
    """The id of a site, however it is named."""
    return text(site.id if isinstance(site, Site) else site, "site")


def site_path(site: str | None, rest: str) -> str:
    """The path of a call about a site."""
    if site is not None:
        return f"/sites/{quote(site, safe='')}/{rest}"
    raise InvalidValue(
        "this call is about a site, and none was named.",
        provider="amber",
        hint='Use for_site(id) or site=; list_sites() gives the ids, as site["id"].',
    )


def renewables_path(state: State | str) -> str:
    """The path of the call for a state's renewables."""
    return f"/state/{to_state(state).value}/renewables/current"


def to_state(state: State | str) -> State:
    """Check a state; capitals do not matter."""
    return one_of(State, state, "state")


def resolution_or_none(resolution: int | None) -> int | None:
    """Check a resolution (minutes)."""
    if resolution is not None and count(resolution, "resolution") not in RESOLUTIONS:
        raise InvalidValue(
            f"resolution is {resolution!r}; Amber has 5 and 30 minutes.",
            provider="amber",
            hint="The vendor-agnostic prices(resolution=…) takes any.",
        )
    return resolution


ARGUMENTS: Final[dict[str, Converter]] = {
    "state": lambda value, _: to_state(value),
    "previous": count,
    "next": count,
    "resolution": lambda value, _: resolution_or_none(value),
    "start": as_day,
    "end": as_day,
    "site": lambda value, _: site_id(value),
    "operation": lambda value, name: choice(value, name, ("get_prices", "get_usage")),
    "calls": count,
    "progress": lambda value, name: with_method(value, name, "__call__"),
}
"""How arguments of native calls are checked, by their names."""


def counts(previous: int | None, following: int | None, resolution: int | None) -> dict[str, Any]:
    """The parameters of a call for current prices or renewables."""
    if (previous or 0) + (following or 0) > MOST_INTERVALS:
        raise InvalidValue(
            f"previous and next are {previous} and {following}; together they may be {MOST_INTERVALS}.",
            provider="amber",
        )
    return {"next": following, "previous": previous, "resolution": resolution_or_none(resolution)}


def calls(start: date | str | None, end: date | str | None, *, today: date) -> Iterator[tuple[date, date]]:
    """The first and last market day of each call that a range takes; None is today."""
    first = today if start is None else as_day(start, "start")
    return spans(first, today if end is None else as_day(end, "end"))


def dates(first: date, last: date, resolution: int | None = None) -> dict[str, Any]:
    """The parameters of a call for market days, both included."""
    return {"startDate": first.isoformat(), "endDate": last.isoformat(), "resolution": resolution_or_none(resolution)}


@frozen(kw_only=True)
class Progress:
    """How far a long range has come; given to ``progress=`` after each call."""

    calls: int
    """How many calls are done …"""
    of: int
    """… of how many."""
    first: date
    last: date
    """The market days that the last call brought."""
    records: int
    """How many records there are so far."""


OnProgress: TypeAlias = Callable[[Progress], None]
"""What ``progress=`` takes."""


@uncollected
def records_of(kind: Any, answer: Answer, *, partly: bool = False) -> list[Any]:
    """The records of an answer, which is a list of one kind (or of several that ``type`` tells apart).

    A field that cannot be read is None, and ``record.unreadable()`` has what was sent.

    Args:
        kind: their class.
        answer: the answer.
        partly: whether entries that are no objects are left out; of a list of days they make gaps, which have to be known.

    Raises:
        BadResponse: it is no such list; the message names each place.
        PartialData: there are records and all are empty.
    """
    data = answer.json(keep=False)
    try:
        records: list[Any] = structure(list[kind], data)
    except BadResponse as error:
        listed = cast("list[object]", data) if isinstance(data, list) else []
        rows = [cast("dict[str, Any]", row) for row in listed if isinstance(row, dict)]
        if not rows or (len(rows) < len(listed) and not partly):
            raise _completed(error, answer) from None
        # One field that cannot be read costs that field.
        records = Rows(
            structure_partly(_kind_of(kind, row), row, where=f"$[{place}]") for place, row in enumerate(rows)
        )
        records.unreadable = len(listed) - len(rows)
    if records and all(record.is_empty() for record in records):
        raise _completed(PartialData(f"all {len(records)} records are empty."), answer)
    return records


def _kind_of(kind: Any, row: Mapping[str, Any]) -> Any:
    """The class of a row: of several the one that its type names, else the last, which is the base."""
    kinds = get_args(kind) or (kind,)
    return next((each for each in kinds if each.__name__ == row.get("type")), kinds[-1])


def within(records: list[_R], first: date, last: date) -> list[_R]:
    """Those that belong to the market days asked for, should Amber send more."""
    inside = {day for day in {record.date for record in records} if day is None or first <= day <= last}
    return [record for record in records if record.date in inside]


def in_vendor_order(pages: Sequence[list[_R]]) -> list[_R]:
    """Joined answers in the order of a single one: channel by channel, in time order within each."""
    if len(pages) == 1:
        return pages[0]
    records = [record for page in pages for record in page]
    return sorted(records, key=lambda record: _PLACES.get(record.channel_type or "", len(_PLACES)))


def _completed(error: OpenPowerError, answer: Answer) -> OpenPowerError:
    error.provider, error.operation = "amber", answer.operation
    if answer.operation and answer.operation not in error.message:
        error.message = f"{answer.operation}: {error.message}"
        error.args = (error.message,)
    return error
