"""Commands whose end has passed without a release: seen by every look at a home, put right by ``release --due`` and ``supervise``."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any, Final, NoReturn

from attrs import define, field, frozen
from cyclopts import Parameter, validators

from openpower import ActiveCommand, ConfigurationError, Connection, Feature, OpenPowerError, Unsupported, mask
from openpower.cli.arguments import connect_to, day_and_clock, error_text, time_text
from openpower.cli.changes import agreed, spinner
from openpower.cli.exits import exit_code
from openpower.cli.options import PLAIN, BatteryOptions, Common, Names
from openpower.cli.output import print_error, print_json, print_labelled, print_lines, program
from openpower.cli.signals import stoppable
from openpower_core.connection.context import state_folder
from openpower_core.connection.profiles import profiles
from openpower_core.convert import to_dict
from openpower_core.write import active_commands

OVERDUE: Final = 8
"""The exit code of a command that saw something overdue, or left it so."""


@frozen(kw_only=True)
class Overdue:
    """A command that is overdue, and what is known of its home."""

    command: ActiveCommand
    tz: str | None = None
    """The zone of the home's clock; None where it is unknown, and times are on this machine's clock."""
    home: str = ""
    """What to type for the home; empty where it is unknown."""

    def __str__(self) -> str:
        words = f"The {self.what} was to be released {self.due}, and still holds."
        return f"{words} To put it right: {program()} release --due {self.home}".rstrip()

    @property
    def what(self) -> str:
        """``charge of DE…0001/battery``."""
        asked = self.command.command
        operation = self.command.operation if asked is None else asked.mode.value
        return f"{operation.replace('_', ' ')} of {mask_id(self.command.device_id)}"

    @property
    def end(self) -> str:
        """``is to be released on Sat 28 Nov 06:00``."""
        if self.command.release_due is not None:
            return f"is to be released {self.due}"
        until = self.command.ends_at
        return "has no end of its own" if until is None else f"ends by itself on {time_text(until, self.tz)}"

    @property
    def due(self) -> str:
        """``on Sat 28 Nov 06:00``, on the home's clock."""
        due = self.command.release_due or self.command.since
        return f"on {time_text(due, self.tz) if self.tz else day_and_clock(due.astimezone())}"


def mask_id(device_id: str) -> str:
    """The id as messages show it; what is masked already stays."""
    return device_id if "…" in device_id else mask(device_id)


def overdue_of(connections: Iterable[Connection[Any]], home: str) -> list[Overdue]:
    """What is overdue at a home; once its devices are known, only the state folder is asked."""
    return [each for connection in connections for each in active_at(connection, home) if each.command.overdue]


def active_at(connection: Connection[Any], home: str) -> Iterator[Overdue]:
    """The commands at a home that have not been released, whether they are due or not."""
    for battery in connection.batteries():
        ask = getattr(battery, "active_command", None)  # devices of third parties may lack it
        command: ActiveCommand | None = ask() if ask else None
        if command is not None:
            yield Overdue(command=command, tz=battery.info.tz, home=home)


def overdue_anywhere(*, pending: bool = False) -> list[Overdue]:
    """What is overdue at any home that the state folder remembers; connects to none.

    Args:
        pending: also what was released or refused, and is to be read back by now.
    """
    commands = [command for command in active_commands(state_folder(), pending=pending) if command.overdue]
    return [_at_home(command, profiles()) for command in commands]


def _at_home(command: ActiveCommand, known: dict[str, dict[str, Any]]) -> Overdue:
    """With the home's name and zone, where only one profile can be it."""
    homes = [name for name, table in known.items() if table.get("provider", name) == command.provider]
    if len(homes) != 1:
        return Overdue(command=command)
    return Overdue(command=command, home=homes[0], tz=known[homes[0]].get("tz"))


