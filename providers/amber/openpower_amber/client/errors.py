"""What went wrong at Amber, as openpower's errors: by HTTP status, refined by what Amber is known to do.

Amber promises no shape for the body of an error; JSON, plain text and nothing have all been seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openpower_core import provider as core

TOO_MANY: Final = 429


class NotPublishedYet(core.PartialData):
    """Nothing is there yet: a day's usage comes on the day after it, usually in the morning."""


class NoLongerKept(core.PartialData):
    """Nothing is there any more: usage is kept for some 90 days."""


TOKENS_FROM: Final = "https://app.amber.com.au/developers"

_REFUSED: Final = "not authorized"
"""In the message of the 403 for a wrong or revoked token; a path that is not routed, and a firewall, answer 403 as well."""


_NOT_ACCEPTED: Final = (
    core.AuthenticationFailed,
    "Amber does not accept the token",
    f"Make one at {TOKENS_FROM}, and check base_url if you gave one.",
)
_KINDS: Final[Mapping[int, tuple[type[core.OpenPowerError], str, str]]] = {
    400: (core.InvalidValue, "Amber refused the values", "Check the dates, counts and resolution."),
    401: _NOT_ACCEPTED,  # there was no token
    404: (
        core.DeviceNotFound,
        "Amber knows no such site or state",
        "list_sites() gives the ids of the sites that this token may see.",
    ),
    422: (core.InvalidValue, "Amber refused the values", "Check the dates, counts and resolution."),
}


def check(answer: core.Answer, request: core.Request) -> None:
    """Raise the error of a failed call; 429 is left to whoever paces the calls."""
    if answer.status == TOO_MANY or 200 <= answer.status < 300:
        return
    message = vendor_message(answer)
    if answer.status not in _KINDS and not (answer.status == 403 and _REFUSED in (message or "").lower()):
        core.check_status(answer, request, refusals=())
        return
    kind, what, hint = _KINDS.get(answer.status, _NOT_ACCEPTED)
    words = f" ({message.rstrip('.')})" if message else ""
    raise kind(
        f"{request.operation}: {what}{words}.", vendor_code=str(answer.status), vendor_message=message, hint=hint
    )


def vendor_message(answer: core.Answer) -> str | None:
    """Amber's own words: the ``message`` of a JSON body, or plain text."""
    text = answer.content.decode("utf-8-sig", errors="replace").strip()
    try:
        message: Any = answer.json()["message"]
    except (core.BadResponse, TypeError, LookupError):
        message = None if text.startswith(("<", "{", "[")) else text
    return answer.quoted(message)
