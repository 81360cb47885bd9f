"""``openpower providers``, ``emulate``, ``new-provider`` and ``completion``: tools around homes."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, validators

import openpower
from openpower import ConfigurationError, Unsupported
from openpower.cli.app import command_tree
from openpower.cli.options import Json, Provider
from openpower.cli.output import print_json, print_lines, program, show_table, with_extra
from openpower_core.registry import emulator_of, load


def providers(*, json: Json = False) -> None:
    """List the installed providers."""
    found = openpower.providers()
    if json:
        rows = [{**info._asdict(), "denied": info.denied} for info in found]
        print_json({"providers": rows})
        return
    head, any_denied = ("name", "distribution", "version", "denied"), any(info.denied for info in found)
    shown = [(info.name, info.distribution or "–", info.version or "–", info.denied) for info in found]
    width = len(head) if any_denied else 3
    show_table(head[:width], [row[:width] for row in shown])


def emulate(
    provider: Provider,
    /,
    *,
    port: Annotated[int, Parameter(validator=validators.Number(gte=0, lte=65535))] = 0,
    minutes: Annotated[float | None, Parameter(validator=validators.Number(gt=0))] = None,
) -> None:
    """Serve a provider's emulator on this machine.

    It speaks the vendor's API for a simulated house.

    Args:
        port: the port to listen on (default: a free one).
        minutes: how long to serve (default: until ctrl-C).
    """
    spec = load(provider)
    serve = emulator_of(spec)
    if serve is None:
        raise Unsupported(f"{spec.title} has no emulator.", feature="emulator")
    with serve(port=port) as served:
        print_lines(_announcement(provider, spec, served.url, served.options))
        sys.stdout.flush()
        _wait(minutes)


def _announcement(provider: str, spec: Any, url: str, options: dict[str, Any]) -> list[str]:
    """How to reach it; these credentials are the emulator's only, so they are shown in full."""
    variables = {credential.name: credential.variable(spec.name) for credential in spec.credentials}
    exports = [f"export {variables[name]}={value}" for name, value in options.items() if name in variables]
    settings = " ".join(f"-O {name}={value}" for name, value in options.items() if name not in variables)
    return [
        f"{spec.title} emulator at {url} (a simulated house; ctrl-C stops it)",
        "In another terminal:",
        *(f"  {line}" for line in exports),
        f"  {program()} status {provider} {settings}".rstrip(),
    ]


def _wait(minutes: float | None) -> None:
    end = None if minutes is None else time.monotonic() + minutes * 60
    while end is None or time.monotonic() < end:
        time.sleep(0.2)


def new_provider(name: str, /, *, into: Path | None = None) -> None:
    """Create a working provider to start from.

    It has a client, devices, an emulator and tests.

    Args:
        name: the provider's name, such as acme.
        into: the folder to create (default: openpower-NAME in this folder).
    """
    try:
        from openpower_testing.scaffold import write_provider
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("openpower_testing"):
            raise
        raise ConfigurationError(
            "this command needs the tools for authors, which are not installed.",
            hint=f"Install them with: {with_extra('testing')}",
        ) from None
    folder = into or Path(f"openpower-{name}")
    written = write_provider(name, folder)
    print_lines(
        [
            *(str(path) for path in written),
            "",
            "It works as it is, against its own emulator. Try:",
            *_first_steps(name, folder),
        ]
    )


def _first_steps(name: str, folder: Path) -> list[str]:
    typed = program()
    if typed == "openpower":
        return [
            f"  cd {folder}",
            '  pip install -e ".[emulator]" "openpower-testing" pytest-asyncio',
            "  python -m pytest",
            f"  openpower emulate {name}",
        ]
    # Within the new folder "uv run" would make another environment, and look for openpower's parts at the index.
    return [
        f"  uv pip install -e '{folder.absolute()}[emulator]' pytest-asyncio",
        f"  uv run --extra testing pytest {folder}",
        f"  {typed} emulate {name}",
    ]


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the completion script for bash, zsh or fish.

    For bash, save it as ~/.local/share/bash-completion/completions/openpower

    Args:
        shell: bash, zsh or fish.
    """
    sys.stdout.write(command_tree().generate_completion(prog_name="openpower", shell=shell))
