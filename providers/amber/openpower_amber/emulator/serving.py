"""The emulator served over real HTTP, with what a client needs to connect to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from openpower_amber.emulator.app import Emulator
from openpower_core.emulation import Served
from openpower_core.emulation import serve as serve_app

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ServedEmulator", "serve"]


def serve(
    emulator: Emulator | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> ServedEmulator:
    """Serve an emulator, or a new one with one active site; port 0 takes a free one.

    with serve() as served:
        connect("amber", **served.options)
    """
    return ServedEmulator(emulator or Emulator(), host=host, port=port)


class ServedEmulator:
    """A running emulator; stopped by :meth:`stop` or the end of its ``with`` block."""

    def __init__(self, emulator: Emulator, *, host: str, port: int) -> None:
        self.emulator = emulator
        self._served: Served = serve_app(emulator, host=host, port=port, own_headers=False)

    @property
    def url(self) -> str:
        """Where it listens, the prefix ``/v1`` included: what ``base_url=`` takes."""
        return f"{self._served.url}/v1"

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``connect("amber", …)`` that reach it; the token is whole."""
        return {"token": self.emulator.token.reveal(), "base_url": self.url}

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
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
