"""Where the Open API lives, who may ask how often, and what a password becomes."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.errors import InvalidValue
from openpower_core.http import Rate, RateLimiter

if TYPE_CHECKING:
    from openpower_core.clock import Clock
    from openpower_core.secrets import Secret

__all__ = ["PREFIX", "REGIONS", "base_of", "day_text", "hashed", "limiter_of"]

PREFIX: Final = "/api/OpenApi"
REGIONS: Final = {
    "global": f"https://openapi.semsportal.com{PREFIX}",
    "eu": f"https://eu.openapi.semsportal.com{PREFIX}",
}
"""Other regions are not evidenced."""

HOURLY: Final = Rate(3600, timedelta(hours=1))
"""From a single public document; GoodWe says only that there is a limit."""


def base_of(region: str, base_url: str | None) -> str:
    """The prefix of every call."""
    if base_url is not None:
        return base_url.rstrip("/")
    if region not in REGIONS:
        raise InvalidValue(f"region is {region!r}; it is one of {', '.join(REGIONS)}.", provider="goodwe")
    return REGIONS[region]


def limiter_of(account: str, base_url: str, clock: Clock) -> RateLimiter:
    """The limiter that all clients of one account share in this process."""
    own = None if clock is SYSTEM_CLOCK else id(clock)
    return RateLimiter.shared(("goodwe", base_url, account, own), HOURLY)


def hashed(password: Secret) -> str:
    """The password as the vendor wants it: MD5 in hex; it protects nothing, TLS does."""
    return hashlib.md5(password.reveal().encode(), usedforsecurity=False).hexdigest()


def day_text(day: date | str) -> str:
    """A calendar day of the plant as ``YYYY-MM-DD``.

    >>> day_text(date(2026, 9, 24)), day_text("2026-09-24")
    ('2026-09-24', '2026-09-24')
    """
    if isinstance(day, str):
        try:
            return date.fromisoformat(day).isoformat()
        except ValueError:
            raise _no_day(day) from None
    if isinstance(day, datetime):
        raise _no_day(day)
    return day.isoformat()


def _no_day(value: object) -> InvalidValue:
    return InvalidValue(
        f"{value!r} is no calendar day.",
        provider="goodwe",
        hint="Give a date in the plant's own zone: datetime.date(2026, 9, 24) or '2026-09-24'.",
    )
