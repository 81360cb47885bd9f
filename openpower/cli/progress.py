"""Progress of long work: the range cut into stretches, with a bar on the terminal while they pass."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from openpower_core.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

__all__ = ["stretches"]


def stretches(work: str, start: datetime, end: datetime, *, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Cut ``[start, end)`` into pieces of ``step``; on a terminal a bar on standard error shows how far it is.

    Raises:
        InvalidValue: the range is empty.
    """
    if end <= start:
        raise InvalidValue("the range is empty: --to is not after --from.")
    pieces: list[tuple[datetime, datetime]] = []
    begin = start
    while begin < end:
        pieces.append((begin, min(begin + step, end)))
        begin += step
    if len(pieces) == 1 or not sys.stderr.isatty():
        yield from pieces
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(pieces, description=work, console=Console(stderr=True), transient=True)
