"""``openpower demo``, ``status``, ``site``, ``watch`` and ``devices``: a home as it is now, and what it can do."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Annotated, Any

from attrs import define
from cyclopts import Parameter, validators
from rich.console import Group
from rich.text import Text

import openpower
from openpower import ConfigurationError, DataError, OpenPowerError, Site, Support, TemporaryError
from openpower.cli import completions
from openpower.cli.arguments import connect_all, connect_to, error_text, local, zone_of_machine
from openpower.cli.exits import INTERRUPTED, exit_code
from openpower.cli.home import (
    INCOMPLETE,
    HomeView,
    error_data,
    failure_text,
    failures_data,
    home_lines,
    nothing_found,
    read_home,
    show_home,
    status_line,
)
from openpower.cli.options import PLAIN, Common, Json, Name, Names, Pairs
from openpower.cli.output import (
    busy,
    columns,
    console,
    is_terminal,
    print_error,
    print_json,
    print_lines,
    program,
    show_table,
    wrapped,
)
from openpower.cli.overdue import OVERDUE, overdue_anywhere, overdue_data, overdue_of, warn_of
from openpower.cli.signals import stoppable
from openpower_core.connection.context import state_folder
from openpower_core.connection.profiles import profiles
from openpower_core.convert import to_dict

_DEMO_HINTS = [
    ("demo --start 2026-06-21T18:30", "another day and time"),
    ("status demo", "the home as it is now"),
    ("watch demo", "the home, live"),
    ("charge demo --to 80", "shows its plan, then asks"),
    ("providers", "vendors you can connect to"),
]


def demo(*, start: str | None = None, seed: int | None = None, tz: str | None = None, json: Json = False) -> None:
    """Show a simulated home: no account, no hardware, no network.

    Args:
        start: the date and time to show, on the home's clock, such as 2026-06-21T18:30 (default: 13:00 today).
        seed: another number gives another home and other weather.
        tz: the home's time zone (default: this machine's).
    """
    given: dict[str, Any] = {"tz": tz or zone_of_machine()} | ({} if seed is None else {"seed": seed})
    when = "."
    if start is None:  # not now: at night there is little to see, and at noon most, in winter too
        with openpower.connect("demo", **given) as now:
            start = f"{local(datetime.now(UTC), now.meter().info.tz):%Y-%m-%d}T13:00"
        when = ", at 13:00 today."
    with Site(openpower.connect("demo", start=start, **given)) as home:
        commands = [(f"{program()} {words}", purpose) for words, purpose in _DEMO_HINTS]
        hints = [(f"This home is simulated{when} Try next:", ""), *commands]
        _show(home, "Simulated home", json=json, hints=hints)


def status(name: Name = None, /, *, common: Common = PLAIN) -> int:
    """Show what a home is doing now, and what electricity costs."""
    title, connection = connect_to(name, common)
    with Site(connection) as home:
        return _show(home, title, json=common.json)


def site(*names: Names, option: Annotated[Pairs, Parameter(name=["--option", "-O"])] = (), json: Json = False) -> int:
    """Show several profiles as one home.

    If two of them measure the same flow, name the one to trust first.

    Args:
        names: profiles or providers (default: all profiles).
        option: an option of the providers, or of one NAME, such as -O alphaess.timeout=60 (may be repeated).
    """
    wanted = names or tuple(sorted(profiles()))
    if not wanted:
        raise ConfigurationError("no profile has been stored yet.", hint="Sign in with: openpower login PROVIDER")
    connections = connect_all(wanted, option)
    with Site(*connections) as joined:
        return _show(joined, " + ".join(wanted), json=json)


def _show(site: Site, title: str, *, json: bool, hints: Sequence[tuple[str, str]] = ()) -> int:
    """Read a site once and print it."""
    busy.say(f"asking {title}")
    try:
        home = read_home(site, name=title)
    except OpenPowerError:
        warn_of(each for each in overdue_anywhere() if each.command.provider in {c.provider for c in site.connections})
        raise
    if json:
        print_json(_home_data(home))
    else:
        show_home(home, hints=hints)
    return home.code


def _home_data(home: HomeView) -> dict[str, Any]:
    """The status of a home for programs: unrounded figures, complete ids."""
    snapshot = home.snapshot
    return {
        "name": home.name,
        "at": to_dict(home.at),
        "tz": home.tz,
        "balance": to_dict(snapshot.balance),
        "cost_per_minute": to_dict(snapshot.cost_per_minute),
        "currency": snapshot.currency,
        "devices": [
            {"id": device.id, "role": device.role.value, "reading": to_dict(snapshot.readings[device.id])}
            for device in home.devices
            if device.id in snapshot.readings
        ],
        "prices": [to_dict(price) for price in snapshot.prices.values()],
        "ahead": [to_dict(price) for price in home.ahead or ()],
        "commands": overdue_data(home.commands),
        "overdue": overdue_data(home.overdue),
        "failures": failures_data(snapshot.failures),
    }


def watch(
    name: Name = None,
    /,
    *,
    every: Annotated[float | None, Parameter(validator=validators.Number(gte=1))] = None,
    count: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None,
    common: Common = PLAIN,
) -> int:
    """Show a home live, in place; JSON lines in a pipe.

    Args:
        every: seconds between two readings (default: 10; of the simulated home 1); vendors refresh every 10 to 60.
        count: stop after this many, of those that differ.
    """
    title, connection = connect_to(name, common)
    every = every or (1.0 if connection.provider == "demo" else 10.0)
    slow = connection.provider == "demo" and not any(pair.startswith("speed") for pair in common.option)
    footer = [(f"{program()} watch demo -O speed=60", "an hour passes in a minute")] if slow else []
    try:
        with stoppable(), Site(connection) as home:
            looks = _looks(home, title, every, count)
            if common.json or not is_terminal():
                return _stream(looks)
            return _live(looks, _View(title, every, footer))
    except KeyboardInterrupt:  # how it ends, so there is nothing to say
        return INTERRUPTED


def _looks(site: Site, name: str, every: float, count: int | None) -> Iterator[HomeView | OpenPowerError]:
    """The home as it changes; an error that can pass by itself is shown once and does not end it."""
    passing = (TemporaryError, DataError)
    for snapshot in islice(site.watch(every), count):
        if snapshot.empty:  # the watch itself ends if none of the failures can pass
            yield next(failure.error for failure in snapshot.failures if isinstance(failure.error, passing))
            continue
        try:
            yield read_home(site, name=name, snapshot=snapshot)
        except passing as error:
            yield error


def _stream(looks: Iterator[HomeView | OpenPowerError]) -> int:
    code = 0
    for look in looks:
        if isinstance(look, HomeView):
            code = look.code
            print_json(_home_data(look), indent=None)
        else:
            code = exit_code(look)
            print_json({"error": error_data(look)}, indent=None)
        sys.stdout.flush()
    return code


@define
class _View:
    """What ``watch`` shows: the last look, how old it is, and why there is no newer one."""

    title: str
    every: float
    hints: list[tuple[str, str]]
    home: HomeView | None = None
    updated: float = 0.0
    """When the last look came (s, of the machine's clock)."""
    lost: float | None = None
    """Since when there has been none."""
    problem: str = ""
    back: str = ""

    def take(self, look: HomeView | OpenPowerError) -> int:
        """Show another look from now on; gives its exit code."""
        now = time.time()
        if isinstance(look, OpenPowerError):
            self.lost, self.problem = self.lost or now, error_text(look)
            return exit_code(look)
        self.back = "" if self.lost is None else f" Back after {now - self.lost:.0f} s."
        self.home, self.updated, self.lost = look, now, None
        return look.code

    def __rich__(self) -> Group:
        now, width = time.time(), columns(sys.stdout)
        lines: list[Text] = []
        if self.home is not None:
            words = f"Last update {_clock(self.updated, now)}, every {self.every:g} s.{self.back} Ctrl-C ends."
            lines.append(Text(wrapped(words, width), style="dim"))
        if self.lost is not None:
            words = f"! No connection since {_clock(self.lost, now)}, trying again: {self.problem}"
            lines.append(Text(wrapped(words, width, rest="  "), style="yellow"))
        if self.home is None:
            return Group("", Text(self.title, style="bold"), *lines)
        return home_lines(self.home, hints=self.hints, width=width, under=lines)


def _clock(instant: float, now: float) -> str:
    """``14:05:10 (3 s ago)``, on this machine's clock."""
    return f"{time.strftime('%H:%M:%S', time.localtime(instant))} ({now - instant:.0f} s ago)"


def _live(looks: Iterator[HomeView | OpenPowerError], view: _View) -> int:
    from rich.live import Live

    code = 0
    first = [*islice(looks, 1)]  # until it comes, the line on standard error says what is asked
    screen = console()
    if screen.is_dumb_terminal:  # it cannot redraw, so each look is a line of its own
        for look in chain(first, looks):
            code = view.take(look)
            print_lines([f"! {view.problem}" if isinstance(look, OpenPowerError) else status_line(look)])
            sys.stdout.flush()
        return code
    # Redrawn twice a second, so that no second is left out, and a terminal that was resized is filled again.
    for look in first:
        code = view.take(look)
    live = Live(view, console=screen, refresh_per_second=2)
    try:  # and no "with", which would leave the cursor hidden if it were interrupted while it begins
        live.start(refresh=True)
        for look in looks:
            code = view.take(look)
            live.refresh()
    finally:
        live.stop()
    return code


_MARKS = {Support.EMULATED: "~", Support.CONDITIONAL: "?", Support.UNKNOWN: "?"}
"""After the name of a feature: ``~`` is emulated, ``?`` is conditional or unknown."""


def devices(name: Name = None, /, *, common: Common = PLAIN) -> int:
    """List the devices of a home, and what each can do.

    A ``~`` after a feature means emulated, a ``?`` conditional or unknown.
    """
    title, connection = connect_to(name, common)
    with connection:
        found: list[Any] = connection.devices()
        if state_folder().is_dir():  # looking makes none
            completions.remember(title, found)
        failures = connection.failures
        overdue = overdue_of([connection], title)
    code = OVERDUE if overdue else INCOMPLETE if failures or not found else 0
    if common.json:
        data = [_device_data(device) for device in found]
        print_json(
            {"name": title, "devices": data, "overdue": overdue_data(overdue), "failures": failures_data(failures)}
        )
        return code
    rows = [(device.info.id, device.info.model or "–", _abilities(device.capabilities)) for device in found]
    if rows:
        show_table(("id", "model", "can"), rows)
    elif not failures:
        print_error(nothing_found([connection.provider]))
    for failure in failures:
        print_error(f"note: {failure_text(failure)}")
    warn_of(overdue)
    return code


def _device_data(device: Any) -> dict[str, Any]:
    """One device with its capabilities."""
    features = sorted(device.capabilities.items())
    capabilities = {feature.value: to_dict(capability) for feature, capability in features}
    return {**to_dict(device.info), "capabilities": capabilities}


def _abilities(capabilities: openpower.Capabilities) -> str:
    supported = [(feature, capability.support) for feature, capability in capabilities.items() if capability]
    return ", ".join(f"{feature.value}{_MARKS.get(support, '')}" for feature, support in supported)
