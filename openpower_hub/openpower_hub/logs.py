"""Log formats of ``openpower run``: brief on a terminal, with journal priorities under systemd, with time and level elsewhere."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from typing import Final, TextIO

from openpower_core.secrets import mask_text
from openpower_core.text import clean

_PRIORITIES: Final = {logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6}
"""As syslog counts them; see sd-daemon(3)."""


def log_to(stream: TextIO) -> None:
    """Log what openpower says, and what others warn of, to a stream; in place of whatever logged before."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(stream))
    root, own = logging.getLogger(), logging.getLogger("openpower")
    root.handlers[:], own.handlers[:] = [handler], []
    root.setLevel(logging.WARNING)
    own.setLevel(logging.INFO)
    own.propagate = True


def in_journal(stream: TextIO) -> bool:
    """Whether a stream goes to systemd's journal, which adds the times itself; see systemd.exec(5)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM", "") == f"{found.st_dev}:{found.st_ino}"


def _formatter(stream: TextIO) -> logging.Formatter:
    if in_journal(stream):
        return _Journal()
    if stream.isatty():
        return _Terminal(datefmt="%H:%M:%S")
    formatter = _Lines("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


_KEYS: Final = re.compile(r"(\b[a-z0-9_]+_[0-9a-f]{8}(?:_[a-z_]+)?\b)")
"""The keys of boxes and devices, which name a serial number by its hash; see :mod:`openpower_hub.names`."""


def _masked(line: str) -> str:
    """A line without serial numbers, which vendors put into their words, and tracebacks show."""
    parts = _KEYS.split(clean(line))
    return "".join(part if place % 2 else mask_text(part) for place, part in enumerate(parts))


class _Lines(logging.Formatter):
    """Formats entries without control characters or complete serial numbers."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(_masked, super().format(record).splitlines()))


class _Terminal(_Lines):
    """The time of day, with the level only for warnings and errors."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the standard library's name)
        level = f"{record.levelname.lower()}: " if record.levelno > logging.INFO else ""
        return f"{self.formatTime(record, self.datefmt)}  {level}{record.message}"


class _Journal(_Lines):
    """The priority prefix that the journal reads from each line."""

    def format(self, record: logging.LogRecord) -> str:
        priority = next((number for level, number in _PRIORITIES.items() if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


def to_stderr() -> None:
    """Log to standard error."""
    log_to(sys.stderr)
