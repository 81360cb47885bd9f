"""The emulator as an ASGI app: the order in which a request is checked, its answer, and a record of what was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeGuard, cast

from attrs import frozen

from openpower_alphaess.emulator.endpoints import ENDPOINTS, Endpoint
from openpower_alphaess.emulator.envelope import Code, Language, Refusal, envelope, spring_error, text_of
from openpower_alphaess.emulator.gate import Account, Call, Gate, Mail, RateGate, RateLimit
from openpower_alphaess.emulator.nameplate import Nameplate
from openpower_alphaess.emulator.system import EmulatedSystem
from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret
from openpower_simulation.emulation import HttpEmulator, Refusals, server_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


_PERIODIC: Final = frozenset({"getTimeChargeBySn", "setTimeChargeBySn"})


@frozen(kw_only=True)
class SeenRequest:
    """One request, without its headers: they contain the signature."""

    at: datetime
    method: str
    endpoint: str
    """The path below the prefix, such as ``getEssList``."""
    params: Mapping[str, Any]
    """The query of a GET, the body of a POST."""
    writes: bool
    """Whether the endpoint changes something."""
    code: int
    """The code that it was answered with; the HTTP status where the answer had no code."""


class Journal:
    """Every request that reached the emulator, oldest first."""

    def __init__(self) -> None:
        self._seen: list[SeenRequest] = []

    def add(self, seen: SeenRequest) -> None:
        """Take note of a request."""
        self._seen.append(seen)

    def clear(self) -> None:
        """Forget all, to count from here on."""
        self._seen.clear()

    def to(self, endpoint: str) -> list[SeenRequest]:
        """The requests to one endpoint."""
        return [seen for seen in self._seen if seen.endpoint == endpoint]

    @property
    def writes(self) -> list[SeenRequest]:
        """The requests that change something, refused ones included."""
        return [seen for seen in self._seen if seen.writes]

    def __iter__(self) -> Iterator[SeenRequest]:
        return iter(tuple(self._seen))

    def __len__(self) -> int:
        return len(self._seen)

    def __getitem__(self, index: int) -> SeenRequest:
        return self._seen[index]


@frozen
class Reply:
    """An HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


