"""The three headers that every request carries, and what the service answers when they are wrong."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.envelope import Refusal
from openpower_core.provider import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["SKEW_MESSAGE", "TOLERANCE", "Gate", "signature"]

TOLERANCE: Final = timedelta(seconds=300)
"""How far a request's timestamp may be from the service's clock, either way."""

SKEW_MESSAGE: Final = "The request timestamp is not within the validity period"


def signature(app_id: str, app_secret: str, timestamp: str) -> str:
    """Compute ``sign``: SHA-512 over the three texts joined without a separator, in lower-case hex."""
    return hashlib.sha512(f"{app_id}{app_secret}{timestamp}".encode("ascii", "replace")).hexdigest()


@frozen(kw_only=True)
class Gate:
    """Who may come in: one developer account."""

    app_id: str
    app_secret: Secret = field(converter=Secret)
    documented_skew_code: bool = False
    """Answer a wrong clock with 6006, as documented, and not with 6009, as the live service does."""
    allow_listed: bool = True
    """False turns everybody away as an IP allow-list does."""

    def check(self, headers: Mapping[str, str], now: datetime) -> None:
        """Refuse a request whose signature is missing, old or wrong; header names in any case."""
        given = {name.lower(): value for name, value in headers.items()}
        app_id = _required(given, "appid", Code.APP_ID_EMPTY)
        timestamp = _required(given, "timestamp", Code.TIMESTAMP_EMPTY)
        sign = _required(given, "sign", Code.SIGN_EMPTY)
        self._check_clock(timestamp, now)
        if not self.allow_listed:
            raise Refusal(Code.ALLOW_LIST)
        expected = signature(self.app_id, self.app_secret.reveal(), timestamp)
        if app_id != self.app_id or not hmac.compare_digest(sign.encode(), expected.encode()):
            raise Refusal(Code.SIGNATURE)

    def _check_clock(self, timestamp: str, now: datetime) -> None:
        # Milliseconds, a usual mistake, are a time in the year 56000: out of tolerance like any other.
        if not timestamp.isdecimal():
            raise Refusal(Code.TIMESTAMP)
        if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
            if self.documented_skew_code:
                raise Refusal(Code.TIMESTAMP)
            raise Refusal(Code.ALLOW_LIST, msg=SKEW_MESSAGE)


def _required(headers: Mapping[str, str], name: str, code: Code) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise Refusal(code)
    return value
