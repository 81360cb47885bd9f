"""Who a request comes from and what it may do: bearer tokens, the page's session cookie, and this machine itself.

A token is known by its SHA-256 alone. A session is a cookie that the page's sign-in makes from a token; it names the token,
ends after 30 days, and ends with the token. A request from this machine without either may read.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from attrs import frozen

from openpower_core.clock import Clock
from openpower_core.errors import AuthenticationFailed, ConfigurationError, PermissionDenied, RateLimited
from openpower_hub.config import HTTPConfig, Right
from openpower_hub.http.limits import Buckets

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

_log = logging.getLogger("openpower.hub")

How: TypeAlias = Literal["bearer", "cookie", "loopback", "none"]

COOKIE: Final = "openpower_session"
SESSION: Final = timedelta(days=30)
"""How long a sign-in on the page lasts."""
CSRF_HEADER: Final = "x-csrf-token"
"""What a request that is signed in by cookie and changes something has to carry; see :func:`csrf_token`."""
_KEY_FILE: Final = "http-session.key"


class NotSignedIn(AuthenticationFailed):
    """The hub does not know who asks; nothing was done."""


class NotAllowed(PermissionDenied):
    """The hub knows who asks, and they may not do this; nothing was done."""


@frozen(kw_only=True)
class Caller:
    """Who a request comes from."""

    name: str
    """The token's name; ``"this machine"`` without one, and empty for nobody."""
    rights: frozenset[Right]
    """What they may do."""
    how: How
    """How that is known."""

    @property
    def may_read(self) -> bool:
        """Whether they may look at everything."""
        return "read" in self.rights

    @property
    def may_control(self) -> bool:
        """Whether they may give orders, for those devices whose control is switched on."""
        return "control" in self.rights


NOBODY: Final = Caller(name="", rights=frozenset(), how="none")
_HERE: Final = Caller(name="this machine", rights=frozenset({"read"}), how="loopback")


def caller(request: HTTPConnection) -> Caller:
    """Who a request comes from, as the gate has found out."""
    return request.scope.get("openpower.caller", NOBODY)  # type: ignore[no-any-return]


def rights(request: HTTPConnection) -> frozenset[Right]:
    """What a request may do: ``"read"``, ``"control"``, both or nothing."""
    return caller(request).rights


def require(request: HTTPConnection, right: Right) -> Caller:
    """Refuse a request without a right.

    Raises:
        NotSignedIn: nobody is signed in, or only this machine is known.
        NotAllowed: the token has not that right.
    """
    found = caller(request)
    if right in found.rights:
        return found
    if found.how in ("none", "loopback"):
        raise NotSignedIn(
            f"this needs a token with the right {right!r}; nothing was sent.",
            hint="Make one with: openpower run --new-token NAME",
        )
    raise NotAllowed(
        f"the token {found.name!r} has not the right {right!r}; nothing was sent.",
        hint=f'Give it rights = ["read", "{right}"] in [http.tokens.{found.name}].',
    )


