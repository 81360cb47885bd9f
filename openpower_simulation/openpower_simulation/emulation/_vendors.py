"""A vendor's emulator served over real HTTP, with what a client needs to connect to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from openpower_simulation.emulation._server import Served

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Emulator", "EmulatorT", "ServedEmulator"]


class Emulator(Protocol):
    """What a vendor's emulator is: an ASGI app that knows its prefix and how to connect to it."""

    @property
    def provider(self) -> str:
        """The provider that connects to it, such as ``"alphaess"``."""
        ...

    @property
    def title(self) -> str:
        """The vendor's name as people write it."""
        ...

    @property
    def prefix(self) -> str:
        """What the vendor's paths begin with, such as ``/api``."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """Credentials and options that ``connect`` needs besides ``base_url``; secrets are whole."""
        ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request (ASGI)."""
        ...


EmulatorT = TypeVar("EmulatorT", bound=Emulator)


class ServedEmulator(Generic[EmulatorT]):
    """A running emulator; stopped by :meth:`stop` or the end of its ``with`` block.

    with ServedEmulator(emulator) as served:
        connect("alphaess", **served.options)
    """

    def __init__(self, emulator: EmulatorT, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.emulator = emulator
        # The emulator sends its own Date: that of the clock it lives by.
        self._served = Served(emulator, host=host, port=port, own_headers=False)

    @property
    def url(self) -> str:
        """Where it listens, the vendor's prefix included: what ``base_url=`` takes."""
        return f"{self._served.url}{self.emulator.prefix}"

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``connect`` that reach it; secrets are whole."""
        return {**self.emulator.options, "base_url": self.url}

    @property
    def connect_line(self) -> str:
        """A line of Python that connects to it."""
        settings = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f'openpower.connect("{self.emulator.provider}", {settings})'

    def start(self) -> Self:
        """Start it and return once it listens."""
        self._served.start()
        return self

    def stop(self) -> None:
        """Stop it."""
        self._served.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
