"""What callers may give to native calls, in the form that SEMS+ takes; nothing is guessed."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from openpower_core.provider import (
    Converter,
    InvalidValue,
    choice,
    count,
    mapping,
    mask,
    number,
    refused,
    shown,
    text,
    texts,
)
from openpower_goodwe.cloud import fields_of
from openpower_goodwe.semsplus.models import ChargeMode, DeviceRow, DeviceStatus, Station

if TYPE_CHECKING:
    from collections.abc import Iterable


WallTime: TypeAlias = datetime | date | str
"""A wall-clock time of the station: a naive datetime, a day (its first second), or text as the vendor has it."""


def _wall(value: Any, _name: str) -> Any:
    wall_text(value)
    return value


def _any_text(value: Any, name: str) -> str:
    """Text that may be empty."""
    return "" if value == "" else text(value, name)


def _mode(value: Any, name: str) -> ChargeMode:
    return ChargeMode(choice(int(value) if isinstance(value, ChargeMode) else value, name, tuple(map(int, ChargeMode))))


_FROM_ONE = partial(count, low=1)
ARGUMENTS: Final[dict[str, Converter]] = {
    **dict.fromkeys(("current", "size", "page_index", "page_size"), _FROM_ONE),
    **dict.fromkeys(("station_id", "sn", "kind", "device_type", "group", "module", "product_model"), text),
    **dict.fromkeys(("alarm_id", "menu_id", "name"), text),
    **dict.fromkeys(("items", "device_types", "addresses", "names", "station_ids"), texts),
    **dict.fromkeys(("values", "function_ids", "logs", "data", "config", "more", "body"), mapping),
    **dict.fromkeys(("start", "end"), _wall),
    **dict.fromkeys(("device_name", "bat_index"), _any_text),
    **dict.fromkeys(("menu_code", "status"), count),
    "dimension": partial(choice, allowed=("day", "month", "year")),
    "time_zone": partial(number, low=-14, high=14),
    "mode": _mode,
    "power_kw": partial(number, above=0, high=1000),
    "generation": partial(choice, allowed=(1, 2)),
}
"""How arguments of native calls are checked, by their names."""


def needed_station(given: str | None, usual: str | None) -> str:
    """The id of the station that a call is for."""
    station = given or usual
    if not station:
        raise InvalidValue(
            "the call needs the id of a station.",
            provider="goodwe-sems",
            hint="Give station_id=, or use for_station(); list_stations() shows the ids.",
        )
    return station


def wall_text(at: WallTime, *, end: bool = False) -> str:
    """A time as ``YYYY-MM-DD HH:MM:SS`` on the station's wall clock; a day means its first or last second.

    >>> wall_text(date(2026, 9, 24)), wall_text(date(2026, 9, 24), end=True)
    ('2026-09-24 00:00:00', '2026-09-24 23:59:59')
    """
    if isinstance(at, str):
        return _text(at, end=end)
    if not isinstance(at, date):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refused(at, "the time", "a naive datetime, a date, or text such as 2026-09-24 18:00:00")
    if isinstance(at, datetime):
        if at.tzinfo is not None:
            raise InvalidValue(
                "native calls take the station's wall clock, and this time carries a zone.",
                provider="goodwe-sems",
                hint="Give a naive datetime in the station's zone.",
            )
        return at.strftime("%Y-%m-%d %H:%M:%S")
    return datetime.combine(at, time(23, 59, 59) if end else time(0)).strftime("%Y-%m-%d %H:%M:%S")


def _text(at: str, *, end: bool) -> str:
    try:
        if len(at) == len("2026-09-24"):
            return wall_text(date.fromisoformat(at), end=end)
        return wall_text(datetime.fromisoformat(at))
    except ValueError:
        raise InvalidValue(
            f"{shown(at)} is not a time that SEMS+ accepts.",
            provider="goodwe-sems",
            hint="Write it as 2026-09-24 18:00:00, on the station's wall clock.",
        ) from None


def span(start: WallTime, end: WallTime | None) -> dict[str, str]:
    """``startTime`` and ``endTime``; without an end, the day or time of the start."""
    return {"startTime": wall_text(start), "endTime": wall_text(start if end is None else end, end=True)}


def chosen_stations(stations: Iterable[Station], wanted: str | None) -> list[Station]:
    """The stations of an account, or the one that ``station_id=`` names."""
    listed = list(stations)
    if wanted is None:
        return listed
    found = [each for each in listed if each.station_id == wanted]
    if not found:
        known = ", ".join(mask(each.station_id) for each in listed) or "none"
        raise InvalidValue(
            f"station_id names no station of this account; its stations are {known}.",
            provider="goodwe-sems",
            hint="Leave station_id out to connect to all.",
        )
    return found


def of_types(rows: Iterable[DeviceRow], *types: str) -> list[DeviceRow]:
    """The devices of some types, in the vendor's order."""
    return [each for each in rows if each.device_type in types]


def rows_of(statuses: Iterable[DeviceStatus]) -> list[DeviceRow]:
    """The devices of ``all-status`` as rows."""
    found: list[DeviceRow] = []
    for status in statuses:
        for group in status.groups or ():
            for sn in group.serials or ():
                detail: Any = (group.details or {}).get(sn)
                fields = fields_of(detail)
                found.append(
                    DeviceRow(
                        sn=sn,
                        name=fields.get("name"),
                        device_type=status.device_type,
                        status=group.status,
                        subtype=fields.get("subtype"),
                    )
                )
    return found
