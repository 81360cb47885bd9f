"""The connection's writer, made when somebody writes: programs that only read do not pay for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_core.provider import AsyncNativeGate, AsyncWriter, Context

__all__ = ["AsyncWriting"]


class AsyncWriting:
    """Holds the one writer of a connection."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._writer: AsyncWriter | None = None
        self.remembers = context.state_dir is not None or context.store is not None
        """Whether an earlier process may have left something to release; then devices show their documents at once."""

    def writer(self) -> AsyncWriter:
        """The writer."""
        if self._writer is None:
            from openpower_core.provider import AsyncWriter

            self._writer = AsyncWriter.over(self._context)
        return self._writer

    def gate(self) -> AsyncNativeGate:
        """What native setters go through."""
        return self.writer().native

    async def aclose(self) -> None:
        """Let go of it."""
        if self._writer is not None:
            await self._writer.aclose()
