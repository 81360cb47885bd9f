"""What went wrong at Amber, as openpower's errors: by HTTP status, refined by what Amber is known to do.

Amber promises no shape for the body of an error; JSON, plain text and nothing have all been seen.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from openpower_core.provider import (
    AuthenticationFailed,
    DeviceNotFound,
    InvalidValue,
    OpenPowerError,
    PartialData,
    check_status,
)

if TYPE_CHECKING:
    from openpower_core.provider import Answer, Request

__all__ = ["NoLongerKept", "NotPublishedYet", "check", "vendor_message"]

TOO_MANY: Final = 429
_LONGEST: Final = 300


class NotPublishedYet(PartialData):
    """Nothing is there yet: a day's usage comes on the day after it, usually in the morning."""


class NoLongerKept(PartialData):
    """Nothing is there any more: usage is kept for some 90 days."""


def check(answer: Answer, request: Request) -> None:
    """Raise the error of an answer that is none; 429 is left to whoever paces the calls."""
    if answer.status == TOO_MANY:
        return
    kind = _KINDS.get(answer.status)
    if kind is None:
        check_status(answer, request)
        return
    raise kind(answer, request)


def vendor_message(answer: Answer) -> str | None:
    """Amber's own words: the ``message`` of a JSON body, or plain text."""
    text = answer.content.decode(errors="replace").strip()
    try:
        said: Any = json.loads(text)["message"]
    except (ValueError, TypeError, LookupError):
        said = None if text.startswith(("<", "{", "[")) else text
    return said[:_LONGEST] if isinstance(said, str) and said else None


def _context(answer: Answer, hint: str) -> dict[str, Any]:
    return {"vendor_code": str(answer.status), "vendor_message": vendor_message(answer), "hint": hint}


def _said(answer: Answer) -> str:
    message = vendor_message(answer)
    return f" ({message.rstrip('.')})" if message else ""


def _not_accepted(answer: Answer, request: Request) -> OpenPowerError:
    # A wrong or revoked token gets 403, no token 401; a path that is not routed gets 403 as well.
    return AuthenticationFailed(
        f"{request.operation}: Amber does not accept the token{_said(answer)}.",
        **_context(answer, "Make one at https://app.amber.com.au/developers, and check base_url if you gave one."),
    )


def _not_found(answer: Answer, request: Request) -> OpenPowerError:
    return DeviceNotFound(
        f"{request.operation}: Amber knows no such site or state{_said(answer)}.",
        **_context(answer, "list_sites() gives the ids of the sites that this token may see."),
    )


def _refused(answer: Answer, request: Request) -> OpenPowerError:
    return InvalidValue(
        f"{request.operation}: Amber refused the values{_said(answer)}.",
        **_context(answer, "Check the dates, counts and resolution."),
    )


_KINDS: Final = {400: _refused, 401: _not_accepted, 403: _not_accepted, 404: _not_found, 422: _refused}
