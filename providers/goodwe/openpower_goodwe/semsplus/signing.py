"""How SEMS+ is told who asks: the login's body, and the token and signature that every call carries."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from openpower_core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openpower_core.http import Request

__all__ = ["BROWSER", "Login", "bootstrap_headers", "encoded_password", "login_body", "signature", "signed_headers"]

_WEB: Final = "semsPlusWeb"
_ANDROID: Final = "semsPlusAndroid"
"""The client that accounts in China log in as."""

BROWSER: Final[Mapping[str, str]] = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Origin": "https://semsplus.goodwe.com",
    "Referer": "https://semsplus.goodwe.com/",
    "client": _WEB,
    "neutral": "0",
    "currentLang": "en",
}
"""What the web client sends; since 2026-09-23 a login without it is refused with 100004."""


@frozen(kw_only=True)
class Login:
    """One session, as the login answered it."""

    uid: str
    token: Secret = field(converter=Secret)
    gateway: str
    """The prefix of every later call; the vendor's own choice of region."""
    region: str | None = None
    header: Secret = field(converter=Secret)
    """The whole login data as JSON text: what the header ``token`` carries."""
    began: float = 0.0
    """When, by the client's monotonic clock."""


def encoded_password(password: str) -> str:
    """The password as the login takes it: Base64 of the MD5's lower-case hex digits."""
    # The vendor's own form; it protects nothing, TLS does.
    digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(digest.encode("ascii")).decode("ascii")


def login_body(account: str, password: Secret, *, china: bool = False) -> dict[str, Any]:
    """The body of the login.

    Without its three flags the service answers success and an incomplete token (observed 2026-09).
    """
    return {
        "account": account,
        "pwd": encoded_password(password.reveal()),
        "agreement": 1,
        "isLocal": china,
        "isChinese": china,
    }


def signature(milliseconds: int, uid: str = "", token: str = "") -> str:
    """``X-Signature``: Base64 of the hex SHA-256 over ``ms@uid@token``, an ``@`` and the milliseconds."""
    digest = hashlib.sha256(f"{milliseconds}@{uid}@{token}".encode()).hexdigest()
    return base64.b64encode(f"{digest}@{milliseconds}".encode("ascii")).decode("ascii")


def bootstrap_headers(now: datetime, *, china: bool = False) -> dict[str, str]:
    """What signs the login itself: a token without a user."""
    token = {
        "uid": "",
        "timestamp": 0,
        "token": "",
        "client": _ANDROID if china else _WEB,
        "version": "v2.5.0" if china else "",
        "language": "en",
    }
    return {"token": json.dumps(token, separators=(",", ":")), "X-Signature": signature(_ms(now))}


def signed_headers(login: Login, request: Request, now: datetime) -> dict[str, str]:
    """What signs one call of a session; made anew for each."""
    del request
    sign = signature(_ms(now), login.uid, login.token.reveal())
    return {"token": login.header.reveal(), "X-Signature": sign}


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
