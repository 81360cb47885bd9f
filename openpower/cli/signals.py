"""SIGTERM and SIGHUP as ctrl-C: what is waiting ends as it would for a person at the keyboard."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def stoppable() -> Generator[None]:
    """Raise ``KeyboardInterrupt`` for SIGTERM (a service is stopped) and SIGHUP (a terminal is closed), too.

    A SIGHUP that somebody ignores, as nohup does, stays ignored.
    """

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [number for name in names if signal.getsignal(number := getattr(signal, name)) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
