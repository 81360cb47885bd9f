"""``openpower run``: keeps homes connected until ctrl-C; and what belongs to its configuration."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

import openpower
from openpower import ConfigurationError, InvalidValue, OpenPowerError
from openpower.cli import completions
from openpower.cli.arguments import check_writable, error_text, zone_of_machine
from openpower.cli.home import INCOMPLETE, failure_text
from openpower.cli.output import print_error, print_labelled, print_lines, print_text, program, with_extra
from openpower_core.connection.context import state_folder
from openpower_core.connection.profiles import profiles

if TYPE_CHECKING:
    from openpower_hub.config import HubConfig

_Profiles = Annotated[tuple[str, ...], Parameter(negative=(), completer=completions.homes)]
_Name = Annotated[str | None, Parameter(name="--new-token")]
_Print = Annotated[Literal["predbat", "emhass"] | None, Parameter(name="--print")]


def run(
    *,
    profile: _Profiles = (),
    config: Path | None = None,
    init: bool = False,
    check: bool = False,
    token: _Name = None,
    rights: str = "read",
    show: _Print = None,
) -> int:
    """Keep homes connected: a page, MQTT, Prometheus and a history.

    Args:
        profile: a profile of the home (may be repeated; default: the homes of openpower.toml, else the simulated home).
        config: the configuration file (default: openpower.toml here, or beside the profiles).
        init: ask what is wanted, and write the configuration file.
        check: read the configuration, and say what would run.
        token: make a token of that name for the page and the HTTP API, and print it.
        rights: with --new-token: read, or read,control (default: read).
        show: print what another program needs: predbat (its apps.yaml) or emhass (its configuration).
    """
    check_installed()
    if profile and config is not None:
        raise InvalidValue(
            "--profile and --config were both given.", hint="Name the profiles in the file, or leave one of them out."
        )
    if token is not None:
        return _print_token(token, rights)
    from openpower_hub.config import HubConfig
    from openpower_hub.config_file import find_file, read_config

    if init:
        from openpower.cli.wizard import init as ask

        return ask(config)
    file = config or (None if profile else find_file())

    def read() -> HubConfig:
        # Always the same file: a reload without it would go on with the simulated home.
        return HubConfig.of_profiles(profile) if file is None else read_config(file)

    if check:
        return _check(read(), file)
    if show is not None:
        return _print(show, read())
    return _run(read, file, profile)


def check_installed() -> None:
    """Refuse to go on without the hub.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import_module("openpower_hub.engine")
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the hub is an extra that is not installed (no module named {error.name!r}).",
            hint=f"Install it with: {with_extra('cli,hub')}",
        ) from None


def _run(read: Any, file: Path | None, profile: tuple[str, ...]) -> int:
    from openpower_hub import logs, process

    check_writable(state_folder(), hint="Set OPENPOWER_STATE_DIR to a folder that can be written.")
    logs.to_stderr()
    if file is not None:
        print_lines([f"Configuration: {file}"])
    elif not profile:
        print_lines([f"No configuration, so this is a simulated home. For your own: {program()} run --init"])
    process.run(read, connect=connect_home)
    print_lines(["Ended."])
    return 0


def connect_home(name: str, **options: Any) -> Any:
    """Connect for the hub, which is responsible for the state folder; the simulated home goes by the clock on the wall."""
    known = profiles().get(name)
    if not (known or {}).get("state_dir"):
        options.setdefault("state_dir", state_folder())
    if name == "demo" and known is None:
        options.setdefault("tz", zone_of_machine())
    return openpower.connect_async(name, **options)


def _print_token(name: str, rights: str) -> int:
    """Make a token: it is shown once, and the configuration holds its hash."""
    from openpower.cli.wizard import new_token
    from openpower_hub.config import Token

    given = tuple(each.strip() for each in rights.split(",") if each.strip())
    token, digest = new_token()
    try:
        Token(sha256=digest, rights=given)
    except OpenPowerError as error:
        raise InvalidValue(f"--rights is {rights!r}; it must be read, or read,control.") from error
    print_lines(
        [
            f"The token, which is shown only now: {token}",
            "",
            "For openpower.toml:",
            "",
            *token_lines(name, digest, given),
        ]
    )
    return 0


def token_lines(name: str, digest: str, rights: tuple[str, ...]) -> Iterator[str]:
    """The lines of the configuration for a token."""
    from openpower.cli.wizard import toml_key, toml_value

    yield f"[http.tokens.{toml_key(name)}]"
    yield f"sha256 = {toml_value(digest)}"
    yield f"rights = {toml_value(rights)}"


