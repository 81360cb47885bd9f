"""``openpower charge``, ``hold``, ``export``, ``auto``, ``release``, ``ev …`` and ``audit``: batteries and chargers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from cyclopts import Parameter, validators

from openpower import UNTIL_RELEASED, BatteryCommand, BatteryMode, CurrentScope, Feature, InvalidValue, OpenPowerError
from openpower.cli import overdue
from openpower.cli.app import group
from openpower.cli.arguments import next_time, time_text
from openpower.cli.changes import Change, carry_out
from openpower.cli.options import ANY, BATTERY, CHARGER, BatteryOptions, ChargerOptions, Goal, Json, Name, Names, Until
from openpower.cli.output import percent, power, print_json, print_lines, program, show_table
from openpower.cli.schedule import schedule_text
from openpower_core.connection.context import state_folder


def charge(name: Name = None, /, *, goal: Goal = ANY, options: BatteryOptions = BATTERY) -> int:
    """Charge the battery, from the grid if necessary."""
    return _command(name, BatteryMode.CHARGE, goal, options)


def hold(name: Name = None, /, *, until: Until = None, options: BatteryOptions = BATTERY) -> int:
    """Hold the charge of the battery; only solar adds to it."""
    return _command(name, BatteryMode.HOLD, Goal(until=until), options)


def export(name: Name = None, /, *, goal: Goal = ANY, options: BatteryOptions = BATTERY) -> int:
    """Discharge the battery into the grid."""
    if name in _PROGRAMS:  # whoever types it wants a file, and the battery must not be discharged for that
        raise InvalidValue(
            f"export discharges the battery, and {name} is a program.",
            hint=f"For its configuration, type: openpower run --print {name}",
        )
    return _command(name, BatteryMode.EXPORT, goal, options)


_PROGRAMS: Final = ("predbat", "emhass")


def auto(name: Name = None, /, *, options: BatteryOptions = BATTERY) -> int:
    """Return the battery to automatic operation."""
    return _command(name, BatteryMode.AUTO, ANY, options)


def release(
    *names: Annotated[Names, Parameter(help="a profile or a provider (default: the only profile).")],
    due: bool = False,
    discard: bool = False,
    options: BatteryOptions = BATTERY,
) -> int:
    """Restore what was set before the last command.

    Args:
        due: release whatever is overdue, at these homes or at all that the state folder knows.
        discard: forget what was set before; what the battery holds now stays.
    """
    if due:
        return overdue.release_due(names, options)
    if len(names) > 1:
        raise InvalidValue("release takes one NAME.", hint="For several homes, type: openpower release --due NAME NAME")
    name = names[0] if names else None
    if discard:
        return overdue.discard(name, options)

    def change(device: Any, _home: str) -> Change:
        return Change(send=device.release, request="restore what was set before the last command")

    return carry_out(name, options, change)


def _command(name: str | None, mode: BatteryMode, goal: Goal, options: BatteryOptions) -> int:
    def change(device: Any, home: str) -> Change:
        end = _end(goal.until, device.info.tz)
        command = BatteryCommand(mode=mode, target_soc_pct=goal.to, power_w=goal.power, until=end)

        def send(*, dry_run: bool) -> Any:
            # A plan is shown with the end that somebody has to keep; whether anybody does is asked before it is sent.
            return device.command(command, dry_run=dry_run, unattended=options.unattended or dry_run)

        return Change(
            send=send,
            request=_command_text(command, device.info.tz),
            ends=_end_text(command, device, home),
            afterwards="" if options.json or mode is BatteryMode.AUTO else _what_comes_back(device),
        )

    return carry_out(name, options, change)


def _end(until: str | None, tz: str | None) -> datetime | None:
    if until is None or until == _RELEASED:
        return UNTIL_RELEASED if until else None
    return next_time(until, tz, now=datetime.now(UTC))


_RELEASED: Final = "released"
"""What to type for a command that has no end."""
_WORDS = {
    BatteryMode.AUTO: "return the battery to automatic operation",
    BatteryMode.CHARGE: "charge the battery",
    BatteryMode.HOLD: "hold the charge of the battery",
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
        words += f" until {_RELEASED if command.until == UNTIL_RELEASED else time_text(command.until, tz)}"
    return words


def _end_text(command: BatteryCommand, device: Any, home: str) -> str:
    """When it ends, if the device keeps the end, or that it does not end by itself."""
    if command.mode is BatteryMode.AUTO:
        return ""
    if command.until == UNTIL_RELEASED:
        return f"not by itself; to end it, type {program()} release {home}"
    if command.until is None:
        target = "" if command.target_soc_pct is None else f"once it is at {percent(command.target_soc_pct)}, or "
        writer = device.writer
        lasts = "its default" if writer is None else f"{writer.default_duration.total_seconds() / 3600:g} hours"
        return f"{target}after {lasts} (-O default_duration), by itself"
    return f"{time_text(command.until, device.info.tz)}, by itself"


def _what_comes_back(device: Any) -> str:
    """What the battery does after the command: its schedule, as the vendor has it now."""
    before = "what was set before is restored"
    if not device.capabilities[Feature.SCHEDULE]:
        return before
    try:
        asked = getattr(device, "active_command", None)  # devices of third parties may lack it
        if asked is not None and asked() is not None:  # the vendor's schedule may then be that command
            return "what was set before the earlier command is restored"
        schedule = device.schedule()
    except OpenPowerError:
        return before  # planning reads as well, and reports what is wrong
    if not schedule.windows:
        return f"{schedule.otherwise.value.replace('_', '-')} at all times, as before"
    return f"the schedule is restored: {schedule_text(schedule)}"


app = group("ev")


@app.command
def start(name: Name = None, /, *, options: ChargerOptions = CHARGER) -> int:
    """Start charging the car."""
    return carry_out(name, options, lambda charger, _: Change(send=charger.start, request="start charging the car"))


@app.command
def stop(name: Name = None, /, *, options: ChargerOptions = CHARGER) -> int:
    """Stop charging the car."""
    return carry_out(name, options, lambda charger, _: Change(send=charger.stop, request="stop charging the car"))


@app.command
def limit(
    name: Name = None, /, *, amps: float, scope: CurrentScope = CurrentScope.CHARGER, options: ChargerOptions = CHARGER
) -> int:
    """Limit the current of the charger, or of the whole site.

    Args:
        amps: the limit in amperes.
        scope: what is limited: the charger (the default), or the site's grid connection.
    """

    def change(charger: Any, _home: str) -> Change:
        def send(*, dry_run: bool) -> Any:
            return charger.set_current_limit(amps, scope=scope, dry_run=dry_run)

        return Change(send=send, request=f"limit the {scope.value} to {amps:g} A")

    return carry_out(name, options, change)


def audit(*, last: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 20, json: Json = False) -> None:
    """Show what was written, when, and the outcome.

    Times are on this machine's clock.

    Args:
        last: how many of the newest lines to show (default: 20).
    """
    from openpower_core.write import read_audit

    lines = read_audit(state_folder(), limit=2 * last)
    # Each write has a line from before it was sent, which matters only where no other one follows.
    ended = {line.get("id") for line in lines if line.get("outcome") != "sending"}
    lines = [line for line in lines if line.get("outcome") != "sending" or line.get("id") not in ended][-last:]
    if json:
        print_json({"audit": lines})
    elif lines:
        head = ("when", "device", "what", "outcome", "by")
        show_table(head, [_audit_row(line) for line in lines])
    else:
        print_lines(["Nothing has been written yet."])


_AUDITED: Final = {"sending": "unknown: it was interrupted"}


def _audit_row(line: dict[str, Any]) -> tuple[str, ...]:
    """When, which device, what, the outcome, and by whom."""
    outcome = str(line.get("outcome", "–"))
    words = _AUDITED.get(outcome, outcome.replace("_", " "))
    if error := line.get("error"):
        words += f": {error}"
    return (
        f"{datetime.fromisoformat(line['at']).astimezone():%Y-%m-%d %H:%M}",
        str(line.get("device", "–")),
        str(line.get("operation", "–")).replace("_", " "),
        words,
        str(line.get("by", "–")),
    )
