"""Days and times as people type them (``today``, ``2026-08-04``, ``06:00``, ``2026-08-04T18:30``) and read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from openpower import InvalidValue

_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def zone_of(tz: str | None) -> ZoneInfo | None:
    """The home's zone; None when no device knows it.

    Raises:
        InvalidValue: there is no such zone.
    """
    try:
        return ZoneInfo(tz) if tz else None
    except (KeyError, ValueError, OSError):
        raise InvalidValue(f"{tz!r} is not a time zone.", hint="Such as Europe/Berlin.") from None


def local(instant: datetime, tz: str | None) -> datetime:
    """An instant on the home's clock, or in UTC where its zone is not known."""
    return instant.astimezone(zone_of(tz) or UTC)


def time_text(instant: datetime, tz: str | None) -> str:
    """``Mon 23 Nov 06:00``, on the home's clock."""
    there = local(instant, tz)
    return f"{there:%a} {there.day} {there:%b %H:%M}"


def day_start(text: str, tz: str | None, *, now: datetime) -> datetime:
    """When a day begins on the home's clock, or the time that is written out (UTC).

    Raises:
        InvalidValue: it is neither a day nor a time, or needs a zone that is not known.
    """
    if text in _WORDS:
        day = now.astimezone(_known(tz, text)).date() + timedelta(days=_WORDS[text])
    else:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return _instant(text, tz)
    return datetime.combine(day, time(0), tzinfo=_known(tz, text)).astimezone(UTC)


def next_time(text: str, tz: str | None, *, now: datetime) -> datetime:
    """When the home's clock next shows ``06:00``, or the time that is written out (UTC).

    Raises:
        InvalidValue: it is neither, lies in the past, or needs a zone that is not known.
    """
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        instant = now if text == "now" else _instant(text, tz)
        if instant < now:
            raise InvalidValue(f"{text!r} is in the past.") from None
        return instant
    zone = _known(tz, text)
    here = now.astimezone(zone)
    # By the calendar and not by adding 24 hours: on the days when the clock changes, tomorrow's 06:00 is 23 or 25 away.
    found = datetime.combine(here.date(), clock, tzinfo=zone)
    if found <= here:
        found = datetime.combine(here.date() + timedelta(days=1), clock, tzinfo=zone)
    return found.astimezone(UTC)


def _instant(text: str, tz: str | None) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(
            f"{text!r} is not a time.", hint="Such as today, 2026-08-04, 06:00 or 2026-08-04T18:30."
        ) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=_known(tz, text))
    return instant.astimezone(UTC)


def _known(tz: str | None, text: str) -> ZoneInfo:
    zone = zone_of(tz)
    if zone is None:
        raise InvalidValue(
            f"{text!r} is a time on the home's clock, and the home's time zone is unknown.",
            hint="Give it with -O tz=Europe/Berlin, or write the time with its offset: 2026-08-04T18:30+02:00.",
        )
    return zone
