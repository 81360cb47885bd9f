"""Days and moments as people type them: ``today``, ``2026-08-04``, ``06:00``, ``2026-08-04T18:30``."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from openpower_core.errors import InvalidValue

__all__ = ["day_start", "next_instant", "zone_of"]

_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def zone_of(tz: str | None) -> ZoneInfo | None:
    """The home's zone; None when no device knows it.

    Raises:
        InvalidValue: there is no such zone.
    """
    try:
        return ZoneInfo(tz) if tz else None
    except (KeyError, ValueError, OSError):
        raise InvalidValue(f"{tz!r} is no time zone.", hint="Such as Europe/Berlin.") from None


def _known(zone: ZoneInfo | None, text: str) -> ZoneInfo:
    if zone is None:
        raise InvalidValue(
            f"{text!r} is a time on the home's clock, and nobody told the home's zone.",
            hint="Give it with -O tz=Europe/Berlin, or write the time with its offset: 2026-08-04T18:30+02:00.",
        )
    return zone


def day_start(text: str, zone: ZoneInfo | None, *, now: datetime) -> datetime:
    """The moment at which a day begins on the home's clock, or the moment that is written out (UTC).

    Raises:
        InvalidValue: it is neither a day nor a moment, or needs a zone that is not known.
    """
    if text in _WORDS:
        local = now.astimezone(_known(zone, text)).date() + timedelta(days=_WORDS[text])
        return datetime.combine(local, time(0), tzinfo=zone).astimezone(UTC)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _moment(text, zone)
    return datetime.combine(day, time(0), tzinfo=_known(zone, text)).astimezone(UTC)


def next_instant(text: str, zone: ZoneInfo | None, *, now: datetime) -> datetime:
    """The next time the home's clock shows ``06:00``, or the moment that is written out (UTC).

    Raises:
        InvalidValue: it is neither, lies in the past, or needs a zone that is not known.
    """
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        moment = now if text == "now" else _moment(text, zone)
        if moment < now:
            raise InvalidValue(f"{text!r} is in the past.") from None
        return moment
    local = now.astimezone(_known(zone, text))
    today = datetime.combine(local.date(), clock, tzinfo=zone)
    if today <= local:
        today = datetime.combine(local.date() + timedelta(days=1), clock, tzinfo=zone)
    return today.astimezone(UTC)


def _moment(text: str, zone: ZoneInfo | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(
            f"{text!r} is no time.", hint="Such as today, 2026-08-04, 06:00 or 2026-08-04T18:30."
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_known(zone, text))
    return moment.astimezone(UTC)
