"""Signing in to either cloud: one login at a time, and one more where the service no longer accepts the session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from openpower_core.provider import ALock, Answer, AuthenticationFailed, OpenPowerError, without_frames

Login = TypeVar("Login")


class AsyncLogins(Generic[Login]):
    """The session of one account, begun by the first call and renewed once where a call finds it ended.

    Args:
        log_in: begins a session.
        ended: what a call raises where the session is not accepted.
    """

    def __init__(self, log_in: Callable[[], Awaitable[Login]], ended: type[AuthenticationFailed]) -> None:
        self._log_in = log_in
        self._ended = ended
        self._lock = ALock()
        self.current: Login | None = None

    async def call(self, send: Callable[[Login], Awaitable[Answer]], refused: AuthenticationFailed) -> Answer:
        """Send; if the session has ended, log in once and send once more.

        A call that is refused for its session was not carried out, so that holds for writes as well.

        Args:
            send: sends with a session.
            refused: what is raised where the new session is not accepted either.
        """
        login = await self._ready(None)
        try:
            return await send(login)
        except self._ended:
            pass
        login = await self._ready(login)
        try:
            return await send(login)
        except self._ended as error:
            # Unless another call has logged in meanwhile: its session may be a good one.
            if self.current is login:
                self.current = None
            refused.vendor_code, refused.vendor_message = error.vendor_code, error.vendor_message
            raise refused from None

    async def _ready(self, ended: Login | None) -> Login:
        """A session; a new one where there is none, or where this one has ended."""
        login = self.current
        if login is not None and login is not ended:
            return login
        async with self._lock:
            # A call that waited here while another one logged in uses that session.
            if self.current is None or self.current is ended:
                try:
                    self.current = await self._log_in()
                except OpenPowerError as error:
                    # The frames that read the response hold the token.
                    raise without_frames(error)  # noqa: B904
            return self.current