def overdue_data(found: Iterable[Overdue]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [to_dict(each.command) for each in found]


def warn_of(found: Iterable[Overdue]) -> int:
    """Say what is overdue on standard error, beside a command's own output; gives the exit code."""
    code = 0
    for each in found:
        print_error(f"note: {each}")
        code = OVERDUE
    return code


Homes = list[tuple[str, Connection[Any]]]
Failures = list[dict[str, Any]]


def release_due(names: Sequence[str], options: BatteryOptions) -> int:
    """Release what is overdue at these homes, or at all; where one fails, the others are released all the same."""
    failures: Failures = []
    with ExitStack() as stack:
        homes = _connected(names or _homes_of(overdue_anywhere(pending=True)), options, stack, failures)
        found = [each for home, connection in homes for each in overdue_of([connection], home)]
        if not options.json:
            print_lines(
                [f"release  the {each.what}, due {each.due}" for each in found]
                or ["Nothing is overdue."][: not failures]
            )
        if found and not options.dry_run and not agreed(options):
            print_lines(["Nothing was sent."])
            return OVERDUE
        # Also where nothing is overdue: what was released or refused may have shown since.
        for home, connection in homes if not options.dry_run else []:
            if connection.writer is not None or found:
                with _noting(home, failures), stoppable(), spinner(f"Releasing at {home}", quiet=options.json):
                    _writer_of(connection).release_due()
        left = [each for home, connection in homes for each in overdue_of([connection], home)]
    left = left if names or options.dry_run else overdue_anywhere()
    return _report(found, left, failures, options)


def _report(found: list[Overdue], left: list[Overdue], failures: Failures, options: BatteryOptions) -> int:
    ids = {each.command.id for each in left}
    released = [each for each in found if each.command.id not in ids]
    if options.json:
        print_json({"released": overdue_data(released), "overdue": overdue_data(left), "failures": failures})
    elif options.dry_run and found:
        print_lines(["Planned; nothing was sent."])
    else:
        print_lines(f"The {each.what} is released." for each in released)
        print_lines(f"! {each}" for each in left)
    if left and not options.dry_run:
        return OVERDUE
    return next((failure["exit_code"] for failure in failures), 0)


def _homes_of(found: Iterable[Overdue]) -> list[str]:
    """The profiles that may be the homes of these commands, and providers that need no profile."""
    providers = {each.command.provider for each in found}
    known = {name: str(table.get("provider", name)) for name, table in profiles().items()}
    return [*(name for name, provider in known.items() if provider in providers), *(providers - set(known.values()))]


def _connected(names: Iterable[str], options: Common, stack: ExitStack, failures: Failures) -> Homes:
    homes: Homes = []
    for name in names:
        with _noting(name, failures):
            home, connection = connect_to(name, options, stateful=True, releases=False)
            stack.enter_context(connection)
            connection.devices()
            homes.append((home, connection))
    return homes


@contextmanager
def _noting(home: str, failures: Failures) -> Generator[None]:
    """Say what fails at a home, and go on with the next one."""
    try:
        yield
    except OpenPowerError as error:
        text = error_text(error)
        code = exit_code(error)
        failures.append({"home": home, "type": type(error).__name__, "message": text, "exit_code": code})
        print_error(f"{home}: {text}")


def _writer_of(connection: Connection[Any]) -> Any:
    if connection.writer is None:
        raise Unsupported(f"{connection.provider} only reads.", feature=Feature.RELEASE)
    return connection.writer


def discard(name: str | None, options: BatteryOptions) -> int:
    """Forget what a battery held before openpower's commands: what it holds now stays."""
    _, connection = connect_to(name, options, stateful=True, releases=False)
    with connection:
        battery = options.device(connection)
        if not options.json:
            words = "forget what the battery held before openpower's commands; what it holds now stays"
            print_labelled([("plan", words), ("device", battery.info.id)])
        agrees = not options.dry_run and agreed(options, "Forget it?")
        count: int = battery.discard_restore_point() if agrees else 0
    if options.json:
        print_json({"discarded": count})
    elif agrees:
        print_lines(["Forgotten." if count else "There was nothing to forget."])
    else:
        print_lines(["Nothing was forgotten."])
    return 0 if agrees or options.dry_run else 1


def supervise(*names: Names, every: Annotated[float, Parameter(validator=validators.Number(gte=1))] = 10.0) -> int:
    """Release what is due at homes, until ctrl-C.

    As long as it runs, commands to devices that keep no end need no --wait.

    Args:
        names: profiles or providers (default: all profiles).
        every: seconds between two looks into the state folder (default: 10).
    """
    wanted = names or tuple(sorted(profiles()))
    if not wanted:
        raise ConfigurationError("no profile has been stored yet.", hint="Sign in with: openpower login PROVIDER")
    with ExitStack() as stack:
        homes = [connect_to(name, PLAIN, stateful=True) for name in wanted]
        for _, connection in homes:
            stack.enter_context(connection)
        try:
            with stoppable():
                print_lines([f"Releasing what is due at {', '.join(wanted)}. To stop, press ctrl-C."])
                _supervise([_Supervised(home=home, connection=connection) for home, connection in homes], every)
        except KeyboardInterrupt:  # how it ends: a service that is stopped has not failed
            print_lines(["Stopped."])
    return 0


def _supervise(homes: Sequence[_Supervised], every: float) -> NoReturn:
    while True:
        for home in homes:
            print_lines(home.look())
        sys.stdout.flush()
        time.sleep(every)


@define(kw_only=True)
class _Supervised:
    """A home whose commands are released when they are due, and what has been said of it."""

    home: str
    connection: Connection[Any]
    watched: dict[str, Overdue] = field(factory=dict[str, Overdue])
    problem: str = ""

    def look(self) -> Iterator[str]:
        """Release what is due, and yield a line for whatever is new."""
        before, problem = self.problem, ""
        try:
            writer = _writer_of(self.connection)
            self.connection.devices()
            writer.supervise()
            writer.release_due()
            found = {each.command.id: each for each in active_at(self.connection, self.home)}
        except OpenPowerError as error:
            self.problem = error_text(error)
            if self.problem != before:
                yield f"{self.home}: ! {self.problem}"
            return
        self.problem = problem
        if before:
            yield f"{self.home}: reachable again."
        yield from (
            f"{self.home}: the {each.what} {each.end}." for id_, each in found.items() if id_ not in self.watched
        )
        yield from (
            f"{self.home}: the {each.what} has ended." for id_, each in self.watched.items() if id_ not in found
        )
        self.watched = found
