"""Every command that changes something goes this way: plan, show, ask, send, and wait if asked to."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from openpower.cli.receipts import outcome, plan_lines
from openpower.cli.screen import print_json, print_lines
from openpower_core.convert import unstructure
from openpower_core.errors import RequestError, WriteNotConfirmed
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_core.writes import Receipt

__all__ = ["AS_GIVEN", "How", "Order", "carry_out"]


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


class Order(Protocol):
    """One change: called with ``dry_run=True`` it plans, without it sends."""

    def __call__(self, *, dry_run: bool) -> Receipt: ...


def carry_out(device: Any, order: Order, *, how: How, json: bool) -> int:
    """Plan, show, ask, send, wait; gives the exit code."""
    local = _clock_of(device)
    plan = order(dry_run=True)
    if how.dry_run or plan.state is WriteState.UNCHANGED:
        return _report(plan, local, json=json)
    _refuse_what_nobody_releases(plan, how, local)
    if not json:
        print_lines(plan_lines(plan, local=local))
    if not _agreed(how, json=json):
        print_lines(["Nothing was sent."])
        return 1
    receipt = order(dry_run=False)
    if how.wait:
        receipt = _wait(device, receipt, local, quiet=json)
    return _report(receipt, local, json=json, told=True)


def _clock_of(device: Any) -> Callable[[datetime], datetime]:
    zone = ZoneInfo(device.info.tz) if device.info.tz else UTC
    return lambda moment: moment.astimezone(zone)


def _report(
    receipt: Receipt,
    local: Callable[[datetime], datetime],
    *,
    json: bool,
    told: bool = False,
) -> int:
    if json:
        print_json({"receipt": unstructure(receipt)})
    else:
        print_lines([*(() if told else plan_lines(receipt, local=local)), outcome(receipt)])
    if receipt.state is WriteState.NOT_APPLIED:
        raise WriteNotConfirmed("it did not come to hold.", receipt=receipt)
    return 0


def _refuse_what_nobody_releases(
    plan: Receipt, how: How, local: Callable[[datetime], datetime]
) -> None:
    """This process ends and takes the connection with it: something else has to release what recurs."""
    if plan.release_due is None or how.wait or how.unattended:
        return
    raise RequestError(
        f"the device does not keep the end at {local(plan.release_due):%H:%M} by itself, and nothing else would.",
        hint="Add --wait to stay until it is released, or --unattended to accept that it recurs.",
    )


def _agreed(how: How, *, json: bool) -> bool:
    if how.yes:
        return True
    if json or not sys.stdin.isatty():
        raise RequestError(
            "there is no terminal to ask on.",
            hint="Add --yes to send it, or --dry-run to see the plan.",
        )
    sys.stdout.write("Send it? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _wait(
    device: Any, receipt: Receipt, local: Callable[[datetime], datetime], *, quiet: bool
) -> Receipt:
    """Stay until it is confirmed, and until it is released where that is due."""
    confirmed: Receipt = device.confirm(receipt)
    if confirmed.release_due is None:
        return confirmed
    if not quiet:
        print_lines([outcome(confirmed)])
        print_lines(
            [
                f"Waiting until {local(confirmed.release_due):%a %H:%M} to release it; "
                "ctrl-C leaves it as it is (then: openpower release)."
            ]
        )
    while (left := (confirmed.release_due - datetime.now(UTC)).total_seconds()) > 0:
        time.sleep(min(left, 1.0))
    released: Receipt = device.release(confirm="readback")
    return released
