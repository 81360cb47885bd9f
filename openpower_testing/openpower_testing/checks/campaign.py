"""The fault campaign as a check: a part of it, or the whole with ``--openpower-campaign``."""

from __future__ import annotations

from openpower_testing.checks._base import check
from openpower_testing.harness import Harness

_LISTED = 20


@check("campaign")
async def faults(harness: Harness) -> None:
    """Whatever the transport does, a call ends in time with a result or an error of openpower's; no secret shows, no
    write is sent twice, and afterwards the same connection works."""
    from openpower_testing.campaign.runner import run_campaign

    if harness.live:
        harness.skip("it spoils what an emulator answers")
    endings = await run_campaign(harness.enrolled, harness.flavour, whole=harness.thorough)
    if not endings:
        harness.skip("nothing lies between")
    wrong = [f"{one.action} under {one.fault}: {what}" for one in endings for what in one.wrong]
    if wrong:
        more = f"\n… and {len(wrong) - _LISTED} more" if len(wrong) > _LISTED else ""
        harness.fail("{} of {} went wrong:\n{}{}".format(len(wrong), len(endings), "\n".join(wrong[:_LISTED]), more))
