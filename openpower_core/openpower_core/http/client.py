"""What both flavours of the client share: building and signing requests, checking answers, and when a
failed call is tried again. No I/O."""

from __future__ import annotations

import json as json_module
import logging
import math
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import quote, urlencode

import attrs

from openpower_core import errors
from openpower_core._error import without_frames
from openpower_core.checks import Span, flag, seconds, text, with_method
from openpower_core.clock import SYSTEM_CLOCK, Clock, VendorTime
from openpower_core.http.call import Answer, Check, Headers, Request, Signer, check_status, failure_of, http_date
from openpower_core.http.network import timeouts
from openpower_core.http.route import Route, check_address
from openpower_core.secrets import Secret, mask_text, mask_url, scrub

if TYPE_CHECKING:
    import httpx

    from openpower_core.connection.context import Context
    from openpower_core.limits import RateLimiter

TransportT = TypeVar("TransportT")
SAME_OFFSET = timedelta(seconds=2)
HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "openpower"}

logger = logging.getLogger("openpower.http")


@cache
def log_no_retries() -> None:
    """Leave our retries out of stamina's hooks, which warn of each; the application's own stay in them.

    An outage is one line when it begins and one when it is over, not one per attempt.
    """
    from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

    set_on_retry_hooks([partial(_unless_openpowers, hook) for hook in get_on_retry_hooks()])


def _unless_openpowers(hook: Callable[[Any], Any], details: Any) -> Any:
    return None if details.name.startswith("openpower_core.") else hook(details)


ATTEMPTS = 3
FIRST_WAIT_S = 0.5
# Keep many failing calls from becoming three times as many: a retry costs ten times what a success earns.
MOST_RETRIES = 10.0
EARNED = 0.1
LONG_SECRET = 16

LONGEST_WAIT_S = 60.0
"""The most that a ``Retry-After`` makes openpower wait; whoever waits longer should decide that, by the error."""


