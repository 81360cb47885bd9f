"""``openpower schedule show``, ``set`` and ``clear``, and schedules as text: ``charge 01:00-05:00 to 90 on mon-fri``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar, cast

from attrs import frozen
from cyclopts import Parameter

from openpower import EVERY_DAY, BatteryMode, InvalidValue, Schedule, Weekday, Window
from openpower.cli.app import group
from openpower.cli.arguments import connect_to
from openpower.cli.changes import Change, carry_out
from openpower.cli.options import BATTERY, PLAIN, Battery, BatteryOptions, Common, Name
from openpower.cli.output import SCHEMA, print_json, print_lines
from openpower_core.convert import to_dict
from openpower_core.convert.documents import READ, read_document, read_json_document

_T = TypeVar("_T")
app = group("schedule")


@app.command
def show(name: Name = None, /, *, battery: Battery = None, common: Common = PLAIN) -> None:
    """Print the current schedule, in the form that "schedule set" reads."""
    _, connection = connect_to(name, common)
    with connection:
        schedule = connection.battery(battery).schedule()
    if common.json:
        print_json({"schedule": to_dict(schedule)})
    else:
        print_lines(_schedule_lines(schedule))


@app.command(name="set")
def set_(
    name: Name = None,
    /,
    *,
    window: Annotated[tuple[str, ...], Parameter(name=["--window", "-w"])] = (),
    file: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    otherwise: BatteryMode = BatteryMode.AUTO,
    options: BatteryOptions = BATTERY,
) -> int:
    """Replace the schedule with windows, or with a file such as "schedule show" prints.

    Args:
        window: a window, such as -w "charge 01:00-05:00 to 90 on mon-fri" (may be repeated).
        file: a file with the schedule, as text or JSON; - is standard input.
        otherwise: the mode outside the windows (default: auto).
    """
    if bool(window) == (file is not None):
        raise InvalidValue(
            "give either --window or --file.",
            hint="For example -w 'charge 01:00-05:00 to 90'. To remove all windows: openpower schedule clear",
        )
    if file is not None:
        return _replace(name, read_schedule(*_text_of(file)), options)
    return _replace(name, Schedule(windows=tuple(map(parse_window, window)), otherwise=otherwise), options)


@app.command
def clear(name: Name = None, /, *, options: BatteryOptions = BATTERY) -> int:
    """Remove all windows, so that the battery operates automatically at all times."""
    return _replace(name, Schedule(), options)


def _replace(name: str | None, schedule: Schedule, options: BatteryOptions) -> int:
    def change(device: Any, _home: str) -> Change:
        def send(*, dry_run: bool) -> Any:
            return device.set_schedule(schedule, dry_run=dry_run)

        return Change(send=send, request=f"replace the schedule with: {schedule_text(schedule)}")

    return carry_out(name, options, change)


def _text_of(file: Path) -> tuple[str, str]:
    """The text, and what messages call it."""
    try:
        if str(file) == "-":
            return sys.stdin.read() if sys.stdin else "", "the input"
        return file.read_text(encoding="utf-8-sig"), file.name
    except UnicodeDecodeError:
        raise InvalidValue(f"{file} is not a text file.") from None


_WINDOW: Final = re.compile(
    r"(?P<mode>[\w-]+)\s+(?P<start>\d{1,2}:\d{2})\s*[-–]\s*(?P<end>\d{1,2}:\d{2})"
    r"(?:\s+to\s+(?P<target>\d+(?:\.\d+)?)\s*%?)?(?:\s+at\s+(?P<power>\d+(?:\.\d+)?)\s*w?)?(?:\s+on\s+(?P<days>[\w,\-\s]+))?",
    re.ASCII | re.IGNORECASE,
)


def parse_window(text: str) -> Window:
    """Read one window.

    >>> window_text(parse_window("charge 1:00-5:00 to 90 at 3000 on mon-wed,sun"))
    'charge 01:00-05:00 to 90 at 3000 on mon-wed,sun'

    Raises:
        InvalidValue: it is not in that form.
    """
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise InvalidValue(
            f"{text!r} is not a window.",
            hint=f"Write, for example, 'charge 01:00-05:00 to 90 on mon-fri'; the modes are {', '.join(map(_word, BatteryMode))}.",
        )
    return Window(
        mode=match["mode"],
        start=match["start"],
        end=match["end"],
        target_soc_pct=float(match["target"]) if match["target"] else None,
        power_w=float(match["power"]) if match["power"] else None,
        days=match["days"] or EVERY_DAY,
    )


def read_schedule(text: str, name: str = "the schedule") -> Schedule:
    """Read a schedule as ``openpower schedule show`` prints it: one window per line, or JSON.

    >>> schedule_text(read_schedule("hold 16:00-18:00\\notherwise idle"))
    'hold 16:00-18:00; otherwise idle'

    Args:
        text: the whole document.
        name: what messages call it.

    Raises:
        InvalidValue: it is neither, or it is empty.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "[", '"'):
        return _from_json(text, name)
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InvalidValue(f"{name} is empty.", hint=_CLEAR)
    otherwise = BatteryMode.AUTO
    if lines[-1][1].lower().startswith("otherwise"):
        number, line = lines.pop()
        otherwise = _on_line(name, number, line, _otherwise)
    return Schedule(windows=[_on_line(name, *line, parse_window) for line in lines], otherwise=otherwise)


