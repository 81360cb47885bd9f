"""The service behind the emulator: the order in which a request is checked, and its answer as plain data."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final, TypeGuard, cast

from attrs import frozen

from openpower_alphaess.emulator.codes import Code, Language, text_of
from openpower_alphaess.emulator.endpoints import ENDPOINTS, Call, Endpoint
from openpower_alphaess.emulator.envelope import Refusal, envelope, spring_error
from openpower_alphaess.emulator.journal import SeenRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_alphaess.emulator.account import Account
    from openpower_alphaess.emulator.auth import Gate
    from openpower_alphaess.emulator.journal import Journal
    from openpower_alphaess.emulator.limits import Turnstile
    from openpower_core.provider import Clock

__all__ = ["PREFIX", "Reply", "Service"]

PREFIX: Final = "/api"


@frozen
class Reply:
    """An HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


class Service:
    """One developer account's view of the Open API; answers one request at a time."""

    def __init__(
        self, *, account: Account, gate: Gate, turnstile: Turnstile, journal: Journal, clock: Clock, language: Language
    ) -> None:
        self.account = account
        self.gate = gate
        self.refusals: dict[str, list[Refusal]] = {}
        """Refusals that a test has asked for, by endpoint."""
        self._turnstile = turnstile
        self._journal = journal
        self._clock = clock
        self._language: Language = language
        self._lock = threading.Lock()

    def reply(
        self, method: str, path: str, *, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer one request to ``<prefix>/<endpoint>``."""
        name = path.removeprefix(f"{PREFIX}/")
        with self._lock:
            endpoint = ENDPOINTS.get(name) if path.startswith(f"{PREFIX}/") else None
            params = query if method == "GET" else _parse(body)
            reply = self._reply(endpoint, method, path, headers, params)
            self._journal.add(
                SeenRequest(
                    at=self._clock.now(),
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
        now = self._clock.now()
        if endpoint is None:
            return Reply(404, spring_error(404, "Not Found", path, now))
        if method != endpoint.verb:
            return Reply(405, spring_error(405, "Method Not Allowed", path, now))
        if method == "POST" and "application/json" not in headers.get("content-type", ""):
            return Reply(415, spring_error(415, "Unsupported Media Type", path, now))
        try:
            data = self._answer(endpoint, headers, params)
        except Refusal as refusal:
            return Reply(200, refusal.body(self._language))
        return Reply(200, envelope(Code.SUCCESS, msg=text_of(Code.SUCCESS, self._language), data=data))

    def _answer(self, endpoint: Endpoint, headers: Mapping[str, str], params: Mapping[str, Any] | None) -> Any:
        """Check in the observed order: signature, body's structure and values, binding, entitlement."""
        now = self._clock.now()
        self.gate.check(headers, now)
        self._turnstile.check(endpoint.name, now)
        if params is None:
            raise Refusal(Code.MALFORMED)
        endpoint.check(params)
        call = Call(account=self.account, params=params, now=now)
        if endpoint.about_a_system:
            self._check_system(endpoint, call)
        if self.refusals.get(endpoint.name):
            raise self.refusals[endpoint.name].pop(0)
        data = endpoint.answer(call)
        return _overridden(data, call, endpoint) if endpoint.about_a_system else data

    def _check_system(self, endpoint: Endpoint, call: Call) -> None:
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


_PERIODIC: Final = frozenset({"getTimeChargeBySn", "setTimeChargeBySn"})


def _parse(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a POST; None for anything else."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return None
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None
