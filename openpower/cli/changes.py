"""The way of every command that changes something: plan, show, ask, send, and wait if asked to."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from attrs import frozen

from openpower import Adjustment, NativeCall, OpenPowerError, Receipt, RequestError, WriteNotConfirmed, WriteState
from openpower.cli import completions
from openpower.cli.arguments import AS_TYPED, connect_to, error_text, in_options, time_text
from openpower.cli.options import BatteryOptions, ChangeOptions, ChargerOptions
from openpower.cli.output import busy, can_ask, print_json, print_labelled, print_lines
from openpower.cli.signals import stoppable
from openpower_core.convert import to_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator


class _Send(Protocol):
    """Plans with ``dry_run=True``; sends without."""

    def __call__(self, *, dry_run: bool) -> Receipt: ...


@frozen(kw_only=True)
class Change:
    """One change: how to send it, and how to describe it."""

    send: _Send
    request: str
    """What is asked for, such as ``charge the battery to 80 %``."""
    ends: str = ""
    """How it ends, if the device keeps the end."""
    afterwards: str = ""
    """What the battery does after it."""


def carry_out(name: str | None, options: ChangeOptions, change_of: Callable[[Any, str], Change]) -> int:
    """Connect, plan, show, ask, send, wait; return the exit code.

    ``change_of`` makes the change from the device and the home's name.
    """
    home, connection = connect_to(name, options, stateful=True, releases=not options.dry_run)
    with connection:
        device = options.device(connection)
        completions.remember(home, connection.devices())
        change = change_of(device, home)
        tz = device.info.tz
        # Planned twice, here and by the send itself: what is shown is never sent without a fresh read.
        plan = change.send(dry_run=True)
        if not options.json:
            print_labelled(_plan_lines(plan, change, tz))
        if options.dry_run or plan.state is WriteState.UNCHANGED:
            return _report(plan, json=options.json)
        _require_releaser(plan, options, device)
        if not agreed(options):
            print_lines(["Nothing was sent."])
            return 1
        busy.begin("sending")
        with stoppable():
            receipt = change.send(dry_run=False)
            if receipt.state.sent and _waits(options):
                receipt = wait_for(device, receipt, home=home, quiet=options.json)
            elif receipt.state.sent and options.confirm:
                receipt = confirmed(device, receipt, quiet=options.json)
        return _report(receipt, json=options.json)


def _waits(options: ChangeOptions) -> bool:
    return isinstance(options, BatteryOptions | ChargerOptions) and options.wait


def _plan_lines(plan: Receipt, change: Change, tz: str | None) -> Iterator[tuple[str, str]]:
    """A plan as labelled lines, times on the home's clock."""
    yield "plan", change.request
    yield "device", plan.device_id
    for adjustment in plan.adjustments:
        yield "adjusted", _adjustment(adjustment, tz)
    if plan.recurs_at is not None:
        yield "recurs", f"{time_text(plan.recurs_at, tz)}, unless released before then: the vendor keeps no end"
    if plan.release_due is not None:
        yield "release", f"due {time_text(plan.release_due, tz)}"
    elif change.ends:
        yield "ends", change.ends
    if change.afterwards:
        yield "then", change.afterwards
    if plan.note:
        yield "note", in_options(plan.note)
    for call in plan.calls:
        yield "sends", _call(call)


def _adjustment(adjustment: Adjustment, tz: str | None) -> str:
    asked, got = (_value(value, tz) for value in (adjustment.asked, adjustment.got))
    return f"{AS_TYPED.get(adjustment.field, adjustment.field)}: asked {asked}, gets {got} ({adjustment.reason})"


def _value(value: Any, tz: str | None) -> str:
    if isinstance(value, datetime):
        return time_text(value, tz)
    return "nothing" if value is None else str(value)


def _call(call: NativeCall) -> str:
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in call.arguments.items())
    return f"{call.method}({arguments})"


