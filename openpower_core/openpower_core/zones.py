"""The time zones that vendors name in their own ways: IANA, Windows, cities, and mere offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_OFFSET: Final = re.compile(
    r"""\(?(?:UTC|GMT)?\s?(?P<sign>[+-]?)(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d)|\.(?P<tenths>\d+))?\)?
    (?P<places>(?:[\s(,].*)?)""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST: Final = 200
# These are no places. The American abbreviations name the winter's time of regions most of which have summer time.
_NO_PLACES: Final = {"factory", "localtime", "posixrules", "est", "mst", "hst", "gmt", "gmt0"}

_Year = tuple[timedelta | None, ...]


def resolve_zone(text: str | None) -> str | None:
    """The IANA name of a zone as a vendor writes it; None where it is not known.

    An offset alone is known only if no place that has it puts its clock forward in summer; with cities, they decide.
    Windows names need the package tzlocal, which holds CLDR's table of them.

    >>> resolve_zone("(UTC+10:00) Canberra, Melbourne, Sydney"), resolve_zone("UTC+10:00"), resolve_zone("UTC+08:00")
    ('Australia/Canberra', None, 'Etc/GMT-8')
    """
    if not isinstance(text, str) or not 0 < len(text) < _LONGEST:
        return None
    name = " ".join(text.replace("\N{MINUS SIGN}", "-").split())
    if name.casefold() in {"utc", "etc/utc", "(utc) coordinated universal time"}:
        return "Etc/UTC"
    match = _OFFSET.fullmatch(re.sub(r"^\((?:UTC|GMT)\)", "(UTC+0)", name))
    if match is None:
        return _by_name(name)
    offset, places = _offset(match), match["places"].strip(" ,")
    if not places:
        return _by_offset(offset)
    return _one_of([_iana().get(_key(places)), _windows(places), *_cities(places)], offset)


def _by_name(name: str) -> str | None:
    return _iana().get(_key(name)) or _windows(name) or _one_of(_cities(name))


def _key(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


@lru_cache(maxsize=1)
def _iana() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if name.casefold() not in _NO_PLACES}


@lru_cache(maxsize=1)
def _by_city() -> dict[str, list[str]]:
    cities: dict[str, list[str]] = {}
    for name in sorted(available_timezones()):
        if "/" in name and not name.startswith("Etc/"):
            cities.setdefault(name.rpartition("/")[2].casefold(), []).append(name)
    return cities


def _cities(places: str) -> list[str]:
    return [name for place in re.split(r"[,;/()]", places) for name in _by_city().get(_key(place), ())]


@lru_cache(maxsize=1)
def _cldr() -> dict[str, str]:
    try:
        table: dict[str, str] = import_module("tzlocal.windows_tz").win_tz
    except ImportError:
        return {}
    return {name.casefold(): zone for name, zone in table.items()}


def _windows(name: str) -> str | None:
    """A Windows name, its summer's form, or what Windows displays for North America, such as ``Eastern Time (US & Canada)``."""
    standard = re.sub(r" (?:Daylight|Summer) Time$| Time(?: \([^)]*\))?$", " Standard Time", name.strip())
    return _cldr().get(name.strip().casefold()) or _cldr().get(
        standard.replace("Standard Standard", "Standard").casefold()
    )


def _one_of(names: Iterable[str | None], offset: timedelta | None = None) -> str | None:
    """The first of the names, if all that can have the offset keep the same time: Perth and Sydney are not one zone."""
    fitting = [name for name in names if name and (offset is None or offset in _year(name))]
    return fitting[0] if len({_year(name) for name in fitting}) == 1 else None


def _offset(match: re.Match[str]) -> timedelta:
    hours = int(match["hours"]) + float(f"0.{match['tenths'] or 0}")
    return timedelta(hours=hours, minutes=int(match["minutes"] or 0)) * (-1 if match["sign"] == "-" else 1)


@lru_cache(maxsize=64)
def _by_offset(offset: timedelta) -> str | None:
    having = sorted(name for name in set(_iana().values()) if not name.startswith("Etc/") and offset in _year(name))
    if not having or any(len(set(_year(name))) > 1 for name in having):
        return None
    hours, rest = divmod(offset, timedelta(hours=1))
    # POSIX counts west as positive: UTC+8 is Etc/GMT-8.
    return having[0] if rest else f"Etc/GMT{-hours:+d}"


@lru_cache(maxsize=1024)
def _year(name: str) -> _Year:
    """A zone's offsets through this year, month by month: Morocco's clock changes with Ramadan."""
    try:
        zone, year = ZoneInfo(name), datetime.now(UTC).year
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ()
    return tuple(datetime(year, month, 15, tzinfo=UTC).astimezone(zone).utcoffset() for month in range(1, 13))
