"""What ends a wait: SIGTERM and SIGHUP as ctrl-C, and a time limit around calls that may take longer."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


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


def started(call: Callable[[], T]) -> Future[T]:
    """A call in a thread that ends with the program, so that nobody has to wait for it: ``started(call).result(seconds)``."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
