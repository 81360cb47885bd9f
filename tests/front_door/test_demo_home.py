"""The first thing people do: connect to the demo, read it, and look at the whole site, in both flavours."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import openpower

NOON: dict[str, Any] = {"start": datetime(2026, 11, 4, 2, tzinfo=UTC), "tz": "Australia/Sydney", "seed": 7}


def test_a_home_is_read_without_an_account() -> None:
    """Every role has a device, and noon has sun."""
    with openpower.connect("demo", **NOON) as home:
        assert {device.info.role for device in home.devices()} == set(openpower.Role)
        assert (home.inverter().read().pv_w or 0) > 0
        assert 0 <= (home.battery().read().soc_pct or -1) <= 100
        assert home.retailer().current_price().currency == "AUD"


async def test_both_flavours_see_the_same_home() -> None:
    """The same seed and the same time give the same house."""
    with openpower.connect("demo", **NOON) as home:
        battery = home.battery().info
    async with openpower.connect_async("demo", **NOON) as async_home:
        async_battery = (await async_home.battery()).info

    assert battery == async_battery


async def test_a_site_of_the_demo_balances() -> None:
    """Everything that the house has, and nothing left over."""
    with openpower.Site(openpower.connect("demo", **NOON)) as site:
        seen = site.snapshot()
    async with openpower.AsyncSite(openpower.connect_async("demo", **NOON)) as async_site:
        seen_async = await async_site.snapshot()

    for snapshot in (seen, seen_async):
        assert snapshot.complete
        assert abs(snapshot.balance.residual_w or 0) <= 1
        assert snapshot.cost_per_minute is not None


async def test_the_audit_lists_what_was_written(tmp_path: Path) -> None:
    """Plain data in the order of writing, in both flavours, and of this provider alone."""
    folder = tmp_path / "state"
    with openpower.connect("demo", state_dir=folder, **NOON) as home:
        nothing = home.audit()
        untouched = not folder.exists()
        home.battery().apply_settings(reserve_soc_pct=20)
        home.battery().apply_settings(reserve_soc_pct=30)
        written = home.audit()
    async with openpower.connect_async("demo", state_dir=folder, **NOON) as async_home:
        remembered = await async_home.audit()

    assert nothing == []
    assert untouched
    assert [line["operation"] for line in written] == ["apply_settings"] * 4
    assert [line["outcome"] for line in written] == ["sending", "accepted"] * 2
    assert {line["provider"] for line in written} == {"demo"}
    assert "…" in written[0]["device"] or len(written[0]["device"]) < 16
    assert remembered == written


def test_the_audit_of_a_connection_without_a_state_folder_is_that_of_this_process() -> None:
    """It lives in memory; a closed connection has none to show."""
    with openpower.connect("demo", **NOON) as home:
        before = len(home.audit())
        home.battery().apply_settings(reserve_soc_pct=25)
        after = home.audit()

    assert len(after) == before + 2  # about to be sent, and accepted
    with pytest.raises(openpower.RequestError, match="closed"):
        home.audit()
