"""``openpower charge``, ``hold``, ``export``, ``auto``, ``release``, ``ev …`` and ``audit``: batteries and chargers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cyclopts import App

from openpower import BatteryCommand, BatteryMode, CurrentScope, Feature, InvalidValue, OpenPowerError
from openpower.cli.app import examples
from openpower.cli.changes import Change, carry_out
from openpower.cli.options import ANY, BATTERY, CHARGER, BatteryOptions, ChargerOptions, Goal, Json, Name, Until
from openpower.cli.output import print_json, print_lines
from openpower.cli.phrases import audit_row, percent, power
from openpower.cli.schedule import schedule_text
from openpower.cli.tables import show_table
from openpower.cli.target import state_folder
from openpower.cli.times import next_time, time_text


def charge(name: Name = None, /, *, goal: Goal = ANY, options: BatteryOptions = BATTERY) -> int:
    """Charge the battery, from the grid if need be."""
    return _command(name, BatteryMode.CHARGE, goal, options)


def hold(name: Name = None, /, *, until: Until = None, options: BatteryOptions = BATTERY) -> int:
    """Keep what is in the battery, and take what the sun gives."""
    return _command(name, BatteryMode.HOLD, Goal(until=until), options)


def export(name: Name = None, /, *, goal: Goal = ANY, options: BatteryOptions = BATTERY) -> int:
    """Discharge the battery into the grid."""
    return _command(name, BatteryMode.EXPORT, goal, options)


def auto(name: Name = None, /, *, options: BatteryOptions = BATTERY) -> int:
    """Let the battery serve the house, the vendor's default."""
    return _command(name, BatteryMode.AUTO, ANY, options)


def release(name: Name = None, /, *, options: BatteryOptions = BATTERY) -> int:
    """Restore what was set before the last command."""

    def change(device: Any, _home: str) -> Change:
        return Change(send=device.release, request="restore what was set before the last command")

    return carry_out(name, options, change)


def _command(name: str | None, mode: BatteryMode, goal: Goal, options: BatteryOptions) -> int:
    def change(device: Any, home: str) -> Change:
        end = next_time(goal.until, device.info.tz, now=datetime.now(UTC)) if goal.until else None
        command = BatteryCommand(mode=mode, target_soc_pct=goal.to, power_w=goal.power, until=end)

        def send(*, dry_run: bool) -> Any:
            return device.command(command, dry_run=dry_run, unattended=options.unattended)

        return Change(
            send=send,
            request=_command_text(command, device.info.tz),
            ends=_end_text(command, device.info.tz, home),
            afterwards="" if options.json or mode is BatteryMode.AUTO else _what_comes_back(device),
        )

    return carry_out(name, options, change)


_WORDS = {
    BatteryMode.AUTO: "let the battery serve the house",
    BatteryMode.CHARGE: "charge the battery",
    BatteryMode.HOLD: "keep what is in the battery",
    BatteryMode.EXPORT: "discharge the battery into the grid",
}


def _command_text(command: BatteryCommand, tz: str | None) -> str:
    """``charge the battery to 80 % at 3.00 kW until Mon 23 Nov 06:00``."""
    words = _WORDS[command.mode]
    if command.target_soc_pct is not None:
        words += f" to {percent(command.target_soc_pct)}"
    if command.power_w is not None:
        words += f" at {power(command.power_w)}"
    if command.until is not None:
        words += f" until {time_text(command.until, tz)}"
    return words


def _end_text(command: BatteryCommand, tz: str | None, home: str) -> str:
    """When it ends, where the device keeps the end, or that it has none."""
    if command.mode is BatteryMode.AUTO:
        return ""
    if command.until is None:
        return f"not by itself; openpower release {home} ends it"
    return f"{time_text(command.until, tz)}, by itself"


def _what_comes_back(device: Any) -> str:
    """What the battery does once the command has ended: its schedule, as the vendor holds it now."""
    before = "what was set before comes back"
    if not device.capabilities[Feature.SCHEDULE]:
        return before
    try:
        asked = getattr(device, "active_command", None)  # a device of another make may lack it
        if asked is not None and asked() is not None:  # the vendor's schedule may then be that command
            return "what was set before the earlier command comes back"
        schedule = device.schedule()
    except OpenPowerError:
        return before  # the plan, which reads too, says what is wrong
    if not schedule.windows:
        return f"{schedule.otherwise.value} at all times, as before"
    return f"the schedule comes back: {schedule_text(schedule)}"


ev = App(name="ev", help="Start, stop or limit the charging of the car.", help_epilogue=examples("ev"))


@ev.command
def start(name: Name = None, /, *, options: ChargerOptions = CHARGER) -> int:
    """Start charging the car."""
    return carry_out(name, options, lambda charger, _: Change(send=charger.start, request="start charging the car"))


@ev.command
def stop(name: Name = None, /, *, options: ChargerOptions = CHARGER) -> int:
    """Stop charging the car."""
    return carry_out(name, options, lambda charger, _: Change(send=charger.stop, request="stop charging the car"))


@ev.command
def limit(
    name: Name = None, /, *, amps: float, scope: CurrentScope = CurrentScope.CHARGER, options: ChargerOptions = CHARGER
) -> int:
    """Limit the current of the charger, or of the house that it shares.

    Args:
        amps: the limit in amperes.
        scope: what it limits: the charger, or the site's grid connection.
    """

    def change(charger: Any, _home: str) -> Change:
        def send(*, dry_run: bool) -> Any:
            return charger.set_current_limit(amps, scope=scope, dry_run=dry_run)

        return Change(send=send, request=f"limit the {scope.value} to {amps:g} A")

    return carry_out(name, options, change)


def audit(*, last: int = 20, json: Json = False) -> None:
    """Show what was written, when, by whom, and how it ended; times are this machine's.

    Args:
        last: how many of the newest lines (default: 20).
    """
    if last < 1:
        raise InvalidValue(f"--last {last} would show nothing.")
    from openpower_core.write import read_audit

    lines = read_audit(state_folder())[-last:]
    if json:
        print_json({"audit": lines})
    elif lines:
        head = ("when", "device", "what", "how it ended", "by whom")
        show_table(head, [audit_row(line) for line in lines])
    else:
        print_lines(["Nothing has been written yet."])
