"""The connection that applications hold: its devices, discovered once, and the vendor's own API beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar

from openpower_core.connection._async_home import AsyncHome
from openpower_core.errors import RequestError
from openpower_core.waiting import ALock

if TYPE_CHECKING:
    from types import TracebackType

    from openpower_core.connection._async_backend import AsyncBackend
    from openpower_core.devices._async import AsyncDevice

__all__ = ["AsyncConnection"]

Native = TypeVar("Native")


class AsyncConnection(AsyncHome, Generic[Native]):
    """A connection to one account or box of one provider; made by :func:`connect_async`.

    It asks the vendor nothing until it has to. Use it as a context manager, or call :meth:`aclose`.
    """

    def __init__(self, backend: AsyncBackend[Native], *, provider: str) -> None:
        self._backend = backend
        self._provider = provider
        self._lock = ALock()
        self._devices: tuple[AsyncDevice, ...] | None = None
        self._closed = False

    @property
    def provider(self) -> str:
        """The provider's name, such as ``"alphaess"``."""
        return self._provider

    @property
    def native(self) -> Native:
        """The vendor's own API, typed, over the same session and limits."""
        return self._backend.native

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    async def devices(self, *, refresh: bool = False) -> list[AsyncDevice]:
        """Everything that was found; asked once and kept.

        Args:
            refresh: ask the vendor again.
        """
        self._check_open()
        if self._devices is not None and not refresh:
            return list(self._devices)
        before = self._devices
        async with self._lock:
            self._check_open()
            # Whoever waited here while another asked takes that answer.
            if self._devices is None or (refresh and self._devices is before):
                self._devices = tuple(await self._backend.discover())
            return list(self._devices)

    async def aclose(self) -> None:
        """Let go of the vendor; a second call does nothing."""
        if not self._closed:
            self._closed = True
            await self._backend.aclose()

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open"
        return f"<{type(self).__name__} {self._provider} ({state})>"

    def _source(self) -> str:
        return self._provider

    def _check_open(self) -> None:
        if self._closed:
            raise RequestError(
                "the connection is closed.", provider=self._provider, hint="Make a new one with openpower.connect(...)."
            )
