"""The log of the hub: what vendors and tracebacks say comes out without serial numbers."""

from __future__ import annotations

import io
import logging

from openpower_hub import logs


def test_no_serial_numbers() -> None:
    """Neither in a message nor in the traceback of a provider's mistake; keys, times and addresses stay readable."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(logs._formatter(log))
    logger = logging.Logger("openpower.hub")  # of its own, since pytest watches those of the process
    logger.addHandler(handler)
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
