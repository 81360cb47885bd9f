"""Signing in to SEMS+: hosts, signatures, the response to a login, and how often one may be tried."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections import deque
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

from attrs import field, frozen

from openpower_core import provider as core
from openpower_goodwe.cloud import envelope_of, fields_of, hashed, is_token
from openpower_goodwe.semsplus.client.answers import LOGIN, data_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PREFIX: Final = "/web/sems"

REGIONS: Final = {
    "global": "semsplus.goodwe.com",
    "eu": "eu-semsplus.goodwe.com",
    "us": "us-semsplus.goodwe.com",
    "au": "au-semsplus.goodwe.com",
    "hk": "hk-semsplus.goodwe.com",
    "cn": "cn-semsplus.goodwe.com",
}
"""Login hosts; the global one serves all regions but China."""

_VENDORS: Final = (".semsportal.com", ".goodwe.com", ".sems.com.cn")
_OLD: Final = "/sems"
"""The prefix that logins through the legacy portal answer; the gateway's is the same with ``/web``."""


def login_url(region: str, base_url: str | None) -> str:
    """Where to log in."""
    if base_url is not None:
        return base_url.rstrip("/")
    if region not in REGIONS:
        raise core.InvalidValue(
            f"region is {region!r}; it is one of {', '.join(REGIONS)}.",
            provider="goodwe-sems",
            hint="Leave it out unless your account is in China.",
        )
    return f"https://{REGIONS[region]}{PREFIX}"


def gateway_of(address: str, base_url: str | None) -> str:
    """The gateway that a login answered, if it is one that may be trusted with the token.

    Args:
        address: what the login answered.
        base_url: what replaces the vendor's hosts; then the gateway may also be on this machine.

    Raises:
        BadResponse: it is not one of the vendor's hosts.
    """
    try:
        parts = urlsplit(address)
        if base_url is not None:
            return _replaced(parts, address, base_url.rstrip("/"))
        if parts.scheme == "https" and _is_vendors(parts):
            return f"https://{parts.netloc}{_prefix(parts.path)}"
    except ValueError:  # brackets that do not match, or a port that is none
        parts = urlsplit("")
    raise _foreign(parts)


def _replaced(parts: SplitResult, address: str, base_url: str) -> str:
    ours = urlsplit(base_url)
    if _is_loopback(parts.hostname) or parts.netloc == ours.netloc:
        return address.rstrip("/")
    if parts.scheme == "https" and _is_vendors(parts):
        return base_url
    raise _foreign(parts)


def _is_vendors(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    # A user in the address, or a port of its own, is how a look-alike host would be written.
    plain = parts.username is None and parts.port in (None, 443)
    return plain and host.endswith(_VENDORS)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False


def _prefix(path: str) -> str:
    path = path.rstrip("/")
    return PREFIX if path in ("", _OLD) else path


def _foreign(parts: SplitResult) -> core.BadResponse:
    return core.BadResponse(
        f"the login names {parts.hostname or 'no host'} as its gateway, which is none of GoodWe's.",
        provider="goodwe-sems",
        operation="cross-login",
        hint="Nothing was sent there.",
    )


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
    token: core.Secret = field(converter=core.Secret)
    gateway: str
    """The prefix of every later call; the vendor's own choice of region."""
    region: str | None = None
    header: core.Secret = field(converter=core.Secret)
    """The whole login data as JSON text: what the header ``token`` carries."""
    began: float = 0.0
    """When, by the client's monotonic clock."""


def encoded_password(password: core.Secret) -> core.Secret:
    """The password as the login takes it: Base64 of the MD5's lower-case hex digits."""
    return core.Secret(base64.b64encode(hashed(password).reveal().encode("ascii")).decode("ascii"))


def login_body(account: str, password: core.Secret, *, china: bool = False) -> dict[str, Any]:
    """The body of the login.

    Without its three flags the service answers success and an incomplete token (observed 2026-09).
    """
    return {"account": account, "pwd": encoded_password(password), "agreement": 1, "isLocal": china, "isChinese": china}


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


def signed_headers(login: Login, request: core.Request, now: datetime) -> dict[str, str]:
    """The headers that sign one call of a session; each call has its own."""
    del request
    sign = signature(_ms(now), login.uid, login.token.reveal())
    return {"token": login.header.reveal(), "X-Signature": sign}


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)


_LOGINS: Final = 5
_WITHIN_S: Final = 300.0
_REFUSED_FOR_S: Final = 300.0


class LoginGuard:
    """Says whether a login may be tried now, so that neither a wrong password nor a rival session makes a storm."""

    def __init__(self) -> None:
        self._begun: deque[float] = deque(maxlen=_LOGINS)
        self._refusal: core.OpenPowerError | None = None
        self._refused_at = 0.0

    def check(self, now: float) -> None:
        """Pass, or raise before any request.

        Raises:
            AuthenticationFailed: the last one was refused less than five minutes ago, or too many sessions did not last.
        """
        if self._refusal is not None and now - self._refused_at < _REFUSED_FOR_S:
            # A copy: every raise adds its own traceback and context to the exception.
            raise copy.copy(self._refusal)
        if len(self._begun) == _LOGINS and now - self._begun[0] < _WITHIN_S:
            raise core.AuthenticationFailed(
                f"{_LOGINS} logins within five minutes did not give a session that lasts; no more are tried now.",
                provider="goodwe-sems",
                operation="cross-login",
                hint="Does another program use the same account? Each login ends the others' sessions.",
            )

    def refused(self, error: core.OpenPowerError, now: float) -> None:
        """Remember that the credentials were refused."""
        self._refusal, self._refused_at = error, now

    def accepted(self, now: float) -> None:
        """Forget a refusal, and count a session."""
        self._refusal = None
        self._begun.append(now)


def login_of(answer: core.Answer, *, base_url: str | None, began: float) -> Login:
    """The session that a login gave.

    Raises:
        PartialData: success without data, or with a token that is not whole (which later calls refuse).
        AuthenticationFailed: the account has to accept the terms first.
        BadResponse: the gateway is not one of the vendor's.
    """
    fields = fields_of(data_of(answer))
    uid, token = fields.get("uid"), fields.get("token")
    region = fields.get("region")
    api = fields.get("api") or envelope_of(answer).get("api")
    gateway = api if isinstance(api, str) and api else base_url
    if not (uid and token and fields.get("timestamp")) or gateway is None:
        raise _incomplete(fields)
    if not (is_token(uid) and is_token(token)):
        raise answer.bad("a session whose token is no token")
    return Login(
        uid=str(uid),
        token=str(token),
        gateway=gateway_of(gateway, base_url),
        region=region if isinstance(region, str) else None,
        header=json.dumps(fields, separators=(",", ":")),
        began=began,
    )


def _incomplete(fields: dict[str, Any]) -> core.PartialData | core.AuthenticationFailed:
    if any(name.startswith("agreement") for name in fields):
        return core.AuthenticationFailed(
            "GoodWe requires its terms to be accepted before this account may log in.",
            provider="goodwe-sems",
            operation=LOGIN,
            hint="Log in once at https://semsplus.goodwe.com and accept them.",
        )
    return core.PartialData(
        "the login says success, and its token is not whole; calls with it would be refused.",
        provider="goodwe-sems",
        operation=LOGIN,
        hint="Log in at https://semsplus.goodwe.com once; it may ask for something first.",
    )