class Emulator(HttpEmulator):
    """The AlphaESS Open API over simulated houses; an ASGI app, to be served or called in-process.

    Args:
        systems: the systems that exist, or their nameplates; one household system by default.
        clock: what the service and the houses live by.
        app_id, app_secret: the developer account that may come in.
        seed: the seed of the houses that are made from nameplates.
        start: when their story begins; now, unless given.
        rate_limit: 6053 beyond it; None for no limit.
        language: of ``msg``.
        documented_skew_code: answer a wrong clock with 6006, as documented, instead of 6009.
    """

    provider = "alphaess"
    title = "AlphaESS"
    prefix = "/api"

    def __init__(
        self,
        systems: Iterable[EmulatedSystem | Nameplate] = (Nameplate(),),
        *,
        clock: Clock = SYSTEM_CLOCK,
        app_id: str = "alpha0000000000000000",
        app_secret: str | Secret = "an-emulated-secret",  # noqa: S107 - it opens nothing real
        seed: int = 1,
        start: datetime | None = None,
        rate_limit: RateLimit | None = None,
        language: Language = "en",
        documented_skew_code: bool = False,
    ) -> None:
        super().__init__(clock, {"/{path:path}": self._handle})
        begin = start or clock.now()
        self.app_id = app_id
        self.app_secret = Secret(app_secret)
        self.account = Account(
            system if isinstance(system, EmulatedSystem) else EmulatedSystem(system, start=begin, seed=seed)
            for system in systems
        )
        self.requests = Journal()
        """Every request that arrived, for tests that count."""
        self.gate = Gate(app_id=app_id, app_secret=self.app_secret, documented_skew_code=documented_skew_code)
        self._rate = RateGate(rate_limit)
        self._refusals: Refusals[Refusal] = Refusals()
        self._language: Language = language
        self._lock = threading.Lock()

    @property
    def options(self) -> dict[str, Any]:
        """The credentials that may come in, whole, and the zone that the API never gives."""
        return {"app_id": self.app_id, "app_secret": self.app_secret.reveal(), "tz": self.system.nameplate.tz}

    @property
    def systems(self) -> list[EmulatedSystem]:
        """The systems that exist, bound or not."""
        return self.account.systems

    @property
    def system(self) -> EmulatedSystem:
        """The first system."""
        return self.account.systems[0]

    @property
    def mailbox(self) -> list[Mail]:
        """The verification codes mailed to owners."""
        return self.account.mailbox

    def refuse(
        self,
        endpoint: str,
        code: int,
        *,
        times: int = 1,
        msg: str | None = None,
        exp_msg: str | None = None,
        applied: bool = False,
    ) -> None:
        """Answer the next requests to an endpoint with a code, such as 10001 from the legacy discharge write.

        Args:
            endpoint: which one, such as ``updateDisChargeConfigInfo``.
            code: the code; an undocumented one as well, such as 500.
            times: how many requests.
            msg: its text, where it is not the usual one.
            exp_msg: ``expMsg``.
            applied: carry the request out all the same, as when the service waited in vain for the inverter's answer.
        """
        self._refusals.add(endpoint, Refusal(code, msg=msg, exp_msg=exp_msg, applied=applied), times=times)

    async def _handle(self, request: Request) -> Response:
        reply = self.reply(
            request.method,
            request.url.path,
            headers=request.headers,
            query=dict(request.query_params),
            body=await request.body(),
        )
        return self.json(reply.body, reply.status, {"Server": "nginx/1.20.1"})

    def reply(
        self, method: str, path: str, *, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer one request to ``<prefix>/<endpoint>``; one at a time."""
        name = path.removeprefix(f"{self.prefix}/")
        with self._lock:
            endpoint = ENDPOINTS.get(name) if path.startswith(f"{self.prefix}/") else None
            params = query if method == "GET" else _parse(body)
            reply = self._reply(endpoint, method, path, headers, params)
            self.requests.add(
                SeenRequest(
                    at=self.clock.now(),
                    method=method,
                    endpoint=name,
                    params=params or {},
                    writes=endpoint is not None and endpoint.writes,
                    code=reply.body.get("code", reply.status),
                )
            )
        return reply

    def _reply(
        self,
        endpoint: Endpoint | None,
        method: str,
        path: str,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None,
    ) -> Reply:
        # The web framework sees to path, verb and media type before anybody looks at the signature.
        now = self.clock.now()
        if endpoint is None:
            return Reply(404, spring_error(404, "Not Found", path, now))
        if method != endpoint.verb:
            return Reply(405, spring_error(405, "Method Not Allowed", path, now))
        if method == "POST" and "application/json" not in headers.get("content-type", ""):
            return Reply(415, spring_error(415, "Unsupported Media Type", path, now))
        try:
            data = self._data(endpoint, headers, params)
        except Refusal as refusal:
            return Reply(200, refusal.body(self._language))
        return Reply(200, envelope(Code.SUCCESS, msg=text_of(Code.SUCCESS, self._language), data=data))

    def _data(self, endpoint: Endpoint, headers: Mapping[str, str], params: Mapping[str, Any] | None) -> Any:
        """Check in the observed order: signature, body's structure and values, binding, entitlement."""
        now = self.clock.now()
        self.gate.check(headers, now)
        self._rate.check(endpoint.name, now)
        if params is None:
            raise Refusal(Code.MALFORMED)
        endpoint.check(params)
        call = Call(account=self.account, params=params, now=now)
        if endpoint.about_a_system:
            _check_system(endpoint, call)
        refusal = self._refusals.take(endpoint.name)
        if refusal is not None and not refusal.applied:
            raise refusal
        data = endpoint.answer(call)
        if refusal is not None:
            raise refusal
        return _overridden(data, call, endpoint) if endpoint.about_a_system else data


def _check_system(endpoint: Endpoint, call: Call) -> None:
    quirks = call.system.quirks
    if endpoint.name in quirks.denied:
        raise Refusal(Code.NOT_ENTITLED)
    if quirks.generation == "legacy" and endpoint.name in _PERIODIC:
        raise Refusal(Code.NOT_ENTITLED)
    if quirks.offline == "refused" and endpoint.telemetry:
        raise Refusal(Code.OFFLINE)


def _overridden(data: Any, call: Call, endpoint: Endpoint) -> Any:
    """The data with the figures that the system's quirks put in their place; a list, in each of its rows."""
    changes = call.account.known(call.params["sysSn"]).quirks.overrides.get(endpoint.name)
    if not changes:
        return data
    if _is_rows(data):
        return [{**row, **changes} for row in data]
    fields: dict[str, Any] = data or {}
    return {**fields, **changes}


def _is_rows(data: Any) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(data, list)


def _parse(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a POST; None for anything else."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return None
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None


serve = server_of(lambda: Emulator([Nameplate(charger_models=("SMILE-EVCT11",))]))
"""Serve an emulator, or a new one: a household system with an EV charger."""
