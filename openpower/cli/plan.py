"""``openpower plan``: what rules and EMHASS would do on the next day, and why; nothing is sent."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openpower import ConfigurationError
from openpower.cli.arguments import local
from openpower.cli.home import INCOMPLETE, failure_text, failures_data
from openpower.cli.options import Json
from openpower.cli.output import print_error, print_json, print_lines, print_text, program, show_table
from openpower.cli.run import check_installed, connect_home
from openpower_core.convert import to_dict

if TYPE_CHECKING:
    from openpower_hub.config import HubConfig
    from openpower_hub.control import Order
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.plans import PlannedAction

_PLANNERS: Final = ("rules", "emhass")


def plan(*, config: Path | None = None, home: str | None = None, json: Json = False) -> int:
    """Show what rules and EMHASS would do on the next day, and why.

    Nothing is sent.

    Args:
        config: the configuration file (default: openpower.toml here, or beside the profiles).
        home: only this home (default: all of the file).
    """
    check_installed()
    from openpower_hub.config_file import find_file, read_config

    file = config or find_file()
    if file is None:
        raise ConfigurationError(
            "there is no openpower.toml, and so nothing plans.", hint=f"To write one: {program()} run --init"
        )
    found = read_config(file)
    if home is not None and home not in found.homes:
        raise ConfigurationError(f"{file} has no home {home!r}; it has {', '.join(found.homes)}.")
    if not found.rules and found.emhass is None:
        raise ConfigurationError(
            f"{file} has no [rules] and no [emhass], and so nothing plans.",
            hint="The page docs/how-to/rules.md shows rules to begin with.",
        )
    return asyncio.run(_show(found, home, json=json))


async def _show(config: HubConfig, only: str | None, *, json: bool) -> int:
    from openpower_hub.plans import planned
    from openpower_hub.snapshot import snapshot

    async with snapshot(config, connect=connect_home) as hub:
        await _prepare(hub)
        homes = [home for name, home in hub.homes.items() if only in (None, name)]
        plans = [(home, planned(hub, home.name)) for home in homes]
        failures = [failure for home in homes for each in home.failures.values() for failure in each]
        if json:
            print_json(to_dict({"homes": [_data(home, actions) for home, actions in plans]}))
        else:
            for number, (home, actions) in enumerate(plans):
                if number:
                    print_lines([""])
                _print_home(home, actions)
            for failure in failures:
                print_error(failure_text(failure))
        return INCOMPLETE if failures else 0


async def _prepare(hub: Hub) -> None:
    """Make the planners as the hub would, and let EMHASS plan: its dry run changes nothing there."""
    from openpower_hub.integration import made, wanted

    names = [name for name in wanted(hub.config) if name in _PLANNERS]
    if "emhass" in names and hub.config.history.enabled:
        hub.integrations["history"] = made("history", hub)  # which is read for forecasts, and does not run
    for name in names:
        planner: Any = made(name, hub)
        hub.integrations[name] = planner
        if name == "emhass":
            await planner.ask_once()
    if (history := hub.integrations.get("history")) is not None:
        reads: Any = history
        await reads.store.aclose()


def _print_home(home: Home, actions: list[PlannedAction]) -> None:
    print_text([f"{home.title}, the next 24 hours:"])
    if not actions:
        print_text(["Nothing is planned."])
        return
    rows = [
        (
            _times(action, home.tz),
            action.by,
            "–" if action.order is None else order_text(action.order),
            action.state.value,
            f"{action.why} {action.note}".strip(),
        )
        for action in actions
    ]
    show_table(("time", "by", "what", "state", "why"), rows)
    if home.tz is None:
        print_error("the time zone of the home is unknown; times are in UTC.")


def _times(action: PlannedAction, tz: str | None) -> str:
    def text(time: datetime, format: str) -> str:  # noqa: A002
        return f"{local(time, tz):{format}}"

    return f"{text(action.start, '%a %H:%M')} – {text(action.end, '%a %H:%M')}"


def order_text(order: Order) -> str:
    """``charge to 80 % with 3000 W``, ``export limit 0 W``."""
    words = [order.operation.replace("_", " ")]
    if order.target_soc_pct is not None:
        words.append(f"{'down ' if order.operation == 'export' else ''}to {order.target_soc_pct:g} %")
    if order.power_w is not None:
        words.append(f"with {order.power_w:g} W")
    if order.value is not None:
        words.append(f"{order.value:g} {order.rule.unit}")
    return " ".join(words)


def _data(home: Home, actions: list[PlannedAction]) -> dict[str, Any]:
    failures = [failure for each in home.failures.values() for failure in each]
    return {
        "home": home.name,
        "tz": home.tz,
        "actions": [
            {
                "by": action.by,
                "device": action.key,
                "start": action.start,
                "end": action.end,
                "order": None if action.order is None else _order_data(action.order),
                "state": action.state.value,
                "why": action.why,
                "note": action.note,
            }
            for action in actions
        ],
        "failures": failures_data(failures),
    }


def _order_data(order: Order) -> dict[str, Any]:
    names = ("operation", "target_soc_pct", "power_w", "value")
    return {name: getattr(order, name) for name in names}
