"""Every command that changes something goes this way: plan, show, ask, send, and wait if asked to."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from openpower import RequestError, WriteNotConfirmed, WriteState
from openpower.cli.options import ChangeOptions
from openpower.cli.output import can_ask, print_json, print_lines
from openpower.cli.phrases import outcome, plan_lines
from openpower.cli.tables import print_labelled
from openpower.cli.target import connect_to
from openpower.cli.times import time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from openpower import Receipt


class _Send(Protocol):
    """Called with ``dry_run=True`` it plans, without it sends."""

    def __call__(self, *, dry_run: bool) -> Receipt: ...


@frozen(kw_only=True)
class Change:
    """One change: how to send it, and how to describe it."""

    send: _Send
    request: str
    """What is asked for, such as ``charge the battery to 80 %``."""
    ends: str = ""
    """How it ends where the device keeps the end."""
    afterwards: str = ""
    """What comes back after it."""


def carry_out(name: str | None, options: ChangeOptions, change_of: Callable[[Any, str], Change]) -> int:
    """Connect, plan, show, ask, send, wait; gives the exit code.

    ``change_of`` makes the change out of the device and of what the home is called.
    """
    home, connection = connect_to(name, options, stateful=True)
    with connection:
        device = options.device(connection)
        change = change_of(device, home)
        tz = device.info.tz
        # Planned twice, here and by the send itself: what is shown is never sent without a fresh read.
        plan = change.send(dry_run=True)
        if not options.json:
            lines = plan_lines(plan, request=change.request, ends=change.ends, afterwards=change.afterwards, tz=tz)
            print_labelled(lines)
        if options.dry_run or plan.state is WriteState.UNCHANGED:
            return _report(plan, json=options.json)
        _require_releaser(plan, options, tz)
        if not _agreed(options):
            print_lines(["Nothing was sent."])
            return 1
        receipt = change.send(dry_run=False)
        if options.wait and receipt.state.sent:
            receipt = wait_for(device, receipt, home=home, quiet=options.json)
        return _report(receipt, json=options.json)


def _require_releaser(plan: Receipt, how: ChangeOptions, tz: str | None) -> None:
    """This process ends and takes the connection with it: something else has to release what recurs."""
    if plan.release_due is None or how.wait or how.unattended:
        return
    raise RequestError(
        f"the device does not end it by itself at {time_text(plan.release_due, tz)}, and nothing else will.",
        hint="Add --wait to wait until it is released, or --unattended to accept that it recurs.",
    )


def _agreed(options: ChangeOptions) -> bool:
    if options.yes:
        return True
    if options.json or not can_ask():
        raise RequestError(
            "there is no terminal to ask for confirmation.", hint="Add --yes to send it, or --dry-run to see the plan."
        )
    sys.stdout.write("Send it? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _report(receipt: Receipt, *, json: bool) -> int:
    if receipt.state is WriteState.NOT_APPLIED:
        raise WriteNotConfirmed(
            "it was sent and accepted, but after its settle time the vendor still reports something else.",
            receipt=receipt,
            hint="See what was written with: openpower audit – or send it again.",
        )
    if json:
        from openpower_core.convert import unstructure

        print_json({"receipt": unstructure(receipt)})
    else:
        print_lines([outcome(receipt)])
    return 0


def wait_for(device: Any, receipt: Receipt, *, home: str, quiet: bool) -> Receipt:
    """Stay until it is confirmed and, where that is due, released; ctrl-C says what stays in force."""
    tz = device.info.tz
    try:
        with _spinner("Waiting for confirmation", quiet=quiet):
            seen: Receipt = device.confirm(receipt)
        if seen.release_due is None or seen.state is WriteState.NOT_APPLIED:
            return seen
        if not quiet:
            print_lines([outcome(seen), f"Waiting until {time_text(seen.release_due, tz)} to release it."])
        with _spinner("Releases in", quiet=quiet) as show:
            _sleep_until(seen.release_due, show)
        with _spinner("Releasing", quiet=quiet):
            return _release(device, seen)
    except KeyboardInterrupt:
        due = receipt.release_due
        beyond = f" after {time_text(due, tz)}, because nothing is left to release it" if due else ""
        sys.stderr.write(f"\nThe command stays in force{beyond}. Undo it with: openpower release {home}\n")
        raise


def _sleep_until(due: datetime, show: Callable[[str], None]) -> None:
    while (left := (due - datetime.now(UTC)).total_seconds()) > 0:
        minutes, seconds = divmod(int(left), 60)
        hours, minutes = divmod(minutes, 60)
        show(f"Releases in {hours}:{minutes:02}:{seconds:02} (ctrl-C leaves it as it is)")
        # In short sleeps: a laptop that was suspended wakes up late, and then nothing is left to wait for.
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
