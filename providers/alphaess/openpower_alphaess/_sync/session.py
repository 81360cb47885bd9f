# Generated from session.py by openpower_testing; do not edit.
"""One AppID's way to the Open API, shared by every client object made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess._values import needed_text
from openpower_alphaess.envelope import EnvelopeCheck
from openpower_alphaess.limits import limiter_of
from openpower_alphaess.pacing import SCHEDULE_LIMITS, SERIALS, target_of
from openpower_alphaess.signing import HeaderSigner
from openpower_core.provider import Clock, HttpClient, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from openpower_core.provider import Answer, NativeGate, Transport

__all__ = ["BASE_URL", "Session"]

BASE_URL: Final = "https://openapi.alphaess.com/api"
"""The only host that takes an AppID; it serves all regions."""
_UNTOLD: Final = (*SERIALS, "code")
"""What guards and audit are not told of a write: who it is for they know, and codes are secret."""


class Session:
    """Signs and sends the calls of one AppID."""

    def __init__(
        self,
        app_id: str | Secret,
        app_secret: str | Secret,
        *,
        base_url: str,
        transport: Transport | None,
        timeout: float,
        clock: Clock,
    ) -> None:
        app, secret = needed_text(app_id, "app_id"), needed_text(app_secret, "app_secret")
        signer = HeaderSigner(app.reveal(), secret)
        self.clock = clock
        self.gate: Callable[[], NativeGate] | None = None
        """What native setters go through; set by the connection that this session belongs to."""
        self.limits = SCHEDULE_LIMITS
        """The budget that they count in."""
        self._http = HttpClient(
            provider="alphaess",
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            sign=signer,
            check=EnvelopeCheck(signer),
            limiter=limiter_of(app.reveal(), base_url, clock),
            clock=clock,
            secrets=(secret,),
        )

    def get(self, call: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read; the endpoint's name is the path."""
        return self._http.request("GET", call, operation=call, params=params)

    def order(self, call: str, params: Mapping[str, Any]) -> None:
        """Ask for something to be done with a GET, once."""
        self._http.request("GET", call, operation=call, params=params, write=True)

    def post(self, call: str, body: Mapping[str, Any]) -> None:
        """Write, once: after a lost answer nothing is repeated."""
        self._http.request("POST", call, operation=call, json=dict(body), write=True)

    def write(self, call: str, body: Mapping[str, Any], method: str) -> None:
        """Write for a native setter, through the connection's gate where there is one."""
        if self.gate is None:
            self.post(call, body)
            return
        arguments = {name: value for name, value in body.items() if name not in _UNTOLD}
        target = target_of(call, body, self.limits)
        self.gate().send(
            target.info, method, arguments, lambda: self.post(call, body), budget=target.budget, limits=target.limits
        )

    @property
    def clock_offset(self) -> timedelta | None:
        """What the vendor's clock was ahead of ours at its last answer."""
        return self._http.clock_offset

    def close(self) -> None:
        """Close its connections."""
        self._http.close()
