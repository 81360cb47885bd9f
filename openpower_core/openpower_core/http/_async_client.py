"""The asynchronous HTTP client that providers talk to their vendor with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.errors import ClockSkew, TemporaryError
from openpower_core.http._body import TooLarge, Undecodable
from openpower_core.http._calls import Door
from openpower_core.http._deadline import DEADLINE
from openpower_core.http._retries import ATTEMPTS
from openpower_core.http._status import check_status
from openpower_core.http._wires import MAX_CONNECTIONS, aopen_wire
from openpower_core.waiting import ASemaphore, atake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from types import TracebackType

    from openpower_core.clock import Clock
    from openpower_core.connection.context import Context
    from openpower_core.http._calls import Call
    from openpower_core.http._httpx import AsyncTransport
    from openpower_core.http._messages import Answer, Check, Signer
    from openpower_core.http.limits import RateLimiter
    from openpower_core.secrets import Secret

__all__ = ["AsyncHttpClient"]


class AsyncHttpClient:
    """Signs, sends, and turns every failure into one of openpower's errors.

    Args:
        provider: the provider's name, for messages.
        base_url: the prefix of every path, ``/api`` or ``/v1`` included.
        timeout: the seconds that a whole call may take, waits and retries included.
        transport: what sends instead of a connection pool of its own.
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
        transport: AsyncTransport | None = None,
        sign: Signer | None = None,
        check: Check | None = None,
        limiter: RateLimiter | None = None,
        clock: Clock = SYSTEM_CLOCK,
        max_body_bytes: int = 10_000_000,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[Secret] = (),
    ) -> None:
        self._door = Door(
            provider=provider,
            base_url=base_url,
            timeout=timeout,
            sign=sign,
            check=check or check_status,
            limiter=limiter,
            clock=clock,
            max_body_bytes=max_body_bytes,
            headers=headers or {},
            secrets=secrets,
        )
        self._wire = aopen_wire(transport, base_url)
        self._failures: tuple[type[Exception], ...] = (*self._wire.failures, TooLarge, Undecodable)
        self._slots = ASemaphore(MAX_CONNECTIONS)

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
        return f"<{type(self).__name__} of {self._door.provider} at {self._door.host}>"

    async def request(
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
        call = self._door.prepare(
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
            return await self._attempt(call)
        except TemporaryError as error:
            if not call.backoff.allows(error):
                raise
            failure = error
        return await self._try_again(call, failure)

    @property
    def clock_offset(self) -> timedelta | None:
        """What the vendor's clock was ahead of ours at its last answer, to a second; None before the first."""
        return self._door.skew

    async def aclose(self) -> None:
        """Close its connections; a call after that raises."""
        self._door.closed = True
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _try_again(self, call: Call, failure: TemporaryError) -> Answer:
        import logging

        import stamina

        # It warns of every retry; where nobody set up logging, that would go to the terminal.
        if not (log := logging.getLogger("stamina")).handlers:
            log.addHandler(logging.NullHandler())
        async for attempt in stamina.retry_context(on=call.backoff, attempts=ATTEMPTS, timeout=None):
            with attempt:
                if attempt.num == 1:
                    raise failure
                if wait := call.backoff.take_wait():
                    await self._door.clock.asleep(wait)
                return await self._attempt(call)
        raise failure

    async def _attempt(self, call: Call) -> Answer:
        """Send once; a signature refused for its time is mended and sent once more."""
        try:
            return await self._exchange(call)
        except ClockSkew as skew:
            if not self._door.correct(skew, call):
                raise
        return await self._exchange(call)

    async def _exchange(self, call: Call) -> Answer:
        door = self._door
        if wait := door.pace(call):
            await door.clock.asleep(wait)
        if not await atake(self._slots, door.left(call)):
            raise door.no_slot(call)
        token = DEADLINE.set(door.deadline(call))
        try:
            answer = await self._wire.exchange(door.signed(call), door.max_body_bytes)
        except self._failures as error:
            failure = door.failure(error, call)
        else:
            return door.settle(call, *answer)
        finally:
            DEADLINE.reset(token)
            self._slots.release()
        # Raised out here, so that not even its context holds the request with its signature.
        raise failure
