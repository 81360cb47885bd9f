# Generated from writing.py by openpower_testing; do not edit.
"""The connection's writer, made when somebody writes: programs that only read do not pay for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_core.provider import Context, NativeGate, Writer

__all__ = ["Writing"]


class Writing:
    """Holds the one writer of a connection."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._writer: Writer | None = None
        self.remembers = context.state_dir is not None or context.store is not None
        """Whether an earlier process may have left something to release; then devices show their documents at once."""

    def writer(self) -> Writer:
        """The writer."""
        if self._writer is None:
            from openpower_core.provider import Writer

            self._writer = Writer.over(self._context)
        return self._writer

    def gate(self) -> NativeGate:
        """What native setters go through."""
        return self.writer().native

    def close(self) -> None:
        """Let go of it."""
        if self._writer is not None:
            self._writer.close()
