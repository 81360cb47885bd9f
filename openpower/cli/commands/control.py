"""``openpower charge``, ``hold``, ``export``, ``auto``, ``release`` and ``audit``: what a battery is to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import Parameter

from openpower.cli.audits import audit_row
from openpower.cli.orders import AS_GIVEN, How, Order, carry_out, clock_of
from openpower.cli.output import print_json, print_lines
from openpower.cli.phrases import command_text, end_text, what_comes_back
from openpower.cli.tables import show_table
from openpower.cli.target import PLAIN, Common, connect_to, state_folder
from openpower.cli.when import next_instant, zone_of
from openpower_core.control import BatteryCommand, BatteryMode
from openpower_core.errors import InvalidValue
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


def auto(name: str | None = None, /, *, battery: str | None = None, how: How = AS_GIVEN, common: Common = PLAIN) -> int:
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
    target, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.battery(battery)
        zone = zone_of(device.info.tz)
        end = next_instant(until, zone, now=datetime.now(UTC)) if until else None
        command = BatteryCommand(mode=mode, target_soc_pct=to, power_w=power, until=end)

        def send(*, dry_run: bool) -> Any:
            return device.command(command, dry_run=dry_run, unattended=how.unattended)

        order = Order(
            home=target.name,
            send=send,
            what=command_text(command, clock_of(device)),
            ends=end_text(command, clock_of(device), target.name),
            afterwards="" if common.json or mode is BatteryMode.AUTO else what_comes_back(device),
        )
        return carry_out(device, order, how=how, json=common.json)


def release(
    name: str | None = None, /, *, battery: str | None = None, how: How = AS_GIVEN, common: Common = PLAIN
) -> int:
    """Put back what the vendor held before the last command.

    Args:
        name: a profile or a provider (default: the only profile).
        battery: the battery's id, where there are several.
    """
    target, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.battery(battery)
        what = "put back what was there before the last command"
        order = Order(home=target.name, send=device.release, what=what)
        return carry_out(device, order, how=how, json=common.json)


def audit(*, last: int = 20, json: bool = False) -> None:
    """Show what was written, when, by whom, and how it ended; times are this machine's.

    Args:
        last: how many of the newest lines (default: 20).
        json: print JSON.
    """
    if last < 1:
        raise InvalidValue(f"--last {last} would show nothing.")
    lines = _audit_lines()[-last:]
    if json:
        print_json({"audit": lines})
    elif lines:
        head = ("when", "device", "what", "how it ended", "by whom")
        show_table(head, [audit_row(line) for line in lines])
    else:
        print_lines(["Nothing was written yet."])


def _audit_lines() -> list[dict[str, Any]]:
    folder = state_folder()
    if not folder.exists():  # looking makes no folders
        return []
    store = SQLiteStore(folder)
    try:
        return store.audit()
    finally:
        store.close()
