"""Hosts and limits of the Open API, the envelope around every response, and the error that each code stands for."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from openpower_core.provider import (
    SYSTEM_CLOCK,
    Answer,
    AuthenticationFailed,
    Clock,
    InvalidValue,
    PartialData,
    Rate,
    RateLimiter,
    Record,
    Request,
    RequestError,
    Secret,
    check_status,
    structure,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        raise InvalidValue(f"region is {region!r}; it must be one of {', '.join(REGIONS)}.", provider="goodwe")
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
        f"{value!r} is not a calendar day.",
        provider="goodwe",
        hint="Give a date in the plant's own zone: datetime.date(2026, 9, 24) or '2026-09-24'.",
    )


LOGIN: Final = "GetToken"
_TOKEN_ENDED: Final = "100002"  # noqa: S105  (a code)
_LISTS: Final = ("list", "rows", "records", "dataList", "items", "plants", "inverters", "data")

OTHER_WAYS: Final = (
    "The Open API is for organisations that GoodWe gave it to. A normal account of the SEMS+ app connects as "
    '"goodwe-sems"; in the same network "goodwe-local" needs no account.'
)
R = TypeVar("R", bound=Record)


class TokenEnded(AuthenticationFailed):
    """The token is not valid (any more); a new one may help."""


def check_answer(answer: Answer, request: Request) -> None:
    """Raise the error that an answer stands for; the HTTP client calls it after every response."""
    check_status(answer, request)
    envelope = _envelope(answer)
    code = str(envelope["code"])
    if code in ("0", "00000"):
        return
    said = envelope.get("msg")
    message = said if isinstance(said, str) and said else None
    context: dict[str, Any] = {
        "provider": "goodwe",
        "operation": request.operation,
        "vendor_code": code,
        "vendor_message": message,
    }
    words = f" ({message})" if message else ""
    if request.operation == LOGIN:
        raise AuthenticationFailed(f"the Open API does not accept the account{words}.", hint=OTHER_WAYS, **context)
    if code == _TOKEN_ENDED:
        raise TokenEnded(f"{request.operation}: the token has ended{words}.", **context)
    raise RequestError(
        f"{request.operation}: GoodWe refused it{words}.",
        hint="Check the ids given; is the plant one of this organisation's?",
        **context,
    )


def _envelope(answer: Answer) -> Mapping[str, Any]:
    body = answer.json()
    if isinstance(body, dict) and isinstance(cast("dict[str, Any]", body).get("code"), str | int):
        return cast("Mapping[str, Any]", body)
    raise answer.bad("JSON without a return code")


def one(cls: type[R], answer: Answer) -> R:
    """The record that an answer holds.

    Raises:
        PartialData: it says success and nothing else.
    """
    data = _envelope(answer).get("data")
    if data is None:
        raise _no_data(answer)
    found = structure(cls, data, where="$.data")
    if found.is_empty() and not found.extras:
        raise _no_data(answer)
    return found


def several(cls: type[R], answer: Answer) -> list[R]:
    """The records that an answer holds: a bare list, or one within an object."""
    data = _envelope(answer).get("data")
    if isinstance(data, dict):
        current = cast("dict[str, Any]", data)
        data = next((current[name] for name in _LISTS if isinstance(current.get(name), list)), None)
    if data is None:
        raise _no_data(answer)
    found: list[R] = structure(cast("Any", GenericAlias(list, (cls,))), data, where="$.data")
    return found


def _no_data(answer: Answer) -> PartialData:
    return PartialData(
        f"the Open API answered {answer.operation} with success and without data.",
        provider="goodwe",
        operation=answer.operation,
    )
