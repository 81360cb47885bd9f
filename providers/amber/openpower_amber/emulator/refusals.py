"""How Amber says no: each status with the body that it has been seen to send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refusal(Exception):
    """An answer that is none: a status and its body, JSON or plain text."""

    def __init__(
        self, status: int, message: str, *, plain: bool = False, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = message if plain else json.dumps({"message": message})
        kind = "text/plain" if plain else "application/json"
        self.headers = {"Content-Type": kind, **(headers or {})}


UNAUTHORIZED: Final = Refusal(401, "Unauthorized")
FORBIDDEN: Final = Refusal(
    403, "User is not authorized to access this resource with an explicit deny in an identity-based policy"
)
SITE_NOT_FOUND: Final = Refusal(404, "Site not found")
UNROUTED: Final = Refusal(403, "Missing Authentication Token")
STATE_NOT_FOUND: Final = Refusal(404, "State not found")
BAD_REQUEST: Final = Refusal(400, "Bad request")
RANGE_TOO_LARGE: Final = Refusal(422, "Range requested is too large. Maximum 7 days.", plain=True)
TOO_MANY_INTERVALS: Final = Refusal(422, "Requested number of intervals is greater than 2048", plain=True)
THROTTLED: Final = Refusal(
    429,
    "Too Many Requests",
    headers={"x-amzn-ErrorType": "TooManyRequestsException", "X-Cache": "Error from cloudfront"},
)
"""What the gateway says under load: no word of how long."""
INTERNAL: Final = Refusal(502, "Internal server error")
