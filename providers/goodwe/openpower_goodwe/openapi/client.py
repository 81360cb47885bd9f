"""Hosts and limits of the Open API, the envelope around every response, and the error that each code stands for."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from openpower_core import provider as core
from openpower_goodwe.cloud import (
    SUCCESS,
    WRONG_LOGIN,
    R,
    UnknownCode,
    envelope_of,
    is_token,
    message_of,
    readable,
    records,
    rows_of,
    unknown_login,
)
from openpower_goodwe.openapi import models

PREFIX: Final = "/api/OpenApi"
REGIONS: Final = {
    "global": f"https://openapi.semsportal.com{PREFIX}",
    "eu": f"https://eu.openapi.semsportal.com{PREFIX}",
}
"""Other regions are not evidenced."""

HOURLY: Final = core.Rate(3600, timedelta(hours=1))
"""From a single public document; GoodWe says only that there is a limit."""


def base_of(region: str, base_url: str | None) -> str:
    """The prefix of every call."""
    if base_url is not None:
        return base_url.rstrip("/")
    if region not in REGIONS:
        raise core.InvalidValue(f"region is {region!r}; it must be one of {', '.join(REGIONS)}.", provider="goodwe")
    return REGIONS[region]


def day_text(day: date | str) -> str:
    """A calendar day of the plant as ``YYYY-MM-DD``.

    >>> day_text(date(2026, 9, 24)), day_text("2026-09-24")
    ('2026-09-24', '2026-09-24')
    """
    return core.day(day, "date").isoformat()


ARGUMENTS: Final[dict[str, core.Converter]] = {
    "page_index": partial(core.count, low=1),
    "page_size": partial(core.count, low=1),
    "plant_id": core.text,
    "inverter_sn": core.text,
    "date": core.day,
    "kind": partial(core.choice, allowed=(0, 1)),
}
"""How arguments of native calls are checked, by their names."""


LOGIN: Final = "GetToken"
_TOKEN_ENDED: Final = "100002"  # noqa: S105  (a code)
_LISTS: Final = ("list", "rows", "records", "dataList", "items", "plants", "inverters", "data")

OTHER_WAYS: Final = (
    "The Open API is for organisations that GoodWe gave it to. A normal account of the SEMS+ app connects as "
    '"goodwe-sems"; in the same network "goodwe-local" needs no account.'
)


class TokenEnded(core.AuthenticationFailed):
    """The token is not valid (any more); a new one may help."""


def check_answer(answer: core.Answer, request: core.Request) -> None:
    """Raise the error that an answer stands for; the HTTP client calls it after every response."""
    core.check_status(answer, request, refusals=())  # credentials are refused by code, with HTTP 200
    envelope = envelope_of(answer)
    code = str(envelope["code"])
    if code in SUCCESS:
        return
    message = message_of(answer, "msg")
    context: dict[str, Any] = {
        "provider": "goodwe",
        "operation": request.operation,
        "vendor_code": code,
        "vendor_message": message,
    }
    words = f" ({message})" if message else ""
    if code == WRONG_LOGIN:
        raise core.AuthenticationFailed(f"the Open API does not accept the account{words}.", hint=OTHER_WAYS, **context)
    if request.operation == LOGIN:
        raise unknown_login(code, words, **context)
    if code == _TOKEN_ENDED:
        raise TokenEnded(f"{request.operation}: the token has ended{words}.", **context)
    raise UnknownCode(
        f"{request.operation}: GoodWe refused it by an unknown code{words}.",
        hint="Check the ids given; is the plant one of this organisation's?",
        **context,
    )


def one(cls: type[R], answer: core.Answer) -> R:
    """The record that an answer holds.

    Raises:
        PartialData: it says success and nothing else.
    """
    data = envelope_of(answer).get("data")
    if data is None:
        raise _no_data(answer)
    found = core.structure(cls, data, where="$.data")
    if found.is_empty() and not found.extras:
        raise _no_data(answer)
    return found


def token_of(answer: core.Answer) -> models.Token:
    """The token that a login gave.

    Raises:
        PartialData: it says success and gives none.
    """
    try:
        token = one(models.Token, answer)
    except core.OpenPowerError as error:
        raise core.without_frames(error)  # noqa: B904  (the frames that read the response hold the token)
    if not token.token:
        raise core.PartialData("GetToken says success and gives no token.", provider="goodwe", operation=LOGIN)
    if not is_token(token.token):
        raise answer.bad("a token that is no token")
    return token


def several(cls: type[R], answer: core.Answer) -> list[R]:
    """The records that an answer holds: a bare list, or one within an object."""
    return records(cls, _rows(answer))


def listed(cls: type[R], answer: core.Answer) -> core.Rows[R]:
    """The same for lists of plants and inverters, of which one that cannot be read is left out."""
    return readable(cls, _rows(answer))


def _rows(answer: core.Answer) -> list[Any]:
    rows = rows_of(envelope_of(answer).get("data"), _LISTS)
    if rows is None:
        raise _no_data(answer)
    return rows


def _no_data(answer: core.Answer) -> core.PartialData:
    return core.PartialData(
        f"the Open API answered {answer.operation} with success and without data.",
        provider="goodwe",
        operation=answer.operation,
    )