_CLEAR: Final = "To remove all windows: openpower schedule clear"


def _on_line(name: str, number: int, line: str, parse: Callable[[str], _T]) -> _T:
    try:
        return parse(line)
    except InvalidValue as error:
        raise InvalidValue(f"{name}, line {number}: {error.message}", operation=READ, hint=error.hint) from None


def _otherwise(line: str) -> BatteryMode:
    _, _, mode = line.partition(" ")
    return Schedule(otherwise=mode).otherwise


@frozen(kw_only=True)
class _Printed:
    """What ``schedule show --json`` prints."""

    schedule: Schedule
    schema: Literal[1] = SCHEMA


def _from_json(text: str, name: str) -> Schedule:
    """Read what ``show --json`` prints, or the schedule in it alone."""
    data = read_json_document(text, name)
    if isinstance(data, dict) and ("schedule" in data or "schema" in data):
        schedule = read_document(_Printed, data, name=name).schedule
        data = cast("dict[str, Any]", data)["schedule"]
    else:
        schedule = read_document(Schedule, data, name=name)
    if "windows" not in data:  # a list of none is a decision, no list is a slip
        raise InvalidValue(f"{name} lacks the key 'windows'.", operation=READ, hint=_CLEAR)
    return schedule


def window_text(window: Window) -> str:
    """The window as :func:`parse_window` reads it."""
    parts = [f"{_word(window.mode)} {window.start:%H:%M}-{window.end:%H:%M}"]
    if window.target_soc_pct is not None:
        parts.append(f"to {_digits(window.target_soc_pct)}")
    if window.power_w is not None:
        parts.append(f"at {_digits(window.power_w)}")
    if window.days != EVERY_DAY:
        parts.append(f"on {_days_text(sorted(window.days))}")
    return " ".join(parts)


def _digits(number: float) -> str:
    """All digits of a number, without an exponent: what is read back must be the same number."""
    return f"{Decimal(repr(number)):f}".removesuffix(".0")


def _days_text(days: Sequence[Weekday]) -> str:
    """``mon-fri,sun``: three days or more in a row as a range."""
    runs: list[list[str]] = []
    for place, day in enumerate(days):
        if place == 0 or day != days[place - 1] + 1:
            runs.append([])
        runs[-1].append(day.name[:3].lower())
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(run) for run in runs)


def schedule_text(schedule: Schedule) -> str:
    """The whole schedule in one line."""
    return "; ".join(_schedule_lines(schedule))


def _schedule_lines(schedule: Schedule) -> Iterator[str]:
    """The whole schedule, in the order of the day."""
    windows = sorted(schedule.windows, key=lambda window: (min(window.days), window.start))
    yield from map(window_text, windows)
    yield f"otherwise {_word(schedule.otherwise)}"


def _word(mode: BatteryMode) -> str:
    """As ``--otherwise`` lists it; both forms are read."""
    return mode.value.replace("_", "-")
