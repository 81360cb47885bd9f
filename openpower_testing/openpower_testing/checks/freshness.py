"""Freshness: how old a reading is shows in its stamp, and a caller decides how old it may be."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from openpower_core.capabilities import Feature
from openpower_core.clock import ManualClock
from openpower_core.readings import Quality
from openpower_testing.checks._base import check
from openpower_testing.enrolment import Transport
from openpower_testing.harness import Harness

_WHILE: Final = timedelta(minutes=20)
"""Longer than providers keep a reading on their own account, shorter than what openpower itself calls stale."""
_AHEAD: Final = timedelta(seconds=24)
"""How far the connection's clock is ahead of the vendor's: less than what openpower corrects by the vendor's Date header."""
_SLACK: Final = timedelta(seconds=30)


@check("readings")
async def cached_is_marked(harness: Harness) -> None:
    """A reading that is given from memory has the time at which it arrived, and is not marked live."""
    harness.need_clock()
    kept = 0
    for device in await harness.having(Feature.READ):
        first = await harness.call(device, "read", max_age=timedelta(0))
        harness.later(seconds=_WHILE.total_seconds())
        asked = harness.clock.now()
        again = await harness.call(device, "read", max_age=timedelta(hours=1))
        if again.raw is not first.raw and again.raw != first.raw:
            continue  # it asked the vendor again
        kept += 1
        if again.stamp.received_at > asked - _WHILE + _SLACK:
            harness.fail(
                f"The {device.info.role}'s reading of {_WHILE} ago is given as one that arrived now.",
                "Stamp it with the fetch that brought it: fetched.stamp(…).",
            )
        if again.stamp.quality == Quality.LIVE:
            harness.fail(
                f"The {device.info.role}'s reading of {_WHILE} ago is given from memory and marked live.",
                "Stamp it with the fetch that brought it: fetched.stamp(…) marks what is older than its max_age.",
            )
    if not kept:
        harness.skip("every reading asks the vendor")


@check("readings")
async def max_age_bounds_the_age(harness: Harness) -> None:
    """A reading of each device is at most as old as max_age allows, and without max_age it is not old either."""
    harness.need_clock()
    devices = await harness.having(Feature.READ)
    for device in devices:
        await harness.call(device, "read", max_age=timedelta(0))
    for keywords, most in (({"max_age": _WHILE / 2}, _WHILE / 2), ({"max_age": timedelta(0)}, _SLACK), ({}, _WHILE)):
        for device in devices:
            harness.later(seconds=_WHILE.total_seconds() + 1)
            reading = await harness.call(device, "read", **keywords)
            age = harness.clock.now() - reading.stamp.received_at
            if age > most + _SLACK:
                asked = f"with max_age={most}" if keywords else "without max_age"
                harness.fail(
                    f"Read {asked}, the {device.info.role}'s figures arrived {age} ago.",
                    "Pass max_age on to SharedFetch.get(), and keep nothing beside it.",
                )


@check("time")
async def measured_is_not_received(harness: Harness) -> None:
    """measured_at is the vendor's own time of measurement, and None if it reports none: never the time of arrival."""
    harness.need_clock()
    if harness.enrolled.transport is Transport.NONE:
        harness.skip("its home is in the process and has the connection's own clock")
    reported = 0
    vendors = harness.clock.now()
    connection = harness.connect(clock=ManualClock(vendors + _AHEAD))
    for device in await harness.devices(connection):
        if not device.capabilities[Feature.READ]:
            continue
        stamp = (await harness.call(device, "read")).stamp
        reported += stamp.measured_at is not None
        if stamp.measured_at is not None and stamp.measured_at > vendors + _AHEAD / 2:
            harness.fail(
                f"By the vendor's clock it is {vendors}, but the {device.info.role} says that it was measured at "
                f"{stamp.measured_at}: that is when the response arrived.",
                "Take measured_at from the vendor's response, or leave it None.",
            )
    if not reported:
        harness.skip("the vendor does not say when it measured")
