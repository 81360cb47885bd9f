"""What callers may give to native calls, brought into the form that the vendor takes; nothing is guessed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from openpower_core.provider import InvalidValue, MissingCredential, Secret

if TYPE_CHECKING:
    from typing import TypeAlias

    Day: TypeAlias = date | str

__all__ = ["Day", "day_text", "named_serial", "needed_serial", "needed_text"]


def day_text(day: Day) -> str:
    """A calendar day of the system as ``yyyy-MM-dd``.

    >>> day_text(date(2026, 8, 4)), day_text("2026-08-04")
    ('2026-08-04', '2026-08-04')
    """
    if isinstance(day, str):
        try:
            return date.fromisoformat(day).isoformat()
        except ValueError:
            raise _no_day(day) from None
    if isinstance(day, datetime) or not isinstance(day, date):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _no_day(day)
    return day.isoformat()


def _no_day(value: object) -> InvalidValue:
    return InvalidValue(
        f"{value!r} is no calendar day.",
        provider="alphaess",
        hint="Give a date in the system's own zone: datetime.date(2026, 8, 4) or '2026-08-04'.",
    )


def named_serial(serial_number: str | None, device_serial_number: str | None) -> str | None:
    """The serial number under either of its two names."""
    if serial_number and device_serial_number and serial_number != device_serial_number:
        raise InvalidValue(
            "serial_number and device_serial_number are two names for the same, and differ.",
            provider="alphaess",
            hint="Give one of them.",
        )
    return serial_number or device_serial_number or None


def needed_serial(given: str | None, usual: str | None) -> str:
    """The serial number of the system that a call is for."""
    serial = given or usual
    if not serial:
        raise InvalidValue(
            "the call needs the serial number of a system.",
            provider="alphaess",
            hint="Give serial_number=, or use for_device(); list_systems() shows the serial numbers.",
        )
    return serial


def needed_text(value: str | Secret, name: str) -> Secret:
    """A credential that is there; its shape is not judged."""
    secret = Secret(value)
    if not secret:
        raise MissingCredential(
            f"{name} is empty.", provider="alphaess", hint="Get app_id and app_secret at https://open.alphaess.com."
        )
    return secret
