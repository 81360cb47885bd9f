"""The emulator as an ASGI app: login hosts and regional gateways on one address, over simulated houses."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import define, frozen

from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret
from openpower_goodwe.cloud import fields_of
from openpower_goodwe.semsplus.client.login import PREFIX, encoded_password, signature
from openpower_goodwe.semsplus.emulator.calls import CALLS, Call, is_slow, is_write
from openpower_goodwe.semsplus.emulator.station import EmulatedStation, Plate, Refusal
from openpower_simulation.emulation import HttpEmulator, Refusals, server_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

_SKEW: Final = timedelta(minutes=10)
_GATEWAY: Final = re.compile(r"(?:/(\w+)-gateway)?(?:/web)?/sems/(.+)")
_LOGIN: Final = f"{PREFIX}/sems-user/api/v1/auth/"


@define(kw_only=True)
class Sessions:
    """The sessions of one account: a new login ends the one before."""

    account: str
    password: Secret
    region: str = "eu"
    life: timedelta = timedelta(hours=5)
    incomplete: bool = False
    """Answer success with an incomplete token."""
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
        right = encoded_password(self.password).reveal()
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
        """Accept a call, or refuse it as the gateways do."""
        token_data = _token(headers)
        uid, token = str(token_data.get("uid", "")), str(token_data.get("token", ""))
        if not uid or not token:
            raise Refusal("100001")
        if region != self.region or token != self._token:
            raise Refusal("C0602")
        self._check_signature(headers, uid, token, now, code="C0602")
        if now >= self._until:
            raise Refusal("100002")

    def expire(self) -> None:
        """Expire the current session."""
        self._until = self._until and self._until - self.life

    def replace(self) -> None:
        """End the session as another login of the account does."""
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
        return fields_of(json.loads(headers.get("token", "")))
    except ValueError:
        return {}


@frozen(kw_only=True)
class Seen:
    """One request that arrived."""

    at: datetime
    method: str
    path: str
    code: str
    writes: bool


class Emulator(HttpEmulator):
    """SEMS+ over simulated houses; an ASGI app, to be served or called in-process.

    Args:
        stations: the stations of the account, or their plates.
        clock: what the service and the houses live by.
        account, password: the account that may sign in.
        region: where the account lives; the login answers that region's gateway.
        redirects: answer the gateway's address on this very server (``/eu-gateway/web/sems``), which the client
            then has to follow, instead of the vendor's own, whose host ``base_url=`` replaces.
        seed: the seed of the houses that are made from plates.
    """

    provider, title, prefix = "goodwe-sems", "GoodWe SEMS+", PREFIX

    def __init__(
        self,
        stations: Iterable[EmulatedStation | Plate] = (Plate(),),
        *,
        clock: Clock = SYSTEM_CLOCK,
        account: str = "someone@example.com",
        password: str | Secret = "an-emulated-password",  # noqa: S107 - it opens nothing real
        region: str = "eu",
        redirects: bool = False,
        seed: int = 1,
    ) -> None:
        super().__init__(clock, {"/{path:path}": self._handle})
        begin = clock.now()
        self.stations = [
            station if isinstance(station, EmulatedStation) else EmulatedStation(station, start=begin, seed=seed)
            for station in stations
        ]
        self.sessions = Sessions(account=account, password=Secret(password), region=region)
        self._redirects = redirects
        self.requests: list[Seen] = []
        """Every request that arrived, for tests that count."""
        self._refusals: Refusals[Refusal] = Refusals()

    @property
    def options(self) -> dict[str, Any]:
        """The account that may sign in."""
        return {"account": self.sessions.account, "password": self.sessions.password.reveal()}

    @property
    def station(self) -> EmulatedStation:
        """The first station."""
        return self.stations[0]

    def refuse(self, call: str, code: str, *, times: int = 1, status: int = 200) -> None:
        """Refuse the next requests whose path ends in ``call`` with a code, such as GY0429."""
        self._refusals.add(call, Refusal(code, status=status), times=times)

    async def _handle(self, request: Request) -> Any:
        path = request.url.path
        if is_write(path):
            quirks = self.station.quirks
            await self.clock.asleep(quirks.ev_delay_s if is_slow(path) else quirks.write_delay_s)
        now, status = self.clock.now(), 200
        try:
            data = self._answer(request, await _body(request), now)
            body: dict[str, Any] = {"code": "00000", "description": "success", "traceId": "0", "data": data}
        except Refusal as refusal:
            status = refusal.status
            words = {"translationCode": "error", "description": "refused.", "errorMsg": "refused."}
            body = {"code": refusal.code, **words, "traceId": "0"}
        self.requests.append(Seen(at=now, method=request.method, path=path, code=body["code"], writes=is_write(path)))
        return self.json(body, status)

    def _answer(self, request: Request, body: dict[str, Any], now: datetime) -> Any:
        path = request.url.path
        refusal = self._refusals.take(path)
        if refusal is not None:
            raise refusal
        if path.startswith(_LOGIN):
            return self._log_in(request, body, now)
        match = _GATEWAY.fullmatch(path)
        if match is None:
            raise Refusal("404", status=404)
        self.sessions.check(request.headers, match[1] or self.sessions.region, now)
        for (verb, pattern), handler in CALLS.items():
            found = re.fullmatch(pattern, match[2]) if verb == request.method else None
            if found is not None:
                name = match[2].rpartition("/")[2]
                params = {**dict(request.query_params), **body, "_name": name}
                return handler(Call(stations=self.stations, params=params, path=found.groups(), now=now))
        raise Refusal("404", status=404)

    def _log_in(self, request: Request, body: dict[str, Any], now: datetime) -> Any:
        if request.url.path.endswith("default-service"):
            return self.sessions.region
        region = self.sessions.region
        gateway = f"https://{region}-gateway.semsportal.com{PREFIX}"
        if self._redirects:
            origin = f"{request.url.scheme}://{request.url.netloc}"
            gateway = f"{origin}/{region}-gateway{PREFIX}"
        return self.sessions.log_in(request.headers, body, gateway, now)


async def _body(request: Request) -> dict[str, Any]:
    content = await request.body()
    if not content:
        return {}
    try:
        body: Any = json.loads(content)
    except ValueError:
        raise Refusal("100004") from None
    return fields_of(body)


serve = server_of(Emulator)
"""Serve an emulator, or a new one with one station."""
