"""Who may come in: the login with its quirks, one session per account, and signatures."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import define

from openpower_core.secrets import Secret
from openpower_goodwe.semsplus.signing import encoded_password, signature

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Refusal", "Sessions"]

_SKEW: Final = timedelta(minutes=10)


class Refusal(Exception):
    """The service answers with a code that is no success.

    Attributes:
        code: what it answers.
        status: the HTTP status, which is nearly always 200.
    """

    def __init__(self, code: str, *, status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@define(kw_only=True)
class Sessions:
    """The sessions of one account: a new login ends the one before."""

    account: str
    password: Secret
    region: str = "eu"
    life: timedelta = timedelta(hours=5)
    incomplete: bool = False
    """Answer success and a token that is not whole."""
    logins: int = 0
    _token: str = ""
    _until: Any = None

    def log_in(
        self, headers: Mapping[str, str], body: Mapping[str, Any], gateway: str, now: datetime
    ) -> dict[str, Any]:
        """Answer ``cross-login``."""
        self.logins += 1
        if not headers.get("origin") or "client" not in _token(headers):
            raise Refusal("100004")
        self._check_signature(headers, "", "", now, code="100004")
        right = encoded_password(self.password.reveal())
        if body.get("account") != self.account or body.get("pwd") != right:
            raise Refusal("100005")
        whole = {"agreement", "isLocal", "isChinese"} <= body.keys()
        self._token = f"token-{self.logins:04d}"
        self._until = now + self.life
        data: dict[str, Any] = {
            "uid": "user-0001",
            "timestamp": str(int(now.timestamp() * 1000)),
            "token": self._token,
            "client": "semsPlusWeb",
            "version": "",
            "language": "en",
            "api": gateway,
            "region": self.region,
            "uuid": f"session-{self.logins:04d}",
        }
        return {"client": "semsPlusWeb"} if self.incomplete or not whole else data

    def check(self, headers: Mapping[str, str], region: str, now: datetime) -> None:
        """Let a call pass, or refuse it as the gateways do."""
        told = _token(headers)
        uid, token = str(told.get("uid", "")), str(told.get("token", ""))
        if not uid or not token:
            raise Refusal("100001")
        if region != self.region or token != self._token:
            raise Refusal("C0602")
        self._check_signature(headers, uid, token, now, code="C0602")
        if now >= self._until:
            raise Refusal("100002")

    def expire(self) -> None:
        """Let the present session be over."""
        self._until = self._until and self._until - self.life

    def replace(self) -> None:
        """Let somebody else log in."""
        self._token = f"other-{self.logins}"

    def _check_signature(self, headers: Mapping[str, str], uid: str, token: str, now: datetime, *, code: str) -> None:
        import base64

        try:
            text = base64.b64decode(headers.get("x-signature", "")).decode()
            ms = int(text.rpartition("@")[2])
        except ValueError:
            raise Refusal(code) from None
        late = abs(now.timestamp() * 1000 - ms) > _SKEW.total_seconds() * 1000
        if late or signature(ms, uid, token) != headers.get("x-signature"):
            raise Refusal(code)


def _token(headers: Mapping[str, str]) -> dict[str, Any]:
    try:
        told: Any = json.loads(headers.get("token", ""))
    except ValueError:
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}
