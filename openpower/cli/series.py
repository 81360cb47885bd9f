"""Ranges of days, asked for in parts, of which some may fail."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from cyclopts import Parameter

from openpower import DataError, Failure, InvalidValue, TemporaryError
from openpower.cli.arguments import day_start, local
from openpower.cli.home import INCOMPLETE, failure_text
from openpower.cli.output import busy, print_error

T = TypeVar("T")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Days:
    """A range of days, on the home's clock."""

    start: Annotated[str | None, Parameter(name="--from")] = None
    """the first day, such as 2026-08-01 (default: yesterday; of usage, which is published late, week-ago)."""
    end: Annotated[str, Parameter(name="--to")] = "today"
    """the day after the last one (default: today)."""

    def range(self, tz: str | None, *, usual: str = "yesterday") -> tuple[datetime, datetime]:
        """Its ends.

        Raises:
            InvalidValue: it is empty, or an end of it is not a day.
        """
        now = datetime.now(UTC)
        start, end = day_start(self.start or usual, tz, now=now), day_start(self.end, tz, now=now)
        if end <= start:
            raise InvalidValue("the range is empty: --to must be later than --from.")
        return start, end

    def pieces(
        self, work: str, tz: str | None, *, step: timedelta, usual: str = "yesterday"
    ) -> Iterator[tuple[datetime, datetime]]:
        """Cut the range into pieces of ``step``, with a progress bar on a terminal's standard error.

        Raises:
            InvalidValue: the range is empty, or an end of it is not a day.
        """
        start, end = self.range(tz, usual=usual)
        pieces: list[tuple[datetime, datetime]] = []
        while start < end:
            pieces.append((start, min(start + step, end)))
            start += step
        if len(pieces) == 1 or not sys.stderr.isatty():
            yield from pieces
            return
        from rich.console import Console
        from rich.progress import track

        busy.end()
        yield from track(pieces, description=work, console=Console(stderr=True), transient=True)


DAYS = Days()


def in_parts(
    devices: Sequence[Any],
    pieces: Iterable[tuple[datetime, datetime]],
    ask: Callable[[Any, datetime, datetime], Iterable[T]],
) -> tuple[list[T], list[Failure]]:
    """What the devices give for all pieces of a range, and which pieces of which device could not be had.

    Raises:
        OpenPowerError: nothing came.
    """
    found: list[T] = []
    lost: list[Failure] = []
    asked = 0
    for start, end in pieces:
        for device in devices:
            asked += 1
            try:
                found += ask(device, start, end)
            except (TemporaryError, DataError) as error:
                part = _part(start, end, device.info.tz)
                lost.append(Failure(provider=device.info.provider, part=part, device=device.info, error=error))
    if lost and len(lost) == asked:
        raise lost[0].error
    return found, lost


def _part(start: datetime, end: datetime, tz: str | None) -> str:
    first, last = (local(at, tz).date() for at in (start, end - timedelta(microseconds=1)))
    return f"on {first}" if first == last else f"from {first} to {last}"


def incomplete(failures: Iterable[Failure], *, quiet: bool) -> int:
    """Say what is missing, and that something is."""
    code = 0
    for failure in failures:
        code = INCOMPLETE
        if not quiet:
            print_error(f"note: {failure_text(failure)}")
    return code
