"""The total deadline of a call, kept where bytes move: every connect, read and write gets only what is left.

httpx's read time-out begins anew with every byte, so a server that drips holds a call for ever. Here the
network streams know when the call under way has to end, by a context variable that holds in threads and tasks alike.
"""

from __future__ import annotations

import socket
import threading
import time
from contextvars import ContextVar
from typing import NamedTuple

__all__ = ["CONNECT_WITHIN_S", "DEADLINE", "Deadline", "look_up", "time_left", "time_to_connect"]

CONNECT_WITHIN_S = 5.0  # one attempt to reach a host


class Deadline(NamedTuple):
    """When a call has to end, and until when its host has to be reached (``time.monotonic()``)."""

    ends: float
    reach_by: float

    def left(self) -> float:
        """Seconds that are left for reading and writing."""
        return self.ends - time.monotonic()

    def left_to_connect(self) -> float:
        """Seconds that are left for reaching the host in this attempt."""
        return min(self.ends, self.reach_by) - time.monotonic()


DEADLINE: ContextVar[Deadline | None] = ContextVar("DEADLINE", default=None)


def time_left(timeout: float | None = None) -> float | None:
    """Give the seconds that the call under way has left, at most ``timeout``; none left raises TimeoutError."""
    deadline = DEADLINE.get()
    if deadline is None:
        return timeout
    left = deadline.left()
    if left <= 0:
        raise TimeoutError("the call's deadline has passed")
    return left if timeout is None else min(left, timeout)


def time_to_connect(timeout: float | None = None) -> float:
    """Give the seconds that this attempt to reach the host has left; none left raises TimeoutError."""
    deadline = DEADLINE.get()
    limits = [CONNECT_WITHIN_S, CONNECT_WITHIN_S if timeout is None else timeout]
    if deadline is not None:
        limits.append(deadline.left_to_connect())
    if min(limits) <= 0:
        raise TimeoutError("no time is left to connect")
    return min(limits)


def look_up(host: str, port: int, seconds: float) -> list[str]:
    """Find the addresses of a host in bounded time; the resolver itself may take half a minute."""
    if _is_address(host):
        return [host]
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except OSError as error:
            failed.append(error)

    asking = threading.Thread(target=ask, name="openpower-lookup", daemon=True)
    asking.start()
    asking.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError("looking up the host's address took too long")
    return found


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return True
    return False
