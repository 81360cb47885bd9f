"""Rules in a hub that runs, as a whole: it ends in order, and its successor goes on; the examples of the pages are right."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import openpower
from openpower import Role
from openpower_hub.config_file import parse_config
from openpower_hub.engine import Hub
from openpower_hub.plans import PlanState, planned

PAGES = Path(__file__).parents[3] / "docs" / "how-to"
CONTENT: dict[str, Any] = {
    "homes": {"house": {"profiles": ["demo"]}},
    "http": {"enabled": False},
    "history": {"enabled": False},
    "rules": {"always": {"rule": "export_spike", "above": -100.0, "target_soc_pct": 1.0, "control": True}},
}


def connect(house: Any, state: Path) -> Any:
    """The same simulated house for one hub after the other."""

    def connected(name: str, **options: Any) -> Any:
        return openpower.connect_async(name, house=house, state_dir=state, **options)

    return connected


async def run_until(hub: Hub, what: Any) -> Any:
    """Run a hub until something is so, for at most 20 seconds, and end it in order."""
    running = asyncio.ensure_future(hub.run())
    found = None
    for _ in range(400):
        if (found := what()) or running.done():
            break
        await asyncio.sleep(0.05)
    hub.stop()
    await running
    return found


async def test_a_hub_that_is_restarted(own_state: Path) -> None:
    """The second one finds the command of the first, and sends none."""
    with openpower.connect("demo") as home:
        house: Any = home.native.house

        def active(hub: Hub) -> Any:
            batteries = [state for each in hub.homes.values() for state in each.of_role(Role.BATTERY)]
            return next((state.active for state in batteries if state.active), None)

        first = Hub(parse_config(CONTENT, "test"), connect=connect(house, own_state))
        sent = await run_until(first, lambda: active(first))
        assert sent is not None

        second = Hub(parse_config(CONTENT, "test"), connect=connect(house, own_state))

        def running() -> Any:
            return [each for each in planned(second, "house") if each.state is PlanState.RUNNING] and active(second)

        found = await run_until(second, running)
        assert found is not None
        assert found.id == sent.id
        assert second.problems == {}


@pytest.mark.parametrize("page", ["rules.md", "emhass.md", "notifications.md"])
def test_the_examples_of_the_pages(page: str) -> None:
    """Each block of TOML is a configuration that is taken."""
    blocks = re.findall(r"^ *```toml\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    assert blocks
    for block in blocks:
        text = "\n".join(line.strip() for line in block.splitlines())
        parse_config(tomllib.loads(text), page)
