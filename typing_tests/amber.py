"""What type checkers see of Amber's own API; checked by mypy and pyright, never run."""

from __future__ import annotations

from datetime import date, datetime
from typing import assert_type

from openpower.amber import (
    Amber,
    AsyncAmber,
    CurrentInterval,
    Interval,
    Progress,
    RateLimits,
    Renewable,
    Site,
    State,
    Usage,
)


def native(api: Amber) -> None:
    """Records and their figures; the vendor's own keys give anything."""
    sites = api.list_sites()
    assert_type(sites, list[Site])
    scoped = api.for_site(sites[0])
    assert_type(scoped, Amber)
    prices = scoped.get_current_prices(0, 12)
    assert_type(prices, list[Interval])
    assert_type(prices[0].per_kwh, float | None)
    assert_type(prices[0].start_time, datetime | None)
    if isinstance(prices[0], CurrentInterval):
        assert_type(prices[0].estimate, bool | None)
    assert_type(scoped.get_usage(date(2026, 1, 1), date(2026, 1, 31))[0].kwh, float | None)
    for interval in scoped.iter_prices(date(2025, 1, 1), progress=tell):
        assert_type(interval, Interval)
    assert_type(api.get_current_renewables(State.VICTORIA), list[Renewable])
    assert_type(api.get_ratelimits(), RateLimits | None)
    scoped.get_prices(20260101)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def tell(progress: Progress) -> None:
    """A progress callback."""
    assert_type(progress.calls / progress.of, float)


async def native_async(api: AsyncAmber) -> None:
    """The same for asyncio."""
    assert_type(await api.list_sites(), list[Site])
    assert_type(await api.for_site("S").get_prices(), list[Interval])
    async for usage in api.for_site("S").iter_usage(date(2026, 1, 1)):
        assert_type(usage, Usage)
