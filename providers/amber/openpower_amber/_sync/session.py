# Generated from session.py by openpower_testing; do not edit.
"""One synchronous session with Amber: the token, the limits of its account, and the connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_amber._pacing import Pacer, patience, shared_limiter
from openpower_amber.errors import TOO_MANY, check
from openpower_core.provider import SYSTEM_CLOCK, Clock, HttpClient, MissingCredential, RateLimiter, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from openpower_amber.ratelimits import RateLimits
    from openpower_core.provider import Answer, Request, Transport

__all__ = ["ANONYMOUS", "BASE_URL", "TOKENS_FROM", "Session"]

BASE_URL: Final = "https://api.amber.com.au/v1"
TOKENS_FROM: Final = "https://app.amber.com.au/developers"
ANONYMOUS: Final = frozenset({"get_current_renewables"})
"""The calls that need no token; they get none."""


class Session:
    """Sends calls, each in its turn; all clients of one account share it or its limits."""

    def __init__(
        self,
        token: str | Secret | None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        transport: Transport | None = None,
        wait: bool | timedelta | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._token = Secret(token) if token else None
        self.clock = clock
        url = (base_url or BASE_URL).rstrip("/")
        limiter = shared_limiter(url, self._token, clock) if self._token else RateLimiter()
        self._pacer = Pacer(limiter, clock, patience=patience(wait, timeout))
        self._http = HttpClient(
            provider="amber",
            base_url=url,
            timeout=timeout,
            transport=transport,
            sign=self._sign,
            check=self._check,
            clock=clock,
            secrets=[self._token] if self._token else [],
        )

    @property
    def ratelimits(self) -> RateLimits | None:
        """What Amber last said about the calls left."""
        return self._pacer.latest

    def get(self, operation: str, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Make one call, in its turn."""
        if self._token is None and operation not in ANONYMOUS:
            raise MissingCredential(
                f"{operation} needs a token, and none was given.",
                provider="amber",
                operation=operation,
                hint=f"Make one at {TOKENS_FROM} and give it as token=.",
            )
        turn = self._pacer.turn(operation)
        while True:
            self._pause(self._pacer.delay(turn))
            answer = self._http.request("GET", path, operation=operation, params=params)
            if answer.status != TOO_MANY:
                return answer
            self._pause(self._pacer.refused(answer, turn))

    @property
    def clock_offset(self) -> timedelta | None:
        """What the vendor's clock was ahead of ours at its last answer."""
        return self._http.clock_offset

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self.clock.sleep(seconds)

    def _sign(self, request: Request, _now: datetime) -> Mapping[str, str]:
        if self._token is None or request.operation in ANONYMOUS:
            return {}
        return {"Authorization": f"Bearer {self._token.reveal()}"}

    def _check(self, answer: Answer, request: Request) -> None:
        self._pacer.learn(answer, request.operation)
        check(answer, request)
