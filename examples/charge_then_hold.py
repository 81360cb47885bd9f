"""Charge a battery to 80 % by six, keep that until four in the afternoon, then give it back to the vendor's rule.

The function knows no vendor: it runs unchanged on every battery that can charge and hold.

    python examples/charge_then_hold.py demo
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import openpower

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower import Battery, Receipt


def charge_then_hold(
    battery: Battery, *, charged_by: datetime, hold_until: datetime, wait_until: Callable[[datetime], None]
) -> list[Receipt]:
    """Charge to 80 % by ``charged_by``, hold until ``hold_until``, then restore what was there before.

    Args:
        battery: any battery.
        charged_by: when charging ends.
        hold_until: when holding ends.
        wait_until: sleeps until a time.

    Returns:
        What became of the three writes. ``recurs_at`` in a receipt says when the battery would do it again,
        should this program die before it gets to release.
    """
    receipts = [battery.charge(target_soc_pct=80, until=charged_by, unattended=True)]
    try:
        wait_until(charged_by)
        receipts.append(battery.hold(until=hold_until, unattended=True))
        wait_until(hold_until)
    finally:
        receipts.append(battery.release())
    return receipts


def main(provider: str) -> None:
    """Do it tonight, with the provider's credentials from the environment."""
    tomorrow = datetime.now().astimezone() + timedelta(days=1)
    at_six = tomorrow.replace(hour=6, minute=0, second=0, microsecond=0)

    def wait_until(instant: datetime) -> None:
        while (left := instant.timestamp() - time.time()) > 0:
            time.sleep(min(left, 60))

    with openpower.connect(provider) as home:
        for receipt in charge_then_hold(
            home.battery(), charged_by=at_six, hold_until=at_six.replace(hour=16), wait_until=wait_until
        ):
            print(receipt.operation, receipt.state, receipt.note)


if __name__ == "__main__":
    main(*sys.argv[1:] or ["demo"])
