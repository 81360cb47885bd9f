# Generated from _async.py by openpower_testing; do not edit.
"""The connection that applications hold: its devices, discovered once, and the vendor's own API beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar

from openpower_core.connection._sync_home import Home
from openpower_core.errors import RequestError
from openpower_core.waiting import Lock

if TYPE_CHECKING:
    from types import TracebackType

    from openpower_core.connection._sync_backend import Backend
    from openpower_core.devices._sync import Device

__all__ = ["Connection"]

Native = TypeVar("Native")


class Connection(Home, Generic[Native]):
    """A connection to one account or box of one provider; made by :func:`connect`.

    It asks the vendor nothing until it has to. Use it as a context manager, or call :meth:`close`.
    """

    def __init__(self, backend: Backend[Native], *, provider: str) -> None:
        self._backend = backend
        self._provider = provider
        self._lock = Lock()
        self._devices: tuple[Device, ...] | None = None
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

    def devices(self, *, refresh: bool = False) -> list[Device]:
        """Everything that was found; asked once and kept.

        Args:
            refresh: ask the vendor again.
        """
        self._check_open()
        if self._devices is not None and not refresh:
            return list(self._devices)
        before = self._devices
        with self._lock:
            self._check_open()
            # Whoever waited here while another asked takes that answer.
            if self._devices is None or (refresh and self._devices is before):
                self._devices = tuple(self._backend.discover())
            return list(self._devices)

    def close(self) -> None:
        """Let go of the vendor; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._backend.close()

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

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