@attrs.define(kw_only=True, eq=False, repr=False)
class Call:
    """One call, from its first attempt to its last."""

    request: Request
    family: str
    write: bool
    ends: float  # by the client's clock
    ends_here: float  # by this machine's, since any other may stand still while a server is slow
    began: float = 0.0
    corrected: bool = False  # whether it was signed anew by the vendor's time
    wait: float = 0.0  # before the next attempt
    failures: int = 0

    def may_be_repeated(self, error: Exception) -> bool:
        """Whether another attempt may help and cannot carry anything out twice."""
        if not isinstance(error, errors.TemporaryError) or isinstance(error, errors.DeviceOffline):
            return False
        if isinstance(error, errors.RateLimited) and self.backoff(error) > LONGEST_WAIT_S:
            return False
        return self.failures < ATTEMPTS and error.soon and (error.nothing_sent or not self.write)

    def left(self, clock: Clock) -> float:
        """Return the seconds that it may still take."""
        return min(self.ends - clock.monotonic(), self.ends_here - time.monotonic())

    def backoff(self, error: Exception) -> float:
        """Return the seconds to wait before the next attempt."""
        if isinstance(error, errors.RateLimited) and error.retry_after is not None:
            return error.retry_after.total_seconds()
        return FIRST_WAIT_S * 2.0 ** (self.failures - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - spreading, not secrecy


class BaseClient(Generic[TransportT]):
    """The settings of a client and the decisions it takes.

    Args:
        provider: the provider's name, for messages.
        base_url: the prefix of every path, ``/api`` or ``/v1`` included.
        timeout: how long a whole call may take, including waits and retries (a timedelta, or seconds).
        transport: used instead of the connections that all clients of the process share.
        sign: returns the headers that sign a request, given the request and the vendor's time.
        check: raises if the answer is an error; the default goes by the HTTP status.
        limiter: the rate limits of the account (:meth:`RateLimiter.shared`).
        clock: the clock to use for waiting and for signatures.
        max_body_bytes: the limit for a decoded body.
        headers: sent with every request.
        secrets: removed from vendor messages that echo them.
        accounts: names of accounts, removed as well.
        allow_http: whether to send in cleartext to another machine.
        local: whether the vendor's devices are in the home's own network, where cleartext is usual.

    Raises:
        InvalidValue: ``base_url`` is no address, or one that would send credentials in cleartext.
    """

    _sends: ClassVar[str]
    """The method by which a transport of this flavour sends."""

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        timeout: Span = 30.0,
        transport: TransportT | None = None,
        sign: Signer | None = None,
        check: Check = check_status,
        limiter: RateLimiter | None = None,
        clock: Clock = SYSTEM_CLOCK,
        max_body_bytes: int = 10_000_000,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[Secret] = (),
        accounts: Sequence[str] = (),
        allow_http: bool = False,
        local: bool = False,
    ) -> None:
        # First of all, for the repr of a client whose arguments are refused, in a traceback with locals.
        self._provider, self._host = provider, ""
        self._base_url = text(base_url, "base_url").rstrip("/")
        self._timeout, self._clock = seconds(timeout, "timeout"), with_method(clock, "clock", "monotonic")
        if transport is not None:
            with_method(transport, "transport", self._sends)
        self._transport, self._max_body_bytes = transport, max_body_bytes
        self._sign, self._check = sign, check
        self._headers, self._secrets = {**HEADERS, **(headers or {})}, secrets
        self._accounts = accounts
        self._limiter, self._retries = limiter, MOST_RETRIES
        self._offset = timedelta(0)  # what the vendor's clock is ahead of ours
        self._latest: tuple[str, datetime, float] | None = None  # the last Date header, and when it came
        self._date: tuple[str, datetime | None] = ("", None)  # the last one that was parsed
        self._closed = False
        self._host = check_address(
            self._base_url, provider=provider, allow_http=flag(allow_http, "allow_http"), local=local
        )

    @classmethod
    def over(cls, context: Context, base_url: str, **options: Any) -> Self:
        """Create the client of a connection; provider, address, timeout, transport and clock come from the context.

        Args:
            context: what ``connect`` handed to the factory.
            base_url: the vendor's own prefix, unless the user configured another.
            **options: ``sign``, ``check``, ``limiter``, ``headers``, ``secrets``, ``accounts``, ``max_body_bytes``.
        """
        return cls(
            provider=context.provider,
            base_url=context.url(base_url),
            timeout=context.timeout,
            transport=context.transport,
            clock=context.clock,
            allow_http=context.allow_http,
            local=context.local,
            **options,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._provider} at {self._host}>"

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the vendor's clock was ahead of ours at its last answer, to the second; None before the first."""
        seen = self.vendor_time
        return None if seen is None else seen.vendor - seen.machine

    @property
    def vendor_time(self) -> VendorTime | None:
        """The vendor's time at its last answer, and that of the client's clock and of its monotonic clock then; UTC."""
        if (latest := self._latest) is None:
            return None
        if latest[0] != self._date[0]:
            date = http_date(latest[0])
            # A server whose clock was never set is decades off.
            self._date = (latest[0], date if date is not None and 2020 <= date.year <= 2200 else None)
        date = self._date[1]
        return None if date is None else VendorTime(date, *latest[1:])

    @cached_property
    def _route(self) -> Route:
        return Route.to(self._base_url)

    def _begin(
        self, method: str, path: str, operation: str, *, write: bool, timeout: float | None, family: str, **given: Any
    ) -> Call:
        """Build the call, with its unsigned request, from the query, body and headers given."""
        if self._closed:
            words = f"{operation}: the connection is closed."
            raise errors.ConnectionClosed(words, provider=self._provider, operation=operation)
        try:
            request = self._unsigned(method, path, operation, given)
        except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
            words = f"{operation}: the request cannot be sent ({type(error).__name__}: {error})."
            hint = "Check the values given."
            raise errors.InvalidValue(words, hint=hint, provider=self._provider, operation=operation) from None
        within = self._timeout if timeout is None else timeout
        ends, ends_here = self._clock.monotonic() + within, time.monotonic() + within
        return Call(request=request, family=family, write=write, ends=ends, ends_here=ends_here)

    def _unsigned(self, method: str, path: str, operation: str, given: Mapping[str, Any]) -> Request:
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

    def _backoff(self, call: Call, error: Exception) -> float | bool:
        """Return the seconds to wait before the next attempt, or False to give up: the hook that stamina asks."""
        call.failures += 1
        wait = call.backoff(error)
        too_late = wait >= call.left(self._clock)
        if too_late or not call.may_be_repeated(error) or self._retries < 1:
            return False
        self._retries -= 1
        if self._clock is SYSTEM_CLOCK:
            return wait
        # stamina only waits in real time; with any other clock, the next attempt starts by waiting.
        call.wait = wait
        return 0.0

    def _pace(self, call: Call) -> float:
        """Return the seconds to wait before the next attempt; raise if the rate limit leaves too little time."""
        wait, call.wait = call.wait, 0.0
        if self._limiter is None:
            return wait
        now = self._clock.monotonic() + wait
        delay = self._limiter.reserve(now, call.family, at_most=call.ends - now)
        if delay <= call.ends - now:
            return wait + delay
        raise errors.RateLimited(
            f"{call.request.operation}: the account's rate limit is used up for {delay:.0f} s.",
            retry_after=timedelta(seconds=delay),
            nothing_sent=True,
            provider=self._provider,
            operation=call.request.operation,
            hint="Nothing was sent; ask less often, or give the call more time with timeout=.",
        )

    def _signed(self, call: Call) -> httpx.Request:
        """Sign the request by the vendor's clock and convert it to httpx's."""
        import httpx

        request, headers = call.request, call.request.headers
        if self._sign is not None:
            headers = {**headers, **self._sign(request, self._clock.now() + self._offset)}
        for name, value in headers.items():
            # What h11 would refuse, but with the value in its message, which httpcore logs; and what httpx cannot encode.
            if not value.isprintable() or not value.isascii() or value != value.strip():
                what = f"its header {name} contains line ends, control characters or letters other than ASCII's"
                words = f"{request.operation}: the request cannot be sent, since {what}."
                raise errors.InvalidValue(words, hint="Check the credentials given.")
        call.began = time.monotonic()
        return httpx.Request(
            request.method,
            _url(request),
            headers=headers,
            content=request.body or None,
            extensions={"timeout": timeouts(call.left(self._clock)), "limit": self._max_body_bytes},
        )

    def _failure(self, error: Exception, call: Call) -> errors.OpenPowerError:
        """Convert whatever interrupted the exchange into one of our errors, whose traceback shows nothing of it."""
        if not isinstance(error, errors.OpenPowerError):
            error = failure_of(error, call.request, provider=self._provider, host=self._host, transport=self._transport)
            self._log(call, type(error).__name__)
        error.provider = error.provider or self._provider
        error.operation = error.operation or call.request.operation
        return without_frames(error)

    def _answer(self, response: httpx.Response, content: bytes, call: Call) -> Answer:
        return Answer(
            status=response.status_code,
            headers=Headers(response.headers.raw),
            content=content,
            url=call.request.url,
            provider=self._provider,
            operation=call.request.operation,
            scrub=self._scrub,
        )

    def _settle(self, answer: Answer, call: Call) -> None:
        """Check a complete answer; raise the error that it is."""
        request = call.request
        self._log(call, answer.status)
        try:
            if self._limiter is not None:
                self._limiter.learn(self._clock.monotonic(), answer.headers, call.family)
            # No redirect is followed, whatever the check says: a signed request must stay with its host.
            (check_status if 300 <= answer.status < 400 else self._check)(answer, request)
        except errors.OpenPowerError as error:
            if isinstance(error, errors.ClockSkew):
                self._note_time(answer)
            self._complete(error, answer, call)
            raise
        except Exception as error:
            raise answer.bad(f"not understood ({type(error).__name__})") from error
        self._note_time(answer)
        # No lock: a forked child could inherit it locked, and one retry more or less does no harm.
        self._retries = min(MOST_RETRIES, self._retries + EARNED)

    def _note_time(self, answer: Answer) -> None:
        """Note the vendor's time by an answer that is its own: an error page may come from anywhere, and a cache's has the time of its making."""
        if "age" not in answer.headers:
            self._latest = (answer.headers.get("date", ""), self._clock.now(), self._clock.monotonic())

    def _complete(self, error: errors.OpenPowerError, answer: Answer, call: Call) -> None:
        """Fill in what only the client knows, and remove secrets that the vendor echoed."""
        if error.vendor_message:
            # Checks that quote it by Answer.quoted have nothing left to replace here.
            raw, error.vendor_message = error.vendor_message, answer.quoted(error.vendor_message)
            quoted = rf"(?<!\w){re.escape(raw)}(?!\w)"
            error.message = re.sub(quoted, lambda _: error.vendor_message or "…", error.message)
        for secret in self._secrets:
            # A check that quotes without saying so: so long a word is none of ours.
            if len(secret.reveal()) >= LONG_SECRET:
                error.message = error.message.replace(secret.reveal(), "…")
        error.message = mask_text(error.message)
        error.args = (error.message,)
        if isinstance(error, errors.ClockSkew) and answer.date:
            # A provider may have measured against the time that was signed, which is corrected already.
            error.offset = answer.date - self._clock.now()
        if isinstance(error, errors.RateLimited) and error.retry_after and self._limiter:
            # A documented pause of the vendor's is kept in full; a header may hold anything.
            longest = LONGEST_WAIT_S if "retry-after" in answer.headers else math.inf
            seconds = min(error.retry_after.total_seconds(), longest)
            self._limiter.block(self._clock.monotonic(), seconds, call.family)

    def _scrub(self, text: str) -> str:
        return scrub(text, self._secrets, self._accounts)

    def _correct(self, skew: errors.ClockSkew, call: Call) -> bool:
        """Adopt the vendor's clock after a refused signature; False if the clock cannot be the reason."""
        if call.corrected or skew.offset is None or abs(skew.offset - self._offset) < SAME_OFFSET:
            return False
        # A clock that was never set is decades behind, but no vendor lives in the year 1 or 9999.
        if not 2020 <= (self._clock.now() + skew.offset).year <= 2200:
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
            url = self._scrub(mask_url(f"{request.url}?{query}" if query else request.url))
            milliseconds = (time.monotonic() - call.began) * 1000
            logger.debug("%s %s -> %s in %.0f ms", request.method, url, outcome, milliseconds)


def _url(request: Request) -> httpx.URL:
    query = urlencode(request.params, quote_via=quote)
    return _parsed(f"{request.url}?{query}" if query else request.url)


@lru_cache(maxsize=1000)
def _parsed(url: str) -> httpx.URL:
    """Parse a URL once: it takes httpx a tenth of a call, and polling repeats the same few."""
    import httpx

    return httpx.URL(url)


def _encode(value: Any) -> bytes:
    text = json_module.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_revealed)
    return text.encode()


def _revealed(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} is not JSON")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
