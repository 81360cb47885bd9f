"""Whatever happens by chance to prices, people and processes: no command over somebody else's, none without end, none too many."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from planned_home import House, house_with, priced

from openpower import Channel
from openpower_core.errors import OpenPowerError, ServiceUnavailable
from openpower_hub.rules import Rules

MINUTE = timedelta(minutes=1)
RULES: dict[str, dict[str, Any]] = {
    "night": {"rule": "cheapest", "hours": 3.0, "before": "07:00", "target_soc_pct": 95.0, "control": True},
    "spike": {"rule": "export_spike", "above": 0.35, "target_soc_pct": 10.0, "control": True, "most_writes": 3},
    "keep": {"rule": "hold_above", "above": 0.35, "hours": 2.0, "control": True},
    "negative": {"rule": "stop_negative_export", "control": True},
}


def some_prices(chance: random.Random, home: House) -> None:
    """New prices from the running hour on; now and then none, or only some."""
    hours = chance.choice([0, 3, 30, 30, 30])
    start = home.clock.now().replace(minute=0, second=0, microsecond=0)
    costs = [round(chance.uniform(-0.1, 0.6), 3) for _ in range(hours)]
    feed_in = [round(cost - 0.15, 3) for cost in costs]
    home.price(*priced(*costs, start=start), *priced(*feed_in, channel=Channel.EXPORT, start=start))


async def something(chance: random.Random, home: House, theirs: dict[str, str]) -> None:
    """Something that may happen to a home."""
    event = chance.randrange(24)
    if event < 4:
        some_prices(chance, home)
    elif event == 4:
        home.restart()
    elif event == 5 and await home.battery.active_command() is None:
        receipt = await home.battery.hold(until=home.clock.now() + chance.randrange(20, 90) * MINUTE)
        theirs[receipt.id] = "hold"
    elif event == 6:
        await home.battery.release()


@pytest.mark.parametrize("seed", range(3))
async def test_a_day_of_chance(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every five minutes of a day."""
    chance = random.Random(seed)
    async with house_with({"rules": RULES}, Rules) as home:
        some_prices(chance, home)
        command = home.battery.command

        async def unsure(*given: Any, **options: Any) -> Any:
            if chance.random() < 0.1:
                raise ServiceUnavailable("the vendor is down.", provider="demo")
            return await command(*given, **options)

        monkeypatch.setattr(home.battery, "command", unsure)
        theirs: dict[str, str] = {}
        ours: dict[str, Any] = {}
        for _ in range(24 * 12):
            try:
                await something(chance, home, theirs)
            except OpenPowerError:
                continue
            before = await home.battery.active_command()
            await home.step()
            active = await home.battery.active_command()
            now = home.clock.now()

            if before is not None and before.id in theirs and before.until and before.until > now:
                assert active is not None
                assert active.id == before.id  # somebody else's goes first
            if active is not None:
                assert active.until is not None
                assert now < active.until <= now + timedelta(hours=24)
                if active.id not in theirs:
                    ours.setdefault(active.id, now)
            limit = await home.inverter.export_limit()
            open_limits = [each for each in home.planner._executor.journal.sent if each.open]
            assert (limit is None) == (not open_limits)  # what was set is known to be put back
            home.clock.sleep(300)
            spikes = [each.start for each in home.planner._executor.journal.of("rules.spike")]
            assert sum(start > now - timedelta(hours=24) for start in spikes) <= 3
        await home.planner._executor.aclose()

        assert ours
        assert await home.inverter.export_limit() is None
