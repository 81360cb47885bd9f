"""Time: all times are aware, days have 23 or 25 hours when clocks change, and the host's zone does not matter."""

from __future__ import annotations

import os
import time as clock_time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from openpower_core.capabilities import Feature
from openpower_core.errors import InvalidValue
from openpower_testing.checks._base import check

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from openpower_testing.harness import Harness

_WALL_CLOCK: Final = "The vendor's wall-clock time was taken as UTC, or in another zone: the device's is info.tz."
_OFF_BY: Final = timedelta(minutes=20)
_HOST_ZONES: Final = ("Pacific/Kiritimati", "America/St_Johns")


@check("time", live=True)
async def measured_now(harness: Harness) -> None:
    """If a vendor says that it has just measured, so does the reading, in UTC."""
    reported = False
    for device in await harness.having(Feature.READ):
        reading = await harness.call(device, "read", max_age=timedelta(0))
        measured, now = reading.stamp.measured_at, harness.clock.now()
        for issue in reading.issues:
            if issue.field == "stamp.measured_at":
                harness.fail(f"The {device.info.role}'s time is refused: {issue.reason}.", _WALL_CLOCK)
        if measured is None:
            continue
        reported = True
        off = measured - now
        if abs(off) > _OFF_BY:
            hours = off / timedelta(hours=1)
            harness.fail(
                f"The {device.info.role} says that it was measured at {measured}, but the time is {now}: {hours:+.1f} h off.",
                _WALL_CLOCK,
            )
    if not reported:
        harness.skip("the vendor does not say when it measured")


@check("time", live=True)
async def refuses_naive_times(harness: Harness) -> None:
    """Times without a zone are refused before anything is sent."""
    (device, *_) = await harness.having(Feature.HISTORY)
    naive = datetime(2026, 1, 2)  # noqa: DTZ001 - that is the point
    try:
        await harness.call(device, "history", naive, naive + timedelta(hours=1))
    except InvalidValue:
        return
    harness.fail("A time without a zone is accepted.", "Derive devices from the bases of openpower_core.")


@check("time")
async def history_is_in_range(harness: Harness) -> None:
    """A history contains what lies in [start, end), in order and without duplicates, and nothing for an empty range."""
    harness.need_clock()
    for device in await harness.having(Feature.HISTORY):
        # On the hour, where records begin and end, so that one too many shows.
        end = harness.clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        start = end - timedelta(hours=5)
        times = await _times(harness, device, start, end)
        if not times:
            harness.fail(f"The {device.info.role} has no history of the last hours.")
        if times != sorted(set(times)):
            harness.fail("The history is not in time order, or has a time twice.")
        outside = [each for each in times if not start <= each < end]
        if outside:
            harness.fail(f"The history from {start} to {end} has {outside[0]}.", "Intervals are [start, end).")
        if await _times(harness, device, start, start):
            harness.fail("The history of an empty range is not empty.")
        harness.prove(device, Feature.HISTORY)


@check("time")
async def no_hour_lost_or_doubled(harness: Harness) -> None:
    """On the days on which clocks change, the history has every hour once: 23 of them, or 25."""
    (device, *_) = await harness.having(Feature.HISTORY)
    harness.need_clock()
    zone = ZoneInfo(device.info.tz) if device.info.tz else None
    days = [] if zone is None else list(_changes(zone, harness.clock.now().year))
    if zone is None or not days:
        harness.skip(f"clocks never change in the device's zone ({device.info.tz})")
    for day in days:
        start = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
        # Another home, at noon of the next day: clocks only go forward, and the days come in any order.
        other = await harness.another(start=end + timedelta(hours=12))
        (same, *_) = await other.having(Feature.HISTORY, role=str(device.info.role))
        times = await _times(other, same, start, end)
        hours = (end - start) // timedelta(hours=1)
        seen = {(each - start) // timedelta(hours=1) for each in times}
        if missing := set(range(hours)) - seen:
            harness.fail(
                f"{day} has {hours} hours in {device.info.tz}, and the history lacks hour(s) {sorted(missing)}.",
                "Convert wall-clock times with their fold; do not add 24 hours to get the next day.",
            )
        if times != sorted(set(times)):
            harness.fail(f"On {day}, when clocks change, the history has times twice or out of order.")


@check("time")
async def host_zone_does_not_matter(harness: Harness) -> None:
    """Times are the same whatever zone the machine is in."""
    if not hasattr(clock_time, "tzset"):
        harness.skip("this system's zone cannot be set for one process")
    harness.need_clock()
    (device, *_) = await harness.having(Feature.READ)
    reported: list[Any] = []
    for name in ("UTC", *_HOST_ZONES):
        # A new connection in each, because a provider may read the host's zone only once.
        with _host_in(name):
            other = await harness.another()
            (same, *_) = await other.having(Feature.READ, role=str(device.info.role))
            reading = await other.call(same, "read")
            end = other.clock.now()
            has = same.capabilities[Feature.HISTORY]
            past = await _times(other, same, end - timedelta(hours=3), end) if has else []
            reported.append((reading.stamp.measured_at, past))
    if any(each != reported[0] for each in reported):
        harness.fail(
            f"In other zones of the host the {device.info.role} reports other times: "
            f"{reported[0][0]} becomes {[each[0] for each in reported[1:]]}.",
            "Never use naive datetimes, datetime.now() without a zone, or astimezone() without an argument.",
        )


@contextmanager
def _host_in(zone: str) -> Generator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    clock_time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        clock_time.tzset()


async def _times(harness: Harness, device: Any, start: datetime, end: datetime) -> list[datetime]:
    readings = await harness.call(device, "history", start, end)
    times = [each.stamp.measured_at for each in readings]
    if None in times:
        harness.fail("A reading of the history does not say when it was measured.")
    return times


def _changes(zone: ZoneInfo, year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        midnight = datetime.combine(day, datetime.min.time(), zone)
        after = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
        if after.utcoffset() != midnight.utcoffset():
            yield day
        day += timedelta(days=1)
