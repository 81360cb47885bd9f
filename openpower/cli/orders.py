"""Every command that changes something goes this way: plan, show, ask, send, and wait if asked to."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from attrs import frozen
from cyclopts import Parameter

from openpower.cli.output import print_json, print_lines
from openpower.cli.receipts import outcome, plan_lines, time_text
from openpower.cli.screen import print_labelled
from openpower.cli.streams import can_ask
from openpower.cli.waits import wait_for
from openpower_core.convert import unstructure
from openpower_core.errors import RequestError, WriteNotConfirmed
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openpower_core.writes import Receipt

__all__ = ["AS_GIVEN", "How", "Order", "Send", "carry_out", "clock_of"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class How:
    """How a change is carried out.

    Attributes:
        dry_run: show the plan and send nothing.
        yes: do not ask.
        wait: wait until it is confirmed and, where it has to be released, until that is done.
        unattended: accept that nothing releases it, where the hardware does not keep its end.
    """

    dry_run: bool = False
    yes: bool = False
    wait: bool = False
    unattended: bool = False


AS_GIVEN = How()


class Send(Protocol):
    """Called with ``dry_run=True`` it plans, without it sends."""

    def __call__(self, *, dry_run: bool) -> Receipt: ...


@frozen(kw_only=True)
class Order:
    """One change: how to send it, and how to tell a person of it."""

    home: str
    """What the command calls the home: a profile or a provider."""
    send: Send
    what: str
    """What is asked for, such as ``charge the battery to 80 %``."""
    ends: str = ""
    """How it ends where the device keeps the end."""
    afterwards: str = ""
    """What comes back after it."""


def clock_of(device: Any) -> Callable[[datetime], datetime]:
    """What brings a moment to the home's clock, or to UTC where its zone is not known."""
    zone = ZoneInfo(device.info.tz) if device.info.tz else UTC
    return lambda moment: moment.astimezone(zone)


def carry_out(device: Any, order: Order, *, how: How, json: bool) -> int:
    """Plan, show, ask, send, wait; gives the exit code."""
    local = clock_of(device)
    plan = order.send(dry_run=True)
    if not json:
        print_labelled(plan_lines(plan, what=order.what, ends=order.ends, afterwards=order.afterwards, local=local))
    if how.dry_run or plan.state is WriteState.UNCHANGED:
        return _report(plan, json=json)
    _refuse_what_nobody_releases(plan, how, local)
    if not _agreed(how, json=json):
        print_lines(["Nothing was sent."])
        return 1
    receipt = order.send(dry_run=False)
    if how.wait and receipt.state.sent:
        receipt = wait_for(device, receipt, local, home=order.home, quiet=json)
    return _report(receipt, json=json)


def _report(receipt: Receipt, *, json: bool) -> int:
    if receipt.state is WriteState.NOT_APPLIED:
        raise WriteNotConfirmed(
            "it was sent and accepted, and after its settle time the vendor still holds something else.",
            receipt=receipt,
            hint="Look again later with: openpower audit – or send it once more.",
        )
    if json:
        print_json({"receipt": unstructure(receipt)})
    else:
        print_lines([outcome(receipt)])
    return 0


def _refuse_what_nobody_releases(plan: Receipt, how: How, local: Callable[[datetime], datetime]) -> None:
    """This process ends and takes the connection with it: something else has to release what recurs."""
    if plan.release_due is None or how.wait or how.unattended:
        return
    raise RequestError(
        f"the device does not end it at {time_text(plan.release_due, local)} by itself, and nothing else would.",
        hint="Add --wait to stay until it is released, or --unattended to accept that it recurs.",
    )


def _agreed(how: How, *, json: bool) -> bool:
    if how.yes:
        return True
    if json or not can_ask():
        raise RequestError(
            "there is no terminal to ask on.", hint="Add --yes to send it, or --dry-run to see the plan."
        )
    sys.stdout.write("Send it? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