def _short(value: Any) -> str:
    """A value, without the parts that are None or empty."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return f"{{{', '.join(f'{key}: {_short(part)}' for key, part in items if part is not None and part != [])}}}"
    if isinstance(value, list):
        parts: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return f"[{', '.join(map(_short, parts))}]"
    return str(value)


def _require_releaser(plan: Receipt, how: ChangeOptions, device: Any) -> None:
    """Refuse what has to be released after this process, and its connection, have ended."""
    if plan.release_due is None or _waits(how) or getattr(how, "unattended", False):
        return
    if device.writer is not None and device.writer.supervised(device.info):
        return
    raise RequestError(
        f"the device does not end this by itself at {time_text(plan.release_due, device.info.tz)}, and nothing else would.",
        hint="Add --wait to wait and release it then, keep openpower supervise running, or accept that it lasts with --unattended.",
    )


def agreed(options: ChangeOptions, question: str = "Send it?") -> bool:
    """Whether to go on: ``--yes``, or the answer to the question."""
    if options.yes:
        return True
    if options.json or not can_ask():
        raise RequestError(
            "there is no terminal to confirm on.", hint="Add --yes to send it, or --dry-run to see only the plan."
        )
    busy.end()
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


_OUTCOMES: Final = {
    WriteState.PLANNED: "Planned; nothing was sent.",
    WriteState.UNCHANGED: "Nothing to do: it is already set.",
    WriteState.HELD: "The write budget is used up; nothing was sent.",
    WriteState.ACCEPTED: "Sent and accepted; not yet confirmed (--confirm waits for that).",
    WriteState.CONFIRMED: "Sent, and confirmed by reading back.",
    WriteState.PARTIAL: "Taken in part.",
    WriteState.NOT_APPLIED: "Sent and accepted, but not applied.",
    WriteState.UNVERIFIABLE: "Sent and accepted; the vendor offers no way to confirm it.",
}


def _report(receipt: Receipt, *, json: bool) -> int:
    if receipt.state in _UNDONE:
        raise WriteNotConfirmed(
            _UNDONE[receipt.state], receipt=receipt, hint="To see what was written, type: openpower audit"
        )
    if json:
        print_json({"receipt": to_dict(receipt)})
    else:
        nothing = receipt.state is WriteState.UNCHANGED and receipt.operation == "release"
        print_lines(["Nothing to do." if nothing else _OUTCOMES[receipt.state]])
    return 0


_UNDONE: Final = {
    WriteState.PARTIAL: "the vendor took only a part of it, and still reports something else for the rest. To undo it, type openpower release.",
    WriteState.NOT_APPLIED: "it was sent and accepted, but the vendor still reports something else after the settle time.",
}


def confirmed(device: Any, receipt: Receipt, *, quiet: bool) -> Receipt:
    """Wait until reading back shows it."""
    writes = device.capabilities.writes
    seconds = writes.settle_timeout.total_seconds() if writes else 0
    longest = f", {seconds / 60:.0f} minutes at most" if seconds > 60 else ""
    with spinner(f"Waiting for confirmation{longest}", quiet=quiet):
        seen: Receipt = device.confirm(receipt)
    return seen


def wait_for(device: Any, receipt: Receipt, *, home: str, quiet: bool) -> Receipt:
    """Wait until it is confirmed and, if it has to be, released; whatever ends the waiting earlier releases it at once."""
    tz = device.info.tz
    try:
        seen = confirmed(device, receipt, quiet=quiet)
        if seen.release_due is None or seen.state in _UNDONE:
            return seen
        if not quiet:
            print_lines([_OUTCOMES[seen.state], f"Waiting until {time_text(seen.release_due, tz)} to release it."])
            sys.stdout.flush()
        with spinner("Releases in", quiet=quiet) as show:
            _sleep_until(seen.release_due, show)
        with spinner("Releasing", quiet=quiet):
            return _release(device, seen)
    except (KeyboardInterrupt, OSError) as end:  # an OSError: the terminal was closed, and cannot be written to
        _say(_interrupted(device, receipt, home))
        raise KeyboardInterrupt from end


def _interrupted(device: Any, receipt: Receipt, home: str) -> str:
    """Release what the device would not end by itself; gives what to say of it."""
    undo = f"To undo it, type: openpower release {home}"
    if receipt.release_due is None:
        return f"The command stays in force, and ends as planned. {undo}"
    _say("Releasing it; ctrl-C leaves it in force.")
    try:
        device.release(confirm="readback")
    except (KeyboardInterrupt, OpenPowerError) as error:
        why = f" ({error_text(error)})" if isinstance(error, OpenPowerError) else ""
        due = time_text(receipt.release_due, device.info.tz)
        return f"The command stays in force after {due}, because nothing is left to release it{why}. {undo}"
    return "Released."


def _say(text: str) -> None:
    with suppress(OSError):
        sys.stderr.write(f"\n{text}\n")


def _sleep_until(due: datetime, show: Callable[[str], None]) -> None:
    while (left := (due - datetime.now(UTC)).total_seconds()) > 0:
        minutes, seconds = divmod(int(left), 60)
        hours, minutes = divmod(minutes, 60)
        show(f"Releases in {hours}:{minutes:02}:{seconds:02} (ctrl-C releases it now)")
        # In short sleeps, so that a laptop that was suspended beyond the end releases as soon as it wakes up.
        time.sleep(min(left, 1.0))


def _release(device: Any, seen: Receipt) -> Receipt:
    try:
        released: Receipt = device.release(confirm="readback")
    except RequestError:
        # The connection also releases by itself when it is due, and was faster.
        return seen
    return seen if released.state is WriteState.UNCHANGED else released


@contextmanager
def spinner(text: str, *, quiet: bool) -> Generator[Callable[[str], None]]:
    """Show on a terminal's standard error that work is under way."""
    if quiet or not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.console import Console

    busy.end()
    with Console(stderr=True, highlight=False).status(f"{text} …") as status:
        yield status.update
