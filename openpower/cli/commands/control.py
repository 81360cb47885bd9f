"""``openpower charge``, ``hold``, ``export``, ``auto``, ``release`` and ``audit``: what a battery is to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import Parameter

from openpower.cli.orders import AS_GIVEN, How, carry_out
from openpower.cli.screen import print_json, show_table
from openpower.cli.target import PLAIN, Common, connect_to, state_folder
from openpower.cli.when import next_moment, zone_of
from openpower_core.control import BatteryCommand, BatteryMode
from openpower_core.write import SQLiteStore

__all__ = ["audit", "auto", "charge", "export", "hold", "release"]

Level = Annotated[float | None, Parameter(name="--to")]


def charge(
    name: str | None = None,
    /,
    *,
    to: Level = None,
    power: float | None = None,
    until: str | None = None,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Charge the battery, from the grid if need be.

    Args:
        name: a profile or a provider (default: the only profile).
        to: the state of charge to stop at, in per cent.
        power: how fast, in watts (default: the device's choice).
        until: when to stop, such as 06:00 or 2026-08-04T06:00.
        battery: the battery's id, where there are several.
    """
    return _command(name, BatteryMode.CHARGE, to, power, until, battery, how, common)


def hold(
    name: str | None = None,
    /,
    *,
    until: str | None = None,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Keep what is in the battery, and take what the sun gives.

    Args:
        name: a profile or a provider (default: the only profile).
        until: when to stop, such as 16:00.
        battery: the battery's id, where there are several.
    """
    return _command(name, BatteryMode.HOLD, None, None, until, battery, how, common)


def export(
    name: str | None = None,
    /,
    *,
    to: Level = None,
    power: float | None = None,
    until: str | None = None,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Discharge the battery into the grid.

    Args:
        name: a profile or a provider (default: the only profile).
        to: the state of charge to stop at, in per cent.
        power: how fast, in watts (default: the device's choice).
        until: when to stop, such as 20:00.
        battery: the battery's id, where there are several.
    """
    return _command(name, BatteryMode.EXPORT, to, power, until, battery, how, common)


def auto(
    name: str | None = None,
    /,
    *,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Let the battery serve the house, the vendor's default.

    Args:
        name: a profile or a provider (default: the only profile).
        battery: the battery's id, where there are several.
    """
    return _command(name, BatteryMode.AUTO, None, None, None, battery, how, common)


def _command(
    name: str | None,
    mode: BatteryMode,
    to: float | None,
    power: float | None,
    until: str | None,
    battery: str | None,
    how: How,
    common: Common,
) -> int:
    _, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.battery(battery)
        zone = zone_of(device.info.tz)
        end = next_moment(until, zone, now=datetime.now(UTC)) if until else None
        command = BatteryCommand(mode=mode, target_soc_pct=to, power_w=power, until=end)

        def order(*, dry_run: bool) -> Any:
            return device.command(command, dry_run=dry_run, unattended=how.unattended)

        return carry_out(device, order, how=how, json=common.json)


def release(
    name: str | None = None,
    /,
    *,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Put back what the vendor held before the last command.

    Args:
        name: a profile or a provider (default: the only profile).
        battery: the battery's id, where there are several.
    """
    _, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.battery(battery)
        return carry_out(device, device.release, how=how, json=common.json)


def audit(*, last: int = 20, json: bool = False) -> None:
    """Show what was written, when, by whom, and how it ended.

    Args:
        last: how many of the newest lines.
        json: print JSON.
    """
    store = SQLiteStore(state_folder())
    try:
        lines = store.audit()[-last:]
    finally:
        store.close()
    if json:
        print_json({"audit": lines})
        return
    columns = ("at", "by", "device", "operation", "outcome")
    show_table(columns, [[str(line.get(column, "")) for column in columns] for line in lines])