class Auth:
    """Finds out who a request comes from.

    Args:
        config: the tokens, and where the hub listens.
        key: what session cookies are signed with; see :func:`session_key`.
        clock: for the end of sessions, and the number of attempts.
    """

    def __init__(self, config: HTTPConfig, *, key: bytes, clock: Clock) -> None:
        self._tokens = dict(config.tokens)
        self._key = key
        self._clock = clock
        self._attempts = Buckets(clock, burst=10, per_s=0.1)

    def caller(self, request: HTTPConnection) -> Caller:
        """Who a request comes from.

        Raises:
            NotSignedIn: it has a token that is not known. A session that has ended is none.
            RateLimited: too many wrong tokens came from there.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer":
                raise NotSignedIn("the header Authorization is not of the form: Bearer TOKEN.")
            return self._named(self.name_of(given.strip(), _address(request)), "bearer")
        if (name := self._signed_in(request.cookies.get(COOKIE, ""))) is not None:
            return self._named(name, "cookie")
        return _HERE if is_local(request) else NOBODY

    def name_of(self, token: str, address: str) -> str:
        """The name of a token.

        Args:
            token: what somebody gave.
            address: where it came from: too many wrong ones from one address are refused unseen.

        Raises:
            NotSignedIn: there is no such token.
            RateLimited: too many wrong ones came from that address.
        """
        if wait := self._attempts.wait_s(address):
            raise RateLimited("too many wrong tokens.", retry_after=timedelta(seconds=wait), nothing_sent=True)
        digest = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        # Every token is compared, in constant time, so that the time taken says nothing of any.
        found = [name for name, each in self._tokens.items() if hmac.compare_digest(digest, each.sha256)]
        if not found:
            self._attempts.take(address)
            _log.warning("http: a wrong token came from %s.", address)
            raise NotSignedIn("the token is not known.", hint="Make one with: openpower run --new-token NAME")
        return found[0]

    def sign_in(self, request: HTTPConnection, response: Response, token: str) -> Caller:
        """Give a response the cookie of a new session.

        Raises:
            NotSignedIn: there is no such token.
            RateLimited: too many wrong ones came from that address.
        """
        name = self.name_of(token.strip(), _address(request))
        ends = int((self._clock.now() + SESSION).timestamp())
        value = f"{ends}.{name}"
        response.set_cookie(
            COOKIE,
            f"{value}.{self._signed(value)}",
            max_age=int(SESSION.total_seconds()),
            httponly=True,
            samesite="strict",
            secure="https" in (request.url.scheme, request.headers.get("x-forwarded-proto", "")),
        )
        return self._named(name, "cookie")

    def sign_out(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    def csrf_token(self, request: HTTPConnection) -> str:
        """What the page puts into its forms and requests, so that no other page can send them."""
        return self._mac(f"csrf {request.cookies.get(COOKIE, '')}")

    def check_csrf(self, request: HTTPConnection, given: str | None) -> None:
        """Refuse what another page may have sent; a bearer token, which no browser adds by itself, needs none.

        Raises:
            NotAllowed: it is not what :meth:`csrf_token` gave.
        """
        if caller(request).how == "bearer":
            return
        if not hmac.compare_digest((given or "").encode(), self.csrf_token(request).encode()):
            raise NotAllowed("the request did not come from the hub's own page.", hint="Load the page again.")

    def _named(self, name: str, how: How) -> Caller:
        return Caller(name=name, rights=frozenset(self._tokens[name].rights), how=how)

    def _signed_in(self, cookie: str) -> str | None:
        """The token's name that a session is for; None if it has ended or was not made here."""
        value, _, given = cookie.rpartition(".")
        ends, _, name = value.partition(".")
        if name not in self._tokens or not hmac.compare_digest(given.encode(), self._signed(value).encode()):
            return None
        return name if datetime.fromtimestamp(int(ends), UTC) > self._clock.now() else None

    def _signed(self, value: str) -> str:
        # With the token's hash: a session ends when its token is replaced.
        name = value.partition(".")[2]
        return self._mac(f"session {value} {self._tokens[name].sha256}")

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def auth_of(request: HTTPConnection) -> Auth:
    """What knows tokens and sessions."""
    return request.app.state.auth  # type: ignore[no-any-return]


def csrf_token(request: HTTPConnection) -> str:
    """See :meth:`Auth.csrf_token`."""
    return auth_of(request).csrf_token(request)


def check_csrf(request: HTTPConnection, given: str | None) -> None:
    """See :meth:`Auth.check_csrf`."""
    auth_of(request).check_csrf(request, given)


def session_key(folder: Path) -> bytes:
    """What session cookies are signed with: a file in the state folder that only its user can read.

    Where it cannot be written, sessions last as long as the process.
    """
    path = folder / _KEY_FILE
    fresh = secrets.token_bytes(32)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            found = path.read_bytes()
            if len(found) >= 32:
                return found
            file = os.open(path, os.O_WRONLY | os.O_TRUNC)  # it was cut off while it was written
        with os.fdopen(file, "wb") as stream:
            stream.write(fresh)
    except OSError as error:
        _log.warning("http: %s cannot be kept (%s): who is signed in has to do so again later.", path, error.strerror)
    return fresh


# Addresses and hosts


def check_tokens(config: HTTPConfig) -> None:
    """Refuse a configuration that would show the homes to the network.

    Raises:
        ConfigurationError: others can reach the hub, and there are no tokens.
    """
    if not config.tokens and not is_loopback(config.host):
        raise ConfigurationError(
            f"[http] listens on {config.host}, which others can reach, and there are no tokens.",
            hint='Make one with: openpower run --new-token NAME, or set host = "127.0.0.1".',
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def is_local(request: HTTPConnection) -> bool:
    """Whether a request comes from this machine, and not through a proxy on it."""
    return is_loopback(_address(request)) and not any(name in request.headers for name in _FORWARDED)


def known_host(given: str, names: Collection[str]) -> bool:
    """Whether the header Host names this hub: else a page elsewhere may have its own name point here (DNS rebinding).

    Addresses, names without a dot and names in ``.local`` cannot be those of such a page; others have to be configured.
    """
    try:
        host = (urlsplit(f"//{given}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if host in names or host.endswith(".local"):
        return True
    try:
        ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return True


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a request comes from the hub's own page; who is no browser says nothing."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _address(request: HTTPConnection) -> str:
    return request.client.host if request.client is not None else ""
