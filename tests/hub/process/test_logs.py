"""The log of the hub: what vendors and tracebacks say comes out without serial numbers."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from openpower_hub.logs import log_to


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, in place of what the tests log with."""
    loggers = [logging.getLogger(), logging.getLogger("openpower")]
    before = [(each, each.handlers[:], each.level) for each in loggers]
    stream = io.StringIO()
    log_to(stream)
    yield stream
    for each, handlers, level in before:
        each.handlers[:] = handlers
        each.setLevel(level)


def test_no_serial_numbers(log: io.StringIO) -> None:
    """Neither in a message nor in the traceback of a provider's mistake; keys, times and addresses stay readable."""
    logger = logging.getLogger("openpower.hub")
    try:
        dict[str, int]()["figures of AL2002321010043"]
    except KeyError:
        logger.exception(
            "9015KETU224W0123 of alphaess_12345678_battery at 192.168.101.120:8484 since 2026-11-28T15:48:12Z"
        )
    written = log.getvalue()

    assert "AL2002321010043" not in written
    assert "9015KETU224W0123" not in written
    assert "AL…0043" in written
    assert "90…0123 of alphaess_12345678_battery at 192.168.101.120:8484 since 2026-11-28T15:48:12Z" in written
