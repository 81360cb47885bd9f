"""The asynchronous HTTP client that providers talk to their vendor with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from openpower_core._async_closing import AsyncClosing
from openpower_core._error import without_frames
from openpower_core.errors import ClockSkew, TemporaryError
from openpower_core.http.call import Answer, AsyncTransport
from openpower_core.http.client import BaseClient, Call, log_no_retries


class AsyncHttpClient(BaseClient[AsyncTransport], AsyncClosing):
    """Signs, sends, and turns every failure into one of openpower's errors; see :class:`~openpower_core.http.client.BaseClient` for the options."""

    _shared: Any = None  # the module of the shared transports, loaded with httpx by the first call

    _sends = AsyncTransport.handle_async_request.__name__

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
            path: the part after ``base_url``, already quoted.
            operation: the name of the call in errors.
            params: the query; values that are None are omitted.
            json: the body, if any.
            headers: additional headers.
            write: whether the call changes anything; a write is never repeated once it may have been sent.
            timeout: seconds for the whole call, overriding the client's.
            family: the rate limit that it counts against.

        Raises:
            OpenPowerError: the subclass for whatever went wrong.
        """
        if self._shared is None:
            # Imported by the first call rather than by connect(), and before the deadline starts.
            from openpower_core.http import _async_transport

            self._shared = _async_transport
        given = {"params": params, "json": json, "headers": headers}
        call = self._begin(method, path, operation, write=write, timeout=timeout, family=family, **given)
        try:
            return await self._attempt(call)
        except TemporaryError as error:
            first = [error]
        # Only now, since it would add 16 % to every cold start; it is handed what the first attempt raised.
        import stamina

        log_no_retries()

        @stamina.retry(on=partial(self._backoff, call), attempts=None, timeout=None)
        async def attempt() -> Answer:
            if first:
                raise first.pop()
            return await self._attempt(call)

        return await attempt()

    async def aclose(self) -> None:
        """Close the connections that no other client uses; further calls raise."""
        self._closed = True
        if self._shared is not None:
            await self._shared.TRANSPORTS.leave(self)

    async def _attempt(self, call: Call) -> Answer:
        """Send once; if the signature is refused because of the clock, sign again and send once more."""
        try:
            return await self._exchange(call)
        except ClockSkew as skew:
            if not self._correct(skew, call):
                raise
        return await self._exchange(call)

    async def _exchange(self, call: Call) -> Answer:
        if wait := self._pace(call):
            await self._clock.asleep(wait)
        try:
            return await self._send(call)
        except Exception as error:  # noqa: BLE001 - nothing but our errors leaves
            failure = self._failure(error, call)
        except BaseException as stop:  # cancelled or interrupted, in the midst of what is being sent
            without_frames(stop)
            raise
        # Raised outside the except block, so that its context does not hold the signed request either.
        raise failure

    async def _send(self, call: Call) -> Answer:
        """Sign, send, receive and check. No frame from here on stays in the traceback of an error: see `_failure`."""
        transport = self._transport or await self._shared.TRANSPORTS.of(self, self._route, write=call.write)
        response = await transport.handle_async_request(self._signed(call))
        try:
            answer = self._answer(response, await self._shared.read(response, self._max_body_bytes), call)
        finally:
            await response.aclose()
        self._settle(answer, call)
        return answer
