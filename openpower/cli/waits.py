"""``--wait``: until a change is seen to hold and, where the vendor keeps no end, until it is released."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openpower.cli.output import print_lines
from openpower.cli.receipts import outcome, time_text
from openpower_core.errors import RequestError
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from openpower_core.writes import Receipt

__all__ = ["wait_for"]


def wait_for(
    device: Any, receipt: Receipt, local: Callable[[datetime], datetime], *, home: str, quiet: bool
) -> Receipt:
    """Stay until it is confirmed and, where that is due, released; ctrl-C says what stands."""
    try:
        with _spinner("Looking whether it holds", quiet=quiet):
            seen: Receipt = device.confirm(receipt)
        if seen.release_due is None or seen.state is WriteState.NOT_APPLIED:
            return seen
        if not quiet:
            due = time_text(seen.release_due, local)
            print_lines([outcome(seen), f"Staying until {due} to release it."])
        with _spinner("Releases in", quiet=quiet) as tell:
            _sleep_until(seen.release_due, tell)
        with _spinner("Releasing", quiet=quiet):
            return _release(device, seen)
    except KeyboardInterrupt:
        sys.stderr.write(
            f"\nWhat was sent stands{_until(receipt, local)}. Put back what was before with: openpower release {home}\n"
        )
        raise


def _until(receipt: Receipt, local: Callable[[datetime], datetime]) -> str:
    if receipt.release_due is None:
        return ""
    return f" beyond {time_text(receipt.release_due, local)}, as nobody is left to release it"


def _sleep_until(due: datetime, tell: Callable[[str], None]) -> None:
    while (left := (due - datetime.now(UTC)).total_seconds()) > 0:
        minutes, seconds = divmod(int(left), 60)
        hours, minutes = divmod(minutes, 60)
        tell(f"Releases in {hours}:{minutes:02}:{seconds:02} (ctrl-C leaves it as it is)")
        time.sleep(min(left, 1.0))


def _release(device: Any, seen: Receipt) -> Receipt:
    try:
        released: Receipt = device.release(confirm="readback")
    except RequestError:
        # The connection releases by itself when it is due, and was faster.
        return seen
    return released


@contextmanager
def _spinner(text: str, *, quiet: bool) -> Generator[Callable[[str], None]]:
    """Show that something goes on, on a terminal's standard error."""
    if quiet or not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.console import Console

    with Console(stderr=True, highlight=False).status(f"{text} …") as status:
        yield status.update
