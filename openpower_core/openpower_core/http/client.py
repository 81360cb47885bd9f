"""What both flavours of the client share: how a request is prepared and signed, and how its end is judged. No I/O."""

from __future__ import annotations

import json as json_module
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import attrs
import httpx

from openpower_core.clock import Clock
from openpower_core.errors import BadResponse, ClockSkew, InvalidValue, OpenPowerError, RateLimited, RequestError
from openpower_core.http.call import ACCEPTED_ENCODINGS, Answer, Check, Request, Signer, TooLarge, Undecodable
from openpower_core.http.failures import failure_of, refuse_redirect, unsendable
from openpower_core.http.limits import RateLimiter
from openpower_core.http.masking import mask_url, scrub
from openpower_core.http.network import timeouts
from openpower_core.http.retries import Backoff, RetryBudget
from openpower_core.http.route import Route
from openpower_core.secrets import Secret

SAME_OFFSET = timedelta(seconds=2)
_HTTPX = (httpx.HTTPTransport, httpx.AsyncHTTPTransport, httpx.MockTransport)

logger = logging.getLogger("openpower.http")


@attrs.define(kw_only=True, eq=False, repr=False)
class Call:
    """One call of a client, from its first attempt to its last."""

    request: Request
    family: str
    write: bool
    ends: float  # by the client's clock
    backoff: Backoff
    began: float = 0.0
    corrected: bool = False


@attrs.define(kw_only=True, eq=False, repr=False)
class ClientRules:
    """The settings of a client, and its decisions."""

    provider: str
    base_url: str
    timeout: float
    transport: Any
    sign: Signer | None
    check: Check
    limiter: RateLimiter | None
    clock: Clock
    max_body_bytes: int
    headers: Mapping[str, str]
    secrets: Sequence[Secret]
    budget: RetryBudget = attrs.field(factory=RetryBudget)
    offset: timedelta = timedelta(0)  # what the vendor's clock is ahead of ours
    latest: tuple[Answer, datetime] | None = None  # the last answer's head, and when it came
    closed: bool = False
    route: Route = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        self.route = Route.to(self.base_url)
        if self.route.scheme not in {"http", "https"} or not self.route.host:
            raise InvalidValue(
                "base_url is no HTTP address: it does not begin with http:// or https:// and a host.",
                provider=self.provider,
                hint='Give it whole, such as "https://openapi.alphaess.com/api".',
            )
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
        ends = self.clock.monotonic() + (self.timeout if timeout is None else timeout)
        backoff = Backoff(self.budget, self.clock, write=write, ends=ends)
        return Call(request=request, family=family, write=write, ends=ends, backoff=backoff)

    def pace(self, call: Call) -> float:
        """Give the seconds to wait for the account's rate limit; more than the call has left raises."""
        if self.limiter is None:
            return 0.0
        now = self.clock.monotonic()
        wait = self.limiter.reserve(now, call.family, at_most=call.ends - now)
        if wait <= call.ends - now:
            return wait
        raise RateLimited(
            f"{call.request.operation}: the account's rate limit is used up for {wait:.0f} s.",
            retry_after=timedelta(seconds=wait),
            nothing_sent=True,
            provider=self.provider,
            operation=call.request.operation,
            hint="Nothing was sent; ask less often, or give the call more time with timeout=.",
        )

    def signed(self, call: Call) -> httpx.Request:
        """Sign the request at the vendor's time and make it ready to leave."""
        request, headers = call.request, call.request.headers
        if self.sign is not None:
            headers = {**headers, **self.sign(request, self.clock.now() + self.offset)}
        call.began = time.monotonic()
        query = urlencode(request.params, quote_via=quote) if request.params else ""
        try:
            return httpx.Request(
                request.method,
                f"{request.url}?{query}" if query else request.url,
                headers=headers,
                content=request.body or None,
                extensions={"timeout": timeouts(call.ends - self.clock.monotonic())},
            )
        except (ValueError, httpx.InvalidURL) as error:
            failure = unsendable(error, request, provider=self.provider)
        raise failure

    def failure(self, error: Exception, call: Call) -> OpenPowerError:
        """Make our error for an exchange that gave no whole answer."""
        failure = self._failure(error, call.request)
        self._log(call, type(failure).__name__)
        return failure

    def _failure(self, error: Exception, request: Request) -> OpenPowerError:
        if isinstance(error, OpenPowerError):
            return error
        what = f"the answer to {request.operation}"
        context: dict[str, Any] = {"provider": self.provider, "operation": request.operation}
        if isinstance(error, TooLarge):
            hint = "It was cut off; this is not what the vendor's API promises."
            return BadResponse(f"{what} is larger than {self.max_body_bytes} bytes.", hint=hint, **context)
        if isinstance(error, Undecodable):
            return BadResponse(f"{what} is {error}.", hint="Try again later.", **context)
        # httpx and httpcore say so of connecting only. Others call a POST that was sent whole "ConnectTimeout".
        unsent = self.transport is None or isinstance(self.transport, _HTTPX) or _by_httpcore(error)
        return failure_of(error, request, provider=self.provider, host=self.route.host, unsent=unsent)

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
        self.latest = (attrs.evolve(answer, content=b""), self.clock.now())
        if self.limiter is not None:
            self.limiter.learn(self.clock.monotonic(), headers, call.family)
        try:
            refuse_redirect(answer)
            self.check(answer, request)
        except OpenPowerError as error:
            self._complete(error, answer, call)
            raise
        except Exception as error:
            raise answer.bad(f"not understood ({type(error).__name__})") from error
        self.budget.earn()
        return answer

    @property
    def skew(self) -> timedelta | None:
        """What the vendor's clock was ahead of ours at its last answer; None before one that says its time."""
        if self.latest is None or (date := self.latest[0].date) is None:
            return None
        return date - self.latest[1]

    def _complete(self, error: OpenPowerError, answer: Answer, call: Call) -> None:
        """Add what only the client knows, and take out what a vendor should not have echoed."""
        error.provider = error.provider or self.provider
        error.operation = error.operation or call.request.operation
        error.message = scrub(error.message, self.secrets)
        error.vendor_message = error.vendor_message and scrub(error.vendor_message, self.secrets)
        error.args = (error.message,)
        if isinstance(error, ClockSkew) and answer.date:
            # A provider may have measured against the time that was signed, which is corrected already.
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


def _by_httpcore(error: Exception) -> bool:
    return type(error.__cause__).__module__.partition(".")[0] == "httpcore"


def _encode(value: Any) -> bytes:
    return json_module.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
