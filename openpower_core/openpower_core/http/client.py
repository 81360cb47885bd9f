"""What both flavours of the client share: building and signing requests, checking answers, and when a
failed call is tried again. No I/O."""

from __future__ import annotations

import json as json_module
import logging
import random
import time
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import attrs

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.errors import (
    BadResponse,
    ClockSkew,
    DeviceOffline,
    InvalidValue,
    OpenPowerError,
    RateLimited,
    RequestError,
    TemporaryError,
)
from openpower_core.http.call import (
    ACCEPTED_ENCODINGS,
    Answer,
    Check,
    Request,
    Signer,
    TooLarge,
    Undecodable,
    check_status,
    failure_of,
    http_date,
    refuse_redirect,
    unsendable,
)
from openpower_core.http.masking import mask_url, scrub
from openpower_core.http.network import timeouts
from openpower_core.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from openpower_core.connection.context import Context
    from openpower_core.http.limits import RateLimiter
    from openpower_core.secrets import Secret

TransportT = TypeVar("TransportT")
SAME_OFFSET = timedelta(seconds=2)
HEADERS = {"Accept": "application/json", "Accept-Encoding": ACCEPTED_ENCODINGS, "User-Agent": "openpower"}

SILENT = logging.NullHandler()

logger = logging.getLogger("openpower.http")

ATTEMPTS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0


