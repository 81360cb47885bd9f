"""``openpower schedule show``, ``set`` and ``clear``: what a battery does through the week."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from openpower.cli.examples import epilogue
from openpower.cli.orders import AS_GIVEN, How, Order, carry_out
from openpower.cli.output import print_json, print_lines
from openpower.cli.schedule_text import parse_window, read_schedule, schedule_lines, schedule_text
from openpower.cli.target import PLAIN, Common, connect_to
from openpower_core.control import BatteryMode, Schedule
from openpower_core.convert import unstructure
from openpower_core.errors import InvalidValue

__all__ = ["app"]

app = App(
    name="schedule", help="Show, set or clear what a battery does through the week.", help_epilogue=epilogue("schedule")
)


@app.command
def show(name: str | None = None, /, *, battery: str | None = None, common: Common = PLAIN) -> None:
    """Show the schedule that the vendor holds, in the form that "schedule set" reads.

    Args:
        name: a profile or a provider (default: the only profile).
        battery: the battery's id, where there are several.
    """
    _, connection = connect_to(name, common)
    with connection:
        schedule = connection.battery(battery).schedule()
    if common.json:
        print_json({"schedule": unstructure(schedule)})
    else:
        print_lines(schedule_lines(schedule))


@app.command(name="set")
def set_(
    name: str | None = None,
    /,
    *,
    window: Annotated[tuple[str, ...], Parameter(name=["--window", "-w"])] = (),
    file: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    otherwise: BatteryMode = BatteryMode.AUTO,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Replace the schedule, by windows or by a file such as "schedule show" prints.

    Args:
        name: a profile or a provider (default: the only profile).
        window: a window, such as -w "charge 01:00-05:00 to 90 on mon-fri" (may be repeated).
        file: read it from a file, or with - from standard input; text or JSON.
        otherwise: the mode outside the windows (default: auto).
        battery: the battery's id, where there are several.
    """
    if bool(window) == (file is not None):
        raise InvalidValue(
            "give either windows or a file.",
            hint="Such as -w 'charge 01:00-05:00 to 90'; to take all away: openpower schedule clear.",
        )
    if file is not None:
        schedule = read_schedule(_text_of(file))
    else:
        windows = tuple(parse_window(each) for each in window)
        schedule = Schedule(windows=windows, otherwise=otherwise)
    return _replace(name, schedule, battery, how, common)


@app.command
def clear(
    name: str | None = None, /, *, battery: str | None = None, how: How = AS_GIVEN, common: Common = PLAIN
) -> int:
    """Take all windows away: the battery serves the house at all times.

    Args:
        name: a profile or a provider (default: the only profile).
        battery: the battery's id, where there are several.
    """
    return _replace(name, Schedule(), battery, how, common)


def _text_of(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read() if sys.stdin else ""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidValue(f"{file} is no text.") from None


def _replace(name: str | None, schedule: Schedule, battery: str | None, how: How, common: Common) -> int:
    target, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.battery(battery)

        def send(*, dry_run: bool) -> Any:
            return device.set_schedule(schedule, dry_run=dry_run)

        what = f"replace the schedule by: {schedule_text(schedule)}"
        order = Order(home=target.name, send=send, what=what)
        return carry_out(device, order, how=how, json=common.json)
