"""What the hub's tasks need beside asyncio: cancellations that were swallowed, and the errors of groups."""

from __future__ import annotations

import asyncio
from typing import Any


def check_cancelled() -> None:
    """Raise a cancellation that something has swallowed: an error while a connection is closed takes its place."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def first_error(error: Any) -> Any:
    """The first error of a group, however deep; an error that is no group is its own."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return error  # pyright: ignore[reportUnknownVariableType]
