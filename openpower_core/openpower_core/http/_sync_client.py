# Generated from _async_client.py by openpower_testing; do not edit.
"""The synchronous HTTP client that providers talk to their vendor with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

import httpx

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.errors import ClockSkew, TemporaryError
from openpower_core.http._sync_transport import TRANSPORTS
from openpower_core.http.call import Answer, Body, Check, Signer, TooLarge
from openpower_core.http.client import Call, ClientRules
from openpower_core.http.failures import check_status
from openpower_core.http.retries import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from types import TracebackType

    from openpower_core.connection.context import Context
    from openpower_core.http.limits import RateLimiter
    from openpower_core.secrets import Secret

Transport = httpx.BaseTransport


class HttpClient:
    """Signs, sends, and turns every failure into one of openpower's errors.

    Args:
        provider: the provider's name, for messages.
        base_url: the prefix of every path, ``/api`` or ``/v1`` included.
        timeout: the seconds that a whole call may take, waits and retries included.
        transport: what sends instead of the connections that all clients of the process share.
        sign: gives the headers that sign a request, from the request and the vendor's time.
        check: raises the error of an answer that is none; the default judges by the HTTP status.
        limiter: the rate limits of the account (:meth:`RateLimiter.shared`).
        clock: what tells the time and waits.
        max_body_bytes: how long a decoded body may be.
        headers: sent with every request.
        secrets: taken out of the vendor's words, should it echo them.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        timeout: float = 30.0,
        transport: Transport | None = None,
        sign: Signer | None = None,
        check: Check | None = None,
        limiter: RateLimiter | None = None,
        clock: Clock = SYSTEM_CLOCK,
        max_body_bytes: int = 10_000_000,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[Secret] = (),
    ) -> None:
        self._rules = ClientRules(
            provider=provider,
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            sign=sign,
            check=check or check_status,
            limiter=limiter,
            clock=clock,
            max_body_bytes=max_body_bytes,
            headers=headers or {},
            secrets=secrets,
        )

    @classmethod
    def over(cls, context: Context, base_url: str, **options: Any) -> Self:
        """The client of a connection: provider, address, time-out, transport and clock are the context's.

        Args:
            context: what ``connect`` handed to the factory.
            base_url: the vendor's own prefix, for which the user may have given another.
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
        return f"<{type(self).__name__} of {self._rules.provider} at {self._rules.route.host}>"

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        write: bool = False,
        timeout: float | None = None,
        family: str = "",
    ) -> Answer:
        """Make one call.

        Args:
            method: ``"GET"``, ``"POST"`` …
            path: what follows ``base_url``; quoted already.
            operation: what the call is named in errors.
            params: the query; None values are left out.
            json: the body, if there is one.
            headers: more headers.
            write: whether it changes anything; a write is never repeated once it may have left.
            timeout: seconds for the whole call, instead of the client's.
            family: whose rate limit counts.

        Raises:
            OpenPowerError: whatever went wrong, by its own class.
        """
        call = self._rules.prepare(
            method,
            path,
            operation=operation,
            params=params,
            json=json,
            headers=headers,
            write=write,
            timeout=timeout,
            family=family,
        )
        try:
            return self._attempt(call)
        except TemporaryError as error:
            if not call.backoff.allows(error):
                raise
            failure = error
        return self._try_again(call, failure)

    @property
    def clock_offset(self) -> timedelta | None:
        """What the vendor's clock was ahead of ours at its last answer, to a second; None before the first."""
        return self._rules.skew

    def close(self) -> None:
        """Close the connections that no other client uses; a call after that raises."""
        self._rules.closed = True
        TRANSPORTS.leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _try_again(self, call: Call, failure: TemporaryError) -> Answer:

        import stamina

        # It warns of every retry; where nobody set up logging, that would go to the terminal.
        if not (log := logging.getLogger("stamina")).handlers:
            log.addHandler(logging.NullHandler())
        for attempt in stamina.retry_context(on=call.backoff, attempts=ATTEMPTS, timeout=None):
            with attempt:
                if attempt.num == 1:
                    raise failure
                if wait := call.backoff.take_wait():
                    self._rules.clock.sleep(wait)
                return self._attempt(call)
        raise failure

    def _attempt(self, call: Call) -> Answer:
        """Send once; a signature refused for its time is made anew and sent once more."""
        try:
            return self._exchange(call)
        except ClockSkew as skew:
            if not self._rules.correct(skew, call):
                raise
        return self._exchange(call)

    def _exchange(self, call: Call) -> Answer:
        rules = self._rules
        if wait := rules.pace(call):
            rules.clock.sleep(wait)
        try:
            transport = rules.transport or TRANSPORTS.of(self, rules.route, write=call.write)
            # The request is never a local variable, where a traceback would show its signature.
            response = transport.handle_request(rules.signed(call))
            try:
                content = _read(response, rules.max_body_bytes)
            finally:
                response.close()
        except Exception as error:  # noqa: BLE001 - nothing but our errors leaves
            failure = rules.failure(error, call)
        else:
            return rules.settle(call, response.status_code, response.headers, content)
        # Raised out here, so that not even its context holds the request with its signature.
        raise failure


def _read(response: httpx.Response, limit: int) -> bytes:
    if response.is_stream_consumed:  # a transport that had the answer at hand
        if len(response.content) > limit:
            raise TooLarge
        return response.content
    body = Body(response.headers.get("content-encoding", ""), limit)
    for chunk in response.iter_raw():
        body.add(chunk)
    return body.whole()
