"""``openpower schedule show``, ``set`` and ``clear``: what a battery does through the week."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from openpower.cli.orders import AS_GIVEN, How, carry_out
from openpower.cli.schedule_text import parse_window, schedule_lines
from openpower.cli.screen import print_json, print_lines
from openpower.cli.target import PLAIN, Common, connect_to
from openpower_core.control import BatteryMode, Schedule
from openpower_core.convert import unstructure

__all__ = ["app"]

app = App(name="schedule", help="Show, set or clear what a battery does through the week.")


@app.command
def show(name: str | None = None, /, *, battery: str | None = None, common: Common = PLAIN) -> None:
    """Show the schedule that the vendor holds, in the form that ``set`` reads.

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
    otherwise: BatteryMode = BatteryMode.AUTO,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Replace the schedule.

    Args:
        name: a profile or a provider (default: the only profile).
        window: a window, such as -w "charge 01:00-05:00 to 90 on mon-fri" (may be repeated).
        otherwise: the mode outside the windows.
        battery: the battery's id, where there are several.
    """
    schedule = Schedule(windows=tuple(parse_window(each) for each in window), otherwise=otherwise)
    return _replace(name, schedule, battery, how, common)


@app.command
def clear(
    name: str | None = None,
    /,
    *,
    battery: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Take all windows away: the battery serves the house at all times.

    Args:
        name: a profile or a provider (default: the only profile).
        battery: the battery's id, where there are several.
    """
    return _replace(name, Schedule(), battery, how, common)


def _replace(
    name: str | None, schedule: Schedule, battery: str | None, how: How, common: Common
) -> int:
    _, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.battery(battery)

        def order(*, dry_run: bool) -> Any:
            return device.set_schedule(schedule, dry_run=dry_run)

        return carry_out(device, order, how=how, json=common.json)
