"""Standard streams that never break the output: closed ones, and terminals that know less than UTF-8."""

from __future__ import annotations

import codecs
import os
import sys
from typing import Final

__all__ = ["can_ask", "fix_streams"]

_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("█▇▆", "#"),
        **dict.fromkeys("▅▄", "+"),
        **dict.fromkeys("▃▂▁", "."),
        "░": ".",
        "━": "=",
        "–": "-",
        "…": "...",
        "°": " ",
    }
)


def fix_streams() -> None:
    """Open what is closed on nothing, and let signs that the terminal lacks become plain ones."""
    codecs.register_error("openpower-plain", _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="openpower-plain")


def can_ask() -> bool:
    """Whether a person can answer a question."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only writing can get here
    text = error.object[error.start : error.end].translate(_PLAIN)
    return text.encode(error.encoding, "replace").decode(error.encoding), error.end
