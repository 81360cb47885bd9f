"""Energy: counters agree with the power that flowed, and no figure is so odd that openpower refuses it."""

from __future__ import annotations

from openpower_core.capabilities import Feature
from openpower_testing.checks._base import check
from openpower_testing.harness import Harness

_SAMPLES = 16


@check("readings")
async def nothing_is_refused(harness: Harness) -> None:
    """Throughout a simulated day openpower refuses no figure as implausible: it would be missing from the reading."""
    harness.need_clock()
    for _ in range(_SAMPLES):
        for device in await harness.having(Feature.READ):
            for issue in (await harness.call(device, "read")).issues:
                harness.fail(
                    f"{issue.field} of the {device.info.role} is refused: {issue.reason}.",
                    "Check the sign, the unit, and which of the vendor's fields it comes from.",
                )
        harness.later(minutes=90)
