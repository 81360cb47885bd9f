"""The session of one account: logs in when needed, signs every call, and follows the login to its region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core import provider as core
from openpower_goodwe._async_cloud import AsyncLogins
from openpower_goodwe.cloud import hashed, limiter_of
from openpower_goodwe.semsplus.client.answers import LOGIN, SessionEnded, check_envelope
from openpower_goodwe.semsplus.client.login import (
    BROWSER,
    PREFIX,
    Login,
    LoginGuard,
    bootstrap_headers,
    encoded_password,
    login_body,
    login_of,
    login_url,
    signed_headers,
)
from openpower_goodwe.semsplus.control import WRITE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_LOGIN_PATH = "sems-user/api/v1/auth/cross-login"
_USUAL_TIMEOUT = 30.0
_DASHBOARD = "/sems"
"""One service is not below the prefix of all others."""


class AsyncSession:
    """Signs and sends the calls of one account; no request is sent before the first of them."""

    def __init__(
        self,
        account: str,
        password: core.Secret,
        *,
        region: str,
        base_url: str | None,
        allow_http: bool,
        transport: core.AsyncTransport | None,
        timeout: core.Span,
        clock: core.Clock,
    ) -> None:
        self._account = account = core.credential(account, "account", provider="goodwe-sems").reveal()
        self._password = core.credential(password, "password", provider="goodwe-sems")
        if not account or not self._password:
            raise core.MissingCredential(
                "account or password is empty.", provider="goodwe-sems", hint="They are those of the SEMS+ app."
            )
        self.clock = clock
        self.gate: core.AsyncNativeGate | None = None
        """Guards, budget and audit of native writes; set by the connection that this session belongs to."""
        self._china = region == "cn"
        self._base_url = base_url
        self._secrets = [self._password, hashed(self._password), encoded_password(self._password)]
        prefix = login_url(region, base_url)
        self._common: dict[str, Any] = {
            "provider": "goodwe-sems",
            "transport": transport,
            "timeout": timeout,
            "check": check_envelope,
            "limiter": limiter_of("goodwe-sems", account, prefix, clock),
            "clock": clock,
            "allow_http": allow_http,
            "headers": BROWSER,
            "secrets": self._secrets,
            "accounts": [account],
        }
        within = core.seconds(timeout, "timeout")
        # The device may take that long; whoever asks for less than the usual timeout means writes as well.
        self._write_within = max(within, WRITE_TIMEOUT) if within >= _USUAL_TIMEOUT else within
        self._login_client = core.AsyncHttpClient(base_url=prefix, sign=self._sign_login, **self._common)
        self._gateways: dict[str, core.AsyncHttpClient] = {}
        self._guard = LoginGuard()
        self._logins = AsyncLogins(self._log_in, SessionEnded)

    @property
    def region(self) -> str | None:
        """The region that the last login named; None before it."""
        return self._logins.current.region if self._logins.current else None

    async def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, operation: str | None = None
    ) -> core.Answer:
        """Read with GET; the operation is the path's last word unless said."""
        return await self._call("GET", path, operation=operation, params=params)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        params: Mapping[str, Any] | None = None,
        *,
        operation: str | None = None,
        dashboard: bool = False,
    ) -> core.Answer:
        """Read with POST, which is how most of SEMS+ is read."""
        return await self._call("POST", path, operation=operation, params=params, json=dict(body), dashboard=dashboard)

    async def write(
        self, path: str, body: Mapping[str, Any], *, operation: str | None = None, method: str = "POST"
    ) -> core.Answer:
        """Write, once: after a lost answer nothing is repeated."""
        return await self._call(
            method, path, operation=operation, json=dict(body), write=True, timeout=self._write_within
        )

    async def ask_login_host(self, path: str) -> core.Answer:
        """Ask the login host something that needs no session."""
        return await self._login_client.request("GET", path, operation=_last(path))

    @property
    def vendor_time(self) -> core.VendorTime | None:
        """GoodWe's time at its last answer; see :attr:`AsyncHttpClient.vendor_time`."""
        times = (client.vendor_time for client in (self._login_client, *self._gateways.values()))
        return max((seen for seen in times if seen is not None), key=lambda seen: seen.monotonic_s, default=None)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._login_client.aclose()
        for client in self._gateways.values():
            await client.aclose()

    async def _call(
        self, method: str, path: str, *, operation: str | None, dashboard: bool = False, **options: Any
    ) -> core.Answer:
        name = operation or _last(path)
        refused = core.AuthenticationFailed(
            f"{name}: SEMS+ accepts the login and not the session that it gave.",
            provider="goodwe-sems",
            operation=name,
            hint="Another login ends a session, and so does a gateway of another region; leave out region= and base_url=.",
        )
        return await self._logins.call(
            lambda login: self._client(login, dashboard=dashboard).request(method, path, operation=name, **options),
            refused,
        )

    async def _log_in(self) -> Login:
        now = self.clock.monotonic()
        self._guard.check(now)
        body = login_body(self._account, self._password, china=self._china)
        try:
            # A write: repeating it would end the session that a lost answer began.
            answer = await self._login_client.request("POST", _LOGIN_PATH, operation=LOGIN, json=body, write=True)
            login = login_of(answer, base_url=self._base_url, began=now)
        except core.AuthenticationFailed as error:
            self._guard.refused(error, now)
            raise
        self._guard.accepted(now)
        # The HTTP clients scrub what this list holds from every message; it grows by no entry per login.
        self._secrets[3:] = [login.token, login.header]
        return login

    def _client(self, login: Login, *, dashboard: bool) -> core.AsyncHttpClient:
        prefix = login.gateway
        if dashboard and prefix.endswith(PREFIX):
            prefix = prefix.removesuffix(PREFIX) + _DASHBOARD
        client = self._gateways.get(prefix)
        if client is None:
            client = core.AsyncHttpClient(base_url=prefix, sign=self._sign, **self._common)
            self._gateways[prefix] = client
        return client

    def _sign_login(self, request: core.Request, now: datetime) -> Mapping[str, str]:
        del request
        return bootstrap_headers(now, china=self._china)

    def _sign(self, request: core.Request, now: datetime) -> Mapping[str, str]:
        login = self._logins.current
        assert login is not None  # noqa: S101  (nothing is sent to a gateway before a login)
        return signed_headers(login, request, now)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