class RetryBudget:
    """Keeps many failing calls from becoming three times as many: a retry costs ten times what a success earns.

    >>> budget = RetryBudget(2)
    >>> [budget.spend() for _ in range(3)]
    [True, True, False]
    """

    # No lock: a forked child could inherit it locked, and one retry more or less does no harm.

    def __init__(self, size: float = 10.0, earned: float = 0.1) -> None:
        self._size = self._left = size
        self._earned = earned

    def spend(self) -> bool:
        """Use up one retry; False if none is left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def earn(self) -> None:
        """Record a success."""
        self._left = min(self._size, self._left + self._earned)


@attrs.define(kw_only=True, eq=False, repr=False)
class Call:
    """One call, from its first attempt to its last; also the backoff hook that stamina calls after each failure."""

    request: Request
    family: str
    write: bool
    clock: Clock
    ends: float  # by that clock
    budget: RetryBudget
    began: float = 0.0
    corrected: bool = False  # whether it was signed anew by the vendor's time
    wait: float = 0.0  # before the next attempt
    _failures: int = 0

    def __call__(self, error: Exception) -> float | bool:
        """Return the seconds to wait before the next attempt, or False to give up."""
        self._failures += 1
        if not self._may_help(error) or self._failures >= ATTEMPTS:
            return False
        wait = self._backoff(error)
        if wait >= self.ends - self.clock.monotonic() or not self.budget.spend():
            return False
        if self.clock is SYSTEM_CLOCK:
            return wait
        # stamina only waits in real time; with any other clock, the next attempt starts by waiting.
        self.wait = wait
        return 0.0

    def _may_help(self, error: Exception) -> bool:
        """Whether another attempt may help and cannot carry anything out twice."""
        if not isinstance(error, TemporaryError) or isinstance(error, DeviceOffline):
            return False
        return error.soon and (error.nothing_sent or not self.write)

    def _backoff(self, error: Exception) -> float:
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after.total_seconds()
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (self._failures - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreading, not secrecy


class BaseClient(Generic[TransportT]):
    """The settings of a client and the decisions it takes.

    Args:
        provider: the provider's name, for messages.
        base_url: the prefix of every path, ``/api`` or ``/v1`` included.
        timeout: seconds for a whole call, including waits and retries.
        transport: used instead of the connections that all clients of the process share.
        sign: returns the headers that sign a request, given the request and the vendor's time.
        check: raises if the answer is an error; the default goes by the HTTP status.
        limiter: the rate limits of the account (:meth:`RateLimiter.shared`).
        clock: the clock to use for waiting and for signatures.
        max_body_bytes: the limit for a decoded body.
        headers: sent with every request.
        secrets: removed from vendor messages that echo them.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        timeout: float = 30.0,
        transport: TransportT | None = None,
        sign: Signer | None = None,
        check: Check | None = None,
        limiter: RateLimiter | None = None,
        clock: Clock = SYSTEM_CLOCK,
        max_body_bytes: int = 10_000_000,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[Secret] = (),
    ) -> None:
        self._provider, self._base_url = provider, base_url.rstrip("/")
        self._timeout, self._clock = timeout, clock
        self._transport, self._max_body_bytes = transport, max_body_bytes
        self._sign, self._check = sign, check or check_status
        self._headers, self._secrets = {**HEADERS, **(headers or {})}, secrets
        self._limiter, self._budget = limiter, RetryBudget()
        self._offset = timedelta(0)  # what the vendor's clock is ahead of ours
        self._latest: tuple[str, datetime] | None = None  # the last Date header, and when it came
        self._closed = False
        address = urlsplit(self._base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            words = "base_url is not an HTTP address: it must begin with http:// or https:// and a host."
            hint = 'Give it whole, such as "https://openapi.alphaess.com/api".'
            raise InvalidValue(words, provider=provider, hint=hint)
        self._host = address.hostname

    @classmethod
    def over(cls, context: Context, base_url: str, **options: Any) -> Self:
        """Create the client of a connection; provider, address, timeout, transport and clock come from the context.

        Args:
            context: what ``connect`` handed to the factory.
            base_url: the vendor's own prefix, unless the user configured another.
            **options: ``sign``, ``check``, ``limiter``, ``headers``, ``secrets``, ``max_body_bytes``.
        """
        return cls(
            provider=context.provider,
            base_url=context.url(base_url),
            timeout=context.timeout,
            transport=context.transport,
            clock=context.clock,
            **options,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._provider} at {self._host}>"

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the vendor's clock was ahead of ours at its last answer, to the second; None before the first."""
        if self._latest is None or (date := http_date(self._latest[0])) is None:
            return None
        return date - self._latest[1]

    @cached_property
    def _route(self) -> Route:
        return Route.to(self._base_url)

    def _prepare(self, method: str, path: str, operation: str, **given: Any) -> Request:
        """Build the unsigned request from the query, body and headers given."""
        if self._closed:
            hint = "Make a new one with openpower.connect(...)."
            raise RequestError(f"{operation}: the connection is closed.", hint=hint, **self._named(operation))
        params: Mapping[str, Any] = given["params"] or {}
        body = b"" if given["json"] is None else _encode(given["json"])
        content_type = {"Content-Type": "application/json"} if body else {}
        return Request(
            method=method,
            url=f"{self._base_url}/{path.lstrip('/')}",
            params={name: _text(value) for name, value in params.items() if value is not None},
            json=given["json"],
            body=body,
            headers={**self._headers, **content_type, **(given["headers"] or {})},
            operation=operation,
        )

    def _call(self, request: Request, *, write: bool, timeout: float | None, family: str) -> Call:
        ends = self._clock.monotonic() + (self._timeout if timeout is None else timeout)
        return Call(request=request, family=family, write=write, clock=self._clock, ends=ends, budget=self._budget)

    def _named(self, operation: str) -> dict[str, Any]:
        return {"provider": self._provider, "operation": operation}

    def _pace(self, call: Call) -> float:
        """Return the seconds to wait before the next attempt; raise if the rate limit leaves too little time."""
        wait, call.wait = call.wait, 0.0
        if self._limiter is None:
            return wait
        now = self._clock.monotonic() + wait
        delay = self._limiter.reserve(now, call.family, at_most=call.ends - now)
        if delay <= call.ends - now:
            return wait + delay
        operation = call.request.operation
        raise RateLimited(
            f"{operation}: the account's rate limit is used up for {delay:.0f} s.",
            retry_after=timedelta(seconds=delay),
            nothing_sent=True,
            hint="Nothing was sent; ask less often, or give the call more time with timeout=.",
            **self._named(operation),
        )

    def _signed(self, call: Call) -> httpx.Request:
        """Sign the request by the vendor's clock and convert it to httpx's."""
        import httpx

        request, headers = call.request, call.request.headers
        if self._sign is not None:
            headers = {**headers, **self._sign(request, self._clock.now() + self._offset)}
        call.began = time.monotonic()
        try:
            query = urlencode(request.params, quote_via=quote)
            return httpx.Request(
                request.method,
                _url(f"{request.url}?{query}" if query else request.url),
                headers=headers,
                content=request.body or None,
                extensions={"timeout": timeouts(call.ends - self._clock.monotonic())},
            )
        except (ValueError, httpx.InvalidURL) as error:
            failure = unsendable(error, request, provider=self._provider)
        raise failure

    def _failure(self, error: Exception, call: Call) -> OpenPowerError:
        """Convert whatever interrupted the exchange into one of our errors."""
        failure = error if isinstance(error, OpenPowerError) else self._explain(error, call.request)
        self._log(call, type(failure).__name__)
        return failure

    def _explain(self, error: Exception, request: Request) -> OpenPowerError:
        import httpx

        what, named = f"the answer to {request.operation}", self._named(request.operation)
        if isinstance(error, TooLarge):
            hint = "It was cut off; this is not what the vendor's API promises."
            return BadResponse(f"{what} is larger than {self._max_body_bytes} bytes.", hint=hint, **named)
        if isinstance(error, Undecodable):
            return BadResponse(f"{what} is {error}.", hint="Try again later.", **named)
        # Only httpx and httpcore reserve connect errors for connecting. Other transports raise ConnectTimeout even for a
        # POST that was sent in full, so for those it is no proof that nothing was sent.
        trusted = isinstance(self._transport, (httpx.HTTPTransport, httpx.AsyncHTTPTransport, httpx.MockTransport))
        by_httpcore = type(error.__cause__).__module__.partition(".")[0] == "httpcore"
        unsent = self._transport is None or trusted or by_httpcore
        return failure_of(error, request, provider=self._provider, host=self._host, unsent=unsent)

    def _settle(self, call: Call, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
        """Check a complete answer: return it, or raise the error that it is."""
        request = call.request
        named = self._named(request.operation)
        answer = Answer(status=status, headers=headers, content=content, url=request.url, **named)
        self._log(call, status)
        self._latest = (headers.get("date", ""), self._clock.now())
        try:
            if self._limiter is not None:
                self._limiter.learn(self._clock.monotonic(), headers, call.family)
            refuse_redirect(answer)
            self._check(answer, request)
        except OpenPowerError as error:
            self._complete(error, answer, call)
            raise
        except Exception as error:
            raise answer.bad(f"not understood ({type(error).__name__})") from error
        self._budget.earn()
        return answer

    def _complete(self, error: OpenPowerError, answer: Answer, call: Call) -> None:
        """Fill in what only the client knows, and remove secrets that the vendor echoed."""
        error.provider = error.provider or self._provider
        error.operation = error.operation or call.request.operation
        error.message = scrub(error.message, self._secrets)
        error.vendor_message = error.vendor_message and scrub(error.vendor_message, self._secrets)
        error.args = (error.message,)
        if isinstance(error, ClockSkew) and answer.date:
            # A provider may have measured against the time that was signed, which is corrected already.
            error.offset = answer.date - self._clock.now()
        if isinstance(error, RateLimited) and error.retry_after and self._limiter:
            seconds = error.retry_after.total_seconds()
            self._limiter.block(self._clock.monotonic(), seconds, call.family)

    def _correct(self, skew: ClockSkew, call: Call) -> bool:
        """Adopt the vendor's clock after a refused signature; False if the clock cannot be the reason."""
        if call.corrected or skew.offset is None or abs(skew.offset - self._offset) < SAME_OFFSET:
            return False
        call.corrected = True
        self._offset = skew.offset
        words = "%s: this machine's clock is %.0f s off; signing by the vendor's time from now on"
        logger.warning(words, self._provider, -skew.offset.total_seconds())
        return True

    def _log(self, call: Call, outcome: object) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            request = call.request
            query = "&".join(f"{name}={value}" for name, value in request.params.items())
            url = scrub(mask_url(f"{request.url}?{query}" if query else request.url), self._secrets)
            milliseconds = (time.monotonic() - call.began) * 1000
            logger.debug("%s %s -> %s in %.0f ms", request.method, url, outcome, milliseconds)


@lru_cache(maxsize=1000)
def _url(text: str) -> httpx.URL:
    """Parse a URL once: it takes httpx a tenth of a call, and polling repeats the same few."""
    import httpx

    return httpx.URL(text)


def _encode(value: Any) -> bytes:
    return json_module.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
