"""What both flavours of the client share: how a request is prepared and signed, and how its end is judged."""

from __future__ import annotations

import json as json_module
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import attrs

from openpower_core.clock import Clock
from openpower_core.errors import (
    BadResponse,
    ClockSkew,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    RateLimited,
    RequestError,
    Timeout,
)
from openpower_core.http._body import ACCEPTED_ENCODINGS, TooLarge, Undecodable
from openpower_core.http._deadline import Deadline
from openpower_core.http._failures import failure_of
from openpower_core.http._masking import mask_url, scrub
from openpower_core.http._messages import Answer, Check, Request, Signer
from openpower_core.http._retries import Backoff, RetryBudget
from openpower_core.http._status import redirected
from openpower_core.http._wires import Outgoing
from openpower_core.http.limits import RateLimiter
from openpower_core.secrets import Secret

__all__ = ["Call", "Door"]

REACH_WITHIN_S = 14.5  # an unreachable host is reported within 15 s, retries included
SAME_OFFSET = timedelta(seconds=2)
_REDIRECTS = range(300, 400)

logger = logging.getLogger("openpower.http")


@attrs.define(kw_only=True, eq=False, repr=False)
class Call:
    """One call of a client, from its first attempt to its last."""

    request: Request
    family: str
    timeout: float
    ends: float  # by the client's clock
    backoff: Backoff
    reach_by: float | None = None  # by the machine's monotonic clock
    began: float = 0.0
    corrected: bool = False


