"""Warnings of the library on the screen: each once, in one line, beside the command's own output."""

from __future__ import annotations

import logging
import sys

__all__ = ["show_warnings"]


class _Notices(logging.Handler):
    """Writes each warning once to standard error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split())
        if text not in self._told and sys.stderr is not None:
            self._told.add(text)
            sys.stderr.write(f"openpower: note: {text}\n")


def show_warnings() -> None:
    """Send the library's warnings to the screen; a second call begins anew."""
    logger = logging.getLogger("openpower")
    for handler in [each for each in logger.handlers if isinstance(each, _Notices)]:
        logger.removeHandler(handler)
    logger.addHandler(_Notices())
    logger.propagate = False