def _print(show: str, config: HubConfig) -> int:
    if show == "emhass":
        return asyncio.run(_print_emhass(config))
    from openpower_hub.predbat.entities import apps_yaml

    print_lines(apps_yaml(config).splitlines())
    return 0


async def _print_emhass(config: HubConfig) -> int:
    """Print EMHASS's configuration of a home; what is not known goes to the error stream."""
    from openpower_hub.config import EMHASSConfig
    from openpower_hub.emhass import configuration
    from openpower_hub.snapshot import snapshot

    emhass = config.emhass or EMHASSConfig()
    name = emhass.home or next(iter(config.homes))
    async with snapshot(config, connect=connect_home) as hub:
        home = hub.homes[name]
        for failure in (each for failures in home.failures.values() for each in failures):
            print_error(failure_text(failure))
        if not home.devices:
            return INCOMPLETE
        found = await configuration(home, emhass)
    sys.stdout.write(found.text)
    for note in found.notes:
        print_error(note)
    return INCOMPLETE if home.failures and any(home.failures.values()) else 0


def _check(config: HubConfig, file: Path | None) -> int:
    """Say what would run, and what would not; nothing is connected."""
    found = [*_homes(config), *_integrations(config)]
    lines = [("configuration", str(file or "none: the simulated home, or the profiles that were given"))]
    print_labelled([*lines, *((label, text) for label, text, _ in found)])
    problems = [problem for _, _, problem in found if problem]
    for problem in problems:
        print_error(problem)
    if not problems:
        print_text([f"Nothing is wrong with it. To run it: {program()} run"])
    return 2 if problems else 0


_Line = tuple[str, str, str]
"""A label, what would run, and what is wrong with it."""


def _homes(config: HubConfig) -> Iterator[_Line]:
    for name, home in config.homes.items():
        for profile in home.profiles:
            every = home.intervals.get(profile)
            text = (
                f"{profile}, read {f'every {every.total_seconds():g} s' if every else 'as often as suits the vendor'}"
            )
            yield f"home {name}", text, _problem_of(profile)
        for profile in home.intervals.keys() - set(home.profiles):
            yield (
                f"home {name}",
                f"{profile}: an interval",
                f"intervals of the home {name} name {profile!r}, which is none of its profiles.",
            )


def _problem_of(profile: str) -> str:
    """Why a profile cannot be connected, as far as that shows without asking the vendor."""
    try:
        openpower.connect(profile).close()
    except OpenPowerError as error:
        return error_text(error)
    return ""


def _integrations(config: HubConfig) -> Iterator[_Line]:
    from openpower_hub.integration import wanted

    for name in wanted(config):
        yield name, _about(name, config), _problem_with(name, config)


def _about(name: str, config: HubConfig) -> str:
    part = getattr(config, name, None)
    match name:
        case "http":
            served = " and ".join(["the HTTP API", *(["the page"] if config.http.page else [])])
            words = f"{served} at http://{config.http.host}:{config.http.port}; {_controls(config.http.control)}"
            tokens = "; ".join(f"{each} may {' and '.join(token.rights)}" for each, token in config.http.tokens.items())
            return f"{words}; {tokens or 'no tokens'}"
        case "mqtt" if config.mqtt is not None:
            port = config.mqtt.port or (8883 if config.mqtt.tls else 1883)
            return f"the broker {config.mqtt.host}:{port}; {_controls(config.mqtt.control)}"
        case "history":
            return f"kept in {'a database' if config.history.url else f'the folder {state_folder()}'}"
        case "rules":
            return ", ".join(f"{each}{'' if rule.control else ' (shown only)'}" for each, rule in config.rules.items())
        case _:
            control = getattr(part, "control", None)
            return "on" if control is None else "plans and acts" if control else "plans, and only shows it"


def _controls(roles: frozenset[Any]) -> str:
    return f"may control {', '.join(sorted(role.words for role in roles))}" if roles else "controls nothing"


def _problem_with(name: str, config: HubConfig) -> str:
    """What is wrong with an integration, as far as that shows before it runs."""
    from openpower_hub.integration import INTEGRATIONS

    try:
        import_module(INTEGRATIONS[name][0].partition(":")[0])
        if name == "mqtt" and config.mqtt is not None:
            _ = config.mqtt.password
        if name == "http":
            from openpower_hub.http.auth import check_tokens

            check_tokens(config.http)
        if name == "notifications" and config.notifications is not None:
            from openpower_hub.notifications import check_addresses

            check_addresses(config.notifications)
    except ModuleNotFoundError as error:
        return f"{name} needs the module {error.name!r}, which is not installed."
    except OpenPowerError as error:
        return f"{name}: {error_text(error)}"
    return ""