@attrs.define(kw_only=True, eq=False, repr=False)
class Door:
    """The plain half of a client: it holds the settings and decides; it does no I/O."""

    provider: str
    base_url: str
    timeout: float
    sign: Signer | None
    check: Check
    limiter: RateLimiter | None
    clock: Clock
    max_body_bytes: int
    headers: Mapping[str, str]
    secrets: Sequence[Secret]
    budget: RetryBudget = attrs.field(factory=RetryBudget)
    offset: timedelta = timedelta(0)  # what the vendor's clock is ahead of ours
    told: tuple[Answer, datetime] | None = None  # the last answer's head, and when it came
    closed: bool = False
    host: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidValue(
                "base_url is no HTTP address: it does not begin with http:// or https:// and a host.",
                provider=self.provider,
                hint='Give it whole, such as "https://openapi.alphaess.com/api".',
            )
        self.host = parts.hostname
        usual = {"Accept": "application/json", "Accept-Encoding": ACCEPTED_ENCODINGS, "User-Agent": "openpower"}
        self.headers = {**usual, **self.headers}

    def prepare(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        params: Mapping[str, Any] | None,
        json: Any,
        headers: Mapping[str, str] | None,
        write: bool,
        timeout: float | None,
        family: str,
    ) -> Call:
        """Make the call, complete but for its signature."""
        if self.closed:
            raise RequestError(
                f"{operation}: the connection is closed.",
                provider=self.provider,
                operation=operation,
                hint="Make a new one with openpower.connect(...).",
            )
        body = b"" if json is None else _encode(json)
        content_type = {"Content-Type": "application/json"} if body else {}
        request = Request(
            method=method,
            url=f"{self.base_url}/{path.lstrip('/')}",
            params={name: _text(value) for name, value in (params or {}).items() if value is not None},
            json=json,
            body=body,
            headers={**self.headers, **content_type, **(headers or {})},
            operation=operation,
        )
        timeout = self.timeout if timeout is None else timeout
        ends = self.clock.monotonic() + timeout
        backoff = Backoff(self.budget, self.clock, write=write, ends=ends)
        return Call(request=request, family=family, timeout=timeout, ends=ends, backoff=backoff)

    def left(self, call: Call) -> float:
        """Give the seconds that are left of a call."""
        return call.ends - self.clock.monotonic()

    def pace(self, call: Call) -> float:
        """Give the seconds to wait for the account's rate limit; more than the call has left raises."""
        if self.limiter is None:
            return 0.0
        left = self.left(call)
        wait = self.limiter.reserve(self.clock.monotonic(), call.family, at_most=left)
        if wait <= left:
            return wait
        raise RateLimited(
            f"{call.request.operation}: the account's rate limit is used up for {wait:.0f} s.",
            retry_after=timedelta(seconds=wait),
            nothing_sent=True,
            provider=self.provider,
            operation=call.request.operation,
            hint="Nothing was sent; ask less often, or give the call more time with timeout=.",
        )

    def signed(self, call: Call) -> Outgoing:
        """Sign the request at the vendor's time and make it ready to leave."""
        request, headers = call.request, call.request.headers
        if self.sign is not None:
            headers = {**headers, **self.sign(request, self.clock.now() + self.offset)}
        call.began = time.monotonic()
        query = urlencode(request.params, quote_via=quote) if request.params else ""
        url = f"{request.url}?{query}" if query else request.url
        return Outgoing(request.method, url, headers, request.body, self.left(call))

    def deadline(self, call: Call) -> Deadline:
        """Say until when the network may take."""
        now = time.monotonic()
        if call.reach_by is None:
            call.reach_by = now + REACH_WITHIN_S
        return Deadline(now + self.left(call), call.reach_by)

    def no_slot(self, call: Call) -> Timeout:
        """Make the error for a call that waited too long for one of the connections."""
        return Timeout(
            f"{call.request.operation}: no connection came free within {call.timeout:g} s.",
            provider=self.provider,
            operation=call.request.operation,
            nothing_sent=True,
            hint="Make fewer calls at the same time, or give them more time with timeout=.",
        )

    def failure(self, error: Exception, call: Call) -> OpenPowerError:
        """Make our error for an exchange that gave no whole answer."""
        failure = self._failure(error, call.request)
        if not (isinstance(failure, NetworkError) and failure.nothing_sent):
            call.reach_by = None
        self._log(call, type(failure).__name__)
        return failure

    def _failure(self, error: Exception, request: Request) -> OpenPowerError:
        what = f"the answer to {request.operation}"
        context: dict[str, Any] = {"provider": self.provider, "operation": request.operation}
        if isinstance(error, TooLarge):
            hint = "It was cut off; this is not what the vendor's API promises."
            return BadResponse(f"{what} is larger than {self.max_body_bytes} bytes.", hint=hint, **context)
        if isinstance(error, Undecodable):
            return BadResponse(f"{what} is {error}.", hint="Try again later.", **context)
        return failure_of(error, request, provider=self.provider, host=self.host)

    def settle(self, call: Call, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
        """Judge an answer that arrived whole: give it, or raise what is wrong with it."""
        request = call.request
        answer = Answer(
            status=status,
            headers=headers,
            content=content,
            url=request.url,
            provider=self.provider,
            operation=request.operation,
        )
        self._log(call, status)
        call.reach_by = None
        self.told = (attrs.evolve(answer, content=b""), self.clock.now())
        if self.limiter is not None:
            self.limiter.learn(self.clock.monotonic(), headers, call.family)
        try:
            if status in _REDIRECTS:
                raise redirected(answer)
            self.check(answer, request)
        except OpenPowerError as error:
            self._complete(error, answer, call)
            raise
        self.budget.earn()
        return answer

    @property
    def skew(self) -> timedelta | None:
        """What the vendor's clock was ahead of ours at its last answer; None before one that says its time."""
        if self.told is None or (date := self.told[0].date) is None:
            return None
        return date - self.told[1]

    def _complete(self, error: OpenPowerError, answer: Answer, call: Call) -> None:
        """Add what only the client knows, and take out what a vendor should not have echoed."""
        error.provider = error.provider or self.provider
        error.operation = error.operation or call.request.operation
        error.message = scrub(error.message, self.secrets)
        error.vendor_message = error.vendor_message and scrub(error.vendor_message, self.secrets)
        error.args = (error.message,)
        if isinstance(error, ClockSkew) and answer.date:
            # A provider may have measured against the time that was signed, which is mended already.
            error.offset = answer.date - self.clock.now()
        if isinstance(error, RateLimited) and error.retry_after and self.limiter:
            seconds = error.retry_after.total_seconds()
            self.limiter.block(self.clock.monotonic(), seconds, call.family)

    def correct(self, skew: ClockSkew, call: Call) -> bool:
        """Learn the vendor's time from a refused signature; False where that cannot be the reason."""
        if call.corrected or skew.offset is None or abs(skew.offset - self.offset) < SAME_OFFSET:
            return False
        call.corrected = True
        self.offset = skew.offset
        logger.warning(
            "%s: this machine's clock is %.0f s off; signing by the vendor's time from now on",
            self.provider,
            -skew.offset.total_seconds(),
        )
        return True

    def _log(self, call: Call, outcome: object) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            request = call.request
            query = "&".join(f"{name}={value}" for name, value in request.params.items())
            url = scrub(mask_url(f"{request.url}?{query}" if query else request.url), self.secrets)
            milliseconds = (time.monotonic() - call.began) * 1000
            logger.debug("%s %s -> %s in %.0f ms", request.method, url, outcome, milliseconds)


def _encode(value: Any) -> bytes:
    return json_module.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
